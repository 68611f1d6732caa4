"""Who does what is being done, for the audit log."""

from __future__ import annotations

import getpass
import os
from typing import Final

AUTHOR_VARIABLE: Final = "UPSWELL_AUTHOR"


def this_author() -> str:
    """What UPSWELL_AUTHOR says, else the name of the system's user."""
    given = os.environ.get(AUTHOR_VARIABLE)
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
