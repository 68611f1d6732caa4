"""The price review as pictures: realised beside list MRR, how prices are seen, and what would be bought at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from upswell.analysis.pricing.van_westendorp import CURVES
from upswell.analysis.pricing.willingness import VAN_WESTENDORP
from upswell.charts.frame import framed, inline, place
from upswell.charts.palette import BLUE, GREEN, GREY, ORANGE, SKY, VERMILLION
from upswell.metrics.labels import percent_text
from upswell.metrics.suggest import unknown_name
from upswell.money.amount import display_text

_LIST: Final = "List MRR"
_REALISED: Final = "Realised MRR"
_CURVE_HUES: Final = {"too_cheap": SKY, "cheap": GREEN, "expensive": ORANGE, "too_expensive": VERMILLION}
_WORDS: Final = {name: name.replace("_", " ") for name in CURVES}

CHARTS: Final = ("realised", "meter", "demand")
BARS_MAX: Final = 12
_LEVEL_NAMES: Final = 5  # more names than that would run into each other

Row = Mapping[str, Any]


def draw(name: str, rows: Sequence[Row], *, dimension: str, currency: str) -> alt.LayerChart:
    """The chart called `name` of the rows of its section, `realised` or `curves`; `UsageError` for another name."""
    match name:
        case "realised":
            # The last row is everything together.
            return realised_chart(rows[:-1][:BARS_MAX], dimension=dimension, currency=currency)
        case "meter":
            return meter_chart(of_first_survey(rows))
        case "demand":
            return demand_chart(of_first_survey(rows))
        case _:
            raise unknown_name("chart of prices", name, known=CHARTS, code="unknown_chart")


def of_first_survey(rows: Sequence[Row]) -> list[Row]:
    """The rows of `curves` that are of one survey, plan and currency: those that come first."""
    names = ("survey", "plan_id", "currency")
    return [row for row in rows if all(row[name] == rows[0][name] for name in names)]


def realised_chart(rows: Sequence[Row], *, dimension: str, currency: str) -> alt.LayerChart:
    """Two bars for each row of `realised` that has a list price: at the list, and as paid."""
    known = [row for row in rows if row["list_mrr"] is not None]
    bars = [
        {
            "name": row[dimension] or "(none)",
            "what": what,
            "value": place(row[column]),
            "label": f"{row[dimension] or '(none)'}, {what}: {display_text(row[column], currency=currency)} {currency}",
        }
        for row in known
        for what, column in ((_LIST, "list_mrr"), (_REALISED, "realised_mrr"))
    ]
    names = [row[dimension] or "(none)" for row in known]
    angle = 0 if len(names) <= _LEVEL_NAMES else -20
    drawn = (
        alt.Chart(inline(bars))
        .mark_bar()
        .encode(
            x=alt.X("name:N", scale=alt.Scale(domain=names), axis=alt.Axis(title=None, labelAngle=angle)),
            xOffset=alt.XOffset("what:N", scale=alt.Scale(domain=[_LIST, _REALISED])),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, format="~s")),
            color=alt.Color("what:N", scale=alt.Scale(domain=[_LIST, _REALISED], range=[GREY.light, BLUE.light])),
            description=alt.Description("label:N"),
            tooltip=alt.Tooltip("label:N"),
        )
    )
    return framed(
        [drawn],
        title=f"Realised beside list MRR by {dimension.replace('_', ' ')}, {currency}",
        description=f"Bars of list MRR and of realised MRR for {', '.join(names) or 'nothing yet'}.",
    )


def meter_chart(rows: Sequence[Row]) -> alt.LayerChart:
    """Van Westendorp's four curves of one survey over price; where two cross is a point of `willingness`."""
    shown = [row for row in rows if row["method"] == VAN_WESTENDORP]
    marks = [_mark(row, _WORDS[row["curve"]]) for row in shown]
    hues = {_WORDS[name]: hue.light for name, hue in _CURVE_HUES.items()}
    return _over_price(
        marks,
        colour=alt.Color("name:N", scale=alt.Scale(domain=list(hues), range=list(hues.values()))),
        title=f"How prices are seen{_survey(shown)}, % of respondents",
        description="Falling curves of too cheap and cheap and rising ones of expensive and too expensive, by price.",
        currency=_currency(shown),
    )


def demand_chart(rows: Sequence[Row]) -> alt.LayerChart:
    """The share that would buy at each price that was asked, of one survey."""
    shown = [row for row in rows if row["method"] != VAN_WESTENDORP]
    return _over_price(
        [_mark(row, "would buy") for row in shown],
        colour=alt.value(BLUE.light),
        title=f"Who would buy{_survey(shown)}, % of respondents",
        description="A falling curve of the share of respondents that would buy, by price.",
        currency=_currency(shown),
    )


def _survey(rows: Sequence[Row]) -> str:
    named = " ".join(str(rows[0][name]) for name in ("survey", "plan_id") if rows[0][name] is not None) if rows else ""
    return f", {named}" if named else ""


def _currency(rows: Sequence[Row]) -> str:
    return str(rows[0]["currency"]) if rows else ""


def _mark(row: Row, name: str) -> dict[str, Any]:
    price = f"{display_text(row['price'], currency=row['currency'])} {row['currency']}"
    between = f"{percent_text(row['share_low'])} to {percent_text(row['share_high'])}"
    return {
        "name": name,
        "price": place(row["price"]),
        "share": place(row["share"]),
        "label": f"{name} at {price}: {percent_text(row['share'])} ({between} at 95 %)",
    }


def _over_price(
    marks: Sequence[Mapping[str, Any]], *, colour: Any, title: str, description: str, currency: str
) -> alt.LayerChart:
    chart = alt.Chart(inline(dict(mark) for mark in marks)).encode(
        x=alt.X(
            "price:Q", axis=alt.Axis(title=f"price, {currency}" if currency else "price"), scale=alt.Scale(zero=False)
        ),
        y=alt.Y("share:Q", axis=alt.Axis(title=None, format=".0%"), scale=alt.Scale(domain=[0, 1])),
        color=colour,
    )
    told = chart.mark_point(filled=True, size=30, opacity=1).encode(
        description=alt.Description("label:N"), tooltip=alt.Tooltip("label:N")
    )
    return framed([chart.mark_line(strokeWidth=2, aria=False), told], title=title, description=description)
