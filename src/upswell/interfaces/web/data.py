"""Data: sources, imports, what is held back, the book; importing a file step by step; and work while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from upswell.contract.schema import TABLES, table_named
from upswell.errors import BookError, UpswellError
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.jobs import Job
from upswell.interfaces.server.problems import without_folder
from upswell.interfaces.server.uploads import (
    ENDINGS,
    UPLOAD_BESIDE,
    UPLOAD_BYTES,
    kept_upload,
    receive_upload,
    remove_after,
)
from upswell.interfaces.server.visitors import CSRF_FIELD, Asking, AtDesk, Visitor, needs, require_form_of_ours
from upswell.interfaces.web.asking import Scope, address
from upswell.interfaces.web.shell import page
from upswell.sources.peek import Peek

_FINDINGS: Final = 200
_DONE_LAST: Final = 20
_OF_ACCESS: Final = frozenset({"login", "login failed", "logout", "user", "token", "invitation"})
_MAP: Final = "map."
_LOOKS_UP_EVERY: Final = 1.0
router = APIRouter(include_in_schema=False)


@router.get("/start", dependencies=[needs("viewer")])
def start(request: Request, desk: AtDesk) -> Response:
    """What one sees before there is a book."""
    imports = [entry for entry in desk.workspace.imports() if entry.undone_at is None]
    is_built = True
    try:
        desk.answers()
    except BookError:
        is_built = False
    return page(request, "start.html.j2", "Begin", imports=imports, is_built=is_built, running=desk.jobs.running())


@router.post("/start/demo", dependencies=[needs("analyst")])
def demo(desk: AtDesk, visitor: Asking, csrf: Annotated[str, Form()] = "") -> Response:
    """Import the demo company and build."""
    require_form_of_ours(visitor, csrf)
    return _led_to(_begin(desk, visitor, [{"do": "demo"}], what="the demo company"))


@router.get("/data", dependencies=[needs("viewer")])
def data(request: Request, desk: AtDesk) -> Response:
    """Everything that figures are made of."""
    workspace = desk.workspace
    try:
        book = desk.answers().book()
    except BookError:
        book = None
    findings = workspace.quarantine()
    return page(
        request,
        "data.html.j2",
        "Data",
        sources=workspace.sources(),
        imports=list(reversed(workspace.imports())),
        findings=findings[:_FINDINGS],
        findings_count=len(findings),
        book=book,
        settings=workspace.settings,
        running=desk.jobs.running(),
        # Who signs in, and who may, is for admins, on the page Settings.
        audit=[line for line in reversed(workspace.audit()) if line.action not in _OF_ACCESS][:_DONE_LAST],
    )


@router.get("/data/checks", dependencies=[needs("viewer")])
def checks(request: Request) -> Response:
    """The book read back, and every invariant checked."""
    scope = Scope.of(request)
    return page(request, "checks.html.j2", "Checks", scope=scope, checks=scope.workspace.check(policy=scope.policy))


@router.post("/data/build", dependencies=[needs("analyst")])
def build(desk: AtDesk, visitor: Asking, csrf: Annotated[str, Form()] = "") -> Response:
    """Build a book of what is imported now."""
    require_form_of_ours(visitor, csrf)
    return _led_to(_begin(desk, visitor, [_build(desk)], what="a book"))


@router.post("/data/sync", dependencies=[needs("analyst")])
def sync(
    desk: AtDesk, visitor: Asking, source: Annotated[str, Form(max_length=64)], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Read a source, and build."""
    require_form_of_ours(visitor, csrf)
    return _led_to(_begin(desk, visitor, [{"do": "sync", "source": source}, _build(desk)], what=f"reading {source}"))


