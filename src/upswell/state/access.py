"""Who may ask: users with a role, their sessions and API tokens, and the invitation of a first admin.

    access.add_user("kim", "correct horse battery", "analyst", author="lou", at=now)
    secret = access.log_in("kim", "correct horse battery", at=now)      None where name or password is wrong
    access.session_user(secret, at=now)                                 User(name='kim', role='analyst', ...)

A secret is given out once and stored as its SHA-256 alone: it has 256 bits of chance, so that nobody guesses it from
the hash. Passwords have less, and are stored as Argon2 makes them. Every change writes its line of the audit log in the
same transaction; neither a secret nor a hash is ever in one. When a token was last used, and that a session expired, is
no change of who may do what, and has none.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from upswell.errors import NotFoundError, UsageError
from upswell.state.base import Store, audit_line
from upswell.state.passwords import Passwords
from upswell.state.records import ROLES, ApiToken, User, at_least
from upswell.state.tables import InvitationRow, SessionRow, TokenRow, UserRow

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_ADMIN: Final = ROLES[-1]
_NAME: Final = re.compile(r"[A-Za-z0-9._@+-]{1,64}")
_TOKEN_NAME_LENGTH: Final = 64
_PASSWORD_LENGTHS: Final = range(12, 1024 + 1)
_SECRET_BYTES: Final = 32
_TOKEN_PREFIX: Final = "upw_"
# Names that were tried are not written down: somebody may have typed a password there.
_UNKNOWN: Final = "(unknown)"
_ID_MAX: Final = 2**31 - 1
_INVITATION_VALID: Final = timedelta(hours=1)
_SESSION_VALID: Final = timedelta(hours=12)
_TOKEN_VALID: Final = timedelta(days=90)
_VALID_MAX: Final = timedelta(days=36_500)
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


class AccessStore(Store):
    """The users of one workspace and what they are let in by.

    Times are aware datetimes; something valid until an instant is no longer valid at it. What only reads makes no store
    where there is none. Methods raise what those of `StateStore` do. `hasher` is for tests, which have no time.
    """

    def __init__(self, engine: Engine, *, hasher: PasswordHasher | None = None) -> None:
        super().__init__(engine)
        self._passwords = Passwords(hasher)

    # -- users -----------------------------------------------------------------------------------

    def users(self) -> tuple[User, ...]:
        """Every user, disabled ones too, by name."""
        if not self._is_there():
            return ()
        with self._session() as session:
            return tuple(_user(row) for row in session.query(UserRow).order_by(UserRow.name))

    def has_users(self) -> bool:
        """Whether there is a user, disabled ones counted."""
        if not self._is_there():
            return False
        with self._session() as session:
            return session.query(UserRow.name).first() is not None

    def add_user(self, name: str, password: str, role: str, *, author: str, at: datetime) -> User:
        """Add a user; raises `UsageError` for a name that is malformed or taken, a weak password, an unknown role."""
        _require_name(name)
        _require_role(role)
        _require_password(name, password)
        # Hashed before the transaction, which other writers wait for.
        hashed = self._passwords.hashed(password)
        with self._session(writes=True) as session:
            return _added(session, name, hashed, role, author=author, at=at)

    def set_role(self, name: str, role: str, *, author: str, at: datetime) -> User:
        """Give a user another role; raises `UsageError` (last_admin) where nobody would be admin any more."""
        _require_role(role)
        with self._user_to_change(name) as (session, row):
            if row.role != role:
                if row.role == _ADMIN:
                    _require_another_admin(session, row)
                former, row.role = row.role, role
                _log_user(session, name, "role", author=author, at=at, role=role, former=former)
            return _user(row)

    def set_password(self, name: str, password: str, *, author: str, at: datetime) -> User:
        """Give a user another password, and end every session that was begun with the former one."""
        _require_password(name, password)
        hashed = self._passwords.hashed(password)
        with self._user_to_change(name) as (session, row):
            row.password = hashed
            ended = _end_sessions(session, name)
            _log_user(session, name, "password", author=author, at=at, sessions_ended=ended)
            return _user(row)

    def disable_user(self, name: str, *, author: str, at: datetime) -> User:
        """Let a user in no more, by no session and no token; raises `UsageError` (last_admin) for the last admin."""
        with self._user_to_change(name) as (session, row):
            if row.disabled_at is None:
                _require_another_admin(session, row)
                row.disabled_at = at
                ended = _end_sessions(session, name)
                _log_user(session, name, "disabled", author=author, at=at, sessions_ended=ended)
            return _user(row)

    def enable_user(self, name: str, *, author: str, at: datetime) -> User:
        """Let a disabled user in again; tokens that are neither revoked nor expired work again, too."""
        with self._user_to_change(name) as (session, row):
            if row.disabled_at is not None:
                row.disabled_at = None
                _log_user(session, name, "enabled", author=author, at=at)
            return _user(row)

    # -- the first admin -------------------------------------------------------------------------

    def invite_admin(self, *, author: str, at: datetime, valid: timedelta = _INVITATION_VALID) -> str:
        """The secret with which the first admin is made, once; a former one is void.

        Raises `UsageError` (admin_exists) where an enabled admin is there, who can add others.
        """
        expires_at = _until(at, valid)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self._session(writes=True) as session:
            if _enabled_admins(session):
                raise UsageError(
                    "there is an admin already",
                    code="admin_exists",
                    expected="no enabled admin",
                    found="an enabled admin",
                    remedy="let an admin add users, or run `upswell users add NAME --role admin`",
                )
            session.execute(sa.delete(InvitationRow))
            session.add(InvitationRow(hash=_hash(secret), created_at=at, expires_at=expires_at))
            details = {"change": "invited", "until": expires_at.isoformat()}
            audit_line(session, "invitation", _ADMIN, author=author, at=at, details=details)
        return secret

    def accept_invitation(self, secret: str, name: str, password: str, *, at: datetime) -> User:
        """Make the first admin, and use the invitation up with it.

        Raises `UsageError`: invitation_invalid for one that is wrong, used, expired or void, since there is an admin by
        now; what `add_user` raises for the name and the password, and the invitation holds on.
        """
        # Before anything is hashed: who has no invitation is to cost nothing.
        if not self._is_there():
            raise _invitation_invalid()
        with self._session() as session:
            _require_invitation(session, secret, at)
        _require_name(name)
        _require_password(name, password)
        hashed = self._passwords.hashed(password)
        with self._session(writes=True) as session:
            invitation = _require_invitation(session, secret, at)
            added = _added(session, name, hashed, _ADMIN, author=name, at=at)
            session.delete(invitation)
            audit_line(session, "invitation", name, author=name, at=at, details={"change": "accepted"})
            return added

    # -- sessions --------------------------------------------------------------------------------

    def log_in(self, name: str, password: str, *, at: datetime, valid: timedelta = _SESSION_VALID) -> str | None:
        """The secret of a new session; None where the name or the password is wrong or the user disabled.

        All three take the same time, so that nobody learns from it who is a user.
        """
        expires_at = _until(at, valid)
        held, is_enabled = self._login_of(name)
        # What cannot be a password is not hashed: it may be long, or no text.
        is_right = self._passwords.match(held, password if _can_be_password(password) else "")
        outdated = held is not None and is_right and is_enabled and self._passwords.is_outdated(held)
        renewed = self._passwords.hashed(password) if outdated else None
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self._session(writes=True) as session:
            session.execute(sa.delete(SessionRow).where(SessionRow.expires_at <= at))
            row = None if held is None else session.get(UserRow, name)
            # Looked at again: somebody may have changed the password or disabled the user meanwhile.
            if row is None or not is_right or row.disabled_at is not None or row.password != held:
                subject = _UNKNOWN if row is None else name
                audit_line(session, "login failed", subject, author=subject, at=at, details={})
                return None
            if renewed is not None:
                row.password = renewed
            session.add(SessionRow(hash=_hash(secret), user_name=name, created_at=at, expires_at=expires_at))
            audit_line(session, "login", name, author=name, at=at, details={"until": expires_at.isoformat()})
        return secret

    def session_user(self, secret: str, *, at: datetime) -> User | None:
        """Whose session it is; None where it is none, is expired, or the user is disabled."""
        if not self._is_there():
            return None
        with self._session() as session:
            found = session.get(SessionRow, _hash(secret))
            if found is None or found.expires_at <= at:
                return None
            return _enabled(session, found.user_name)

    def log_out(self, secret: str, *, at: datetime) -> None:
        """End a session; where it is none, nothing happens."""
        if not self._is_there():
            return
        with self._session(writes=True) as session:
            found = session.get(SessionRow, _hash(secret))
            if found is not None:
                session.delete(found)
                name = found.user_name
                audit_line(session, "logout", name, author=name, at=at, details={"sessions_ended": 1})

    def end_sessions(self, name: str, *, author: str, at: datetime) -> int:
        """End every session of a user; how many there were."""
        with self._user_to_change(name) as (session, _):
            ended = _end_sessions(session, name)
            if ended:
                audit_line(session, "logout", name, author=author, at=at, details={"sessions_ended": ended})
            return ended

    # -- tokens ----------------------------------------------------------------------------------

    def add_token(
        self, name: str, *, user: str, scope: str, author: str, at: datetime, valid: timedelta | None = _TOKEN_VALID
    ) -> tuple[ApiToken, str]:
        """A token with which a program asks for `user`, and its secret, which is shown this once.

        Without `valid` it does not expire. Raises `UsageError`: scope_above_role where the user has a lower role,
        user_disabled, token_name_malformed.
        """
        _require_token_name(name)
        _require_role(scope)
        expires_at = None if valid is None else _until(at, valid)
        secret = _TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        with self._user_to_change(user) as (session, owner):
            _require_scope(owner, scope)
            row = TokenRow(
                name=name, user_name=user, scope=scope, hash=_hash(secret), created_at=at, expires_at=expires_at
            )
            session.add(row)
            session.flush()
            until = None if expires_at is None else expires_at.isoformat()
            _log_token(session, row, "added", author=author, at=at, scope=scope, until=until)
            return _token(row), secret

    def tokens(self, user: str | None = None) -> tuple[ApiToken, ...]:
        """Every token (of one user), revoked and expired ones too, oldest first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            rows = session.query(TokenRow).order_by(TokenRow.id)
            return tuple(_token(row) for row in (rows if user is None else rows.filter_by(user_name=user)))

    def revoke_token(self, id: int, *, author: str, at: datetime) -> ApiToken:  # noqa: A002 -- as the record calls it
        """Let a token in no more; raises `NotFoundError` (unknown_token)."""
        with self._session(writes=True) as session:
            row = session.get(TokenRow, id) if 0 < id <= _ID_MAX else None
            if row is None:
                raise NotFoundError(
                    f"there is no token {id}",
                    code="unknown_token",
                    expected="the number of a token",
                    found=str(id),
                    remedy="`upswell tokens list` lists them",
                )
            if row.revoked_at is None:
                row.revoked_at = at
                _log_token(session, row, "revoked", author=author, at=at)
            return _token(row)

    def token_user(self, secret: str, *, at: datetime) -> User | None:
        """For whom a token asks, with the role it has: its scope, or the user's role where that is lower by now.

        None where it is no token, is revoked or expired, or the user is disabled.
        """
        if not self._is_there():
            return None
        hashed = _hash(secret)
        with self._session() as session:
            row = session.query(TokenRow).filter_by(hash=hashed).one_or_none()
            if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
                return None
            user = _enabled(session, row.user_name)
            used = row.last_used_at
        if user is not None and (used is None or at - used >= _USE_NOTED_EVERY):
            with self._session(writes=True) as session:
                session.execute(sa.update(TokenRow).where(TokenRow.hash == hashed).values(last_used_at=at))
        return None if user is None else replace(user, role=min(user.role, row.scope, key=ROLES.index))

    # -- inside ----------------------------------------------------------------------------------

    def _login_of(self, name: str) -> tuple[str | None, bool]:
        """The hash of a user's password and whether the user is enabled; no hash where there is no such user."""
        if not _NAME.fullmatch(name):
            # Not looked up: no database takes every text.
            return None, False
        with self._session() as session:
            row = session.get(UserRow, name)
            return (None, False) if row is None else (row.password, row.disabled_at is None)

    @contextmanager
    def _user_to_change(self, name: str) -> Iterator[tuple[Session, UserRow]]:
        with self._session(writes=True) as session:
            row = session.get(UserRow, name) if _NAME.fullmatch(name) else None
            if row is None:
                raise NotFoundError(
                    f"there is no user {name}",
                    code="unknown_user",
                    expected="the name of a user",
                    found=name,
                    remedy="`upswell users list` lists them",
                )
            yield session, row


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _until(at: datetime, valid: timedelta) -> datetime:
    if not timedelta() < valid <= _VALID_MAX:
        raise UsageError(
            "nothing can be valid for so long a time",
            code="validity_out_of_range",
            expected=f"more than no time, and {_VALID_MAX.days:,} days at most",
            found=str(valid),
            remedy="choose another time",
        )
    return at + valid


