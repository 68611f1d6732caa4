"""The backtest: what would have been shown at former month ends, against what came.

The book ends in December 2025. Forecasts as of September, June, March ... are made from what was known then (see
`history`), by the simulation, by AutoETS and by the two naive ones; and the forecast shown at each of them is pooled
with what the origins before it had taught by then. Each is scored against the months that came, by months ahead:

    target        method          ahead   cases     crps   mase   within 80 %
    closing_mrr   shown               1      10   421.10   0.31         0.80

An origin's first month ahead comes soon, its twelfth a year later: so there are more cases of one month ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.pool import Past, Pool, learn_pool
from upswell.analysis.forecast.scores import STEPS, covered, crps, quantile_at, seasonal_change
from upswell.analysis.forecast.telling import NRR, SEASONAL, TARGETS, YEAR, Told, tell
from upswell.engines.running import require_asked
from upswell.metrics.months import Month

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SHOWN: Final = "shown"
ORIGINS: Final = 10
EVERY: Final = 3
_EARLIEST: Final = 12
_SIMULATIONS: Final = 300
_SHARES: Final = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Case:
    """One forecast of one target and month, its median and 80 % interval, against what came (losses positive)."""

    origin: int
    target: str
    method: str
    ahead: int
    crps: float
    error: float
    scale: float
    covered: tuple[bool, bool, bool]
    median: float
    low: float
    high: float
    came: float


@dataclass(frozen=True)
class Score:
    """The cases of one target, method and number of months ahead (0: all) in one line; nan where nothing is known.

    `bias` is the mean of median - what came, in the target's unit; coverages are shares of the cases.
    """

    target: str
    method: str
    ahead: int
    cases: int
    crps: float
    mase: float
    bias: float
    coverage: tuple[float, float, float]


@dataclass(frozen=True)
class Backtest:
    """Everything told at former origins and what it was worth."""

    history: History
    told: Mapping[int, Told]
    cases: tuple[Case, ...]

    def pool(self, target: str) -> Pool:
        """What all former origins teach for a forecast of today."""
        return _pool_at(self.history, self.told, target, self.history.last)

    @property
    def origins(self) -> tuple[Month, ...]:
        """The former origins, oldest first."""
        return tuple(Month(number) for number in sorted(self.told))

    def scores(self, ahead: Sequence[int] = (0, 1, 3, 6, 12)) -> tuple[Score, ...]:
        """A line for each target, method and number of months ahead of which there are cases."""
        places = dict.fromkeys((case.target, case.method) for case in self.cases)
        return tuple(
            score for target, method in places for each in ahead if (score := self._score(target, method, each))
        )

    def _score(self, target: str, method: str, ahead: int) -> Score | None:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        cases = [
            case for case in self.cases if case.target == target and case.method == method and ahead in (0, case.ahead)
        ]
        if not cases:
            return None
        scaled = [abs(case.error) / case.scale for case in cases if case.scale > 0]
        return Score(
            target,
            method,
            ahead,
            len(cases),
            float(np.mean([case.crps for case in cases])),
            float(np.mean(scaled)) if scaled else float("nan"),
            float(np.mean([case.error for case in cases])),
            tuple(np.mean([case.covered for case in cases], axis=0).tolist()),
        )


def former_origins(history: History, *, origins: int = ORIGINS, every: int = EVERY) -> list[int]:
    """The last `origins` month ends, `every` months apart, before which there is a year or more."""
    earliest = history.first + _EARLIEST - 1
    latest = history.last - every
    return sorted(number for number in range(latest, latest - origins * every, -every) if number >= earliest)


def backtest(history: History, *, months: int, origins: Sequence[int], targets: tuple[str, ...] = TARGETS) -> Backtest:
    """Forecast at each of the former `origins` (month numbers) and score it; it may be none."""
    told: dict[int, Told] = {}
    for origin in origins:
        # Each takes a while: who does not wait any more need not be answered.
        require_asked()
        known = history.at(Month(origin))
        told[origin] = tell(known, months=months, simulations=_SIMULATIONS, seed=origin, targets=targets)
    cases = [case for origin in sorted(told) for case in _cases(history, told, origin)]
    return Backtest(history, told, tuple(cases))


def came_after(history: History, target: str, origin: int, *, months: int) -> Array:
    """What came in the months after an origin, as far as they are over; of `nrr_12m` in the twelfth alone."""
    at = origin - history.first + 1
    series = history.series(target)
    return series[at + YEAR - 1 : at + YEAR] if target == NRR else series[at : at + months]


def _pool_at(history: History, told: Mapping[int, Told], target: str, origin: int) -> Pool:
    known = history.at(Month(origin)) if origin < history.last else history
    past = []
    for earlier, each in told.items():
        if earlier < origin and target in each:
            months = next(iter(each[target].values())).shape[1]
            past.append(Past(each[target], came_after(known, target, earlier, months=months)))
    found = learn_pool(past)
    # Without two seasons the simulation stands alone, by plain rates.
    return found if known.months >= SEASONAL else replace(found, share=1.0)


def _cases(history: History, told: Mapping[int, Told], origin: int) -> Iterator[Case]:
    for target, by_method in told[origin].items():
        shown = _pool_at(history, told, target, origin).of(by_method)
        months = shown.shape[1]
        came = came_after(history, target, origin, months=months)
        scale = seasonal_change(history.at(Month(origin)).series(target)[1:], YEAR) if target != NRR else float("nan")
        for method, quantiles in {SHOWN: shown, **by_method}.items():
            yield from _scored(quantiles[:, : len(came)], came, origin, target, method, scale)


def _scored(quantiles: Array, came: Array, origin: int, target: str, method: str, scale: float) -> Iterator[Case]:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    scores = crps(quantiles, came)
    middle = quantiles[STEPS // 2 - 1 : STEPS // 2 + 1].mean(axis=0)
    held = [covered(quantiles, came, share) for share in _SHARES]
    low, high = quantile_at(quantiles, 0.1), quantile_at(quantiles, 0.9)
    for month in range(len(came)):
        if np.isfinite(came[month]):
            ahead = YEAR if target == NRR else month + 1
            inside = (bool(held[0][month]), bool(held[1][month]), bool(held[2][month]))
            error = float(middle[month] - came[month])
            told = (float(middle[month]), float(low[month]), float(high[month]), float(came[month]))
            yield Case(origin, target, method, ahead, float(scores[month]), error, scale, inside, *told)
