"""`upswell report`: one month on one screen, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Final

from rich.console import Console

from upswell.interfaces.cli.output import Format, print_json, printable
from upswell.metrics.closed import ClosedMonth
from upswell.metrics.labels import METRIC_LABELS, bands_text, figure_text, percent_text
from upswell.metrics.monthly import BandedLine, LargestMovement, MonthReport, RetentionLine
from upswell.money.amount import display_text

_LEFT: Final = 24
_RIGHT: Final = 16


def show_report(report: MonthReport, output: Format) -> None:
    """The month; CSV has no good form for this and gives JSON."""
    if output is not Format.table:
        print_json(asdict(report))
        return
    console = Console(width=100, highlight=False, markup=False, emoji=False)
    for line in _lines(report):
        console.print(printable(line), soft_wrap=True)


def _lines(report: MonthReport) -> Iterator[str]:
    incomplete = "" if report.complete else ", month incomplete"
    yield f"{report.month}  Expansion MRR report, {report.workspace_currency}{incomplete}"
    if report.running is not None:
        yield f"{report.running}; its flows are those of a part of a month"
    yield f"policy {report.policy}, book {report.book_id} as of {report.as_of.isoformat()}"
    if report.closed is not None:
        yield from _closed_lines(report.closed, report.workspace_currency)
    yield ""
    for line in report.roll_forward:
        if line.metric != "fx_mrr" or line.value != 0:
            yield _amount_line(METRIC_LABELS[line.metric], line.value, report.workspace_currency, line.reason)
    yield ""
    yield "Expansion MRR by driver"
    for driver in report.expansion_by_driver:
        yield _amount_line(f"  {driver.driver}", driver.value, report.workspace_currency, driver.reason)
    for line in report.expansion:
        label = "Gross" if line.metric == "expansion_mrr" else METRIC_LABELS[line.metric]
        yield _amount_line(f"  {label}", line.value, report.workspace_currency, line.reason)
    yield ""
    yield "Retention and customers"
    for retention in report.retention:
        yield _retention_line(retention)
    for line in report.customers:
        count = "n/a" if line.value is None else f"{int(line.value):,}"
        yield f"  {METRIC_LABELS[line.metric]:<{_LEFT - 2}}{count:>{_RIGHT}}"
    yield ""
    yield "Beside rules of thumb, and, which matter more, your own last quarters"
    for banded in report.banded:
        yield from _banded_lines(banded)
    yield from _largest(report)


def _closed_lines(closed: ClosedMonth, currency: str) -> Iterator[str]:
    """That the month is closed, and the figures of this report that are others than reported."""
    yield closed.text()
    for figure in closed.figures or ():
        if figure.unit == "money" and figure.metric in METRIC_LABELS and figure.reported is not None:
            yield _amount_line(f"  {METRIC_LABELS[figure.metric]}", figure.reported, currency, None) + "  as reported"


def _amount_line(label: str, value: Decimal | None, currency: str, reason: str | None) -> str:
    if value is None:
        return f"{label:<{_LEFT}}{'n/a':>{_RIGHT}}  {reason}"
    return f"{label:<{_LEFT}}{display_text(value, currency=currency):>{_RIGHT}}"


def _retention_line(line: RetentionLine) -> str:
    label = f"  {METRIC_LABELS[line.metric]}"
    if line.value is None:
        return f"{label:<{_LEFT}}{'n/a':>{_RIGHT}}  {line.reason}"
    return f"{label:<{_LEFT}}{percent_text(line.value):>{_RIGHT}}"


def _banded_lines(line: BandedLine) -> Iterator[str]:
    """The month's figure and where it falls; the bands; the company's own quarters."""
    label = f"  {METRIC_LABELS[line.metric]}"
    shown, beside = ("n/a", line.reason) if line.value is None else (figure_text(line.value, line.unit), line.band)
    yield f"{label:<{_LEFT}}{shown:>{_RIGHT}}  {beside}"
    yield f"    bands         {bands_text(line.benchmark, line.unit)}"
    quarters = ", ".join(
        f"{each.quarter} {'n/a' if each.value is None else figure_text(each.value, line.unit)}"
        for each in line.own_quarters
    )
    yield f"    own quarters  {quarters}"


def _largest(report: MonthReport) -> Iterator[str]:
    if not report.largest_expansions:
        return
    yield ""
    yield "Largest expansions"
    for expansion in report.largest_expansions:
        yield _expansion_line(expansion, report.workspace_currency)


def _expansion_line(expansion: LargestMovement, currency: str) -> str:
    name = expansion.customer_name or expansion.customer_id
    cause = expansion.driver or expansion.kind
    if expansion.from_plan_id:
        cause += f", {expansion.from_plan_id} -> {expansion.plan_id}"
    else:
        cause += f", {expansion.plan_id}"
    return f"{_amount_line(f'  {name}'[:_LEFT], expansion.amount, currency, expansion.reason)}  {cause}"
