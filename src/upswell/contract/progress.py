"""Telling how far long work is: `reading items.csv 43 %`, about once a second.

DuckDB works while Python waits, so a second thread asks it how far it is. Short work says its one
line and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from upswell.contract.records import Progress

_SECONDS: Final = 1.0
_DONE: Final = 100


@contextmanager
def reporting(connection: duckdb.DuckDBPyConnection, progress: Progress | None, what: str) -> Iterator[None]:
    """Report `what` now and its percentage while the body runs; nothing without `progress`."""
    if progress is None:
        yield
        return
    progress(what)
    connection.execute("set enable_progress_bar = true")
    connection.execute("set enable_progress_bar_print = false")
    finished = threading.Event()
    watcher = threading.Thread(target=_watch, args=(connection, progress, what, finished), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


def _watch(
    connection: duckdb.DuckDBPyConnection,
    progress: Progress,
    what: str,
    finished: threading.Event,
) -> None:
    last = 0
    while not finished.wait(_SECONDS):
        percent = int(connection.query_progress())
        if last < percent < _DONE:
            last = percent
            progress(f"{what} {percent} %")
