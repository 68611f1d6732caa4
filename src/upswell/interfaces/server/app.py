"""The application: guard, errors, the API, the pages.

app = create_app(folder)                       loopback only
app = create_app(folder, hosts=["metrics.example"])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from upswell import __version__
from upswell.errors import BookError, QuestionEndedError, UpswellError
from upswell.interfaces.api.router import API_PREFIX, api_router, webhook_router, with_examples
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.guard import LOOPBACK_NAMES, Guard
from upswell.interfaces.server.problems import as_json, of_status, of_validation
from upswell.interfaces.server.uploads import UPLOAD_SECONDS
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.pages import page_router
from upswell.interfaces.web.problem_page import problem_page
from upswell.interfaces.web.signing_in import Tries
from upswell.interfaces.web.warming import warm_pages

SECONDS_MAX: Final = 60.0
_GZIP_LEVEL: Final = 5
# What a form of a page sends; files have a limit of their own.
BODY_BYTES: Final = 1_000_000


def create_app(
    folder: Path,
    *,
    hosts: Collection[str] = LOOPBACK_NAMES,
    seconds_max: float = SECONDS_MAX,
    behind_https: bool = False,
    needs_users: bool = False,
    renders_ahead: bool = True,
) -> FastAPI:
    """The application for the workspace in `folder`; `hosts` are the names it answers to.

    A question may take `seconds_max`. `behind_https` is for a server behind one that speaks HTTPS. With `needs_users`
    nobody is let in where there are none, or none any more: for a server that others can reach. `renders_ahead` says
    whether default views are rendered before anybody asks.
    """
    desk = Desk(folder, warmers=(warm_pages,) if renders_ahead else ())

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        desk.open()
        yield
        desk.close()

    app = FastAPI(
        title="Upswell",
        version=__version__,
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.tries = Tries()
    app.state.secure_cookies = behind_https
    app.state.needs_users = needs_users
    app.include_router(api_router())
    app.include_router(webhook_router())
    app.include_router(page_router(), max_body_size=BODY_BYTES)
    plain = app.openapi
    app.openapi = lambda: with_examples(plain())  # type: ignore[method-assign]

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """Whether the process answers; it says nothing of the workspace, and waits for no question."""
        return {"status": "ok"}

    @app.get(f"{API_PREFIX}/openapi.json", include_in_schema=False, dependencies=[needs("viewer")])
    def openapi() -> JSONResponse:
        """Every path of the API."""
        return JSONResponse(app.openapi())

    app.add_exception_handler(UpswellError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=_GZIP_LEVEL)
    app.add_middleware(
        Guard,
        hosts=hosts,
        https=behind_https,
        seconds_max=seconds_max,
        body_seconds=UPLOAD_SECONDS,
        questions=desk.questions,
        on_fault=_fail,
    )
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    problem: UpswellError
    match error:
        case BookError() if request.app.state.desk.was_swept(error):
            problem = QuestionEndedError(
                "another book took the place of the one that was asked",
                code="book_replaced",
                remedy="ask again; the new book answers",
            )
        case UpswellError():
            problem = error
        case RequestValidationError():
            problem = of_validation(error)
        case HTTPException():
            problem = of_status(error)
        case _:
            raise error
    return _answer(request, problem)


async def _fail(request: Request, _: Exception) -> Response:
    problem = UpswellError(
        "Upswell made a mistake; nothing was changed by it",
        code="internal_error",
        remedy="report it with the request id; the server's log has the details",
    )
    return _answer(request, problem)


def _answer(request: Request, problem: UpswellError) -> Response:
    if request.url.path.startswith(("/api/", "/webhooks/")):
        return as_json(request, problem)
    try:
        return problem_page(request, problem)
    except UpswellError:
        # Where settings or state cannot be read, neither can who asks: an error is told without its page.
        return as_json(request, problem)
