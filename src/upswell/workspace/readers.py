"""Books held open between questions, so that the second question about a book does not begin from nothing.

A reader belongs to one book under one policy. It keeps its answers and whatever it rolled up; both are right for as
long as the book's files are what they were, which is looked at before each answer. One question is answered at a time:
a DuckDB connection is no place for two threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Final

from upswell.errors import UsageError
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.reader import BookReader
from upswell.policy import Policy

_OPEN_MAX: Final = 4
_Key = tuple[str, str, str]


class Readers:
    """The readers of one workspace."""

    def __init__(self, shelf: BookShelf) -> None:
        self._shelf = shelf
        self._lock = Lock()
        self._open: OrderedDict[_Key, BookReader] = OrderedDict()

    @contextmanager
    def reader(self, manifest: BookManifest, policy: Policy) -> Iterator[BookReader]:
        """The reader of a book under `policy`, for one question."""
        key = (manifest.book_id, manifest.created_at.isoformat(), policy.content_hash())
        with self._lock:
            reader = self._open.pop(key, None)
            if reader is None:
                reader = BookReader(manifest, policy, verified=partial(self._shelf.verified, manifest))
            try:
                yield reader
            except UsageError:
                self._keep(key, reader)
                raise
            except BaseException:
                reader.close()
                raise
            self._keep(key, reader)

    def _keep(self, key: _Key, reader: BookReader) -> None:
        self._open[key] = reader
        while len(self._open) > _OPEN_MAX:
            self._open.popitem(last=False)[1].close()
