"""Files that somebody sends: bounded, kept in a folder of their own, gone when the work with them is done.

    upload = await receive_upload(request, folder)      files under .uploads/<random>/, fields beside them
    job = jobs.start([...upload.paths...])
    remove_after(jobs, job, upload)

What a file is called by its sender is a name and never a path: `../../etc/x.csv` becomes `x.csv`. The bytes go to the
disk as they come, so that an upload needs no memory. What is packed may be large when it is unpacked, so it is measured
before anything reads it.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from upswell.engines.duckdb import storage_errors
from upswell.errors import InputError, NotFoundError, UsageError
from upswell.interfaces.server.jobs import Job, Jobs
from upswell.sources.survey import GZIP_SIGNATURE, PARQUET_SIGNATURE

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

UPLOAD_BYTES: Final = 100_000_000
# The other fields of the form, and what is around each part.
UPLOAD_BESIDE: Final = 1_000_000
UPLOAD_FILES: Final = 10
UPLOAD_SECONDS: Final = 600.0
# What one form's files may hold when they are unpacked.
UNPACKED_BYTES: Final = 1_000_000_000
UPLOAD_ROWS: Final = 10_000_000
ENDINGS: Final = (
    *(".csv", ".csv.gz", ".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".json", ".json.gz"),
    ".parquet",
)
_FOLDER: Final = ".uploads"
_FIELDS_MAX: Final = 50
_FIELD_BYTES: Final = 65_536
_NAME_LENGTH: Final = 100
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]")
_LOOKS_UP_EVERY: Final = 60.0
_KEPT_SECONDS: Final = 24 * 60 * 60
_CHUNK: Final = 2**20
_ROOM: Final = re.compile(r"[0-9a-f]{16}")


class TooLargeError(InputError):
    """More was sent than is taken."""

    http_status = 413


@dataclass(frozen=True)
class Upload:
    """What was received: the files under safe names, in the order sent, and the other fields of the form."""

    folder: Path
    paths: tuple[Path, ...]
    fields: dict[str, str]

    def remove(self) -> None:
        """Let the files go."""
        shutil.rmtree(self.folder, ignore_errors=True)


async def receive_upload(request: Request, folder: Path) -> Upload:
    """Receive a form of files into the workspace in `folder`.

    Raises `TooLargeError`, `InputError` for a file that is empty or of no kind that is imported, and `UsageError` for
    what is no such form; nothing stays then.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise _malformed(f"content of the type {kind.decode('latin-1') or 'none'}")
    _require_size(int(said) if (said := request.headers.get("content-length", "0")).isdecimal() else 0)
    await asyncio.to_thread(_sweep_old, folder)
    room = folder / _FOLDER / secrets.token_hex(8)
    form = _Form(room)
    try:
        with storage_errors(folder):
            room.mkdir(parents=True)
            parser = MultipartParser(options[b"boundary"], form.callbacks())
            received = 0
            async for chunk in request.stream():
                received += len(chunk)
                _require_size(received)
                parser.write(chunk)
            parser.finalize()
            upload = form.whole()
            await asyncio.to_thread(_require_measure, upload.paths)
            form.is_whole = True
            return upload
    except MultipartParseError as error:
        raise _malformed("bytes that are no such form") from error
    except ClientDisconnect as error:
        raise _malformed("a form that breaks off, or takes too long") from error
    finally:
        form.close()
        if not form.is_whole:
            shutil.rmtree(room, ignore_errors=True)


def remove_after(jobs: Jobs, job: Job, upload: Upload) -> None:
    """Let the files go when the job that reads them has ended, however it ends."""

    def wait() -> None:
        while job.state == "running":
            jobs.wait(job, seen=len(job.lines), seconds=_LOOKS_UP_EVERY)
        upload.remove()

    Thread(target=wait, daemon=True, name=f"uploads of {job.id}").start()


def sweep_uploads(folder: Path) -> None:
    """Let go of what a server left that was ended meanwhile; for when no job runs yet."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)


def _sweep_old(folder: Path) -> None:
    """Let go of files that were sent and never imported."""
    for room in (folder / _FOLDER).glob("*"):
        with suppress(OSError):
            if time.time() - room.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(room, ignore_errors=True)


def _require_measure(paths: Sequence[Path]) -> None:
    """Raise `TooLargeError` where the files hold more than is taken, unpacked: as soon as that is known."""
    bytes_left, rows_left = UNPACKED_BYTES, UPLOAD_ROWS
    for path in paths:
        for size, rows in _pieces(path):
            bytes_left, rows_left = bytes_left - size, rows_left - rows
            if bytes_left < 0 or rows_left < 0:
                what = f"{UNPACKED_BYTES:,} bytes" if bytes_left < 0 else f"{UPLOAD_ROWS:,} rows"
                raise TooLargeError(
                    f"{path.name} holds more than is taken",
                    code="upload_too_large",
                    where=path.name,
                    expected=f"up to {what}, unpacked",
                    found="more",
                    remedy="split it, or import it on the command line, which has no limit",
                )


def _pieces(path: Path) -> Iterator[tuple[int, int]]:
    """A file piece by piece: how many bytes, unpacked, and how many rows. What is damaged is left to the import."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == PARQUET_SIGNATURE:
        with suppress(pa.ArrowException, OSError):
            said = pq.read_metadata(path)
            groups = [said.row_group(number) for number in range(said.num_row_groups)]
            yield sum(group.total_byte_size for group in groups), said.num_rows
        return
    is_packed = head.startswith(GZIP_SIGNATURE)
    with suppress(EOFError, zlib.error, gzip.BadGzipFile), gzip.open(path) if is_packed else path.open("rb") as file:
        is_first = True
        while piece := file.read(_CHUNK):
            if is_first and is_packed and piece.startswith(PARQUET_SIGNATURE):
                raise _malformed(f"{path.name}, a Parquet file that is packed once more")
            is_first = False
            yield len(piece), max(piece.count(b"\n"), piece.count(b"\r"))


