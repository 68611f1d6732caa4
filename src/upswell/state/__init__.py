"""The shared state of a workspace: what people said, beside what billing systems say.

Segments, closings, corrections, notes, an audit log, and who may ask, in SQLite (`state.db` in the workspace) or, for a
team, in PostgreSQL. Importing this room costs nothing; SQLAlchemy is loaded with the first `open_state`.
"""

from typing import TYPE_CHECKING

from upswell.state.opening import FILE_NAME, open_access, open_state, state_url
from upswell.state.records import (
    ROLES,
    ApiToken,
    AuditEntry,
    Closing,
    ClosingAction,
    Correction,
    Note,
    Segment,
    StateStatus,
    User,
    at_least,
)

if TYPE_CHECKING:
    from upswell.state.access import AccessStore
    from upswell.state.store import StateStore

__all__ = [
    "FILE_NAME",
    "ROLES",
    "AccessStore",
    "ApiToken",
    "AuditEntry",
    "Closing",
    "ClosingAction",
    "Correction",
    "Note",
    "Segment",
    "StateStatus",
    "StateStore",
    "User",
    "at_least",
    "open_access",
    "open_state",
    "state_url",
]
