"""The shared state of a workspace: what people said, beside what billing systems say.

Segments, closings, corrections, notes and an audit log, in SQLite (`state.db` in the workspace) or, for a team, in
PostgreSQL. Importing this room costs nothing; SQLAlchemy is loaded with the first `open_state`.
"""

from typing import TYPE_CHECKING

from upswell.state.opening import FILE_NAME, open_state, state_url
from upswell.state.records import AuditEntry, Closing, ClosingAction, Correction, Note, Segment, StateStatus

if TYPE_CHECKING:
    from upswell.state.store import StateStore

__all__ = [
    "FILE_NAME",
    "AuditEntry",
    "Closing",
    "ClosingAction",
    "Correction",
    "Note",
    "Segment",
    "StateStatus",
    "StateStore",
    "open_state",
    "state_url",
]
