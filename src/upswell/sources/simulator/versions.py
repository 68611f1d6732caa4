"""Items as a billing system exports them: a line and its versions, each unchanged over a span of days.

A line that starts with 5 seats on 2024-01-10 and has 8 from 2024-03-15 on is two versions; the first ends where the
second starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from upswell.sources.simulator.pricing import Price


@dataclass(frozen=True)
class Version:
    """What holds of a line from `starts` to `ends` (exclusive; None = until further notice)."""

    starts: date
    ends: date | None
    plan_id: str
    price: Price
    quantity: int
    term: str
    status: str = "active"
    discount_percent: int | None = None
    discount_amount: Decimal | None = None
    discount_until: date | None = None
    trial_until: date | None = None
    cancel_requested: date | None = None

    def discount_on(self, day: date) -> Decimal:
        """What is taken off one term's amount on `day`."""
        if self.discount_until is not None and day >= self.discount_until:
            return Decimal(0)
        gross = self.quantity * self.price.amount
        off = gross * (self.discount_percent or 0) / 100 + (self.discount_amount or 0)
        return min(gross, off)


@dataclass
class Line:
    """One item of a subscription. `replaced` says that another line took its place."""

    subscription_id: str
    item_id: str
    product_id: str
    item_type: str
    currency: str
    versions: list[Version] = field(default_factory=list)
    replaced: bool = False

    @property
    def now(self) -> Version:
        """The latest version."""
        return self.versions[-1]

    def start(self, version: Version) -> None:
        """Add a version as it is; nothing checks that it follows the one before."""
        self.versions.append(version)

    def change(self, day: date, **changes: Any) -> None:
        """From `day` on the line is as before, apart from `changes`; what has run out is left behind."""
        before = self.now
        after = replace(_carried(before, day), **changes)
        if before.starts == day:
            self.versions[-1] = after
        elif after != replace(before, starts=day, ends=None):
            self.versions[-1] = replace(before, ends=day)
            self.versions.append(after)

    def go_on_as(self, item_id: str, day: date) -> Line:
        """End on `day`, and the line of another id that goes on in its place."""
        version = _carried(self.now, day)
        self.end(day)
        self.replaced = True
        return Line(self.subscription_id, item_id, self.product_id, self.item_type, self.currency, [version])

    def end(self, day: date, *, requested: date | None = None) -> None:
        """End the line on `day`; a version that would be empty is dropped."""
        if self.now.starts >= day:
            self.versions.pop()
            if not self.versions:
                return
        asked = None if requested is None else max(requested, self.now.starts)
        self.versions[-1] = replace(self.now, ends=day, cancel_requested=asked)

    def rows(self, customer_id: str) -> Iterator[tuple[object, ...]]:
        """The versions as rows of `items`."""
        for each in self.versions:
            yield (
                *(customer_id, self.subscription_id, self.item_id, self.product_id, each.plan_id, each.price.id),
                *(each.starts, each.ends, each.quantity, each.price.amount, self.currency, each.term),
                *(each.discount_percent, each.discount_amount, each.discount_until, self.item_type, each.status),
                *(each.trial_until, each.cancel_requested),
            )


def _carried(before: Version, day: date) -> Version:
    """The version from `day` on, without the discount and the trial that have run out by then."""
    gone: dict[str, Any] = {}
    if before.discount_until is not None and before.discount_until <= day:
        gone.update(discount_percent=None, discount_amount=None, discount_until=None)
    if before.trial_until is not None and before.trial_until <= day:
        gone.update(trial_until=None, status="active")
    return replace(before, **{**gone, "starts": day, "ends": None})
