"""Listing movements: filters bound as values, source rows named by file and row.

query_movements(connection, MovementFilter(customer="Acme", kind="expansion"))
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa

from upswell.errors import UsageError
from upswell.ledger.paging import Page, require_page
from upswell.ledger.reader import MOVEMENT_ID, SPAN_PARTS

KINDS: Final = ("new", "expansion", "contraction", "churn", "reactivation", "transfer")
DRIVERS: Final = (
    "seats",
    "plan",
    "price",
    "term",
    "addon",
    "cross_sell",
    "subscription",
    "usage",
    "discount",
)
# What a stream sorts and hands over at a time.
_ROWS_SORTED: Final = 65_536
_ROWS_IN_BATCH: Final = 16_384


@dataclass(frozen=True)
class MovementPage(Page):
    """A page of movements; `sum` is what all of the list add up to in the workspace's currency, each at its rate.

    It is None, with the reason, where a rate is lacking.
    """

    sum: Decimal | None
    reason: str | None


class Readable(Protocol):
    """Something that runs a query over the views of a book and gives its rows."""

    def execute(self, query: str, parameters: Any = ...) -> Any:
        """Run one query with its parameters bound by name."""


@dataclass(frozen=True, kw_only=True)
class MovementFilter:
    """Which movements to list; `date_to` is inclusive, None means no limit."""

    date_from: date | None = None
    date_to: date | None = None
    customer: str | None = None
    kind: str | None = None
    driver: str | None = None
    plan: str | None = None
    product: str | None = None

    def __post_init__(self) -> None:
        _require_known("kind", self.kind, KINDS)
        _require_known("driver", self.driver, DRIVERS)


_WANTED: Final = """where date >= coalesce(?, date) and date <= coalesce(?, date)
    and customer_id = coalesce(?, customer_id)
    and kind = coalesce(?, kind)
    and (cast(? as varchar) is null or driver = ?)
    and plan_id = coalesce(?, plan_id)
    and product_id = coalesce(?, product_id)
"""
_QUERY: Final = f"""
select
    movement_id, date, customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id, kind, driver,
    amount, currency, rule, scheduled,
    list_filter(
        [
            case when before_source is not null then {{
                'import_id': before_file.import_id, 'file': before_file.file, 'row': before_source % 4294967296
            }} end,
            case when after_source is not null and after_source is distinct from before_source then {{
                'import_id': after_file.import_id, 'file': after_file.file, 'row': after_source % 4294967296
            }} end
        ],
        lambda side: side is not null
    ) as sources
from movements
left join import_files as before_file on before_file.import_no = before_source // 4294967296
left join import_files as after_file on after_file.import_no = after_source // 4294967296
{_WANTED}order by date, scheduled, customer_id, subscription_id, item_id, kind, driver nulls first, amount, movement_id
"""
# A page is chosen among keys first, and only its rows look up their texts.
_CONDITIONS: Final = {
    "date_from": "date >= $date_from",
    "date_to": "date <= $date_to",
    "kind": "kind = $kind",
    "driver": "driver = $driver",
    "customer": "item_key in (select item_key from item_keys where customer_id = $customer)",
    "plan": "plan_key in (select plan_key from plan_keys where plan_id = $plan)",
    "product": "plan_key in (select plan_key from plan_keys where product_id = $product)",
}
_KEYS: Final = """scheduled {way}, customer_key, item_key, plan_key, from_plan_key, kind, driver nulls first, amount,
    moment_at, rule, before_span, after_span"""
_ORDERS: Final = {
    "date": f"date, {_KEYS.format(way='asc')}",
    "-date": f"date desc, {_KEYS.format(way='desc')}",
    "amount": f"amount, date, {_KEYS.format(way='asc')}",
    "-amount": f"amount desc, date desc, {_KEYS.format(way='desc')}",
}
ORDERS: Final = tuple(_ORDERS)
_PAGE: Final = """
with chosen as (
    select * {chosen}order by {order}
    limit $limit offset $offset
),
booked as (
    select row_number() over (order by {order}) as place, chosen.*
    from chosen
)
select
    {movement_id} as movement_id,
    booked.date, item_keys.customer_id, item_keys.subscription_id, item_keys.item_id, plan_keys.product_id,
    plan_keys.plan_id, former_plans.plan_id as from_plan_id, cast(booked.kind as varchar) as kind,
    cast(booked.driver as varchar) as driver, booked.amount, booked.currency, booked.rule, booked.scheduled,
    before_file.import_id, before_file.file, booked.before_span // {parts} % 4294967296,
    after_file.import_id, after_file.file, booked.after_span // {parts} % 4294967296,
    booked.before_span // {parts} is distinct from booked.after_span // {parts} as is_other
