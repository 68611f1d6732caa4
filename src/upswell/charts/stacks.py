"""Bars stacked up and down from zero, a bar for each month, a colour for each name.

Both charts of money are made of it: movements by kind, Expansion MRR by driver. What is lost hangs below zero, what is
won stands above it; a month that is still running is paler, and bears the word under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt

from upswell.charts.frame import RUNNING_OPACITY, inline, money_label, month_axis, place, value_axis
from upswell.charts.palette import INK, Hue
from upswell.metrics.trailing import MonthFigure, TrailingMonths

Link = Callable[[MonthFigure], str]


def stacked_bars(
    figures: Sequence[MonthFigure],
    trailing: TrailingMonths,
    *,
    hues: Mapping[str, Hue],
    labels: Mapping[str, str],
    columns: int,
    link: Link | None = None,
) -> alt.Chart:
    """The bars of `figures`; `hues` fixes the order from zero outwards, `labels` says the names.

    With `link` each bar leads to what is behind it.
    """
    order = list(hues)
    rows = [
        {
            "month": figure.month,
            "name": labels[figure.name],
            "value": place(figure.value),
            "order": order.index(figure.name),
            "opacity": RUNNING_OPACITY if figure.month in trailing.running else 1,
            "label": money_label(figure, labels[figure.name], trailing.workspace_currency),
            **({} if link is None else {"href": link(figure)}),
        }
        for figure in figures
        if figure.value is not None and figure.value != 0
    ]
    bars: alt.Chart = (
        alt.Chart(inline(rows))
        # The thin outline gives the pale hues an edge against the paper, and parts what touches.
        .mark_bar(stroke=INK.light, strokeWidth=0.6)
        .encode(
            x=month_axis(trailing),
            y=value_axis(figures, number_format=",~f", zero=True),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=[labels[name] for name in order], range=[hue.light for hue in hues.values()]),
                # A legend without a name in it would have no size, and the drawing around it none either.
                legend=alt.Legend(symbolType="square", columns=columns) if order else None,
            ),
            opacity=alt.Opacity("opacity:Q", scale=None),
            order=alt.Order("order:Q"),
            description=alt.Description("label:N"),
            tooltip=alt.Tooltip("label:N"),
            **_linked(link),
        )
    )
    return bars


def _linked(link: Link | None) -> dict[str, Any]:
    return {} if link is None else {"href": alt.Href("href:N")}


def zero_line() -> alt.Chart:
    """The line that parts what was won from what was lost."""
    line: alt.Chart = alt.Chart(inline([{}])).mark_rule(color=INK.light, strokeWidth=1, aria=False)
    return line.encode(y=alt.datum(0))
