"""Erasing a customer from what was read of Stripe: the landing file, and events that wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.contract.erasure import Erasure, changed
from upswell.contract.sqltext import literal
from upswell.engines.duckdb import path_literal, storage_errors

# Texts of a Stripe customer that name a person wherever they stand, and those that describe one.
_NAMES: Final = frozenset({"name", "email", "phone"})
_OWN: Final = frozenset({"description", "line1", "line2", "postal_code", "city"})
_COLUMNS: Final = {
    "objects": ("object_id", "parent_id", "raw"),
    "heads": ("object_id", "parent_id"),
    "passes": ("cursor",),
    "sightings": ("object_id",),
}


def personal(landing: Path, customer: str) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """What Stripe's objects ever said of `customer`: names, descriptions of its own, and texts that others have too."""
    names: dict[str, None] = {}
    own: set[str] = set()
    others: set[str] = set()
    with _opened(landing) as connection:
        rows = connection.execute("select object_id, raw from objects where object_type = 'customer'").fetchall()
    for object_id, raw in rows:
        for key, text, is_metadata in _leaves(json.loads(raw), in_metadata=False):
            if object_id != customer:
                others.add(text)
            elif key in _NAMES and not is_metadata:
                names[text] = None
            elif key in _OWN or is_metadata:
                own.add(text)
    return tuple(names), frozenset(own), frozenset(others)


def count(landing: Path, erasure: Erasure) -> int:
    """How many cells of the landing file would be replaced."""
    with _opened(landing) as connection:
        return sum(len(_found(connection, table, column, erasure)) for table, column in _all())


def rewrite(landing: Path, erasure: Erasure) -> None:
    """Write the landing file anew without the customer: a file of its own, so that no freed page keeps a byte."""
    new, again = landing.with_name(landing.name + ".new"), landing.with_name(landing.name + ".again")
    with storage_errors(landing.parent):
        _sweep(landing, new, again)
        connection = duckdb.connect()
        try:
            connection.execute(f"attach {path_literal(landing)} as old (read_only)")
            connection.execute(f"attach {path_literal(new)} as new")
            connection.execute("copy from database old to new")
            connection.execute("use new")
            for table, column in _all():
                for former, later in _found(connection, table, column, erasure).items():
                    connection.execute(f"update {table} set {column} = ? where {column} = ?", [later, former])
            # What was updated leaves its former bytes in the file: once more into a fresh one.
            connection.execute(f"attach {path_literal(again)} as again")
            connection.execute("copy from database new to again")
        finally:
            connection.close()
        again.replace(landing)
        _sweep(landing, new, again)


def _sweep(landing: Path, *copies: Path) -> None:
    """Remove copies, and the side files that DuckDB leaves when it is stopped."""
    for path in (*copies, *(each.with_name(each.name + ".wal") for each in (landing, *copies))):
        path.unlink(missing_ok=True)


def texts(landing: Path, erasure: Erasure) -> Iterator[str]:
    """Texts of the landing file that still hold what is to be forgotten."""
    with _opened(landing) as connection:
        for table, column in _all():
            yield from _found(connection, table, column, erasure)


def _found(connection: duckdb.DuckDBPyConnection, table: str, column: str, erasure: Erasure) -> dict[str, str]:
    maybe = " or ".join(f"contains(cast({column} as varchar), {literal(each)})" for each in erasure.sought())
    query = f"select distinct cast({column} as varchar) from {table} where ({maybe})"
    if column != "raw":
        return changed(_texts(connection, query), erasure.value)
    own = f"object_type = 'customer' and object_id in ({literal(erasure.customer)}, {literal(erasure.token)})"
    of_the_customer = partial(erasure.document, of_the_customer=True)
    return changed(_texts(connection, f"{query} and not ({own})"), erasure.document) | changed(
        _texts(connection, f"{query} and {own}"), of_the_customer
    )


def _texts(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall() if row[0] is not None]


def _all() -> Iterator[tuple[str, str]]:
    return ((table, column) for table, columns in _COLUMNS.items() for column in columns)


def _leaves(value: Any, *, in_metadata: bool, key: str = "") -> Iterator[tuple[str, str, bool]]:
    match value:
        case str() if value.strip():
            yield key, value, in_metadata
        case dict():
            for name, each in value.items():
                yield from _leaves(each, in_metadata=in_metadata or name == "metadata", key=name)
        case list():
            for each in value:
                yield from _leaves(each, in_metadata=in_metadata, key=key)
        case _:
            pass


@contextmanager
def _opened(landing: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with storage_errors(landing.parent):
        connection = duckdb.connect(str(landing), read_only=True)
        try:
            yield connection
        finally:
            connection.close()
