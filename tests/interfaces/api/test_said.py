"""What people say over the API: kept under who said it, the same as by the command."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.interfaces.api.conftest import folder_of
from tests.interfaces.command import done


def test_a_segment_is_saved_asked_by_and_removed(client: TestClient) -> None:
    saved = client.put("/api/v1/segments/german", json={"expression": "country = 'DE'"})
    assert (saved.status_code, saved.json()["data"]["expression"]) == (200, "country = 'DE'")
    rows = client.get("/api/v1/metrics?names=arr&from=2025-05&segment=german").json()["data"]
    assert [row["value"] for row in rows] == ["1920.000000"]
    assert [row["name"] for row in client.get("/api/v1/segments").json()["data"]] == ["german"]
    refused = client.put("/api/v1/segments/german", json={"expression": "planet = 'DE'"})
    assert refused.status_code == 400
    removed = client.delete("/api/v1/segments/german")
    assert removed.json()["data"]["name"] == "german"
    assert client.delete("/api/v1/segments/german").json()["error"]["code"] == "unknown_segment"
    assert client.get("/api/v1/segments").json()["data"] == []


def test_a_note_is_written_and_listed(client: TestClient) -> None:
    written = client.post("/api/v1/notes", json={"subject": "Acme", "text": "renewal is at risk"})
    assert written.status_code == 201
    assert client.get("/api/v1/notes?subject=Acme").json()["data"] == [written.json()["data"]]
    assert client.get("/api/v1/notes?subject=Bolt").json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "Acme"},
        {"subject": "Acme", "text": ""},
        {"subject": "Acme", "text": "\x00"},
        {"subject": "Acme", "text": "x" * 10_001},
        {"subject": "Acme", "text": "x", "kind": "planet"},
        {"subject": "Acme", "text": "x", "author": "somebody else"},
        [],
    ],
)
def test_a_note_of_another_shape_is_refused(client: TestClient, body: object) -> None:
    answer = client.post("/api/v1/notes", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "request_malformed")


def test_a_text_that_is_no_text_is_refused(client: TestClient) -> None:
    body = b'{"subject": "Acme", "text": "\\ud800"}'
    answer = client.post("/api/v1/notes", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "request_malformed")


def test_a_body_larger_than_any_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/notes", json={"subject": "Acme", "text": "x" * 1_100_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_a_month_is_closed_asked_as_reported_and_reopened(client: TestClient) -> None:
    folder = folder_of(client)
    reported = client.get("/api/v1/metrics?names=expansion_mrr&from=2025-04&to=2025-04").json()["data"]
    closed = client.post("/api/v1/closings", json={"month": "2025-04"})
    assert (closed.status_code, closed.json()["data"]["action"]) == (201, "close")
    assert client.post("/api/v1/closings", json={"month": "2025-04"}).json()["error"]["code"] == "month_closed"
    late = folder.parent / "late.csv"
    late.write_text(
        "customer_id,product_id,plan_id,starts_at,quantity,unit_amount\nEver,CRM,Team,2025-04-02,1,20.00\n", "utf-8"
    )
    done("-w", folder, "import", late, "--as", "items")
    stale = client.get("/api/v1/restatements")
    assert (stale.status_code, stale.json()["error"]["code"]) == (400, "policy_needs_build")
    done("-w", folder, "build", "--as-of", "2025-06-01")
    client.app.state.desk.book_built()  # type: ignore[attr-defined]
    [restated] = client.get("/api/v1/restatements").json()["data"]
    assert [line["customer_id"] for line in restated["lines"]] == ["Ever"]
    then = client.get("/api/v1/metrics?names=expansion_mrr&from=2025-04&to=2025-04&as_of=2025-04").json()
    assert then["data"] == reported
    assert then["about"]["standing"].startswith("as reported: 2025-04 closed")
    for path in ("/movements?", "/customers?", "/report/2025-04?", "/cohorts?", "/retention?", "/revenue?", "/rates?"):
        assert client.get(f"/api/v1{path}as_of=2025-04").status_code == 200, path
    # A policy that was not closed with it would have to be computed.
    unknown = client.get("/api/v1/metrics?names=arr&as_of=2025-04&policy=stripe")
    assert unknown.json()["error"]["code"] == "policy_not_in_book"
    assert client.post("/api/v1/closings/2025-04/reopen", json={"reason": " "}).status_code == 400
    opened = client.post("/api/v1/closings/2025-04/reopen", json={"reason": "a late invoice"})
    assert (opened.status_code, opened.json()["data"]["reason"]) == (201, "a late invoice")
    assert client.get("/api/v1/metrics?names=arr&as_of=2025-04").json()["error"]["code"] == "month_not_closed"
    assert client.get("/api/v1/closings").json()["data"] == done("-w", folder, "--format", "json", "closings").json()


def test_a_closed_book_that_is_lacking_is_not_built_by_a_question(client: TestClient) -> None:
    client.post("/api/v1/closings", json={"month": "2025-04"})
    [book] = (folder_of(client) / "books" / "as-of").iterdir()
    book.rename(folder_of(client) / "elsewhere")
    answer = client.get("/api/v1/metrics?names=arr&as_of=2025-04")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "former_book_lacking")
    assert not book.exists()


def test_a_correction_is_tried_entered_and_undone(client: TestClient) -> None:
    body = {"kind": "exclude", "payload": {"customers": ["Dune"]}, "reason": "our own test"}
    tried = client.post("/api/v1/corrections", json=body | {"dry_run": True})
    assert (tried.status_code, tried.json()["data"]["correction"]) == (200, None)
    assert client.get("/api/v1/corrections").json()["data"] == []
    entered = client.post("/api/v1/corrections", json=body)
    assert entered.status_code == 201
    assert entered.json()["data"]["lines"] == tried.json()["data"]["lines"]
    undone = client.post("/api/v1/corrections/1/undo", json={"reason": "a customer after all"})
    assert undone.status_code == 201
    listed = client.get("/api/v1/corrections").json()["data"]
    assert [row["state"] for row in listed] == ["undone by 2", "undoes 1"]
    assert listed == done("-w", folder_of(client), "--format", "json", "corrections").json()
    again = client.post("/api/v1/corrections/1/undo", json={"reason": "once more"})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "correction_not_undoable")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payload": {}}, None),
        ({"payload": {"customers": ["Nobody"]}}, None),
        ({"kind": "erase"}, "request_malformed"),
        ({"reason": "  "}, "reason_missing"),
        ({"policy": "x.toml"}, "policy_file_refused"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(client: TestClient, change: dict[str, object], code: str) -> None:
    body = {"kind": "exclude", "payload": {"customers": ["Dune"]}, "reason": "our own test"}
    answer = client.post("/api/v1/corrections", json=body | change)
    assert answer.status_code == 400
    assert code in (answer.json()["error"]["code"], None)


def test_a_customer_is_forgotten_and_every_figure_stays(client: TestClient) -> None:
    before = client.get("/api/v1/metrics?names=expansion_mrr&names=closing_mrr").json()["data"]
    tried = client.post("/api/v1/customers/Acme/forget", json={"dry_run": True}).json()["data"]
    assert "Acme" in tried["texts"]
    assert client.get("/api/v1/customers/Acme").status_code == 200
    # What was exported names it, too.
    client.get("/api/v1/movements?customer=Acme", headers={"Accept": "text/csv"})
    done_ = client.post("/api/v1/customers/Acme/forget", json={})
    assert done_.status_code == 200, done_.text
    token = done_.json()["data"]["token"]
    assert client.get("/api/v1/customers/Acme").status_code == 404
    assert client.get(f"/api/v1/customers/{token}").status_code == 200
    assert client.get("/api/v1/metrics?names=expansion_mrr&names=closing_mrr").json()["data"] == before
    assert "Acme" not in client.get("/api/v1/audit").text
