"""How MRR moved, month by month: what came stands above zero, what went hangs below it, the line is the difference."""

from __future__ import annotations

from typing import Final

import altair as alt

from upswell.charts.frame import absent_marks, framed, inline, money_label, month_axis, place
from upswell.charts.palette import INK, MOVEMENT_HUES, PAPER
from upswell.charts.stacks import Link, stacked_bars, zero_line
from upswell.metrics.labels import METRIC_LABELS
from upswell.metrics.trailing import NET_CHANGE, TrailingMonths

NET_LABEL: Final = "Net change"


def movements_chart(trailing: TrailingMonths, *, link: Link | None = None) -> alt.LayerChart:
    """Movements of each kind by month with the net change; exchange rates only where they moved anything."""
    kinds = [figure for figure in trailing.movements if figure.name != NET_CHANGE]
    moved = {figure.name for figure in kinds if figure.value != 0}
    hues = {name: hue for name, hue in MOVEMENT_HUES.items() if name != "fx_mrr" or name in moved}
    return framed(
        [
            stacked_bars(kinds, trailing, hues=hues, labels=METRIC_LABELS, columns=len(hues), link=link),
            zero_line(),
            *_net_line(trailing),
            absent_marks(trailing.movements, trailing),
        ],
        title=f"MRR movements by month, {trailing.workspace_currency}",
        description=(
            f"Stacked bars of the MRR movements of each kind, {trailing.span}, in {trailing.workspace_currency}, "
            "with a line for their sum, the net change of MRR."
        ),
    )


def _net_line(trailing: TrailingMonths) -> list[alt.Chart]:
    rows = [
        {
            "month": figure.month,
            "value": None if figure.value is None else place(figure.value),
            "name": NET_LABEL,
            "label": money_label(figure, NET_LABEL, trailing.workspace_currency),
        }
        for figure in trailing.movements
        if figure.name == NET_CHANGE
    ]
    net = alt.Chart(inline(rows)).encode(x=month_axis(trailing), y=alt.Y("value:Q"))
    legend = alt.Legend(symbolType="stroke", symbolStrokeWidth=2.5)
    scale = alt.Scale(domain=[NET_LABEL], range=[INK.light])
    return [
        net.mark_line(strokeWidth=2.5, aria=False).encode(stroke=alt.Stroke("name:N", scale=scale, legend=legend)),
        net.mark_point(filled=True, size=40, fill=PAPER.light, stroke=INK.light, strokeWidth=1.8, opacity=1).encode(
            description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")
        ),
    ]
