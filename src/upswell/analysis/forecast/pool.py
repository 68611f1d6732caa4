"""The forecast that is shown: the simulation and AutoETS together, as wide as former forecasts had to be.

Each origin of the past has quantiles of both and what came since. The simulation's share of the pool is
CRPS_ets^3 / (CRPS_ets^3 + CRPS_simulation^3) over those origins, so that of two equals each has a half and one that
scores 20 % better has two thirds; without origins it is three quarters. Quantiles are averaged level by level (Vincent
averaging; Lichtendahl, Grushka-Cockayne and Winkler, Management Science 2013, show why rather than the densities). Then
the distance from the median is multiplied by what would have made 80 % of the past outcomes fall into the interval that
claims 80 %: 1.2 if that interval was too narrow by a fifth. As long as the past is short it is pulled towards 1.2, out
of caution, and it is never below 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.scores import STEPS, crps, quantile_at

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SIMULATION: Final = "simulation"
AUTOETS: Final = "autoets"
_ALONE: Final = 0.75
_POWER: Final = 3
_CLAIMED: Final = 0.8
_ORIGINS_TO_BELIEVE: Final = 4.0
_CAUTION: Final = 1.2
_SPREAD_LEAST: Final = 1.0
_SPREAD_MOST: Final = 1.6


@dataclass(frozen=True)
class Past:
    """One former origin: the quantiles of each method (100 x months) and what came (months that are over)."""

    told: Mapping[str, Array]
    came: Array


@dataclass(frozen=True)
class Pool:
    """The simulation's share and the factor of the spread, learned from `origins` former ones."""

    share: float = _ALONE
    spread: float = 1.0
    origins: int = 0

    def of(self, told: Mapping[str, Array]) -> Array:
        """The quantiles shown, of those that each method told."""
        return self._spread(self._averaged(told))

    def _averaged(self, told: Mapping[str, Array]) -> Array:
        if AUTOETS not in told:
            return told[SIMULATION]
        return self.share * told[SIMULATION] + (1 - self.share) * told[AUTOETS]

    def _spread(self, quantiles: Array) -> Array:
        middle = quantiles[STEPS // 2 - 1 : STEPS // 2 + 1].mean(axis=0)
        found: Array = middle + self.spread * (quantiles - middle)
        return found


def learn_pool(past: Sequence[Past]) -> Pool:
    """What the former origins teach; those of which nothing came yet teach nothing."""
    some = [each for each in past if len(each.came)]
    if not some:
        return Pool()
    share = _share(some) if all(AUTOETS in each.told for each in some) else 1.0
    averaged = Pool(share=share)
    return Pool(
        share, _spread_of([(averaged.of(each.told)[:, : len(each.came)], each.came) for each in some]), len(some)
    )


def _share(past: Sequence[Past]) -> float:
    scores = {
        method: sum(float(crps(each.told[method][:, : len(each.came)], each.came).sum()) for each in past)
        for method in (SIMULATION, AUTOETS)
    }
    whole = sum(score**_POWER for score in scores.values())
    return scores[AUTOETS] ** _POWER / whole if whole > 0 else _ALONE


def _spread_of(told: Sequence[tuple[Array, Array]]) -> float:
    """What the half-widths of the past had to be multiplied by."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    needed = np.concatenate([_needed(quantiles, came) for quantiles, came in told])
    needed = needed[np.isfinite(needed)]
    if not len(needed):
        return 1.0
    # Forecasts of one origin err together, so an origin counts as one case.
    believed = len(told) / (len(told) + _ORIGINS_TO_BELIEVE)
    factor = float(np.quantile(needed, _CLAIMED)) ** believed * _CAUTION ** (1 - believed)
    return float(np.clip(factor, _SPREAD_LEAST, _SPREAD_MOST))


def _needed(quantiles: Array, came: Array) -> Array:
    """How far each outcome was from the median, in half-widths of the interval on its side."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    low, middle, high = (quantile_at(quantiles, level) for level in ((1 - _CLAIMED) / 2, 0.5, (1 + _CLAIMED) / 2))
    half = np.where(came >= middle, high - middle, middle - low)
    found: Array = np.divide(np.abs(came - middle), half, out=np.full(len(came), np.nan), where=half > 0)
    return found
