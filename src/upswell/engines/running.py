"""What runs for one question, so that it can be ended from another thread.

    question = Question()
    with question.asked():          # in the thread that asks, or the context it is made in
        reader.execute(sql)         # raises QuestionEndedError as soon as the question is ended
    question.end("its time is over")

DuckDB stops a query within milliseconds when it is told to; who waits for a connection that another question uses looks
up every now and then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Thread
from typing import Final

import duckdb

from upswell.errors import QuestionEndedError

_LOOKS_UP_EVERY: Final = 0.1
_SAYS_AGAIN_AFTER: Final = 0.02
_asked: ContextVar[Question | None] = ContextVar("asked", default=None)


class Question:
    """One question, which may be ended while it runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs_on: duckdb.DuckDBPyConnection | None = None
        self._why: str | None = None

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Within this block what is executed belongs to the question."""
        token = _asked.set(self)
        try:
            yield
        finally:
            _asked.reset(token)

    def end(self, why: str) -> None:
        """Stop what runs for the question; what it would run next is refused with `why`. It does not wait."""
        with self._lock:
            is_ended, self._why = self._why is not None, self._why or why
            if is_ended or self._runs_on is None:
                return
        Thread(target=self._interrupt, daemon=True, name="interrupt").start()

    def _interrupt(self) -> None:
        """Interrupt until nothing runs: DuckDB forgets an interrupt that comes just before a query begins."""
        while True:
            with self._lock:
                if self._runs_on is None:
                    return
                self._runs_on.interrupt()
            time.sleep(_SAYS_AGAIN_AFTER)

    @contextmanager
    def on(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Around a query on `connection`, which `end` interrupts."""
        with self._lock:
            self._require_asked()
            self._runs_on = connection
        try:
            yield
        except duckdb.InterruptException as error:
            raise self._ended() from error
        finally:
            with self._lock:
                self._runs_on = None

    def require_asked(self) -> None:
        """Raise `QuestionEndedError` when the question was ended."""
        with self._lock:
            self._require_asked()

    def _require_asked(self) -> None:
        if self._why is not None:
            raise self._ended()

    def _ended(self) -> QuestionEndedError:
        return QuestionEndedError(
            f"the question was given up: {self._why or 'it was interrupted'}",
            code="question_ended",
            remedy="ask for fewer months or a narrower filter, or ask again when less is going on",
        )


class OpenQuestions:
    """The questions that are asked now, all of which can be ended at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[Question] = set()
        self._why: str | None = None

    @contextmanager
    def asked(self) -> Iterator[Question]:
        """Within this block what is executed belongs to a new question."""
        question = Question()
        with self._lock:
            self._open.add(question)
            why = self._why
        if why is not None:
            question.end(why)
        try:
            with question.asked():
                yield question
        finally:
            with self._lock:
                self._open.discard(question)

    def begin(self) -> None:
        """Let questions be asked, again where all were ended before."""
        with self._lock:
            self._why = None

    def end(self, why: str) -> None:
        """End every question, and every later one as soon as it is asked."""
        with self._lock:
            self._why = why
            ended = list(self._open)
        for question in ended:
            question.end(why)


@contextmanager
def running_on(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Around a query on `connection` that may belong to a question."""
    question = _asked.get()
    if question is None:
        yield
        return
    with question.on(connection):
        yield


def require_asked() -> None:
    """Raise `QuestionEndedError` when the question that is asked here, if one is, was ended."""
    question = _asked.get()
    if question is not None:
        question.require_asked()


@contextmanager
def waiting_for(lock: Lock) -> Iterator[None]:
    """Hold `lock`; whoever waits for it for a question that is ended waits no longer."""
    question = _asked.get()
    if question is None:
        lock.acquire()
    else:
        while not lock.acquire(timeout=_LOOKS_UP_EVERY):
            question.require_asked()
    try:
        yield
    finally:
        lock.release()
