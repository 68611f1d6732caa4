"""Backup and restore: one file that holds a whole workspace, or nothing.

A backup is a tar.gz of settings, imports and books, written beside its target and renamed when whole. Restoring unpacks
into a new folder beside the target and renames it, so a backup cut short or tampered with leaves no half a workspace.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path
from typing import Final

from upswell.engines.duckdb import storage_errors
from upswell.errors import InputError, WorkspaceError
from upswell.workspace.core import Workspace, open_workspace
from upswell.workspace.lock import writing
from upswell.workspace.settings import FILE_NAME

_CONTENTS: Final = (FILE_NAME, "imports", "books")


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
    with storage_errors(target.parent), writing(workspace.folder, "backup"):
        try:
            with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
                for name in _CONTENTS:
                    if (workspace.folder / name).exists():
                        archive.add(workspace.folder / name, arcname=name)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target


def restore(file: Path, folder: Path) -> Workspace:
    """Unpack the backup `file` as the workspace `folder`, which must be absent or empty.

    The current book is verified against its digests before the folder gets its name. Raises `InputError` for a file
    that is no whole backup and `WorkspaceError` when the folder is in use.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WorkspaceError(
            f"{folder} is in use",
            code="restore_target_in_use",
            where=str(folder),
            expected="an absent or empty folder",
            remedy="name another folder with -w; nothing is overwritten",
        )
    partial = folder.with_name(f".{folder.name}.restoring-{os.getpid()}")
    with storage_errors(folder.parent):
        partial.mkdir(parents=True)
        try:
            _unpack(file, partial)
            restored = open_workspace(partial)
            restored.verify()
            folder.mkdir(parents=True, exist_ok=True)
            folder.rmdir()
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return open_workspace(folder)


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except FileNotFoundError:
        raise _unusable(file, "no such file") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unusable(file, str(error)) from error


def _unusable(file: Path, detail: str) -> InputError:
    return InputError(
        f"{file} is not a whole backup: {detail}",
        code="backup_unusable",
        where=str(file),
        expected="a file written by `upswell backup`",
        found=detail,
        remedy="take another backup file",
    )
