"""From one customer's rows to spans: from when to when each is in force, whether it counts, and what it is worth.

    row   5 seats at 20.00, 2024-01-10 .., trial until 2024-01-24, 20 % off until 2024-03-10
    spans 2024-01-10 .. 2024-01-24  trialing   80.00, does not count
          2024-01-24 .. 2024-03-10  active     80.00
          2024-03-10 ..             active    100.00

In this order: the end that the policy sees, the cuts at the ends of trial and discount, the status, the cut where a
past-due run lapses, the MRR, the trailing mean of usage. What the policy excludes is as if it had never been there.

Where the rules leave room:

- The end of the discount cuts a version even where the policy subtracts no discount, and the end of the trial one
  that is paused: a cut does not depend on the policy (each part is a period of its own for the trailing mean).
- Whether another version adjoins is read from the rows as they were given: it may itself have been cancelled before
  it began, or be of a type that is excluded.
- Trailing means are over parts of type `usage` only; what the item was worth as a plan is in no mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from .policies import Counting, OraclePolicy
from .values import ZERO, ItemKey, ItemRow, Span, line_value, months_factor, round6

PERIODS_OF_A_MEAN = 3


def cut_all(items: Sequence[ItemRow], *, policy: OraclePolicy, timezone: str) -> list[Span]:
    """All spans of a customer; each item's are in order of their starts."""
    versions: dict[ItemKey, list[ItemRow]] = {}
    for version in sorted(items, key=lambda each: each.starts_at):
        ended = replace(version, ends_at=effective_end(version, items, policy=policy))
        excluded = version.item_type == "usage" and policy.usage == "exclude"
        if not excluded and ended.ends_at != ended.starts_at:
            versions.setdefault(version.item, []).append(ended)
    spans: list[Span] = []
    for of_item in versions.values():
        cuts = [span for version in of_item for span in cut(version, policy=policy)]
        spans += _with_trailing_means(_lapsed(cuts, policy=policy, timezone=timezone), policy=policy)
    return spans


def effective_end(version: ItemRow, items: Iterable[ItemRow], *, policy: OraclePolicy) -> datetime | None:
    """When the policy sees the version end; its own start where nothing is left of it.

    A request is withdrawn where another version of the item goes on right at the end.
    """
    asked, end = version.cancel_requested_at, version.ends_at
    if policy.churn_date == "period_end" or asked is None:
        return end
    goes_on = any(other.item == version.item and other.starts_at == end for other in items)
    if goes_on or (end is not None and end <= asked):
        return end
    return max(asked, version.starts_at)


def cut(version: ItemRow, *, policy: OraclePolicy) -> list[Span]:
    """Cut a version where its trial and its discount end."""
    inside = {
        instant
        for instant in (version.trial_until, version.discount_until)
        if instant is not None
        and version.starts_at < instant
        and (version.ends_at is None or instant < version.ends_at)
    }
    starts = [version.starts_at, *sorted(inside)]
    ends: list[datetime | None] = [*starts[1:], version.ends_at]
    return [_span(version, start, end, policy=policy) for start, end in zip(starts, ends, strict=True)]


def split(span: Span, instant: datetime) -> list[Span]:
    """The span in two if the instant is inside it."""
    if span.starts_at < instant and (span.ends_at is None or instant < span.ends_at):
        return [replace(span, ends_at=instant), replace(span, starts_at=instant)]
    return [span]


def just_before(spans: Iterable[Span], instant: datetime) -> dict[ItemKey, Span]:
    """Each item's span that was in force up to the instant."""
    return _by_item(
        span for span in spans if span.starts_at < instant and (span.ends_at is None or span.ends_at >= instant)
    )


def from_then_on(spans: Iterable[Span], instant: datetime) -> dict[ItemKey, Span]:
    """Each item's span in force at the instant itself and right after it."""
    return _by_item(
        span for span in spans if span.starts_at <= instant and (span.ends_at is None or span.ends_at > instant)
    )


def pays(spans: Iterable[Span]) -> bool:
    """Whether any of the spans counts and is worth something."""
    return any(span.counts and span.mrr > 0 for span in spans)


def _by_item(spans: Iterable[Span]) -> dict[ItemKey, Span]:
    found: dict[ItemKey, Span] = {}
    for span in spans:
        if span.item in found:
            raise ValueError(f"two versions of item {span.item} are in force at once")
        found[span.item] = span
    return found


def _lapsed(spans: Sequence[Span], *, policy: OraclePolicy, timezone: str) -> list[Span]:
    """One item's spans in order, those past due for too long given up at a local midnight."""
    if policy.past_due_churn_days is None or policy.past_due == "zero":
        return list(spans)
    zone = ZoneInfo(timezone)
    found: list[Span] = []
    began: datetime | None = None
    last_end: datetime | None = None
    for span in spans:
        if span.status != "past_due":
            began = None
            found.append(span)
            continue
        if began is None or span.starts_at != last_end:
            began = span.starts_at
        last_end = span.ends_at
        day = began.astimezone(zone).date() + timedelta(days=policy.past_due_churn_days)
        given_up = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        for part in split(span, given_up):
            over = part.starts_at >= given_up
            found.append(replace(part, status="lapsed", counts=False, holds=False) if over else part)
    return found


def _with_trailing_means(spans: Sequence[Span], *, policy: OraclePolicy) -> list[Span]:
    """One item's spans in order, usage worth the mean of itself and up to two periods before."""
    if policy.usage != "trailing_3":
        return list(spans)
    worth: dict[str, list[Decimal]] = {}
    found: list[Span] = []
    for span in spans:
        if span.version.item_type != "usage" or not span.counts:
            found.append(span)
            continue
        periods = worth.setdefault(span.version.currency, [])
        periods.append(span.mrr)
        last = periods[-PERIODS_OF_A_MEAN:]
        found.append(replace(span, mrr=round6(sum(map(Fraction, last), Fraction(0)) / len(last))))
    return found


def _span(version: ItemRow, start: datetime, end: datetime | None, *, policy: OraclePolicy) -> Span:
    status = _status(version, start)
    counts = _counts(status, policy=policy)
    discounted = _discounted(version, start, policy=policy)
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


def _discounted(version: ItemRow, start: datetime, *, policy: OraclePolicy) -> bool:
    """Whether the discount is subtracted in the part that begins at `start`; `recurring` are those without an end."""
    match policy.discounts:
        case "all":
            return version.discount_until is None or start < version.discount_until
        case "recurring":
            return version.discount_until is None
        case "none":
            return False


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
