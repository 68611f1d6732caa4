"""One call of import: its files are read, checked, folded, compared and committed as a whole.

Nothing is in force until the last line; a dry run stops before anything is stored. Twelve monthly
exports given together are twelve entries of one batch, and one commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.checks import CheckedFile, check_records
from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.contract.findings import Finding
from upswell.contract.fold import Step, Withdrawal, apply_file, count, withdraw_missing
from upswell.contract.force import Force
from upswell.contract.progress import reporting
from upswell.contract.quarantine import read_findings
from upswell.contract.records import Progress, ReadFile, Records
from upswell.contract.results import FileResult, ImportResult
from upswell.contract.row_sql import Setting
from upswell.contract.schema import Table
from upswell.contract.state import ImportEntry, LogState, StoredFile
from upswell.contract.store import ImportStore

_FINDINGS_SHOWN: Final = 20
_UNSTORED: Final = StoredFile(name="", sha256="", rows=0)


@dataclass(frozen=True)
class BatchRequest:
    """What the caller asked for; `at` is the time written into the log."""

    paths: tuple[Path, ...]
    table: Table
    mapping: Mapping[str, str]
    source: str
    replace: bool
    dry_run: bool
    at: datetime


@dataclass(frozen=True)
class _Taken:
    """One file that was read and folded in, with what it is stored as."""

    entry: ImportEntry
    checked: CheckedFile
    step: Step


class Batch:
    """The work of one `import_files` call on one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        store: ImportStore,
        state: LogState,
        setting: Setting,
        spill_folder: Path,
        progress: Progress | None,
    ) -> None:
        self._connection = connection
        self._store = store
        self._state = state
        self._setting = setting
        self._spill_folder = spill_folder
        self._progress = progress
        self._force = Force(connection, store, state, setting)

    def run(self, request: BatchRequest, read_file: ReadFile) -> ImportResult:
        """Import every file of the request, commit unless it is a dry run, and report."""
        taken = [
            self._take(request, path, self._state.next_no + at, read_file) for at, path in enumerate(request.paths)
        ]
        withdrawal = self._withdraw(request, taken)
        before = self._conflict_rows("conflicts_before")
        with reporting(self._connection, self._progress, "comparing rows"):
            self._force.refresh_conflicts(request.table.name)
        now = self._conflict_rows("conflicts_now")
        entries = self._entries(taken, withdrawal.gone, now)
        if not request.dry_run:
            with reporting(self._connection, self._progress, "storing"):
                state = self._force.committed((*self._state.entries, *entries))
            self._store.commit(state)
        kept = withdrawal.kept_for_unreadable
        return self._result(request, taken, entries, before=before, now=now, kept_for_unreadable=kept)

    def _take(self, request: BatchRequest, path: Path, number: int, read_file: ReadFile) -> _Taken:
        prefix = f"import_{number}"
        with reporting(self._connection, self._progress, f"reading {path.name}"):
            records = read_file(
                self._connection,
                path,
                table=request.table,
                mapping=request.mapping,
                relation=f"{prefix}_cells",
                spill_folder=self._spill_folder,
                progress=self._progress,
            )
        with reporting(self._connection, self._progress, f"checking {records.rows:,} rows"):
            checked = check_records(
                self._connection,
                records,
                table=request.table,
                import_no=number,
                setting=self._setting,
                prefix=prefix,
            )
        self._connection.execute(f"drop table {records.relation}")
        rows_file, held_file = self._store_rows(request, number, checked)
        current = self._force.current(request.table.name, request.source)
        said = self._progress if current is not None else None
        with reporting(self._connection, said, "comparing with earlier imports"):
            step = apply_file(
                self._connection,
                table=request.table,
                current=current,
                rows=checked.rows,
                held=checked.held if checked.held_rows else None,
                prefix=prefix,
            )
        self._force.put(request.table.name, request.source, step.current)
        entry = _entry(request, path, number, records, checked, step, self._state.next_no)
        stored = entry.model_copy(update={"rows_file": rows_file, "held_file": held_file})
        return _Taken(stored, checked, step)

    def _store_rows(
        self, request: BatchRequest, number: int, checked: CheckedFile
    ) -> tuple[StoredFile, StoredFile | None]:
        """Store sound rows and findings at once, so that memory holds one file's rows at a time."""
        if request.dry_run:
            return _UNSTORED, None
        rows, held = checked.rows, None
        with reporting(self._connection, self._progress, f"storing {checked.sound:,} rows"):
            name = f"i-{number:06d}.rows.parquet"
            stored = self._store.write(self._connection, rows, file=name, rows=checked.sound)
            self._force.known_as(rows, stored)
            if checked.held_rows:
                name = f"i-{number:06d}.held.parquet"
                findings = count(self._connection, checked.held)
                held = self._store.write(self._connection, checked.held, file=name, rows=findings)
        return stored, held

    def _withdraw(self, request: BatchRequest, taken: Sequence[_Taken]) -> Withdrawal:
        if not request.replace:
            return Withdrawal(taken[-1].step.current, gone=0, kept_for_unreadable=0)
        withdrawal = withdraw_missing(
            self._connection,
            [each.step for each in taken],
            table=request.table,
            first_no=self._state.next_no,
            prefix=f"import_{self._state.next_no}",
        )
        self._force.put(request.table.name, request.source, withdrawal.current)
        return withdrawal

    def _conflict_rows(self, table: str) -> str:
        source = self._force.conflicts
        rows = "select null::bigint where false" if source is None else f"select source_row from {source}"
        self._connection.execute(f"create temp table {table}(source_row) as {rows}")
        return table

    def _entries(self, taken: Sequence[_Taken], withdrawn: int, now: str) -> tuple[ImportEntry, ...]:
        """The entries with conflicts counted as held back; rows withdrawn stand on the last one."""
        entries = []
        for each in taken:
            first = each.entry.no * ROWS_PER_IMPORT
            held = count(
                self._connection,
                f"{now} where source_row between {first} and {first + ROWS_PER_IMPORT - 1}",
            )
            changed_held = 0
            if held and each.step.matched is not None:
                changed_held = count(
                    self._connection,
                    f"{each.step.matched} where new_row in (select source_row from {now})",
                )
            entry = each.entry
            update = {
                "held_back": entry.held_back + held,
                "changed": entry.changed - changed_held,
                "added": entry.added - (held - changed_held),
                "withdrawn": withdrawn if each is taken[-1] else 0,
            }
            entries.append(entry.model_copy(update=update))
        return tuple(entries)

    def _result(
        self,
        request: BatchRequest,
        taken: Sequence[_Taken],
        entries: Sequence[ImportEntry],
        *,
        before: str,
        now: str,
        kept_for_unreadable: int,
    ) -> ImportResult:
        first = self._state.next_no * ROWS_PER_IMPORT
        released = count(self._connection, f"(select * from {before} except select * from {now})")
        elsewhere = f"source_row < {first} and source_row not in (select * from {before})"
        return ImportResult(
            table=request.table.name,
            source=request.source,
            replace=request.replace,
            dry_run=request.dry_run,
            files=tuple(self._file_result(each, entry, entries) for each, entry in zip(taken, entries, strict=True)),
            conflicts_elsewhere=self._conflicts(elsewhere, self._state.entries),
            released=released,
            conflict_rows_elsewhere=count(self._connection, f"(select distinct * from {now} where {elsewhere})"),
            kept_for_unreadable=kept_for_unreadable,
        )

    def _file_result(self, each: _Taken, entry: ImportEntry, entries: Sequence[ImportEntry]) -> FileResult:
        found = read_findings(self._connection, each.checked.held, entries, limit=_FINDINGS_SHOWN)
        found += self._conflicts(f"source_row // {ROWS_PER_IMPORT} = {entry.no}", entries)
        return FileResult(
            import_id=entry.import_id,
            file=entry.file,
            rows_read=entry.rows_read,
            added=entry.added,
            changed=entry.changed,
            unchanged=entry.unchanged,
            withdrawn=entry.withdrawn,
            held_back=entry.held_back,
            findings=tuple(found[:_FINDINGS_SHOWN]),
            ignored_columns=entry.ignored_columns,
        )

    def _conflicts(self, where: str, entries: Sequence[ImportEntry]) -> tuple[Finding, ...]:
        if self._force.conflicts is None:
            return ()
        relation = f"(select * from {self._force.conflicts} where {where})"
        return tuple(read_findings(self._connection, relation, entries, limit=_FINDINGS_SHOWN))


def _entry(
    request: BatchRequest,
    path: Path,
    number: int,
    records: Records,
    checked: CheckedFile,
    step: Step,
    first_no: int,
) -> ImportEntry:
    return ImportEntry(
        import_id=f"i-{number:06d}",
        no=number,
        batch=first_no,
        at=request.at,
        table=request.table.name,
        source=request.source,
        file=path.name,
        sha256=records.sha256,
        rows_read=records.rows,
        added=step.added,
        changed=step.changed,
        unchanged=step.unchanged + checked.repeated,
        withdrawn=0,
        held_back=checked.held_rows,
        replace=request.replace,
        mapping=dict(request.mapping),
        ignored_columns=records.ignored,
        rows_file=_UNSTORED,
    )
