"""What somebody sends as a file: names that are paths, too much of it, bombs, garbage, and forms that never end."""

from __future__ import annotations

import gzip
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import upswell.interfaces.server.app as server_app
from tests.interfaces.server.people import Answer, Live, TestClient, listening, proof_in, proof_of
from upswell.interfaces.server import uploads

ITEMS = b"customer_id,product_id,plan_id,starts_at,quantity,unit_amount\nElm,CRM,Team,2025-01-10,5,20.00\n"


def send(client: TestClient, *files: tuple[str, bytes], **fields: str) -> Answer:
    form = {"csrf": proof_of(client), "table": "items", **fields}
    return client.post("/import", data=form, files=[("files", file) for file in files])


def left(client: TestClient) -> list[str]:
    """What lies among the uploads."""
    folder: Path = client.app.state.desk.folder  # type: ignore[attr-defined]
    return sorted(str(each.relative_to(folder)) for each in (folder / ".uploads").glob("*"))


def everything_beside(folder: Path) -> set[Path]:
    ours = {".uploads", "rendered"}
    return {path for path in folder.parent.rglob("*") if not ours.intersection(path.parts)}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../evil.csv", "evil.csv"),
        ("/etc/cron.d/evil.csv", "evil.csv"),
        ("..\\..\\evil.csv", "evil.csv"),
        ("C:\\evil.csv", "evil.csv"),
        ("..%2f..%2fevil.csv", "_2f.._2fevil.csv"),
        (".hidden.csv", "hidden.csv"),
        ("<script>alert(1)<.csv", "_script_alert_1__.csv"),
        ("a\u202egnp.csv", "a_gnp.csv"),
        ("-rf *.csv", "-rf _.csv"),
        (f"{'x' * 500}.csv", f"{'x' * 100}.csv"),
    ],
)
def test_the_name_of_a_file_is_never_a_path(client: TestClient, acme: Path, name: str, kept: str) -> None:
    before = everything_beside(acme)
    sent = send(client, (name, ITEMS))
    assert sent.status_code == 303, sent.text
    (room,) = (acme / ".uploads").iterdir()
    (file,) = room.rglob("*.csv")
    assert file.name == kept
    assert file.resolve().is_relative_to(room.resolve())
    assert everything_beside(acme) == before


@pytest.mark.parametrize("name", ["x", "x.exe", "x.csv.exe", ".csv", "..", "", "x.xlsx", "x.csv/"])
def test_a_name_that_says_nothing_is_refused(client: TestClient, name: str) -> None:
    assert send(client, (name, ITEMS)).status_code in (400, 422)
    assert left(client) == []


@pytest.mark.parametrize("upload_id", ["..%2f..%2fbooks", "%2e%2e", "0" * 16, "*", "a" * 5000])
def test_only_what_was_sent_can_be_asked_for(client: TestClient, upload_id: str) -> None:
    assert client.get(f"/import/{upload_id}").status_code == 404


