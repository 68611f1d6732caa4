"""`upswell users` and `upswell tokens`: secrets stand alone on stdout, passwords nowhere."""

from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

import upswell
from tests.interfaces.command import Answer, done, upswell_command
from upswell.state import passwords
from upswell.workspace import Workspace

PASSWORD = "correct horse battery"
OTHER = "staple the other horse"
WHO = {"UPSWELL_AUTHOR": "root"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose."""
    monkeypatch.setattr(passwords, "default_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Workspace]:
    workspace = upswell.init(tmp_path / "firm")
    yield workspace
    workspace.access.close()


class Terminal(io.StringIO):
    """A stdin at which somebody sits."""

    def isatty(self) -> bool:
        return True


def given(monkeypatch: pytest.MonkeyPatch, stdin: io.TextIOBase, *arguments: object) -> Answer:
    """Run a command with a stdin."""
    monkeypatch.setattr(sys, "stdin", stdin)
    return upswell_command(*arguments, env=WHO)


def typing(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Somebody who types `answers` at a prompt that shows nothing; the prompts."""
    left, prompts = list(answers), list[str]()

    def ask(prompt: str = "") -> str:
        prompts.append(prompt)
        return left.pop(0)

    monkeypatch.setattr(getpass, "getpass", ask)
    return prompts


def add(firm: Workspace, name: str, role: str) -> None:
    firm.access.add_user(name, PASSWORD, role, author="root", at=datetime.now(UTC))


def test_a_password_comes_from_stdin_and_is_shown_nowhere(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    add_kim = ("-w", firm.folder, "users", "add", "kim", "--role", "admin", "--password-stdin")
    answer = given(monkeypatch, io.StringIO(f"{PASSWORD}\r\nanother line\n"), *add_kim)
    assert (answer.code, answer.out, answer.err) == (0, "", "user kim: admin\n")
    assert firm.access.log_in("kim", PASSWORD, at=datetime.now(UTC))

    new = ("-w", firm.folder, "users", "password", "kim", "--password-stdin")
    assert given(monkeypatch, io.StringIO(OTHER), *new).code == 0
    assert firm.access.log_in("kim", OTHER, at=datetime.now(UTC))

    short = given(monkeypatch, io.StringIO("s3cret\n"), *new)
    assert (short.code, short.out, "s3cret" in short.err) == (2, "", False)
    assert "12 to 1,024 characters" in short.err
    latin = io.TextIOWrapper(io.BytesIO(b"caf\xe9 caf\xe9 caf\xe9\n"), encoding="utf-8")
    malformed = given(monkeypatch, latin, *new)
    assert (malformed.code, "UTF-8" in malformed.err, "xe9" in malformed.err) == (2, True, False)
    assert firm.access.log_in("kim", OTHER, at=datetime.now(UTC))

    log = done("-w", firm.folder, "audit", "--format", "json").out
    assert (PASSWORD in log, OTHER in log) == (False, False)
    assert {
        line["author"] for line in done("-w", firm.folder, "audit", "--action", "user", "--format", "json").json()
    } == {"root"}


def test_a_person_at_a_terminal_is_asked_twice(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = typing(monkeypatch, PASSWORD, OTHER, PASSWORD, PASSWORD)
    answer = given(monkeypatch, Terminal(), "-w", firm.folder, "users", "add", "kim", "--role", "viewer")
    assert (answer.code, answer.out) == (0, "")
    assert len(prompts) == 4
    assert PASSWORD not in answer.err
    assert firm.access.log_in("kim", PASSWORD, at=datetime.now(UTC))


def test_without_a_terminal_nobody_is_asked(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (("users", "add", "kim", "--role", "viewer"), ("users", "password", "kim")):
        answer = given(monkeypatch, io.StringIO(PASSWORD), "-w", firm.folder, *command)
        assert (answer.code, "--password-stdin" in answer.err) == (2, True)


def test_users_are_listed_changed_and_let_in_no_more(firm: Workspace) -> None:
    add(firm, "kim", "admin")
    add(firm, "lee", "viewer")
    asked = ("-w", firm.folder, "users")
    assert "user lee: analyst" in done(*asked, "role", "lee", "analyst").err
    assert "user lee is disabled" in done(*asked, "disable", "lee").err
    rows = done(*asked, "list", "--format", "csv").csv()
    assert [(row["name"], row["role"], bool(row["disabled_at"])) for row in rows] == [
        ("kim", "admin", False),
        ("lee", "analyst", True),
    ]
    assert firm.access.log_in("lee", PASSWORD, at=datetime.now(UTC)) is None
    assert "user lee is enabled: analyst" in done(*asked, "enable", "lee").err
    assert firm.access.log_in("lee", PASSWORD, at=datetime.now(UTC))
    assert [line[:2] for line in done(*asked, "list").lines()[1:]] == [["kim", "admin"], ["lee", "analyst"]]
    refused = upswell_command(*asked, "disable", "kim")
    assert (refused.code, "kim is the last admin" in refused.err) == (2, True)


def test_the_first_admin_is_invited_by_a_token_that_stands_alone(firm: Workspace) -> None:
    answer = done("-w", firm.folder, "users", "invite")
    assert "open http://127.0.0.1:8765/welcome and give it there" in answer.err
    [secret] = answer.out.splitlines()
    assert secret not in answer.err
    now = datetime.now(UTC)
    assert firm.access.accept_invitation(secret, "kim", PASSWORD, at=now).role == "admin"
    assert upswell_command("-w", firm.folder, "users", "invite").code == 2


def test_a_tokens_secret_is_printed_once_and_alone(firm: Workspace) -> None:
    add(firm, "kim", "analyst")
    asked = ("-w", firm.folder, "tokens")
    answer = done(*asked, "add", "nightly report", "--user", "kim", "--scope", "viewer", "--days", "7")
    [secret] = answer.out.splitlines()
    assert answer.err.startswith("token 1 for kim as viewer, until ")
    assert secret not in answer.err
    lasting = done(*asked, "add", "board", "--user", "kim", "--scope", "analyst", "--days", "0")
    assert "it does not expire" in lasting.err

    now = datetime.now(UTC)
    user = firm.access.token_user(secret, at=now)
    assert user is not None
    assert (user.name, user.role) == ("kim", "viewer")
    assert firm.access.token_user(secret, at=now + timedelta(days=7)) is None

    listed = done(*asked, "list", "--format", "json")
    assert [(row["id"], row["name"], row["user"], row["scope"]) for row in listed.json()] == [
        (1, "nightly report", "kim", "viewer"),
        (2, "board", "kim", "analyst"),
    ]
    assert secret not in listed.out + done(*asked, "list").out + done("-w", firm.folder, "audit").out
    assert "token 1 (nightly report) of kim is revoked" in done(*asked, "revoke", "1").err
    assert firm.access.token_user(secret, at=now) is None
    assert upswell_command(*asked, "add", "x", "--user", "kim", "--scope", "admin").code == 2
    assert upswell_command(*asked, "add", "x", "--user", "kim", "--scope", "viewer", "--days", "-1").code == 2


def test_asking_who_is_there_makes_no_store(firm: Workspace) -> None:
    before = sorted(firm.folder.iterdir())
    assert done("-w", firm.folder, "users", "list", "--format", "json").json() == []
    assert done("-w", firm.folder, "tokens", "list", "--format", "json").json() == []
    assert sorted(firm.folder.iterdir()) == before
