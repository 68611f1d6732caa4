"""Quarantine: the findings that still stand.

A row held back by an import stands until a later import of the same source and table settles it:
the same key arrives sound, or arrives again and is held back again (then the newer finding
stands), the same row of a file of the same name reads well, or a `replace` says anew what is true.
So mending row 3 of items.csv and importing the file again empties the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from upswell.contract.comparing import ROWS_PER_IMPORT, same_key
from upswell.contract.findings import Finding, make_finding
from upswell.contract.schema import SNAPSHOTS, Table, table_named
from upswell.contract.sqltext import name, name_list
from upswell.contract.state import ImportEntry, LogState, StoredFile
from upswell.contract.store import ImportStore


@dataclass(frozen=True)
class Quarantine:
    """Reads the findings of a log's state, `conflicts` the relation of its rows in conflict; stores nothing itself."""

    connection: duckdb.DuckDBPyConnection
    store: ImportStore
    state: LogState
    conflicts: str | None

    def standing(self) -> list[Finding]:
        """Findings on rows and on rows in conflict with others, by import and row."""
        found = [each for entry in self.state.active() for each in self._of_entry(entry)]
        if self.conflicts is not None:
            found += read_findings(self.connection, self.conflicts, self.state.entries)
        return sorted(found, key=lambda each: (each.import_id, each.row))

    def _of_entry(self, entry: ImportEntry) -> Iterator[Finding]:
        if entry.held_file is None:
            return
        later = [
            each
            for each in self.state.active()
            if each.no > entry.no and (each.table, each.source) == (entry.table, entry.source)
        ]
        if any(each.replace and each.batch != entry.batch for each in later):
            return
        held = f"(select * from {self.store.relation(entry.held_file)}) as held"
        unsettled = " and ".join(f"not exists ({settled})" for settled in self._settled(entry, later))
        relation = f"(select held.* from {held} where {unsettled or 'true'})"
        yield from read_findings(self.connection, relation, [entry])

    def _settled(self, entry: ImportEntry, later: Sequence[ImportEntry]) -> Iterator[str]:
        table = table_named(entry.table)
        # Only these columns: an attribute of a customer may be called `held`.
        keys = name_list(("source_row", *table.key))
        sound = self._rows([each.rows_file for each in later], keys)
        if sound:
            yield f"""select 1 from ({sound}) as sound
                where held.key_known and {same_key(table, "sound", "held")}"""
        again = self._rows([each.held_file for each in later], f"raw, key_known, {keys}")
        if again:
            yield f"select 1 from ({again}) as again where again.raw = held.raw"
            yield f"""select 1 from ({again}) as again
                where held.key_known and again.key_known and {same_key(table, "again", "held")}"""
        mended = self._rows([each.rows_file for each in later if each.file == entry.file], keys)
        if mended:
            yield f"""select 1 from ({mended}) as mended
                where mended.source_row % {ROWS_PER_IMPORT} = held.source_row % {ROWS_PER_IMPORT}
                  and not held.key_known and {_could_be_the_key(table)}"""

    def _rows(self, files: Sequence[StoredFile | None], columns: str) -> str:
        return " union all by name ".join(
            f"select {columns} from {self.store.relation(file)}" for file in files if file is not None
        )


def read_findings(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    entries: Sequence[ImportEntry],
    *,
    limit: int | None = None,
) -> list[Finding]:
    """Findings of `relation` (source_row, column_name, code, found) in the order of their rows."""
    known = {entry.no: entry for entry in entries}
    rows = connection.execute(f"""
        select source_row, column_name, code, found from {relation}
        order by source_row, column_name, code {"" if limit is None else f"limit {limit}"}""")
    return [_finding(row, known) for row in rows.fetchall()]


def _finding(row: tuple[Any, ...], entries: dict[int, ImportEntry]) -> Finding:
    source_row, column, code, found = row
    entry = entries[source_row // ROWS_PER_IMPORT]
    table = table_named(entry.table)
    if table is SNAPSHOTS and column == "starts_at":
        column = "month"
    return make_finding(
        import_id=entry.import_id,
        file=entry.file,
        row=source_row % ROWS_PER_IMPORT,
        column=column,
        code=code,
        found=found,
        table=table,
    )


def _could_be_the_key(table: Table) -> str:
    """SQL: what is known of a held row's key fits; a part that could not be read fits anything."""
    return " and ".join(
        f"(held.{name(key)} is null or held.{name(key)} is not distinct from mended.{name(key)})" for key in table.key
    )
