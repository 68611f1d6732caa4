"""Two books beside each other: whose movements differ, and which imported rows the difference came with.

    changed_lines(BookSide(closed_folder, strict), BookSide(current_folder, strict), month=date(2026, 9, 1))

gives, for a late invoice of September, one line: customer, plan, `expansion`, `seats`, former 0, later 60.00. Lines of
two books add up as their movements do: opening + kinds = closing, on either side and so in the differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.engines.duckdb import path_literal, query_connection
from upswell.ledger.reader import SPAN_PARTS
from upswell.policy import Policy

_FAR: Final = date(2999, 12, 31)

_SIDE: Final = """
create temp view {side} as
select
    booked.date, cast(booked.kind as varchar) as kind, cast(booked.driver as varchar) as driver, booked.currency,
    booked.amount, booked.amount * booked.rate as money, booked.rate is null as unvalued,
    item_keys.{customer} as customer_id, plan_keys.plan_id
from read_parquet({movements}, hive_partitioning = false) as booked
inner join read_parquet({item_keys}, hive_partitioning = false) as item_keys using (item_key)
inner join read_parquet({plan_keys}, hive_partitioning = false) as plan_keys using (plan_key)
where not booked.scheduled
"""

# What came before the month is its opening, which has neither plan nor driver.
_LINES: Final = """
with rows as (
    select 'former' as side, * from former where date <= $last
    union all
    select 'later' as side, * from later where date <= $last
),

lines as (
    select
        case when date < $first then $first else cast(date_trunc('month', date) as date) end as month,
        customer_id,
        case when date < $first then null else plan_id end as plan_id,
        case when date < $first then 'opening' else kind end as kind,
        case when date < $first then null else driver end as driver,
        currency,
        cast(coalesce(sum(amount) filter (where side = 'former'), 0) as decimal(38, 6)) as former,
        cast(coalesce(sum(amount) filter (where side = 'later'), 0) as decimal(38, 6)) as later,
        case when not bool_or(unvalued) then
            cast(coalesce(sum(money) filter (where side = 'former'), 0) as decimal(38, 18)) end as former_money,
        case when not bool_or(unvalued) then
            cast(coalesce(sum(money) filter (where side = 'later'), 0) as decimal(38, 18)) end as later_money
    from rows
    group by all
)

select strftime(month, '%Y-%m') as month, customer_id, plan_id, kind, driver, currency, former, later,
    cast(later - former as decimal(38, 6)) as difference,
    former_money, later_money, cast(later_money - former_money as decimal(38, 18)) as money_difference
from lines
where later <> former or later_money is distinct from former_money
order by month, abs(later - former) desc, customer_id, kind, driver, plan_id, currency
"""

_ROWS: Final = """
create temp view {side}_rows as
select distinct item_keys.{customer} as customer_id, versions.span_id // {span_parts} as source_row
from read_parquet({versions}, hive_partitioning = false) as versions
inner join read_parquet({item_keys}, hive_partitioning = false) as item_keys using (item_key)
"""
_CAUSES: Final = """
with former_only as (
    select * from former_rows except select * from later_rows
),

later_only as (
    select * from later_rows except select * from former_rows
)

select customer_id, source_row // $rows_per_import as import_no, 'gone' as change, count(*) as rows
from former_only where list_contains($customers, customer_id) group by all
union all
select customer_id, source_row // $rows_per_import as import_no, 'come' as change, count(*) as rows
from later_only where list_contains($customers, customer_id) group by all
order by customer_id, import_no, change
"""


@dataclass(frozen=True)
class BookSide:
    """One of two books: its folder, verified by the caller, and the policy to read it under."""

    folder: Path
    policy: Policy


@dataclass(frozen=True)
class ChangedRows:
    """Imported rows of a customer that only one of two books counts: `gone` or `come`."""

    customer_id: str
    import_no: int
    change: str
    rows: int


def changed_lines(former: BookSide, later: BookSide, *, month: date | None = None) -> pa.Table:
    """What differs between the movements of two books, those scheduled aside.

    Columns: month (`2026-09`), customer_id, plan_id, kind, driver, currency, former, later, difference (decimals in
    `currency`) and former_money, later_money, money_difference (in the workspace's, at the rates of the days; null
    where a rate is lacking). With `month`, its first day, only that month, and what came before it as kind `opening`.
    Largest differences of a month first.
    """
    first = month or date(1, 1, 1)
    last = _FAR if month is None else _last_day(month)
    with _both(former, later, _SIDE) as connection:
        return connection.sql(_LINES, params={"first": first, "last": last}).to_arrow_table()


def changed_rows(former: BookSide, later: BookSide, customers: list[str]) -> list[ChangedRows]:
    """The imported rows behind the items of `customers` that only one of two books has, by import."""
    with _both(former, later, _ROWS) as connection:
        found = connection.execute(_CAUSES, {"customers": customers, "rows_per_import": ROWS_PER_IMPORT}).fetchall()
    return [ChangedRows(*row) for row in found]


@contextmanager
def _both(former: BookSide, later: BookSide, text: str) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = query_connection([former.folder, later.folder])
    try:
        for name, side in (("former", former), ("later", later)):
            files = {
                "movements": side.folder / side.policy.name / "movements.parquet",
                "versions": side.folder / side.policy.name / "item_versions.parquet",
                "item_keys": side.folder / "item_keys.parquet",
                "plan_keys": side.folder / "plan_keys.parquet",
            }
            paths = {key: path_literal(path.resolve()) for key, path in files.items()}
            customer = "family_id" if side.policy.level == "family" else "customer_id"
            connection.execute(text.format(side=name, customer=customer, span_parts=SPAN_PARTS, **paths))
        yield connection
    finally:
        connection.close()


def _last_day(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