from booked
inner join item_keys on booked.item_key = item_keys.item_key
inner join plan_keys on booked.plan_key = plan_keys.plan_key
left join plan_keys as former_plans on booked.from_plan_key = former_plans.plan_key
left join import_files as before_file on before_file.import_no = booked.before_span // {parts} // 4294967296
left join import_files as after_file on after_file.import_no = booked.after_span // {parts} // 4294967296
order by place
"""
_SUM: Final = """
select count(*), coalesce(cast(sum(amount * rate) as decimal(38, 18)), 0),
    min(currency) filter (where rate is null)
{chosen}"""
_SOURCE: Final = pa.struct([("import_id", pa.string()), ("file", pa.string()), ("row", pa.int64())])
_PAGE_SCHEMA: Final = pa.schema(
    [
        ("movement_id", pa.string()),
        ("date", pa.date32()),
        *((name, pa.string()) for name in ("customer_id", "subscription_id", "item_id", "product_id", "plan_id")),
        *((name, pa.string()) for name in ("from_plan_id", "kind", "driver")),
        ("amount", pa.decimal128(24, 6)),
        ("currency", pa.string()),
        ("rule", pa.string()),
        ("scheduled", pa.bool_()),
        ("sources", pa.list_(pa.field("l", _SOURCE))),
    ]
)
_DAYS: Final = f"""
select date, count(*) as movements
from movements
{_WANTED}group by date
order by date
"""


def query_movements(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> pa.Table:
    """The movements that `wanted` lets through, as an Arrow table (see `Workspace.movements`)."""
    return _asked(connection, wanted).to_arrow_table()


def movement_page(
    connection: Readable, wanted: MovementFilter, *, order: str = "-date", limit: int = 50, offset: int = 0
) -> MovementPage:
    """A page of the movements that `wanted` lets through, with the columns of `query_movements`.

    `order` is date, -date (latest first), amount or -amount (largest first); among equals it is the same every time.
    Raises `UsageError` for another order and a page that cannot be.
    """
    require_page(limit, offset)
    _require_known("order", order, ORDERS)
    # Conditions that are not asked are not written: what is left, the engine can hold against the files' statistics.
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    chosen = f"from booked_movements where {' and '.join([_CONDITIONS[name] for name in values] or ['true'])} "
    total, worth, unrated = connection.execute(_SUM.format(chosen=chosen), values).fetchone() or (0, None, None)
    sql = _PAGE.format(chosen=chosen, order=_ORDERS[order], movement_id=MOVEMENT_ID, parts=SPAN_PARTS)
    found = connection.execute(sql, {**values, "limit": limit, "offset": offset}).fetchall()
    rows = [
        dict(zip(_PAGE_SCHEMA.names, (*row[:14], _sources(row[14:17], row[17:20], row[20])), strict=True))
        for row in found
    ]
    lacking = None if unrated is None else f"no rate for {unrated}; import rates"
    table = pa.Table.from_pylist(rows, schema=_PAGE_SCHEMA)
    return MovementPage(table, int(total), offset, limit, sum=None if lacking else worth, reason=lacking)


def _sources(before: Sequence[Any], after: Sequence[Any], is_other: bool) -> list[dict[str, Any]]:
    sides = [before, *([after] if is_other else [])]
    return [dict(zip(("import_id", "file", "row"), side, strict=True)) for side in sides if side[2] is not None]


def movement_schema(connection: duckdb.DuckDBPyConnection) -> pa.Schema:
    """The columns of a list of movements."""
    return _asked(connection, MovementFilter()).limit(0).to_arrow_table().schema


def stream_movements(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order as record batches, for as long as the connection is open.

    Rows come by date, so that a few days at a time are sorted: memory goes with the days' rows, not with all.
    """
    for first, last in _spans(connection, wanted):
        found = _asked(connection, replace(wanted, date_from=first, date_to=last))
        yield from found.to_arrow_reader(_ROWS_IN_BATCH)


def _spans(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> Iterator[tuple[date, date]]:
    """Days that follow each other with at most `_ROWS_SORTED` of the movements, or a single day that has more."""
    span: list[date] = []
    rows = 0
    for day, count in connection.execute(_DAYS, _values(wanted)).fetchall():
        if span and rows + count > _ROWS_SORTED:
            yield span[0], span[-1]
            span, rows = [], 0
        span.append(day)
        rows += count
    if span:
        yield span[0], span[-1]


def _asked(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> duckdb.DuckDBPyRelation:
    return connection.sql(_QUERY, params=_values(wanted))


def _values(wanted: MovementFilter) -> list[Any]:
    return [
        *(wanted.date_from, wanted.date_to, wanted.customer, wanted.kind, wanted.driver, wanted.driver),
        *(wanted.plan, wanted.product),
    ]


def _require_known(word: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is None or value in known:
        return
    near = difflib.get_close_matches(value, known, n=1)
    raise UsageError(
        f"there is no {word} {value}",
        code=f"{word}_unknown",
        expected=f"one of: {', '.join(known)}",
        found=value,
        remedy=f"did you mean {near[0]}?" if near else f"name a {word} of the list",
    )
