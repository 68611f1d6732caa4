"""The days from which the past is asked: first days of months, fixed by the calendar and never by what came after.

With a book as of 2026-01-01 and 90 days to look at, the last origin is 2025-10-01: its 90 days were over on 2025-12-30.
The model that is tested there has learned from 2025-07-01 (over on 2025-09-29) and the eleven months before it.
Tested origins lie three months apart, so that no outcome is counted twice; where a history is too short for six of
them, one month apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from upswell.metrics.months import Month

HORIZON: Final = timedelta(days=90)
TESTED_MIN: Final = 6
TESTED_MAX: Final = 8
LEARNED_MIN: Final = 3
LEARNED_MAX: Final = 12
_APART: Final = (3, 1)
_MONTHS_BEFORE: Final = 1  # an origin needs a month of history before it


@dataclass(frozen=True)
class Origin:
    """A tested day, and the earlier days that a model tested there may learn from, latest first."""

    day: date
    learned: tuple[date, ...]


def over_by(day: date) -> date:
    """The first day on which all that an origin looks at is known."""
    return day + HORIZON


def learned_before(day: date, *, first: date, most: int = LEARNED_MAX) -> tuple[date, ...]:
    """Month starts whose outcomes were over on `day`, latest first; the first month of the history is none of them."""
    earliest = Month.of(first).plus(_MONTHS_BEFORE)
    month = Month.of(day)
    found: list[date] = []
    while month >= earliest and len(found) < most:
        if over_by(month.first_day) <= day:
            found.append(month.first_day)
        month = month.plus(-1)
    return tuple(found)


def former_origins(as_of: date, *, first: date) -> tuple[Origin, ...]:
    """The origins of a backtest, oldest first: as many as the history gives, none where it gives too few to learn from.

    `first` is the day of the first movement of the book.
    """
    found: tuple[Origin, ...] = ()
    for apart in _APART:
        found = _spaced(as_of, first=first, apart=apart)
        if len(found) >= TESTED_MIN:
            return found
    return found


def every_day(origins: Sequence[Origin]) -> tuple[date, ...]:
    """All days that a backtest looks at, oldest first."""
    return tuple(sorted({day for origin in origins for day in (origin.day, *origin.learned)}))


def _spaced(as_of: date, *, first: date, apart: int) -> tuple[Origin, ...]:
    month = Month.of(as_of)
    while over_by(month.first_day) > as_of:
        month = month.plus(-1)
    found: list[Origin] = []
    while len(found) < TESTED_MAX:
        learned = learned_before(month.first_day, first=first)
        if len(learned) < LEARNED_MIN:
            break
        found.append(Origin(month.first_day, learned))
        month = month.plus(-apart)
    return tuple(reversed(found))
