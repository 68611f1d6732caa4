"""Who may ask: users, sessions, tokens and the first admin's invitation, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import builtins
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher

from upswell.errors import NotFoundError, UpswellError, UsageError
from upswell.state import ROLES, User, at_least, open_access, open_state
from upswell.state.access import AccessStore
from upswell.state.engine import create
from upswell.state.passwords import Passwords
from upswell.state.store import StateStore
from upswell.state.tables import Base

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
PASSWORD = "correct horse battery"
OTHER = "staple the other horse"
# Argon2 is slow on purpose; these are as quick as it allows.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def access(url: str) -> Iterator[AccessStore]:
    with closing(AccessStore(create(url), hasher=CHEAP)) as store:
        yield store


@pytest.fixture
def state(url: str) -> Iterator[StateStore]:
    with closing(open_state(url)) as store:
        yield store


def add(access: AccessStore, name: str, role: str, at: datetime = NOON) -> User:
    return access.add_user(name, PASSWORD, role, author="root", at=at)


def log_in(access: AccessStore, name: str, at: datetime = NOON) -> str:
    secret = access.log_in(name, PASSWORD, at=at)
    assert secret is not None
    return secret


def refused(call: Callable[[], Any]) -> UpswellError:
    with pytest.raises(UpswellError) as raised:
        call()
    return raised.value


def code(call: Callable[[], Any]) -> str:
    return refused(call).code


def lines(state: StateStore) -> list[tuple[str, str, str]]:
    return [(each.action, each.subject, each.author) for each in state.audit()]


def every_cell(url: str) -> list[str]:
    """Every value of every table, as text."""
    engine = create(url)
    with engine.connect() as connection:
        found = [
            str(cell)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
            for cell in row
        ]
    engine.dispose()
    return found


def hashes_in(url: str) -> set[str]:
    """Every hash of a secret or a password."""
    return {cell for cell in every_cell(url) if cell.startswith("$argon2") or re.fullmatch("[0-9a-f]{64}", cell)}


# -- roles


def test_each_role_includes_those_before_it() -> None:
    assert ROLES == ("viewer", "analyst", "admin")
    held = {(role, needed) for role in ROLES for needed in ROLES if at_least(role, needed)}
    assert held == {
        *(("viewer", "viewer"), ("analyst", "viewer"), ("analyst", "analyst")),
        *(("admin", "viewer"), ("admin", "analyst"), ("admin", "admin")),
    }


# -- users


def test_users_are_added_and_each_change_has_its_line(access: AccessStore, state: StateStore) -> None:
    lee = add(access, "lee@example.com", "viewer")
    kim = add(access, "kim", "admin")
    assert (
        access.users()
        == (kim, lee)
        == (User("kim", "admin", NOON, None), User("lee@example.com", "viewer", NOON, None))
    )

    assert access.set_role("lee@example.com", "analyst", author="kim", at=NOON).role == "analyst"
    access.set_role("lee@example.com", "analyst", author="kim", at=NOON)
    access.set_password("lee@example.com", OTHER, author="kim", at=NOON)
    assert access.disable_user("lee@example.com", author="kim", at=NOON + INSTANT).disabled_at == NOON + INSTANT
    access.disable_user("lee@example.com", author="kim", at=NOON)
    assert access.enable_user("lee@example.com", author="kim", at=NOON).disabled_at is None
    access.enable_user("lee@example.com", author="kim", at=NOON)

    # What changes nothing has no line.
    assert [(each.subject, each.author, each.details) for each in state.audit(action="user")] == [
        ("lee@example.com", "root", {"change": "added", "role": "viewer"}),
        ("kim", "root", {"change": "added", "role": "admin"}),
        ("lee@example.com", "kim", {"change": "role", "role": "analyst", "former": "viewer"}),
        ("lee@example.com", "kim", {"change": "password", "sessions_ended": 0}),
        ("lee@example.com", "kim", {"change": "disabled", "sessions_ended": 0}),
        ("lee@example.com", "kim", {"change": "enabled"}),
    ]


@pytest.mark.parametrize("name", ["", "a b", "kim\n", "kim\x00", "a" * 65, "künstler", "'", "\ud800"])
def test_a_name_that_is_none_is_refused_and_never_looked_up(access: AccessStore, name: str) -> None:
    assert code(lambda: add(access, name, "viewer")) == "user_name_malformed"
    assert code(lambda: access.disable_user(name, author="kim", at=NOON)) == "unknown_user"
    assert access.log_in(name, PASSWORD, at=NOON) is None
    assert access.users() == ()


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "a" * 1025, "\ud800 and eleven more", "kim.of.the.north"], ids=range(5)
)
def test_a_password_that_is_none_is_refused_and_not_shown(access: AccessStore, password: str) -> None:
    name = "kim.of.the.north"
    error = refused(lambda: access.add_user(name, password, "viewer", author="root", at=NOON))
    assert error.code == "password_refused"
    assert password in {"", name} or password not in str(error.as_dict())
    add(access, name, "viewer")
    assert code(lambda: access.set_password(name, password, author="root", at=NOON)) == "password_refused"
    assert access.log_in(name, password, at=NOON) is None


def test_passwords_of_the_shortest_and_the_longest_length_let_one_in(access: AccessStore) -> None:
    for name, password in (("kim", "twelve chars"), ("lee", "é" * 1024)):
        access.add_user(name, password, "viewer", author="root", at=NOON)
        assert access.log_in(name, password, at=NOON)


def test_who_is_unknown_or_there_already_is_named(access: AccessStore) -> None:
    add(access, "kim", "admin")
    assert code(lambda: add(access, "kim", "viewer")) == "user_exists"
    assert code(lambda: add(access, "lee", "chief")) == "unknown_role"
    assert code(lambda: access.set_role("kim", "chief", author="root", at=NOON)) == "unknown_role"
    unknown = refused(lambda: access.set_role("lee", "viewer", author="root", at=NOON))
    assert (unknown.code, isinstance(unknown, NotFoundError)) == ("unknown_user", True)
    for call in (
        lambda: access.set_password("lee", OTHER, author="root", at=NOON),
        lambda: access.enable_user("lee", author="root", at=NOON),
        lambda: access.end_sessions("lee", author="root", at=NOON),
        lambda: access.add_token("ci", user="lee", scope="viewer", author="root", at=NOON),
    ):
        assert code(call) == "unknown_user"
    assert [user.name for user in access.users()] == ["kim"]


def test_the_last_admin_stays(access: AccessStore) -> None:
    add(access, "kim", "admin")
    add(access, "lee", "admin")
    access.disable_user("lee", author="kim", at=NOON)

    assert code(lambda: access.disable_user("kim", author="kim", at=NOON)) == "last_admin"
    assert code(lambda: access.set_role("kim", "analyst", author="kim", at=NOON)) == "last_admin"
    # Lee lets nobody in, and so may be anything.
    access.set_role("lee", "viewer", author="kim", at=NOON)
    access.set_role("lee", "admin", author="kim", at=NOON)
    access.enable_user("lee", author="kim", at=NOON)
    access.set_role("kim", "viewer", author="kim", at=NOON)
    assert code(lambda: access.disable_user("lee", author="lee", at=NOON)) == "last_admin"
    access.disable_user("kim", author="lee", at=NOON)


def test_of_two_admins_who_disable_each_other_one_stays(url: str, access: AccessStore) -> None:
    add(access, "kim", "admin")
    add(access, "lee", "admin")

    outcomes = at_once(
        url,
        lambda store: store.disable_user("kim", author="lee", at=NOON),
        lambda store: store.disable_user("lee", author="kim", at=NOON),
    )

    assert sorted(each if isinstance(each, str) else "done" for each in outcomes) == ["done", "last_admin"]
    assert len([user for user in access.users() if user.disabled_at is None]) == 1


def at_once(url: str, *calls: Callable[[AccessStore], Any]) -> list[Any]:
    """What came of calls made at the same time, each by a store of its own: the answer, or the error's code."""
    barrier, outcomes = threading.Barrier(len(calls)), []

    def run(call: Callable[[AccessStore], Any]) -> None:
        with closing(AccessStore(create(url), hasher=CHEAP)) as store:
            barrier.wait()
            try:
                outcomes.append(call(store))
            except UpswellError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == len(calls)
    return outcomes


