"""What the state holds, as plain values: a row read is a row that changes no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

ClosingAction = Literal["close", "reopen"]
# What a user may do, each including the ones before it.
ROLES: Final = ("viewer", "analyst", "admin")
# Actions of the audit log whose subject is a user.
ACCESS_ACTIONS: Final = ("user", "token", "invitation", "login", "login failed", "logout")


def at_least(role: str, needed: str) -> bool:
    """Whether `role` includes what `needed` may do."""
    return ROLES.index(role) >= ROLES.index(needed)


@dataclass(frozen=True)
class Segment:
    """A saved, named filter in the language of `--where`."""

    name: str
    expression: str
    author: str
    saved_at: datetime


@dataclass(frozen=True)
class Closing:
    """A month closed or opened again; `record` is what the closing fixed. The last one of a month rules."""

    id: int
    month: str
    action: ClosingAction
    at: datetime
    author: str
    reason: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Correction:
    """A correction of the ledger with its author and reason; `undoes` is the entry that it takes back."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    author: str
    reason: str
    at: datetime
    undoes: int | None


@dataclass(frozen=True)
class Note:
    """What somebody wrote to a month, a customer, a movement: `subject_kind` and `subject` say to which."""

    id: int
    subject_kind: str
    subject: str
    text: str
    author: str
    at: datetime


@dataclass(frozen=True)
class AuditEntry:
    """Something that was done: who, when, to what. Entries are never changed or removed."""

    id: int
    at: datetime
    author: str
    action: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class User:
    """A person who may ask, and as what; since `disabled_at` no more."""

    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class ApiToken:
    """A token with which a program asks for `user`: with the role `scope`, or the user's where that is lower."""

    id: int
    name: str
    user: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class StateStatus:
    """Which store is in use and whether its tables are this release's; `revision` is None where there are none yet."""

    engine: Literal["SQLite", "PostgreSQL"]
    url: str
    revision: str | None
    newest: str

    @property
    def is_current(self) -> bool:
        """Whether nothing is left to upgrade."""
        return self.revision == self.newest
