"""Folding imports: which rows of a source are in force after each of its imports.

A row is known by its source, table and key. Imported one after the other,

    i-000001   acme team 20.00      bolt team 30.00
    i-000002   acme team 25.00      bolt team 30.00     cora team 10.00

leave acme's row of the second import (changed), bolt's of the first (unchanged: the same row
changes nothing, not even its source) and cora's of the second (added). With `replace` a row that
the second lacked would be withdrawn. Undoing an import plays the others again, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from upswell.contract.comparing import ROWS_PER_IMPORT, content_columns, is_same, same_key
from upswell.contract.schema import Table
from upswell.contract.sqltext import name, name_list


@dataclass(frozen=True)
class Step:
    """One file folded in. `current` is the relation now in force; `matched` pairs its rows.

    `matched` is a temporary table (new_row, old_row, same), None where nothing was there before.
    """

    current: str
    rows: str
    held: str | None
    matched: str | None
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Withdrawal:
    """What is in force after a replacing batch, how many former rows went, and how many stayed only because a row
    of the batch could not be read well enough to say whose it is."""

    current: str
    gone: int
    kept_for_unreadable: int


def apply_file(
    connection: duckdb.DuckDBPyConnection,
    *,
    table: Table,
    current: str | None,
    rows: str,
    held: str | None,
    prefix: str,
) -> Step:
    """Fold the rows of one file into `current`; every relation has source_row and typed columns."""
    total = count(connection, rows)
    if current is None:
        return Step(rows, rows, held, None, added=total, changed=0, unchanged=0)
    matched = _match(connection, table=table, current=current, rows=rows, prefix=prefix)
    unchanged = count(connection, f"{matched} where same")
    changed = count(connection, f"{matched} where not same")
    added = total - unchanged - changed
    if added or changed:
        current = _merge(connection, current=current, rows=rows, matched=matched, prefix=prefix)
    return Step(current, rows, held, matched, added=added, changed=changed, unchanged=unchanged)


def withdraw_missing(
    connection: duckdb.DuckDBPyConnection,
    steps: Sequence[Step],
    *,
    table: Table,
    first_no: int,
    prefix: str,
) -> Withdrawal:
    """Withdraw what a replacing batch lacks.

    A key that is in the batch but held back keeps its former row. So does every row that a held row could be about
    whose key was not read whole; where nothing of the key was read, that is every former row.
    """
    current = steps[-1].current
    seen = [
        f"select old_row as source_row from {step.matched} where same" for step in steps if step.matched is not None
    ]
    seen += [
        f"""select former.source_row from {current} as former
            join {step.held} as held on held.key_known and {same_key(table, "held", "former")}"""
        for step in steps
        if step.held is not None
    ]
    if not seen:
        return Withdrawal(current, gone=0, kept_for_unreadable=0)
    missing = f"{prefix}_missing"
    connection.execute(f"""
        create temp table {missing} as
        select source_row, {name_list(table.key)} from {current}
        where source_row < {first_no * ROWS_PER_IMPORT}
          and source_row not in ({" union all ".join(seen)})""")
    lacking = count(connection, missing)
    if lacking:
        _keep_possible(connection, [step.held for step in steps if step.held is not None], missing, table)
    gone = count(connection, missing)
    kept = f"{prefix}_kept"
    if gone:
        connection.execute(f"""
            create temp table {kept} as
            select * from {current} where source_row not in (select source_row from {missing})""")
    return Withdrawal(kept if gone else current, gone=gone, kept_for_unreadable=lacking - gone)


def _keep_possible(connection: duckdb.DuckDBPyConnection, held: Sequence[str], missing: str, table: Table) -> None:
    """Take out of `missing` each row that fits what is known of the key of a held row."""
    if not held:
        return
    unread = f"{missing}_unread"
    parts = " union all by name ".join(
        f"select {name_list(table.key)} from {each} where not key_known and code <> 'empty_row'" for each in held
    )
    connection.execute(f"create temp table {unread} as select distinct * from ({parts})")
    known = ", ".join(f"{name(key)} is not null" for key in table.key)
    # One hash join for each set of parts that were read: a single join with `is null or` would compare all with all.
    for pattern in connection.execute(f"select distinct {known} from {unread}").fetchall():
        given = [key for key, is_known in zip(table.key, pattern, strict=True) if is_known]
        fits = " and ".join(f"{missing}.{name(key)} = unread__.{name(key)}" for key in given) or "true"
        unknown = "".join(f" and unread__.{name(key)} is null" for key in table.key if key not in given)
        connection.execute(f"""
            delete from {missing} where exists (select 1 from {unread} as unread__ where {fits}{unknown})""")
    connection.execute(f"drop table {unread}")


def count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Number of rows of a relation; a `where` may follow its name."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return 0 if row is None else int(row[0])


def _match(connection: duckdb.DuckDBPyConnection, *, table: Table, current: str, rows: str, prefix: str) -> str:
    new_columns = content_columns(connection, rows)
    old_columns = content_columns(connection, current)
    folded = {each.casefold() for each in old_columns}
    shared = tuple(each for each in new_columns if each.casefold() in folded)
    same = [is_same(shared, "new", "old")]
    same += [f"new.{name(each)} is null" for each in _only(new_columns, old_columns)]
    same += [f"old.{name(each)} is null" for each in _only(old_columns, new_columns)]
    matched = f"{prefix}_matched"
    connection.execute(f"""
        create temp table {matched} as
        select new.source_row as new_row, old.source_row as old_row, {" and ".join(same)} as same
        from {rows} as new join {current} as old on {same_key(table, "new", "old")}""")
    return matched


def _merge(connection: duckdb.DuckDBPyConnection, *, current: str, rows: str, matched: str, prefix: str) -> str:
    merged = f"{prefix}_current"
    columns = name_list(("source_row", *content_columns(connection, rows)))
    connection.execute(f"""
        create temp table {merged} as
        select * from {current}
        where source_row not in (select old_row from {matched} where not same)
        union all by name
        select {columns} from {rows}
        where source_row not in (select new_row from {matched} where same)""")
    return merged


def _only(columns: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    known = {each.casefold() for each in others}
    return tuple(each for each in columns if each.casefold() not in known)
