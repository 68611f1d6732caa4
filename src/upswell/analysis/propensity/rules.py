"""A plain ranking by points that anybody can check: what is used instead of a model, and what a model must beat.

Acme used 92 % of its seats and was open to more when asked: 2 + 2 = 4 points. Bolt's use has risen two months in a row:
1 point. Acme comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Rule:
    """Points for a signal that is at least so much (1: for one that is true), and how it reads."""

    signal: str
    at_least: float
    points: int
    words: str


RULES: Final = (
    Rule("limit_share", 0.8, 2, "it used 80 % of its limit or more last month"),
    Rule("seats_used_share", 0.9, 2, "90 % of its seats or more are in use"),
    Rule("open_to_more", 1, 2, "it said that it would like more"),
    Rule("rising_two_months", 1, 1, "its use rose two months in a row"),
    Rule("seat_growth_90d", 0.01, 1, "it added seats in the last 90 days"),
    Rule("blocked_30d", 1, 1, "use was blocked at its limit in the last 30 days"),
)


def points_of(signals: pa.Table, rules: Sequence[Rule] = RULES) -> Array:
    """The points of each row; a signal that is not known, or not among the columns, gives none."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    points = np.zeros(signals.num_rows)
    for rule in rules:
        points += rule.points * _holds(signals, rule)
    return points


def words_of(signals: pa.Table, row: int, rules: Sequence[Rule] = RULES) -> tuple[str, ...]:
    """The rules that hold of one row, those of most points first."""
    held = [rule for rule in rules if bool(_holds(signals.slice(row, 1), rule)[0])]
    return tuple(rule.words for rule in sorted(held, key=lambda rule: -rule.points))


def _holds(signals: pa.Table, rule: Rule) -> Array:
    import numpy as np  # noqa: PLC0415 -- of the extra

    if rule.signal not in signals.column_names:
        return np.zeros(signals.num_rows, dtype=bool)
    column = signals[rule.signal]
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    found: Array = np.nan_to_num(column.cast(pa.float64()).to_numpy()) >= rule.at_least
    return found
