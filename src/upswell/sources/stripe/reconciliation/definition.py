"""Stripe's definition of MRR for an item at an instant, and the way from it to a policy's, one rule at a time.

Stripe counts the items of subscriptions that are active or past due, until cancellation is requested, at their price
with the tax inside it, less the discounts that have no end, usage left out, in whole cents. Each rule that a policy
sees otherwise is a stage; the difference between two stages is what that rule moves for this item, and names its
objects.

    sub_1, 8 x 20.00 less a coupon of three months (25 %)     Stripe 160.00   discounts -40.00 (di_1)   strict 120.00
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.money.currency import minor_units
from upswell.policy import Policy
from upswell.sources.stripe.reconciliation.evidence import (
    AccountEvidence,
    ItemEvidence,
    Reduction,
    Step,
    without_tax,
)

# In this order; `fx` and `rounding` are of amounts and not of rules, and come last.
STAGES: Final = (
    "timing", "cancellation", "discounts", "past_due", "unpaid", "trial", "paused", "metered", "month_length", "tax",
    "fx", "rounding",
)  # fmt: skip
_STRIPE_MONTHS: Final = {"week": Fraction(52, 12), "day": Fraction(365, 12)}


@dataclass
class ItemFigures:
    """An item at the end of a month: Stripe's figure, the amount after each stage, the objects that each stage names.

    Amounts are in the item's currency (`amounts[stage]`), the last two stages too; they are exact.
    """

    item: ItemEvidence
    start: Decimal
    amounts: dict[str, Decimal] = field(default_factory=dict)
    objects: dict[str, list[str]] = field(default_factory=dict)


def figures_at(account: AccountEvidence, item: ItemEvidence, instant: datetime, policy: Policy) -> ItemFigures | None:
    """The item's figures at an instant; None where neither Stripe nor a policy has anything of it."""
    subscription = account.subscriptions.get(item.subscription_id)
    if subscription is None or subscription.status in ("incomplete", "incomplete_expired"):
        return None
    step = item.at(instant)
    present = _present(account, item, instant)
    if step is None and present is None:
        return None
    view = _View(account, policy)
    start = view.cents(item, view.present_value(item, present)) if present is not None else Decimal(0)
    figures = ItemFigures(item, start)
    spans = [span for span in account.spans.get(item.subscription_id, ()) if span.covers(instant)]
    status = max(spans, key=lambda span: span.standing).status if spans else "active"
    _cascade(view, figures, step, instant, status)
    return figures


def _present(account: AccountEvidence, item: ItemEvidence, instant: datetime) -> Step | None:
    """How the item was last seen, if its subscription had begun by then and had not ended."""
    subscription = account.subscriptions[item.subscription_id]
    if item.metered or item.present is None or subscription.started_at > instant:
        return None
    if subscription.ended_at is not None and subscription.ended_at <= instant:
        return None
    requested = subscription.canceled_at
    if subscription.cancels and requested is not None and requested <= instant:
        return None
    if subscription.ended_at is None and subscription.status not in ("active", "past_due"):
        return None
    in_trial = subscription.trial_start is not None and subscription.trial_start <= instant < (
        subscription.trial_end or instant
    )
    return None if in_trial else item.present


def _cascade(view: _View, figures: ItemFigures, step: Step | None, instant: datetime, status: str) -> None:
    """Fill in the amount after each stage. What Stripe counts is switched to what the policy counts, rule by rule."""
    item, policy = figures.item, view.policy
    subscription = view.account.subscriptions[item.subscription_id]
    requested = subscription.canceled_at if subscription.cancels else None
    reductions, until = view.reductions_at(item, step, instant)
    forever = tuple(each for each in reductions if each.forever)
    wanted = view.wanted(reductions, forever, until)
    asked_to_go = requested is not None and requested <= instant
    licensed = step is not None and not item.metered
    # What Stripe counts of it by status: neither trials nor unpaid subscriptions; pauses of collection do not matter.
    stripe_counts = {"trialing": False, "unpaid": False, "past_due": True, "paused": True, "active": True}
    counts = dict(stripe_counts)
    gone = asked_to_go
    used = forever

    def amount(*, months: Mapping[str, Fraction] = _STRIPE_MONTHS, tax: bool = True, metered: bool = False) -> Decimal:
        if step is None or (item.metered and not metered) or gone or not counts[status]:
            return Decimal(0)
        return view.value(item, step, used, months=months, tax=tax)

    def put(stage: str, value: Decimal, *objects: str) -> None:
        figures.amounts[stage] = value
        figures.objects[stage] = [each for each in objects if each]

    put("timing", view.cents(item, amount()), *view.steps_after(item, instant) if licensed or figures.start else ())
    gone = asked_to_go and policy.churn_date == "cancel_request"
    put("cancellation", view.cents(item, amount()), item.subscription_id)
    used = wanted
    put("discounts", view.cents(item, amount()), *(each.discount_id for each in reductions))
    for stage, name in (("past_due", "past_due"), ("unpaid", "unpaid"), ("trial", "trialing"), ("paused", "paused")):
        counts[name] = getattr(policy, name) == "counts"
        put(stage, view.cents(item, amount()), item.subscription_id)
    metered = policy.usage == "include"
    put("metered", view.cents(item, amount(metered=metered)), step.source if step else "")
    put("month_length", view.cents(item, amount(months=view.months, metered=metered)), item.item_id)
    exact = amount(months=view.months, tax=False, metered=metered)
    put("tax", view.cents(item, exact), item.item_id)
    put("fx", view.cents(item, exact), item.item_id)
    put("rounding", exact, item.item_id)


