"""What one customer paid, month by month: a step from close to close."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from upswell.charts.frame import framed, inline, money_label, place
from upswell.charts.palette import BLUE
from upswell.metrics.trailing import MonthFigure


def customer_chart(months: Sequence[MonthFigure], currency: str) -> alt.LayerChart:
    """Closing MRR of each month as a stepped line; a month without a figure is a gap."""
    rows = [
        {
            "month": f"{figure.month}-01",
            "value": None if figure.value is None else place(figure.value),
            "label": money_label(figure, "closing MRR", currency),
        }
        for figure in months
    ]
    # Vega reads a plain date in the zone of the machine: saying UTC keeps a month where it is.
    line = alt.Chart(inline(rows)).encode(
        x=alt.X(
            "utcyearmonth(month):T", axis=alt.Axis(title=None, format="%Y-%m", tickCount=8), scale=alt.Scale(type="utc")
        ),
        y=alt.Y("value:Q", axis=alt.Axis(title=None, format=",~f"), scale=alt.Scale(zero=True)),
    )
    points = line.mark_point(filled=True, size=18, color=BLUE.light, opacity=1)
    return framed(
        [
            line.mark_line(interpolate="step-after", strokeWidth=2.5, color=BLUE.light, aria=False),
            points.encode(description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")),
        ],
        title=f"MRR by month, {currency}",
        description=f"A line of closing MRR by month in {currency}, {months[0].month} to {months[-1].month}."
        if months
        else "No month.",
    )
