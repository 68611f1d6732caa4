"""Lists page by page, as files, and not sent twice."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

import upswell
from tests.interfaces.api.conftest import folder_of
from tests.interfaces.command import done
from upswell.interfaces.api.accepting import CSV, JSON, PARQUET, NotAcceptableError, preferred
from upswell.interfaces.api.paging import cursor_of, offset_of

FILES = [
    "/metrics?names=expansion_mrr&names=nrr_1m&by=plan",
    "/movements",
    "/movements?kind=expansion&product=CRM",
    "/customers?order=customer",
    "/cohorts",
    "/retention",
    "/revenue",
    "/restatements",
]


def walked(client: TestClient, path: str, limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = client.get(f"/api/v1{path}limit={limit}{cursor}").json()
        rows += answer["data"]
        assert len(answer["data"]) <= limit
        if answer["next"] is None:
            assert len(rows) == answer["total"]
            return rows
        cursor = f"&cursor={answer['next']}"


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
@pytest.mark.parametrize("order", ["date", "-date", "amount", "-amount"])
def test_a_cursor_walks_the_movements_once(reader: TestClient, limit: int, order: str) -> None:
    found = [row["movement_id"] for row in walked(reader, f"/movements?order={order}&", limit)]
    every = upswell.open(folder_of(reader)).movements().column("movement_id").to_pylist()
    assert sorted(found) == sorted(every)


@pytest.mark.parametrize("limit", [1, 3])
def test_a_cursor_walks_the_customers_once(reader: TestClient, limit: int) -> None:
    assert [row["customer_id"] for row in walked(reader, "/customers?order=customer&", limit)] == [
        *("Acme", "Bolt", "Cedar", "Dune")
    ]


def test_a_customer_is_a_row_and_a_sheet(reader: TestClient) -> None:
    [row] = reader.get("/api/v1/customers?search=acme").json()["data"]
    assert (row["customer_id"], row["mrr"], row["expansion_12m"]) == ("Acme", "160.000000", "60.000000")
    sheet = reader.get("/api/v1/customers/Acme").json()["data"]
    assert (sheet["mrr"], sheet["months"][-1]["value"]) == ("160.000000", "160.000000")


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("cursor", "code"),
    [
        ("", "cursor_malformed"),
        ("%00", "cursor_malformed"),
        ("....", "cursor_malformed"),
        ("A", "cursor_malformed"),
        (encoded("b-000001"), "cursor_malformed"),
        (encoded(["b-000001"]), "cursor_malformed"),
        (encoded(["b-000001", -1]), "cursor_malformed"),
        (encoded(["b-000001", True]), "cursor_malformed"),
        (encoded(["b-000001", 1.5]), "cursor_malformed"),
        (encoded(["b-000001", 2**80]), "cursor_malformed"),
        (encoded(["b-000001", "1"]), "cursor_malformed"),
        (base64.urlsafe_b64encode(b"[" * 300).decode(), "cursor_malformed"),
        (encoded(["b-000099", 0]), "cursor_expired"),
        (encoded(["'; drop table movements; --", 0]), "cursor_expired"),
        ("x" * 501, "request_malformed"),
    ],
)
def test_what_is_no_cursor_of_this_book_is_refused(reader: TestClient, cursor: str, code: str) -> None:
    answer = reader.get(f"/api/v1/movements?cursor={cursor}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_cursor_past_the_end_is_an_empty_page(reader: TestClient) -> None:
    answer = reader.get(f"/api/v1/movements?cursor={cursor_of('b-000001', 10**9)}").json()
    assert (answer["data"], answer["next"]) == ([], None)
    assert offset_of(cursor_of("b-000001", 7), book_id="b-000001") == 7


def test_a_cursor_ends_with_its_book(client: TestClient) -> None:
    cursor = client.get("/api/v1/movements?limit=1").json()["next"]
    done("-w", folder_of(client), "build", "--as-of", "2025-06-01")
    client.app.state.desk.book_built()  # type: ignore[attr-defined]
    answer = client.get(f"/api/v1/movements?limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "cursor_expired")


@pytest.mark.parametrize("path", FILES)
def test_a_file_has_the_rows_of_the_list(client: TestClient, path: str) -> None:
    rows = client.get(f"/api/v1{path}").json()["data"]
    sent = client.get(f"/api/v1{path}", headers={"Accept": "text/csv"})
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(sent.content.decode("utf-8-sig"))))
    packed = client.get(f"/api/v1{path}", headers={"Accept": PARQUET})
    assert packed.headers["content-type"] == PARQUET
    table = pq.read_table(io.BytesIO(packed.content))
    assert len(lines) == table.num_rows == len(rows)
    key = next((name for name in ("movement_id", "customer_id") if rows and name in rows[0]), None)
    for name in rows[0] if rows else ():
        if name not in ("sources", "complete", "note", "scheduled", "is_total", "reason", "policy"):
            told = sorted(_told(row.get(name)) for row in rows)
            assert sorted(_told(line[name]) for line in lines) == told, name
            assert sorted(_told(each) for each in table.column(name).to_pylist()) == told, name
    if key is not None:
        assert {line[key] for line in lines} == {row[key] for row in rows}


def _told(value: Any) -> str:
    try:
        return f"{float(value):.9f}"
    except (TypeError, ValueError):
        return "" if value is None else str(value)


def test_a_file_that_was_taken_is_in_the_log_and_leaves_no_trace_on_the_disk(client: TestClient) -> None:
    answer = client.get("/api/v1/movements?customer=Acme", headers={"Accept": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="movements.csv"'
    [line] = client.get("/api/v1/audit?action=export").json()["data"]
    assert (line["subject"], line["details"]["rows"]) == ("movements", 2)
    assert line["details"]["asked"] == {"customer": ["Acme"]}


def test_a_name_that_a_spreadsheet_would_run_is_text_in_a_file(client: TestClient) -> None:
    folder = folder_of(client)
    evil = folder.parent / "evil.csv"
    evil.write_text('customer_id,name\nAcme,"=HYPERLINK(""http://x"",""y"")"\n', encoding="utf-8")
    done("-w", folder, "import", evil, "--as", "customers")
    done("-w", folder, "build", "--as-of", "2025-06-01")
    client.app.state.desk.book_built()  # type: ignore[attr-defined]
    assert client.get("/api/v1/customers/Acme").json()["data"]["name"].startswith("=HYPERLINK")
    text = client.get("/api/v1/customers", headers={"Accept": "text/csv"}).text
    assert "=HYPERLINK" in text
    assert not any(line["name"].startswith("=") for line in csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("nonsense", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; header=present", CSV),
        ("text/*", CSV),
        ("application/*", JSON),
        ("application/vnd.apache.parquet, */*;q=0.1", PARQUET),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;q=0.2, text/csv;q=0.4", CSV),
        ("application/json;q=0, */*", CSV),
        ("text/csv;q=high", CSV),
    ],
)
def test_the_form_that_is_preferred_is_sent(accept: str | None, form: str) -> None:
    assert preferred(accept, (JSON, CSV, PARQUET)) == form


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "image/*, text/html"])
def test_a_header_that_leaves_out_every_form_is_refused(reader: TestClient, accept: str) -> None:
    with pytest.raises(NotAcceptableError):
        preferred(accept, (JSON, CSV, PARQUET))
    assert reader.get("/api/v1/movements", headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize("path", ["/metrics?names=arr", "/report/2025-04", "/movements", "/customers/Acme", "/books"])
def test_who_has_an_answer_is_told_so(client: TestClient, path: str) -> None:
    first = client.get(f"/api/v1{path}")
    tag = first.headers["etag"]
    again = client.get(f"/api/v1{path}", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/api/v1{path}", headers={"If-None-Match": '"other"'}).status_code == 200
    client.post("/api/v1/notes", json={"subject": "Acme", "text": "a note"})
    assert client.get(f"/api/v1{path}", headers={"If-None-Match": tag}).status_code == 200


def test_a_tag_is_of_the_question_its_form_and_the_book(client: TestClient) -> None:
    def tag(path: str, accept: str = JSON) -> str:
        found: str = client.get(f"/api/v1{path}", headers={"Accept": accept}).headers["etag"]
        return found

    tags = {
        tag("/metrics?names=arr"),
        tag("/metrics?names=arr&policy=strict"),
        tag("/metrics?names=arr&names=nrr_1m"),
        tag("/metrics?names=nrr_1m&names=arr"),
        tag("/metrics?names=arr", CSV),
    }
    assert len(tags) == 5
    assert tag("/metrics?names=arr&from=2025-03") == tag("/metrics?from=2025-03&names=arr")
    # That somebody took a file changed no answer.
    assert tag("/metrics?names=arr") in tags
    done("-w", folder_of(client), "build", "--as-of", "2025-06-01")
    client.app.state.desk.book_built()  # type: ignore[attr-defined]
    assert tag("/metrics?names=arr") not in tags


def test_a_304_is_given_without_computing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = client.get("/api/v1/metrics?names=arr").headers["etag"]
    monkeypatch.setattr(upswell.Workspace, "metrics", lambda *_, **__: pytest.fail("it was computed"))
    assert client.get("/api/v1/metrics?names=arr", headers={"If-None-Match": tag}).status_code == 304
