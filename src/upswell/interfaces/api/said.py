"""What people say: segments, notes, corrections, closed months, whom to forget; policies, and the log of all of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from upswell.interfaces.api.answering import OfBook, OfWorkspace
from upswell.interfaces.api.bounding import BoundedRoute
from upswell.interfaces.api.parameters import MonthQuery, MonthText, NumberPath, PolicyName, Text
from upswell.interfaces.api.shapes import (
    AS_FILE,
    LASTS,
    AuditRow,
    ClosingRow,
    CorrectionRow,
    Listed,
    NoteRow,
    One,
    PolicyRow,
    PreviewShape,
    SegmentRow,
    SwitchRow,
)
from upswell.interfaces.plain.said import closing_row, correction_rows, policy_row, preview, switch_rows
from upswell.interfaces.server.visitors import needs
from upswell.workspace.closing import Restatement
from upswell.workspace.forgetting import Forgotten

segments = APIRouter(tags=["segments"], route_class=BoundedRoute)
notes = APIRouter(tags=["notes"], route_class=BoundedRoute)
closings = APIRouter(tags=["closed months"], route_class=BoundedRoute)
corrections = APIRouter(tags=["corrections"], route_class=BoundedRoute)
rules = APIRouter(tags=["policies and log"], route_class=BoundedRoute)


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SegmentGiven(_Given):
    """A filter, in the language of `where`."""

    expression: Text


class NoteGiven(_Given):
    """A note: to what, and what is to be remembered."""

    subject: Text
    text: Text
    kind: Literal["customer", "month", "movement"] = "customer"


class ClosingGiven(_Given):
    """The month to close; it must be over in the current book."""

    month: MonthText


class ReasonGiven(_Given):
    """Why; it stays in the log."""

    reason: Text


class CorrectionGiven(_Given):
    """A correction: what `upswell correct` enters, with its payload as Python gives it (docs/api.md)."""

    kind: Literal["merge", "link", "exclude", "redate", "reclassify"]
    payload: dict[str, Any]
    reason: Text
    policy: PolicyName | None = None
    dry_run: bool = False


class UndoGiven(ReasonGiven):
    """Why, and whether it is only tried."""

    dry_run: bool = False


class ForgettingGiven(_Given):
    """Further texts to be gone, such as an address in a note; and whether it is only tried."""

    also: list[Text] = []
    dry_run: bool = False


@segments.get("/segments", dependencies=[needs("viewer")], response_model=Listed[SegmentRow], responses=LASTS)
def list_segments(asked: OfWorkspace) -> Response:
    """Every saved segment."""
    return asked.rows(lambda: [asdict(each) for each in asked.workspace.segments()])


@segments.put("/segments/{name}", dependencies=[needs("analyst")], response_model=One[SegmentRow])
def save_segment(asked: OfWorkspace, name: str, given: SegmentGiven) -> Response:
    """Save a filter under a name, in place of a former one of that name."""
    saved = asked.workspace.save_segment(name, expression=given.expression, author=asked.visitor.name)
    return asked.said(asdict(saved))


@segments.delete("/segments/{name}", dependencies=[needs("analyst")], response_model=One[SegmentRow])
def remove_segment(asked: OfWorkspace, name: str) -> Response:
    """Remove a segment; what it was is answered, and stays in the audit log."""
    return asked.said(asdict(asked.workspace.remove_segment(name, author=asked.visitor.name)))


@notes.get("/notes", dependencies=[needs("viewer")], response_model=Listed[NoteRow], responses=LASTS)
def list_notes(
    asked: OfWorkspace,
    subject: Annotated[str | None, Query(description="Only those to it")] = None,
    kind: Annotated[str | None, Query(description="Only those to a customer, month or movement")] = None,
) -> Response:
    """Every note, oldest first."""
    return asked.rows(lambda: [asdict(each) for each in asked.workspace.notes(subject, kind=kind)])


@notes.post("/notes", dependencies=[needs("analyst")], response_model=One[NoteRow], status_code=201)
def add_note(asked: OfWorkspace, given: NoteGiven) -> Response:
    """Write a note."""
    note = asked.workspace.add_note(given.subject, text=given.text, kind=given.kind, author=asked.visitor.name)
    return asked.said(asdict(note), status=201)


@closings.get("/closings", dependencies=[needs("viewer")], response_model=Listed[ClosingRow], responses=LASTS)
def list_closings(asked: OfWorkspace, month: MonthQuery = None) -> Response:
    """Every closing and reopening, oldest first."""
    return asked.rows(lambda: [closing_row(each) for each in asked.workspace.closings(month)])


@closings.post("/closings", dependencies=[needs("analyst")], response_model=One[ClosingRow], status_code=201)
def close(asked: OfWorkspace, given: ClosingGiven) -> Response:
    """Close a month: its figures stay as reported."""
    return asked.said(closing_row(asked.workspace.close(given.month, author=asked.visitor.name)), status=201)


@closings.post(
    "/closings/{month}/reopen", dependencies=[needs("analyst")], response_model=One[ClosingRow], status_code=201
)
def reopen(asked: OfWorkspace, month: str, given: ReasonGiven) -> Response:
    """Open a closed month again; what was reported stays in the list of closings."""
    opened = asked.workspace.reopen(month, reason=given.reason, author=asked.visitor.name)
    return asked.said(closing_row(opened), status=201)


@closings.get("/restatements", dependencies=[needs("viewer")], response_model=Listed[Restatement], responses=AS_FILE)
def restatements(asked: OfBook, month: MonthQuery = None) -> Response:
    """What changed since months were closed, with the customers behind it, the causes and the imports."""
    return asked.table(
        "restatements",
        lambda: asked.workspace.restatements(month, policy=asked.policy),
        lambda found: [asdict(each) for each in found],
        lasts=False,
    )


@corrections.get("/corrections", dependencies=[needs("viewer")], response_model=Listed[CorrectionRow])
def list_corrections(asked: OfWorkspace) -> Response:
    """Every correction, what was undone by which entry, and what matches nothing now."""
    return asked.rows(
        lambda: correction_rows(asked.workspace.corrections(), asked.workspace.idle_corrections()), lasts=False
    )


@corrections.post(
    "/corrections",
    dependencies=[needs("analyst")],
    response_model=One[PreviewShape],
    status_code=201,
    responses={200: {"model": One[PreviewShape], "description": "What it would change; nothing was entered"}},
)
def correct(asked: OfWorkspace, given: CorrectionGiven) -> Response:
    """Enter a correction, or with `dry_run` only say what it would change."""
    found = asked.workspace.correct(
        given.kind,
        payload=given.payload,
        reason=given.reason,
        author=asked.visitor.name,
        policy=given.policy,
        dry_run=given.dry_run,
    )
    return asked.said(preview(found), status=200 if given.dry_run else 201)


@corrections.post(
    "/corrections/{number}/undo",
    dependencies=[needs("analyst")],
    response_model=One[PreviewShape],
    status_code=201,
    responses={200: {"model": One[PreviewShape], "description": "What it would change; nothing was entered"}},
)
def undo_correction(asked: OfWorkspace, number: NumberPath, given: UndoGiven) -> Response:
    """Take a correction back by an entry of its own; an undo can be undone, too."""
    found = asked.workspace.undo_correction(
        number, reason=given.reason, author=asked.visitor.name, dry_run=given.dry_run
    )
    return asked.said(preview(found), status=200 if given.dry_run else 201)


@corrections.post("/customers/{customer_id:path}/forget", dependencies=[needs("admin")], response_model=One[Forgotten])
def forget(asked: OfWorkspace, customer_id: str, given: ForgettingGiven) -> Response:
    """Replace a customer's id, names and attributes by a token everywhere; every figure stays."""
    forgotten = asked.workspace.forget(customer_id, also=given.also, author=asked.visitor.name, dry_run=given.dry_run)
    if not given.dry_run:
        asked.desk.book_built()
    return asked.said(asdict(forgotten))


@rules.get("/policies", dependencies=[needs("viewer")], response_model=Listed[PolicyRow], responses=LASTS)
def list_policies(asked: OfWorkspace) -> Response:
    """The policies, presets and your own, with what each has otherwise than strict."""
    return asked.rows(lambda: [policy_row(each) for each in asked.workspace.policies()])


@rules.get("/policies/{name}", dependencies=[needs("viewer")], response_model=Listed[SwitchRow], responses=LASTS)
def explain_policy(asked: OfWorkspace, name: PolicyName) -> Response:
    """Every switch of a policy in plain words."""
    return asked.rows(lambda: switch_rows(asked.workspace.policies(name)[0]))


@rules.get("/audit", dependencies=[needs("admin")], response_model=Listed[AuditRow])
def audit(
    asked: OfWorkspace, action: Annotated[str | None, Query(description="Only these: import, build, close ...")] = None
) -> Response:
    """What was done here, by whom and when, oldest first."""
    return asked.rows(lambda: [asdict(each) for each in asked.workspace.audit(action=action)], lasts=False)