def safe_name(given: str) -> str:
    """The last part of what a file is called, with nothing in it but letters, digits, `.`, `_`, `-` and spaces.

    Raises `InputError` where it does not end as a file that can be imported does.
    """
    name = _UNSAFE.sub("_", re.split(r"[/\\]", given)[-1]).strip(" .")
    stem = next((name[: -len(ending)] for ending in sorted(ENDINGS, key=len, reverse=True) if _ends(name, ending)), "")
    if not stem.strip(" ."):
        raise InputError(
            f"{name or 'a file without a name'} is no file that can be imported",
            code="upload_ending_unknown",
            where="files",
            expected=f"a name that ends with {', '.join(ENDINGS)}",
            found=name or "no name",
            remedy="send CSV, NDJSON (either may be gzipped) or Parquet, under a name that says so",
        )
    return stem[-_NAME_LENGTH:] + name[len(stem) :]


def _ends(name: str, ending: str) -> bool:
    return name.lower().endswith(ending)


@dataclass
class _Form:
    """The parts of a form as they come; one of a file is written, another kept."""

    room: Path
    paths: list[Path] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    is_whole: bool = False
    _headers: Message = field(default_factory=Message)
    _heading: bytearray = field(default_factory=bytearray)
    _text: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _file: BinaryIO | None = None
    _ended: bool = False

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._of_heading,
            "on_header_value": self._of_text,
            "on_header_end": self._header,
            "on_headers_finished": self._headed,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def whole(self) -> Upload:
        """What was received, when it is whole and has a file that is not empty."""
        if not self._ended:
            raise _malformed("a form that breaks off")
        if not self.paths:
            raise _malformed("no file")
        for path in self.paths:
            if not path.stat().st_size:
                raise InputError(
                    f"{path.name} is empty",
                    code="upload_empty",
                    where=path.name,
                    expected="a file with rows",
                    found="0 bytes",
                    remedy="send the file again",
                )
        return Upload(self.room, tuple(self.paths), self.fields)

    def close(self) -> None:
        """Close what is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._headers = Message()
        self._value.clear()

    def _of_heading(self, data: bytes, start: int, end: int) -> None:
        self._heading += data[start:end]

    def _of_text(self, data: bytes, start: int, end: int) -> None:
        self._text += data[start:end]

    def _header(self) -> None:
        self._headers[self._heading.decode("latin-1")] = self._text.decode("latin-1")
        self._heading.clear()
        self._text.clear()

    def _headed(self) -> None:
        _, said = parse_options_header(self._headers.get("content-disposition", ""))
        self._name = said.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in said:
            if len(self.fields) >= _FIELDS_MAX:
                raise _malformed(f"more than {_FIELDS_MAX} fields")
            return
        if len(self.paths) >= UPLOAD_FILES:
            raise TooLargeError(
                "too many files at once",
                code="upload_too_many",
                expected=f"up to {UPLOAD_FILES} files",
                found=f"more than {UPLOAD_FILES}",
                remedy="send them in several requests",
            )
        # Each in a folder of its own: two files of one name stay two.
        path = self.room / str(len(self.paths)) / safe_name(said[b"filename"].decode("utf-8", "replace"))
        path.parent.mkdir()
        self.paths.append(path)
        self._file = path.open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _FIELD_BYTES:
            raise _malformed(f"a field of more than {_FIELD_BYTES:,} bytes")

    def _end(self) -> None:
        if self._file is None:
            self.fields[self._name] = self._value.decode("utf-8", "replace")
        self.close()

    def _all(self) -> None:
        self._ended = True


def _require_size(size: int) -> None:
    if size > UPLOAD_BYTES:
        raise TooLargeError(
            "the upload is too large",
            code="upload_too_large",
            expected=f"up to {UPLOAD_BYTES:,} bytes",
            found=f"more than {UPLOAD_BYTES:,} bytes",
            remedy="pack it with gzip, split it, or import it on the command line, which has no limit",
        )


def _malformed(found: str) -> UsageError:
    return UsageError(
        "this is no form of files",
        code="upload_malformed",
        expected="multipart/form-data with one file or more in the field files",
        found=found,
        remedy="send it as a browser or `curl -F files=@items.csv` does",
    )


def kept_upload(folder: Path, upload_id: str) -> Upload:
    """Files received before and not yet worked with. Raises `NotFoundError` where they are gone."""
    room = folder / _FOLDER / upload_id
    paths = sorted(room.glob("*/*")) if _ROOM.fullmatch(upload_id) and room.is_dir() else []
    if not paths:
        raise NotFoundError(
            "the uploaded file is here no longer",
            code="upload_unknown",
            expected="a file that was sent and not yet imported",
            found=upload_id[:100],
            remedy="send the file again",
        )
    return Upload(room, tuple(paths), {})
