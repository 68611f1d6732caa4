"""Closings and restatements, printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.said import CLOSING_FIGURES, closing_row
from upswell.metrics.catalogue import Unit
from upswell.metrics.labels import figure_text
from upswell.money.amount import display_text, exact_text
from upswell.state import Closing
from upswell.workspace.closing import RestatedLine, Restatement

_CLOSING_COLUMNS: Final = ("month", "action", "at", "author", "reason", "book", "as_of", *CLOSING_FIGURES)
_FIGURE_COLUMNS: Final = ("figure", "reported", "restated", "difference")
_LINE_COLUMNS: Final = (
    *("month", "policy", "customer_id", "plan_id", "kind", "driver", "currency"),
    *("reported", "restated", "difference", "money_difference", "causes"),
)
_TABLE_COLUMNS: Final = ("customer_id", "plan_id", "kind", "driver", "reported", "restated", "difference", "cause")
_AMOUNTS: Final = ("reported", "restated", "difference")


def show_closings(closings: Sequence[Closing], output: Format) -> None:
    """One row a closing or reopening, with two of the figures that were reported."""
    print_rows(
        [closing_row(closing) for closing in closings], columns=_CLOSING_COLUMNS, output=output, right=CLOSING_FIGURES
    )


def show_restatements(restatements: Sequence[Restatement], output: Format, *, details: int) -> None:
    """For each closed month the figures that are others now, then the lines that make them so, largest first."""
    if output is Format.json:
        print_json([asdict(each) for each in restatements])
    elif output is Format.csv:
        rows = [_csv_row(each, line) for each in restatements for line in each.lines]
        print_rows(rows, columns=_LINE_COLUMNS, output=output)
    elif not restatements:
        say("no month is closed; `upswell close MONTH` closes one")
    else:
        for each in restatements:
            _show_month(each, details)


def _show_month(restatement: Restatement, details: int) -> None:
    closed = f"{restatement.month}, closed {restatement.closed_at:%Y-%m-%d %H:%M} UTC by {restatement.closed_by}"
    if not restatement.is_restated:
        say(f"{closed}, policy {restatement.policy}: every figure is as reported")
        return
    say(f"{closed}, policy {restatement.policy}: restated")
    print_rows(list(_figure_rows(restatement)), columns=_FIGURE_COLUMNS, output=Format.table, right=_FIGURE_COLUMNS[1:])
    shown = restatement.lines[: details or None]
    if shown:
        print_rows([_line_row(line) for line in shown], columns=_TABLE_COLUMNS, output=Format.table, right=_AMOUNTS)
    if len(shown) < len(restatement.lines):
        say(f"{len(shown)} of {len(restatement.lines):,} lines; --details 0 prints all")


def _figure_rows(restatement: Restatement) -> Iterator[dict[str, Any]]:
    for figure in restatement.figures:
        values = (figure.reported, figure.restated, figure.difference)
        texts = [_figure(value, figure.unit, restatement.currency) for value in values]
        yield {"figure": figure.metric, **dict(zip(_AMOUNTS, texts, strict=True))}


def _figure(value: Decimal | None, unit: Unit, currency: str) -> str:
    if value is None:
        return "n/a"
    match unit:
        case "money":
            return display_text(value, currency=currency)
        case "count":
            return f"{int(value):,}"
        case _:
            return figure_text(value, unit, decimals=2)


def _line_row(line: RestatedLine) -> dict[str, Any]:
    amounts = {name: display_text(getattr(line, name), currency=line.currency) for name in _AMOUNTS}
    return {**asdict(line), **amounts, "cause": "; ".join(cause.text() for cause in line.causes)}


def _csv_row(restatement: Restatement, line: RestatedLine) -> dict[str, Any]:
    amounts = {name: exact_text(getattr(line, name)) for name in _AMOUNTS}
    difference = None if line.money_difference is None else exact_text(line.money_difference)
    return {
        "month": restatement.month,
        "policy": restatement.policy,
        **asdict(line),
        **amounts,
        "money_difference": difference,
        "causes": "; ".join(cause.text() for cause in line.causes),
    }
