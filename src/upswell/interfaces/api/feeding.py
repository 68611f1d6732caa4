"""What feeds a book: imports, what was held back, builds, the work that runs, and the invariants."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from upswell.contract.findings import Finding
from upswell.contract.import_log import ImportResult
from upswell.contract.schema import table_named
from upswell.errors import UsageError
from upswell.interfaces.api.answering import Asked, OfBook, OfWorkspace
from upswell.interfaces.api.bounding import BoundedRoute
from upswell.interfaces.api.parameters import PolicyName
from upswell.interfaces.api.shapes import (
    LASTS,
    BookShape,
    CheckRow,
    ImportRow,
    JobShape,
    Listed,
    One,
)
from upswell.interfaces.plain.feeding import check_rows, import_rows
from upswell.interfaces.server.jobs import Job
from upswell.interfaces.server.problems import without_folder
from upswell.interfaces.server.uploads import ENDINGS, UPLOAD_BYTES, UPLOAD_FILES, Upload, receive_upload, remove_after
from upswell.interfaces.server.visitors import needs

router = APIRouter(tags=["imports and books"], route_class=BoundedRoute)
# It takes files, and bounds them itself.
files = APIRouter(tags=["imports and books"])
_TRUE: Final = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "": False}
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files", "table"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "maxItems": UPLOAD_FILES,
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            "description": f"Up to {UPLOAD_BYTES:,} bytes; names end with {', '.join(ENDINGS)}",
                        },
                        "table": {"type": "string", "description": "items, customers ... (docs/import.md)"},
                        "mapping": {"type": "string", "description": 'JSON: {"customer_id": "account_id"}'},
                        "source": {"type": "string", "default": "files"},
                        "replace": {"type": "string", "enum": ["true", "false"]},
                        "dry_run": {"type": "string", "enum": ["true", "false"]},
                    },
                }
            }
        },
    }
}


class BuildGiven(BaseModel):
    """The policies to build beside the workspace's own."""

    model_config = ConfigDict(extra="forbid")
    policies: list[PolicyName] = []


@router.get("/imports", dependencies=[needs("viewer")], response_model=Listed[ImportRow])
def list_imports(asked: OfWorkspace) -> Response:
    """Every import, undone ones too, oldest first."""
    return asked.rows(lambda: import_rows(asked.workspace.imports()), lasts=False)


@files.post(
    "/imports",
    dependencies=[needs("analyst")],
    response_model=One[JobShape],
    status_code=202,
    responses={200: {"model": One[ImportResult], "description": "What would change; nothing was kept"}},
    openapi_extra=_FORM,
)
async def import_files(request: Request, asked: OfWorkspace) -> Response:
    """Import files as rows of a table, as a job; with `dry_run` say at once what would change."""
    upload = await receive_upload(request, asked.desk.folder)
    # The rest waits for the disk and the lock, which the loop must not.
    return await run_in_threadpool(_import, asked, upload)


def _import(asked: Asked, upload: Upload) -> Response:
    job = None
    try:
        fields = upload.fields
        step: dict[str, Any] = {
            "table": table_named(fields.get("table", "")).name,
            "mapping": _mapping(fields.get("mapping", "")),
            "source": fields.get("source") or "files",
            "replace": _flag(fields, "replace"),
        }
        if _flag(fields, "dry_run"):
            return asked.said(asdict(asked.workspace.import_file(upload.paths, **step, dry_run=True)))
        names = ", ".join(path.name for path in upload.paths)
        paths = [str(path.resolve()) for path in upload.paths]
        job = asked.desk.jobs.start(
            [{"do": "import", "files": paths, **step}], what=f"import of {names}", author=asked.visitor.name
        )
        remove_after(asked.desk.jobs, job, upload)
        return _begun(asked, job)
    finally:
        if job is None:
            upload.remove()


@router.post(
    "/imports/{import_id}/undo", dependencies=[needs("analyst")], response_model=One[JobShape], status_code=202
)
def undo_import(asked: OfWorkspace, import_id: str) -> Response:
    """Reverse one import, as a job; the next build is what it would be without it."""
    job = asked.desk.jobs.start(
        [{"do": "undo", "import_id": import_id}], what=f"undoing {import_id}", author=asked.visitor.name
    )
    return _begun(asked, job)


@router.get("/quarantine", dependencies=[needs("viewer")], response_model=Listed[Finding])
def quarantine(asked: OfWorkspace) -> Response:
    """The rows held back, each with what was expected, what was found and the remedy."""
    return asked.rows(lambda: [each.as_dict() for each in asked.workspace.quarantine()], lasts=False)


@router.get("/jobs/{job_id}", dependencies=[needs("viewer")], response_model=One[JobShape])
def show_job(asked: OfWorkspace, job_id: str) -> Response:
    """Work that runs, or ended: what it said so far, its result or its error."""
    return asked.one(lambda: _job(asked, asked.desk.jobs.get(job_id)), lasts=False)


@router.get("/books", dependencies=[needs("viewer")], response_model=One[BookShape], responses=LASTS)
def current_book(asked: OfBook) -> Response:
    """The manifest of the book in service."""
    return asked.one(lambda: asked.workspace.book().model_dump(mode="json"))


@router.post("/books", dependencies=[needs("analyst")], response_model=One[JobShape], status_code=202)
def build(asked: OfWorkspace, given: BuildGiven) -> Response:
    """Build a book from the imports, check it, and bring it into service, as a job."""
    for name in given.policies:
        asked.workspace.policy(name)
    job = asked.desk.jobs.start(
        [{"do": "build", "policies": given.policies}],
        what="build",
        author=asked.visitor.name,
        after=lambda _: asked.desk.book_built(),
    )
    return _begun(asked, job)


@router.get("/checks", dependencies=[needs("viewer")], response_model=Listed[CheckRow])
def checks(asked: OfBook) -> Response:
    """Read the book in service back and check every invariant."""
    return asked.rows(lambda: check_rows(asked.workspace.check(policy=asked.policy)), lasts=False)


def _begun(asked: Asked, job: Job) -> Response:
    response = asked.said(_job(asked, job), status=202)
    response.headers["Location"] = asked.request.url_for("show_job", job_id=job.id).path
    return response


def _job(asked: Asked, job: Job) -> dict[str, Any]:
    shown: dict[str, Any] = without_folder(asdict(job), asked.desk.folder)
    return shown


def _mapping(text: str) -> dict[str, str]:
    try:
        said = json.loads(text or "{}")
    except (ValueError, RecursionError):
        said = None
    match said:
        case dict() if all(isinstance(value, str) for value in said.values()):
            return said
        case _:
            raise UsageError(
                "the mapping is not one of fields to headings",
                code="map_malformed",
                where="mapping",
                expected='{"customer_id": "account_id"}',
                found=text[:200],
                remedy="send a JSON object from each field of the table to the file's heading",
            )


def _flag(fields: dict[str, str], name: str) -> bool:
    said = fields.get(name, "")
    if said.lower() not in _TRUE:
        raise UsageError(
            f"{name} is neither true nor false",
            code="request_malformed",
            where=name,
            expected="true or false",
            found=said[:200],
            remedy="send true, or leave the field out",
        )
    return _TRUE[said.lower()]
