"""Erasing a customer from an import log: every stored file that names it is written anew, and the state with them.

The new files stand beside the old ones under names of their own until `state.json` is replaced, which is the commit;
the old ones are removed after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.contract.erasure import Erasure, changed
from upswell.contract.schema import CUSTOMERS, table_named
from upswell.contract.sqltext import literal, name
from upswell.contract.state import LogState, StoredFile
from upswell.contract.store import ImportStore

_PARTS_OF_IDS: Final = frozenset({"subscription_id", "item_id"})
_IDS: Final = frozenset({"customer_id", "parent_id"})
_DOCUMENTS: Final = frozenset({"raw", "evidence"})
# Owners are people of the company; countries are shared by so many that they name nobody.
_NOT_OF_THE_CUSTOMER: Final = frozenset({"customer_id", "parent_id", "name", "owner", "country"})


@dataclass(frozen=True)
class Known:
    """What a log ever said of a customer: its names, the texts it had as attributes, and which of them others have."""

    is_there: bool
    names: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    shared: frozenset[str]


@dataclass(frozen=True)
class Replaced:
    """How many cells of a column of a stored file are replaced."""

    file: str
    column: str
    cells: int


def known_of(connection: duckdb.DuckDBPyConnection, store: ImportStore, state: LogState, customer: str) -> Known:
    """Everything that any import, undone ones too, ever said of `customer`, also in rows held back."""
    names: dict[str, None] = {}
    attributes: dict[str, dict[str, None]] = {}
    shared: set[str] = set()
    is_there = False
    held = _held(state)
    typed = {*_NOT_OF_THE_CUSTOMER, *CUSTOMERS.column_names()}
    for stored in _files(state):
        relation = store.relation(stored)
        columns = _texts(connection, relation)
        if "customer_id" not in columns:
            continue
        rows = f"from {relation} where customer_id"
        is_there = is_there or bool(connection.execute(f"select 1 {rows} = ? limit 1", [customer]).fetchone())
        if "name" in columns:
            names |= dict.fromkeys(_column(connection, f"select distinct name {rows} = ? and name <> ''", customer))
            for column in (each for each in columns if each not in _NOT_OF_THE_CUSTOMER):
                quoted = name(column)
                own = _column(connection, f"select distinct {quoted} {rows} = ? and {quoted} <> ''", customer)
                attributes.setdefault(column, {}).update(dict.fromkeys(own))
                shared |= set(_column(connection, f"select distinct {quoted} {rows} <> ?", customer))
        if stored.name in held:
            for raw in _column(connection, f"select distinct raw {rows} = ?", customer):
                for column, value in _raw(raw).items():
                    if column == "name":
                        names[value] = None
                    elif column not in typed:
                        attributes.setdefault(column, {})[value] = None
    return Known(
        is_there=is_there,
        names=tuple(sorted(names)),
        attributes={column: tuple(sorted(values)) for column, values in attributes.items() if values},
        shared=frozenset(shared),
    )


def said_of_others(
    connection: duckdb.DuckDBPyConnection, store: ImportStore, state: LogState, customer: str, names: Sequence[str]
) -> tuple[str, ...]:
    """Texts of other customers' rows that contain one of `names`: what they say is theirs, such as a plan's name."""
    found: dict[str, None] = {}
    for stored in _files(state) if names else ():
        relation = store.relation(stored)
        columns = _texts(connection, relation)
        if "customer_id" not in columns:
            continue
        for column in (each for each in columns if each not in _DOCUMENTS):
            maybe = " or ".join(f"contains({name(column)}, {literal(each)})" for each in names)
            query = f"select distinct {name(column)} from {relation} where customer_id <> ? and ({maybe})"
            found |= dict.fromkeys(_column(connection, query, customer))
    return tuple(sorted(found))


def count_replaced(
    connection: duckdb.DuckDBPyConnection, store: ImportStore, state: LogState, erasure: Erasure
) -> list[Replaced]:
    """What would be replaced in the stored files; nothing is written."""
    found, held = [], _held(state)
    for stored in _files(state):
        relation = store.relation(stored)
        for column, condition, _ in _replacements(connection, stored, relation, erasure, held):
            (cells,) = connection.execute(f"select count(*) from {relation} where {condition}").fetchone() or (0,)
            found.append(Replaced(stored.name, column, int(cells)))
    return found


def rewrite_files(
    connection: duckdb.DuckDBPyConnection, store: ImportStore, state: LogState, erasure: Erasure, *, into: Path
) -> LogState:
    """Write each stored file that names the customer anew into the folder `into`; the state that names them."""
    target = ImportStore(into)
    written: dict[str, StoredFile] = {}
    held = _held(state)
    for stored in _files(state):
        relation = store.relation(stored)
        steps = _replacements(connection, stored, relation, erasure, held)
        if not steps:
            continue
        made = ", ".join(f"case when {condition} then {value} else {name(column)} end as {name(column)}"
                         for column, condition, value in steps)  # fmt: skip
        new = _new_name(stored.name, erasure)
        connection.execute(f"create or replace temp view erased as select * replace ({made}) from {relation}")
        written[stored.name] = target.write(connection, "erased", file=new, rows=stored.rows)
    return _rewritten(state, erasure, written)


def _files(state: LogState) -> list[StoredFile]:
    return list({stored.name: stored for stored in state.stored_files()}.values())


def _held(state: LogState) -> frozenset[str]:
    """The files of rows of `customers` held back."""
    return frozenset(
        entry.held_file.name
        for entry in state.entries
        if entry.held_file is not None and table_named(entry.table) is CUSTOMERS
    )


def _replacements(
    connection: duckdb.DuckDBPyConnection, stored: StoredFile, relation: str, erasure: Erasure, held: frozenset[str]
) -> list[tuple[str, str, str]]:
    """For each text column in which something is replaced: the column, the condition of its rows, and the new value."""
    columns = _texts(connection, relation)
    own_row = f"customer_id = {literal(erasure.customer)}" if "customer_id" in columns else "false"
    of_customers = "name" in columns and "customer_id" in columns
    steps = []
    rewrite: Callable[[str], str]
    for column in columns:
        if column in _IDS:
            rewrite, condition = erasure.value, "true"
        elif column in _PARTS_OF_IDS:
            rewrite, condition = erasure.part_of_id, own_row
        elif column in _DOCUMENTS:
            rewrite, condition = partial(erasure.document, of_the_customer=stored.name in held), "true"
        elif of_customers:
            # Another customer's name may contain this one's, and stays what it is.
            rewrite, condition = erasure.attribute, own_row
        else:
            rewrite, condition = erasure.text, "true"
        maybe = f"select distinct {name(column)} from {relation} where ({condition}) and ({_maybe(column, erasure)})"
        new = changed(_column(connection, maybe), rewrite)
        if new:
            cases = " ".join(f"when {literal(former)} then {literal(later)}" for former, later in new.items())
            listed = ", ".join(literal(former) for former in new)
            steps.append(
                (column, f"({condition}) and {name(column)} in ({listed})", f"case {name(column)} {cases} end")
            )
    return steps


def _maybe(column: str, erasure: Erasure) -> str:
    texts = " or ".join(f"contains({name(column)}, {literal(each)})" for each in erasure.sought())
    return texts or "false"


def _texts(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return [str(row[0]) for row in rows if row[1] == "VARCHAR"]


def _column(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[str]:
    return [str(row[0]) for row in connection.execute(query, list(parameters)).fetchall() if row[0] is not None]


def _raw(text: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return {key: value for key, value in read.items() if isinstance(value, str) and value.strip()}


def _new_name(file: str, erasure: Erasure) -> str:
    stem, _, ending = file.partition(".")
    return f"{stem}-{erasure.token[-6:]}.{ending}"


def _rewritten(state: LogState, erasure: Erasure, written: Mapping[str, StoredFile]) -> LogState:
    """The state with the new files, and with the names gone from paths, mappings and sources."""

    def new(stored: StoredFile) -> StoredFile:
        return written.get(stored.name, stored)

    entries = tuple(
        entry.model_copy(
            update={
                "file": erasure.text(entry.file),
                "source": erasure.text(entry.source),
                "mapping": {field: erasure.text(heading) for field, heading in entry.mapping.items()},
                "ignored_columns": tuple(erasure.text(column) for column in entry.ignored_columns),
                "rows_file": new(entry.rows_file),
                "held_file": None if entry.held_file is None else new(entry.held_file),
            }
        )
        for entry in state.entries
    )
    current = {
        table: {erasure.text(source): new(stored) for source, stored in sources.items()}
        for table, sources in state.current.items()
    }
    conflicts = None if state.conflicts is None else new(state.conflicts)
    return state.model_copy(update={"entries": entries, "current": current, "conflicts": conflicts})


def texts_of(connection: duckdb.DuckDBPyConnection, relation: str, sought: Sequence[str]) -> Iterator[str]:
    """Texts of any column of `relation` that contain one of `sought`."""
    for column in _texts(connection, relation):
        conditions = " or ".join(f"contains({name(column)}, {literal(each)})" for each in sought)
        yield from _column(connection, f"select distinct {name(column)} from {relation} where {conditions}")
