"""The ledger as a plain loop over one customer's history: the oracle of the SQL models.

Slow and simple on purpose. For each moment, in order: what was in force just before its first
change, what after its last; pair what ended with what started; judge; split into drivers.

    2024-01-10  starts  5 seats at 20.00 a month    -> new          100.00
    2024-03-15  8 seats                             -> expansion     60.00  seats
    2024-05-02  7 seats at 18.00                    -> contraction  -20.00  seats
                                                       contraction  -14.00  price

`balance` reads what is in force straight from the versions, so that the sum of all movements can
be held against something that never saw a movement.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from .judging import Change, Judged, judge
from .pairing import pair
from .values import (
    RECURLY,
    STRICT,
    ZERO,
    ItemKey,
    ItemRow,
    OraclePolicy,
    Span,
    cut_all,
    from_then_on,
    just_before,
)

__all__ = [
    "RECURLY",
    "STRICT",
    "ItemRow",
    "OracleMovement",
    "OraclePolicy",
    "balance",
    "movements",
]

Rates = Mapping[str, Sequence[tuple[date, Decimal]]]
Holding = Mapping[ItemKey, Span]


@dataclass(frozen=True)
class OracleMovement:
    """One booked change; `amount` in `currency`, major units, 6 decimals."""

    date: date
    customer_id: str
    subscription_id: str
    item_id: str
    product_id: str
    plan_id: str
    from_plan_id: str | None
    kind: str
    driver: str | None
    amount: Decimal
    currency: str
    rule: str
    scheduled: bool
    rows: frozenset[int]


@dataclass(frozen=True)
class Moment:
    """All changes of the customer that are looked at together."""

    day: date
    scheduled: bool
    first: datetime
    last: datetime


def movements(
    items: Sequence[ItemRow],
    *,
    policy: OraclePolicy,
    as_of: datetime,
    timezone: str,
    workspace_currency: str,
    rates: Rates,
) -> list[OracleMovement]:
    """Book one customer's history; changes later than `as_of` are marked `scheduled`."""
    spans = cut_all(items, policy=policy)
    booked: list[OracleMovement] = []
    ever_paid = False
    for moment in _moments(spans, policy=policy, as_of=as_of, timezone=timezone):
        before = just_before(spans, moment.first)
        after = from_then_on(spans, moment.last)
        rate_of = _rates_on(moment.day, workspace_currency=workspace_currency, rates=rates)
        changes = _changes(before, after, rate_of=rate_of)
        paid_before, paid_after = _paying(before), _paying(after)
        if not paid_before and paid_after:
            kind, rule = ("reactivation", "return") if ever_paid else ("new", "first_payment")
            judged = _whole_customer(changes, kind=kind, rule=rule)
        elif paid_before and not paid_after:
            judged = _whole_customer(changes, kind="churn", rule="nothing_left")
        elif paid_before and paid_after:
            judged = judge(
                changes,
                before=list(before.values()),
                after=list(after.values()),
                policy=policy,
                rate_of=rate_of,
            )
        else:
            judged = []
        booked += [_movement(one, moment) for one in judged]
        ever_paid = ever_paid or paid_after
    return booked


def balance(
    items: Sequence[ItemRow], *, policy: OraclePolicy, day: date, timezone: str
) -> dict[tuple[str, str, str], Decimal]:
    """MRR by (currency, product, plan) at the last instant of a local day; zeros left out."""
    zone = ZoneInfo(timezone)
    totals: dict[tuple[str, str, str], Decimal] = {}
    for span in cut_all(items, policy=policy):
        begun = span.starts_at.astimezone(zone).date() <= day
        over = span.ends_at is not None and span.ends_at.astimezone(zone).date() <= day
        if begun and not over and span.counts and span.mrr != 0:
            key = (span.version.currency, *span.offer)
            totals[key] = totals.get(key, ZERO) + span.mrr
    return totals


def _moments(spans: Iterable[Span], *, policy: OraclePolicy, as_of: datetime, timezone: str) -> list[Moment]:
    zone = ZoneInfo(timezone)
    instants = {span.starts_at for span in spans}
    instants |= {span.ends_at for span in spans if span.ends_at is not None}
    grouped: dict[tuple[date, bool], list[datetime]] = {}
    for instant in sorted(instants):
        day = instant.astimezone(zone).date()
        if policy.grouping == "month":
            day = day.replace(day=monthrange(day.year, day.month)[1])
        grouped.setdefault((day, instant > as_of), []).append(instant)
    return [
        Moment(day=day, scheduled=scheduled, first=together[0], last=together[-1])
        for (day, scheduled), together in sorted(grouped.items())
    ]


def _changes(before: Holding, after: Holding, *, rate_of: Mapping[str, Fraction]) -> list[Change]:
    """Every item that counted before or after, pairs made into one."""
    ended = [span for item, span in before.items() if span.counts and not _holds(after.get(item))]
    started = [span for item, span in after.items() if span.counts and not _holds(before.get(item))]

    def size(span: Span) -> Fraction:
        return Fraction(span.mrr) * rate_of.get(span.version.currency, Fraction(1))

    pairs = pair(ended, started, size=size)
    in_a_pair = {old.item for old, _ in pairs} | {new.item for _, new in pairs}
    changes = [Change(before=old, after=new) for old, new in pairs]
    for item in sorted(before.keys() | after.keys()):
        old, new = _counting(before.get(item)), _counting(after.get(item))
        if item not in in_a_pair and (old is not None or new is not None):
            changes.append(Change(before=old, after=new))
    return changes


def _whole_customer(changes: Sequence[Change], *, kind: str, rule: str) -> list[Judged]:
    """`new`, `reactivation` and `churn`: one row an item, no driver, no transfer."""
    judged = []
    for change in changes:
        amount = change.after_mrr - change.before_mrr
        place = (change.before or change.after) if kind == "churn" else change.place
        if amount != 0 and place is not None:
            judged.append(
                Judged(
                    change=change,
                    place=place,
                    kind=kind,
                    driver=None,
                    amount=amount,
                    currency=place.version.currency,
                    rule=rule,
                    from_plan_id=None,
                )
            )
    return judged


def _movement(one: Judged, moment: Moment) -> OracleMovement:
    place = one.place.version
    return OracleMovement(
        date=moment.day,
        customer_id=place.customer_id,
        subscription_id=place.subscription_id,
        item_id=place.item_id,
        product_id=place.product_id,
        plan_id=place.plan_id,
        from_plan_id=one.from_plan_id,
        kind=one.kind,
        driver=one.driver,
        amount=one.amount,
        currency=one.currency,
        rule=one.rule,
        scheduled=moment.scheduled,
        rows=one.change.rows,
    )


def _rates_on(day: date, *, workspace_currency: str, rates: Rates) -> dict[str, Fraction]:
    """The rate of each currency that has one on the day."""
    known: dict[str, Fraction] = {}
    for currency, given in rates.items():
        for since, rate in sorted(given):
            if since <= day:
                known[currency] = Fraction(rate)
    known[workspace_currency] = Fraction(1)
    return known


def _paying(holding: Holding) -> bool:
    return any(span.counts and span.mrr > 0 for span in holding.values())


def _holds(span: Span | None) -> bool:
    return span is not None and span.holds


def _counting(span: Span | None) -> Span | None:
    return span if span is not None and span.counts else None
