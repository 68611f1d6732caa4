"""Surveying a file before it is read: can it be opened, is it text, how many lines has it.

One pass over the bytes answers what the reader itself would hide: `survey(items.csv)` of a file
with a heading and two rows gives lines=3, its SHA-256, and no NUL byte. The line count is later
held against the rows read, so that a row lost to a stray quote cannot go unnoticed.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from upswell.errors import InputError, WorkspaceError

_CHUNK: Final = 4 * 1024 * 1024
_HEAD: Final = 8192
_ROOM: Final = 3  # text table, typed table, stored rows: each about the size of the file
_LARGE: Final = 64 * 1024 * 1024
_SIGNATURES: Final = (
    (b"PK\x03\x04", "a spreadsheet or zip archive", "save the sheet as CSV (UTF-8), or unzip it"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet", "save the sheet as CSV (UTF-8)"),
    (b"%PDF", "a PDF", "export the data as CSV"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
)
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
GZIP_SIGNATURE: Final = b"\x1f\x8b"
PARQUET_SIGNATURE: Final = b"PAR1"


@dataclass(frozen=True)
class Survey:
    """What the bytes of a text file say: its own digest and the counts its reading is held against.

    `lines` counts line ends, plus one for a last line without. `odd_space` says that a tab or a
    no-break space occurs, so that more than plain spaces must be trimmed.
    """

    sha256: str
    lines: int
    odd_space: bool
    carriage_returns: int


def open_head(path: Path) -> bytes:
    """The first bytes of a file that exists, is a file, may be read and is not empty."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError as error:
        raise _refusal(path, "file_missing", "there is no such file", "check the path") from error
    except IsADirectoryError as error:
        raise _refusal(
            path, "is_folder", "this is a folder", "name the files in it, for example FOLDER/*.csv"
        ) from error
    except PermissionError as error:
        raise _refusal(
            path,
            "not_permitted",
            "the file may not be read",
            "allow your user to read it (chmod u+r FILE)",
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    if not head:
        raise _refusal(path, "file_empty", "the file is empty", "export it again", expected="a heading line")
    return head


def require_text(path: Path, head: bytes) -> None:
    """Raise `InputError` if the first bytes are those of a known binary, UTF-16 or hold a NUL."""
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise _refusal(path, "binary_file", f"this is {what}", remedy, found=what)
    if head.startswith(_UTF_16) or not any(head[0:64:2]) or not any(head[1:64:2]):
        raise _refusal(
            path,
            "utf_16",
            "the file is UTF-16",
            "save it as UTF-8 (in a spreadsheet: CSV UTF-8), or run: iconv -f UTF-16 -t UTF-8",
            expected="UTF-8",
            found="UTF-16",
        )
    if 0 in head:
        raise binary(path)


def binary(path: Path) -> InputError:
    """The error for a file that holds NUL bytes."""
    return _refusal(
        path,
        "binary_file",
        "this is not a text file: it holds NUL bytes",
        "export it as CSV, NDJSON or Parquet",
        expected="CSV, NDJSON or Parquet",
    )


def survey(path: Path) -> Survey:
    """Read every byte once; raises `InputError` if one of them is NUL."""
    digest = hashlib.sha256()
    line_feeds = carriage_returns = 0
    odd_space = False
    last = b""
    with _reading(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if b"\0" in chunk:
                raise binary(path)
            line_feeds += chunk.count(b"\n")
            carriage_returns += chunk.count(b"\r") if b"\r" in chunk else 0
            odd_space = odd_space or b"\t" in chunk or (b"\xa0" in chunk and b"\xc2\xa0" in chunk)
            last = chunk[-1:]
    ends = line_feeds or carriage_returns
    lines = ends + (last not in (b"\n", b"\r"))
    return Survey(digest.hexdigest(), lines, odd_space, carriage_returns)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with _reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_room(path: Path, folder: Path) -> None:
    """Raise `WorkspaceError` if the disk of `folder` could not take what reading `path` needs."""
    size = path.stat().st_size
    if size < _LARGE:
        return
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < size * _ROOM:
        raise WorkspaceError(
            f"too little disk space to import {path.name}",
            code="disk_too_small",
            where=str(folder),
            expected=f"{_ROOM * size / 1e9:.1f} GB free, three times the file",
            found=f"{free / 1e9:.1f} GB free",
            remedy="free disk space, or import the file in parts",
        )


def unpack(path: Path, folder: Path) -> Path:
    """Unpack a gzip file under its own name into `folder`; the archive's checksum is checked."""
    target = folder / path.name
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _refusal(
            path, "gzip_corrupt", f"the gzip archive is damaged: {error}", "copy or download the file again"
        ) from error
    return target


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say of a disk that fails under the user's file that it is this file's."""
    try:
        yield
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    what = f"the file cannot be read: {error.strerror}"
    return _refusal(path, "file_unreadable", what, "copy it to a sound disk")


def _refusal(
    path: Path,
    code: str,
    what: str,
    remedy: str,
    *,
    expected: str | None = None,
    found: str | None = None,
) -> InputError:
    return InputError(
        f"{path.name}: {what}",
        code=code,
        where=str(path),
        expected=expected,
        found=found,
        remedy=remedy,
    )
