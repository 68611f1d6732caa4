"""Settings: how the workspace is set, saved segments, users, tokens, and the whole audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from upswell.interfaces.server.visitors import (
    Asking,
    AtDesk,
    NotAllowedError,
    Visitor,
    needs,
    require_form_of_ours,
)
from upswell.interfaces.web.shell import page
from upswell.state.records import ROLES

_AUDIT_ROWS: Final = 100
_Short = Annotated[str, Form(max_length=200)]
_Csrf = Annotated[str, Form()]
_Password = Annotated[str, Form(max_length=1024)]
router = APIRouter(include_in_schema=False)


@router.get("/settings", dependencies=[needs("viewer")])
def settings(request: Request, desk: AtDesk, visitor: Asking) -> Response:
    """What can be set, and what is set elsewhere."""
    return _settings(request, desk, visitor)


@router.post("/settings/segments", dependencies=[needs("analyst")])
def save_segment(
    desk: AtDesk, visitor: Asking, name: _Short, expression: Annotated[str, Form(max_length=4000)], csrf: _Csrf = ""
) -> Response:
    """Save a segment."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.save_segment(name, expression=expression, author=visitor.name)
    return RedirectResponse("/settings#segments", status_code=303)


@router.post("/settings/segments/remove", dependencies=[needs("analyst")])
def remove_segment(desk: AtDesk, visitor: Asking, name: _Short, csrf: _Csrf = "") -> Response:
    """Remove a segment."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.remove_segment(name, author=visitor.name)
    return RedirectResponse("/settings#segments", status_code=303)


@router.post("/settings/users", dependencies=[needs("admin")])
def add_user(
    desk: AtDesk, visitor: Asking, name: _Short, password: _Password, role: _Short, csrf: _Csrf = ""
) -> Response:
    """Add a user."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.access.add_user(name, password, role, author=visitor.name, at=datetime.now(UTC))
    return RedirectResponse("/settings#users", status_code=303)


@router.post("/settings/users/change", dependencies=[needs("admin")])
def change_user(desk: AtDesk, visitor: Asking, name: _Short, change: _Short, csrf: _Csrf = "") -> Response:
    """Give a user another role, or disable or enable them."""
    require_form_of_ours(visitor, csrf)
    access, at = desk.workspace.access, datetime.now(UTC)
    match change:
        case "disable":
            access.disable_user(name, author=visitor.name, at=at)
        case "enable":
            access.enable_user(name, author=visitor.name, at=at)
        case _:
            access.set_role(name, change, author=visitor.name, at=at)
    return RedirectResponse("/settings#users", status_code=303)


@router.post("/settings/tokens", dependencies=[needs("viewer")])
def add_token(
    request: Request,
    desk: AtDesk,
    visitor: Asking,
    name: _Short,
    scope: _Short,
    days: Annotated[int, Form(ge=1, le=3650)] = 90,
    csrf: _Csrf = "",
) -> Response:
    """Make a token of one's own, and show it this once."""
    require_form_of_ours(visitor, csrf)
    _require_session(visitor)
    token, secret = desk.workspace.access.add_token(
        name, user=visitor.name, scope=scope, author=visitor.name, at=datetime.now(UTC), valid=timedelta(days=days)
    )
    return _settings(request, desk, visitor, secret=secret, secret_name=token.name)


@router.post("/settings/tokens/revoke", dependencies=[needs("viewer")])
def revoke_token(desk: AtDesk, visitor: Asking, token_id: Annotated[int, Form()], csrf: _Csrf = "") -> Response:
    """Revoke a token of one's own; an admin, anyone's."""
    require_form_of_ours(visitor, csrf)
    _require_session(visitor)
    access = desk.workspace.access
    whose = None if visitor.may("admin") else visitor.name
    if token_id in {token.id for token in access.tokens(whose)}:
        access.revoke_token(token_id, author=visitor.name, at=datetime.now(UTC))
    return RedirectResponse("/settings#tokens", status_code=303)


def _require_session(visitor: Visitor) -> None:
    """Raise `NotAllowedError` for a token: of one with a low scope another with a higher one could be made."""
    if visitor.via != "session":
        raise NotAllowedError(
            "tokens are made and revoked by a person who is signed in",
            code="session_needed",
            expected="a session",
            found="a token" if visitor.via == "token" else "no user",
            remedy="sign in at /login, or use `upswell tokens`",
        )


def _settings(
    request: Request, desk: AtDesk, visitor: Asking, *, secret: str | None = None, secret_name: str | None = None
) -> Response:
    workspace = desk.workspace
    is_admin = visitor.may("admin")
    return page(
        request,
        "settings.html.j2",
        "Settings",
        settings=workspace.settings,
        policies=workspace.policies(),
        segments=workspace.segments(),
        roles=ROLES,
        users=workspace.access.users() if is_admin else (),
        tokens=workspace.access.tokens(None if is_admin else visitor.name),
        secret=secret,
        secret_name=secret_name,
        audit=list(reversed(workspace.audit()))[:_AUDIT_ROWS] if is_admin else [],
    )
