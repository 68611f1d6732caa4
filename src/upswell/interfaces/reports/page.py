"""`upswell report --format html`: a month as one page, light or dark, on a screen, a phone or paper.

    html = month_page(sheet, company="acme")

The page is one file: style and drawings inside, no script, nothing to fetch, and a policy in its head that forbids
both. The same book and month give the same bytes. Names of customers and plans are whatever a file said, so the
template escapes everything; the only markup put in as it is are our own drawings and our own style.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from upswell.charts.named import CHARTS, draw
from upswell.charts.palette import custom_properties
from upswell.charts.render import svg
from upswell.charts.stacks import Link
from upswell.exports.texts import without_controls
from upswell.interfaces.markup import environment
from upswell.metrics.catalogue import entries
from upswell.metrics.labels import (
    DRIVER_LABELS,
    METRIC_LABELS,
    bands_text,
    figure_text,
    percent_text,
)
from upswell.metrics.monthly import MonthReport
from upswell.metrics.trailing import MOVEMENT_METRICS, NET_CHANGE, MonthFigure, MonthSheet, TrailingMonths
from upswell.money.amount import display_text

_WIDE: Final = Context(prec=200)
_NOTES: Final = {
    "movements": "What came in stands above zero, what was lost below it; the line is closing less opening MRR.",
    "drivers": "Gross: contraction is not taken off. The bars of a month add up to its expansion.",
    "retention": "What customers of twelve months before pay now, of what they paid then; GRR without their growth.",
}
_TITLES: Final = {
    "movements": "MRR movements by month",
    "drivers": "Expansion MRR by driver and month",
    "retention": "Retention over twelve months, by month",
}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: a figure as text, or none and the reason; `href` leads to what is behind it."""

    text: str | None
    reason: str | None = None
    href: str | None = None


@dataclass(frozen=True)
class Figure:
    """A chart: its drawing, or the reason why there is nothing to draw, and the same as a table."""

    name: str
    title: str
    heading: str
    drawing: Markup | None
    why_empty: str | None
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    reasons: tuple[str, ...]


def month_page(sheet: MonthSheet, *, company: str) -> str:
    """The page of `sheet` as HTML; `company` stands in its head."""
    report = sheet.report
    made = environment(_text)
    made.filters["money"] = lambda value: display_text(value, currency=report.workspace_currency)
    year, month = report.month.split("-")
    style = Markup(page_style())
    return made.get_template("month.html.j2").render(
        company=without_controls(company),
        report=report,
        heading=f"{_MONTHS[int(month) - 1]} {year}",
        style=style,
        # The digest is of the text between the tags, byte for byte.
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        figures={figure.name: figure for figure in trailing_figures(sheet.trailing)},
        balances=_balances(report),
        shares=_shares(report),
        catalogue={entry.name: entry for entry in entries()},
        bands=bands_text,
        figure=figure_text,
    )


@cache
def _text(name: str) -> str:
    return files("upswell.interfaces.reports").joinpath(name).read_text(encoding="utf-8")


def page_style() -> str:
    """The style of a page of figures, light and dark."""
    light, dark = custom_properties(dark=False), custom_properties(dark=True)
    return _text("page.css").replace("/* hues: light */", light).replace("/* hues: dark */", dark)


def _balances(report: MonthReport) -> Mapping[str, Decimal | None]:
    """MRR after each line of the roll-forward, so that it can be followed from opening to closing."""
    after: dict[str, Decimal | None] = {}
    balance: Decimal | None = Decimal(0)
    for line in report.roll_forward:
        if line.metric == "closing_mrr":
            continue
        balance = None if balance is None or line.value is None else _WIDE.add(balance, line.value)
        after[line.metric] = balance
    return after


def _shares(report: MonthReport) -> Mapping[str, str]:
    """What part of gross expansion each driver is; nothing where there is no expansion to be a part of."""
    gross = report.expansion[0].value
    if not gross:
        return {}
    return {
        line.driver: percent_text(line.value / gross) for line in report.expansion_by_driver if line.value is not None
    }


def trailing_figures(
    trailing: TrailingMonths, *, names: Sequence[str] = tuple(CHARTS), link: Link | None = None
) -> Iterator[Figure]:
    """The charts called `names` of these months, each with its table; with `link`, bars and cells lead on."""
    labels = {**METRIC_LABELS, **DRIVER_LABELS, NET_CHANGE: "Net change"}
    of_chart = {"movements": trailing.movements, "drivers": trailing.drivers, "retention": trailing.retention}
    for name in names:
        figures = of_chart[name]
        links = link if name != "retention" else None
        columns = [each for each in dict.fromkeys(figure.name for figure in figures) if not _idle(each, figures)]
        known = {(figure.month, figure.name): figure for figure in figures}
        empty = _why_empty(name, figures)
        yield Figure(
            name=name,
            title=_TITLES[name],
            heading="Month",
            drawing=None if empty else Markup(svg(draw(name, trailing, link=links), name=name)),
            why_empty=empty,
            note=_NOTES[name],
            columns=tuple(labels.get(each, each) for each in columns),
            rows=tuple(
                (
                    month + (" (running)" if month in trailing.running else ""),
                    tuple(_cell(known[month, each], trailing.workspace_currency, links) for each in columns),
                )
                for month in trailing.months
            ),
            reasons=tuple(dict.fromkeys(figure.reason for figure in figures if figure.reason is not None)),
        )


def _idle(name: str, figures: Sequence[MonthFigure]) -> bool:
    """Whether exchange rates, or a driver, moved nothing in all of the months."""
    optional = name == "fx_mrr" or name not in (*MOVEMENT_METRICS, NET_CHANGE, "nrr_12m", "grr_12m")
    return optional and all(figure.value == 0 for figure in figures if figure.name == name)


def _why_empty(name: str, figures: Sequence[MonthFigure]) -> str | None:
    # Every month may be known and still hold none: a sentence says that better than an empty frame.
    if not figures or (name == "drivers" and all(figure.value == 0 for figure in figures)):
        return "There was no expansion in these months."
    if any(figure.value is not None for figure in figures):
        return None
    reasons = dict.fromkeys(str(figure.reason) for figure in figures)
    return f"There is no figure for any of these months: {list(reasons)[-1]}."


def _cell(figure: MonthFigure, currency: str, link: Link | None) -> Cell:
    if figure.value is None:
        return Cell(None, figure.reason)
    if figure.name in ("nrr_12m", "grr_12m"):
        return Cell(percent_text(figure.value))
    leads_on = link is not None and figure.name != NET_CHANGE and figure.value != 0
    return Cell(display_text(figure.value, currency=currency), href=link(figure) if link and leads_on else None)
