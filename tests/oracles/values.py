"""An item version, the spans it is cut into, and what one line is worth a month.

A version of 3 lines at 9.99 a year with 37.5 % off is worth
`3 x 9.99 x 0.625 / 12 = 1.5609375`, booked as `1.560938` (rounded once, half to even). Everything
is a `Fraction` until that one rounding, so no intermediate step can lose a digit.

Nothing here comes from the program under test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from .policies import OraclePolicy

ItemKey = tuple[str, str]

ZERO = Decimal(0)


@dataclass(frozen=True)
class ItemRow:
    """One row of the import table `items`, all defaults filled in; `row` labels its source."""

    customer_id: str
    subscription_id: str
    item_id: str
    product_id: str
    plan_id: str
    price_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    quantity: Decimal
    unit_amount: Decimal | None
    mrr: Decimal | None
    currency: str
    interval: str
    interval_count: int
    discount_percent: Decimal | None
    discount_amount: Decimal | None
    discount_until: datetime | None
    item_type: str
    status: str
    trial_until: datetime | None
    row: int
    cancel_requested_at: datetime | None = None

    @property
    def item(self) -> ItemKey:
        return (self.subscription_id, self.item_id)


@dataclass(frozen=True)
class Span:
    """A version, or a part of one, over which nothing changes.

    `percent` and `amount` are the discount subtracted (0 where there is none), `mrr` is what the
    span books when it counts, in major units with 6 decimals. `status` is that of the row, or
    `lapsed` for one that was past due for too long.
    """

    version: ItemRow
    starts_at: datetime
    ends_at: datetime | None
    status: str
    percent: Decimal
    amount: Decimal
    factor: Fraction
    mrr: Decimal
    counts: bool
    holds: bool

    @property
    def item(self) -> ItemKey:
        return self.version.item

    @property
    def offer(self) -> tuple[str, str]:
        return (self.version.product_id, self.version.plan_id)


def round6(value: Fraction) -> Decimal:
    """Round to 6 decimals, half to even (Python's `round` of a Fraction is exact)."""
    return Decimal(round(value * 10**6)).scaleb(-6)


def months_factor(interval: str, count: int, *, policy: OraclePolicy) -> Fraction:
    """By what one interval's price is multiplied to give a month's."""
    one = {
        "month": Fraction(1),
        "quarter": Fraction(1, 3),
        "year": Fraction(1, 12),
        "week": Fraction(policy.week),
        "day": Fraction(policy.day),
    }[interval]
    return one / count


def line_value(
    *,
    quantity: Decimal,
    unit_amount: Decimal,
    factor: Fraction,
    percent: Decimal = ZERO,
    amount: Decimal = ZERO,
) -> Decimal:
    """One line a month: `round6(max(0, quantity x unit x (1 - percent) x f - amount x f))`."""
    gross = Fraction(quantity) * Fraction(unit_amount)
    net = gross * (1 - Fraction(percent) / 100) - Fraction(amount)
    return round6(max(Fraction(0), net * factor))
