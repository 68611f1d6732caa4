"""Which of a customer's changes are looked at together.

Changes at 10:00, 10:40 and 11:00 of one day are one moment under `day`, three under `none`, and
under `60min` two: 10:00 with 10:40, and 11:00, which is exactly 60 minutes after the first.

Where the rules leave room: a change is every instant at which a span begins or ends (so an
unchanged renewal, too, begins the 60 minutes), as it is under every other grouping.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .policies import OraclePolicy
from .values import Span

ONE_HOUR = timedelta(minutes=60)


@dataclass(frozen=True)
class Moment:
    """All changes of the customer that are looked at together, dated by a local day."""

    day: date
    scheduled: bool
    first: datetime
    last: datetime


def moments_of(spans: Iterable[Span], *, policy: OraclePolicy, as_of: datetime, timezone: str) -> list[Moment]:
    """The customer's moments in order; none holds instants of both sides of `as_of`."""
    zone = ZoneInfo(timezone)
    instants = {span.starts_at for span in spans}
    instants |= {span.ends_at for span in spans if span.ends_at is not None}
    moments: list[Moment] = []
    for instant in sorted(instants):
        day, scheduled = _dated(instant.astimezone(zone).date(), policy=policy), instant > as_of
        if moments:
            former = moments[-1]
            same = (former.day, former.scheduled) == (day, scheduled)
            if same and _together(former.first, instant, policy=policy):
                moments[-1] = Moment(day=day, scheduled=scheduled, first=former.first, last=instant)
                continue
        moments.append(Moment(day=day, scheduled=scheduled, first=instant, last=instant))
    return moments


def _dated(day: date, *, policy: OraclePolicy) -> date:
    """A month's moment is dated on its last day."""
    return day.replace(day=monthrange(day.year, day.month)[1]) if policy.grouping == "month" else day


def _together(first: datetime, instant: datetime, *, policy: OraclePolicy) -> bool:
    """Whether two instants of one day (or month) share a moment."""
    match policy.grouping:
        case "day" | "month":
            return True
        case "60min":
            return instant - first < ONE_HOUR
        case "none":
            return False
