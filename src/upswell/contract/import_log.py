"""The import log: every file ever imported, what of it is in force, and how to take it back.

    log = ImportLog(folder, timezone="UTC", currency="USD", spill_folder=scratch, read_file=read_file)
    log.import_files([january, february], table="items")     # i-000001 and i-000002, one commit
    log.undo("i-000002")                                      # as if february had never come

An import reads its files, checks every row, stores the sound ones and the findings, folds them
into what was in force, looks for rows that contradict each other, and commits once. The caller
holds the workspace's write lock; readers need none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from upswell.contract import views
from upswell.contract.batch import Batch, BatchRequest
from upswell.contract.findings import Finding
from upswell.contract.fold import count
from upswell.contract.force import Force
from upswell.contract.quarantine import Quarantine, read_findings
from upswell.contract.records import Progress, ReadFile
from upswell.contract.results import FileResult, ImportResult, UndoResult
from upswell.contract.row_sql import Setting
from upswell.contract.schema import table_named
from upswell.contract.state import ImportEntry, LogState
from upswell.contract.store import ImportStore
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.errors import InputError, NotFoundError, UsageError

__all__ = ["FileResult", "ImportEntry", "ImportLog", "ImportResult", "UndoResult"]


class ImportLog:
    """The imports of one workspace, in `folder`.

    `read_file` brings a file's cells (`upswell.sources.read_file`); `timezone` is the zone of
    times without offset and `currency` that of amounts without one. With `known`, ids of imports, the log is read as if
    these were all there ever was and none of them undone; nothing can be written then.
    """

    def __init__(
        self,
        folder: Path,
        *,
        timezone: str,
        currency: str,
        spill_folder: Path,
        read_file: ReadFile,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        known: Collection[str] | None = None,
    ) -> None:
        self._store = ImportStore(folder)
        self._setting = Setting(timezone=timezone, currency=currency)
        self._spill_folder = spill_folder
        self._read_file = read_file
        self._now = now
        self._known = None if known is None else frozenset(known)

    def import_files(
        self,
        paths: Sequence[Path],
        *,
        table: str,
        mapping: Mapping[str, str] | None = None,
        source: str = "files",
        replace: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportResult:
        """Import files as rows of `table`, all of them or none.

        `mapping` is field -> heading. Raises `UsageError` for a wrong call, `InputError` for a
        file that cannot be used, `WorkspaceError` where the disk refuses; the log is then as before.
        """
        if not paths or not source.strip():
            raise UsageError(
                "an import needs at least one file and a source with a name",
                code="import_incomplete",
                remedy="name the files, and leave --source out or give it a name",
            )
        for path in paths:
            _require_utf_8_name(path)
        request = BatchRequest(
            paths=tuple(paths),
            table=table_named(table),
            mapping=dict(mapping or {}),
            source=source.strip(),
            replace=replace,
            dry_run=dry_run,
            at=self._now(),
        )
        state = self._load()
        if not dry_run:
            self._store.prepare(state)
        with self._connection() as connection:
            batch = Batch(connection, self._store, state, self._setting, self._spill_folder, progress)
            return batch.run(request, self._read_file)

    def undo(self, import_id: str) -> UndoResult:
        """Take one import back: what is in force is what it would be without it.

        Raises `NotFoundError` for an unknown id and `UsageError` for one that is undone already.
        """
        state = self._load()
        entry = _entry(state, import_id)
        self._store.prepare(state)
        with self._connection() as connection:
            force = Force(connection, self._store, state, self._setting)
            before = force.rows(entry.table, entry.source)
            conflicts_before = force.conflicts
            undone = entry.model_copy(update={"undone_at": self._now()})
            entries = tuple(undone if each.no == entry.no else each for each in state.entries)
            force.replay(entries, table=entry.table, source=entry.source)
            after = force.rows(entry.table, entry.source)
            self._store.commit(force.committed(entries))
            return UndoResult(
                import_id=entry.import_id,
                file=entry.file,
                table=entry.table,
                source=entry.source,
                removed=count(connection, f"(select source_row from {before} except select source_row from {after})"),
                restored=count(connection, f"(select source_row from {after} except select source_row from {before})"),
                conflicts=_new_conflicts(connection, conflicts_before, force.conflicts, entries),
            )  # fmt: skip

    def entries(self) -> tuple[ImportEntry, ...]:
        """Every import, undone ones too, oldest first."""
        return self._load().entries

    def state(self) -> LogState:
        """What the log holds: every import and the files that store them."""
        return self._load()

    def findings(self, connection: duckdb.DuckDBPyConnection | None = None) -> list[Finding]:
        """Every finding that still stands, on single rows and on rows in conflict."""
        state = self._load()
        with nullcontext(connection) if connection is not None else self._connection() as opened:
            if not state.current:
                conflicts = self._force(opened, state).conflicts
            else:
                conflicts = None if state.conflicts is None else self._store.relation(state.conflicts)
            return Quarantine(opened, self._store, state, conflicts).standing()

    def fingerprint(self) -> str:
        """64 hex digits that are the same for the same inputs in force, in the same order."""
        state = self._load()
        batches = [entry.batch for entry in state.active()]
        inputs = [
            [
                entry.sha256,
                entry.table,
                entry.source,
                sorted(entry.mapping.items()),
                entry.replace and batches.index(entry.batch),
            ]
            for entry in state.active()
        ]
        text = json.dumps([self._setting.timezone, self._setting.currency, inputs])
        return hashlib.sha256(text.encode()).hexdigest()

    def create_views(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create `current_items`, `current_customers` and the others of `contract.views` on it.

        They are temporary views over files that never change. Raises `WorkspaceError` for a file
        that is not as it was written.
        """
        state = self._load()
        with storage_errors(self._store.folder):
            force = self._force(connection, state)
            views.create_views(
                connection,
                force.relations,
                conflicts=force.conflicts,
                timezone=self._setting.timezone,
                entries=state.entries,
            )

    def _load(self) -> LogState:
        state = self._store.load(timezone=self._setting.timezone, currency=self._setting.currency)
        if self._known is None or self._known == {entry.import_id for entry in state.active()}:
            return state
        entries = [
            entry.model_copy(update={"undone_at": None}) for entry in state.entries if entry.import_id in self._known
        ]
        # What is in force of them is folded anew from their own files, which are kept as long as the workspace is.
        return state.model_copy(update={"entries": tuple(entries), "current": {}, "conflicts": None})

    def _force(self, connection: duckdb.DuckDBPyConnection, state: LogState) -> Force:
        force = Force(connection, self._store, state, self._setting)
        if not state.current:
            for table, source in dict.fromkeys((entry.table, entry.source) for entry in state.entries):
                force.replay(state.entries, table=table, source=source)
        return force

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with storage_errors(self._spill_folder):
            connection = work_connection(self._spill_folder)
            try:
                yield connection
            finally:
                connection.close()


