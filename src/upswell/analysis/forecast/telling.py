"""What each method tells at one origin, for every target: the forecasts that are compared, pooled and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.pool import SIMULATION
from upswell.analysis.forecast.rates import learn
from upswell.analysis.forecast.scores import quantiles_of
from upswell.analysis.forecast.series import METHODS, series_quantiles
from upswell.analysis.forecast.simulate import simulate

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TARGETS: Final = (
    *("closing_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr"),
    "customers",
)
# Retention over a year is told by the simulation alone: its series is too short and too smooth to go on from.
NRR: Final = "nrr_12m"
YEAR: Final = 12
SEASONAL: Final = 24
Told = Mapping[str, Mapping[str, "Array"]]


def tell(
    history: History,
    *,
    months: int,
    simulations: int,
    seed: int,
    targets: tuple[str, ...] = TARGETS,
) -> Told:
    """For each target the quantiles (100 x months) by method: simulation, autoets, naive, seasonal_naive.

    Under 24 months of history no month of the year is told from another. From a year ahead on `nrr_12m`
    is told, too (100 x 1): of the month twelve after the origin.
    """
    import numpy as np  # noqa: PLC0415 -- part of an extra

    learned = learn(history, seasons=history.months >= SEASONAL)
    paths = simulate(history, learned, months=months, simulations=simulations, seed=seed)
    told: dict[str, dict[str, Array]] = {}
    for target in targets:
        # The first month has everybody as new: it is no month like others.
        series = history.series(target)[1:]
        told[target] = {SIMULATION: quantiles_of(paths[target])}
        for method in METHODS:
            told[target][method] = np.maximum(series_quantiles(series, method, months=months), 0)
    if months >= YEAR:
        told[NRR] = {SIMULATION: quantiles_of(paths["nrr"][:, YEAR - 1 : YEAR])}
    return told
