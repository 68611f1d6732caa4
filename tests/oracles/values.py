"""What one item version is worth a month, and from when to when: the oracle's arithmetic.

A version of 3 lines at 9.99 a year with 37.5 % off is worth
`3 x 9.99 x 0.625 / 12 = 1.5609375`, booked as `1.560938` (rounded once, half to even). Everything
is a `Fraction` until that one rounding, so no intermediate step can lose a digit.

Nothing here comes from the program under test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Counting = Literal["counts", "zero"]
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


@dataclass(frozen=True)
class OraclePolicy:
    """The switches of a policy that the oracle knows."""

    netting: Literal["item", "customer"] = "item"
    grouping: Literal["day", "month"] = "day"
    usage: Literal["include", "exclude"] = "include"
    trialing: Counting = "zero"
    paused: Counting = "zero"
    unpaid: Counting = "zero"
    past_due: Counting = "counts"
    week_months: Fraction = Fraction(52, 12)
    day_months: Fraction = Fraction(365, 12)


STRICT = OraclePolicy()
RECURLY = OraclePolicy(netting="customer", grouping="month", usage="exclude", day_months=Fraction(30))


@dataclass(frozen=True)
class Span:
    """A version, or a part of one, over which nothing changes.

    `percent` and `amount` are the discount in force (0 where there is none), `mrr` is what the
    span books when it counts, in major units with 6 decimals.
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
        return (self.version.subscription_id, self.version.item_id)

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
        "week": policy.week_months,
        "day": policy.day_months,
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


def cut(version: ItemRow, *, policy: OraclePolicy) -> list[Span]:
    """Cut a version where its trial and its discount end; spans of no length are dropped."""
    inside = {
        instant
        for instant in (version.trial_until, version.discount_until)
        if instant is not None
        and version.starts_at < instant
        and (version.ends_at is None or instant < version.ends_at)
    }
    starts = [version.starts_at, *sorted(inside)]
    ends: list[datetime | None] = [*starts[1:], version.ends_at]
    return [_span(version, start, end, policy=policy) for start, end in zip(starts, ends, strict=True) if start != end]


def cut_all(items: Iterable[ItemRow], *, policy: OraclePolicy) -> list[Span]:
    """All spans of a customer; what the policy excludes is as if it had never been there."""
    return [
        span
        for version in items
        if not (version.item_type == "usage" and policy.usage == "exclude")
        for span in cut(version, policy=policy)
    ]


def just_before(spans: Sequence[Span], instant: datetime) -> dict[ItemKey, Span]:
    """Each item's span that was in force up to the instant."""
    return _by_item(
        span for span in spans if span.starts_at < instant and (span.ends_at is None or span.ends_at >= instant)
    )


def from_then_on(spans: Sequence[Span], instant: datetime) -> dict[ItemKey, Span]:
    """Each item's span in force at the instant itself and right after it."""
    return _by_item(
        span for span in spans if span.starts_at <= instant and (span.ends_at is None or span.ends_at > instant)
    )


def _by_item(spans: Iterable[Span]) -> dict[ItemKey, Span]:
    found: dict[ItemKey, Span] = {}
    for span in spans:
        if span.item in found:
            raise ValueError(f"two versions of item {span.item} are in force at once")
        found[span.item] = span
    return found


def _span(version: ItemRow, start: datetime, end: datetime | None, *, policy: OraclePolicy) -> Span:
    status = _status(version, start)
    counts = _counts(status, policy=policy)
    discounted = version.discount_until is None or start < version.discount_until
    percent = (version.discount_percent or ZERO) if discounted else ZERO
    amount = (version.discount_amount or ZERO) if discounted else ZERO
    factor = months_factor(version.interval, version.interval_count, policy=policy)
    return Span(
        version=version,
        starts_at=start,
        ends_at=end,
        status=status,
        percent=percent,
        amount=amount,
        factor=factor,
        mrr=_mrr(version, factor=factor, percent=percent, amount=amount),
        counts=counts,
        holds=counts or status in {"paused", "unpaid"},
    )


def _mrr(version: ItemRow, *, factor: Fraction, percent: Decimal, amount: Decimal) -> Decimal:
    if version.mrr is not None:
        return round6(Fraction(version.mrr))
    if version.unit_amount is None:
        raise ValueError(f"row {version.row} has neither unit_amount nor mrr")
    return line_value(
        quantity=version.quantity,
        unit_amount=version.unit_amount,
        factor=factor,
        percent=percent,
        amount=amount,
    )


def _status(version: ItemRow, start: datetime) -> str:
    if version.trial_until is None or version.status in {"paused", "unpaid"}:
        return version.status
    if start < version.trial_until:
        return "trialing"
    return "active" if version.status == "trialing" else version.status


def _counts(status: str, *, policy: OraclePolicy) -> bool:
    said: dict[str, Counting] = {
        "active": "counts",
        "trialing": policy.trialing,
        "paused": policy.paused,
        "unpaid": policy.unpaid,
        "past_due": policy.past_due,
    }
    return said[status] == "counts"
