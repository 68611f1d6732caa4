"""Strangers at the door: other names for this machine, pages of other sites, forms that no page of ours made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import upswell
from tests.interfaces.server.people import Live, TestClient, listening, proof_of, served, session_of

PROTECTED = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "cache-control",
    "x-request-id",
)


@pytest.fixture(scope="module")
def live(built_once: Path) -> Iterator[Live]:
    with listening(built_once) as live:
        yield live


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1, evil.example",
        "localhost.evil.example:8765",
        "[::1].evil.example",
        "[::1]evil",
        "127.0.0.1:",
        "127.0.0.1:80:80",
        "0.0.0.0",
        "localhost.",
        "",
        " ",
    ],
)
def test_a_host_that_is_none_of_ours_is_refused(live: Live, host: str) -> None:
    status, said = live.say("/", f"Host: {host}")
    assert status in (400, 403), said
    assert "Overview" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:8765", "localhost:1", "[::1]", "[::1]:8765"])
def test_our_own_names_are_let_in_in_any_case_and_with_any_port(live: Live, host: str) -> None:
    assert live.say("/healthz", f"Host: {host}")[0] == 200


def test_two_hosts_or_none_are_refused(live: Live) -> None:
    port = live.port
    for sent in (
        f"GET /start HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        f"GET /start HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n",
        "GET /start HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /start HTTP/1.0\r\n\r\n",
        f"GET http://127.0.0.1:{port}/start HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ):
        status, said = live.send(sent.encode())
        assert status in (400, 403), said
        assert "<h1>" not in said


def test_two_hosts_are_refused_by_the_guard_itself_whatever_reads_the_bytes(client: TestClient) -> None:
    both = [("host", "127.0.0.1"), ("host", "evil.example")]
    answer = client.get("/start", headers=both)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "host_refused")


def test_a_name_that_was_made_to_mean_this_machine_gets_nowhere(acme: Path) -> None:
    """DNS rebinding: evil.example serves a page, then its name is made to mean 127.0.0.1; a browser sees one site."""
    with listening(acme) as live:
        rebound = f"Host: evil.example:{live.port}"
        same = f"Origin: http://evil.example:{live.port}"
        for method, path in (("GET", "/customers"), ("GET", "/download/customers.csv"), ("POST", "/data/build")):
            status, said = live.say(path, rebound, same, "Sec-Fetch-Site: same-origin", method=method)
            assert status == 403
            assert "Acme" not in said
            assert "host_refused" in said
        assert [each for each in upswell.open(acme).audit() if each.action == "export"] == []


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example http://127.0.0.1:{port}",
        "",
    ],
)
def test_an_origin_that_is_not_ours_is_refused(live: Live, origin: str) -> None:
    for method in ("GET", "POST"):
        status, said = live.say("/start", f"Origin: {origin.format(port=live.port)}", method=method)
        assert status == 403
        assert "origin_refused" in said


def test_our_own_origin_is_let_in(live: Live) -> None:
    assert live.say("/start", f"Origin: http://127.0.0.1:{live.port}")[0] == 200


def test_behind_https_only_https_is_our_origin(acme: Path) -> None:
    with served(acme, hosts=("metrics.example",), behind_https=True) as client:
        for origin, status in (("https://metrics.example", 200), ("http://metrics.example", 403)):
            assert client.get("/start", headers={"Host": "metrics.example", "Origin": origin}).status_code == status


@pytest.mark.parametrize(
    ("method", "site", "mode", "is_let_in"),
    [
        ("GET", "cross-site", "no-cors", False),
        ("GET", "cross-site", "cors", False),
        ("GET", "same-site", "no-cors", False),
        ("GET", "cross-site", "navigate", True),
        ("GET", "same-origin", "cors", True),
        ("GET", "none", "navigate", True),
        ("POST", "cross-site", "navigate", False),
        ("POST", "same-site", "navigate", False),
        ("POST", "cross-site", "no-cors", False),
    ],
)
def test_what_comes_from_another_site_is_a_link_that_was_followed_or_nothing(
    client: TestClient, method: str, site: str, mode: str, is_let_in: bool
) -> None:
    sent = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    answer = client.request(method, "/start", headers=sent)
    assert (answer.status_code != 403) is is_let_in
    if not is_let_in:
        assert answer.json()["error"]["code"] == "sec_fetch_site_refused"


def test_a_form_of_no_page_of_ours_changes_nothing(firm: Path) -> None:
    with served(firm) as client:
        mine, theirs = session_of(firm, "analyst"), session_of(firm, "viewer")
        form = {"name": "de", "expression": "country = 'DE'"}
        for proof in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": proof_of(client, theirs)}, {"csrf": "é"}):
            answer = client.post("/settings/segments", headers=mine, data={**form, **proof})
            assert answer.status_code == 403
            assert "the form has gone stale" in answer.text
        assert upswell.open(firm).segments() == ()
        another = proof_of(client, session_of(firm, "analyst"))
        assert client.post("/settings/segments", headers=mine, data={**form, "csrf": another}).status_code == 403
        answer = client.post("/settings/segments", headers=mine, data={**form, "csrf": proof_of(client, mine)})
        assert answer.status_code == 303
        assert [each.name for each in upswell.open(firm).segments()] == ["de"]


def test_without_users_forms_carry_a_proof_too(acme: Path) -> None:
    with served(acme) as client:
        for path in ("/start/demo", "/data/build", "/data/undo", "/closings"):
            form = {"import_id": "i-000001", "month": "2025-03"}
            assert client.post(path, data=form).status_code == 403
        assert proof_of(client)


def test_every_kind_of_answer_leaves_with_the_guards_headers(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    with served(firm) as client:
        me = session_of(firm, "viewer")
        page = client.get("/customers", headers=me)
        asset = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        answers = {
            200: page,
            304: client.get("/customers", headers={**me, "If-None-Match": page.headers["etag"]}),
            303: client.get("/customers"),
            404: client.get("/nowhere", headers=me),
            405: client.delete("/customers", headers=me),
            403: client.get("/customers", headers={**me, "Origin": "null"}),
            400: client.get("/customers?offset=x", headers=me),
            413: client.post("/login", data={"name": "x" * 2_000_000}),
        }
        monkeypatch.setattr("upswell.interfaces.web.movements.movement_filter", fails)
        answers[500] = client.get("/movements?kind=churn", headers=me)
        for status, answer in answers.items():
            assert answer.status_code == status, answer.text
        monkeypatch.undo()
        more = [client.get(path, headers=me) for path in (asset, "/download/customers.csv", "/healthz", "/login")]
        for answer in (*answers.values(), *more):
            assert [name for name in PROTECTED if name not in answer.headers] == [], answer.url
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
        assert {each.headers["x-request-id"] for each in more} & {page.headers["x-request-id"]} == set()
        assert "no-store" in more[1].headers["cache-control"]
        assert "attachment" in more[1].headers["content-disposition"]


def test_no_page_has_script_or_style_of_its_own(client: TestClient) -> None:
    for path in ("/", "/expansion", "/movements", "/customers", "/customers/Acme", "/retention", "/cohorts", "/data"):
        text = client.get(path).text
        assert "<style" not in text
        assert " style=" not in text.partition("<svg")[0]
        assert "javascript:" not in text
        assert text.count("<script") == text.count("<script src=")
