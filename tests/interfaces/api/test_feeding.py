"""Imports, undoing and builds over the API: uploads that are bounded and gone, work that runs as a job."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.interfaces.api.conftest import folder_of
from tests.interfaces.command import done
from upswell.errors import InputError
from upswell.interfaces.server import uploads
from upswell.interfaces.server.uploads import safe_name, sweep_uploads

ROWS = b"customer_id,product_id,plan_id,starts_at,quantity,unit_amount\nEver,CRM,Team,2025-04-02,1,20.00\n"

PART = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.csv"\r\n\r\n'


def sent(client: TestClient, *files: tuple[str, bytes], **fields: str) -> Any:
    return client.post(
        "/api/v1/imports",
        data={"table": "items", **fields},
        files=[("files", (name, content)) for name, content in files],
    )


def ended(client: TestClient, answer: Any) -> dict[str, Any]:
    """The job of an answer when it has ended, and what was uploaded for it is gone."""
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = {}
    for _ in range(1200):
        job = client.get(answer.headers["location"]).json()["data"]
        if job["state"] != "running" and not kept(client):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def kept(client: TestClient) -> list[Path]:
    return list((folder_of(client) / ".uploads").glob("*"))


def test_files_are_imported_built_and_undone(client: TestClient) -> None:
    job = ended(client, sent(client, ("items.csv", ROWS), source="crm"))
    assert (job["state"], job["result"]) == (
        "done",
        {"imports": ["i-000003"], "rows_read": 1, "rows_held_back": 0},
    )
    listed = client.get("/api/v1/imports").json()["data"]
    assert [row["file"] for row in listed] == ["items.csv", "customers.csv", "items.csv"]
    assert listed == done("-w", folder_of(client), "--format", "json", "imports").json()
    built = ended(client, client.post("/api/v1/books", json={"policies": ["stripe"]}))
    assert built["result"] == {"book": "b-000002"}
    # Who built it looks at it: the job is done when the book is in service.
    book = client.get("/api/v1/books").json()["data"]
    assert (book["book_id"], [each["name"] for each in book["policies"]]) == ("b-000002", ["strict", "stripe"])
    assert client.get("/api/v1/customers/Ever").status_code == 200
    undone = ended(client, client.post("/api/v1/imports/i-000003/undo"))
    assert undone["result"] == {"undone": "i-000003"}
    failed = ended(client, client.post("/api/v1/imports/i-000099/undo"))
    assert (failed["state"], failed["error"]["found"]) == ("failed", "i-000099")


def test_a_dry_run_says_at_once_what_would_change_and_keeps_nothing(client: TestClient) -> None:
    bad = ROWS + b"Fern,CRM,Team,2025-04-02,1,twenty\n"
    answer = sent(client, ("items.csv", bad), dry_run="true")
    assert answer.status_code == 200, answer.text
    [file] = answer.json()["data"]["files"]
    assert (file["added"], file["held_back"], file["findings"][0]["code"]) == (1, 1, "bad_decimal")
    assert len(client.get("/api/v1/imports").json()["data"]) == 2
    assert kept(client) == []


def test_what_was_held_back_is_listed_with_its_remedy(client: TestClient) -> None:
    ended(client, sent(client, ("items.csv", ROWS.replace(b"20.00", b"twenty")), source="crm"))
    listed = client.get("/api/v1/quarantine").json()["data"]
    assert [(row["file"], row["code"]) for row in listed] == [("items.csv", "bad_decimal")]
    assert listed == done("-w", folder_of(client), "--format", "json", "quarantine").json()


def test_columns_are_mapped_and_files_unpacked(client: TestClient) -> None:
    packed = gzip.compress(ROWS.replace(b"customer_id", b"account"))
    answer = sent(client, ("more.csv.gz", packed), mapping='{"customer_id": "account"}', source="crm", replace="true")
    assert ended(client, answer)["result"]["rows_read"] == 1


@pytest.mark.parametrize(
    ("files", "fields", "status", "code"),
    [
        ([], {}, 400, "upload_malformed"),
        ([("items.csv", b"")], {}, 422, "upload_empty"),
        ([("items.exe", ROWS)], {}, 422, "upload_ending_unknown"),
        ([("../../.csv", ROWS)], {}, 422, "upload_ending_unknown"),
        ([("items.csv", ROWS)] * 11, {}, 413, "upload_too_many"),
        ([("items.csv", ROWS)], {"table": "item"}, 404, None),
        ([("items.csv", ROWS)], {"table": "stripe"}, 404, None),
        ([("items.csv", ROWS)], {"mapping": "["}, 400, "map_malformed"),
        ([("items.csv", ROWS)], {"mapping": '{"customer_id": 1}'}, 400, "map_malformed"),
        ([("items.csv", ROWS)], {"mapping": "[" * 60_000}, 400, "map_malformed"),
        ([("items.csv", ROWS)], {"mapping": "x" * 70_000}, 400, "upload_malformed"),
        ([("items.csv", ROWS)], {"replace": "perhaps"}, 400, "request_malformed"),
        ([("items.csv", b"a,b\n1,2\n")], {"dry_run": "true"}, 422, "missing_column"),
    ],
)
def test_an_upload_that_cannot_be_is_refused_and_gone(
    client: TestClient, files: list[tuple[str, bytes]], fields: dict[str, str], status: int, code: str | None
) -> None:
    answer = sent(client, *files, **fields)
    assert answer.status_code == status, answer.text
    assert code in (answer.json()["error"]["code"], None)
    assert str(folder_of(client)) not in answer.text
    assert kept(client) == []


def test_a_path_is_only_a_name(client: TestClient) -> None:
    for name in ("../../x.csv", "..\\..\\x.csv", "/etc/x.csv", "a\x01b/x.csv"):
        job = ended(client, sent(client, (name, ROWS), source="crm"))
        assert job["what"] == "import of x.csv"
        assert job["state"] == "done"
    assert not (folder_of(client).parent / "x.csv").exists()
    assert {row["file"] for row in client.get("/api/v1/imports").json()["data"]} == {
        *("items.csv", "customers.csv", "x.csv")
    }


def test_a_failed_job_names_no_place_of_this_machine(client: TestClient) -> None:
    job = ended(client, sent(client, ("items.csv", b"a,b\n1,2\n")))
    assert (job["state"], job["error"]["code"]) == ("failed", "missing_column")
    assert str(folder_of(client)) not in str(job)


def test_too_much_is_refused_before_it_is_on_the_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_BYTES", 2_000)
    answer = sent(client, ("items.csv", b"x" * 3_000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")

    def chunks() -> Any:
        yield PART
        for _ in range(40):
            yield b"x" * 100

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/api/v1/imports", content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")
    assert kept(client) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no such form"),
        ("multipart/form-data; boundary=b", PART + b"abc"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"x" * 100_000),
    ],
)
def test_what_is_no_form_of_files_is_refused(client: TestClient, kind: str, body: bytes) -> None:
    answer = client.post("/api/v1/imports", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upload_malformed")
    assert kept(client) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("items.csv", "items.csv"),
        ("Items 2025.CSV.GZ", "Items 2025.CSV.GZ"),
        ("../a/b.parquet", "b.parquet"),
        ("..\\b.ndjson", "b.ndjson"),
        ("Umsätze.csv", "Ums_tze.csv"),
        ("a;rm -rf $HOME.csv", "a_rm -rf _HOME.csv"),
        ("...x.csv", "x.csv"),
        ("x" * 300 + ".csv", "x" * 100 + ".csv"),
    ],
)
def test_a_name_keeps_what_is_safe(given: str, name: str) -> None:
    assert safe_name(given) == name


@pytest.mark.parametrize(
    "given", ["", ".", "..", ".csv", "..csv", "x.xlsx", "x.csv.exe", "x.csv\x00.exe", "/", "a.csv/"]
)
def test_a_name_without_a_known_ending_is_refused(given: str) -> None:
    with pytest.raises(InputError):
        safe_name(given)


def test_what_a_former_server_left_is_swept(client: TestClient) -> None:
    left = folder_of(client) / ".uploads" / "0123456789abcdef" / "0"
    left.mkdir(parents=True)
    (left / "items.csv").write_bytes(ROWS)
    sweep_uploads(folder_of(client))
    assert not (folder_of(client) / ".uploads").exists()


def test_one_job_at_a_time(client: TestClient) -> None:
    client.app.state.desk.jobs.stop()  # type: ignore[attr-defined]
    answer = sent(client, ("items.csv", ROWS))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_running")
    assert kept(client) == []
    assert client.post("/api/v1/books", json={"policies": ["none"]}).json()["error"]["code"] == "policy_unknown"
