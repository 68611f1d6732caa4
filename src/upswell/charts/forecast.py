"""A fan: what was, the median of what comes, and the 50, 80 and 95 % intervals around it. And how former fans did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import altair as alt

from upswell.analysis.forecast.answer import Forecast, ForecastRow, TriedRow
from upswell.charts.frame import framed, inline, place
from upswell.charts.palette import BLUE, INK, ORANGE, VERMILLION
from upswell.metrics.labels import METRIC_LABELS, percent_text
from upswell.money.amount import display_text

AHEAD: Final = (1, 3, 6, 12)
_SHADES: Final = {95: 0.15, 80: 0.18, 50: 0.28}
_FORMATS: Final = {"money": "~s", "count": ",.0f", "rate": ".0%"}
_SHOWN: Final = {"money": ", {currency}", "count": "", "rate": ", %"}


def fan_chart(answer: Forecast, *, target: str) -> alt.LayerChart:
    """What was known of a target by month, and its forecast as a fan; the label of a month tells its 80 % interval.

    Where there is no forecast only what was known is drawn.
    """
    known = [row for row in answer.known if row.target == target]
    ahead = [row for row in answer.rows if row.target == target]
    unit = (ahead or known)[0].unit if ahead or known else "money"
    across = _months([*(row.month for row in known), *(row.month for row in ahead)])
    up = _up("value:Q", unit)
    past = [_mark(row.month, row.value, f"{row.month}: {_text(row.value, unit, answer.currency)}") for row in known]
    median = [_mark(row.month, row.median, _label(row, answer.currency)) for row in ahead]
    bands = [_band(ahead, known[-1:], place_, across, unit) for place_ in (2, 1, 0)] if ahead else []
    layers = [
        *bands,
        _points(past, across, up).mark_line(strokeWidth=2, color=INK.light, aria=False),
        _points(past, across, up).mark_point(filled=True, size=24, opacity=1, color=INK.light),
        _points(median, across, up).mark_line(strokeWidth=2, strokeDash=[6, 3], color=BLUE.light, aria=False),
        _points(median, across, up).mark_point(filled=True, size=40, opacity=1, color=BLUE.light),
    ]
    name = METRIC_LABELS.get(target, target)
    return framed(
        layers,
        title=f"{name}: what was, and what may come{_SHOWN[unit].format(currency=answer.currency)}",
        description=(
            f"{name} by month up to {answer.origin} as a line, and {len(ahead)} months ahead as a dashed median in a "
            "fan of the 50, 80 and 95 % intervals."
        ),
    )


def tried_chart(answer: Forecast, *, target: str, ahead: int) -> alt.LayerChart:
    """What was shown at former month ends for the month `ahead` months later, as 80 % intervals, and what came."""
    rows = [row for row in answer.tried if row.target == target and row.ahead == ahead]
    unit = rows[0].unit if rows else "money"
    across = _months([row.month for row in rows])
    marks = [_tried(row, answer.currency) for row in rows]
    base = alt.Chart(inline(marks))
    came = alt.Color(
        "met:N",
        scale=alt.Scale(domain=["inside the interval", "outside"], range=[BLUE.light, VERMILLION.light]),
        legend=alt.Legend(symbolDash=[1, 0]),
    )
    shape = alt.Shape("met:N", scale=alt.Scale(domain=["inside the interval", "outside"], range=["circle", "diamond"]))
    layers = [
        base.mark_rule(strokeWidth=7, opacity=0.35, color=ORANGE.light, aria=False).encode(
            x=across, y=_up("low:Q", unit), y2="high:Q"
        ),
        base.mark_tick(color=ORANGE.light, thickness=2, width=16, aria=False).encode(x=across, y=_up("median:Q", unit)),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=across,
            y=_up("came:Q", unit),
            color=came,
            shape=shape,
            description=alt.Description("label:N"),
            tooltip=alt.Tooltip("label:N"),
        ),
    ]
    name = METRIC_LABELS.get(target, target)
    months = "month" if ahead == 1 else "months"
    return framed(
        layers,
        title=f"{name}: 80 % intervals told {ahead} {months} before, and what came",
        description=f"{len(rows)} former forecasts of {name}, {ahead} {months} ahead, as intervals beside what came.",
    )


def _months(months: Sequence[str]) -> alt.X:
    """Months in order; a label at each January and at the first."""
    ordered = sorted(dict.fromkeys(months))
    labels = {month: month if number == 0 or month.endswith("-01") else "" for number, month in enumerate(ordered)}
    if len(ordered) <= len("twelve months"):
        labels = {month: month[2:] for month in ordered}
    return alt.X(
        "month:O",
        scale=alt.Scale(domain=ordered),
        axis=alt.Axis(title=None, labelAngle=0, labelExpr=f"({json.dumps(labels)})[datum.value]", labelOverlap=False),
    )


def _up(field: str, unit: str) -> alt.Y:
    axis = alt.Axis(title=None, format=_FORMATS[unit], tickCount=6)
    return alt.Y(field, axis=axis, scale=alt.Scale(zero=False, nice=True))


def _points(marks: Iterable[dict[str, Any]], across: alt.X, up: alt.Y) -> alt.Chart:
    chart: alt.Chart = alt.Chart(inline(marks)).encode(
        x=across, y=up, description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")
    )
    return chart


def _band(rows: Sequence[ForecastRow], last: Sequence[Any], at: int, across: alt.X, unit: str) -> alt.Chart:
    """One interval as an area that opens at what was known last."""
    opens = [{"month": row.month, "low": place(row.value), "high": place(row.value)} for row in last]
    ends = [
        {"month": row.month, "low": place(row.intervals[at].low), "high": place(row.intervals[at].high)} for row in rows
    ]
    percent = rows[0].intervals[at].percent
    area: alt.Chart = (
        alt.Chart(inline([*opens, *ends]))
        .mark_area(opacity=_SHADES[percent], color=BLUE.light, aria=False)
        .encode(x=across, y=_up("low:Q", unit), y2="high:Q")
    )
    return area


def _mark(month: str, value: Decimal, label: str) -> dict[str, Any]:
    return {"month": month, "value": place(value), "label": label}


def _label(row: ForecastRow, currency: str) -> str:
    interval = row.intervals[1]
    low, high = (_text(end, row.unit, currency) for end in (interval.low, interval.high))
    return f"{row.month}: {_text(row.median, row.unit, currency)} ({low} to {high} at 80 %)"


def _tried(row: TriedRow, currency: str) -> dict[str, Any]:
    inside = row.low <= row.came <= row.high
    low, high, came = (_text(value, row.unit, currency) for value in (row.low, row.high, row.came))
    return {
        "month": row.month,
        **{name: place(getattr(row, name)) for name in ("median", "low", "high", "came")},
        "met": "inside the interval" if inside else "outside",
        "label": f"{row.month}, told {row.origin}: {low} to {high}; {came} came",
    }


def _text(value: Decimal, unit: str, currency: str) -> str:
    match unit:
        case "money":
            return f"{display_text(value, currency=currency)} {currency}"
        case "count":
            return f"{value:,.0f}"
        case _:
            return percent_text(value)
