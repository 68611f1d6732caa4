"""Erasing a customer from what was read of Stripe: the landing file, and events that wait."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.contract.erasure import ADDRESSES, Erasure, changed
from upswell.contract.sqltext import literal
from upswell.engines.duckdb import path_literal, storage_errors

# Texts that name a person wherever they stand, and those that describe one, as keys of a Stripe customer; the parts of
# a customer that say such things, and the keys and parts of other objects that repeat them.
_NAMES: Final = frozenset({"name", "email", "phone"})
_OWN: Final = frozenset({"description", "line1", "line2", "postal_code", "city"})
_PARTS: Final = frozenset({"address", "shipping", "metadata"})
_NAMES_REPEATED: Final = frozenset({"customer_name", "customer_email", "customer_phone", "receipt_email"})
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
    query = "select object_type, object_id, raw from objects where object_type = 'customer' or contains(raw, ?)"
    with _opened(landing) as connection:
        rows = connection.execute(query, [json.dumps(customer)]).fetchall()
    for object_type, object_id, raw in rows:
        said = json.loads(raw)
        if object_type == "customer" and object_id != customer:
            others.update(text for _, text in _of_customer(said))
        else:
            of_customer = object_type == "customer"
            for key, text in _of_customer(said) if of_customer else _repeated(said):
                if key in _NAMES or key in _NAMES_REPEATED:
                    names[text] = None
                else:
                    own.add(text)
    return tuple(names), frozenset(own), frozenset(others)


def _of_customer(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a customer object says of the customer: its own keys, its addresses, its metadata."""
    for key, value in said.items():
        if isinstance(value, str) and value.strip() and key in _NAMES | _OWN:
            yield key, value
        elif key in _PARTS:
            for name, text in _leaves(value):
                if key == "metadata":
                    yield key, text
                elif name in _NAMES | _OWN:
                    yield name, text


def _repeated(value: Any) -> Iterator[tuple[str, str]]:
    """What any other object repeats of a customer."""
    match value:
        case dict():
            for key, each in value.items():
                if isinstance(each, str) and each.strip() and key in _NAMES_REPEATED:
                    yield key, each
                elif key in ADDRESSES:
                    yield from ((name, text) for name, text in _leaves(each) if name in _NAMES | _OWN)
                else:
                    yield from _repeated(each)
        case list():
            for each in value:
                yield from _repeated(each)
        case _:
            pass


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
                found = _found(connection, table, column, erasure)
                if found:
                    connection.execute(
                        "create or replace temp table replaced as select unnest($f) as former, unnest($l) as later",
                        {"f": list(found), "l": list(found.values())},
                    )
                    connection.execute(
                        f"""update {table} set {column} = replaced.later from replaced
                            where cast({table}.{column} as varchar) = replaced.former"""
                    )
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
        return changed(_texts(connection, query), erasure.identity)
    own = f"object_type = 'customer' and object_id in ({literal(erasure.customer)}, {literal(erasure.token)})"
    of_the_customer = partial(erasure.document, of_the_customer=True)
    return changed(_texts(connection, f"{query} and not ({own})"), erasure.document) | changed(
        _texts(connection, f"{query} and {own}"), of_the_customer
    )


def _texts(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall() if row[0] is not None]


def _all() -> Iterator[tuple[str, str]]:
    return ((table, column) for table, columns in _COLUMNS.items() for column in columns)


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case str() if value.strip():
            yield key, value
        case dict():
            for name, each in value.items():
                yield from _leaves(each, name)
        case list():
            for each in value:
                yield from _leaves(each, key)
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
