"""The log and the errors: every line is JSON, every request can be found, and no secret, name or place is in them."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.server.people import (
    PASSWORD,
    TestClient,
    cookies_in,
    proof_in,
    served,
    session_of,
)
from upswell.interfaces.server import run
from upswell.interfaces.server.guard import Guard
from upswell.workspace import Workspace

ITEMS = b"customer_id,product_id,plan_id,starts_at,quantity,unit_amount\nHushHush Ltd,CRM,Team,2025-01-10,5,20.00\n"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What `upswell serve` would write."""
    written = io.StringIO()
    loggers = [logging.getLogger(name) for name in (None, "upswell", "uvicorn")]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    told = run._logging()
    told["handlers"]["lines"]["stream"] = written
    logging.config.dictConfig(told)
    yield written
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


def lines_of(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_day_of_work_leaves_no_secret_and_no_name_in_the_log(
    firm: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(firm) as client:
        answers = [client.post("/login", data={"name": "admin", "password": PASSWORD})]
        cookie = cookies_in(answers[0])[0].partition(";")[0]
        client.cookies.clear()
        me = {"Cookie": cookie}
        answers.append(client.get("/settings", headers=me))
        proof = proof_in(answers[-1].text)
        form = {"name": "nightly", "scope": "viewer", "csrf": proof}
        answers.append(client.post("/settings/tokens", headers=me, data=form))
        token = answers[-1].text.partition('<p class="secret">')[2].partition("</p>")[0]
        answers.append(client.get("/customers/Acme?search=Cedar", headers={"Authorization": f"Bearer {token}"}))
        answers.append(client.get("/customers/NoSuchFirm", headers=me))
        answers.append(client.get("/WhisperPath/upw_nothing", headers=me))
        answers.append(client.get("/download/customers.csv?search=Bolt", headers=me))
        answers.append(client.post("/login", data={"name": "typed-my-Passw0rd-here", "password": "wrong"}))
        sent = client.post(
            "/import", headers=me, data={"csrf": proof, "table": "items"}, files={"files": ("Hush items.csv", ITEMS)}
        )
        answers += [sent, client.get(sent.headers["location"], headers=me)]

        def fails(_: Workspace, customer_id: str, **__: object) -> None:
            raise KeyError(f"{customer_id} {token} {PASSWORD}") from ValueError("select 'Dune Secret'")

        monkeypatch.setattr(Workspace, "customer", fails)
        answers.append(client.get("/customers/Dune?note=Elm", headers=me))
        assert answers[-1].status_code == 500

    text = log.getvalue()
    upload_id = sent.headers["location"].partition("/import/")[2].partition("?")[0]
    secrets = (PASSWORD, token, proof, cookie.partition("=")[2], upload_id, "typed-my")
    names = ("Acme", "Bolt", "Cedar", "Dune", "Elm", "NoSuchFirm", "Whisper", "Hush", str(firm), "search=")
    assert [each for each in (*secrets, *names) if each in text] == []
    lines = lines_of(log)
    asked = {line["request_id"]: line for line in lines if line["message"] == "request"}
    assert [answer.status_code for answer in answers] == [
        asked[answer.headers["x-request-id"]]["status"] for answer in answers
    ]
    assert asked[answers[3].headers["x-request-id"]]["path"] == "/customers/{customer_id:path}"
    (fault,) = [line for line in lines if line["message"] == "fault"]
    assert (fault["request_id"], fault["fault"]) == (answers[-1].headers["x-request-id"], "KeyError from ValueError")
    assert any(place.startswith("interfaces/web/customers.py:") for place in fault["at"])


@pytest.fixture
def failing(firm: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(f"a secret about {firm}")

    monkeypatch.setattr(Workspace, "movement_page", fails)
    with served(firm) as client:
        yield client


def test_a_fault_shows_its_number_and_nothing_else(failing: TestClient, firm: Path) -> None:
    answer = failing.get("/customers/Acme", headers=session_of(firm, "viewer"))
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    for word in ("Traceback", "RuntimeError", "a secret about", str(firm), ".py"):
        assert word not in answer.text


def test_errors_never_show_the_folder(firm: Path) -> None:
    with served(firm) as client:
        me = session_of(firm, "viewer")
        (firm / "books" / "current").write_text("nonsense", "ascii")
        asked = [client.get(path, headers=me) for path in ("/customers", "/data", "/reconcile", "/start", "/closings")]
        (firm / "upswell.toml").write_text("currency = 'EUR\n", "utf-8")
        asked += [client.get(path, headers=me) for path in ("/customers", "/api/v1/openapi.json", "/login")]
        (firm / "upswell.toml").unlink()
        asked += [client.get(path, headers=me) for path in ("/customers", "/settings", "/healthz")]
        for answer in asked:
            assert str(firm) not in answer.text
            assert str(firm.parent) not in answer.text
            assert "Traceback" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert asked[-1].status_code == 200


def test_the_guard_is_what_every_request_goes_through_first(client: TestClient) -> None:
    assert client.app.user_middleware[0].cls is Guard  # type: ignore[attr-defined]
