"""Questions that take long: they end in time, or when nobody waits, and hold nobody else up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import upswell
import upswell.interfaces.server.app as server_app
from tests.interfaces.server.people import answer_of, listening, served
from upswell.engines import running
from upswell.engines.running import running_on
from upswell.errors import QuestionEndedError
from upswell.ledger.reader import BookReader

HEAVY = "select count(*) from range(10000000000) as one, range(1000000) as other where one.range = -other.range - 1"


class Slow:
    """Makes every question of a book take for ever; tells when one began, and when it was ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        self.questions: list[object] = []
        self.is_slow = True
        execute = BookReader.execute

        def slowly(reader: BookReader, query: str, parameters: Any = None) -> Any:
            if not self.is_slow:
                return execute(reader, query, parameters)
            self.questions.append(running._asked.get())
            self.began.set()
            try:
                with running_on(reader._connection):
                    reader._connection.execute(HEAVY).fetchall()
            except QuestionEndedError:
                self.ended.set()
                raise
            raise AssertionError("nobody ended it")

        monkeypatch.setattr(BookReader, "execute", slowly)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    # What is rendered before anybody asks would be slow, too.
    monkeypatch.setattr(server_app, "warm_pages", lambda *_: None)
    return Slow(monkeypatch)


def lasting() -> list[threading.Thread]:
    """The threads that are there when those that interrupt a query, which last milliseconds, have ended."""
    for each in threading.enumerate():
        if each.name == "interrupt":
            each.join()
    return threading.enumerate()


@pytest.fixture(autouse=True)
def same_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    more = [each.name for each in set(lasting()) - before if "timer" not in each.name.lower()]
    assert [name for name in more if not name.startswith(("AnyIO", "asyncio", "Thread-"))] == []


def test_a_question_that_takes_too_long_is_ended_and_the_next_one_is_answered(acme: Path, slow: Slow) -> None:
    with served(acme, seconds_max=0.2) as client:
        for _ in range(3):
            answer = client.get("/customers")
            assert answer.status_code == 503
            assert "it took longer than 0.2 s" in answer.text
            assert "That took too long" in answer.text
        assert all(isinstance(each, running.Question) for each in slow.questions)
        assert len(set(slow.questions)) == 3
        slow.is_slow = False
        assert "Bolt" in client.get("/customers").text
        running_now = len(lasting())
        slow.is_slow = True
        for _ in range(5):
            assert client.get("/movements").status_code == 503
        assert len(lasting()) <= running_now


def test_the_question_of_a_client_that_leaves_is_ended(acme: Path, slow: Slow) -> None:
    with listening(acme) as live:
        connection = live.ask("/customers")
        assert slow.began.wait(20)
        connection.close()
        assert slow.ended.wait(20), "the query went on for nobody"
        slow.is_slow = False
        status, said = live.say("/customers")
        assert (status, "Bolt" in said) == (200, True)


def test_fifty_who_wait_for_one_slow_question_hold_up_neither_health_nor_each_other(acme: Path, slow: Slow) -> None:
    with listening(acme) as live:
        crowd = [live.ask("/customers") for _ in range(50)]
        assert slow.began.wait(20)
        assert live.say("/healthz")[0] == 200
        assert len(slow.questions) == 1, "what many ask for is made once"
        slow.is_slow = False
        for each in crowd[:40]:
            each.close()
        assert slow.ended.wait(20)
        assert {answer_of(each)[0] for each in crowd[40:]} == {200}


def test_a_server_that_stops_ends_its_questions(acme: Path, slow: Slow) -> None:
    with listening(acme) as live:
        live.ask("/customers")
        assert slow.began.wait(20)
        live.app.state.desk.questions.end("the server stops")
        assert slow.ended.wait(20)
        status, said = live.say("/movements")
        assert (status, "the server stops" in said) == (503, True)


@pytest.mark.parametrize(
    "ask", [lambda reader: reader.execute("select 1"), lambda reader: reader.make("x", "select 1")]
)
def test_a_question_that_was_ended_before_it_began_is_refused(acme: Path, ask: Callable[[BookReader], object]) -> None:
    workspace = upswell.open(acme)
    with workspace._readers.reader(workspace.book(), workspace.policy(None)) as reader:
        questions = running.OpenQuestions()
        questions.end("enough")
        with questions.asked(), pytest.raises(QuestionEndedError, match="enough"):
            ask(reader)
        assert reader.execute("select 1").fetchone() == (1,)
