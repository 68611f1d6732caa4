"""Where the state is, and opening it: all of this room that may be imported by a program that needs no state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from upswell.state.access import AccessStore
    from upswell.state.growth import GrowthStore
    from upswell.state.store import StateStore

FILE_NAME: Final = "state.db"
URL_VARIABLE: Final = "UPSWELL_STATE_URL"


def state_url(folder: Path, configured: str | None = None) -> str:
    """Where the state of the workspace in `folder` is.

    What UPSWELL_STATE_URL says, else `configured` (upswell.toml), else a file of its own in the folder.
    """
    return os.environ.get(URL_VARIABLE) or configured or f"sqlite:///{(folder / FILE_NAME).absolute()}"


def open_state(url: str) -> StateStore:
    """The store at `url`, `sqlite:///PATH` or `postgresql+psycopg://...`; nothing is created before it is used.

    Raises `UsageError` (state_url_malformed) for any other URL, (state_driver_missing) where the library for PostgreSQL
    is not installed.
    """
    from upswell.state.engine import create  # noqa: PLC0415 -- SQLAlchemy: 0.2 s that only the state needs
    from upswell.state.store import StateStore  # noqa: PLC0415 -- the same

    return StateStore(create(url))


def open_access(url: str) -> AccessStore:
    """Who may ask, in the same store; raises what `open_state` does."""
    from upswell.state.access import AccessStore  # noqa: PLC0415 -- the same
    from upswell.state.engine import create  # noqa: PLC0415 -- the same

    return AccessStore(create(url))


def open_growth(url: str) -> GrowthStore:
    """Offers, contacts and what came of them, in the same store; raises what `open_state` does."""
    from upswell.state.engine import create  # noqa: PLC0415 -- the same
    from upswell.state.growth import GrowthStore  # noqa: PLC0415 -- the same

    return GrowthStore(create(url))
