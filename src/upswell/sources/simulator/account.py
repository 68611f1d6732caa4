"""A customer's account: its subscriptions as they stand, and the verbs that change them.

The verbs keep the items possible: no version overlaps another, and nothing changes once the end is known. When
and why a verb is used is decided elsewhere (growing, leaving, touching).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from upswell.sources.simulator.history import History
from upswell.sources.simulator.preset import Addon, Plan, Preset, Segment
from upswell.sources.simulator.pricing import TERM_MONTHS, Price, PriceList
from upswell.sources.simulator.traits import Traits
from upswell.sources.simulator.versions import Line, Version
from upswell.sources.simulator.window import Window, months_between, plus_months

LOST_AFTER: Final = timedelta(days=35)  # without a payment
PRESSED: Final = 0.8  # of what the plan allows
_SECOND_SHARE: Final = 0.5  # of the seats use the second product


@dataclass
class Account:
    """The visible state of one customer (lines, term, statuses) beside its latent one (need, health, fatigue)."""

    preset: Preset
    window: Window
    prices: PriceList
    traits: Traits
    history: History
    chance: Random
    need: float
    health: float
    segment: Segment
    created: date | None = None
    activated: date | None = None
    fatigue: float = 0.0
    pressure: float = 0.0  # calls wanted in the month, as a share of what the plan allows
    seats: int = 0
    plan: Plan | None = None
    term: str = "year"
    list_day: date = date.min
    terms: list[tuple[date, int]] = field(default_factory=list)  # since when billed, every how many months
    lines: list[Line] = field(default_factory=list)
    subscriptions: int = 0
    main: Line | None = None
    second: Line | None = None
    addons: dict[str, Line] = field(default_factory=dict)
    overage: Line | None = None
    leaves_on: date | None = None
    hindered_until: date | None = None  # paused, behind with a payment, or on trial
    failures: dict[date, date | None] = field(default_factory=dict)

    # -- asking ----------------------------------------------------------------------------------

    @property
    def currency(self) -> str:
        """The currency of all its prices."""
        return self.traits.country.currency

    @property
    def is_pressed(self) -> bool:
        """Whether the plan's limit begins to hurt."""
        return self.pressure > PRESSED

    @property
    def term_months(self) -> int:
        """Months of one term."""
        return TERM_MONTHS[self.term]

    def is_free_to_change(self, day: date) -> bool:
        """Whether it pays as usual on `day`, with no end in sight."""
        hindered = self.hindered_until is not None and day < self.hindered_until
        return self.main is not None and self.leaves_on is None and not hindered

    def payment_of(self, day: date) -> tuple[bool, date | None]:
        """Whether the payment due on `day` fails at first, and when it is then made: never by a customer being lost."""
        if day in self.failures:
            return True, self.failures[day]
        return any(paid is None and due < day <= due + LOST_AFTER for due, paid in self.failures.items()), None

    def renewal_after(self, day: date) -> date:
        """The first day after `day` on which a term begins anew."""
        start, months = self.terms[-1]
        terms = max(0, months_between(start, day)) // months
        while plus_months(start, terms * months) <= day:
            terms += 1
        return plus_months(start, terms * months)

    def renewal_in(self, month: date) -> date | None:
        """The renewal in a month, if there is one."""
        start, months = self.terms[-1]
        passed = months_between(start, month)
        return plus_months(start, passed) if passed > 0 and passed % months == 0 else None

    def next_plan(self, step: int) -> Plan | None:
        """The plan one step up (1) or down (-1), if there is one."""
        plans = self.preset.plans
        at = next((at for at, each in enumerate(plans) if each is self.plan), 0) + step
        return plans[at] if 0 <= at < len(plans) else None

    # -- starting and ending ---------------------------------------------------------------------

    def open(self, day: date, *, plan: Plan, seats: int, term: str, bills_from: date, **first: Any) -> None:
        """A new subscription; `first` are fields of its first version (discount, trial)."""
        self.plan, self.seats, self.term, self.list_day = plan, seats, term, day
        self.terms.append((bills_from, TERM_MONTHS[term]))
        self.leaves_on = None
        self.main = self._line(plan.product, "plan")
        self.main.start(Version(day, None, plan.id, self.seat_price(plan), seats, term, **first))

    def close(self, day: date, *, requested: date | None = None) -> None:
        """End every line on `day`."""
        for line in self._running():
            line.end(day, requested=requested)
        self._trim_overage(day)
        self.leaves_on = day

    def forget(self) -> None:
        """The end has come: what comes later is a new subscription."""
        self.main = self.second = self.overage = self.plan = None
        self.addons = {}

    # -- changing --------------------------------------------------------------------------------

    def set_seats(self, day: date, seats: int) -> None:
        """Another number of seats, at the tier that it falls into."""
        self.seats = seats
        self._change_main(day)

    def set_plan(self, day: date, plan: Plan, *, new_id: bool = False) -> None:
        """Another plan of the same product, under the same item id or a new one."""
        self.plan = plan
        if new_id:
            self._move_main(day)
        self._change_main(day)

    def renew_under_new_id(self, day: date) -> None:
        """The same terms go on as another item."""
        self._move_main(day)

    def reprice(self, day: date) -> None:
        """Move every line to the list prices of `day`."""
        self.list_day = day
        self._reprice_all(day)

    def set_term(self, day: date, term: str) -> None:
        """Bill by another term from `day` on."""
        self.term = term
        self.terms.append((day, TERM_MONTHS[term]))
        self._reprice_all(day)

    def add_addon(self, day: date, addon: Addon) -> None:
        """Attach an add-on."""
        line = self._line(addon.id, "addon")
        line.start(Version(day, None, addon.id, self._addon_price(addon), 1, self.term))
        self.addons[addon.id] = line

    def drop_addon(self, day: date, addon_id: str) -> None:
        """Take an add-on away."""
        self.addons.pop(addon_id).end(day)

    def add_second_product(self, day: date) -> None:
        """A second product, as a subscription of its own."""
        product = self.preset.second_product
        seats = max(1, math.ceil(self.seats * _SECOND_SHARE))
        self.second = self._line(product.product, "plan")
        price = self.seat_price(product, seats=seats)
        self.second.start(Version(day, None, product.id, price, seats, self.term))

    def grow_second_product(self, day: date) -> None:
        """Bring the second product's seats up to the first's."""
        if self.second is not None:
            seats = max(self.second.now.quantity, math.ceil(self.seats * _SECOND_SHARE))
            price = self.seat_price(self.preset.second_product, seats=seats)
            self.second.change(day, quantity=seats, price=price)

    def set_status(self, day: date, status: str, *, until: date | None) -> None:
        """Every line is in `status` from `day` on; nothing else changes before `until`."""
        for line in self._running():
            line.change(day, status=status)
        if status != "past_due":
            self._trim_overage(day)
        self.hindered_until = until

    def meter(self, month: date, thousands: int) -> None:
        """Bill calls beyond the plan's for a month, as a version of that month; the window's last month runs on."""
        if self.overage is None:
            if not thousands:
                return
            self.overage = self._line("overage", "usage")
        ends: date | None = plus_months(month, 1)
        if self.leaves_on is not None:
            ends = min(plus_months(month, 1), self.leaves_on)
        elif ends == self.window.end:
            ends = None
        if ends is None or ends > month:
            price = self.prices.of_overage(currency=self.currency)
            self.overage.start(Version(month, ends, "overage", price, thousands, "month"))

    # -- inside ----------------------------------------------------------------------------------

    def _trim_overage(self, day: date) -> None:
        if self.overage is not None and self.overage.versions:
            ends = self.overage.now.ends
            if ends is None or ends > day:
                self.overage.end(day)

    def _running(self) -> Iterator[Line]:
        yield from (each for each in (self.main, self.second, *self.addons.values()) if each is not None)

    def _line(self, product: str, item_type: str) -> Line:
        """A line of the plan's subscription, or of a new one for a plan."""
        if item_type == "plan":
            self.subscriptions += 1
        subscription = f"{self.history.customer_id}-s{self.subscriptions}"
        if item_type != "plan" and self.main is not None:
            subscription = self.main.subscription_id
        line = Line(subscription, f"{subscription}-i{len(self.lines) + 1}", product, item_type, self.currency)
        self.lines.append(line)
        return line

    def _change_main(self, day: date) -> None:
        if self.main is not None and self.plan is not None:
            price = self.seat_price(self.plan)
            self.main.change(day, plan_id=self.plan.id, quantity=self.seats, price=price, term=self.term)

    def _move_main(self, day: date) -> None:
        if self.main is not None and self.main.now.starts < day:
            self.main = self.main.go_on_as(f"{self.main.subscription_id}-i{len(self.lines) + 1}", day)
            self.lines.append(self.main)

    def _reprice_all(self, day: date) -> None:
        self._change_main(day)
        if self.second is not None:
            product = self.preset.second_product
            price = self.seat_price(product, seats=self.second.now.quantity)
            self.second.change(day, price=price, term=self.term)
        for addon in self.preset.addons:
            if addon.id in self.addons:
                self.addons[addon.id].change(day, price=self._addon_price(addon), term=self.term)

    def seat_price(self, plan: Plan, *, seats: int | None = None) -> Price:
        """The price of a seat, from the list that holds for this customer."""
        return self.prices.of_plan(
            plan, seats=seats or self.seats, currency=self.currency, term=self.term, list_day=self.list_day
        )

    def _addon_price(self, addon: Addon) -> Price:
        return self.prices.of_addon(addon, currency=self.currency, term=self.term, list_day=self.list_day)