# -- sessions


def test_a_session_is_its_users_until_it_ends(access: AccessStore, state: StateStore) -> None:
    kim = add(access, "kim", "analyst")
    secret, other = log_in(access, "kim"), log_in(access, "kim")
    assert secret != other
    assert access.session_user(secret, at=NOON) == access.session_user(other, at=NOON) == kim

    # A role is that of now, not that of the login.
    access.set_role("kim", "viewer", author="root", at=NOON)
    assert access.session_user(secret, at=NOON) == replace(kim, role="viewer")

    access.log_out(secret, at=NOON)
    access.log_out(secret, at=NOON)
    assert access.session_user(secret, at=NOON) is None
    assert access.session_user(other, at=NOON) is not None
    assert access.end_sessions("kim", author="root", at=NOON) == 1
    assert access.end_sessions("kim", author="root", at=NOON) == 0
    assert access.session_user(other, at=NOON) is None
    for wrong in ("", "x", f"{other}x", "\ud800", "\x00"):
        assert access.session_user(wrong, at=NOON) is None
    assert [line for line in lines(state) if line[0] != "user"] == [
        *(("login", "kim", "kim"), ("login", "kim", "kim")),
        *(("logout", "kim", "kim"), ("logout", "kim", "root")),
    ]


def test_a_session_ends_at_the_exact_instant_and_is_removed_by_the_next_login(access: AccessStore, url: str) -> None:
    add(access, "kim", "viewer")
    secret = log_in(access, "kim")
    end = NOON + timedelta(hours=12)
    assert access.session_user(secret, at=end - INSTANT) is not None
    assert access.session_user(secret, at=end) is None

    assert count(url, "sessions") == 1
    later = access.log_in("kim", PASSWORD, at=end, valid=timedelta(minutes=5))
    assert later is not None
    assert count(url, "sessions") == 1
    assert access.session_user(later, at=end + timedelta(minutes=5)) is None
    assert access.log_in("kim", "wrong password", at=end + timedelta(minutes=5)) is None
    assert count(url, "sessions") == 0


