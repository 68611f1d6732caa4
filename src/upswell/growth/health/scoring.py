"""Customers by their health: points, band, and what takes points away, in words.

    Acme   41 points, low: "Use, 30 days against 90: 0.6 times: -12 points", "Open failed charges: 1: -14 points"

Who has asked to leave has 0 points and stands in the low band, with that as its reason: the card did not learn from
such customers, and has nothing to say of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.rolling.wording import worded
from upswell.growth.health.outcome import leaving
from upswell.growth.health.report import signal_values
from upswell.growth.health.scorecard import Band, Line, Scorecard

if TYPE_CHECKING:
    import numpy as np

    from upswell.analysis.propensity.snapshots import Known

    Array = np.ndarray[Any, Any]

REASONS: Final = 3
_LEAVES: Final = "it has asked to leave"


@dataclass(frozen=True)
class HealthPoints:
    """The health of one customer; without a card points and band are None. One that is `leaving` has said so."""

    customer_id: str
    mrr: Decimal | None
    points: int | None
    band: Band | None
    reasons: tuple[str, ...]
    leaving: bool = False


def health_points(card: Scorecard, known: Known) -> Mapping[str, HealthPoints]:
    """Points, band and reasons of each paying customer of a day, by customer_id."""
    values = signal_values(known.signals, known.day)
    points = card.points(values, rows=len(known)).tolist()
    gone = leaving(known).tolist()
    lost = _lost(card, values, rows=len(known))
    found = {}
    for row, (customer_id, mrr) in enumerate(
        zip(known.signals["customer_id"].to_pylist(), known.signals["mrr"].to_pylist(), strict=True)
    ):
        if gone[row]:
            found[customer_id] = HealthPoints(customer_id, mrr, 0, "low", (_LEAVES,), leaving=True)
        else:
            told = _reasons(card.lines, lost[row], values, row)
            found[customer_id] = HealthPoints(customer_id, mrr, points[row], card.band(points[row]), told)
    return found


def _lost(card: Scorecard, values: Mapping[str, Array], *, rows: int) -> Array:
    """By row and line: how many points the row lacks of the line's best."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    unknown = np.full(rows, np.nan)
    return np.column_stack([max(line.points) - line.of(values.get(line.signal, unknown)) for line in card.lines])


def _reasons(lines: Sequence[Line], lost: Array, values: Mapping[str, Array], row: int) -> tuple[str, ...]:
    places = sorted(range(len(lines)), key=lambda place: (-int(lost[place]), place))[:REASONS]
    return tuple(
        f"{worded(lines[place].signal, float(values[lines[place].signal][row]))}: -{int(lost[place])} points"
        for place in places
        if lost[place] > 0
    )