def test_too_much_is_refused_and_nothing_stays(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_BYTES", 10_000)
    monkeypatch.setattr(uploads, "UPLOAD_FILES", 3)
    assert send(client, ("big.csv", ITEMS * 200)).status_code == 413
    assert send(client, *[(f"{number}.csv", ITEMS) for number in range(4)]).status_code == 413
    assert send(client, ("empty.csv", b"")).status_code == 422
    assert client.post("/import", data={"csrf": proof_of(client)}).status_code == 400
    many = {f"field {number}": "" for number in range(60)}
    assert send(client, ("a.csv", ITEMS), **many).status_code == 400
    assert send(client, ("a.csv", ITEMS), note="x" * 70_000).status_code == 413
    monkeypatch.undo()
    assert send(client, ("a.csv", ITEMS), note="x" * 70_000).status_code == 400
    assert left(client) == []


def test_a_bomb_is_measured_before_anything_reads_it(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UNPACKED_BYTES", 20_000_000)
    bomb = gzip.compress(ITEMS + b"," * 60_000_000)
    assert len(bomb) < 100_000
    for name in ("bomb.csv.gz", "bomb.csv"):
        answer = send(client, (name, bomb))
        assert answer.status_code == 413
        assert "20,000,000 bytes, unpacked" in answer.text
    half = gzip.compress(b"," * 15_000_000)
    assert send(client, ("one.csv.gz", half)).status_code == 303
    assert send(client, ("one.csv.gz", half), ("two.csv.gz", half)).status_code == 413
    assert len(left(client)) == 1


def test_too_many_rows_are_too_much_in_any_format(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_ROWS", 1_000)
    rows = io.BytesIO()
    pq.write_table(pa.table({"customer_id": ["Elm"] * 5_000}), rows)
    assert len(rows.getvalue()) < 2_000
    for name, content in (
        ("rows.parquet", rows.getvalue()),
        ("rows.csv", ITEMS * 1_000),
        ("rows.csv.gz", gzip.compress(ITEMS * 1_000)),
        ("rows.csv", ITEMS.replace(b"\n", b"\r") * 1_000),
    ):
        assert send(client, (name, content)).status_code == 413, name
    packed = send(client, ("rows.parquet.gz.csv.gz", gzip.compress(rows.getvalue())))
    assert packed.status_code == 400
    assert left(client) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("garbage.csv", os.urandom(16) * 1_000),
        ("zeros.csv", b"\0" * 5_000),
        ("program.csv", b"\x7fELF" + bytes(range(256)) * 50),
        ("sheet.csv", b"PK\x03\x04" + b"x" * 500),
        ("cut.csv.gz", gzip.compress(ITEMS * 500)[:-20]),
        ("cut.parquet", b"PAR1" + b"x" * 100),
        ("list.json", b"[" * 100_000),
    ],
)
def test_garbage_is_told_as_what_it_is(client: TestClient, acme: Path, name: str, content: bytes) -> None:
    sent = send(client, (name, content))
    assert sent.status_code == 303
    page = client.get(sent.headers["location"])
    assert page.status_code == 200
    assert 'name="only_import"' not in page.text
    assert str(acme) not in page.text


def test_a_form_of_somebody_elses_leaves_nothing(client: TestClient) -> None:
    answer = client.post("/import", data={"csrf": "no"}, files={"files": ("a.csv", ITEMS)})
    assert (answer.status_code, left(client)) == (403, [])
    answer = send(client, ("a.csv", ITEMS), table="no such table")
    assert (answer.status_code in (400, 404), left(client)) == (True, [])


def test_what_was_never_imported_goes_after_a_day(client: TestClient, acme: Path) -> None:
    assert send(client, ("a.csv", ITEMS)).status_code == 303
    (old,) = (acme / ".uploads").iterdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    assert send(client, ("b.csv", ITEMS)).status_code == 303
    assert len(left(client)) == 1
    assert not old.exists()


BOUNDARY = "x0x0x"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def half_a_form(live: Live, proof: str) -> bytes:
    """A form that says it is longer than what comes."""
    said = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{proof}\r\n--{BOUNDARY}\r\n'
        'Content-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\ncustomer_id\n'
    )
    head = (
        f"POST /import HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nContent-Length: 50000000\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    return (head + said).encode()


def wait_until(is_so: Callable[[], object], seconds: float = 10) -> None:
    """Look until it is so."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it never came to be"


def test_a_client_that_leaves_midway_leaves_nothing(acme: Path) -> None:
    with listening(acme) as live:
        proof = proof_in(live.say("/settings")[1])
        sender = live.connect()
        sender.sendall(half_a_form(live, proof))
        wait_until(lambda: list((acme / ".uploads").rglob("*.csv")))
        assert live.say("/healthz")[0] == 200
        sender.close()
        wait_until(lambda: not list((acme / ".uploads").glob("*")))


def test_a_form_that_never_ends_is_ended(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_app, "UPLOAD_SECONDS", 0.3)
    with listening(acme) as live:
        proof = proof_in(live.say("/settings")[1])
        status, said = live.send(half_a_form(live, proof).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        assert status == 400
        assert "takes too long" in said
        assert list((acme / ".uploads").glob("*")) == []
        slow = live.connect()
        slow.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\nConnection: close\r\n")
        slow.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=x&pass")
        with slow.makefile("rb") as answer:
            assert b" 400 " in answer.readline()


@pytest.mark.parametrize("path", ["/login", "/welcome", "/settings/segments", f"/import/{'0' * 16}", "/closings"])
def test_a_form_of_a_page_is_small(client: TestClient, path: str) -> None:
    assert client.post(path, data={"name": "x" * 1_000_000}).status_code == 413
    assert client.post(path, files={"files": ("a.csv", b"x" * 1_000_000)}).status_code == 413
    assert client.post(path, content=(b"x" * 100_000 for _ in range(11)), headers=FORM).status_code == 413