# -- users


def _added(session: Session, name: str, hashed: str, role: str, *, author: str, at: datetime) -> User:
    if session.get(UserRow, name) is not None:
        raise UsageError(
            f"there is a user {name} already",
            code="user_exists",
            expected="a new name",
            found=name,
            remedy=f"choose another name; `upswell users password {name}` gives that user a new password",
        )
    row = UserRow(name=name, password=hashed, role=role, created_at=at)
    session.add(row)
    _log_user(session, name, "added", author=author, at=at, role=role)
    session.flush()
    return _user(row)


def _enabled(session: Session, name: str) -> User | None:
    row = session.get(UserRow, name)
    return None if row is None or row.disabled_at is not None else _user(row)


def _enabled_admins(session: Session) -> list[str]:
    rows = session.query(UserRow).filter_by(role=_ADMIN, disabled_at=None)
    return [row.name for row in rows]


def _require_another_admin(session: Session, row: UserRow) -> None:
    if _enabled_admins(session) == [row.name]:
        raise UsageError(
            f"{row.name} is the last admin",
            code="last_admin",
            expected="another enabled admin",
            found="none",
            remedy="run `upswell users role NAME admin` for somebody else first",
        )


def _end_sessions(session: Session, name: str) -> int:
    rows = session.query(SessionRow).filter_by(user_name=name).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def _log_user(session: Session, name: str, change: str, *, author: str, at: datetime, **details: Any) -> None:
    audit_line(session, "user", name, author=author, at=at, details={"change": change, **details})


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a user",
            code="user_name_malformed",
            expected="1 to 64 of the letters a to z, digits and . _ @ + -",
            found=name,
            remedy="choose another name, such as kim or kim@example.com",
        )


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise UsageError(
            f"there is no role {role}",
            code="unknown_role",
            expected=f"one of: {', '.join(ROLES)}",
            found=role,
            remedy="choose one of them; each includes what those before it may do",
        )


