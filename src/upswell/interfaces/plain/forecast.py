"""A forecast as plain objects: rows, what was before, the backtest, and how sure it is."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from upswell.analysis.forecast.answer import BacktestRow, Forecast
from upswell.exports.forecast import VALUES, flat_row
from upswell.interfaces.plain.values import exact, number


def forecast_rows(answer: Forecast) -> list[dict[str, Any]]:
    """One object for each target and month: median, mean, and the ends of the 50, 80 and 95 % intervals."""
    return [
        flat | {name: _told(flat[name], row.unit) for name in VALUES}
        for row in answer.rows
        for flat in (flat_row(row),)
    ]


def backtest_rows(answer: Forecast) -> list[dict[str, Any]]:
    """One object for each target, method and number of months ahead (0: all together)."""
    return [_backtest(row) for row in answer.backtest]


def forecast(answer: Forecast) -> dict[str, Any]:
    """The whole answer. Where nothing can be said `method` is none, there are no rows, and the reason."""
    return {
        "origin": answer.origin,
        "months": answer.months_ahead,
        "currency": answer.currency,
        "method": answer.method,
        "reason": answer.reason,
        "months_known": answer.months_known,
        "customers": answer.customers,
        "simulations": answer.simulations,
        "rows": forecast_rows(answer),
        "known": [asdict(row) | {"value": _told(row.value, row.unit)} for row in answer.known],
        "backtest": backtest_rows(answer),
        "tried": [
            asdict(row) | {name: _told(getattr(row, name), row.unit) for name in ("median", "low", "high", "came")}
            for row in answer.tried
        ],
        "origins": list(answer.origins),
        "committed": {"value": exact(answer.committed.value), "reason": answer.committed.reason},
        "how_sure": list(answer.sure),
        "assumes": list(answer.assumes),
        "notes": list(answer.notes),
    }


def _backtest(row: BacktestRow) -> dict[str, Any]:
    shares = ("mase", "within_50", "within_80", "within_95")
    scores = {name: _told(getattr(row, name), row.unit) for name in ("crps", "bias")}
    return asdict(row) | scores | {name: number(getattr(row, name)) for name in shares}


def _told(value: Decimal, unit: str) -> str | float | None:
    """Money as text; a rate, or customers on the average, as a number."""
    return exact(value) if unit == "money" else number(value)
