"""The log's folder: Parquet files that never change and the state file that names them.

A write puts new Parquet files beside the old ones, makes them durable, and last replaces
`state.json`. Killed at any moment before that, the former state stands; what was half written is
swept by the next write. Every failure of the disk is one `WorkspaceError` that says what to do.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import duckdb
from pydantic import ValidationError

from upswell.contract.sqltext import literal
from upswell.contract.state import UNSEALED, LogState, StoredFile
from upswell.engines.duckdb import path_literal, storage_errors
from upswell.errors import WorkspaceError

_STATE: Final = "state.json"


class ImportStore:
    """Reads and writes one folder of imports; it knows nothing of what the rows mean."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, *, timezone: str, currency: str) -> LogState:
        """The state in force; an empty one if nothing was ever imported.

        Raises `WorkspaceError` if the file is damaged, or if the workspace's zone or currency are
        no longer those under which rows were imported.
        """
        path = self.folder / _STATE
        try:
            with storage_errors(path):
                text = path.read_bytes() if path.exists() else None
            if text is None:
                return LogState(timezone=timezone, currency=currency)
            state = LogState.model_validate_json(text)
            if _seal(text.replace(state.seal.encode(), UNSEALED.encode(), 1)) != state.seal:
                raise _damaged(path, "its bytes have changed since it was written")
        except ValidationError as error:
            raise _damaged(path, str(error.errors()[0]["msg"])) from error
        if state.entries:
            _require_same("timezone", state.timezone, timezone)
            _require_same("currency", state.currency, currency)
        return state

    def commit(self, state: LogState) -> None:
        """Make `state` the one in force."""
        with storage_errors(self.folder):
            path = self.folder / _STATE
            waiting = self.folder / f"{_STATE}.new"
            with waiting.open("wb") as file:
                file.write(_sealed(state))
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self.folder)
            os.replace(waiting, path)  # noqa: PTH105  (the one call that tests make fail)
            _sync_folder(self.folder)

    def prepare(self, state: LogState) -> None:
        """Make the folder and sweep what an import that was killed left behind."""
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            named = {_STATE, *(stored.name for stored in state.stored_files())}
            for path in self.folder.iterdir():
                if path.is_file() and path.name not in named:
                    path.unlink()

    def write(self, connection: duckdb.DuckDBPyConnection, relation: str, *, file: str, rows: int) -> StoredFile:
        """Store a relation as the Parquet file `file`, durable when this returns."""
        path = self.folder / file
        with storage_errors(self.folder):
            connection.execute(
                f"copy (select * from {relation}) to {literal(str(path))} (format parquet, compression lz4_raw)"
            )
            with path.open("rb") as written:
                os.fsync(written.fileno())
                digest = _digest(path)
        return StoredFile(name=file, sha256=digest, rows=rows)

    def relation(self, stored: StoredFile) -> str:
        """SQL that reads a stored file, after its bytes were found to be what was written."""
        path = self.folder / stored.name
        with storage_errors(path):
            digest = _digest(path) if path.exists() else None
        if digest is None:
            raise _damaged(path, "the file is missing")
        if digest != stored.sha256:
            raise _damaged(path, "its bytes have changed since it was written")
        return f"read_parquet({path_literal(path)}, hive_partitioning = false)"


def _damaged(path: Path, found: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path.name} of the import log is damaged: {found}",
        code="import_damaged",
        where=str(path),
        expected="the file as it was written",
        found=found,
        remedy="restore the workspace from a backup, or import the files again into a new one",
    )


def _require_same(what: str, imported: str, now: str) -> None:
    if imported != now:
        raise WorkspaceError(
            f"rows were imported under {what} {imported}, the workspace now says {now}",
            code=f"{what}_changed",
            where=f"upswell.toml, {what}",
            expected=imported,
            found=now,
            remedy=f"set {what} back to {imported}, or import the files into a new workspace",
        )


def _sealed(state: LogState) -> bytes:
    text = state.model_copy(update={"seal": UNSEALED}).model_dump_json(indent=1).encode()
    return text.replace(UNSEALED.encode(), _seal(text).encode(), 1)


def _seal(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
