"""What a closed month reported, beside what its figures are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from upswell.metrics.catalogue import Unit, entries


@dataclass(frozen=True)
class RestatedFigure:
    """A figure of a closed month as reported and as the current book says; None where there is no value."""

    metric: str
    unit: Unit
    reported: Decimal | None
    restated: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ClosedMonth:
    """That a month is closed, when and by whom.

    `figures` are those that are others now; None where that cannot be said: under a policy that was not closed with it,
    or where the answer is itself as reported (`as_reported`).
    """

    month: str
    closed_at: datetime
    closed_by: str
    as_reported: bool
    figures: tuple[RestatedFigure, ...] | None

    def text(self) -> str:
        """One line for a reader: `closed 2026-10-03 by kim; 4 figures were restated since`."""
        closed = f"{self.month} closed {self.closed_at:%Y-%m-%d %H:%M} UTC by {self.closed_by}"
        if self.as_reported:
            return f"as reported: {closed}"
        if self.figures is None:
            return f"{closed}, under other policies than this one"
        if not self.figures:
            return f"{closed}; every figure is as reported"
        count = "1 figure was" if len(self.figures) == 1 else f"{len(self.figures)} figures were"
        return f"{closed}; {count} restated since, see `upswell restatements {self.month}`"


def restated(reported: Mapping[str, Decimal | None], now: Mapping[str, Decimal | None]) -> tuple[RestatedFigure, ...]:
    """The figures, by the name of their metric, that are others now, in the order of the catalogue.

    A metric that this release does not know, or did not yet know when the month was closed, is no figure that changed.
    """
    found = []
    for metric in entries():
        if metric.name not in reported or metric.name not in now:
            continue
        former, later = reported[metric.name], now[metric.name]
        if former != later:
            difference = None if former is None or later is None else later - former
            found.append(RestatedFigure(metric.name, metric.unit, former, later, difference))
    return tuple(found)
