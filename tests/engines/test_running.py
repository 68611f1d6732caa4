"""A question that is ended: its query stops, who waits waits no longer, and the connection serves the next one."""

from __future__ import annotations

from contextlib import closing
from threading import Event, Lock, Thread

import duckdb
import pytest

from upswell.engines.running import Question, running_on, waiting_for
from upswell.errors import QuestionEndedError

FOREVER = "select count(*) from range(100000000000) as one(i), range(1000) as two(j) where (i * j) % 7 = 3"


def test_a_query_is_stopped_from_another_thread() -> None:
    question, begun = Question(), Event()
    said: list[object] = []

    def ask() -> None:
        with question.asked(), closing(duckdb.connect()) as connection:
            try:
                with running_on(connection):
                    begun.set()
                    connection.execute(FOREVER)
            except QuestionEndedError as error:
                said.append((error.code, error.message))
            # The connection is as good as before.
            said.append(connection.execute("select 1").fetchone())

    thread = Thread(target=ask)
    thread.start()
    begun.wait()
    question.end("nobody waits")
    thread.join()
    assert said == [("question_ended", "the question was given up: nobody waits"), (1,)]


def test_what_comes_after_the_end_is_refused() -> None:
    question = Question()
    question.end("its time is over")
    with question.asked(), closing(duckdb.connect()) as connection:
        with pytest.raises(QuestionEndedError, match="its time is over"), running_on(connection):
            raise AssertionError("nothing runs")
        question.end("a later reason changes nothing")
        with pytest.raises(QuestionEndedError, match="its time is over"):
            question.require_asked()


def test_who_waits_for_a_lock_of_another_question_waits_no_longer() -> None:
    lock, question, said = Lock(), Question(), []

    def ask() -> None:
        with question.asked():
            try:
                with waiting_for(lock):
                    said.append("held")
            except QuestionEndedError as error:
                said.append(error.code)

    with lock:
        thread = Thread(target=ask)
        thread.start()
        question.end("nobody waits")
        thread.join()
    assert said == ["question_ended"]
    assert not lock.locked()


def test_without_a_question_nothing_is_watched() -> None:
    lock = Lock()
    with waiting_for(lock), closing(duckdb.connect()) as connection, running_on(connection):
        assert connection.execute("select 1").fetchone() == (1,)
    assert not lock.locked()