@router.post("/data/undo", dependencies=[needs("analyst")])
def undo(
    desk: AtDesk, visitor: Asking, import_id: Annotated[str, Form(max_length=64)], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Undo an import, and build without it where something is left."""
    require_form_of_ours(visitor, csrf)
    left = [each for each in desk.workspace.imports() if each.undone_at is None and each.import_id != import_id]
    steps = [{"do": "undo", "import_id": import_id}, *([_build(desk)] if left else [])]
    return _led_to(_begin(desk, visitor, steps, what=f"undoing {import_id}"))


@router.get("/import", dependencies=[needs("analyst")])
def choose_file(request: Request) -> Response:
    """The first step: which file, and what its rows are."""
    return page(request, "import.html.j2", "Import", tables=TABLES, endings=ENDINGS, bytes_max=UPLOAD_BYTES)


@router.post("/import", dependencies=[needs("analyst")], max_body_size=UPLOAD_BYTES + UPLOAD_BESIDE)
async def receive(request: Request, desk: AtDesk, visitor: Asking) -> Response:
    """Receive the file; nothing is imported yet."""
    upload = await receive_upload(request, desk.folder)
    try:
        require_form_of_ours(visitor, upload.fields.get(CSRF_FIELD, ""))
        table = table_named(upload.fields.get("table", "items")).name
    except UpswellError:
        upload.remove()
        raise
    return RedirectResponse(address(f"/import/{upload.folder.name}", table=table), status_code=303)


@router.get("/import/{upload_id}", dependencies=[needs("analyst")])
def map_columns(request: Request, desk: AtDesk, upload_id: str) -> Response:
    """The second step: which column is which field, and what the import would do."""
    upload = kept_upload(desk.folder, upload_id)
    query = request.query_params
    table = table_named(query.get("table", "items"))
    peeked: Peek | None = None
    preview, problem = None, None
    chosen: dict[str, str] = {}
    try:
        peeked = desk.workspace.peek(upload.paths[0], table=table.name)
        was_corrected = any(name.startswith(_MAP) for name in query)
        chosen = _mapping(query) if was_corrected else peeked.mapping
        preview = desk.workspace.import_file(
            upload.paths,
            table=table.name,
            mapping=_to_say(chosen),
            source=query.get("source") or "files",
            replace=bool(query.get("replace")),
            dry_run=True,
        )
    except UpswellError as error:
        problem = without_folder(error.as_dict(), desk.folder)
    return page(
        request,
        "map.html.j2",
        "Import: columns",
        upload=upload,
        upload_id=upload_id,
        tables=TABLES,
        table=table,
        peeked=peeked,
        chosen=chosen,
        preview=preview,
        problem=problem,
        source=query.get("source") or "files",
        replace=bool(query.get("replace")),
    )


@router.post("/import/{upload_id}", dependencies=[needs("analyst")])
async def import_it(request: Request, desk: AtDesk, visitor: Asking, upload_id: str) -> Response:
    """The last step: import, build, and watch."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    require_form_of_ours(visitor, form.get(CSRF_FIELD, ""))
    upload = kept_upload(desk.folder, upload_id)
    step = {
        "do": "import",
        "files": [str(path) for path in upload.paths],
        "table": table_named(form.get("table", "items")).name,
        "mapping": _to_say(_mapping(form)),
        "source": form.get("source") or "files",
        "replace": bool(form.get("replace")),
    }
    named = ", ".join(path.name for path in upload.paths)
    steps: list[Mapping[str, Any]] = [step] if form.get("only_import") else [step, _build(desk)]
    job = await asyncio.to_thread(_begin, desk, visitor, steps, what=f"importing {named}")
    remove_after(desk.jobs, job, upload)
    return _led_to(job)


@router.get("/jobs/{job_id}", dependencies=[needs("viewer")])
def job(request: Request, desk: AtDesk, job_id: str) -> Response:
    """How far a piece of work is."""
    found = desk.jobs.get(job_id)
    error = None if found.error is None else without_folder(found.error, desk.folder)
    return page(request, "job.html.j2", found.what.capitalize(), job=found, problem=error)


def known_job(desk: AtDesk, job_id: str) -> Job:
    """The job that is asked for, looked up before the answer begins. Raises `NotFoundError`."""
    return desk.jobs.get(job_id)


@router.get("/jobs/{job_id}/lines", dependencies=[needs("viewer")], response_class=EventSourceResponse)
async def lines(desk: AtDesk, found: Annotated[Job, Depends(known_job)]) -> AsyncIterable[ServerSentEvent]:
    """What a piece of work says, as it says it."""
    shown = 0
    while True:
        ended = found.state != "running"
        for text in found.lines[shown:]:
            shown += 1
            yield ServerSentEvent(event="line", data={"number": shown, "text": text})
        if ended:
            yield ServerSentEvent(event="end", data={"state": found.state})
            return
        await asyncio.to_thread(desk.jobs.wait, found, seen=shown, seconds=_LOOKS_UP_EVERY)


def _mapping(query: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(_MAP): value for name, value in query.items() if name.startswith(_MAP) and value}


def _to_say(mapping: Mapping[str, str]) -> dict[str, str]:
    """The part of a mapping that has to be said: a heading that is the field's own name is found without."""
    return {field: heading for field, heading in mapping.items() if field != heading.casefold()}


def _build(desk: Desk) -> Mapping[str, Any]:
    """A build that holds the policies of the former book as well."""
    try:
        held = [record.name for record in desk.answers().book().policies]
    except BookError:
        held = []
    return {"do": "build", "policies": held}


def _begin(desk: Desk, visitor: Visitor, steps: list[Mapping[str, Any]], *, what: str) -> Job:
    return desk.jobs.start(steps, what=what, author=visitor.name, after=lambda _: desk.book_built())


def _led_to(job: Job) -> Response:
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)
