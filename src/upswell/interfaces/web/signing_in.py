"""Signing in and out, and the first admin, who comes with a one-time token from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from upswell.errors import UpswellError
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.visitors import (
    SESSION_COOKIE,
    Asking,
    AtDesk,
    require_form_of_ours,
    visitor_of,
)
from upswell.interfaces.web.shell import page

# A person who mistypes gets in after a minute; a program that guesses gets nowhere in a lifetime.
_OF_A_NAME: Final = RateLimitItemPerMinute(5)
_OF_A_PLACE: Final = RateLimitItemPerMinute(30)
_SESSION_SECONDS: Final = 12 * 60 * 60
_Text = Annotated[str, Form(max_length=1024)]
router = APIRouter(include_in_schema=False)


class TooManyTriesError(UpswellError):
    """More tries than a person makes."""

    http_status = 429


class Tries:
    """How often somebody tried to sign in of late, by name and by where from."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def require_few(self, name: str, place: str) -> None:
        """Count a try. Raises `TooManyTriesError` where there were too many."""
        few = self._window.hit(_OF_A_PLACE, "place", place) and self._window.hit(_OF_A_NAME, "name", name.casefold())
        if not few:
            raise TooManyTriesError(
                "too many tries",
                code="too_many_tries",
                expected="a few a minute",
                remedy="wait a minute; an admin can set another password with `upswell users password`",
            )


@router.get("/login")
def login_page(request: Request) -> Response:
    """The form."""
    if visitor_of(request) is not None:
        return RedirectResponse(_inside(request.query_params.get("next")), status_code=303)
    return page(request, "login.html.j2", "Sign in", next=request.query_params.get("next", ""), failed=False)


@router.post("/login")
def log_in(request: Request, desk: AtDesk, name: _Text, password: _Text, next: _Text = "") -> Response:  # noqa: A002
    """Sign in."""
    tries: Tries = request.app.state.tries
    tries.require_few(name, request.client.host if request.client else "")
    secret = desk.workspace.access.log_in(name, password, at=datetime.now(UTC))
    if secret is None:
        return page(request, "login.html.j2", "Sign in", status=401, next=next, failed=True)
    return _with_session(request, RedirectResponse(_inside(next), status_code=303), secret)


@router.post("/logout")
def log_out(request: Request, desk: AtDesk, visitor: Asking, csrf: Annotated[str, Form()] = "") -> Response:
    """Sign out."""
    require_form_of_ours(visitor, csrf)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is not None:
        desk.workspace.access.log_out(secret, at=datetime.now(UTC))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/welcome")
def welcome(request: Request) -> Response:
    """Where the first admin comes in."""
    return page(request, "welcome.html.j2", "The first admin", problem=None)


@router.post("/welcome")
def first_admin(request: Request, desk: AtDesk, token: _Text, name: _Text, password: _Text) -> Response:
    """Make the first admin of whoever has the token of the command line."""
    tries: Tries = request.app.state.tries
    tries.require_few("the first admin", request.client.host if request.client else "")
    try:
        desk.workspace.access.accept_invitation(token.strip(), name, password, at=datetime.now(UTC))
    except UpswellError as error:
        return page(request, "welcome.html.j2", "The first admin", status=error.http_status, problem=error.as_dict())
    return _signed_in(request, desk, name, password)


def _signed_in(request: Request, desk: Desk, name: str, password: str) -> Response:
    secret = desk.workspace.access.log_in(name, password, at=datetime.now(UTC))
    answer = RedirectResponse("/", status_code=303)
    return answer if secret is None else _with_session(request, answer, secret)


def _with_session(request: Request, answer: Response, secret: str) -> Response:
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=_SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or request.app.state.secure_cookies,
    )
    return answer


def _inside(address: str | None) -> str:
    """A path of this server, whatever was asked for: `//elsewhere` and `https://elsewhere` are none."""
    is_ours = address is not None and address.startswith("/") and address[1:2] not in ("/", "\\")
    return address if address is not None and is_ours and address.isprintable() else "/"
