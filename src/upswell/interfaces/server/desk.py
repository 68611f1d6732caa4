"""The workspace as the server sees it: the book in service, what is kept of its answers, and the work that runs.

    desk = Desk(folder)
    desk.answers().metrics("expansion_mrr")      the book in service; one request, one book
    desk.workspace.add_note(...)                 the workspace as it is now, for what writes

A book built meanwhile, by this process or another, comes into service by itself: first its default views are rendered,
then every request is answered from it. Until then the former book answers, which is as true as it was.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Final

from upswell.engines.running import OpenQuestions, require_asked
from upswell.errors import BookError, NoBookError, QuestionEndedError, UpswellError
from upswell.interfaces.server.faults import told_of
from upswell.interfaces.server.jobs import Jobs
from upswell.interfaces.server.uploads import sweep_uploads
from upswell.ledger.books import BookManifest
from upswell.workspace import Workspace, open_workspace
from upswell.workspace.settings import FILE_NAME

Warmer = Callable[["Desk", Workspace], None]
_KEPT_BYTES: Final = 64 * 2**20
_LOOKS_UP_EVERY: Final = 0.2
_ENDS_WITHIN: Final = 10.0
_BOOKS: Final = "books"
_logger = logging.getLogger("upswell.server")


@dataclass(frozen=True)
class _Service:
    workspace: Workspace
    book: BookManifest


class Kept:
    """Rendered answers by key, the least used of which go first; one that is being made is made once."""

    def __init__(self, bytes_max: int = _KEPT_BYTES) -> None:
        self._bytes_max = bytes_max
        self._ready = Condition(Lock())
        self._answers: OrderedDict[object, str] = OrderedDict()
        self._making: set[object] = set()
        self._size = 0

    def get(self, key: object, make: Callable[[], str], *, lasts: Callable[[], bool] = lambda: True) -> str:
        """The answer under `key`, made by `make` where there is none; who comes meanwhile waits for it. One that
        does not last is not kept.
        """
        with self._ready:
            while key in self._making:
                self._ready.wait(timeout=_LOOKS_UP_EVERY)
                require_asked()
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            self._making.add(key)
        try:
            answer = make()
            if not lasts():
                return answer
            with self._ready:
                self._answers[key] = answer
                self._size += len(answer)
                while self._size > self._bytes_max and len(self._answers) > 1:
                    self._size -= len(self._answers.popitem(last=False)[1])
            return answer
        finally:
            with self._ready:
                self._making.discard(key)
                self._ready.notify_all()

    def holds(self, key: object) -> bool:
        """Whether there is an answer under `key`."""
        with self._ready:
            return key in self._answers

    def put(self, key: object, answer: str) -> None:
        """Keep an answer that was made before."""
        self.get(key, lambda: answer)


class Desk:
    """What every request finds: the book in service, kept answers, and jobs."""

    def __init__(self, folder: Path, *, warmers: tuple[Warmer, ...] = ()) -> None:
        self.folder = folder
        self.kept = Kept()
        self.jobs = Jobs(folder)
        self.questions = OpenQuestions()
        self._warmers = warmers
        self._lock = Lock()
        self._opened = open_workspace(folder)
        self._stamp = self._stamp_of_settings()
        self._service: _Service | None = None
        self._preparing: BookManifest | None = None
        self._threads: set[Thread] = set()

    def open(self) -> None:
        """Let go of what a former server left, and begin to render, where there is a book."""
        self.questions.begin()
        sweep_uploads(self.folder)
        with suppress(BookError):
            self.answers()

    def close(self) -> None:
        """End whatever runs, and wait until it has ended."""
        self.questions.end("the server stops")
        self.jobs.stop()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_ENDS_WITHIN)

    @property
    def workspace(self) -> Workspace:
        """The workspace as it is now; settings edited since are in force."""
        stamp = self._stamp_of_settings()
        with self._lock:
            if stamp != self._stamp:
                self._opened, self._stamp = open_workspace(self.folder), stamp
                self._service = None
            return self._opened

    def answers(self) -> Workspace:
        """The workspace with the book in service. Raises `BookError` where there is none yet."""
        live = self.workspace
        try:
            current = live.book()
        except BookError as error:
            if error.code == "no_book" or self._service is None:
                raise
            # A pointer that cannot be read is no reason to stop: the book in service is whole.
            current = self._service.book
        with self._lock:
            service = self._service
            if service is not None and self._is_there(service.book):
                if current not in (service.book, self._preparing):
                    pinned = live.pinned()
                    self._preparing = pinned.book()
                    self._begin(self._prepare, pinned)
                return service.workspace
            pinned = live.pinned()
            self._service = _Service(pinned, pinned.book())
            self._begin(self._warm, pinned)
        return pinned

    def book_built(self) -> None:
        """Bring the book that was just built into service before the one who built it looks at it."""
        try:
            pinned = self.workspace.pinned()
        except NoBookError:
            # Rows were imported, and nothing is built of them yet.
            return
        with self._lock:
            if self._service is None:
                return
            self._preparing = pinned.book()
        self._prepare(pinned)

    def was_swept(self, error: BookError) -> bool:
        """Whether the book that `error` is about is no longer there: another one took its place meanwhile."""
        shelf = self.folder / _BOOKS
        if error.code != "book_damaged" or error.where is None or not Path(error.where).is_relative_to(shelf):
            return False
        book_id = Path(error.where).relative_to(shelf).parts[0]
        try:
            return not (shelf / book_id).exists() and self.workspace.book().book_id != book_id
        except BookError:
            return False

    def _begin(self, work: Callable[[Workspace], None], pinned: Workspace) -> None:
        """Begin `work` beside the requests; who calls this holds the lock."""

        def run() -> None:
            try:
                work(pinned)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = Thread(target=run, daemon=True, name=work.__name__.strip("_"))
        self._threads.add(thread)
        thread.start()

    def _prepare(self, pinned: Workspace) -> None:
        book = pinned.book()
        self._warm(pinned)
        with self._lock:
            if self._preparing != book:
                # A later book is being prepared: this one is not to take its place.
                return
            self._service = _Service(pinned, book)
            self._preparing = None
        _logger.info("book in service", extra={"book": book.book_id})

    def _warm(self, pinned: Workspace) -> None:
        for warmer in self._warmers:
            try:
                with self.questions.asked():
                    warmer(self, pinned)
            except QuestionEndedError:
                return
            except UpswellError as error:
                # Whoever asks for that view will be told; the others are not to wait for it.
                _logger.warning("a default view could not be rendered", extra={"code": error.code})
            except Exception as fault:
                _logger.error("a default view could not be rendered", extra=told_of(fault))  # noqa: TRY400 -- safe words

    def _is_there(self, book: BookManifest) -> bool:
        return (self.folder / _BOOKS / book.book_id).is_dir()

    def _stamp_of_settings(self) -> tuple[int, int] | None:
        try:
            found = (self.folder / FILE_NAME).stat()
        except OSError:
            # Whoever opens the workspace then is told what is wrong.
            return None
        return found.st_mtime_ns, found.st_size
