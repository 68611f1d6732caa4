"""What became of cohorts, by age: a curve for each, and a thick one for all of them together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import altair as alt
import pyarrow as pa

from upswell.analysis.cohorts import ALL_COHORTS
from upswell.charts.frame import framed, inline, place
from upswell.charts.palette import BLUE, BROWN, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text

_TITLES: Final = {
    "mrr": "MRR of cohorts",
    "customers": "Customers of cohorts who pay",
    "expansion": "Expansion MRR of cohorts",
    "contraction": "Contraction MRR of cohorts",
    "churned": "Churned MRR of cohorts",
    "nrr": "Net revenue retention of cohorts",
    "grr": "Gross revenue retention of cohorts",
}
_HUES: Final = (BLUE, GREEN, ORANGE, SKY, VERMILLION, PURPLE, BROWN, YELLOW)
_FORMATS: Final = {"money": ",.0f", "count": ",.0f", "rate": ".0%"}


def cohorts_chart(table: pa.Table, *, measure: str, currency: str) -> alt.LayerChart:
    """The curves of a table of `upswell.analysis.cohorts`, without drivers. A cell that is absent ends its curve.

    Sums of all cohorts are left out: they fall where fewer cohorts have the age, which says nothing of customers.
    """
    rows = [row for row in table.to_pylist() if row["value"] is not None]
    unit = table["unit"][0].as_py() if len(table) else "rate"
    together = [_mark(row, currency) for row in rows if row["cohort"] == ALL_COHORTS and unit == "rate"]
    apart = [_mark(row, currency) for row in rows if row["cohort"] != ALL_COHORTS]
    names = list(dict.fromkeys(mark["cohort"] for mark in apart))
    hues = [hue.light for hue in _HUES] if len(names) <= len(_HUES) else [GREY.light]
    colour = alt.Color(
        "cohort:N",
        scale=alt.Scale(domain=names, range=hues[: max(len(names), 1)]),
        legend=alt.Legend(columns=4) if len(names) <= len(_HUES) else None,
    )
    layers = [
        _lines(apart, unit).mark_line(strokeWidth=1.2, aria=False).encode(color=colour, detail="cohort:N"),
        _lines(apart, unit)
        .mark_point(filled=True, size=24, opacity=1)
        .encode(color=colour, description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")),
        _lines(together, unit).mark_line(strokeWidth=3, color=INK.light, aria=False),
        _lines(together, unit)
        .mark_point(filled=True, size=40, opacity=1, color=INK.light)
        .encode(description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")),
    ]
    shown = {"money": f", {currency}", "count": "", "rate": ", %"}[unit]
    thick = "; the thick line is all cohorts that have reached the age, weighted by base" if together else ""
    return framed(
        layers,
        title=f"{_TITLES[measure]} by months since the first{shown}",
        description=f"{_TITLES[measure]} by age in months, a line for each of {len(names)} cohorts{thick}.",
    )


def _lines(marks: list[dict[str, Any]], unit: str) -> alt.Chart:
    chart: alt.Chart = alt.Chart(inline(marks)).encode(
        x=alt.X("age:Q", axis=alt.Axis(title="months since the first", format="d", tickMinStep=1)),
        y=alt.Y("value:Q", axis=alt.Axis(title=None, format=_FORMATS[unit]), scale=alt.Scale(zero=unit != "rate")),
    )
    return chart


def _mark(row: dict[str, Any], currency: str) -> dict[str, Any]:
    name = row["cohort"] or "(none)"
    label = f"{name}, age {row['age']}: {_text(row['value'], row['unit'], currency)}"
    return {"cohort": name, "age": row["age"], "value": place(row["value"]), "label": label}


def _text(value: Decimal, unit: str, currency: str) -> str:
    match unit:
        case "money":
            return f"{display_text(value, currency=currency)} {currency}"
        case "count":
            return f"{int(value):,}"
        case _:
            return percent_text(value)
