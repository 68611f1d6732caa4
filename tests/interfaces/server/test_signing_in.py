"""Signing in and out: guesses, cookies, sessions that end, addresses that lead elsewhere, and the first admin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

import upswell
from tests.interfaces.command import done
from tests.interfaces.server.people import (
    PASSWORD,
    Answer,
    TestClient,
    add_users,
    cookies_in,
    proof_in,
    proof_of,
    served,
    session_of,
)


def log_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Answer:
    client.cookies.clear()
    return client.post("/login", data={"name": name, "password": password, **more})


def test_somebody_who_guesses_is_stopped_by_name(guarded: TestClient) -> None:
    codes = [log_in(guarded, "admin", f"wrong {number}").status_code for number in range(7)]
    assert codes == [401] * 5 + [429] * 2
    assert log_in(guarded, "ADMIN").status_code == 429
    assert log_in(guarded, "admin").status_code == 429
    assert log_in(guarded, "viewer").status_code == 303


def test_somebody_who_guesses_is_stopped_by_where_they_come_from(guarded: TestClient) -> None:
    codes = [log_in(guarded, f"name{number}").status_code for number in range(31)]
    assert codes == [401] * 30 + [429]
    assert log_in(guarded, "viewer").status_code == 429


def test_an_invented_place_is_believed_by_nobody(guarded: TestClient) -> None:
    for number in range(30):
        sent = {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"}
        guarded.post("/login", data={"name": f"name{number}", "password": "x"}, headers=sent)
    answer = guarded.post("/login", data={"name": "x", "password": "x"}, headers={"X-Forwarded-For": "10.0.1.1"})
    assert answer.status_code == 429


def test_nobody_learns_who_is_a_user(guarded: TestClient) -> None:
    upswell.open(guarded.app.state.desk.folder).access.disable_user(  # type: ignore[attr-defined]
        "viewer", author="root", at=datetime.now(UTC)
    )
    right = log_in(guarded, "viewer")
    wrong = log_in(guarded, "analyst", "four words by mistake")
    unknown = log_in(guarded, "nobody")
    assert {each.status_code for each in (right, wrong, unknown)} == {401}
    assert right.text == wrong.text == unknown.text
    assert not any(cookies_in(each) for each in (right, wrong, unknown))


@pytest.mark.parametrize(("options", "is_secure"), [({}, False), ({"behind_https": True}, True)])
def test_the_cookie_is_for_this_server_alone(firm: Path, options: dict[str, bool], is_secure: bool) -> None:
    with served(firm, **options) as client:
        answer = log_in(client, "viewer")
        (cookie,) = cookies_in(answer)
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= flags
        assert ("secure" in flags) is is_secure
        assert not any(flag.startswith("domain") for flag in flags)


def test_over_https_the_cookie_is_secure_by_itself(firm: Path) -> None:
    with served(firm) as client:
        client.base_url = "https://127.0.0.1"
        (cookie,) = cookies_in(log_in(client, "viewer"))
        assert "; secure" in cookie.lower()


def test_a_session_dies_at_logout(firm: Path) -> None:
    with served(firm) as client:
        me = session_of(firm, "viewer")
        assert client.get("/settings", headers=me).status_code == 200
        left = client.post("/logout", headers=me, data={"csrf": proof_of(client, me)})
        assert (left.status_code, left.headers["location"]) == (303, "/login")
        assert 'upswell_session=""' in cookies_in(left)[0]
        assert client.get("/settings", headers=me).status_code == 303


def test_nobody_is_signed_out_by_somebody_elses_page(firm: Path) -> None:
    with served(firm) as client:
        me = session_of(firm, "viewer")
        assert client.post("/logout", headers=me).status_code == 403
        assert client.get("/settings", headers=me).status_code == 200


def test_a_session_dies_with_the_password_and_with_the_user(firm: Path) -> None:
    access, now = upswell.open(firm).access, datetime.now(UTC)
    with served(firm) as client:
        me, other = session_of(firm, "viewer"), session_of(firm, "analyst")
        access.set_password("viewer", "another four words", author="root", at=now)
        assert client.get("/settings", headers=me).status_code == 303
        assert client.get("/settings", headers=other).status_code == 200
        boss = session_of(firm, "admin")
        change = {"name": "analyst", "change": "disable", "csrf": proof_of(client, boss)}
        assert client.post("/settings/users/change", headers=boss, data=change).status_code == 303
        assert client.get("/settings", headers=other).status_code == 303


def test_a_role_that_is_lowered_counts_at_once(firm: Path) -> None:
    with served(firm) as client:
        me = session_of(firm, "analyst")
        proof = proof_of(client, me)
        upswell.open(firm).access.set_role("analyst", "viewer", author="root", at=datetime.now(UTC))
        assert client.post("/data/build", headers=me, data={"csrf": proof}).status_code == 403


ELSEWHERE = (
    *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example"),
    *("javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example"),
    *("///evil.example", "/\r\nSet-Cookie: a=b", "evil.example", "@evil.example", "", "/\x00//evil"),
)


@pytest.fixture(scope="module")
def door(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = Path(shutil.copytree(built_once, tmp_path_factory.mktemp("door") / "acme"))
    add_users(folder)
    with served(folder) as client:
        yield client


@pytest.mark.parametrize("address", ELSEWHERE)
def test_whoever_signs_in_stays_on_this_server(door: TestClient, address: str) -> None:
    door.app.state.tries = type(door.app.state.tries)()  # type: ignore[attr-defined]
    answer = log_in(door, "viewer", next=address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    door.cookies.clear()
    me = session_of(door.app.state.desk.folder, "viewer")  # type: ignore[attr-defined]
    led = door.get(f"/login?next={quote(address)}", headers=me)
    assert (led.status_code, led.headers["location"]) == (303, "/")


@pytest.mark.parametrize("address", ["/customers?month=2025-03", "/%2f%2fevil.example", "/%5cevil.example"])
def test_an_address_of_ours_is_led_to_as_it_stands(door: TestClient, address: str) -> None:
    door.app.state.tries = type(door.app.state.tries)()  # type: ignore[attr-defined]
    assert log_in(door, "viewer", next=address).headers["location"] == address


def test_an_error_page_offers_no_way_to_another_server(guarded: TestClient) -> None:
    me = session_of(guarded.app.state.desk.folder, "viewer")  # type: ignore[attr-defined]
    for path in ("//evil.example/x", "//evil.example"):
        answer = guarded.get(f"http://127.0.0.1{path}", headers=me)
        assert answer.status_code == 404
        assert 'href="//' not in answer.text


def test_no_password_or_token_comes_back_in_an_error(guarded: TestClient) -> None:
    secret = "a secret that is far too long " * 50
    for form in (
        {"name": "viewer", "password": secret},
        {"password": secret},
        {"token": secret, "name": "kim", "password": secret},
        {"token": secret, "password": PASSWORD},
    ):
        for path in ("/login", "/welcome"):
            answer = guarded.post(path, data=form)
            assert answer.status_code in (400, 401, 429)
            assert "a secret that is" not in answer.text
            assert PASSWORD not in answer.text
    sent = guarded.post("/login", json={"name": "viewer", "password": secret})
    assert (sent.status_code, "a secret" in sent.text) == (400, False)


def test_the_first_admin_comes_in_with_a_token_of_the_command_line(acme: Path) -> None:
    with served(acme) as client:
        assert "upswell users invite" in client.get("/settings").text
        stranger = {"token": "x" * 43, "name": "eve", "password": PASSWORD}
        refused = client.post("/welcome", data=stranger)
        assert (refused.status_code, "invitation does not hold" in refused.text) == (400, True)
        (secret,) = done("-w", acme, "users", "invite").out.splitlines()
        assert client.get("/welcome").status_code == 200
        weak = client.post("/welcome", data={"token": secret, "name": "kim", "password": "short"})
        assert (weak.status_code, "short" in weak.text.partition("<main")[2].partition("<form")[0]) == (400, False)
        made = client.post("/welcome", data={"token": f" {secret}\n", "name": "kim", "password": PASSWORD})
        assert (made.status_code, made.headers["location"]) == (303, "/")
        cookie = cookies_in(made)[0].partition(";")[0]
        client.cookies.clear()

        assert client.get("/settings").status_code == 303, "the machine alone is nobody now"
        me = {"Cookie": cookie}
        page = client.get("/settings", headers=me).text
        assert "kim, admin" in page
        again = client.post("/welcome", data={"token": secret, "name": "eve", "password": PASSWORD})
        assert again.status_code == 400
        assert [user.name for user in upswell.open(acme).access.users()] == ["kim"]

        form = {"name": "nightly", "scope": "viewer", "days": "7", "csrf": proof_in(page)}
        token = client.post("/settings/tokens", headers=me, data=form)
        shown = token.text.partition('<p class="secret">')[2].partition("</p>")[0]
        assert shown.startswith("upw_")
        assert shown not in client.get("/settings", headers=me).text
        assert client.get("/movements", headers={"Authorization": f"Bearer {shown}"}).status_code == 200
