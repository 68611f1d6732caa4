"""Calendar months: parsing, counting, and which of them a book can answer for.

A month is complete when the book's instant lies after its last instant: a book as of 2026-03-31
noon answers for March, but as incomplete; one as of 2026-04-01 00:00 has March whole. So the
months of a request without `--from` and `--to` run from the first month with a movement to the
last complete one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from upswell.errors import UsageError

_SHAPE: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_MONTHS_MAX: Final = 1200
_YEARS: Final = frozenset(str(year) for year in range(1900, 9999))


@dataclass(frozen=True, order=True)
class Month:
    """A month as its number since year 0 (`year x 12 + month - 1`), so that months subtract."""

    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that `day` lies in."""
        return cls(day.year * 12 + day.month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month written `YYYY-MM`; raises `UsageError` for anything else."""
        match = _SHAPE.fullmatch(text)
        if match is None or match[1] not in _YEARS or int(match[2]) not in range(1, 13):
            raise UsageError(
                f"{text!r} is not a month",
                code="malformed_month",
                expected="a month written YYYY-MM, such as 2026-01",
                found=text,
                remedy="write the year with four digits, a hyphen and the month with two",
            )
        return cls(int(match[1]) * 12 + int(match[2]) - 1)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.number // 12, self.number % 12 + 1, 1)

    @property
    def days(self) -> int:
        """28 to 31."""
        return monthrange(self.number // 12, self.number % 12 + 1)[1]

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.first_day.replace(day=self.days)

    def plus(self, months: int) -> Month:
        """The month `months` later (earlier if negative)."""
        return Month(self.number + months)

    def last_of(self, count: int) -> list[Month]:
        """The `count` months that end with this one, in order."""
        return [self.plus(number - count + 1) for number in range(count)]

    @property
    def ends_quarter(self) -> bool:
        """Whether it is March, June, September or December."""
        return self.number % 3 == 2  # noqa: PLR2004

    @property
    def quarter(self) -> str:
        """The calendar quarter it lies in, such as `2026-Q1`."""
        return f"{self.number // 12:04d}-Q{self.number % 12 // 3 + 1}"

    def complete(self, as_of_day: date) -> bool:
        """Whether a book whose instant falls on the local day `as_of_day` has seen all of it."""
        return self.last_day < as_of_day

    def __str__(self) -> str:
        return f"{self.number // 12:04d}-{self.number % 12 + 1:02d}"


@dataclass(frozen=True)
class MonthRange:
    """The months `first` to `last`, both included, at most 1200 of them."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if not self.first <= self.last <= self.first.plus(_MONTHS_MAX - 1):
            raise UsageError(
                f"{self.first} to {self.last} is not a range of months",
                code="impossible_months",
                expected=f"a first month at or before the last, at most {_MONTHS_MAX} months",
                found=f"{self.first} to {self.last}",
                remedy="give --from and --to in this order, or leave one out",
            )

    def __iter__(self) -> Iterator[Month]:
        return (Month(number) for number in range(self.first.number, self.last.number + 1))


def asked_months(
    month_from: str | None, month_to: str | None, *, first_movement: date | None, as_of_day: date
) -> MonthRange:
    """The months of a request; what is left open ends at the last complete month.

    A book younger than its first complete month answers for its first month, as incomplete.
    """
    latest = Month.of(as_of_day).plus(-1)
    earliest = latest if first_movement is None else Month.of(first_movement)
    if month_from is not None:
        first = Month.parse(month_from)
        last = max(first, latest) if month_to is None else Month.parse(month_to)
        return MonthRange(first, last)
    if month_to is not None:
        last = Month.parse(month_to)
        return MonthRange(min(earliest, last), last)
    return MonthRange(earliest, max(earliest, latest))
