"""The smallest sensible step of a customer: what to offer it next, and what that changes, to the cent.

Acme holds 5 seats of Team at 20.00 a month since 31 January. At the present pace it makes 12,000 calls in 90 days'
time; Team allows 10,000, Plus 11,000 and Business 50,000. Plus would be outgrown as well, so Business at 35.00 a seat:

    price change per month    5 x (35.00 - 20.00)       75.00
    due on 10 March           75.00 x 21 / 31           50.81    (growth/proration.py)

**What is pressing decides.** First what the customer outgrows: the plan above with the smallest rise whose limits hold
what is projected, or so many seats that a tenth of them is free; of both the smaller rise. If nothing presses,
what customers like it hold most: an add-on or product that it lacks (growth/shelf.py). Then the next plan above. A
yearly term is a step of its own, which lowers MRR where a year is cheaper, and is chosen only where it does not.

**Prices** are list prices (analysis/pricing/lists.py) of the customer's own term and currency, less what is paid today
for what is replaced: a discount in force is not carried over. More seats are at the list price of the new quantity and
leave those held as they are, discount included; where their price is a tier of today's list, it becomes the tier of the
new quantity. Seats without a list price are at what the customer pays for one, discount not counted. Of all else a list
price that is not known leaves the amounts None, with the reason. What would not raise what is paid is no step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from upswell.analysis.pricing.holdings import Holding, Offer
from upswell.analysis.pricing.realised import Priced
from upswell.analysis.pricing.worth import months_factor
from upswell.growth.changes import Change
from upswell.growth.proration import running_period
from upswell.growth.shelf import Liked, Shelf, main_plan
from upswell.growth.step import Customer, Pressure, Step, What

SEAT_MARGIN: Final = Fraction(1, 10)
_A_YEAR: Final = Fraction(1, 12)


@dataclass(frozen=True, slots=True)
class Smallest:
    """The step to offer, or none and why; `holds_plan` says whether a plan is in force at all."""

    step: Step | None
    reason: str | None = None
    holds_plan: bool = True


def smallest_step(customer: Customer, shelf: Shelf, *, day: date) -> Smallest:
    """The step to offer to one customer as of `day`: of what presses the smallest rise, else the first with a price."""
    main = main_plan(customer.rows, shelf.close)
    if main is None:
        return Smallest(None, "it holds no plan in force", holds_plan=False)
    maker = _Maker(customer, main, shelf, day)
    pressing: list[Step] = []
    unpriced: Step | None = None
    for step in maker.possible():
        if not step.could_raise:
            continue
        if step.relieves:
            pressing.append(step)
        elif pressing:
            break
        elif step.amounts is not None:
            return Smallest(step)
        elif unpriced is None:
            unpriced = step
    best = min(pressing, key=_rise, default=unpriced)
    return Smallest(best, None if best is not None else f"no headroom: {maker.why_no_headroom}")


def possible_steps(customer: Customer, shelf: Shelf, *, day: date) -> tuple[Step, ...]:
    """Every step that one customer could take as of `day`, what relieves it first."""
    main = main_plan(customer.rows, shelf.close)
    return () if main is None else tuple(_Maker(customer, main, shelf, day).possible())


def _rise(step: Step) -> tuple[bool, Decimal]:
    # What is compared is of one item, so in one currency: none needs a rate.
    return step.amounts is None, Decimal(0) if step.amounts is None else step.amounts.mrr


@dataclass(frozen=True, slots=True)
class _Maker:
    customer: Customer
    main: Priced
    shelf: Shelf
    day: date

    @property
    def _holding(self) -> Holding:
        return self.main.holding

    @property
    def why_no_headroom(self) -> str:
        plan = self._holding.offer.plan_id
        return (
            f"no plan above {plan} holds its use and costs more, and it has every paid add-on and product that "
            "customers like it hold"
        )

    def possible(self) -> Iterator[Step]:
        """The steps: seats and plans that relieve, add-ons and products as liked, the plan above, that of its other
        products, a year.
        """
        presses = any(each.presses for each in self._pressures)
        yield from self._seats()
        if presses:
            yield from (replace(step, relieves=True) for step in self._plan_above())
        yield from self._liked()
        if not presses:
            yield from self._plan_above()
        for row in self._other_plans():
            yield from replace(self, main=row)._plan_above()
        if self._factor(self._holding.offer) > _A_YEAR:
            yield self._term()

    @property
    def _pressures(self) -> list[Pressure]:
        """What presses on the main plan: a limit of another plan is not raised by a step of this one."""
        return [each for each in self.customer.pressures if each.plan_id == self._holding.offer.plan_id]

    def _other_plans(self) -> list[Priced]:
        """What it pays most for of each of its other products, by their names."""
        of: dict[str, list[Priced]] = {}
        for row in self.customer.rows:
            if row.holding.is_seats and row.holding.product_id != self._holding.product_id:
                of.setdefault(row.holding.product_id, []).append(row)
        found = (main_plan(of[product], self.shelf.close) for product in sorted(of))
        return [row for row in found if row is not None]

    def _plan_above(self) -> Iterator[Step]:
        """The plan above with the smallest rise whose limits hold what is projected, if there is one."""
        holding = self._holding
        plans = self.shelf.plans.get(holding.product_id, ())
        if holding.offer.plan_id not in plans:
            return
        clearing = [
            self._changed("upgrade", replace(holding.offer, plan_id=plan), holding.quantity)
            for plan in plans[plans.index(holding.offer.plan_id) + 1 :]
            if self._holds(plan)
        ]
        rising = [step for step in clearing if step.could_raise]
        if rising:
            yield min(rising, key=_rise)

    def _holds(self, plan: str) -> bool:
        limits = self.shelf.limits.get(plan, {})
        return all(
            each.metric not in limits or max(each.used, each.projected) <= limits[each.metric]
            for each in self._pressures
        )

    def _seats(self) -> Iterator[Step]:
        """So many seats that those who work with them leave a tenth free, where today's do not."""
        people, holding = self.customer.people, self._holding
        # A plan that nobody has two of is not sold by the seat.
        if people is None or holding.offer.plan_id not in self.shelf.by_seats:
            return
        held = self.customer.seats_of(holding.product_id)
        # Those who work are counted over all products, and seats where there are most: one person may use two.
        products = {row.holding.product_id for row in self.customer.rows if row.holding.is_seats}
        if held < max(map(self.customer.seats_of, products)):
            return
        lacking = Decimal(ceil(Fraction(people) / (1 - SEAT_MARGIN))) - held
        if lacking > 0:
            step = self._changed("seats", holding.offer, holding.quantity + lacking)
            # Of several items of the plan one grows; what is told is the plan's.
            alike = [row.holding for row in self.customer.rows if row.holding.offer.plan_id == holding.offer.plan_id]
            of_plan = sum((each.quantity for each in alike if each.product_id == holding.product_id), Decimal(0))
            yield replace(step, quantity=of_plan + lacking, from_quantity=of_plan, relieves=True)

    def _liked(self) -> Iterator[Step]:
        own = self._holding
        holds = {each.holding.product_id for each in self.customer.rows if each.holding.is_seats}
        holds_addons = {each.holding.offer.plan_id for each in self.customer.rows if not each.holding.is_seats}
        for liked in self.shelf.liked_with(own.offer.plan_id):
            if liked.kind == "addon":
                if liked.name not in holds_addons:
                    offer = replace(own.offer, plan_id=liked.name, item_type="addon")
                    yield replace(self._added(offer, liked.quantity, liked), liked=liked)
            elif liked.name not in holds:
                quantity = min(liked.quantity, max(own.quantity, Decimal(1)))
                steps = [
                    self._added(replace(own.offer, plan_id=plan), quantity, liked)
                    for plan in self.shelf.plans.get(liked.name, ())
                    if plan in self.shelf.paid_for
                ]
                # The cheapest with a price; a price that is not known may be any.
                steps.sort(key=lambda step: step.amounts is None)
                yield from [step for step in steps if step.could_raise][:1]

    def _term(self) -> Step:
        holding = self._holding
        return self._changed("yearly", replace(holding.offer, interval="year", count=1), holding.quantity)

    def _added(self, offer: Offer, quantity: Decimal, liked: Liked) -> Step:
        what: What = "addon" if liked.kind == "addon" else "cross_sell"
        amount, reason = self._listed(offer, quantity)
        change = None
        if amount is not None:
            change = self._change(offer, Fraction(quantity) * Fraction(amount), paid=Fraction(0), mrr=Decimal(0))
        return replace(self._step(what, offer, quantity, change, reason), product_id=liked.product_id, liked=liked)

    def _changed(self, what: What, offer: Offer, quantity: Decimal) -> Step:
        """The main item on another offer or quantity."""
        holding = self._holding
        amount, reason = self._listed(offer, quantity)
        if amount is None and what == "seats" and holding.unit_amount is not None:
            amount, reason = holding.unit_amount, None
        factor = self._factor(holding.offer)
        paid, kept, change = _interval_amount(holding, factor), Fraction(0), None
        if amount is not None:
            offered = Fraction(quantity) * Fraction(amount)
            if what == "seats":
                offered = (Fraction(quantity) - Fraction(holding.quantity)) * Fraction(amount)
                is_listed = self.main.tier is not None and self.main.tier.amount == holding.unit_amount
                kept = _interval_amount(holding, factor, unit_amount=amount if is_listed else None)
            change = self._change(offer, offered, kept=kept, paid=paid, mrr=holding.mrr, begins_anew=what == "yearly")
        step = self._step(what, offer, quantity, change, reason)
        discounted = bool(holding.discount_percent or holding.discount_amount)
        return replace(step, discount_ends=discounted and what != "seats")

    def _listed(self, offer: Offer, quantity: Decimal) -> tuple[Decimal | None, str | None]:
        price = self.shelf.prices.of(offer)
        tier = price.tier_for(quantity)
        if tier is None:
            return None, f"{offer.plan_id} per {offer.term} in {offer.currency}: {price.why_not(quantity)}"
        return tier.amount, None

    def _factor(self, offer: Offer) -> Fraction:
        return months_factor(offer.interval, offer.count, policy=self.shelf.close.policy)

    def _change(
        self,
        offer: Offer,
        offered: Fraction,
        *,
        paid: Fraction,
        mrr: Decimal,
        kept: Fraction = Fraction(0),
        begins_anew: bool = False,
    ) -> Change:
        holding = self._holding
        billing = self.customer.billing.get(holding.item_key)
        period = None
        # A period that ends after the last day there is has no rest that could be told.
        with suppress(OverflowError):
            if billing is not None:
                period = running_period(billing.since, holding.offer.interval, holding.offer.count, day=self.day)
        return Change(
            offered=offered,
            kept=kept,
            paid=paid,
            mrr=mrr,
            factor=self._factor(offer),
            former_factor=self._factor(holding.offer),
            currency=offer.currency,
            period=period,
            day=self.day,
            begins_anew=begins_anew,
            # What stays as it is needs no amount.
            is_paid_known=paid == kept or billing is None or billing.is_booked,
            rate=holding.rate,
            why_no_rate=self.shelf.close.worth(Decimal(0), holding).reason or "",
        )

    def _step(self, what: What, offer: Offer, quantity: Decimal, change: Change | None, reason: str | None) -> Step:
        holding = self._holding
        return Step(
            what=what,
            plan_id=offer.plan_id,
            product_id=holding.product_id,
            quantity=quantity,
            term=offer.term,
            currency=offer.currency,
            from_plan_id=holding.offer.plan_id,
            from_quantity=holding.quantity,
            change=change,
            amounts=None if change is None else change.amounts(),
            reason=reason,
        )


def _interval_amount(holding: Holding, factor: Fraction, *, unit_amount: Decimal | None = None) -> Fraction:
    """What is billed per interval, discounts subtracted, at its own or another price of a unit; of a row that gave MRR,
    what it makes of an interval.
    """
    if holding.unit_amount is None:
        return Fraction(holding.mrr) / factor
    full = Fraction(holding.quantity) * Fraction(holding.unit_amount if unit_amount is None else unit_amount)
    discounted = full * (1 - Fraction(holding.discount_percent) / 100) - Fraction(holding.discount_amount)
    return max(Fraction(0), discounted)
