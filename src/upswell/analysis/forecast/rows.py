"""The rows of an answer: months ahead, months that are over, and what former forecasts came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.answer import (
    LOSSES,
    BacktestRow,
    ForecastRow,
    KnownRow,
    TriedRow,
    forecast_row,
    rounded,
    unit_of,
)
from upswell.analysis.forecast.backtest import SHOWN, Backtest
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.telling import NRR, TARGETS, YEAR
from upswell.metrics.months import Month

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_KNOWN: Final = 24
_DRAWN: Final = ("closing_mrr", "expansion_mrr")


def rows_ahead(shown: Mapping[str, Array], last: int) -> tuple[ForecastRow, ...]:
    """A row for each target and month after month number `last`; of `nrr_12m` for the twelfth alone."""
    rows = []
    for target, quantiles in shown.items():
        first = YEAR if target == NRR else 1
        for number, column in enumerate(quantiles.T):
            rows.append(forecast_row(str(Month(last + first + number)), target, column))
    return tuple(rows)


def rows_known(history: History) -> tuple[KnownRow, ...]:
    """The last two years of what was, for the left side of a fan."""
    rows = []
    for target in (*TARGETS, NRR):
        sign = -1 if target in LOSSES else 1
        series = history.series(target)[-_KNOWN:]
        first = history.last - len(series) + 1
        for number, value in enumerate(series):
            if value == value:  # noqa: PLR0124 -- nan: retention over a year has no first year
                unit = unit_of(target)
                rows.append(KnownRow(str(Month(first + number)), target, unit, rounded(sign * value, unit)))
    return tuple(rows)


def rows_tried(tried: Backtest) -> tuple[TriedRow, ...]:
    """What was shown of MRR and Expansion MRR at former origins, month by month."""
    rows = []
    for case in tried.cases:
        if case.method == SHOWN and case.target in _DRAWN:
            origin, unit = Month(case.origin), unit_of(case.target)
            told = (rounded(value, unit) for value in (case.median, case.low, case.high, case.came))
            rows.append(TriedRow(str(origin), str(origin.plus(case.ahead)), case.ahead, case.target, unit, *told))
    return tuple(rows)


def rows_scored(tried: Backtest) -> tuple[BacktestRow, ...]:
    """The scores of every target, method and number of months ahead."""
    rows = []
    for score in tried.scores():
        unit = unit_of(score.target)
        # A loss is told negative, so that a forecast of too much of it is one of too little MRR.
        bias = -score.bias if score.target in LOSSES else score.bias
        mase = rounded(score.mase, "rate") if score.mase == score.mase else None
        within = [rounded(share, "rate") for share in score.coverage]
        rows.append(
            BacktestRow(
                score.target,
                score.method,
                score.ahead,
                score.cases,
                unit,
                rounded(score.crps, unit),
                mase,
                rounded(bias, unit),
                *within,
            )
        )
    return tuple(rows)
