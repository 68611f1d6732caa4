"""What is asked of the metrics room, and what it must know of the book that answers.

`upswell metrics expansion_mrr --from 2026-01 --to 2026-03 --by driver` becomes

    MetricRequest(
        names=("expansion_mrr",), month_from="2026-01", month_to="2026-03", by=("driver",)
    )

and is answered for one book and one policy. The book's `as_of` decides which months are complete.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from upswell.metrics.quality_weights import QualityWeights

SEAT_METRICS: Final = ("active_users", "seats", "users")


@dataclass(frozen=True)
class BookFacts:
    """The book behind the views: its instant and local day, the workspace's currency and time zone, rows it lacks.

    `quality` are the workspace's weights of today: a book has none. Of `seat_metrics`, also the workspace's, the first
    that is imported counts who uses a seat. `standing` says of a former book how it stands to what is known today.
    """

    as_of: datetime
    as_of_day: date
    workspace_currency: str
    book_id: str
    held_back: int = 0
    timezone: str = "UTC"
    quality: QualityWeights = field(default_factory=QualityWeights)
    seat_metrics: tuple[str, ...] = SEAT_METRICS
    standing: str | None = None

    @property
    def days_begun(self) -> int:
        """Days of the month of `as_of` that had begun by then: 0 at the first instant of it."""
        local = self.as_of.astimezone(ZoneInfo(self.timezone))
        at_midnight = local.time() == time()
        return local.day - 1 if at_midnight else local.day

    @property
    def part_of_month(self) -> str:
        """What is over of the month that still runs: `2026-03 still runs: 11 of 31 days`."""
        days = monthrange(self.as_of_day.year, self.as_of_day.month)[1]
        return f"{self.as_of_day:%Y-%m} still runs: {self.days_begun} of {days} days"


@dataclass(frozen=True)
class MetricRequest:
    """One question: which metrics in which months (`YYYY-MM`, both ends included), cut how.

    `by` names dimensions, `where` is a filter expression (see `upswell.metrics.where`), and
    `per_30_days` scales the money that flowed in a month to a month of 30 days.
    """

    names: tuple[str, ...]
    month_from: str | None = None
    month_to: str | None = None
    by: tuple[str, ...] = ()
    where: str | None = None
    per_30_days: bool = False
