"""Days as they are given: `2026-01-31`, or a month for its first or its last day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Final

from upswell.errors import UsageError

MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)


def day_of(text: str | None, option: str, *, last: bool) -> date | None:
    """The day that `option` says; a month stands for its first or its last one. Raises `UsageError`."""
    try:
        if text is None or not MONTH.fullmatch(text):
            return None if text is None else date.fromisoformat(text)
        first = date.fromisoformat(f"{text}-01")
        return first.replace(day=monthrange(first.year, first.month)[1]) if last else first
    except ValueError as error:
        raise UsageError(
            f"{option} {text} is not a date",
            code="date_malformed",
            expected="2026-01-31, or 2026-01 for the month",
            found=text,
            remedy="write year-month-day",
        ) from error
