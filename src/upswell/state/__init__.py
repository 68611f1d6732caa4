"""The shared state of a workspace: what people said, beside what billing systems say.

Segments, closings, corrections, notes, offers, contacts, an audit log, and who may ask, in SQLite (`state.db` in the
workspace) or, for a team, in PostgreSQL. Importing this room costs nothing; SQLAlchemy is loaded with the first
`open_state`.
"""

from typing import TYPE_CHECKING

from upswell.state.growth_records import (
    HANDOVER_STATUSES,
    OUTCOMES,
    QUIET_KINDS,
    WHATS,
    Handover,
    Listing,
    Offer,
    OfferDraft,
    Quiet,
    RecordedSuppression,
    Touch,
    TouchOutcome,
)
from upswell.state.opening import FILE_NAME, open_access, open_growth, open_state, state_url
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
    from upswell.state.growth import GrowthStore
    from upswell.state.store import StateStore

__all__ = [
    "FILE_NAME",
    "HANDOVER_STATUSES",
    "OUTCOMES",
    "QUIET_KINDS",
    "ROLES",
    "WHATS",
    "AccessStore",
    "ApiToken",
    "AuditEntry",
    "Closing",
    "ClosingAction",
    "Correction",
    "GrowthStore",
    "Handover",
    "Listing",
    "Note",
    "Offer",
    "OfferDraft",
    "Quiet",
    "RecordedSuppression",
    "Segment",
    "StateStatus",
    "StateStore",
    "Touch",
    "TouchOutcome",
    "User",
    "at_least",
    "open_access",
    "open_growth",
    "open_state",
    "state_url",
]
