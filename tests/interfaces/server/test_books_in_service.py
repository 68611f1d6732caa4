"""Books that change under the readers: the former one answers until the new one is ready, and no page has both."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

import upswell
from tests.interfaces.server.people import TestClient, desk_of, proof_of, served
from upswell.errors import UsageError
from upswell.interfaces.server.desk import Desk, Kept
from upswell.workspace import Workspace

MORE = "customer_id,product_id,plan_id,starts_at,quantity,unit_amount\nElm,CRM,Team,2025-01-10,5,20.00\n"
_BOOK = re.compile(r"<p>Book (b-\d+) ")


def book_of(page: str) -> str:
    found = _BOOK.search(page)
    assert found is not None, page
    return found[1]


def import_more(folder: Path) -> None:
    more = folder.parent / "more.csv"
    more.write_text(MORE, "utf-8")
    upswell.open(folder).import_file(more, table="items")


def test_while_a_book_is_built_the_former_one_answers_and_no_page_has_both(client: TestClient, acme: Path) -> None:
    assert book_of(client.get("/customers").text) == "b-000001"
    import_more(acme)
    job_page = client.post("/data/build", data={"csrf": proof_of(client)}).headers["location"]
    desk = desk_of(client)
    job = desk.jobs.get(job_page.rpartition("/")[2])
    seen: dict[str, set[bool]] = {}
    answered_meanwhile = 0
    while job.state == "running":
        page = client.get("/customers")
        assert page.status_code == 200
        answered_meanwhile += job.state == "running"
        seen.setdefault(book_of(page.text), set()).add("Elm" in page.text)
        desk.jobs.wait(job, seen=len(job.lines), seconds=0.5)
    assert job.error is None
    assert answered_meanwhile > 1
    last = client.get("/customers")
    seen.setdefault(book_of(last.text), set()).add("Elm" in last.text)
    assert seen == {"b-000001": {False}, "b-000002": {True}}
    assert client.get(job_page).status_code == 200


def wait_for_service(desk: Desk, book_id: str) -> None:
    for _ in range(200):
        if desk.answers().book().book_id == book_id:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{book_id} never came into service")


def test_a_book_that_somebody_else_built_comes_into_service_by_itself(client: TestClient, acme: Path) -> None:
    assert book_of(client.get("/customers").text) == "b-000001"
    import_more(acme)
    upswell.open(acme).build()
    wait_for_service(desk_of(client), "b-000002")
    page = client.get("/customers").text
    assert (book_of(page), "Elm" in page) == ("b-000002", True)


def test_views_that_are_rendered_before_a_build_is_entered_in_the_log_stay_good(acme: Path) -> None:
    workspace = upswell.open(acme)
    said, booked = workspace.state.version(), len(workspace.audit(action="build"))
    workspace.build()
    assert len(workspace.audit(action="build")) == booked + 1
    assert workspace.state.version() == said
    workspace.add_note("Elm", text="came back")
    assert workspace.state.version() > said


@pytest.mark.parametrize(
    ("page", "question"), [("/definitions?with=recurly", "compare_policies"), ("/reconcile?against=x", "reconcile")]
)
def test_a_page_that_tells_of_a_problem_is_made_anew_for_the_next_reader(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, page: str, question: str
) -> None:
    told = iter(("the first problem", "the second problem"))

    def refuse(*_: Any, **__: Any) -> Any:
        raise UsageError(next(told), code="refused", remedy="ask again")

    monkeypatch.setattr(Workspace, question, refuse)
    monkeypatch.setattr(Workspace, "sources", lambda _: (("x", None),))
    first, second = client.get(page), client.get(page)
    assert ("the first problem" in first.text, "etag" in first.headers) == (True, False)
    assert "the second problem" in second.text


def test_a_book_that_is_swept_under_a_served_one_is_no_fault(client: TestClient, acme: Path) -> None:
    assert book_of(client.get("/customers").text) == "b-000001"
    import_more(acme)
    upswell.open(acme).build()
    shutil.rmtree(acme / "books" / "b-000001")
    for path in ("/customers", "/movements", "/", "/data"):
        assert client.get(path).status_code == 200
    assert book_of(client.get("/customers").text) == "b-000002"


def test_a_book_that_is_swept_while_it_answers_asks_for_patience(
    client: TestClient, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/movements").status_code == 200
    ask = Workspace.customers

    def sweep_first(workspace: Workspace, **asked: Any) -> Any:
        if workspace.book().book_id == "b-000001" and (acme / "books" / "b-000001").exists():
            upswell.open(acme).build()
            shutil.rmtree(acme / "books" / "b-000001")
        return ask(workspace, **asked)

    monkeypatch.setattr(Workspace, "customers", sweep_first)
    answer = client.get("/customers?search=o")
    assert (answer.status_code, "another book took the place" in answer.text) == (503, True)
    assert book_of(client.get("/customers?search=o").text) == "b-000002"


def test_a_book_that_is_damaged_and_the_only_one_is_said_to_be(client: TestClient, acme: Path) -> None:
    shutil.rmtree(acme / "books" / "b-000001")
    answer = client.get("/customers?search=x")
    assert answer.status_code == 500
    assert "damaged" in answer.text
    assert str(acme) not in answer.text


def test_a_book_that_took_long_to_prepare_does_not_take_the_place_of_a_later_one(acme: Path) -> None:
    held, reached = threading.Event(), threading.Event()

    def warm(_: Desk, workspace: Workspace) -> None:
        if workspace.book().book_id == "b-000002":
            reached.set()
            assert held.wait(20)

    desk = Desk(acme, warmers=(warm,))
    desk.open()
    upswell.open(acme).build()
    assert desk.answers().book().book_id == "b-000001"
    assert reached.wait(20)
    upswell.open(acme).build()
    wait_for_service(desk, "b-000003")
    held.set()
    desk.close()
    assert desk.answers().book().book_id == "b-000003"


def test_a_view_that_fails_keeps_no_book_from_service(acme: Path) -> None:
    def warm(_: Desk, workspace: Workspace) -> None:
        raise RuntimeError(workspace.book().book_id)

    desk = Desk(acme, warmers=(warm,))
    desk.open()
    upswell.open(acme).build()
    wait_for_service(desk, "b-000002")
    desk.close()


def test_an_answer_that_many_ask_for_is_made_once_and_again_after_a_failure() -> None:
    kept, made = Kept(), list[str]()

    def fails() -> str:
        made.append("failed")
        raise ValueError("no answer")

    def make() -> str:
        made.append("made")
        return "answer"

    with pytest.raises(ValueError, match="no answer"):
        kept.get("key", fails)
    threads = [threading.Thread(target=kept.get, args=("key", make)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["failed", "made"]


def test_a_reader_without_rights_to_them_sees_no_jobs_of_others_fail(acme: Path) -> None:
    with served(acme) as client:
        assert client.get(f"/jobs/{'0' * 16}").status_code == 404
        assert client.get(f"/jobs/{'0' * 16}/lines").status_code == 404
