"""The import log's state: one JSON file that says which stored files count, and what they are.

`imports/state.json` names every Parquet file of the log with its SHA-256. A file it does not name
is debris of an import that was killed. Replacing this one file is the commit, so an import, of
one file or twelve, happens as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

UNSEALED: Final = "0" * 64


class StoredFile(BaseModel):
    """A Parquet file of the log, its digest and its number of rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    rows: int


class ImportEntry(BaseModel):
    """One imported file: what it was, what it did, and how many of its rows are in force (`holds`).

    `batch` is the number of the first import of the same call. `rows_file` has its typed rows,
    `held_file` the findings of rows held back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    import_id: str
    no: int
    batch: int
    at: datetime
    table: str
    source: str
    file: str
    sha256: str
    rows_read: int
    added: int
    changed: int
    unchanged: int
    withdrawn: int
    held_back: int
    replace: bool
    mapping: dict[str, str]
    ignored_columns: tuple[str, ...] = ()
    undone_at: datetime | None = None
    holds: int = 0
    rows_file: StoredFile
    held_file: StoredFile | None = None


class LogState(BaseModel):
    """Everything in force. `seal` is the SHA-256 of the file with the seal itself zeroed.

    `current` is table -> source -> the file of the rows now in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    seal: str = UNSEALED
    timezone: str
    currency: str
    next_no: int = 1
    commits: int = 0
    entries: tuple[ImportEntry, ...] = ()
    current: dict[str, dict[str, StoredFile]] = {}
    conflicts: StoredFile | None = None

    def active(self) -> tuple[ImportEntry, ...]:
        """Entries that were not undone, oldest first."""
        return tuple(entry for entry in self.entries if entry.undone_at is None)

    def stored_files(self) -> Iterator[StoredFile]:
        """Every Parquet file this state names."""
        for entry in self.entries:
            yield entry.rows_file
            if entry.held_file is not None:
                yield entry.held_file
        for sources in self.current.values():
            yield from sources.values()
        if self.conflicts is not None:
            yield self.conflicts
