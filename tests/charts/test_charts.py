"""What each chart shows: every figure once, exact in its label, absent where it is not known."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import altair as alt
import pytest

from tests.charts.drawing import SVG, drawn, labels, texts
from tests.charts.months import REASON, made
from upswell.charts.customer import customer_chart
from upswell.charts.named import CHARTS, draw
from upswell.charts.palette import DRIVER_HUES, HUES, MOVEMENT_HUES
from upswell.errors import UsageError
from upswell.ledger.query import DRIVERS, KINDS
from upswell.metrics.labels import DRIVER_LABELS, KIND_LABELS, METRIC_LABELS
from upswell.metrics.trailing import MOVEMENT_METRICS, NET_CHANGE, MonthFigure

MOVED = {
    "new_mrr": ["1234.565", "0", "50"],
    "expansion_mrr": ["10.9", "20", "0"],
    "churned_mrr": ["0", "-5", "-60"],
    NET_CHANGE: ["1245.465", "15", "-10"],
}


def test_movements_are_labelled_with_exact_figures_rounded_for_display() -> None:
    drawing = drawn(draw("movements", made(movements=MOVED)))
    assert set(labels(drawing, "bar")) == {
        "2025-11, New: 1,234.56 USD",  # half to even, as everywhere
        "2025-11, Expansion: 10.90 USD",
        "2025-12, Expansion: 20.00 USD",
        "2025-12, Churned: -5.00 USD",
        "2026-01, New: 50.00 USD",
        "2026-01, Churned: -60.00 USD",
    }
    assert labels(drawing, "point") == [
        "2025-11, Net change: 1,245.46 USD",
        "2025-12, Net change: 15.00 USD",
        "2026-01, Net change: -10.00 USD",
    ]


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1,235"), ("BHD", "1,234.565")])
def test_money_has_the_decimals_of_its_currency(currency: str, shown: str) -> None:
    drawing = drawn(draw("movements", made(movements=MOVED, currency=currency)))
    assert f"2025-11, New: {shown} {currency}" in labels(drawing, "bar")
    assert f"MRR movements by month, {currency}" in texts(drawing)


@pytest.mark.parametrize("name", CHARTS)
def test_a_title_says_what_is_shown_and_in_which_unit(name: str) -> None:
    drawing = drawn(draw(name, made(drivers={"seats": ["1", "2", "3"]})))
    titles = {
        "movements": "MRR movements by month, USD",
        "drivers": "Expansion MRR by driver and month, USD",
        "retention": "Retention over twelve months, by month, %",
    }
    assert titles[name] in texts(drawing)
    assert "2025-11 to 2026-01" in drawing.attrib["aria-label"]
    assert drawing.get("role") == "graphics-document"


def test_exchange_rates_are_shown_only_where_they_moved_something() -> None:
    assert "Exchange rates" not in texts(drawn(draw("movements", made())))
    moved = drawn(draw("movements", made(movements={"fx_mrr": ["0", "-1", "0"]})))
    assert "Exchange rates" in texts(moved)
    assert labels(moved, "bar") == ["2025-12, Exchange rates: -1.00 USD"]


def test_a_running_month_says_so_and_is_paler() -> None:
    drawing = drawn(draw("movements", made(movements=MOVED, running=["2026-01"])))
    assert texts(drawing).count("running") == 1
    opacity = {
        element.attrib["aria-label"][:7]: element.get("opacity", "1")
        for element in drawing.iter(f"{SVG}path")
        if element.get("aria-roledescription") == "bar"
    }
    assert opacity == {"2025-11": "1", "2025-12": "1", "2026-01": "0.45"}
    assert "running" not in texts(drawn(draw("movements", made(movements=MOVED))))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("movements", {"movements": {"new_mrr": ["5", None, "5"]}}),
        ("drivers", {"drivers": {"seats": ["5", None, "5"]}}),
        ("retention", {"retention": {"nrr_12m": ["1.1", None, "1.1"], "grr_12m": ["0.9", "0.8", "0.7"]}}),
    ],
)
def test_what_is_not_known_is_absent_and_says_why(name: str, given: dict[str, dict[str, list[str | None]]]) -> None:
    drawing = drawn(draw(name, made(**given)))  # type: ignore[arg-type]
    assert texts(drawing).count("n/a") == 1
    [said] = labels(drawing, "text mark")
    assert said.startswith(f"2025-12: n/a, {REASON}")
    marks = [*labels(drawing, "bar"), *labels(drawing, "point")]
    assert not any("2025-12, New" in mark or "2025-12, Seats" in mark or "2025-12, NRR" in mark for mark in marks)


def test_a_chart_without_any_value_is_drawn_without_a_mark() -> None:
    nothing: list[str | None] = [None, None, None]
    drawing = drawn(draw("retention", made(retention={"nrr_12m": nothing, "grr_12m": nothing})))
    assert labels(drawing, "point") == []
    assert texts(drawing).count("n/a") == 3
    assert labels(drawn(draw("drivers", made())), "bar") == []


@pytest.mark.parametrize("value", ["0", None])
def test_drivers_of_which_none_moved_are_drawn_in_a_frame_of_the_usual_size(value: str | None) -> None:
    """A driver that is known and 0, or unknown in every month, has no bar; the months beside it keep their place."""
    usual, bare = (
        [float(word) for word in drawn(draw("drivers", made(drivers={"seats": values}))).attrib["viewBox"].split()]
        for values in (["1", "1", "1"], [value] * 3)
    )
    assert bare[2] == pytest.approx(usual[2], rel=0.05)
    assert 0 < bare[3] <= usual[3]


def test_retention_is_a_line_of_per_cent_broken_where_there_is_no_figure() -> None:
    months = ("2025-10", "2025-11", "2025-12", "2026-01")
    broken = {"nrr_12m": ["1.1", None, "0.8819", "1.0005"], "grr_12m": ["0.9"] * 4}
    drawing = drawn(draw("retention", made(retention=broken, months=months)))  # type: ignore[arg-type]
    assert labels(drawing, "point")[:3] == [
        "2025-10, NRR over 12 months: 110.0 %",
        "2025-12, NRR over 12 months: 88.2 %",
        "2026-01, NRR over 12 months: 100.0 %",
    ]
    lines = [
        element.attrib["d"]
        for group in drawing.iter(f"{SVG}g")
        if "mark-line" in group.get("class", "")
        for element in group.iter(f"{SVG}path")
    ]
    assert sorted(line.count("M") for line in lines) == [1, 2]
    assert any(re.fullmatch(r"\d+%", text) for text in texts(drawing))


def test_only_drivers_that_occur_are_in_the_legend_each_in_its_own_colour() -> None:
    drivers = {"cross_sell": ["1", "0", "2"], "addon": ["0", "0", "0"], "seats": ["0", "3", "0"]}
    drawing = drawn(draw("drivers", made(drivers=drivers)))
    seen = texts(drawing)
    assert ("Cross-sell" in seen, "Seats" in seen, "Add-on" in seen) == (True, True, False)
    fills = {
        element.attrib["aria-label"].split(": ")[0]: element.attrib["fill"]
        for element in drawing.iter(f"{SVG}path")
        if element.get("aria-roledescription") == "bar"
    }
    assert fills["2025-12, Seats"] == "var(--chart-blue, #0072b2)"
    assert fills["2025-11, Cross-sell"] == "var(--chart-vermillion, #d55e00)"


def test_years_stand_under_the_first_month_and_under_each_january() -> None:
    seen = texts(drawn(draw("movements", made())))
    assert [text for text in seen if text in {"Nov", "Dec", "Jan", "2025", "2026"}] == [
        "Nov",
        "2025",
        "Dec",
        "Jan",
        "2026",
    ]


def test_every_kind_and_every_driver_has_a_name_and_a_colour_of_its_own() -> None:
    assert set(MOVEMENT_HUES) == set(MOVEMENT_METRICS)
    assert set(MOVEMENT_METRICS) <= set(METRIC_LABELS)
    assert set(DRIVER_HUES) == set(DRIVER_LABELS) == set(DRIVERS)
    assert set(KIND_LABELS) == set(KINDS)
    for hues in (MOVEMENT_HUES, DRIVER_HUES):
        assert len(set(hues.values())) == len(hues)
    assert len({hue.light for hue in HUES}) == len({hue.dark for hue in HUES}) == len(HUES)


def test_text_stands_out_from_the_paper_in_light_and_dark() -> None:
    by_name = {hue.name: hue for hue in HUES}
    for tone in ("light", "dark"):
        paper = luminance(getattr(by_name["paper"], tone))
        for name in ("ink", "quiet"):
            lighter, darker = sorted((paper, luminance(getattr(by_name[name], tone))), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (name, tone)


def test_a_chart_carries_all_it_shows() -> None:
    for name in CHARTS:
        spec = json.dumps(draw(name, made(drivers={"seats": ["1", "2", "3"]})).to_dict())
        assert '"url"' not in spec
        assert isinstance(draw(name, made()), alt.LayerChart)


def test_an_unknown_chart_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="movement") as refused:
        draw("movement", made())
    assert "movements" in refused.value.remedy


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_bars_lead_to_what_is_behind_them_where_a_link_is_given() -> None:
    chart = draw("movements", made(movements=MOVED), link=lambda figure: f"/movements?{figure.month}&{figure.name}")
    found = {element.attrib["href"] for element in drawn(chart).iter(f"{SVG}a")}
    months = made(movements=MOVED).months
    assert found == {
        f"/movements?{month}&{name}"
        for name, values in MOVED.items()
        if name != NET_CHANGE
        for month, value in zip(months, values, strict=True)
        if value != "0"
    }
    assert not list(drawn(draw("movements", made(movements=MOVED))).iter(f"{SVG}a"))


def test_a_customers_months_are_points_with_exact_labels_and_gaps() -> None:
    months = [
        MonthFigure("2026-01", "closing_mrr", Decimal("1234.565"), None),
        MonthFigure("2026-02", "closing_mrr", None, "no rate for EUR"),
        MonthFigure("2026-03", "closing_mrr", Decimal(0), None),
    ]
    assert labels(drawn(customer_chart(months, "USD")), "point") == [
        "2026-01, closing MRR: 1,234.56 USD",
        "2026-03, closing MRR: 0.00 USD",
    ]
