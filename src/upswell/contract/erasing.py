"""Erasing a customer from an import log: every stored file that names it is written anew, and the state with them.

The new files stand beside the old ones under names of their own until `state.json` is replaced, which is the commit;
the old ones are removed after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
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
_SHORTENED: Final = "found"
# Somebody of the customer's: often its id with a number behind, or an address that is an attribute, too.
_PERSON: Final = "respondent"
# What is offered: a text that is one of these names no customer.
_OFFERED: Final[tuple[str, ...]] = ("plan_id", "product_id", "price_id", "metric", "offer", "channel")
# Columns in which a text of another customer is a name or an id of it.
_NAMES_OF_OTHERS: Final = (*_IDS, *_PARTS_OF_IDS, "name", "plan_id", "product_id", "price_id")
# Neither a number, nor a day or time, nor yes or no says who somebody is.
_PLAIN: Final = re.compile(r"[+-]?[\d.,]+ ?%?|\d{4}-\d\d(-\d\d)?([T ].*)?|true|false|yes|no|t|f|y|n", re.IGNORECASE)
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
        shared |= _offered(connection, relation, columns)
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
        attributes={
            column: tuple(sorted(each for each in values if says_who(each))) for column, values in attributes.items()
        },
        shared=frozenset(shared),
    )


def says_who(text: str) -> bool:
    """Whether a text can say who somebody is: a number, a day and yes or no cannot."""
    return _PLAIN.fullmatch(text) is None


def _offered(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> set[str]:
    offered = [each for each in _OFFERED if each in columns and "name" not in columns]
    return {text for each in offered for text in _column(connection, f"select distinct {each} from {relation}")}


def said_of_others(
    connection: duckdb.DuckDBPyConnection, store: ImportStore, state: LogState, customer: str, names: Sequence[str]
) -> tuple[str, ...]:
    """Names and ids of other customers, and plans that they have, that contain one of `names`."""
    found: dict[str, None] = {}
    for stored in _files(state) if names else ():
        relation = store.relation(stored)
        columns = _texts(connection, relation)
        if "customer_id" not in columns:
            continue
        for column in (each for each in columns if each in _NAMES_OF_OTHERS):
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
            if not condition:
                found.append(Replaced(stored.name, f"{column} (the heading)", 1))
                continue
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
        columns = {each: name(each) for each in _all_columns(connection, relation)}
        for column, condition, value in steps:
            if condition:
                columns[column] = f"case when {condition} then {value} else {columns[column]} end"
        made = ", ".join(f"{value} as {name(erasure.named(column))}" for column, value in columns.items())
        new = _new_name(stored.name, erasure)
        connection.execute(f"create or replace temp view erased as select {made} from {relation}")
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
    """For each text column in which something is replaced: the column, the condition of its rows, and the new value.

    Without a condition it is the column's heading.
    """
    columns = _texts(connection, relation)
    steps = [(column, "", "") for column in columns if erasure.named(column) != column]
    for column in columns:
        for rewrite, condition in _rules(column, columns, erasure, about_customers=stored.name in held):
            maybe = f"({condition}) and ({_maybe(column, erasure)})"
            seen = _column(connection, f"select distinct {name(column)} from {relation} where {maybe}")
            new = changed(seen, rewrite)
            if new:
                cases = " ".join(f"when {literal(former)} then {literal(later)}" for former, later in new.items())
                listed = ", ".join(literal(former) for former in new)
                rows = f"({condition}) and {name(column)} in ({listed})"
                steps.append((column, rows, f"case {name(column)} {cases} end"))
    return steps


def _rules(
    column: str, columns: Sequence[str], erasure: Erasure, *, about_customers: bool
) -> list[tuple[Callable[[str], str], str]]:
    """How a column is rewritten, and in which rows."""
    mine, others = "false", "true"
    if "customer_id" in columns:
        mine = f"customer_id = {literal(erasure.customer)}"
        others = f"customer_id is distinct from {literal(erasure.customer)}"
    if column in _IDS:
        return [(erasure.identity, "true")]
    if column in _PARTS_OF_IDS:
        return [(erasure.part_of_id, mine)]
    if column in _DOCUMENTS:
        return [(partial(erasure.document, of_the_customer=about_customers), "true")]
    if column == _SHORTENED:
        return [(lambda text: erasure.cut_off(erasure.line(text) if about_customers else text), "true")]
    if column == _PERSON or ("name" in columns and "customer_id" in columns):
        said_of_it = erasure.person if column == _PERSON else erasure.attribute
        return [(said_of_it, mine), *([(erasure.named, others)] if column != "name" else [])]
    return [(erasure.named, "true")]


def _maybe(column: str, erasure: Erasure) -> str:
    if column == _SHORTENED:
        return "true"
    texts = " or ".join(f"contains({name(column)}, {literal(each)})" for each in erasure.sought())
    return texts or "false"


def _all_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(f"describe select * from {relation}").fetchall()]


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
                "source": erasure.named(entry.source),
                "mapping": {erasure.named(field): erasure.named(heading) for field, heading in entry.mapping.items()},
                "ignored_columns": tuple(erasure.named(column) for column in entry.ignored_columns),
                "rows_file": new(entry.rows_file),
                "held_file": None if entry.held_file is None else new(entry.held_file),
            }
        )
        for entry in state.entries
    )
    current = {
        table: {erasure.named(source): new(stored) for source, stored in sources.items()}
        for table, sources in state.current.items()
    }
    conflicts = None if state.conflicts is None else new(state.conflicts)
    return state.model_copy(update={"entries": entries, "current": current, "conflicts": conflicts})


def still_in(connection: duckdb.DuckDBPyConnection, relation: str, erasure: Erasure) -> bool:
    """Whether a file of ours still holds what is to be forgotten, in a heading or a cell."""
    columns = _texts(connection, relation)
    if any(erasure.named(column) != column for column in columns):
        return True
    for column in columns:
        for rewrite, condition in _rules(column, columns, erasure, about_customers=False):
            maybe = f"({condition}) and ({_maybe(column, erasure)})"
            if changed(_column(connection, f"select distinct {name(column)} from {relation} where {maybe}"), rewrite):
                return True
    return False
