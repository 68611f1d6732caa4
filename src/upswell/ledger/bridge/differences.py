"""The lines of bridges: what each switch does to each customer's movements of a month.

Acme's add-on of 40.00 goes on the day on which a product of 50.00 comes. Under netting by item the month has an
expansion of 50.00 and a contraction of 40.00, under netting by customer both rows are expansion. For `expansion_mrr`
the switch moves one customer, and these are the movements that differ:

    Acme  -40.00   2025-03-12 expansion addon   came    -40.00

Each policy on the way is run once, all in one pass (`run_policies`), so that models whose inputs agree are computed
once; of each ledger only the month's rows of the metric's kinds are kept. Two ledgers are compared in SQL: a movement
is the same in both if it would have the same id, and a customer is concerned if the sum of its movements differs.
So a line is the sum of its customers, each the sum of its movements, and never a remainder. A movement without a rate
has no amount; then its customer and the line have none either, and a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import duckdb

from upswell.ledger.bridge.steps import Step, Value, ledger_key
from upswell.ledger.build import run_policies
from upswell.ledger.reader import MOVEMENT_ID
from upswell.policy import Policy

Progress = Callable[[str], None]
Change = Literal["gone", "came", "changed"]
_KEPT: Final = ("movements", "item_keys", "plan_keys")


@dataclass(frozen=True)
class MovementDifference:
    """A movement that a step takes away (`gone`), brings (`came`) or values anew (`changed`).

    Amounts are in the workspace's currency; null on the side where the movement is not, and where no rate is known.
    """

    movement_id: str
    date: date
    kind: str
    driver: str | None
    change: Change
    amount_before: Decimal | None
    amount_after: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class CustomerDifference:
    """What a step does to one customer: the amount and the movements it is made of."""

    customer_id: str
    amount: Decimal | None
    reason: str | None
    movements: tuple[MovementDifference, ...]


@dataclass(frozen=True)
class LeftOut:
    """The customers of a line that are not listed, and their sum."""

    customers: int = 0
    amount: Decimal | None = Decimal(0)


@dataclass(frozen=True)
class LineFigures:
    """A line in one month: its amount, the customers concerned, the largest of them, and what is left out."""

    amount: Decimal | None = Decimal(0)
    reason: str | None = None
    customers: int = 0
    details: tuple[CustomerDifference, ...] = ()
    left_out: LeftOut = LeftOut()


NOTHING: Final = LineFigures()
_Months = Mapping[date, LineFigures]


def bridge_lines(
    connection: duckdb.DuckDBPyConnection,
    ways: Sequence[Sequence[Step]],
    *,
    kinds: Sequence[str],
    first_day: date,
    last_day: date,
    details: int | None,
    progress: Progress | None = None,
) -> list[list[_Months]]:
    """For each way, for each of its steps: the line in each month (by its first day) in which it is not empty.

    `connection` was prepared as for a build (`ledger.build.prepare`). The days are the first and last of the months
    looked at; only actual movements count. `details` limits the customers listed of a line, None lists all.
    """
    policies = _distinct([policy for steps in ways for step in steps for policy in (step.former, step.policy)])
    tables = {key: f"bridge_entries_{number}" for number, key in enumerate(policies)}
    names = list(tables.values())

    def keep(number: int) -> None:
        connection.execute(
            _ENTRIES.format(table=names[number]), {"first_day": first_day, "last_day": last_day, "kinds": list(kinds)}
        )

    if len(policies) > 1:
        run_policies(connection, list(policies.values()), kept=_KEPT, done=keep, progress=progress)
    known: dict[tuple[str, str], _Months] = {}
    found: list[list[_Months]] = []
    for steps in ways:
        lines: list[_Months] = []
        for step in steps:
            pair = tables[ledger_key(step.former)], tables[ledger_key(step.policy)]
            if pair[0] == pair[1]:
                lines.append({})
                continue
            if pair not in known:
                known[pair] = _compared(connection, *pair, other_rates=step.changes_rates(), details=details)
            lines.append(known[pair])
        found.append(lines)
    return found


def _distinct(policies: Sequence[Policy]) -> dict[tuple[Value, ...], Policy]:
    """One policy for each ledger; the one that comes first gives its name to what progress says."""
    distinct: dict[tuple[Value, ...], Policy] = {}
    for policy in policies:
        distinct.setdefault(ledger_key(policy), policy)
    return distinct


def _compared(
    connection: duckdb.DuckDBPyConnection, former: str, after: str, *, other_rates: bool, details: int | None
) -> dict[date, LineFigures]:
    connection.execute(_DIFFERENCES.format(former=former, after=after), {"other_rates": other_rates})
    connection.execute(_CUSTOMERS)
    listed = _listed(connection, details)
    lines: dict[date, LineFigures] = {}
    for row in _rows(connection, _LINES, {"details": details}):
        lines[row["month"]] = LineFigures(
            amount=row["amount"],
            reason=_reason(row["lacking"]),
            customers=row["customers"],
            details=tuple(listed.get(row["month"], ())),
            left_out=LeftOut(row["left_out"], row["left_out_amount"]),
        )
    return lines


def _listed(connection: duckdb.DuckDBPyConnection, details: int | None) -> dict[date, list[CustomerDifference]]:
    movements: dict[tuple[date, int], list[MovementDifference]] = {}
    for row in _rows(connection, _DETAILS, {"details": details}):
        movements.setdefault((row["month"], row["customer_key"]), []).append(
            MovementDifference(
                movement_id=row["movement_id"],
                date=row["date"],
                kind=row["kind"],
                driver=row["driver"],
                change=row["change"],
                amount_before=row["money_before"],
                amount_after=row["money_after"],
                reason=_reason(row["lacking"]),
            )
        )
    listed: dict[date, list[CustomerDifference]] = {}
    for row in _rows(connection, _LISTED, {"details": details}):
        listed.setdefault(row["month"], []).append(
            CustomerDifference(
                customer_id=row["customer_id"],
                amount=row["money"],
                reason=_reason(row["lacking"]),
                movements=tuple(movements[row["month"], row["customer_key"]]),
            )
        )
    return listed


def _reason(lacking: Mapping[str, Any] | None) -> str | None:
    if lacking is None:
        return None
    return f"no rate for {lacking['currency']} for what was booked on {lacking['day'].isoformat()}; import rates"


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, dict(parameters))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# The actual movements of the months asked for and the kinds of the metric: all that is kept of a ledger.
_ENTRIES: Final = """
create or replace temp table {table} as
select
    cast(date_trunc('month', date) as date) as month,
    date, moment_at, customer_key, item_key, plan_key, from_plan_key,
    cast(kind as varchar) as kind, cast(driver as varchar) as driver, currency, cast(rule as varchar) as rule,
    amount, rate
