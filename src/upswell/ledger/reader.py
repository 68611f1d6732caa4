"""Reading a book: the views that queries see, whatever the number of policies or imports behind them.

`open_book(folder, manifest, "strict")` gives a locked connection with

    movements       one row for each booked change, with movement_id and source rows
    monthly_totals, item_versions, item_keys, customers, rate_spans, costs, import_files, clock, policy

A movement's id is made from what it is about (`20240315-5f0c...`: its day, then a hash of customer, item,
plan, kind, driver, currency and rule), so the same movement keeps its id over rebuilds and later imports.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.engines.duckdb import path_literal, query_connection
from upswell.ledger.books import BookManifest
from upswell.ledger.build import create_clock, create_policy_relation
from upswell.policy import Policy

# A span id is its source row times 4 plus the part of the version (ledger/models/item_spans.sql).
SPAN_PARTS: Final = 4

_WORD: Final = re.compile(r"\w+")
# Answers are small; a few of them can be large.
_ROWS_KEPT: Final = 500_000
_COMBINATIONS_MAX: Final = 2_000
_TOTALS_WITH: Final = """
create temp table {name} as
select month, product_id, plan_id, kind, driver, currency, scheduled, amount, workspace_amount,
    struct_pack({fields}) as customer
from (
    select
        cast(date_trunc('month', date) as date) as month,
        product_id, plan_id, kind, driver, currency, scheduled, {named},
        cast(sum(amount) as decimal(38, 6)) as amount,
        case when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38, 18)) end as workspace_amount
    from movements
    left join customers as customer on customer.customer_id = movements.customer_id
    group by all
)
"""
_MOVEMENTS: Final = f"""
create or replace temp view movements as
select
    strftime(date, '%Y%m%d') || '-' || substr(md5(concat_ws(
        chr(31), customer_id, subscription_id, item_id, product_id, plan_id, coalesce(from_plan_id, ''),
        kind, coalesce(driver, ''), currency, rule, scheduled, amount > 0
    )), 1, 16) as movement_id,
    *,
    before_span // {SPAN_PARTS} as before_source,
    after_span // {SPAN_PARTS} as after_source
from booked_movements
"""


def open_book(folder: Path, manifest: BookManifest, policy: Policy) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to one policy of the book in `folder`."""
    connection = query_connection([folder])
    for view, file in _files(policy).items():
        _create_view(connection, view, folder / file)
    create_clock(connection, manifest.as_of, manifest.currency, manifest.timezone)
    create_policy_relation(connection, policy)
    return connection


@dataclass(frozen=True)
class KeptRows:
    """The answer to one query, read to its end."""

    description: Sequence[tuple[Any, ...]]
    rows: tuple[tuple[Any, ...], ...]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return list(self.rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""
        return self.rows[0] if self.rows else None


class BookReader:
    """A locked connection to one policy of a book that verifies what a query reads, and keeps its answers.

    `verified(name)` gives the path of a file of the book, verified, or raises `BookError`. A view comes into being when
    a query first names it, and its file is looked at again before every answer: so nothing is answered from a file
    that is not what was written, and a question costs the verifying of what it reads alone.
    """

    def __init__(self, manifest: BookManifest, policy: Policy, *, verified: Callable[[str], Path]) -> None:
        self._verified = verified
        self._files = _files(policy)
        folder = verified("rate_spans.parquet").parent
        self._connection = query_connection([folder])
        self._views: set[str] = set()
        self._kept: OrderedDict[str, KeptRows] = OrderedDict()
        self._asked: dict[tuple[str, ...], int] = {}
        self._rolled_up: dict[tuple[str, ...], str | None] = {}
        create_clock(self._connection, manifest.as_of, manifest.currency, manifest.timezone)
        create_policy_relation(self._connection, policy)

    def execute(self, query: str, parameters: Any = None) -> KeptRows:
        """The rows of one query; an answer given before is given again."""
        self._use(query)
        key = f"{query}\0{sorted((parameters or {}).items())!r}"
        answer = self._kept.pop(key, None)
        if answer is None:
            cursor = self._connection.execute(query, parameters)
            answer = KeptRows(cursor.description or (), tuple(cursor.fetchall()))
        self._kept[key] = answer
        while len(self._kept) > 1 and sum(len(kept.rows) for kept in self._kept.values()) > _ROWS_KEPT:
            self._kept.popitem(last=False)
        return answer

    def totals_with(self, attributes: Sequence[str]) -> str | None:
        """The name of monthly totals that have these columns of customers too, as the struct `customer`.

        None when they are asked for the first time, since to make them costs more than one answer, and where the
        customers are too different to be rolled up.
        """
        key = tuple(sorted(attributes))
        self._use("movements customers")
        self._asked[key] = self._asked.get(key, 0) + 1
        if self._asked[key] > 1 and key not in self._rolled_up:
            self._rolled_up[key] = self._roll_up(key)
        return self._rolled_up.get(key)

    def close(self) -> None:
        """Let go of the connection; the reader is of no use after it."""
        self._connection.close()

    def _use(self, query: str) -> None:
        for view in sorted(set(_WORD.findall(query)) & self._files.keys()):
            path = self._verified(self._files[view])
            if view not in self._views:
                _create_view(self._connection, view, path)
                self._views.add(view)

    def _roll_up(self, attributes: tuple[str, ...]) -> str | None:
        columns = ", ".join(f"customer.{_quoted(name)}" for name in attributes)
        different = f"select count(*) from (select distinct {columns} from customers as customer)"
        (combinations,) = self._connection.execute(different).fetchone() or (0,)
        if combinations > _COMBINATIONS_MAX:
            return None
        name = f"monthly_totals_{len(self._rolled_up) + 1}"
        fields = ", ".join(f"{_quoted(each)} := {_quoted(f'attribute {each}')}" for each in attributes)
        named = ", ".join(f"customer.{_quoted(each)} as {_quoted(f'attribute {each}')}" for each in attributes)
        self._connection.execute(_TOTALS_WITH.format(name=name, fields=fields, named=named))
        return name


def _files(policy: Policy) -> dict[str, str]:
    """The file behind each view, by its path in the book."""
    of_policy = ("movements", "monthly_totals", "item_versions", "item_keys")
    shared = ("customers", "rate_spans", "costs", "import_files")
    return {name: f"{policy.name}/{name}.parquet" for name in of_policy} | {name: f"{name}.parquet" for name in shared}


def _create_view(connection: duckdb.DuckDBPyConnection, view: str, path: Path) -> None:
    source = f"read_parquet({path_literal(path.resolve())}, hive_partitioning = false)"
    stored = "booked_movements" if view == "movements" else view
    connection.execute(f"create temp view {stored} as select * from {source}")
    if view == "movements":
        connection.execute(_MOVEMENTS)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
