"""Backup and restore: one file that holds a whole workspace, or nothing.

A backup is a tar.gz of settings, imports, books and the state, with a list of every file and its SHA-256 (a state in
PostgreSQL is backed up there). It is written beside
its target and renamed when whole. Restoring unpacks beside the target (or inside an empty one) and compares every file
with the list before anything gets its name: a backup cut short or tampered with leaves no half a workspace.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import Final

from upswell.engines.duckdb import storage_errors
from upswell.errors import InputError, WorkspaceError
from upswell.state import FILE_NAME as STATE_FILE
from upswell.workspace.core import Workspace, open_workspace
from upswell.workspace.lock import writing
from upswell.workspace.settings import FILE_NAME

_CONTENTS: Final = (FILE_NAME, "imports", "books", "sources", STATE_FILE)
# What was read of a billing system, and what it sent; never a key that somebody keeps beside it.
_OF_SOURCES: Final = (".duckdb", ".json")
_CHUNK: Final = 1 << 20
_LIST: Final = "backup.json"


def backup(workspace: Workspace, target: Path) -> Path:
    """Write the workspace to the file `target` (.tar.gz) and return it.

    Raises `WorkspaceError` when the target exists or cannot be written.
    """
    if target.exists():
        raise WorkspaceError(
            f"{target} exists",
            code="backup_exists",
            where=str(target),
            remedy="name another file; a backup is never overwritten",
        )
    partial = target.with_name(target.name + ".partial")
    copied = target.with_name(target.name + ".state")
    with storage_errors(target.parent), writing(workspace.folder, "backup"):
        try:
            _copy_state(workspace.folder / STATE_FILE, copied)
            with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
                _pack(workspace.folder, archive, state=copied)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
            copied.unlink(missing_ok=True)
    return target


def restore(file: Path, folder: Path) -> Workspace:
    """Unpack the backup `file` as the workspace `folder`, which must be absent or empty.

    Raises `InputError` for a file that is no whole backup and `WorkspaceError` when the folder is in use.
    """
    given, folder = folder, folder.resolve()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WorkspaceError(
            f"{folder} is in use",
            code="restore_target_in_use",
            where=str(folder),
            expected="an absent or empty folder",
            remedy="name another folder with -w; nothing is overwritten",
        )
    # An empty folder may be somebody's current one: it is filled, not replaced.
    beside = folder if folder.is_dir() else folder.parent
    partial = beside / f".{folder.name}.restoring-{os.getpid()}"
    with storage_errors(folder):
        partial.mkdir(parents=True)
        try:
            _unpack(file, partial)
            _verify(file, partial)
            if folder.is_dir():
                # Settings come last: without them the folder is no workspace yet.
                for path in sorted(partial.iterdir(), key=lambda path: path.name == FILE_NAME):
                    path.rename(folder / path.name)
            else:
                partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return open_workspace(given)


def _copy_state(file: Path, copy: Path) -> None:
    """A copy of the state as of one moment, while others may write to it: not everything said takes the lock."""
    if file.exists():
        with closing(sqlite3.connect(file, isolation_level=None)) as held:
            held.execute("begin")
            # Whoever reads keeps writers from committing until the transaction ends.
            held.execute("select count(*) from sqlite_master").fetchone()
            shutil.copyfile(file, copy)


def _pack(folder: Path, archive: tarfile.TarFile, *, state: Path) -> None:
    files = sorted(
        path
        for name in _CONTENTS
        for path in (folder / name, *(folder / name).rglob("*"))
        if path.is_file() and (name != "sources" or path.suffix in _OF_SOURCES)
    )
    names = {path.relative_to(folder).as_posix(): path for path in files}
    if STATE_FILE in names:
        names[STATE_FILE] = state
    listed = json.dumps({name: _digest(path) for name, path in names.items()}, indent=1).encode()
    member = tarfile.TarInfo(_LIST)
    member.size = len(listed)
    archive.addfile(member, io.BytesIO(listed))
    for name, path in names.items():
        archive.add(path, arcname=name)


def _unpack(file: Path, folder: Path) -> None:
    try:
        # To the end first: tar stops at its last member and would not see a stream cut short or changed after it.
        with gzip.open(file) as stream:
            while stream.read(_CHUNK):
                pass
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except FileNotFoundError:
        raise _unusable(file, "no such file") from None
    except IsADirectoryError:
        raise _unusable(file, "a folder") from None
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unusable(file, str(error)) from error


def _verify(file: Path, folder: Path) -> None:
    """Compare what was unpacked with the backup's own list, and take the list away."""
    try:
        listed = json.loads((folder / _LIST).read_bytes())
        (folder / _LIST).unlink()
    except (OSError, ValueError) as error:
        raise _unusable(file, "its list of files is missing or damaged") from error
    unpacked = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(set(listed) | set(unpacked)):
        if name not in unpacked:
            raise _unusable(file, f"{name} is missing")
        if name not in listed:
            raise _unusable(file, f"{name} does not belong to it")
        if _digest(unpacked[name]) != listed[name]:
            raise _unusable(file, f"{name} is not what was backed up")


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _unusable(file: Path, detail: str) -> InputError:
    return InputError(
        f"{file} is not a whole backup: {detail}",
        code="backup_unusable",
        where=str(file),
        expected="a file written by `upswell backup`",
        found=detail,
        remedy="take another backup file",
    )
