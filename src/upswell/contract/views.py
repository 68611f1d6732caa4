"""Views of what is in force: the only shape in which the ledger sees imported data.

Rows of all sources come together here, month-end snapshots become item versions, rows in conflict
stay out. A snapshot of January, 50.00, and one of February, 60.00, are two versions: from the 31st
of January to the 29th of February, and from there on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import duckdb

from upswell.contract.cells import local_date, sql_type, to_utc
from upswell.contract.comparing import content_columns
from upswell.contract.schema import (
    COSTS,
    CUSTOMERS,
    FEEDBACK,
    INVOICE_LINES,
    ITEMS,
    LIMITS,
    PAYMENTS,
    PRICE_ANSWERS,
    RATES,
    SNAPSHOTS,
    TOUCHES,
    USAGE,
    Table,
)
from upswell.contract.sqltext import literal, name, name_list
from upswell.contract.state import ImportEntry

# What happened, row by row: rows of two sources are two things that happened.
_HAPPENINGS: Final = (INVOICE_LINES, PAYMENTS, USAGE, TOUCHES, FEEDBACK, PRICE_ANSWERS)
# table -> source -> SQL of the relation whose rows are in force
Relations = Mapping[str, Mapping[str, str]]

_LOCAL_DAYS: Final = {
    "starts_at": "starts_on",
    "ends_at": "ends_on",
    "discount_until": "discount_until_on",
    "trial_until": "trial_until_on",
    "cancel_requested_at": "cancel_requested_on",
    "issued_at": "issued_on",
    "paid_at": "paid_on",
    "at": "day",
}
# A payment's amount may be written with any sign where its status says the direction; `received` adds up.
_RECEIVED: Final = """case status when 'succeeded' then amount when 'refunded' then -abs(amount)
    else 0::decimal(24,12) end as received"""


def items_sql(relations: Relations, *, timezone: str) -> str:
    """All item rows in force: those imported as items, and those made of snapshots."""
    parts = [_union(ITEMS, relations.get(ITEMS.name, {}))]
    if relations.get(SNAPSHOTS.name):
        parts.append(_snapshot_items(relations[SNAPSHOTS.name], timezone=timezone))
    return " union all by name ".join(parts)


def create_views(
    connection: duckdb.DuckDBPyConnection,
    relations: Relations,
    *,
    conflicts: str | None,
    timezone: str,
    entries: Iterable[ImportEntry],
) -> None:
    """Create the temporary views `current_items`, `current_customers`, `current_rates`, `current_costs`, one for each
    table of what happened (`current_payments` ...), and `import_files`; each is there, and empty, when nothing of it
    was imported."""
    items = items_sql(relations, timezone=timezone)
    held = "" if conflicts is None else f"where source_row not in (select source_row from {conflicts})"
    columns = _with_local_days(ITEMS, timezone=timezone)
    for table in _HAPPENINGS:
        rows = _happenings(table, relations.get(table.name, {}), timezone=timezone)
        _view(connection, f"current_{table.name}", rows)
    _view(connection, "current_limits", _limits(relations.get(LIMITS.name, {})))
    _view(connection, "current_items", f"select {columns}, source, source_row from ({items}) {held}")
    _view(connection, "current_customers", _customers(connection, relations.get(CUSTOMERS.name, {})))
    _view(connection, "current_rates", _rates(relations.get(RATES.name, {})))
    # What two sources say of one month and kind are two costs: only within a source one replaces the other.
    _view(connection, "current_costs", _union(COSTS, relations.get(COSTS.name, {})))
    _view(connection, "import_files", _import_files(entries))


def _view(connection: duckdb.DuckDBPyConnection, view: str, sql: str) -> None:
    connection.execute(f"create or replace temp view {view} as {sql}")


def _with_local_days(table: Table, *, timezone: str) -> str:
    """The table's columns, after each instant the workspace's calendar day of it."""
    columns = []
    for column in table.column_names():
        columns.append(name(column))
        if column in _LOCAL_DAYS:
            columns.append(f"{local_date(name(column), timezone=timezone)} as {_LOCAL_DAYS[column]}")
    return ", ".join(columns)


def _happenings(table: Table, sources: Mapping[str, str], *, timezone: str) -> str:
    columns = _with_local_days(table, timezone=timezone)
    received = f", {_RECEIVED}" if table is PAYMENTS else ""
    return f"select {columns}{received}, source, source_row from ({_union(table, sources)})"


def _union(table: Table, sources: Mapping[str, str]) -> str:
    """Rows of every source with the source's name beside them; typed and empty without any.

    The empty rows also give their type to columns that a file stored by an earlier release lacks.
    """
    columns = ", ".join(f"null::{sql_type(each)} as {name(each.name)}" for each in table.columns)
    empty = f"select {columns}, null::varchar as source, null::bigint as source_row where false"
    known = name_list((*table.column_names(), "source", "source_row"))
    given = [f"select *, {literal(source)} as source from {relation}" for source, relation in sources.items()]
    return f"select {known} from ({' union all by name '.join([empty, *given])})"


def _snapshot_items(sources: Mapping[str, str], *, timezone: str) -> str:
    """Snapshots as item versions from month-end to the month-end the source gives next.

    A customer's plans of one product are one item, so that a change of plan is seen as one; where
    a month lists several of them side by side, each is an item of its own.
    """
    start = to_utc("last_day(month)::timestamp", timezone=timezone)
    end = to_utc("last_day(next_month)::timestamp", timezone=timezone)
    return f"""(
        with snapshots as ({_union(SNAPSHOTS, sources)}),
        given_months as (select distinct source, month from snapshots),
        months as (
            select *, lead(month) over (partition by source order by month) as next_month
            from given_months
        ),
        side_by_side as (
            select distinct source, customer_id, product_id from (
                select source, customer_id, product_id from snapshots
                group by source, customer_id, product_id, month having count(*) > 1)
        )
        select snapshots.customer_id, snapshots.customer_id as subscription_id,
               concat_ws('-', snapshots.customer_id, snapshots.product_id,
                   case when side_by_side.source is not null then plan_id end,
                   case when side_by_side.source is not null then currency end) as item_id,
               snapshots.product_id, plan_id, null::varchar as price_id,
               {start} as starts_at, {end} as ends_at, 1::decimal(18,4) as quantity,
               null::decimal(24,12) as unit_amount, mrr, currency, 'month' as "interval",
               1::integer as interval_count, null::decimal(7,4) as discount_percent,
               null::decimal(24,12) as discount_amount, null::timestamp as discount_until,
               'plan' as item_type, 'active' as status, null::timestamp as trial_until,
               null::timestamp as cancel_requested_at, snapshots.source, source_row
        from snapshots
        join months using (source, month)
        left join side_by_side on side_by_side.source = snapshots.source
             and side_by_side.customer_id = snapshots.customer_id
             and side_by_side.product_id = snapshots.product_id)"""


def _customers(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, str]) -> str:
    """One row for each customer and valid_from; where sources meet, the later value given wins."""
    attributes = _attributes(connection, sources)
    columns = (*CUSTOMERS.column_names(), *attributes)
    if len(sources) < 2:  # noqa: PLR2004
        rows = next(iter(sources.values()), None) or f"({_union(CUSTOMERS, sources)})"
        return f"select {name_list(columns)}, source_row from {rows}"
    parts = " union all by name ".join(f"select * from {relation}" for relation in sources.values())
    values = ", ".join(
        f"arg_max({name(each)}, source_row) as {name(each)}" for each in columns if each not in CUSTOMERS.key
    )
    return f"""
        select {name_list(columns)}, source_row from (
            select {name_list(CUSTOMERS.key)}, {values}, max(source_row) as source_row
            from ({parts}) as given group by {name_list(CUSTOMERS.key)})"""


def _attributes(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, str]) -> tuple[str, ...]:
    known = {each.casefold() for each in CUSTOMERS.column_names()}
    found: dict[str, str] = {}
    for relation in sources.values():
        for column in content_columns(connection, relation):
            if column.casefold() not in known:
                found.setdefault(column.casefold(), column)
    return tuple(found.values())


def _rates(sources: Mapping[str, str]) -> str:
    rows = _union(RATES, sources)
    return f"""
        select "date", currency, arg_max(rate, source_row) as rate, max(source_row) as source_row
        from ({rows}) group by "date", currency"""


def _limits(sources: Mapping[str, str]) -> str:
    rows = _union(LIMITS, sources)
    return f"""
        select plan_id, metric, arg_max("limit", source_row) as "limit", max(source_row) as source_row
        from ({rows}) group by plan_id, metric"""


def _import_files(entries: Iterable[ImportEntry]) -> str:
    values = ", ".join(
        f"({entry.no}::integer, {literal(entry.import_id)}, {literal(entry.file)}, {literal(entry.sha256)})"
        for entry in entries
    )
    rows = f"values {values}" if values else "select 0, '', '', '' where false"
    return f"select * from ({rows}) as files(import_no, import_id, file, sha256)"
