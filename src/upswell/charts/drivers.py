"""What expansion came from, month by month: Expansion MRR stacked by driver."""

from __future__ import annotations

import altair as alt

from upswell.charts.frame import absent_marks, framed
from upswell.charts.palette import DRIVER_HUES, GREY
from upswell.charts.stacks import Link, stacked_bars, zero_line
from upswell.metrics.labels import DRIVER_LABELS
from upswell.metrics.trailing import TrailingMonths


def drivers_chart(trailing: TrailingMonths, *, link: Link | None = None) -> alt.LayerChart:
    """Expansion MRR of each driver by month; a driver has one colour in every chart and only if it occurs."""
    found = {figure.name for figure in trailing.drivers if figure.value != 0}
    hues = {name: hue for name, hue in DRIVER_HUES.items() if name in found}
    hues.update(dict.fromkeys(sorted(found - set(hues)), GREY))
    labels = {name: DRIVER_LABELS.get(name, name) for name in {figure.name for figure in trailing.drivers}}
    return framed(
        [
            stacked_bars(
                trailing.drivers, trailing, hues=hues, labels=labels, columns=min(len(hues), 5) or 1, link=link
            ),
            zero_line(),
            absent_marks(trailing.drivers, trailing),
        ],
        title=f"Expansion MRR by driver and month, {trailing.workspace_currency}",
        description=(f"Stacked bars of Expansion MRR by driver, {trailing.span}, in {trailing.workspace_currency}."),
    )
