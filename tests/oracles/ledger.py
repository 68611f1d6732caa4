"""The ledger as a plain loop over one customer's history: the oracle of the SQL models.

Slow and simple on purpose. For each moment, in order: what was in force just before its first
change, what after its last; pair what ended with what started; judge; split into drivers.

    2024-01-10  starts  5 seats at 20.00 a month    -> new          100.00
    2024-03-15  8 seats                             -> expansion     60.00  seats
    2024-05-02  7 seats at 18.00                    -> contraction  -20.00  seats
                                                       contraction  -14.00  price

`balances` reads what is in force straight from the versions, so that the sum of all movements can
be held against something that never saw a movement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from .drivers import cause_of_presence
from .judging import Change, Judged, judge
from .moments import Moment, moments_of
from .pairing import Pair, pair
from .policies import RECURLY, STRICT, OraclePolicy
from .rates import Exchange, RateOf, Rates, lineage_of, rates_at
from .spans import cut_all, from_then_on, just_before, pays
from .units import of_unit, unit_of, without_dropped_episodes
from .values import ZERO, ItemKey, ItemRow, Span

__all__ = [
    "RECURLY",
    "STRICT",
    "ItemRow",
    "OracleMovement",
    "OraclePolicy",
    "Rates",
    "balances",
    "movements",
]

Holding = Mapping[ItemKey, Span]


@dataclass(frozen=True)
class OracleMovement:
    """One booked change; `amount` in `currency`, major units, 6 decimals; `rate` values it in the workspace's."""

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
    rate: Fraction | None
    rule: str
    scheduled: bool
    rows: frozenset[int]


@dataclass
class Past:
    """What of a unit's past decides whether it is new: whether it ever paid, and when it last left."""

    ever_paid: bool = False
    left_on: date | None = None


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
    everything = cut_all(items, policy=policy, timezone=timezone)
    moments = moments_of(everything, policy=policy, as_of=as_of, timezone=timezone)
    exchange = Exchange(workspace_currency, rates)
    replacing = moments if policy.fx == "item_start" else []  # nobody else asks what an item replaced
    pairs = [(moment, _pairs(everything, moment, exchange=exchange, policy=policy)) for moment in replacing]
    lineage = lineage_of(everything, pairs)
    spans = without_dropped_episodes(everything, moments, policy=policy)
    pasts: dict[str, Past] = {}
    booked: list[OracleMovement] = []
    for moment in moments:
        rate_of = rates_at(moment, exchange=exchange, lineage=lineage, policy=policy, as_of=as_of, timezone=timezone)
        judged = _judged(spans, moment, pasts=pasts, exchange=exchange, rate_of=rate_of, policy=policy)
        booked += [_movement(one, moment, rate_of=rate_of) for one in judged]
    return booked


def balances(
    items: Sequence[ItemRow], *, policy: OraclePolicy, days: Iterable[date], timezone: str, as_of: datetime
) -> dict[date, dict[tuple[str, str, str], Decimal]]:
    """MRR by (currency, product, plan) at the last instant of each local day; zeros left out.

    `as_of` only matters where `new_and_churned` drops something: the two sides of it are judged apart.
    """
    spans = cut_all(items, policy=policy, timezone=timezone)
    moments = moments_of(spans, policy=policy, as_of=as_of, timezone=timezone)
    kept = without_dropped_episodes(spans, moments, policy=policy)
    return {day: _in_force(kept, day, zone=ZoneInfo(timezone)) for day in days}


def _in_force(spans: Iterable[Span], day: date, *, zone: ZoneInfo) -> dict[tuple[str, str, str], Decimal]:
    totals: dict[tuple[str, str, str], Decimal] = {}
    for span in spans:
        begun = span.starts_at.astimezone(zone).date() <= day
        over = span.ends_at is not None and span.ends_at.astimezone(zone).date() <= day
        if begun and not over and span.counts and span.mrr != 0:
            key = (span.version.currency, *span.offer)
            totals[key] = totals.get(key, ZERO) + span.mrr
    return totals


