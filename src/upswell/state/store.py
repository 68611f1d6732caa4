"""The store behind the state: SQLite in the workspace, or PostgreSQL by URL; one transaction for what belongs together.

    with closing(open_state(state_url(folder))) as state:
        state.save_segment("enterprise", "segment = 'enterprise'", author="kim", at=now)

Every change writes its line of the audit log in the same transaction: there is no change without a line and no line
without a change. Writers wait for each other, in SQLite for its write lock and in PostgreSQL for one of ours; the first
who comes to a store that is new or of an older release upgrades it under the same lock.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.orm import Session

from upswell.errors import UsageError
from upswell.state import erasing
from upswell.state.base import Store, as_json, audit_line
from upswell.state.records import ACCESS_ACTIONS, AuditEntry, Closing, ClosingAction, Correction, Note, Segment
from upswell.state.tables import AuditRow, ClosingRow, CorrectionRow, NoteRow, SegmentRow

_SEGMENT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NEAR_NAMES: Final = 3
# A build says nothing: what changes with it is the book, which whoever keeps an answer names beside this number.
_LEAVES_ALL_AS_IT_IS: Final = ("export", "build", *ACCESS_ACTIONS)


class StateStore(Store):
    """The state of one workspace.

    Times are aware datetimes; they come back in UTC. Methods raise `WorkspaceError`: `state_unreachable` where the
    database does not answer, `state_damaged` where its file is none, `state_too_new` where a newer release wrote it.
    """

    # -- segments --------------------------------------------------------------------------------

    def segments(self) -> tuple[Segment, ...]:
        """Every saved segment, by name."""
        with self._session() as session:
            return tuple(_segment(row) for row in session.query(SegmentRow).order_by(SegmentRow.name))

    def segment(self, name: str) -> Segment:
        """The segment called `name`; raises `UsageError` (unknown_segment) with the nearest names."""
        with self._session() as session:
            row = session.get(SegmentRow, name)
            if row is None:
                raise _unknown_segment(name, [each for (each,) in session.query(SegmentRow.name)])
            return _segment(row)

    def save_segment(self, name: str, expression: str, *, author: str, at: datetime) -> Segment:
        """Save a filter under a name, in place of a former one of that name."""
        if not _SEGMENT_NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be the name of a segment",
                code="segment_name_malformed",
                expected="up to 64 letters, digits, - and _, beginning with a letter or digit",
                found=name,
                remedy="choose another name, such as enterprise-eu",
            )
        with self._session(writes=True) as session:
            former = session.get(SegmentRow, name)
            details = {"expression": expression, "former": None if former is None else former.expression}
            row = session.merge(SegmentRow(name=name, expression=expression, author=author, saved_at=at))
            audit_line(session, "segment", name, author=author, at=at, details=details)
            session.flush()
            return _segment(row)

    def remove_segment(self, name: str, *, author: str, at: datetime) -> Segment:
        """Remove a segment and return it as it was; raises `UsageError` (unknown_segment)."""
        with self._session(writes=True) as session:
            row = session.get(SegmentRow, name)
            if row is None:
                raise _unknown_segment(name, [each for (each,) in session.query(SegmentRow.name)])
            removed = _segment(row)
            session.delete(row)
            details = {"expression": None, "former": removed.expression}
            audit_line(session, "segment", name, author=author, at=at, details=details)
            return removed

    # -- closings --------------------------------------------------------------------------------

    def closings(self, month: str | None = None) -> tuple[Closing, ...]:
        """Every closing and reopening (of `month`, YYYY-MM), oldest first."""
        with self._session() as session:
            rows = session.query(ClosingRow).order_by(ClosingRow.id)
            return tuple(_closing(row) for row in (rows if month is None else rows.filter_by(month=month)))

    def add_closing(
        self,
        month: str,
        action: ClosingAction,
        *,
        author: str,
        at: datetime,
        reason: str | None,
        record: Mapping[str, Any],
    ) -> Closing:
        """Write that a month was closed or reopened."""
        with self._session(writes=True) as session:
            row = ClosingRow(month=month, action=action, at=at, author=author, reason=reason, record=as_json(record))
            session.add(row)
            session.flush()
            audit_line(session, action, month, author=author, at=at, details={"closing": row.id, "reason": reason})
            session.flush()
            return _closing(row)

    # -- corrections -----------------------------------------------------------------------------

    def corrections(self) -> tuple[Correction, ...]:
        """Every correction, undone ones and what undid them too, oldest first."""
        with self._session() as session:
            return tuple(_correction(row) for row in session.query(CorrectionRow).order_by(CorrectionRow.id))

    def add_correction(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        author: str,
        reason: str,
        at: datetime,
        undoes: int | None = None,
    ) -> Correction:
        """Write a correction; raises `UsageError` where the entry it undoes is not there or is undone already."""
        with self._session(writes=True) as session:
            if undoes is not None:
                _require_undoable(session, undoes)
            row = CorrectionRow(kind=kind, payload=as_json(payload), author=author, reason=reason, at=at, undoes=undoes)
            session.add(row)
            session.flush()
            details = {"correction": row.id, "reason": reason, "undoes": undoes, "payload": dict(payload)}
            audit_line(session, "correction", kind, author=author, at=at, details=details)
            session.flush()
            return _correction(row)

    # -- notes -----------------------------------------------------------------------------------

    def notes(self, subject_kind: str | None = None, subject: str | None = None) -> tuple[Note, ...]:
        """Every note (to one kind of subject, to one subject), oldest first."""
        with self._session() as session:
            rows = session.query(NoteRow).order_by(NoteRow.id)
            if subject_kind is not None:
                rows = rows.filter_by(subject_kind=subject_kind)
            if subject is not None:
                rows = rows.filter_by(subject=subject)
            return tuple(_note(row) for row in rows)

    def add_note(self, subject_kind: str, subject: str, text: str, *, author: str, at: datetime) -> Note:
        """Write a note to a subject."""
        with self._session(writes=True) as session:
            row = NoteRow(subject_kind=subject_kind, subject=subject, text=text, author=author, at=at)
            session.add(row)
            session.flush()
            details = {"note": row.id, "subject_kind": subject_kind}
            audit_line(session, "note", subject, author=author, at=at, details=details)
            session.flush()
            return _note(row)

    # -- the audit log ---------------------------------------------------------------------------

    def audit(self, *, action: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit log (of one action), oldest first."""
        with self._session() as session:
            rows = session.query(AuditRow).order_by(AuditRow.id)
            return tuple(_entry(row) for row in (rows if action is None else rows.filter_by(action=action)))

    def version(self) -> int:
        """A number that grows with every change of what people said; a look, an export or a build leaves it."""
        with self._session() as session:
            last = session.query(func.max(AuditRow.id)).filter(AuditRow.action.not_in(_LEAVES_ALL_AS_IT_IS)).scalar()
            return int(last or 0)

    def record(
        self, action: str, subject: str, *, author: str, at: datetime, details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Write one line of the audit log."""
        with self._session(writes=True) as session:
            row = audit_line(session, action, subject, author=author, at=at, details=details or {})
            session.flush()
            return _entry(row)

    # -- erasure ---------------------------------------------------------------------------------

    def rewrite(
        self,
        rewrite: Callable[[str, bool], str],
        *,
        token: str,
        author: str,
        at: datetime,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Put what `rewrite` gives in the place of every text of the state; how many cells changed.

        It is told of each text whether that may be an id: a subject, and what a correction is about.

        The one way in which a line of the log or an entry is ever written over; the log says so under `token`. JSON is
        rewritten text by text. SQLite's file is written anew afterwards, so that no former byte stays in a free page.
        """
        with self._session(writes=True) as session:
            changed = erasing.replace(session, rewrite)
            audit_line(session, "forget", token, author=author, at=at, details={**(details or {}), "state": changed})
        erasing.compact(self._engine)
        return changed

    def texts(self) -> Iterator[tuple[str, bool]]:
        """Every text of the state, those within JSON one by one, and whether it may be an id."""
        with self._session() as session:
            yield from erasing.texts(session)


def _require_undoable(session: Session, correction: int) -> None:
    row = session.get(CorrectionRow, correction)
    undone = session.query(CorrectionRow).filter_by(undoes=correction).one_or_none()
    if row is None or undone is not None:
        found = "no such entry" if row is None else f"undone by entry {undone.id if undone is not None else ''}"
        raise UsageError(
            f"correction {correction} cannot be undone: {found}",
            code="correction_not_undoable",
            expected="the number of a correction in force",
            found=found,
            remedy="`upswell corrections` lists them",
        )


def _unknown_segment(name: str, known: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(name, known, n=_NEAR_NAMES)
    hint = f"did you mean {near[0]}? " if near else ""
    return UsageError(
        f"there is no segment {name}",
        code="unknown_segment",
        expected=f"one of: {', '.join(sorted(known))}" if known else "a saved segment; there is none yet",
        found=name,
        remedy=f"{hint}`upswell segment list` lists them; `upswell segment save NAME EXPR` saves one",
    )


def _segment(row: Any) -> Segment:
    return Segment(row.name, row.expression, row.author, row.saved_at)


def _closing(row: Any) -> Closing:
    return Closing(row.id, row.month, row.action, row.at, row.author, row.reason, json.loads(row.record))


def _correction(row: Any) -> Correction:
    return Correction(row.id, row.kind, json.loads(row.payload), row.author, row.reason, row.at, row.undoes)


def _note(row: Any) -> Note:
    return Note(row.id, row.subject_kind, row.subject, row.text, row.author, row.at)


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.author, row.action, row.subject, json.loads(row.details))
