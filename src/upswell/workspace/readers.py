"""Books held open between questions, so that the second question about a book does not begin from nothing.

A reader belongs to one book under one policy. It keeps its answers and whatever it rolled up; both are right for as
long as the book's files are what they were, which is looked at before each answer. One question is answered at a time:
a DuckDB connection is no place for two threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Final, TypeVar, cast

from upswell.engines import running
from upswell.errors import QuestionEndedError, UsageError
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.reader import BookReader
from upswell.policy import Policy

_OPEN_MAX: Final = 4
_ANSWERS_MAX: Final = 16
_Answer = TypeVar("_Answer")
_Key = tuple[str, str, str]


@dataclass
class _Slot:
    """The place of one reader; who holds its lock may use it."""

    lock: Lock = field(default_factory=Lock)
    reader: BookReader | None = None
    askers: int = 0


class Readers:
    """The readers of one workspace."""

    def __init__(self, shelf: BookShelf) -> None:
        self._shelf = shelf
        self._lock = Lock()
        self._open: OrderedDict[_Key, _Slot] = OrderedDict()
        self._answers: OrderedDict[Hashable, object] = OrderedDict()

    @contextmanager
    def reader(self, manifest: BookManifest, policy: Policy) -> Iterator[BookReader]:
        """The reader of a book under `policy`, for one question; questions to other books do not wait for it."""
        with self._slot((manifest.book_id, manifest.created_at.isoformat(), policy.content_hash())) as slot:
            if slot.reader is None:
                slot.reader = BookReader(manifest, policy, verified=partial(self._shelf.verified, manifest))
            try:
                yield slot.reader
            except (UsageError, QuestionEndedError):
                raise
            except BaseException:
                slot.reader.close()
                slot.reader = None
                raise

    def remembered(self, key: Hashable, make: Callable[[], _Answer]) -> _Answer:
        """What `make` gives, or gave lately under `key`, which names the book and all that the answer is made of.

        For what takes seconds to work out of what was read; reading itself is checked each time, and is not for here.
        """
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return cast("_Answer", self._answers[key])
        answer = make()
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _ANSWERS_MAX:
                self._answers.popitem(last=False)
        return answer

    @contextmanager
    def _slot(self, key: _Key) -> Iterator[_Slot]:
        with self._lock:
            slot = self._open.pop(key, None) or _Slot()
            self._open[key] = slot
            slot.askers += 1
        try:
            with running.waiting_for(slot.lock):
                yield slot
        finally:
            with self._lock:
                slot.askers -= 1
                self._let_go()

    def _let_go(self) -> None:
        """Close the oldest readers that nobody asks, where there are too many."""
        for key in [key for key, slot in self._open.items() if not slot.askers][: max(len(self._open) - _OPEN_MAX, 0)]:
            reader = self._open.pop(key).reader
            if reader is not None:
                reader.close()
