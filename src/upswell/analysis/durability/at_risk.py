"""Recent expansions at risk: what of the last year's expansion is still there, and what speaks against its staying.

Bolt's 150.00 of 1 April are still there, but Bolt asked on 3 June to cancel, and its last charge failed on 9 June. Both
stand beside it, with their days. A reason is a fact that the book knows on its day; none is a forecast.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from upswell.analysis.durability.features import Chosen
from upswell.metrics.figures import decimal_of
from upswell.metrics.lots import MONEY_DIGITS, Lot, Lots, read_lots
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.view import fetch
from upswell.policy.model import Policy

RECENT_DAYS: Final = 365
FALLEN_TO: Final = Decimal("0.7")
LIMIT: Final = 50

_KEYS: Final = """
select keys.item_key, keys.customer_id, {owner} from item_keys as keys
left join customers as customer on customer.customer_key = keys.customer_key
"""
_IDS: Final = """
select item_key, date, driver, plan_key, min(movement_id)
from movements
where kind = 'expansion' and not scheduled and amount > 0 and date > $since
group by all
"""
_PLANS: Final = "select plan_key, plan_id from plan_keys"
# Whoever has a reason, by customer: what it is, since when, and what of it there is.
_REASONS: Final = {
    "leaves": """
        select customer_key, min(date), null from booked_movements
        where scheduled and kind = 'churn' group by customer_key
    """,
    "shrinks": """
        select customer_key, date, string_agg(lost || ' ' || currency, ' and ' order by currency)
        from (
            select customer_key, date, currency, format('{:,.2f}', -sum(amount)) as lost,
                rank() over (partition by customer_key order by date) as place
            from booked_movements
            where scheduled and kind = 'contraction'
            group by customer_key, date, currency
        )
        where place = 1
        group by customer_key, date
    """,
    "cancels": """
        select versions.customer_key, min(ends.cancel_requested_on), null
        from item_versions as versions
        inner join contract_ends as ends on ends.source_row = versions.source_row
        where ends.cancel_requested_on <= $today and versions.mrr > 0 and versions.starts_on <= $today
            and (versions.ends_on is null or versions.ends_on > $today)
        group by versions.customer_key
    """,
    "arrears": """
        select customer_key, min(starts_on), min(status) from item_versions
        where status in ('past_due', 'unpaid', 'lapsed') and starts_on <= $today
            and (ends_on is null or ends_on > $today)
        group by customer_key
    """,
    "failed": """
        select keys.customer_key, max(failed.failed_on), null
        from failed_charges as failed
        inner join (select distinct customer_key, customer_id from item_keys) as keys using (customer_id)
        where failed.recovered_on is null and failed.failed_on between $failed_since and $today
        group by keys.customer_key
    """,
    "uses less": """
        with monthly as (
            select customer_key, metric, month, quantity from monthly_usage where month < $month and month >= $half_year
        ),
        compared as (
            select customer_key, metric, coalesce(sum(quantity) filter (where month = $last_month), 0) as latest,
                avg(quantity) filter (where month < $last_month) as before
            from monthly
            group by customer_key, metric
        )
        select customer_key, $last_month, arg_max(metric, before) from compared
        where before > 0
        group by customer_key
        having bool_and(latest < before * $fallen_to)
    """,
}
_WORDS: Final = {
    "leaves": "it leaves on {on}, as scheduled",
    "shrinks": "{what} less from {on}, as scheduled",
    "cancels": "it asked to cancel on {on}",
    "arrears": "it is {what} since {on}",
    "failed": "its charge of {on} failed and has not come in",
    "uses less": "its use of {what} in {on:%Y-%m} is under 70 % of the months before",
}


@dataclass(frozen=True)
class ExpansionAtRisk:
    """An expansion that is still there, all or part of it, and why it may not stay; in the workspace's currency."""

    movement_id: str | None
    date: date
    customer_id: str
    owner: str | None
    plan_id: str
    driver: str
    expanded: Decimal
    left: Decimal
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class AtRisk:
    """The largest first, as many as asked for; how many there are; their money beside all that is recent."""

    policy: str
    book_id: str
    currency: str
    rows: tuple[ExpansionAtRisk, ...]
    expansions: int
    left: Decimal
    recent_left: Decimal


