"""Listing movements: filters bound as values, source rows named by file and row.

query_movements(connection, MovementFilter(customer="Acme", kind="expansion"))
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
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


_QUERY: Final = """
select
    movement_id, date, customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id, kind, driver,
    amount, currency, rule, scheduled,
    list_filter(
        [
            case when before_source is not null then {
                'import_id': before_file.import_id, 'file': before_file.file, 'row': before_source % 4294967296
            } end,
            case when after_source is not null and after_source is distinct from before_source then {
                'import_id': after_file.import_id, 'file': after_file.file, 'row': after_source % 4294967296
            } end
        ],
        lambda side: side is not null
    ) as sources
from movements
left join import_files as before_file on before_file.import_no = before_source // 4294967296
left join import_files as after_file on after_file.import_no = after_source // 4294967296
where date >= coalesce(?, date) and date <= coalesce(?, date)
    and customer_id = coalesce(?, customer_id)
    and kind = coalesce(?, kind)
    and (cast(? as varchar) is null or driver = ?)
order by date, scheduled, customer_id, subscription_id, item_id, kind, driver nulls first, amount, movement_id
"""


def query_movements(connection: duckdb.DuckDBPyConnection, wanted: MovementFilter) -> pa.Table:
    """The movements that `wanted` lets through, as an Arrow table (see `Workspace.movements`)."""
    values: list[Any] = [
        wanted.date_from,
        wanted.date_to,
        wanted.customer,
        wanted.kind,
        wanted.driver,
        wanted.driver,
    ]
    return connection.sql(_QUERY, params=values).to_arrow_table()


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
