"""What is left of an expansion by age: a curve for each driver, or for each value of one driver, with its interval."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from upswell.analysis.durability.report import ALL_DRIVERS, DAYS, CurvePoint, Durability
from upswell.charts.frame import framed, inline, place
from upswell.charts.palette import BLUE, BROWN, DRIVER_HUES, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILLION
from upswell.metrics.labels import DRIVER_LABELS, percent_text

CURVES_MAX: Final = 9
_BANDS_MAX: Final = 3
_HUES: Final = (BLUE, GREEN, ORANGE, SKY, VERMILLION, PURPLE, BROWN, GREY, INK)


def durability_chart(answer: Durability) -> alt.LayerChart:
    """Shares still there by days since the expansion. A curve ends where no answer can be given any more.

    Without a cut there is a curve for each driver; all drivers together are left out, as a mix says how much there was
    of each. With one there is a curve for each driver and value, of the first `CURVES_MAX`. A point tells its interval;
    the band around a curve shows it, where there are at most three.
    """
    points = [point for point in answer.points if point.driver != ALL_DRIVERS]
    names = list(dict.fromkeys(_name(point, answer) for point in points))[:CURVES_MAX]
    marks = [_mark(point, answer) for point in points if _name(point, answer) in names]
    hues = {_name(point, answer): DRIVER_HUES[point.driver].light for point in points} if answer.by is None else {}
    colours = [hues.get(name, hue.light) for name, hue in zip(names, _HUES, strict=False)]
    colour = alt.Color(
        "name:N", scale=alt.Scale(domain=names, range=colours or [INK.light]), legend=alt.Legend(columns=4)
    )
    across = alt.X("days:Q", axis=alt.Axis(title="days since the expansion", values=[0, *DAYS]))
    shown = alt.Axis(title=None, format=".0%")
    curves = alt.Chart(inline(marks)).encode(
        x=across, y=alt.Y("share:Q", axis=shown, scale=alt.Scale(zero=False)), color=colour
    )
    told = alt.Chart(inline(mark for mark in marks if mark["days"] in DAYS)).encode(
        x=across,
        y=alt.Y("share:Q", axis=shown, scale=alt.Scale(zero=False)),
        color=colour,
        description=alt.Description("label:N"),
        tooltip=alt.Tooltip("label:N"),
    )
    layers = [
        curves.mark_line(strokeWidth=2, aria=False, interpolate="step-after"),
        told.mark_point(filled=True, size=50, opacity=1),
    ]
    if 0 < len(names) <= _BANDS_MAX:
        bands = alt.Chart(inline(marks)).encode(
            x=across, y=alt.Y("low:Q", axis=shown, scale=alt.Scale(zero=False)), y2="high:Q", color=colour
        )
        layers.insert(0, bands.mark_area(opacity=0.18, aria=False, interpolate="step-after"))
    return framed(
        layers,
        title="Expansion dollars still there, by days since the expansion, %",
        description=f"Curves of the share of expansion still there over a year: {', '.join(names) or 'none yet'}.",
    )


def _name(point: CurvePoint, answer: Durability) -> str:
    driver = DRIVER_LABELS.get(point.driver, point.driver)
    return driver if answer.by is None else f"{driver}, {point.value or '(none)'}"


def _mark(point: CurvePoint, answer: Durability) -> dict[str, Any]:
    name = _name(point, answer)
    between = f"{percent_text(point.low)} to {percent_text(point.high)}"
    return {
        "name": name,
        "days": point.days,
        "share": place(point.share),
        "low": place(point.low),
        "high": place(point.high),
        "label": f"{name}, {point.days} days: {percent_text(point.share)} ({between} at 95 %)",
    }
