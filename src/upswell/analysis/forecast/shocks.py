"""The shock common to all customers of a month: what makes months differ by more than chance.

If 10 customers leave in an average month, chance alone gives a variance of 10. A history of 4, 17, 9, 16, 5 ... varies
more: the rest is a factor that all customers share, such as a recession or a price that rose. Of counts O with means X,
the variance of the factor is sum((O - X)^2 - X) / sum(X^2), by moments, pulled towards a small one where the history is
short; how far a month's shock goes on into the next is the autocorrelation of (O - X) / X, weighted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_PRIOR_MONTHS: Final = 12.0
_PRIOR_VARIANCE: Final = 0.01
_VARIANCE_MAX: Final = 1.5
_STEADY_MAX: Final = 0.9
_RECENT: Final = 6


@dataclass(frozen=True)
class Shock:
    """A log-normal factor of mean about 1: its variance, its pull from month to month, and where it stands today."""

    variance: float
    carries: float
    today: float
    today_variance: float

    def draw(self, rng: np.random.Generator, simulations: int, months: int) -> Array:
        """The factor by simulation and month."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        log_variance = np.log1p(self.variance)
        state = self.today + rng.normal(size=simulations) * np.sqrt(self.today_variance)
        found = np.empty((simulations, months))
        step = np.sqrt(max(log_variance * (1 - self.carries**2), 0.0))
        for month in range(months):
            state = self.carries * state + step * rng.normal(size=simulations)
            found[:, month] = state
        factors: Array = np.exp(found - log_variance / 2)
        return factors


def fit_shock(seen: Array, expected: Array, weights: Array) -> Shock:
    """The shock behind events `seen` by month, of `expected` ones, in the order of time."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    excess = float((weights * ((seen - expected) ** 2 - expected)).sum())
    squares = float((weights * expected**2).sum())
    average = squares / max(float(weights.sum()), 1e-9)
    prior = _PRIOR_MONTHS * average
    variance = min(max((excess + prior * _PRIOR_VARIANCE) / max(squares + prior, 1e-9), 0.0), _VARIANCE_MAX)
    log_variance = float(np.log1p(variance))
    # What chance alone would do to a month's ratio, and so how much of it to believe.
    chance = 1.0 / np.maximum(expected, 1e-9)
    believed = variance / (variance + chance) if variance > 0 else np.zeros_like(expected)
    ratio = believed * (seen - expected) / np.maximum(expected, 1e-9)
    pairs = float((ratio[1:] * ratio[:-1]).sum())
    alone = float((ratio[:-1] ** 2).sum()) + _PRIOR_MONTHS * variance
    carries = float(np.clip(pairs / alone, 0.0, _STEADY_MAX)) if alone > 0 else 0.0
    today, doubt = 0.0, log_variance
    for each, noise in zip(seen[-_RECENT:] / np.maximum(expected[-_RECENT:], 1e-9), chance[-_RECENT:], strict=True):
        # A Kalman filter over the last months: chance is the noise, the shock is the state.
        ahead, spread = carries * today, carries**2 * doubt + log_variance * (1 - carries**2)
        gain = spread / (spread + noise) if spread > 0 else 0.0
        today = ahead + gain * (float(np.log(max(each, 0.2))) - ahead)
        doubt = spread * (1 - gain)
    return Shock(variance, carries, today, doubt)
