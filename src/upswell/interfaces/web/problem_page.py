"""An error as a person reads it: what is wrong, where, what was expected and found, and what to do."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from upswell.errors import UpswellError
from upswell.interfaces.server.problems import without_folder
from upswell.interfaces.server.visitors import desk_of
from upswell.interfaces.web.asking import address
from upswell.interfaces.web.shell import page

_HEADINGS = {
    400: "That cannot be answered",
    403: "Not allowed",
    404: "Not found",
    409: "Busy",
    413: "Too large",
    422: "The file cannot be used",
    503: "That took too long",
}


def problem_page(request: Request, problem: UpswellError) -> Response:
    """The page of an error. Who is not signed in is led to where one does, a workspace without a book to its start."""
    at = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if problem.code == "not_signed_in" and request.method == "GET":
        return RedirectResponse(address("/login", next=at if at != "/" else None), status_code=303)
    if problem.code == "no_book" and request.method == "GET":
        return RedirectResponse("/start", status_code=303)
    return page(
        request,
        "problem_page.html.j2",
        _HEADINGS.get(problem.http_status, "Something went wrong"),
        status=problem.http_status,
        heading=_HEADINGS.get(problem.http_status, "Something went wrong"),
        problem=without_folder(problem.as_dict(), desk_of(request).folder),
        start=problem.code == "no_book",
        # An address that begins with two slashes would lead to another server.
        retry=at if request.method == "GET" and not at.startswith("//") else None,
        request_id=request.scope.get("upswell.request_id", ""),
    )
