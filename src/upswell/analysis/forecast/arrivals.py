"""New customers: how many begin to pay in a month, by a level, a season and a trend that fades.

Twelve months ago 10 a month came, now 12 a month, twice as many in spring as in autumn. The trend is the logarithm of
the last twelve months' level over that of the twelve before, here 0.18 a year, halved or more where few were counted,
and it fades by a tenth a month (a damped trend, Gardner and McKenzie, Management Science 1985). Months differ by more
than chance (`shocks`). The first month of a history is left out: who paid already was imported with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.factors import Factor, fit_factors
from upswell.analysis.forecast.shocks import Shock, fit_shock

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_YEAR: Final = 12
_MONTHS_MAX: Final = 72
_SEASON_PRIOR: Final = 6.0
_TREND_VARIANCE: Final = 0.2**2
_FADES: Final = 0.95


@dataclass(frozen=True)
class Arrivals:
    """The process as fitted: `level` events in `level_months` of the last year, a yearly log trend, and a season."""

    level: float
    level_months: float
    trend: float
    trend_variance: float
    season_shape: Array
    season_rate: Array
    shock: Shock
    next_month: int

    def draw(self, rng: np.random.Generator, simulations: int, months: int) -> Array:
        """The mean number of new customers by simulation and month."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        ahead = np.arange(1, months + 1)
        level = rng.gamma(self.level, size=simulations) / self.level_months
        trend = self.trend + np.sqrt(self.trend_variance) * rng.normal(size=simulations)
        # The level is that of the middle of the last year; from today on the trend fades.
        since = self.level_months / 2 + _FADES * (1 - _FADES**ahead) / (1 - _FADES)
        season = rng.gamma(self.season_shape, size=(simulations, _YEAR)) / self.season_rate
        of_year = (self.next_month + ahead - 1) % _YEAR
        growth = np.exp(trend[:, None] * since / _YEAR)
        drawn: Array = level[:, None] * growth * season[:, of_year] * self.shock.draw(rng, simulations, months)
        return drawn


def fit_arrivals(counts: Array, last: int) -> Arrivals:
    """The process behind `counts` of new customers by month, of which the last is month number `last`."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    counts = counts[1:][-_MONTHS_MAX:] if len(counts) > 1 else counts
    months = np.arange(last - len(counts) + 1, last + 1)
    year = np.arange(len(counts) - 1, -1, -1) // _YEAR
    # Each year's own level first, so that growth is not taken for a season.
    levels = np.array([counts[year == each].mean() for each in range(year.max() + 1)])
    exposure = np.maximum(levels[year], 1e-3)
    seasonal = len(counts) >= 2 * _YEAR
    fitted = fit_factors(
        {"season": months % _YEAR, "flat": np.zeros(len(counts))},
        exposure,
        counts,
        factors=[Factor(("season",), _SEASON_PRIOR if seasonal else 1e6)],
        sizes={"season": _YEAR},
        along="flat",
        prior_rate=1.0,
    )
    season = fitted.means[0] / fitted.means[0].mean()
    recent, before = slice(-_YEAR, None), slice(-2 * _YEAR, -_YEAR)
    level = float(counts[recent].sum()) + 0.5
    exposed = float(season[months[recent] % _YEAR].sum())
    shock = fit_shock(counts, exposure * season[months % _YEAR], np.ones(len(counts)))
    trend, variance = 0.0, _TREND_VARIANCE
    if seasonal:
        former = float(counts[before].sum()) + 0.5
        noise = (1 / level + 1 / former) + 2 * shock.variance / _YEAR
        believed = _TREND_VARIANCE / (_TREND_VARIANCE + noise)
        trend = believed * float(np.log(level / former))
        variance = _TREND_VARIANCE * (1 - believed)
    scale = fitted.rates[0] * fitted.means[0] / season
    return Arrivals(level, exposed, trend, variance, scale * season, scale, shock, int(last + 1) % _YEAR)
