"""Rendering a forecast: months and intervals, the backtest, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from upswell.analysis.forecast.answer import BacktestRow, Forecast, Interval
from upswell.analysis.forecast.telling import NRR, TARGETS
from upswell.charts.extra import charts_extra
from upswell.exports.forecast import VALUES
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.cli.show_chart import write_chart
from upswell.interfaces.plain.forecast import backtest_rows, forecast, forecast_rows
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.metrics.suggest import unknown_name
from upswell.money.amount import display_text

_KNOWN: Final = (*TARGETS, NRR)
_USUAL: Final = ("closing_mrr", "expansion_mrr")
_ALL: Final = "all"
_COLUMNS: Final = ("month", "target", "unit", *VALUES)
_BACKTEST: Final = (
    *("target", "method", "ahead", "cases", "unit", "crps", "mase", "bias"),
    *("within_50", "within_80", "within_95"),
)
_NONE: Final = "n/a"


def asked_targets(given: Sequence[str]) -> tuple[str, ...]:
    """The targets to show; raises `UsageError` for one that is none."""
    for name in given:
        if name not in (*_KNOWN, _ALL):
            raise unknown_name("target", name, known=(*_KNOWN, _ALL), code="unknown_target")
    if _ALL in given:
        return _KNOWN
    return tuple(dict.fromkeys(given)) or _USUAL


def show_forecast(answer: Forecast, targets: Sequence[str], manifest: BookManifest, output: Format) -> None:
    """A line for each target and month; what it rests on, and how sure it is, goes to the messages."""
    if output is Format.json:
        print_json(forecast(answer))
        return
    if output is Format.csv:
        rows = [row for row in forecast_rows(answer) if row["target"] in targets]
        print_rows(rows, columns=_COLUMNS, output=output)
        return
    say(
        f"forecast from {answer.origin}: policy {answer.policy}, book {manifest.book_id} as of "
        f"{manifest.as_of.isoformat()}, money in {answer.currency}"
    )
    say_held_back(manifest)
    if answer.reason is not None:
        say(f"{_NONE}: {answer.reason}")
    else:
        lines = [_line(row, answer.currency) for row in answer.rows if row.target in targets]
        if lines:
            print_rows(lines, columns=tuple(lines[0]), output=output, right=tuple(lines[0])[2:])
    _say_around(answer)


def show_backtest(answer: Forecast, targets: Sequence[str], output: Format) -> None:
    """A line for each target, method and number of months ahead."""
    rows = [row for row in answer.backtest if row.target in targets]
    if output is Format.table:
        lines = [_scores(row, answer.currency) for row in rows]
        if lines:
            print_rows(lines, columns=tuple(lines[0]), output=output, right=tuple(lines[0])[2:])
        origins = ", ".join(answer.origins)
        say(f"as of {origins}, each from what was known then" if origins else f"{_NONE}: no former forecast was tried")
        if answer.reason is not None:
            say(f"{_NONE}: {answer.reason}")
        return
    plain = [row for row in backtest_rows(answer) if row["target"] in targets]
    if output is Format.json:
        print_json(plain)
    else:
        print_rows(plain, columns=_BACKTEST, output=output)


def write_fan(answer: Forecast, target: str, file: Path) -> Path:
    """Write the fan of one target to `file`: a drawing (.svg), or a page with its months below (.html)."""
    with charts_extra():
        from upswell.charts.forecast import fan_chart  # noqa: PLC0415 -- Altair is an extra, and slow to load

    lines = [_line(row, answer.currency) for row in answer.rows if row.target == target]
    columns = tuple(lines[0]) if lines else ()
    return write_chart(
        fan_chart(answer, target=target),
        file,
        name="forecast",
        columns=columns,
        rows=[[line[name] for name in columns] for line in lines],
        notes=[*answer.assumes, *answer.sure] if answer.reason is None else [f"{_NONE}: {answer.reason}"],
    )


def _say_around(answer: Forecast) -> None:
    for text in answer.assumes:
        say(f"assumed: {text}")
    committed = answer.committed
    told = f"{_NONE}, {committed.reason}"
    if committed.value is not None:
        told = f"{display_text(committed.value, currency=answer.currency)} {answer.currency}"
    say(f"committed MRR, which is no forecast: {told}")
    for note in answer.notes:
        say(f"note: {note}")
    if answer.sure:
        say("How sure are we?")
        for sentence in answer.sure:
            say(f"  {sentence}")


def _line(row: Any, currency: str) -> dict[str, str]:
    line = {"month": row.month, "target": row.target, "median": _text(row.median, row.unit, currency)}
    return line | {f"{each.percent} %": _between(each, row.unit, currency) for each in row.intervals}


def _between(interval: Interval, unit: str, currency: str) -> str:
    return " to ".join(_text(end, unit, currency) for end in (interval.low, interval.high))


def _scores(row: BacktestRow, currency: str) -> dict[str, str]:
    return {
        "target": row.target,
        "method": row.method,
        "ahead": str(row.ahead) if row.ahead else "all",
        "cases": str(row.cases),
        "CRPS": _text(row.crps, row.unit, currency, fine=True),
        "MASE": _NONE if row.mase is None else f"{row.mase:.2f}",
        "bias": _text(row.bias, row.unit, currency, fine=True),
        **{
            f"in {percent} %": percent_text(share, decimals=0)
            for percent, share in ((50, row.within_50), (80, row.within_80), (95, row.within_95))
        },
    }


def _text(value: Decimal, unit: str, currency: str, *, fine: bool = False) -> str:
    match unit:
        case "money":
            return display_text(value, currency=currency)
        case "count":
            return f"{value:,.2f}" if fine else f"{value:,.0f}"
        case _:
            return percent_text(value)