class _View:
    """A policy's eyes on the account."""

    def __init__(self, account: AccountEvidence, policy: Policy) -> None:
        self.account, self.policy = account, policy
        self.months = {
            "week": Fraction(52, 12) if policy.week == "52/12" else Fraction(4),
            "day": Fraction(365, 12) if policy.day == "365/12" else Fraction(30),
        }

    def cents(self, item: ItemEvidence, amount: Decimal) -> Decimal:
        """In whole minor units, as Stripe shows it."""
        return _rounded(Fraction(amount), minor_units(item.currency))

    def value(
        self,
        item: ItemEvidence,
        step: Step,
        reductions: tuple[Reduction, ...],
        *,
        months: Mapping[str, Fraction],
        tax: bool,
    ) -> Decimal:
        """The monthly value of a step less these reductions, to 6 places."""
        terms = self.account.terms[step.price_id]
        unit = step.unit if tax else without_tax(step.unit, step.inclusive)
        percents = [each.percent for each in reductions if each.percent is not None]
        if len(reductions) == 1 and percents:
            value = Fraction(step.quantity) * Fraction(unit) * (1 - Fraction(percents[0]) / 100)
        else:
            taken = sum((each.amount for each in reductions), Decimal(0))
            net = taken if tax else without_tax(taken, self._line_tax(item, step))
            value = Fraction(step.quantity) * Fraction(unit) - Fraction(net)
        return _rounded(max(Fraction(0), value) * _factor(terms.interval, terms.count, months), 6)

    def present_value(self, item: ItemEvidence, step: Step) -> Decimal:
        """Stripe's value of the item as it was last seen, less the discounts without end on its last regular line."""
        last = next((each for each in reversed(item.steps) if each.reductions is not None), None)
        forever = tuple(each for each in (last.reductions or () if last else ()) if each.forever)
        return self.value(item, step, forever, months=_STRIPE_MONTHS, tax=True)

    def reductions_at(
        self, item: ItemEvidence, step: Step | None, instant: datetime
    ) -> tuple[tuple[Reduction, ...], datetime | None]:
        """The discounts on the item's last regular line; of an item added since, the percent its siblings share."""
        if step is None:
            return (), None
        own = self._last_regular(item, instant)
        if own is not None:
            return own.reductions or (), own.until
        if item.metered:
            return (), None
        return self._shared(item, instant), None

    def _shared(self, item: ItemEvidence, instant: datetime) -> tuple[Reduction, ...]:
        """The largest percent that the subscription's last billed period gives to all of its items."""
        lines = [self._last_regular(each, instant) for each in self._siblings(item) if not each.metered]
        billed = [line for line in lines if line is not None]
        last = max((line.at for line in billed), default=None)
        best: tuple[Reduction, ...] = ()
        for line in billed:
            found = line.reductions or ()
            if line.at != last or len(found) != 1 or found[0].discount_id in self._of_items:
                continue
            if found[0].percent is not None and (not best or found[0].percent > (best[0].percent or 0)):
                best = found
        return best

    def wanted(
        self, reductions: tuple[Reduction, ...], forever: tuple[Reduction, ...], _until: datetime | None
    ) -> tuple[Reduction, ...]:
        """What the policy subtracts."""
        match self.policy.discounts:
            case "all":
                return reductions
            case "recurring":
                return reductions if len(forever) == len(reductions) else ()
            case "none":
                return ()

    def steps_after(self, item: ItemEvidence, instant: datetime) -> list[str]:
        """The objects that show how the item changed since."""
        named = [f"{step.source}{' (inferred)' if step.inferred else ''}" for step in item.after(instant)]
        if item.ends_at is not None and item.ends_at > instant:
            named.append(item.ended_by)
        return named or [item.item_id]

    def _last_regular(self, item: ItemEvidence, instant: datetime) -> Step | None:
        found = None
        for step in item.steps:
            if step.at > instant:
                break
            if step.reductions is not None:
                found = step
        return found

    def _line_tax(self, item: ItemEvidence, step: Step) -> Decimal:
        last = self._last_regular(item, step.at)
        return last.inclusive if last is not None else step.inclusive

    def _siblings(self, item: ItemEvidence) -> Sequence[ItemEvidence]:
        return self.account.by_subscription.get(item.subscription_id, ())

    @property
    def _of_items(self) -> frozenset[str]:
        return self.account.item_discounts


def _factor(interval: str, count: int, months: Mapping[str, Fraction]) -> Fraction:
    match interval:
        case "month":
            return Fraction(1, count)
        case "year":
            return Fraction(1, 12 * count)
        case _:
            return months[interval] / count


def _rounded(value: Fraction, places: int) -> Decimal:
    """Half to even."""
    scaled = value * 10**places
    return Decimal(round(scaled)).scaleb(-places)
