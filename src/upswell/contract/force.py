"""What is in force: for each table and source the relation of its rows, and the rows in conflict.

`Force` starts from a stored state, takes in new relations as files are folded, and at the end
says which state to commit. A source of one import is that import's own file; only where imports
overlap is a merged file written beside it. i-000001 with 100 rows and i-000002 that changes 10 of
them leave a merged file of 100 rows, of which `holds` says 90 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import duckdb

from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.contract.conflicts import find_conflicts
from upswell.contract.fold import Step, apply_file, count, withdraw_missing
from upswell.contract.row_sql import Setting
from upswell.contract.schema import ITEMS, SNAPSHOTS, table_named
from upswell.contract.state import ImportEntry, LogState, StoredFile
from upswell.contract.store import ImportStore
from upswell.contract.views import items_sql

_NOTHING = "(select null::bigint as source_row where false)"


class Force:
    """The rows in force on a connection; `relations` is table -> source -> SQL of a relation."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        store: ImportStore,
        state: LogState,
        setting: Setting,
    ) -> None:
        self._connection = connection
        self._store = store
        self._state = state
        self._setting = setting
        self._files: dict[str, StoredFile] = {}
        self.relations: dict[str, dict[str, str]] = {
            table: {source: self.stored(file) for source, file in sources.items()}
            for table, sources in state.current.items()
        }
        self.conflicts: str | None = None
        if state.conflicts is not None:
            self.conflicts = self.stored(state.conflicts)

    def stored(self, file: StoredFile) -> str:
        """The relation of a stored file, remembered so that it is not written twice."""
        relation = self._store.relation(file)
        self._files[relation] = file
        return relation

    def known_as(self, relation: str, file: StoredFile) -> None:
        """Say that a temporary table and a stored file hold the same rows."""
        self._files[relation] = file

    def rows(self, table: str, source: str) -> str:
        """The relation in force of one source, an empty one if there is none."""
        return self.relations.get(table, {}).get(source, _NOTHING)

    def current(self, table: str, source: str) -> str | None:
        """The relation in force of one source, if there is one."""
        return self.relations.get(table, {}).get(source)

    def put(self, table: str, source: str, relation: str | None) -> None:
        """Make `relation` the rows in force of one source; None takes the source away."""
        sources = self.relations.setdefault(table, {})
        if relation is None:
            sources.pop(source, None)
        else:
            sources[source] = relation

    def replay(self, entries: Sequence[ImportEntry], *, table: str, source: str) -> None:
        """Fold the entries of one source again from the first, leaving out those undone."""
        concerned = [
            entry for entry in entries if (entry.table, entry.source, entry.undone_at) == (table, source, None)
        ]
        relation: str | None = None
        for first_no, batch in groupby(concerned, key=lambda entry: entry.batch):
            relation = self._replay_batch(list(batch), relation, first_no=first_no)
        self.put(table, source, relation)
        self.refresh_conflicts(table)

    def refresh_conflicts(self, table: str) -> None:
        """Work conflicts out anew, if rows of `table` can be in any."""
        if table in (ITEMS.name, SNAPSHOTS.name):
            items = f"({items_sql(self.relations, timezone=self._setting.timezone)})"
            found = find_conflicts(self._connection, items)
            self.conflicts = found if count(self._connection, found) else None

    def committed(self, entries: Sequence[ImportEntry]) -> LogState:
        """Store what is not stored yet and return the state that names it all."""
        commits = self._state.commits + 1
        current: dict[str, dict[str, StoredFile]] = {}
        for table, sources in self.relations.items():
            for number, (source, relation) in enumerate(sorted(sources.items())):
                file = self._file(relation, f"current-{commits:06d}-{table}-{number}.parquet")
                current.setdefault(table, {})[source] = file
        conflicts = None
        if self.conflicts is not None:
            conflicts = self._file(self.conflicts, f"conflicts-{commits:06d}.parquet")
        return self._state.model_copy(
            update={
                "commits": commits,
                "next_no": max([self._state.next_no, *(entry.no + 1 for entry in entries)]),
                "entries": self._with_holds(entries),
                "current": current,
                "conflicts": conflicts,
            }
        )

    def _replay_batch(self, batch: Sequence[ImportEntry], relation: str | None, *, first_no: int) -> str | None:
        steps: list[Step] = []
        table = table_named(batch[0].table)
        for entry in batch:
            held = None if entry.held_file is None else self._store.relation(entry.held_file)
            rows = self.stored(entry.rows_file)
            step = apply_file(self._connection, table=table, current=relation, rows=rows, held=held,
                              prefix=f"replay_{entry.no}")  # fmt: skip
            steps.append(step)
            relation = step.current
        if batch[0].replace:
            relation = withdraw_missing(
                self._connection, steps, table=table, first_no=first_no, prefix=f"replay_{first_no}"
            ).current
        return relation

    def _file(self, relation: str, file: str) -> StoredFile:
        known = self._files.get(relation)
        if known is None:
            rows = count(self._connection, relation)
            known = self._store.write(self._connection, relation, file=file, rows=rows)
        return known

    def _with_holds(self, entries: Sequence[ImportEntry]) -> tuple[ImportEntry, ...]:
        holds = self._holds()
        return tuple(entry.model_copy(update={"holds": holds.get(entry.no, 0)}) for entry in entries)

    def _holds(self) -> dict[int, int]:
        relations = [each for sources in self.relations.values() for each in sources.values()]
        holds: dict[int, int] = {}
        for relation, sign in [*((each, 1) for each in relations), (self.conflicts, -1)]:
            if relation is None:
                continue
            rows = self._connection.execute(f"""
                select source_row // {ROWS_PER_IMPORT} as no__, count(*) from {relation}
                group by no__""").fetchall()
            for number, rows_in_force in rows:
                holds[number] = holds.get(number, 0) + sign * rows_in_force
        return holds
