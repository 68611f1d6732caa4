"""The charts by name, as the Python API asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import altair as alt

from upswell.charts.drivers import drivers_chart
from upswell.charts.movements import movements_chart
from upswell.charts.retention import retention_chart
from upswell.charts.stacks import Link
from upswell.metrics.suggest import unknown_name
from upswell.metrics.trailing import TrailingMonths

_LINKED: Final[Mapping[str, Callable[..., alt.LayerChart]]] = {"movements": movements_chart, "drivers": drivers_chart}
CHARTS: Final[Mapping[str, Callable[[TrailingMonths], alt.LayerChart]]] = MappingProxyType(
    {"movements": movements_chart, "drivers": drivers_chart, "retention": retention_chart}
)


def draw(name: str, trailing: TrailingMonths, *, link: Link | None = None) -> alt.LayerChart:
    """The chart called `name`; raises `UsageError` with the nearest name if there is none.

    With `link` each bar of a chart that has bars leads to what is behind it.
    """
    if name not in CHARTS:
        raise unknown_name("chart", name, known=tuple(CHARTS), code="unknown_chart")
    if link is not None and name in _LINKED:
        return _LINKED[name](trailing, link=link)
    return CHARTS[name](trailing)
