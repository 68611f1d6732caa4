"""The answer of a forecast as plain rows, so that command, API, Python and pages say the same.

    origin 2025-12, 12 months, money in USD
    2026-01  closing_mrr  median 912,400.00  50 %: 905,100.00 to 920,300.00  80 %: ...  95 %: ...

Money has two decimals, rates six, customers two (a mean is no whole number). Losses are negative, as everywhere: the
low end of an interval is then the larger loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from upswell.analysis.forecast.scores import quantile_at

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Unit = Literal["money", "count", "rate"]
LOSSES: Final = frozenset({"contraction_mrr", "churned_mrr"})
UNITS: Final[Mapping[str, Unit]] = {"customers": "count", "nrr_12m": "rate"}
INTERVALS: Final = (50, 80, 95)
_CENT: Final = Decimal("0.01")
_MILLIONTH: Final = Decimal("0.000001")


@dataclass(frozen=True)
class Interval:
    """A central interval: `percent` of what may come lies from `low` to `high`, if the forecast is right."""

    percent: int
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class ForecastRow:
    """One target in one month (YYYY-MM): the median, the mean, and the 50, 80 and 95 % intervals."""

    month: str
    target: str
    unit: Unit
    median: Decimal
    mean: Decimal
    intervals: tuple[Interval, Interval, Interval]


@dataclass(frozen=True)
class BacktestRow:
    """What one method scored at the former origins, `ahead` months ahead (0: all months together).

    `crps` and `bias` (median - what came) are in the target's unit. `mase` is None where the history has no season to
    measure by. `within_50` and so on are the shares of cases that the intervals held.
    """

    target: str
    method: str
    ahead: int
    cases: int
    unit: Unit
    crps: Decimal
    mase: Decimal | None
    bias: Decimal
    within_50: Decimal
    within_80: Decimal
    within_95: Decimal


@dataclass(frozen=True)
class TriedRow:
    """What would have been shown at a former origin for a later month (median, 80 % interval), and what came."""

    origin: str
    month: str
    ahead: int
    target: str
    unit: Unit
    median: Decimal
    low: Decimal
    high: Decimal
    came: Decimal


@dataclass(frozen=True)
class KnownRow:
    """What a target was in a month that is over."""

    month: str
    target: str
    unit: Unit
    value: Decimal


@dataclass(frozen=True)
class Committed:
    """Committed MRR of the book's instant, which is no forecast: what is in force and every change known to come."""

    value: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class Forecast:
    """A forecast with what backs it: `method` is `pooled`, or `plain rates` where the history is short.

    Where nothing can be said `method` is `none`, `reason` tells why and there are no rows. `months_ahead` is what was
    asked; `sure` answers "how sure are we?" in sentences; `assumes` are the assumptions of a scenario (none: things as
    they are); `notes` say what else a reader must know.
    """

    policy: str
    book_id: str
    origin: str
    months_ahead: int
    currency: str
    method: Literal["pooled", "plain rates", "none"]
    reason: str | None
    months_known: int
    customers: int
    simulations: int
    rows: tuple[ForecastRow, ...]
    known: tuple[KnownRow, ...]
    backtest: tuple[BacktestRow, ...]
    tried: tuple[TriedRow, ...]
    origins: tuple[str, ...]
    committed: Committed
    sure: tuple[str, ...]
    assumes: tuple[str, ...]
    notes: tuple[str, ...]

    def row(self, target: str, month: str) -> ForecastRow:
        """The row of a target and month, which must be there."""
        return next(row for row in self.rows if row.target == target and row.month == month)


def unit_of(target: str) -> Unit:
    """What a target is counted in."""
    return UNITS.get(target, "money")


def rounded(value: float, unit: Unit) -> Decimal:
    """An estimate as it is given out: two decimals, of rates six."""
    return Decimal(repr(float(value))).quantize(_MILLIONTH if unit == "rate" else _CENT, ROUND_HALF_EVEN) + 0


def forecast_row(month: str, target: str, quantiles: Array) -> ForecastRow:
    """The row of one month, from the quantiles of the levels of `scores` (losses positive)."""
    unit = unit_of(target)
    sign = -1 if target in LOSSES else 1
    column = quantiles.reshape(-1, 1)

    def at(level: float) -> Decimal:
        return rounded(sign * float(quantile_at(column, level)[0]), unit)

    intervals = []
    for percent in INTERVALS:
        ends = sorted((at(0.5 - percent / 200), at(0.5 + percent / 200)))
        intervals.append(Interval(percent, ends[0], ends[1]))
    mean = rounded(sign * float(quantiles.mean()), unit)
    return ForecastRow(month, target, unit, at(0.5), mean, (intervals[0], intervals[1], intervals[2]))
