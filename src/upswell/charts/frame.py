"""What the charts share: months along the bottom, titles, type, and how an exact figure becomes a place on paper.

A place is a float: this is the one room where money turns into one, because a pixel needs no cent. Whatever is read,
the `label` of a mark, is made of the exact decimal before that, rounded for display as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import altair as alt

from upswell.charts.palette import GRID, INK, PAPER, QUIET
from upswell.metrics.trailing import MonthFigure, TrailingMonths
from upswell.money.amount import display_text

WIDTH: Final = 620
HEIGHT: Final = 260
RUNNING_OPACITY: Final = 0.45
_PADDING: Final = {"left": 2, "top": 4, "right": 4, "bottom": 4}
_FONT: Final = "sans-serif"
_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DOMAIN_WITHOUT_VALUES: Final = (0, 1)


def place(value: Decimal) -> float:
    """Where `value` stands on an axis; never for a figure that is read or added up."""
    return float(value)


def money_label(figure: MonthFigure, name: str, currency: str) -> str:
    """`2026-02, Expansion: 10.90 USD`, or the reason why there is no figure."""
    if figure.value is None:
        return f"{figure.month}, {name}: n/a, {figure.reason}"
    return f"{figure.month}, {name}: {display_text(figure.value, currency=currency)} {currency}"


def inline(rows: Iterable[dict[str, Any]]) -> alt.InlineData:
    """Rows that travel inside the chart: nothing is ever fetched."""
    return alt.InlineData(values=list(rows))


def month_axis(trailing: TrailingMonths) -> alt.X:
    """Every month of the span, also those without a mark; the year under its first month, `running` under a running."""
    # The labels are handed over whole, since a label of two lines has no format of its own.
    labels = {month: _month_label(month, trailing) for month in trailing.months}
    return alt.X(
        "month:O",
        scale=alt.Scale(domain=list(trailing.months)),
        axis=alt.Axis(title=None, labelAngle=0, labelExpr=f"({json.dumps(labels)})[datum.value]", labelOverlap=False),
    )


def _month_label(month: str, trailing: TrailingMonths) -> list[str]:
    year, number = month.split("-")
    lines = [_NAMES[int(number) - 1]]
    if number == "01" or month == trailing.months[0]:
        lines.append(year)
    if month in trailing.running:
        lines.append("running")
    return lines


def value_axis(figures: Sequence[MonthFigure], *, number_format: str, zero: bool) -> alt.Y:
    """The axis of `value`; without any value it still has a scale, on which nothing stands."""
    scale = alt.Scale(zero=zero, nice=True)
    if all(figure.value is None for figure in figures):
        scale = alt.Scale(domain=list(_DOMAIN_WITHOUT_VALUES))
    return alt.Y("value:Q", scale=scale, axis=alt.Axis(title=None, format=number_format, tickCount=6))


def absent_marks(figures: Iterable[MonthFigure], trailing: TrailingMonths) -> alt.Chart:
    """`n/a` along the bottom of each month in which a figure is not known, so that a gap never looks like 0."""
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if figure.value is None:
            reasons.setdefault(figure.month, []).append(str(figure.reason))
    rows = [
        {"month": month, "label": f"{month}: n/a, {'; '.join(dict.fromkeys(said))}"} for month, said in reasons.items()
    ]
    marks: alt.Chart = (
        alt.Chart(inline(rows))
        .mark_text(text="n/a", color=QUIET.light, fontSize=12, dy=-8)
        .encode(
            x=month_axis(trailing),
            y=alt.value(HEIGHT),
            description=alt.Description("label:N"),
            tooltip=alt.Tooltip("label:N"),
        )
    )
    return marks


def framed(layers: Sequence[alt.Chart], *, title: str, description: str) -> alt.LayerChart:
    """The layers as one chart with its title, what a screen reader says of it, and the house's type and colours."""
    text = {"labelFont": _FONT, "titleFont": _FONT, "labelColor": QUIET.light, "titleColor": INK.light}
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(
            title=title, description=description, width=WIDTH, height=HEIGHT, background=PAPER.light, padding=_PADDING
        )
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_title(anchor="start", font=_FONT, fontSize=15, color=INK.light, offset=12)
        .configure_axis(
            **text,
            labelFontSize=12,
            gridColor=GRID.light,
            domainColor=QUIET.light,
            tickColor=QUIET.light,
            labelPadding=5,
        )
        .configure_axisX(grid=False, ticks=False, domain=False)
        .configure_axisY(domain=False, ticks=False)
        .configure_legend(
            **text, labelFontSize=12, orient="top", title=None, symbolStrokeWidth=0.6, columnPadding=16, offset=10
        )
    )
    return chart