def _new_conflicts(
    connection: duckdb.DuckDBPyConnection,
    before: str | None,
    after: str | None,
    entries: Sequence[ImportEntry],
) -> tuple[Finding, ...]:
    if after is None or after == before:
        return ()
    known = "" if before is None else f"where source_row not in (select source_row from {before})"
    return tuple(read_findings(connection, f"(select * from {after} {known})", entries))


def _require_utf_8_name(path: Path) -> None:
    """The log stores names as UTF-8; such a file could be neither named in it nor opened by the engine."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        raise InputError(
            f"{shown}: the file's name is not UTF-8",
            code="file_name_not_utf8",
            where=shown,
            expected="a path in UTF-8",
            found=shown,
            remedy="rename the file (and its folder, if that is it), then import it again",
        ) from error


def _entry(state: LogState, import_id: str) -> ImportEntry:
    for entry in state.entries:
        if entry.import_id != import_id:
            continue
        if entry.undone_at is not None:
            raise UsageError(
                f"import {import_id} is undone already",
                code="import_already_undone",
                found=f"undone at {entry.undone_at:%Y-%m-%d %H:%M}",
                remedy="import the file again to have its rows back",
            )
        return entry
    known = [entry.import_id for entry in state.active()]
    raise NotFoundError(
        f"there is no import {import_id}",
        code="import_unknown",
        expected=f"one of: {', '.join(known[-5:])}" if known else "an import; there is none yet",
        found=import_id,
        remedy="`upswell imports` lists them",
    )