def expansions_at_risk(
    connection: Readable, *, facts: BookFacts, policy: Policy, where: str | None = None, limit: int = LIMIT
) -> AtRisk:
    """Expansions of the last `RECENT_DAYS` days with something left of them and at least one reason.

    Raises `UsageError` where `where` is no filter of customers.
    """
    today = facts.as_of_day
    lots = read_lots(connection, through=today)
    chosen = None if where is None else Chosen.of(connection, by=None, where=where, facts=facts, policy=policy)
    left = lots.left()
    recent = [
        number
        for number, lot in enumerate(lots.lots)
        if lot.kind == "expansion" and left[number] > 0 and (today - lot.day).days <= RECENT_DAYS
        if chosen is None or chosen.has(lot)
    ]
    reasons = reasons_against(connection, today)
    lost = _lost(lots)
    found = [
        (number, told)
        for number in sorted(recent, key=lambda number: (-left[number], lots.lots[number].day, number))
        if (told := (*reasons.get(lots.lots[number].customer_key, ()), *lost.get(number, ())))
    ]
    names = _Names.of(connection, today)
    return AtRisk(
        policy=policy.name,
        book_id=facts.book_id,
        currency=facts.workspace_currency,
        rows=tuple(names.row(lots.lots[number], left[number], told) for number, told in found[:limit]),
        expansions=len(found),
        left=_money(sum(left[number] for number, _ in found)),
        recent_left=_money(sum(left[number] for number in recent)),
    )


def reasons_against(
    connection: Readable, today: date, *, names: Collection[str] = tuple(_REASONS)
) -> Mapping[int, Sequence[str]]:
    """What speaks against each customer, by its key, as one sentence a reason; of the reasons `names`.

    `leaves`, `shrinks`, `cancels`, `arrears`, `failed`, `uses less`: facts that the book knows on the day `today`.
    """
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    half_year = (month - timedelta(days=182)).replace(day=1)
    given = {
        "today": today,
        "failed_since": today - timedelta(days=90),
        "month": month,
        "last_month": last_month,
        "half_year": half_year,
        "fallen_to": FALLEN_TO,
    }
    found: dict[int, list[str]] = {}
    for name, sql in _REASONS.items():
        if name not in names:
            continue
        for customer_key, on, what in fetch(connection, sql, given):
            found.setdefault(customer_key, []).append(_WORDS[name].format(on=on, what=what))
    return found


def _lost(lots: Lots) -> Mapping[int, Sequence[str]]:
    """What is gone already of a lot: who took back a part may take back more."""
    gone: dict[int, int] = {}
    for loss in lots.losses:
        gone[loss.lot] = gone.get(loss.lot, 0) + (loss.money or 0)
    return {number: (f"{_money(money):,.2f} of it are lost already",) for number, money in gone.items()}


@dataclass(frozen=True)
class _Names:
    """What the keys of a book stand for."""

    items: Mapping[int, tuple[str, str | None]]
    plans: Mapping[int, str]
    ids: Mapping[tuple[Any, ...], str]

    @classmethod
    def of(cls, connection: Readable, today: date) -> _Names:
        columns = [row[0] for row in connection.execute("select * from customers limit 0").description or ()]
        owner = "cast(customer.owner as varchar)" if "owner" in columns else "cast(null as varchar)"
        items = {
            key: (customer, who) for key, customer, who in connection.execute(_KEYS.format(owner=owner)).fetchall()
        }
        since = {"since": today - timedelta(days=RECENT_DAYS + 1)}
        return cls(
            items=items,
            plans=dict(connection.execute(_PLANS).fetchall()),
            ids={tuple(row[:4]): row[4] for row in connection.execute(_IDS, since).fetchall()},
        )

    def row(self, lot: Lot, left: int, reasons: Sequence[str]) -> ExpansionAtRisk:
        customer, owner = self.items[lot.item_key]
        return ExpansionAtRisk(
            movement_id=self.ids.get((lot.item_key, lot.day, lot.driver, lot.plan_key)),
            date=lot.day,
            customer_id=customer,
            owner=owner,
            plan_id=self.plans[lot.plan_key],
            driver=lot.driver or "",
            expanded=_money(lot.money or 0),
            left=_money(left),
            reasons=tuple(reasons),
        )


def _money(money: int) -> Decimal:
    return decimal_of(Fraction(money, 10**MONEY_DIGITS), decimals=2)