def count(url: str, table: str) -> int:
    engine = create(url)
    with engine.connect() as connection:
        found = connection.execute(sa.select(sa.func.count()).select_from(Base.metadata.tables[table])).scalar_one()
    engine.dispose()
    return int(found)


def test_a_new_password_and_disabling_end_every_session(access: AccessStore) -> None:
    add(access, "kim", "viewer")
    add(access, "lee", "viewer")
    kims, lees = log_in(access, "kim"), log_in(access, "lee")

    access.set_password("kim", OTHER, author="root", at=NOON)
    assert access.session_user(kims, at=NOON) is None
    assert access.log_in("kim", PASSWORD, at=NOON) is None
    again = access.log_in("kim", OTHER, at=NOON)
    assert again is not None

    access.disable_user("kim", author="root", at=NOON)
    assert access.session_user(again, at=NOON) is None
    assert access.log_in("kim", OTHER, at=NOON) is None
    access.enable_user("kim", author="root", at=NOON)
    assert access.session_user(again, at=NOON) is None
    assert access.log_in("kim", OTHER, at=NOON) is not None
    assert access.session_user(lees, at=NOON) is not None


class Counting(PasswordHasher):
    """Notes what is asked of it: the work, and with it the time, of a login."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.asked: list[str] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.asked.append("hash")
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 -- the library's name
        self.asked.append("verify")
        return super().verify(hash, password)


@pytest.mark.parametrize(
    ("name", "password"),
    [("kim", OTHER), ("nobody", PASSWORD), ("off", PASSWORD), ("off", OTHER), ("a b", PASSWORD), ("kim", "x" * 10_000)],
)
def test_a_failed_login_is_the_same_work_and_the_same_answer_whatever_was_wrong(
    url: str, access: AccessStore, name: str, password: str
) -> None:
    add(access, "kim", "viewer")
    add(access, "off", "viewer")
    access.disable_user("off", author="root", at=NOON)
    hasher = Counting()
    with closing(AccessStore(create(url), hasher=hasher)) as fresh:
        assert fresh.log_in(name, password, at=NOON) is None
        # The first login makes the hash of nobody, whoever asks.
        assert hasher.asked == ["hash", "verify"]
        assert fresh.log_in(name, password, at=NOON) is None
        assert hasher.asked == ["hash", "verify", "verify"]


def test_the_log_tells_of_failed_logins_without_names_that_are_none(access: AccessStore, state: StateStore) -> None:
    add(access, "kim", "viewer")
    for name in ("kim", "a password typed for a name", "nobody"):
        assert access.log_in(name, OTHER, at=NOON) is None
    failed = [(each.subject, each.author, each.details) for each in state.audit(action="login failed")]
    assert failed == [("kim", "kim", {}), ("(unknown)", "(unknown)", {}), ("(unknown)", "(unknown)", {})]


def test_a_password_hashed_with_former_parameters_is_hashed_again(url: str, access: AccessStore) -> None:
    add(access, "kim", "viewer")
    former = [cell for cell in every_cell(url) if "argon2" in cell]
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with closing(AccessStore(create(url), hasher=stronger)) as later:
        assert later.log_in("kim", OTHER, at=NOON) is None
        assert [cell for cell in every_cell(url) if "argon2" in cell] == former
        assert later.log_in("kim", PASSWORD, at=NOON)
        [hashed] = [cell for cell in every_cell(url) if "argon2" in cell]
        assert "m=16,t=2" in hashed
        assert later.log_in("kim", PASSWORD, at=NOON)
        assert [cell for cell in every_cell(url) if "argon2" in cell] == [hashed]


def test_a_password_changed_while_a_login_is_under_way_does_not_let_in(url: str, access: AccessStore) -> None:
    add(access, "kim", "viewer")

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 -- the library's name
            access.set_password("kim", OTHER, author="root", at=NOON)
            return super().verify(hash, password)

    with closing(AccessStore(create(url), hasher=Slow(time_cost=1, memory_cost=8, parallelism=1))) as slow:
        assert slow.log_in("kim", PASSWORD, at=NOON) is None


def test_the_hasher_of_the_program_is_argon2_with_its_own_parameters(tmp_path: Path) -> None:
    with closing(open_access(f"sqlite:///{tmp_path / 'state.db'}")) as store:
        store.add_user("kim", PASSWORD, "viewer", author="root", at=NOON)
    [hashed] = [cell for cell in every_cell(f"sqlite:///{tmp_path / 'state.db'}") if "argon2" in cell]
    assert not PasswordHasher().check_needs_rehash(hashed)


def test_who_lacks_the_library_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "argon2":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    error = refused(lambda: Passwords().hashed(PASSWORD))
    assert (error.code, error.found, isinstance(error, UsageError)) == ("web_not_installed", "no argon2", True)
    assert 'pip install "upswell[web]"' in error.remedy


# -- tokens


def test_a_token_asks_with_the_lower_of_its_scope_and_the_users_role(access: AccessStore) -> None:
    kim = add(access, "kim", "analyst")
    token, secret = access.add_token("nightly report", user="kim", scope="analyst", author="root", at=NOON)
    _, narrow = access.add_token("board", user="kim", scope="viewer", author="root", at=NOON)
    assert secret.startswith("upw_")
    assert (token.user, token.scope, token.expires_at) == ("kim", "analyst", NOON + timedelta(days=90))
    assert access.token_user(secret, at=NOON) == kim
    assert access.token_user(narrow, at=NOON) == replace(kim, role="viewer")

    error = refused(lambda: access.add_token("x", user="kim", scope="admin", author="root", at=NOON))
    assert (error.code, error.expected) == ("scope_above_role", "analyst or lower")

    access.set_role("kim", "viewer", author="root", at=NOON)
    assert access.token_user(secret, at=NOON) == replace(kim, role="viewer")
    access.set_role("kim", "admin", author="root", at=NOON)
    assert access.token_user(secret, at=NOON) == kim


def test_a_token_ends_at_the_exact_instant_or_never(access: AccessStore) -> None:
    add(access, "kim", "viewer")
    _, brief = access.add_token("a", user="kim", scope="viewer", author="root", at=NOON, valid=timedelta(days=1))
    token, lasting = access.add_token("b", user="kim", scope="viewer", author="root", at=NOON, valid=None)
    end = NOON + timedelta(days=1)
    assert access.token_user(brief, at=end - INSTANT) is not None
    assert access.token_user(brief, at=end) is None
    assert token.expires_at is None
    assert access.token_user(lasting, at=NOON + timedelta(days=40_000)) is not None
    for valid in (timedelta(), timedelta(days=-1), timedelta(days=36_501), timedelta.max):
        call = lambda valid=valid: access.add_token(  # noqa: E731 -- one call, told four times
            "c", user="kim", scope="viewer", author="root", at=NOON, valid=valid
        )
        assert code(call) == "validity_out_of_range"


def test_a_revoked_token_and_one_of_a_disabled_user_let_nobody_in(access: AccessStore, state: StateStore) -> None:
    add(access, "kim", "viewer")
    token, secret = access.add_token("a", user="kim", scope="viewer", author="root", at=NOON)
    other, lasting = access.add_token("b", user="kim", scope="viewer", author="root", at=NOON)

    assert access.revoke_token(token.id, author="lou", at=NOON + INSTANT).revoked_at == NOON + INSTANT
    assert access.revoke_token(token.id, author="lou", at=NOON).revoked_at == NOON + INSTANT
    assert access.token_user(secret, at=NOON) is None

    access.disable_user("kim", author="root", at=NOON)
    assert access.token_user(lasting, at=NOON) is None
    assert code(lambda: access.add_token("c", user="kim", scope="viewer", author="root", at=NOON)) == "user_disabled"
    access.enable_user("kim", author="root", at=NOON)
    assert access.token_user(lasting, at=NOON) is not None

    for number in (0, -1, 99, 2**31, 2**70):
        assert code(lambda number=number: access.revoke_token(number, author="lou", at=NOON)) == "unknown_token"  # type: ignore[misc]
    assert [(each.subject, each.author, each.details) for each in state.audit(action="token")] == [
        ("kim", "root", added(token.id, "a")),
        ("kim", "root", added(other.id, "b")),
        ("kim", "lou", {"change": "revoked", "token": token.id, "name": "a"}),
    ]


def added(token: int, name: str) -> dict[str, object]:
    until = (NOON + timedelta(days=90)).isoformat()
    return {"change": "added", "token": token, "name": name, "scope": "viewer", "until": until}


def test_use_is_noted_once_a_minute(access: AccessStore) -> None:
    add(access, "kim", "viewer")
    add(access, "lee", "viewer")
    _, secret = access.add_token("a", user="kim", scope="viewer", author="root", at=NOON)
    access.add_token("b", user="lee", scope="viewer", author="root", at=NOON)

    def used() -> list[datetime | None]:
        return [token.last_used_at for token in access.tokens()]

    assert used() == [None, None]
    noted = []
    for seconds in (0, 59, 60, 61, 119, 120):
        access.token_user(secret, at=NOON + timedelta(seconds=seconds))
        noted.append(used())
    expected = (0, 0, 60, 60, 60, 120)
    assert noted == [[NOON + timedelta(seconds=each), None] for each in expected]
    assert [token.name for token in access.tokens("lee")] == ["b"]
    assert access.tokens("nobody") == ()
    for wrong in ("", "upw_", f"{secret}x", "\ud800", "\x00"):
        assert access.token_user(wrong, at=NOON) is None


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "a" * 65, "\ud800"])
def test_a_name_of_a_token_that_is_none_is_refused(access: AccessStore, name: str) -> None:
    add(access, "kim", "viewer")
    call = lambda: access.add_token(name, user="kim", scope="viewer", author="root", at=NOON)  # noqa: E731 -- to call
    assert code(call) == "token_name_malformed"
    assert access.tokens() == ()


# -- the first admin


def test_an_invitation_makes_the_first_admin_once(access: AccessStore, state: StateStore) -> None:
    former = access.invite_admin(author="root", at=NOON)
    secret = access.invite_admin(author="root", at=NOON)
    assert former != secret
    assert code(lambda: access.accept_invitation(former, "kim", PASSWORD, at=NOON)) == "invitation_invalid"

    # What is wrong with a name or a password does not use it up.
    assert code(lambda: access.accept_invitation(secret, "a b", PASSWORD, at=NOON)) == "user_name_malformed"
    assert code(lambda: access.accept_invitation(secret, "kim", "short", at=NOON)) == "password_refused"
    add(access, "lee", "viewer")
    assert code(lambda: access.accept_invitation(secret, "lee", PASSWORD, at=NOON)) == "user_exists"

    assert access.accept_invitation(secret, "kim", PASSWORD, at=NOON) == User("kim", "admin", NOON, None)
    assert code(lambda: access.accept_invitation(secret, "lou", PASSWORD, at=NOON)) == "invitation_invalid"
    assert code(lambda: access.invite_admin(author="root", at=NOON)) == "admin_exists"
    assert log_in(access, "kim")
    assert lines(state) == [
        *(("invitation", "admin", "root"), ("invitation", "admin", "root"), ("user", "lee", "root")),
        *(("user", "kim", "kim"), ("invitation", "kim", "kim"), ("login", "kim", "kim")),
    ]


def test_wrong_used_and_expired_are_one_message(access: AccessStore, url: str) -> None:
    secret = access.invite_admin(author="root", at=NOON)
    end = NOON + timedelta(hours=1)
    expired = refused(lambda: access.accept_invitation(secret, "kim", PASSWORD, at=end))
    wrong = refused(lambda: access.accept_invitation("\ud800", "kim", PASSWORD, at=NOON))
    access.accept_invitation(secret, "kim", PASSWORD, at=end - INSTANT)
    used = refused(lambda: access.accept_invitation(secret, "lee", PASSWORD, at=NOON))
    assert isinstance(used, UsageError)
    assert expired.as_dict() == wrong.as_dict() == used.as_dict()
    assert count(url, "invitations") == 0


def test_an_invitation_is_void_once_there_is_an_admin(access: AccessStore) -> None:
    secret = access.invite_admin(author="root", at=NOON)
    add(access, "kim", "admin")
    assert code(lambda: access.accept_invitation(secret, "lee", PASSWORD, at=NOON)) == "invitation_invalid"


def test_of_two_who_accept_at_once_one_is_made_admin(url: str, access: AccessStore) -> None:
    secret = access.invite_admin(author="root", at=NOON)
    outcomes = at_once(
        url,
        *(lambda store, name=name: store.accept_invitation(secret, name, PASSWORD, at=NOON) for name in ("kim", "lee")),
    )
    made = [each for each in outcomes if isinstance(each, User)]
    assert [each for each in outcomes if not isinstance(each, User)] == ["invitation_invalid"]
    assert access.users() == tuple(made)


# -- the store


def test_what_only_reads_makes_no_store(url: str, access: AccessStore, tmp_path: Path) -> None:
    assert access.has_users() is False
    assert (access.users(), access.tokens()) == ((), ())
    assert access.session_user("x", at=NOON) is access.token_user("x", at=NOON) is None
    access.log_out("x", at=NOON)
    assert code(lambda: access.accept_invitation("x", "kim", PASSWORD, at=NOON)) == "invitation_invalid"
    assert access.status().revision is None
    assert list(tmp_path.iterdir()) == []
    add(access, "kim", "viewer")
    assert access.has_users() is True


def test_no_secret_and_no_password_is_in_the_store(url: str, access: AccessStore, tmp_path: Path) -> None:
    invitation = access.invite_admin(author="root", at=NOON)
    access.accept_invitation(invitation, "kim", PASSWORD, at=NOON)
    session = log_in(access, "kim")
    token, secret = access.add_token("ci", user="kim", scope="admin", author="kim", at=NOON)
    access.log_in("kim", OTHER, at=NOON)
    access.set_password("kim", OTHER, author="kim", at=NOON)

    given_out = (invitation, session, secret, secret.removeprefix("upw_"), PASSWORD, OTHER)
    cells = "\n".join(every_cell(url))
    assert [each for each in given_out if each in cells] == []
    with closing(open_state(url)) as state:
        log = repr(state.audit())
    assert "$argon2" in cells
    assert "argon2" not in log + repr(token) + repr(access.users())
    hashes = hashes_in(url)
    assert len(hashes) == 2
    assert [each for each in (*given_out, *hashes) if each in log] == []
    if url.startswith("sqlite"):
        access.close()
        content = (tmp_path / "state.db").read_bytes()
        assert [each for each in given_out if each.encode() in content] == []


def test_an_error_of_the_database_shows_no_hash(url: str, access: AccessStore) -> None:
    add(access, "kim", "viewer")
    engine = create(url)
    [hashed] = [cell for cell in every_cell(url) if "argon2" in cell]
    again = Base.metadata.tables["users"].insert().values(name="kim", password=hashed, role="viewer", created_at=NOON)
    with pytest.raises(sa.exc.IntegrityError) as raised, engine.begin() as connection:
        connection.execute(again)
    engine.dispose()
    assert hashed not in str(raised.value)


def test_a_store_of_the_first_revision_is_upgraded_and_keeps_what_it_has(url: str, access: AccessStore) -> None:
    engine = create(url)
    config = Config()
    config.set_main_option("script_location", str(resources.files("upswell.state") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        note = {"subject_kind": "month", "subject": "2026-02", "text": "kept", "author": "kim", "at": NOON}
        connection.execute(Base.metadata.tables["notes"].insert().values(**note))
        assert not sa.inspect(connection).has_table("users")
    engine.dispose()

    assert access.status().is_current is False
    assert access.has_users() is False
    add(access, "kim", "viewer")

    assert access.status().revision == access.status().newest
    with closing(open_state(url)) as state:
        assert [each.text for each in state.notes()] == ["kept"]


def test_an_erasure_leaves_users_and_what_lets_them_in_as_they_are(
    url: str, access: AccessStore, state: StateStore
) -> None:
    """Acme is a customer; somebody who is called the same works here."""
    add(access, "acme", "analyst")
    secret = log_in(access, "acme")
    token, token_secret = access.add_token("sync for acme", user="acme", scope="viewer", author="acme", at=NOON)
    invitation = access.invite_admin(author="acme", at=NOON)
    state.add_note("customer", "acme", "acme called", author="acme", at=NOON)
    state.add_note("customer", "acme", "acme called", author="acme of Acme", at=NOON)
    before = hashes_in(url)
    seen = {text for text, _ in state.texts()}

    # A rewriting that spares nothing it is given.
    def rewrite(text: str, _: bool) -> str:
        return "gone" if "acme" in text or text in before else text

    state.rewrite(rewrite, token="gone", author="lou", at=NOON)

    assert len(before) == 4
    assert hashes_in(url) == before
    assert not seen & before
    assert [user.name for user in access.users()] == ["acme"]
    assert access.session_user(secret, at=NOON) is not None
    assert access.token_user(token_secret, at=NOON) == User("acme", "viewer", NOON, None)
    # What somebody wrote may speak of the customer.
    assert [(each.id, each.name, each.user) for each in access.tokens()] == [(token.id, "gone", "acme")]
    assert [(each.subject, each.text, each.author) for each in state.notes()] == [
        ("gone", "gone", "acme"),
        ("gone", "gone", "gone"),
    ]
    assert ("user", "acme", "root") in lines(state)
    assert ("login", "acme", "acme") in lines(state)
    assert access.accept_invitation(invitation, "kim", PASSWORD, at=NOON).role == "admin"


def test_every_column_of_text_is_either_rewritten_or_named_here() -> None:
    """Who adds a column decides: a text may speak of a customer unless it says that it is kept."""
    kept = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.info.get("is_kept", False)
    }
    assert kept == {
        *("users.name", "users.password", "users.role", "sessions.hash", "sessions.user_name"),
        *("api_tokens.user_name", "api_tokens.scope", "api_tokens.hash", "invitations.hash"),
        *("offers.what", "offers.channels", "touch_outcomes.outcome", "quiet.kind", "handovers.currency"),
        *("handovers.status", "listings.arm", "suppressions.guardrail"),
    }
