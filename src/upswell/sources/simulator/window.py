"""The time that a simulation covers: whole months up to an end that is part of the question, never today.

Forty-eight months until 2025-12 run from 2022-01-01 to 2026-01-01 (exclusive). Customers who are there when the window
opens joined in the year before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

MONTHS_OF_A_YEAR: Final = 12
LAST_ANCHOR_DAY: Final = 28  # billing days are days that every month has


@dataclass(frozen=True)
class Window:
    """From the first day of the first month to the day after the last month."""

    first: date
    end: date

    @property
    def opens(self) -> date:
        """The earliest day on which a customer may have joined."""
        return plus_months(self.first, -MONTHS_OF_A_YEAR)

    def months_from(self, day: date) -> Iterator[date]:
        """The first day of each month from that of `day` to the last of the window."""
        month = month_of(day)
        while month < self.end:
            yield month
            month = plus_months(month, 1)


def window_until(last_month: str, *, months: int) -> Window:
    """The window of `months` months of which `last_month` ("2025-12") is the last."""
    end = plus_months(date.fromisoformat(f"{last_month}-01"), 1)
    return Window(plus_months(end, -months), end)


def month_of(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def plus_months(day: date, months: int) -> date:
    """The same day of another month; `day` is one that every month has."""
    number = day.year * MONTHS_OF_A_YEAR + day.month - 1 + months
    return date(number // MONTHS_OF_A_YEAR, number % MONTHS_OF_A_YEAR + 1, day.day)


def months_between(earlier: date, later: date) -> int:
    """Whole calendar months from the month of `earlier` to that of `later`."""
    return (later.year - earlier.year) * MONTHS_OF_A_YEAR + later.month - earlier.month


def billing_day(day: date) -> date:
    """`day`, or the last day before it that every month has."""
    return day.replace(day=min(day.day, LAST_ANCHOR_DAY))
