"""Books on a shelf: immutable folders, a pointer, and digests that notice a flipped byte.

`books/current` holds one line, `b-000007 <sha256 of its book.json>`; book.json holds the sha256 of every file
of the book. Publishing is: write the draft folder, fsync, rename it, replace the pointer. A reader follows the
pointer once and then reads files that nobody will change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from upswell.errors import BookError, NoBookError
from upswell.policy import Policy

# A book of another format is built again: its files would be read as something they are not.
_FORMAT: Final = 6
_POINTER: Final = re.compile(r"(b-\d{6,}) ([0-9a-f]{64})\s*")
_DRAFT_PREFIX: Final = "draft-"
# The current book and two former ones: a reader that opened a book before two later builds still finds its files.
_BOOKS_KEPT: Final = 3
# Longer than the coarsest times that a file system keeps.
_TICK_NS: Final = 3_000_000_000


@dataclass(frozen=True)
class _Stamp:
    """What the file system says of a file; another one after any write to it."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> _Stamp:
        """The stamp of the file `path` as it is now."""
        status = path.stat()
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def is_settled(self) -> bool:
        """Whether a write from now on is sure to get a later time: clocks of file systems tick slowly."""
        return max(self.modified_ns, self.changed_ns) < time.time_ns() - _TICK_NS


class PolicyRecord(BaseModel):
    """A policy as a book remembers it: its name, every switch, and the hash of the switches."""

    model_config = ConfigDict(frozen=True)
    name: str
    hash: str
    policy: Policy

    @classmethod
    def of(cls, policy: Policy) -> PolicyRecord:
        """The record of `policy`."""
        return cls(name=policy.name, hash=policy.content_hash(), policy=policy)


class BookManifest(BaseModel):
    """What a book was built from.

    `files` maps each file's path inside the book to its sha256; `held_back` counts the rows in quarantine when it was
    built, which its figures lack.
    """

    model_config = ConfigDict(frozen=True)
    format: int
    book_id: str
    created_at: datetime
    as_of: datetime
    currency: str
    timezone: str
    fingerprint: str
    policies: tuple[PolicyRecord, ...]
    held_back: int = 0
    files: dict[str, str]

    def policy(self, name: str) -> PolicyRecord | None:
        """The record of the policy called `name`, if this book holds it."""
        return next((record for record in self.policies if record.name == name), None)


