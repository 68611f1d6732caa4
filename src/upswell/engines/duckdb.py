"""DuckDB connections: one kind that may read the user's files, one that may read a book and nothing else.

An import must open whatever file the user names. A query, whose filter may come from a page or a
program, must not: `query_connection([book_folder])` can read that folder and no other file, loads
no extension, reaches no network, and its configuration is locked so that SQL cannot undo this.
"""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from upswell.errors import UsageError, WorkspaceError

# Spilling begins here and not at DuckDB's 80 % of the machine: Upswell shares it with its user.
_MEMORY_LIMIT: Final = "6GB"


def work_connection(spill_folder: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory connection for imports and builds; larger than memory spills to `spill_folder`."""
    connection = _connect(spill_folder)
    _settle(connection)
    return connection


def query_connection(readable: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """An in-memory connection that can read the folders `readable` and has nothing left to unlock."""
    # A private name: DuckDB makes the folder only when a query outgrows memory, and takes it away again.
    connection = _connect(Path(tempfile.gettempdir()) / f"upswell-{os.getpid()}-{secrets.token_hex(4)}")
    _settle(connection)
    # DuckDB holds a path against this list twice: as it is written in the query, and as the file it finds.
    folders = [name for folder in readable for name in (str(folder.resolve()), _no_pattern(folder.resolve()))]
    connection.execute("set allowed_directories = ?", [folders])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _connect(spill_folder: Path) -> duckdb.DuckDBPyConnection:
    limit = os.environ.get("UPSWELL_MEMORY_LIMIT", _MEMORY_LIMIT)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limit,
        "temp_directory": str(spill_folder),
    }
    threads = os.environ.get("UPSWELL_THREADS")
    if threads is not None:
        settings["threads"] = _whole("UPSWELL_THREADS", threads)
    try:
        return duckdb.connect(config=settings)
    except duckdb.ParserException as error:
        raise UsageError(
            f"UPSWELL_MEMORY_LIMIT={limit} is not an amount of memory",
            code="variable_malformed",
            where="environment variable UPSWELL_MEMORY_LIMIT",
            expected="an amount such as 4GB",
            found=limit,
            remedy="correct or unset the variable",
        ) from error


def _whole(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise UsageError(
        f"{variable}={text} is not a number of threads",
        code="variable_malformed",
        where=f"environment variable {variable}",
        expected="1, 2, ...",
        found=text,
        remedy="correct or unset the variable",
    )


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set TimeZone = 'UTC'")
    # It would be drawn into stdout, which is the answer's.
    connection.execute("set enable_progress_bar = false")


def path_literal(path: Path) -> str:
    """`path` as an SQL text that DuckDB's readers take for this one file: not a pattern, whatever its name."""
    return "'" + _no_pattern(path).replace("'", "''") + "'"


def _no_pattern(path: Path) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


@contextmanager
def storage_errors(where: Path) -> Iterator[None]:
    """Turn what the disk or the memory refuses into one `WorkspaceError` with a remedy."""
    try:
        yield
    except OSError as error:
        raise _storage_error(where, error.errno, error.strerror or str(error)) from error
    except duckdb.OutOfMemoryException as error:
        # DuckDB reports a full disk under a spill as memory it could not free.
        number = errno.ENOSPC if "max_temp_directory_size" in str(error) else errno.ENOMEM
        raise _storage_error(where, number, str(error)) from error
    except duckdb.IOException as error:
        text = str(error)
        number = next((code for code, words in _WORDS.items() if words in text), errno.EIO)
        raise _storage_error(where, number, text) from error
    except duckdb.Error as error:
        raise WorkspaceError(
            f"the database refused the work; what was there before is unchanged: {str(error).splitlines()[0]}",
            code="engine_failed",
            where=str(where),
            found=type(error).__name__,
            remedy="this is a fault of Upswell or a figure beyond its range: undo the last import, and report it",
        ) from error


_WORDS: Final = {
    errno.ENOSPC: "No space left",
    errno.EFBIG: "File too large",
    errno.EACCES: "Permission denied",
    errno.EROFS: "Read-only file system",
}
_REFUSALS: Final = {
    errno.ENOSPC: ("disk_full", "the disk is full", "free some space, then run the command again"),
    errno.EDQUOT: ("disk_full", "the disk quota is used up", "free some space, then run the command again"),
    errno.EFBIG: ("file_too_large", "a file reached the size limit", "raise the limit (ulimit -f), then run again"),
    errno.EACCES: ("not_writable", "no permission to write", "give yourself write permission, or copy the workspace"),
    errno.EPERM: ("not_writable", "no permission to write", "give yourself write permission, or copy the workspace"),
    errno.EROFS: ("not_writable", "the folder is read-only", "copy the workspace to a folder you can write to"),
    errno.ENOENT: ("folder_missing", "a folder is missing", "make the folder first, or name another one"),
    errno.ENOTDIR: ("not_a_folder", "a file stands where a folder is needed", "name another folder"),
    errno.EEXIST: ("not_a_folder", "a file stands where a folder is needed", "name another folder"),
    errno.ENOMEM: ("out_of_memory", "memory ran out", "set UPSWELL_MEMORY_LIMIT lower so that work spills to disk"),
}


def _storage_error(where: Path, number: int | None, detail: str) -> WorkspaceError:
    code, message, remedy = _REFUSALS.get(
        number or 0, ("storage_failed", "the storage failed", "see the detail; `upswell doctor` tells more")
    )
    return WorkspaceError(
        f"{message}; what was there before is unchanged",
        code=code,
        where=str(where),
        found=detail.splitlines()[0],
        remedy=remedy,
    )
