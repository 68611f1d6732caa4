"""Moments of an account: whole UTC seconds, as Stripe counts them, and months that keep their day.

A period anchored on 31 January ends on 28 February and then on 31 March: months are counted from the anchor.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

DAY = 86_400
EVENTS_KEPT = 30 * DAY


def at(text: str) -> int:
    """`2026-01-10` or `2026-01-10 12:30` in UTC as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def iso(moment: int) -> str:
    """Unix seconds as an ISO text with Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def months_after(anchor: int, months: int) -> int:
    """The anchor's day and time so many months later, or the month's last day where it has no such day."""
    start = datetime.fromtimestamp(anchor, UTC)
    number = start.year * 12 + start.month - 1 + months
    year, month = divmod(number, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def length_in_months(interval: str, count: int) -> int:
    """Months of a billing interval; the account bills by month and by year."""
    return {"month": 1, "year": 12}[interval] * count