def _judged(
    spans: Sequence[Span],
    moment: Moment,
    *,
    pasts: dict[str, Past],
    exchange: Exchange,
    rate_of: RateOf,
    policy: OraclePolicy,
) -> list[Judged]:
    """The rows of a moment; `pasts` of the customer's units are brought up to it."""
    before, after = just_before(spans, moment.first), from_then_on(spans, moment.last)
    pairs = _pairs(spans, moment, exchange=exchange, policy=policy)
    changes = _changes(before, after, pairs)
    judged: list[Judged] = []
    of_paying_units: list[Change] = []
    for unit in sorted({unit_of(span, policy=policy) for span in spans}):
        own = [change for change in changes if unit_of(change.place, policy=policy) == unit]
        past = pasts.setdefault(unit, Past())
        paid = pays(of_unit(before.values(), unit, policy=policy))
        paying = pays(of_unit(after.values(), unit, policy=policy))
        if paying and not paid and not past.ever_paid:
            judged += _all_of_one_kind(own, kind="new", rule="first_payment")
        elif paying and not paid:
            judged += _returned(own, past=past, day=moment.day, held_before=list(before.values()), policy=policy)
        elif paid and not paying:
            judged += _all_of_one_kind(own, kind="churn", rule="nothing_left")
            past.left_on = moment.day
        elif paid and paying:
            of_paying_units += own
        past.ever_paid = past.ever_paid or paying
    return judged + judge(
        of_paying_units,
        before=list(before.values()),
        after=list(after.values()),
        policy=policy,
        rate_of=rate_of,
    )


def _pairs(spans: Sequence[Span], moment: Moment, *, exchange: Exchange, policy: OraclePolicy) -> list[Pair]:
    """What ended in the moment and goes on as something else; sizes are always compared at the day's rate."""
    before, after = just_before(spans, moment.first), from_then_on(spans, moment.last)
    ended = [span for item, span in before.items() if span.counts and not _holds(after.get(item))]
    started = [span for item, span in after.items() if span.counts and not _holds(before.get(item))]

    def size(span: Span) -> Fraction:
        rate = exchange.on(moment.day, span.version.currency)
        return Fraction(span.mrr) * (Fraction(1) if rate is None else rate)

    return pair(ended, started, size=size, across_subscriptions=policy.level == "customer")


def _changes(before: Holding, after: Holding, pairs: Sequence[Pair]) -> list[Change]:
    """Every item that counted before or after, pairs made into one."""
    in_a_pair = {old.item for old, _ in pairs} | {new.item for _, new in pairs}
    changes = [Change(before=old, after=new) for old, new in pairs]
    for item in sorted(before.keys() | after.keys()):
        old, new = _counting(before.get(item)), _counting(after.get(item))
        if item not in in_a_pair and (old is not None or new is not None):
            changes.append(Change(before=old, after=new))
    return changes


def _returned(
    changes: Sequence[Change], *, past: Past, day: date, held_before: Sequence[Span], policy: OraclePolicy
) -> list[Judged]:
    """The rows of a unit that pays again, under the name that the policy gives to it."""
    rows = _all_of_one_kind(changes, kind=_kind_of_return(past, day, policy=policy), rule="return")
    if policy.reactivation == "expansion":
        return [replace(row, driver=cause_of_presence(row.place, held_before)) for row in rows]
    return rows


def _kind_of_return(past: Past, day: date, *, policy: OraclePolicy) -> str:
    match policy.reactivation:
        case "separate":
            return "reactivation"
        case "new_after_days":
            assert past.left_on is not None
            assert policy.reactivation_new_after_days is not None
            away = (day - past.left_on).days
            return "new" if away >= policy.reactivation_new_after_days else "reactivation"
        case "new" | "churn" | "expansion":
            return policy.reactivation


def _all_of_one_kind(changes: Sequence[Change], *, kind: str, rule: str) -> list[Judged]:
    """A unit that comes or goes as a whole: one row an item, no transfer, a driver only where `_returned` adds it."""
    judged = []
    for change in changes:
        amount = change.after_mrr - change.before_mrr
        place = (change.before or change.after) if rule == "nothing_left" else change.place
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


def _movement(one: Judged, moment: Moment, *, rate_of: RateOf) -> OracleMovement:
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
        rate=rate_of(one.place, one.currency),
        rule=one.rule,
        scheduled=moment.scheduled,
        rows=one.change.rows,
    )


def _holds(span: Span | None) -> bool:
    return span is not None and span.holds


def _counting(span: Span | None) -> Span | None:
    return span if span is not None and span.counts else None