def _can_be_password(password: str) -> bool:
    """Whether it has a length that we take and can be written in UTF-8."""
    return len(password) in _PASSWORD_LENGTHS and not any("\ud800" <= each <= "\udfff" for each in password)


def _require_password(name: str, password: str) -> None:
    if not _can_be_password(password) or password == name:
        # What was given is not shown, not even its length.
        raise UsageError(
            "this cannot be a password",
            code="password_refused",
            where=f"the password of {name}",
            expected=f"{_PASSWORD_LENGTHS[0]} to {_PASSWORD_LENGTHS[-1]:,} characters, and not the name",
            remedy="choose a longer one, such as four words by chance",
        )


# -- the first admin


def _require_invitation(session: Session, secret: str, at: datetime) -> InvitationRow:
    row = session.get(InvitationRow, _hash(secret))
    if row is None or row.expires_at <= at or _enabled_admins(session):
        raise _invitation_invalid()
    return row


def _invitation_invalid() -> UsageError:
    return UsageError(
        "the invitation does not hold",
        code="invitation_invalid",
        expected="the newest invitation, neither used nor expired",
        found="another text, or one that is void",
        remedy="run `upswell users invite` for a new one",
    )


# -- tokens


def _require_token_name(name: str) -> None:
    if not (name.strip() and name.isprintable() and len(name) <= _TOKEN_NAME_LENGTH):
        raise UsageError(
            f"{name!r} cannot be the name of a token",
            code="token_name_malformed",
            expected=f"1 to {_TOKEN_NAME_LENGTH} printable characters",
            found=name,
            remedy="choose another name, such as nightly-report",
        )


def _require_scope(user: UserRow, scope: str) -> None:
    if user.disabled_at is not None:
        raise UsageError(
            f"the user {user.name} is disabled",
            code="user_disabled",
            expected="an enabled user",
            found=user.name,
            remedy=f"run `upswell users enable {user.name}` first",
        )
    if not at_least(user.role, scope):
        raise UsageError(
            f"a token of {user.name} cannot be {scope}",
            code="scope_above_role",
            expected=f"{user.role} or lower",
            found=scope,
            remedy="choose a lower scope, or another user",
        )


def _log_token(session: Session, row: TokenRow, change: str, *, author: str, at: datetime, **details: Any) -> None:
    told = {"change": change, "token": row.id, "name": row.name, **details}
    audit_line(session, "token", row.user_name, author=author, at=at, details=told)


def _user(row: Any) -> User:
    return User(row.name, row.role, row.created_at, row.disabled_at)


def _token(row: Any) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        user=row.user_name,
        scope=row.scope,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
