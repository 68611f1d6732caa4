"""The days and hours on which something happens in a random history.

Month ends, the leap day and the days clocks change come often, midnight is the usual hour, and the
hours of one day lie less than, exactly and more than 60 minutes apart.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.oracles.random_terms import pick

DAYS = tuple(
    date.fromisoformat(text)
    for text in (
        *("2024-01-01", "2024-02-01", "2024-02-29", "2024-03-01", "2024-03-10", "2024-03-31"),
        *("2024-04-01", "2023-01-01", "2023-01-31", "2023-02-28", "2023-03-01", "2023-03-26"),
        *("2023-06-15", "2023-10-29", "2023-11-05", "2023-12-31", "2024-02-28", "2024-04-30"),
        *("2024-07-04", "2024-10-27", "2024-11-03", "2024-12-31", "2025-01-01", "2025-01-31"),
        *("2025-02-28", "2025-03-09", "2025-03-30", "2025-06-30", "2025-10-26", "2025-12-30"),
    )
)
MIDNIGHT = timedelta(0)
BUSY_HOURS = (
    *(timedelta(hours=10), timedelta(hours=10, minutes=40), timedelta(hours=11)),
    *(timedelta(minutes=20), timedelta(hours=10, minutes=59, seconds=59, microseconds=999999)),
    *(timedelta(hours=11, minutes=40), timedelta(hours=23, minutes=40), timedelta(hours=24)),
)
HOURS = (
    *(MIDNIGHT,) * 9,
    *(timedelta(hours=9), timedelta(hours=12, minutes=30)),
    timedelta(hours=1, minutes=59, seconds=59),
    timedelta(hours=23, minutes=59, seconds=59, microseconds=999999),
    *BUSY_HOURS[:3],
)
ZONES = ("UTC", "UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo")


def instant_of(rng: Random, day: date, *, zone: ZoneInfo) -> datetime:
    """An instant of a local day, in UTC; the hours are counted from its midnight."""
    return at_hour(day, pick(rng, HOURS), zone=zone)


def at_hour(day: date, hour: timedelta, *, zone: ZoneInfo) -> datetime:
    """So long after the local day's midnight, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) + hour