from movements
where not scheduled and date between $first_day and $last_day and list_contains($kinds, cast(kind as varchar))
"""

# One row is a movement that is not the same before and after a step. What tells movements apart is what their id is
# made of. Without a rate an amount is unknown on both sides, and differs if the step takes other rates.
_DIFFERENCES: Final = """
create or replace temp table bridge_differences as
with sides as (
    select *, false as is_after from {former}
    union all
    select *, true as is_after from {after}
),

movements_of_both as (
    select
        month, date, moment_at, customer_key, item_key, plan_key, from_plan_key, kind, driver, currency, rule,
        amount > 0 as is_gain,
        count(*) filter (not is_after) as rows_before,
        count(*) filter (is_after) as rows_after,
        sum(amount) filter (not is_after) as amount_before,
        sum(amount) filter (is_after) as amount_after,
        cast(case when count(*) filter (not is_after and rate is null) = 0
            then sum(amount * rate) filter (not is_after) end as decimal(38, 18)) as money_before,
        cast(case when count(*) filter (is_after and rate is null) = 0
            then sum(amount * rate) filter (is_after) end as decimal(38, 18)) as money_after,
        min(struct_pack(currency := currency, day := date)) filter (rate is null) as lacking
    from sides
    group by all
)

select *
from movements_of_both
where amount_before is distinct from amount_after
    or money_before is distinct from money_after
    or (lacking is not null and $other_rates)
"""

# One row is a customer whose figure of the month is not the same before and after the step; the largest come first.
_CUSTOMERS: Final = """
create or replace temp table bridge_customers as
with sums as (
    select
        month, customer_key,
        case when count(lacking) = 0
            then sum(coalesce(money_after, 0)) - sum(coalesce(money_before, 0)) end as money,
        min(lacking) as lacking
    from bridge_differences
    group by month, customer_key
)

select
    sums.*,
    row_number() over (
        partition by month order by abs(money) desc nulls first, customer_key
    ) as place
from sums
where money is null or money <> 0
"""
_LINES: Final = """
select
    month,
    case when count(*) = count(money) then sum(money) end as amount,
    min(lacking) as lacking,
    count(*) as customers,
    count(*) filter (place > cast($details as bigint)) as left_out,
    case when count(*) filter (place > cast($details as bigint) and money is null) = 0
        then coalesce(sum(money) filter (place > cast($details as bigint)), 0) end as left_out_amount
from bridge_customers
group by month
"""
_LISTED: Final = """
select month, customer_key, names.customer_id, money, lacking
from bridge_customers
inner join (select distinct customer_key, customer_id from item_keys) as names using (customer_key)
where place <= coalesce(cast($details as bigint), place)
order by month, place
"""
_DETAILS: Final = f"""
select
    booked.month, booked.customer_key, booked.date, booked.kind, booked.driver, booked.money_before, booked.money_after,
    case when booked.rows_before = 0 then 'came' when booked.rows_after = 0 then 'gone' else 'changed' end as change,
    booked.lacking,
    {MOVEMENT_ID} as movement_id
from (
    -- No scheduled movement is compared; what an id asks of an amount is its sign.
    select *, false as scheduled, case when is_gain then 1 else -1 end as amount from bridge_differences
) as booked
inner join bridge_customers as concerned
    on booked.month = concerned.month and booked.customer_key = concerned.customer_key
inner join item_keys on booked.item_key = item_keys.item_key
inner join plan_keys on booked.plan_key = plan_keys.plan_key
left join plan_keys as former_plans on booked.from_plan_key = former_plans.plan_key
where concerned.place <= coalesce(cast($details as bigint), concerned.place)
order by booked.month, concerned.place, booked.date, movement_id
"""
