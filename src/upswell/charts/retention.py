"""How well customers stayed, month by month: net and gross revenue retention over twelve months."""

from __future__ import annotations

from typing import Final

import altair as alt

from upswell.charts.frame import absent_marks, framed, inline, month_axis, place, value_axis
from upswell.charts.palette import BLUE, INK, VERMILLION
from upswell.metrics.labels import percent_text
from upswell.metrics.trailing import MonthFigure, TrailingMonths

_NAMES: Final = {"nrr_12m": "NRR", "grr_12m": "GRR"}


def retention_chart(trailing: TrailingMonths) -> alt.LayerChart:
    """NRR and GRR over twelve months as lines. A month without a figure is a gap that says n/a, never 0."""
    rows = [
        {
            "month": figure.month,
            "name": _NAMES[figure.name],
            "value": None if figure.value is None else place(figure.value),
            "label": _label(figure),
        }
        for figure in trailing.retention
    ]
    names = list(_NAMES.values())
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=names, range=[BLUE.light, VERMILLION.light]),
        legend=alt.Legend(symbolDash=[1, 0]),
    )
    # Shape and dash say the same as the colour, for eyes and printers that have none.
    shape = alt.Shape("name:N", scale=alt.Scale(domain=names, range=["circle", "square"]))
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=None)
    lines = alt.Chart(inline(rows)).encode(
        x=month_axis(trailing), y=value_axis(trailing.retention, number_format=".0%", zero=False), color=colour
    )
    return framed(
        [
            lines.mark_line(strokeWidth=2.5, aria=False).encode(strokeDash=dash),
            lines.mark_point(filled=True, size=60, opacity=1).encode(
                shape=shape, description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")
            ),
            alt.Chart(inline([{}])).mark_rule(color=INK.light, strokeWidth=1, aria=False).encode(y=alt.datum(1)),
            absent_marks(trailing.retention, trailing),
        ],
        title="Retention over twelve months, by month, %",
        description=(
            f"Lines of net and gross revenue retention over twelve months, {trailing.span}, in per cent; "
            "the rule is at 100 %."
        ),
    )


def _label(figure: MonthFigure) -> str:
    said = f"n/a, {figure.reason}" if figure.value is None else percent_text(figure.value)
    return f"{figure.month}, {_NAMES[figure.name]} over 12 months: {said}"
