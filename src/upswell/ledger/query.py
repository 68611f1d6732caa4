"""Listing movements: filters bound as values, source rows named by file and row.

query_movements(connection, MovementFilter(customer="Acme", kind="expansion"))
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import duckdb
import pyarrow as pa

from upswell.errors import UsageError

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


@dataclass(frozen=True, kw_only=True)
class MovementFilter:
    """Which movements to list; `date_to` is inclusive, None means no limit."""

    date_from: date | None = None
    date_to: date | None = None
    customer: str | None = None
    kind: str | None = None
    driver: str | None = None

    def __post_init__(self) -> None:
        _require_known("kind", self.kind, KINDS)
        _require_known("driver", self.driver, DRIVERS)


_WANTED: Final = """where date >= coalesce(?, date) and date <= coalesce(?, date)
    and customer_id = coalesce(?, customer_id)
    and kind = coalesce(?, kind)
    and (cast(? as varchar) is null or driver = ?)
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
_DAYS: Final = f"""
select date, count(*) as movements
from movements
{_WANTED}group by date
order by date
"""


def query_movements(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> pa.Table:
    """The movements that `wanted` lets through, as an Arrow table (see `Workspace.movements`)."""
    return _asked(connection, wanted).to_arrow_table()


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
    return [wanted.date_from, wanted.date_to, wanted.customer, wanted.kind, wanted.driver, wanted.driver]


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
