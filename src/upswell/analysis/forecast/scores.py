"""How good a forecast was: CRPS, MASE, coverage and bias of quantiles against what came.

A forecast is told as quantiles at the levels 0.005, 0.015 ... 0.995. Its CRPS, the continuous ranked probability score
(Gneiting and Raftery, JASA 2007), is twice the mean of the quantile scores over the levels, in the unit of the target;
of a forecast that is one number it is the absolute error. If 110.00 came and all quantiles said 100.00, the CRPS is
10.00; a normal forecast of mean 100.00 and deviation 10.00 that meets 100.00 scores 2.34.

MASE (Hyndman and Koehler, International Journal of Forecasting 2006) is the mean absolute error of the median over the
mean absolute change of the history from one season to the next: below 1 it beats saying last year's figure again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

STEPS: Final = 100
_LEVELS: Final = tuple((step + 0.5) / STEPS for step in range(STEPS))


def levels() -> Array:
    """The levels of every quantile forecast, 0.005 to 0.995."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.array(_LEVELS)


def quantiles_of(samples: Array) -> Array:
    """The quantiles (100 x months) of sample paths (simulations x months), ends spread by their rank."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.quantile(samples, levels(), axis=0, method="hazen")


def quantile_at(quantiles: Array, level: float) -> Array:
    """The quantile of one more level by month, between its neighbours on a line."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.array([np.interp(level, levels(), column) for column in quantiles.T])


def crps(quantiles: Array, came: Array) -> Array:
    """The CRPS by month: quantiles 100 x months, what came by month. 0 is best."""
    missed = came[None, :] - quantiles
    level = levels()[:, None]
    score: Array = 2 * (missed * (level - (missed < 0))).mean(axis=0)
    return score


def covered(quantiles: Array, came: Array, share: float) -> Array:
    """Whether the central interval that claims `share` held what came, by month."""
    low = quantile_at(quantiles, (1 - share) / 2)
    high = quantile_at(quantiles, (1 + share) / 2)
    return (low <= came) & (came <= high)


def seasonal_change(history: Array, season: int) -> float:
    """The mean absolute change of a history from one season to the next, MASE's unit; nan where it is too short."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    if len(history) <= season:
        return float("nan")
    return float(np.abs(history[season:] - history[:-season]).mean())
