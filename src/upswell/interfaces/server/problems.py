"""Errors as programs read them: one shape, whatever went wrong.

    {"error": {"code": "unknown_metric", "message": ..., "where": ..., "expected": ..., "found": ..., "remedy": ...}}

with the HTTP status of the error's class, and in `request_id` the line of the server's log that belongs to it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from upswell.errors import UpswellError, UsageError

# What stands under these names is repeated to nobody.
_SECRET: Final = frozenset({"password", "token", "csrf"})


def as_json(request: Request, error: UpswellError) -> JSONResponse:
    """The answer to a program."""
    said = without_folder(error.as_dict(), request.app.state.desk.folder)
    body: dict[str, Any] = {"error": said | {"request_id": request.scope.get("upswell.request_id")}}
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == 401 else {}  # noqa: PLR2004 -- it is what it says
    if error.http_status == 503:  # noqa: PLR2004
        headers["Retry-After"] = "5"
    return JSONResponse(body, status_code=error.http_status, headers=headers)


def without_folder(said: Any, folder: Path) -> Any:
    """Texts, and what is made of them, without the places of this machine; and such that each can be sent."""
    match said:
        case str():
            for place in (folder.resolve(), folder.absolute(), Path(tempfile.gettempdir())):
                said = said.replace(f"{place}/", "").replace(str(place), "the workspace")
            return said.encode("utf-8", "replace").decode("utf-8")
        case Mapping():
            return {key: without_folder(each, folder) for key, each in said.items()}
        case list() | tuple():
            return [without_folder(each, folder) for each in said]
        case _:
            return said


def of_validation(error: RequestValidationError) -> UpswellError:
    """What FastAPI refused of a request, as an error of ours."""
    first = error.errors()[0]
    is_secret = bool(_SECRET.intersection(first["loc"])) or first["loc"] == ("body",)
    place = ".".join(str(part) for part in first["loc"])
    return UsageError(
        f"{place}: {first['msg']}",
        code="request_malformed",
        where=place,
        expected=str(first.get("ctx", {}).get("expected") or first["type"]),
        found=None if is_secret or first["type"] == "missing" else str(first.get("input"))[:200],
        remedy="/api/v1/openapi.json says what each path takes",
    )


def of_status(error: HTTPException) -> UpswellError:
    """What the framework refused, such as a path that is none."""
    words = {
        404: ("no_such_path", "there is nothing here"),
        405: ("no_such_method", "this path takes another method"),
        413: ("too_large", "more was sent than is taken here"),
    }
    code, message = words.get(error.status_code, ("refused", str(error.detail)))
    made = UsageError(message, code=code, remedy="/api/v1/openapi.json lists every path with its methods")
    made.http_status = error.status_code
    return made