class BookDraft:
    """A book being written; `publish` makes it the current one."""

    def __init__(self, shelf: BookShelf, folder: Path, book_id: str) -> None:
        self._shelf = shelf
        self._book_id = book_id
        self.folder = folder

    def publish(
        self,
        *,
        as_of: datetime,
        currency: str,
        timezone: str,
        fingerprint: str,
        policies: tuple[PolicyRecord, ...],
        held_back: int,
    ) -> BookManifest:
        """Seal the draft with its manifest and move the pointer to it."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        manifest = BookManifest(
            format=_FORMAT,
            book_id=self._book_id,
            created_at=datetime.now(UTC),
            as_of=as_of,
            currency=currency,
            timezone=timezone,
            fingerprint=fingerprint,
            policies=policies,
            held_back=held_back,
            files={path.relative_to(self.folder).as_posix(): _digest(path, sync=True) for path in files},
        )
        self._shelf.shelve(self.folder, manifest)
        return manifest


class BookShelf:
    """The folder `books/` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._verified: dict[Path, _Stamp] = {}

    def current(self) -> BookManifest:
        """The current book's manifest, its own digest verified.

        Raises `BookError` when there is no book yet, when it has another format, or when the manifest is damaged.
        """
        book_id, digest = self._pointer()
        path = self._folder / book_id / "book.json"
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise self._damaged(path)
            manifest = BookManifest.model_validate_json(content)
        except (OSError, ValidationError) as error:
            raise self._damaged(path) from error
        if manifest.format != _FORMAT:
            raise BookError(
                f"the current book was written by another release of Upswell: it has format {manifest.format}",
                code="book_format",
                where=str(path),
                expected=f"format {_FORMAT}",
                found=f"format {manifest.format}",
                remedy="run `upswell build` to make the book again from the imports; the figures follow from them",
            )
        return manifest

    def has_book(self) -> bool:
        """Whether a book was ever published here."""
        return (self._folder / "current").exists()

    def open_folder(self, manifest: BookManifest) -> Path:
        """The folder of a book whose every file was verified against its digest.

        Raises `BookError` naming the first file that is missing or differs.
        """
        folder = self._folder / manifest.book_id
        for name, digest in manifest.files.items():
            path = folder / name
            try:
                same = _digest(path) == digest
            except OSError as error:
                raise self._damaged(path) from error
            if not same:
                raise self._damaged(path)
        return folder

    def verified(self, manifest: BookManifest, name: str) -> Path:
        """One file of a book, verified against its digest since anybody last wrote to it.

        A file is read in full when it is first asked for and whenever its size, its times or its place on the disk are
        others than then. Raises `BookError` when it is missing or differs.
        """
        path = self._folder / manifest.book_id / name
        try:
            stamp = _Stamp.of(path)
            if self._verified.get(path) == stamp:
                return path
            same = _digest(path) == manifest.files.get(name)
        except OSError as error:
            raise self._damaged(path) from error
        if not same:
            self._verified.pop(path, None)
            raise self._damaged(path)
        if stamp.is_settled():
            self._verified[path] = stamp
        return path

    @contextmanager
    def new_book(self) -> Iterator[BookDraft]:
        """A draft that disappears unless it is published."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sweep_drafts()
        book_id = f"b-{self._last_number() + 1:06d}"
        folder = self._folder / f"{_DRAFT_PREFIX}{book_id}"
        folder.mkdir()
        try:
            yield BookDraft(self, folder, book_id)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def shelve(self, draft: Path, manifest: BookManifest) -> None:
        """Rename the draft to its final name and point to it; then let the oldest books go."""
        content = manifest.model_dump_json(indent=1).encode()
        _write_synced(draft / "book.json", content)
        for folder in (*(path for path in draft.rglob("*") if path.is_dir()), draft):
            _sync_folder(folder)
        final = self._folder / manifest.book_id
        draft.rename(final)
        _sync_folder(self._folder)
        pointer = self._folder / "current.new"
        _write_synced(pointer, f"{manifest.book_id} {hashlib.sha256(content).hexdigest()}\n".encode())
        pointer.replace(self._folder / "current")
        _sync_folder(self._folder)
        self._sweep_old(manifest.book_id)

    def copy_to(self, folder: Path, manifest: BookManifest) -> None:
        """Make the book `manifest`, every file verified, the current one of another shelf, the folder `folder`.

        Its files are the same files on the disk where that can be (they never change), and copies where it cannot.
        """
        source = self.open_folder(manifest)
        shutil.rmtree(folder, ignore_errors=True)
        draft = folder / f"{_DRAFT_PREFIX}{manifest.book_id}"
        for name in manifest.files:
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(source / name)
            except OSError:
                shutil.copyfile(source / name, target)
        BookShelf(folder).shelve(draft, manifest)

    def keep_only_current(self) -> None:
        """Remove whatever else lies on the shelf: former books, drafts, books as of former times."""
        current, _ = self._pointer()
        for path in self._folder.iterdir():
            if path.is_dir() and path.name != current:
                shutil.rmtree(path)

    def _pointer(self) -> tuple[str, str]:
        path = self._folder / "current"
        try:
            pointer = _POINTER.fullmatch(path.read_text("ascii"))
        except FileNotFoundError as error:
            raise NoBookError(
                "this workspace has no book yet",
                code="no_book",
                where=str(self._folder),
                remedy="import a file, then run `upswell build`",
            ) from error
        except (OSError, ValueError) as error:
            raise self._damaged(path) from error
        if pointer is None:
            raise self._damaged(path)
        return pointer[1], pointer[2]

    def _damaged(self, path: Path) -> BookError:
        former = [book for book in self._book_ids() if book not in str(path)]
        kept = f"; {former[-1]} is still there" if former else ""
        return BookError(
            f"the current book is damaged: {path.name} is not what was written",
            code="book_damaged",
            where=str(path),
            expected="the content whose digest was stored when the book was built",
            found=f"a missing, unreadable or changed file{kept}",
            remedy="run `upswell build` to make the book again from the imports, or `upswell restore` a backup",
        )

    def _book_ids(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.glob("b-*") if path.is_dir())

    def _last_number(self) -> int:
        return max((int(book_id.removeprefix("b-")) for book_id in self._book_ids()), default=0)

    def _sweep_drafts(self) -> None:
        for path in self._folder.glob(f"{_DRAFT_PREFIX}*"):
            shutil.rmtree(path, ignore_errors=True)

    def _sweep_old(self, current: str) -> None:
        for book_id in self._book_ids()[:-_BOOKS_KEPT]:
            if book_id != current:
                shutil.rmtree(self._folder / book_id, ignore_errors=True)


def _digest(path: Path, *, sync: bool = False) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if sync:
            os.fsync(file.fileno())
    return digest


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
