"""A folder of exported tables, landed as the objects that the API would have given: see the package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.findings import Finding
from upswell.errors import InputError
from upswell.sources.stripe.exports.assembling import Built, Setting, build, gather, landed_rows
from upswell.sources.stripe.exports.folder import (
    ExportFile,
    Shape,
    by_table,
    find_files,
    recognise,
    require_tables,
)
from upswell.sources.stripe.exports.mapping import ExportTable, export_tables
from upswell.sources.stripe.exports.reading import (
    HELD_ROWS,
    Held,
    Rows,
    missing_columns,
    read_rows,
    set_apart,
    synced_at,
)
from upswell.sources.stripe.landing import Landing, Pass

Progress = Callable[[str], None]
_NO_HISTORY: Final = (
    "history: the dashboard's exports show only the present; past changes need invoice lines (Stripe's own tables,"
    " Airbyte, Fivetran, or `upswell sync stripe`)"
)


@dataclass(frozen=True)
class FolderResult:
    """What a folder gave: who wrote it, when it was exported, objects landed by type, rows held back (with the
    findings on the first of them), and what it cannot tell.
    """

    shape: str
    at: datetime
    landed: Mapping[str, int]
    held_back: int
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]


def land_folder(
    folder: Path,
    landing: Landing,
    *,
    at: datetime | None = None,
    spill_folder: Path,
    progress: Progress | None = None,
) -> FolderResult:
    """Land every table of a folder; what it lists is the whole truth of its kind at the time `at`.

    `at` is by default the time of the newest copied row, or else of the newest file. Raises `InputError` where the
    folder holds no Stripe tables, lacks needed ones or mixes exports, and where a file cannot be read.
    """
    return _Folder(folder, landing, spill_folder, progress or (lambda _text: None)).land(at)


class _Folder:
    def __init__(self, folder: Path, landing: Landing, spill_folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._landing = landing
        self._connection = landing.connection
        self._spill_folder = spill_folder
        self._progress = progress
        self._held = Held()

    def land(self, at: datetime | None) -> FolderResult:
        files = find_files(self._folder)
        grouped = by_table(files)
        prepare(self._connection)
        rows = {name: self._read(name, parts) for name, parts in grouped.items()}
        shape = recognise({file: rows[file.table].columns for file in files}, self._folder)
        tables = export_tables(dashboard=shape is Shape.dashboard)
        there = {
            table.name: frozenset().union(*(rows[each].columns for each in table.tables if each in rows))
            for table in tables
            if table.left_out is None and any(each in rows for each in table.tables)
        }
        require_tables(self._folder, tables, there, files)
        moment = at or self._exported_at(rows.values(), files)
        landed = self._land_tables(tables, rows, moment)
        counted = self._connection.execute(f"select count(distinct (file__, row__)) from {HELD_ROWS}").fetchone()
        return FolderResult(
            shape=shape.value,
            at=moment,
            landed=landed,
            held_back=int(counted[0]) if counted else 0,
            findings=tuple(self._held.findings),
            notices=tuple(_notices(tables, rows, there, shape)),
        )

    def _read(self, name: str, files: Sequence[ExportFile]) -> Rows:
        self._progress(f"reading {files[0].shown}")
        exact = frozenset().union(*(table.exact_columns() for table in export_tables() if name in table.tables))
        return read_rows(self._connection, name, files, exact=exact, spill_folder=self._spill_folder, held=self._held)

    def _exported_at(self, rows: Iterable[Rows], files: Sequence[ExportFile]) -> datetime:
        seconds = synced_at(self._connection, rows)
        newest = max(int(file.path.stat().st_mtime) for file in files) if seconds is None else seconds
        return datetime.fromtimestamp(newest, UTC)

    def _land_tables(self, tables: Sequence[ExportTable], rows: Mapping[str, Rows], moment: datetime) -> dict[str, int]:
        parts: dict[str, str] = {}
        whole: dict[str, tuple[ExportTable, Built, Rows]] = {}
        known = {table.name: table for table in tables}
        there = frozenset(table.name for table in tables if any(each in rows for each in table.tables))
        for table in tables:
            own = [rows[each] for each in table.tables if each in rows]
            if table.left_out is not None or not own or not _has_key(table, own):
                continue
            self._progress(f"putting together {table.name}")
            together = self._together(table, own)
            set_apart(self._connection, table, together, self._held)
            setting = Setting(known, parts, there, int(moment.timestamp()))
            built = build(self._connection, table, together, setting, self._held)
            if table.how is not None:
                parts[table.name] = gather(self._connection, table, built)
            else:
                whole[table.name] = (table, built, together)
        sync = self._landing.begin("files", at=moment, api_version="file")
        landed = {}
        for table, built, together in whole.values():
            self._progress(f"landing {table.name}")
            told = self._landing.land_relation(
                sync,
                Pass(f"files:{table.object_type}"),
                str(table.object_type),
                " union all ".join(landed_rows(built)),
                at=moment,
                also_there=f"select object_id from faulty_{table.name}",
                complete=together.complete and self._all_named(table),
            )
            landed[str(table.object_type)] = told.landed
        self._landing.finish(sync, at=moment)
        return landed

    def _all_named(self, table: ExportTable) -> bool:
        """Whether every row held back says at least whose it is."""
        nameless = f"select count(*) from faulty_{table.name} where object_id is null"
        found = self._connection.execute(nameless).fetchone()
        return found is None or found[0] == 0

    def _together(self, table: ExportTable, rows: Sequence[Rows]) -> Rows:
        """The rows of a table that goes by several names in one folder, as one relation."""
        columns = frozenset().union(*(each.columns for each in rows))
        lacking = missing_columns(table, columns)
        if lacking:
            raise InputError(
                f"{table.tables[0]}s lack a column: {', '.join(lacking)}",
                code="export_column_missing",
                where=f"{self._folder.name}, {table.tables[0]}s",
                expected=f"columns {', '.join(lacking)}",
                found=", ".join(sorted(columns))[:300],
                remedy="export the table with all of its columns; docs/stripe-files.md lists them",
            )
        if len(rows) == 1:
            return rows[0]
        relation = f"together_{table.name}"
        union = " union all by name ".join(f"select * from {each.relation}" for each in rows)
        self._connection.execute(f"create or replace temp table {relation} as {union}")
        return Rows(relation, columns, all(each.complete for each in rows))


def _has_key(table: ExportTable, rows: Sequence[Rows]) -> bool:
    """Whether a part's rows say what they belong to; without, the table is there for something else."""
    columns = frozenset().union(*(each.columns for each in rows))
    if table.how is None:
        return True
    needed = {*(table.only or {})}
    return "_airbyte_data" in columns or (bool(columns & set(table.key)) and needed <= columns)


def _notices(
    tables: Sequence[ExportTable], rows: Mapping[str, Rows], there: Mapping[str, frozenset[str]], shape: Shape
) -> list[str]:
    """What the folder cannot tell, and what of it is left out."""
    notices = [_NO_HISTORY] if shape is Shape.dashboard else []
    for table in tables:
        if table.left_out is not None and any(each in rows for each in table.tables):
            notices.append(f"{table.tables[0]}s: {table.left_out}")
        elif table.lacking is not None and table.name not in there and not _is_nested(table, there):
            notices.append(table.lacking)
    return notices


def _is_nested(table: ExportTable, there: Mapping[str, frozenset[str]]) -> bool:
    """Whether another table holds what this one would give: `discount_amounts` of lines, in the API's way."""
    if table.or_column is None:
        return False
    other, column = table.or_column.split(".")
    nested = "_airbyte_data" in there.get(other, frozenset())
    return nested or column in there.get(other, frozenset())


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions by which cells are read, and the place where rows held back are counted."""
    functions = resources.files("upswell.sources.stripe.exports") / "cells.sql"
    connection.execute(functions.read_text("utf-8"))
    connection.execute(f"create or replace temp table {HELD_ROWS} (file__ varchar, row__ bigint)")
