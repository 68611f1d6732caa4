"""What is asked of the metrics room, and what it must know of the book that answers.

`upswell metrics expansion_mrr --from 2026-01 --to 2026-03 --by driver` becomes

    MetricRequest(
        names=("expansion_mrr",), month_from="2026-01", month_to="2026-03", by=("driver",)
    )

and is answered for one book and one policy. The book's `as_of` decides which months are complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class BookFacts:
    """The book behind the views: its instant, the local day of it, the workspace's currency, the rows it lacks."""

    as_of: datetime
    as_of_day: date
    workspace_currency: str
    book_id: str
    held_back: int = 0


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
