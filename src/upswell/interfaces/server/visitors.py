"""Who asks: a person signed in, a program with a token, or, where there are no users, whoever is at this machine.

    @router.get("/metrics", dependencies=[needs("viewer")])
    def metrics(desk: AtDesk, visitor: Asking) -> ...

A workspace without users listens on loopback only, and whoever reaches it there may do everything; the guard has looked
at the request's Host and Origin before, so that this is no page of somebody else's. A server that others can reach lets
nobody in where its users are gone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request

from upswell.errors import UpswellError
from upswell.interfaces.server.desk import Desk
from upswell.state.records import at_least
from upswell.workspace.author import this_author

SESSION_COOKIE: Final = "upswell_session"
CSRF_FIELD: Final = "csrf"
_SCHEME: Final = "bearer "
_AT_THIS_MACHINE: Final = secrets.token_bytes(32)


class NotSignedInError(UpswellError):
    """Nobody is signed in, and no valid token came with the request."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign in first",
            code="not_signed_in",
            expected="a session, or a header `Authorization: Bearer TOKEN` with a valid token",
            remedy="sign in at /login, or make a token with `upswell tokens add`",
        )


class NotAllowedError(UpswellError):
    """The visitor's role does not include this."""

    http_status = 403


@dataclass(frozen=True)
class Visitor:
    """Who asks, with which role, and how that is known; `csrf` is the proof that forms of theirs carry."""

    name: str
    role: str
    via: Literal["machine", "session", "token"]
    csrf: str

    def may(self, role: str) -> bool:
        """Whether the visitor's role includes `role`."""
        return at_least(self.role, role)


def desk_of(request: Request) -> Desk:
    """The desk of the application that answers."""
    desk: Desk = request.app.state.desk
    return desk


def visitor_of(request: Request) -> Visitor | None:
    """Who asks; None where users exist and it is none of them."""
    known = request.scope.get("upswell.visitor", ...)
    if known is ...:
        known = request.scope["upswell.visitor"] = _visitor(request)
    visitor: Visitor | None = known
    return visitor


def _visitor(request: Request) -> Visitor | None:
    access, at = desk_of(request).workspace.access, datetime.now(UTC)
    given = request.headers.get("authorization", "")
    if given.lower().startswith(_SCHEME):
        user = access.token_user(given[len(_SCHEME) :].strip(), at=at)
        return None if user is None else Visitor(user.name, user.role, "token", "")
    if not access.has_users():
        if request.app.state.needs_users:
            return None
        return Visitor(this_author(), "admin", "machine", _proof(_AT_THIS_MACHINE))
    secret = request.cookies.get(SESSION_COOKIE)
    user = None if secret is None else access.session_user(secret, at=at)
    return None if user is None or secret is None else Visitor(user.name, user.role, "session", _proof(secret.encode()))


def needs(role: str) -> Any:
    """A dependency that lets in whoever has at least `role`.

    Raises `NotSignedInError` where nobody is known, `NotAllowedError` where the role is too low.
    """

    def look(request: Request) -> None:
        visitor = visitor_of(request)
        if visitor is None:
            raise NotSignedInError
        if not visitor.may(role):
            raise NotAllowedError(
                f"{visitor.name} may not do this",
                code="not_allowed",
                expected=f"the role {role}",
                found=f"the role {visitor.role}",
                remedy="ask an admin of this workspace",
            )

    look.__name__ = f"needs_{role}"
    return Depends(look)


def asking(request: Request) -> Visitor:
    """Who asks; raises `NotSignedInError` where nobody is known."""
    visitor = visitor_of(request)
    if visitor is None:
        raise NotSignedInError
    return visitor


def require_form_of_ours(visitor: Visitor, given: str) -> None:
    """Raise `NotAllowedError` for a form that no page of this visitor's made."""
    if visitor.via == "token" or hmac.compare_digest(visitor.csrf.encode(), given.encode("utf-8", "replace")):
        return
    raise NotAllowedError(
        "the form has gone stale",
        code="csrf_mismatch",
        expected="a form of a page that was opened in this session",
        remedy="open the page again and send the form from there",
    )


def _proof(secret: bytes) -> str:
    return hmac.new(secret, b"form", hashlib.sha256).hexdigest()


AtDesk = Annotated[Desk, Depends(desk_of)]
Asking = Annotated[Visitor, Depends(asking)]
