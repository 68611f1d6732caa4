"""Forecasts from a series alone: AutoETS, the last value again, and last year's value again.

They know nothing of customers. AutoETS chooses an exponential smoothing with or without trend and season by its AICc
(Hyndman et al., Forecasting with Exponential Smoothing, 2008; statsforecast). The two naive ones are what a forecast
must beat: MRR of 1,000.00 at the last close stays 1,000.00, with a deviation that grows with the root of the months.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from upswell.analysis.extra import analysis_extra
from upswell.analysis.forecast.scores import STEPS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Method = Literal["autoets", "naive", "seasonal_naive"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
YEAR: Final = 12
_SEASONS_NEEDED: Final = 2
_SMOOTHED_LEAST: Final = 10
# Central intervals whose ends are the quantiles 0.005, 0.015 ... 0.495 and their mirror images.
_INTERVALS: Final = tuple(99 - 2 * step for step in range(STEPS // 2))


def series_quantiles(series: Array, method: Method, *, months: int) -> Array:
    """The quantiles (100 x months) of what follows a series of monthly values; it needs three at least.

    A method that needs a year takes the nearest one that does not, where the series is shorter than two; AutoETS is the
    last value again, where it is shorter than ten months.
    """
    with analysis_extra():
        from statsforecast.models import AutoETS, Naive, SeasonalNaive  # noqa: PLC0415 -- an extra, and slow to load

    seasonal = len(series) >= _SEASONS_NEEDED * YEAR
    model: Any
    match method:
        case "autoets":
            model = AutoETS(season_length=YEAR if seasonal else 1) if len(series) >= _SMOOTHED_LEAST else Naive()
        case "naive":
            model = Naive()
        case "seasonal_naive":
            model = SeasonalNaive(season_length=YEAR) if seasonal else Naive()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = model.forecast(y=series.astype(float), h=months, level=list(_INTERVALS))
    return _stacked(told)


def _stacked(told: dict[str, Array]) -> Array:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    low = [told[f"lo-{interval}"] for interval in _INTERVALS]
    high = [told[f"hi-{interval}"] for interval in reversed(_INTERVALS)]
    return np.sort(np.stack([*low, *high]), axis=0)
