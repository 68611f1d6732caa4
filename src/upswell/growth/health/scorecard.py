"""The scorecard: whole points for each bin of each signal, that add up to 0 to 100; more is better.

    Seats in use      under 45 % 0, 45 to 70 % 5, 70 to 90 % 9, 90 % and more 11, not known 4
    Open failed charges   none 14, 1 and more 0

A regression over the bins' log odds says how much of each signal's word counts beside the others'; those that would
count against their own bins are left out. Points are in proportion to log odds, scaled so that the best of all bins is
100 and the worst 0 (Siddiqi, Credit Risk Scorecards, 2006), and rounded: a person can add them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from upswell.growth.health.bins import SIGNALS, Bins, learn_bins

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Band = Literal["low", "medium", "high"]
BEST: Final = 100
_PENALTY: Final = 1.0
_LOW: Final = 1.5  # times the base rate, and more
_HIGH: Final = 0.67  # times the base rate, and less
_LEAST: Final = 2  # points between the best and the worst bin of a signal


@dataclass(frozen=True)
class Line:
    """A signal on the card: its inner edges, and the points of each bin, the last: not known."""

    signal: str
    edges: tuple[float, ...]
    points: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.points or len(self.points) != len(self.edges) + 2:
            raise ValueError(f"{self.signal}: {len(self.edges)} edges have {len(self.edges) + 2} bins")

    def of(self, values: Array) -> Array:
        """The points of each value; nan is not known."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        return np.array(self.points)[Bins(self.signal, self.edges, ()).of(values)]


@dataclass(frozen=True)
class Scorecard:
    """The lines, and where the bands end: low up to `low_to` points, high from `high_from` on."""

    lines: tuple[Line, ...]
    low_to: int
    high_from: int

    def points(self, values: Mapping[str, Array], *, rows: int) -> Array:
        """The points of each row, 0 to 100; a signal that is not among `values` is not known."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        unknown = np.full(rows, np.nan)
        total = np.zeros(rows, dtype=int)
        for line in self.lines:
            total += line.of(values.get(line.signal, unknown))
        return total

    def band(self, points: int) -> Band:
        """The band of so many points."""
        if points <= self.low_to:
            return "low"
        return "high" if points >= self.high_from else "medium"


def fit_scorecard(values: Mapping[str, Array], lost: Array) -> Scorecard | None:
    """A scorecard from rows of the past, by signal; None where no signal tells who loses MRR."""
    bins = [found for name in SIGNALS if name in values and (found := learn_bins(name, values[name], lost)) is not None]
    weights, bins = _weighed(values, bins, lost)
    if not bins:
        return None
    lines = _lines(bins, weights)
    if not lines:
        return None
    points = Scorecard(lines, -1, BEST + 1).points(values, rows=len(lost))
    low_to, high_from = _bands(points, lost)
    return Scorecard(lines, low_to, high_from)


def _weighed(values: Mapping[str, Array], bins: Sequence[Bins], lost: Array) -> tuple[Sequence[float], list[Bins]]:
    """How much each signal's word counts; one that would count against itself goes, the rest are weighed again."""
    import numpy as np  # noqa: PLC0415 -- of the extra
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- of the extra

    kept = list(bins)
    while kept:
        words = np.column_stack([np.array(each.weights)[each.of(values[each.signal])] for each in kept])
        found = LogisticRegression(C=_PENALTY).fit(words, ~lost).coef_[0]
        if (found > 0).all():
            return found.tolist(), kept
        kept = [each for each, weight in zip(kept, found, strict=True) if weight > 0]
    return [], []


def _lines(bins: Sequence[Bins], weights: Sequence[float]) -> tuple[Line, ...]:
    spans = [weight * (max(each.weights) - min(each.weights)) for each, weight in zip(bins, weights, strict=True)]
    most = _whole(spans, BEST)
    if any(top < _LEAST for top in most):
        strong = [place for place, top in enumerate(most) if top >= _LEAST]
        if not strong:
            return ()
        return _lines([bins[place] for place in strong], [weights[place] for place in strong])
    lines = []
    for each, top in zip(bins, most, strict=True):
        low, high = min(each.weights), max(each.weights)
        points = tuple(round(top * (weight - low) / (high - low)) for weight in each.weights)
        lines.append(Line(each.signal, each.edges, points))
    return tuple(sorted(lines, key=lambda line: -max(line.points)))


def _whole(parts: Sequence[float], total: int) -> list[int]:
    """`total` in whole numbers in proportion to `parts`, by largest remainder."""
    scale = total / sum(parts) if sum(parts) > 0 else 0.0
    exact = [part * scale for part in parts]
    found = [int(part) for part in exact]
    left = total - sum(found)
    for place in sorted(range(len(parts)), key=lambda place: (found[place] - exact[place], place))[:left]:
        found[place] += 1
    return found


def _bands(points: Array, lost: Array) -> tuple[int, int]:
    """The most points at which losses are 1.5 times as common as overall, the least at which they are 0.67 times."""
    import numpy as np  # noqa: PLC0415 -- of the extra
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 -- of the extra

    rates = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(points, lost.astype(float))
    told = rates.predict(np.arange(BEST + 1))
    overall = float(lost.mean())
    low = np.flatnonzero(told >= _LOW * overall)
    high = np.flatnonzero(told <= _HIGH * overall)
    return (int(low[-1]) if len(low) else -1), (int(high[0]) if len(high) else BEST + 1)
