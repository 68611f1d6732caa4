"""From a chart to an SVG for a page: no network, themable, linkable, the same each time."""

from __future__ import annotations

import re

import altair as alt
import pytest

from tests.charts.drawing import SVG, drawn, texts
from tests.charts.months import made
from upswell.charts.named import CHARTS, draw
from upswell.charts.palette import HUES, custom_properties
from upswell.charts.render import svg


def bars(rows: list[dict[str, object]], **encoding: object) -> alt.Chart:
    layer: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows)).mark_bar(clip=True).encode(x="name:N", y="value:Q", **encoding)
    )
    return layer


ROWS: list[dict[str, object]] = [
    {"name": "a", "value": 1, "link": "customers/1?month=2026-01&kind=new", "url": "not fetched: a row"},
    {"name": "b", "value": 2.345678, "link": "#movements"},
    {"name": "<script>\"c\" & 'd'", "value": 3, "link": "https://example.com/kept"},
]


def test_relative_links_stay_relative() -> None:
    drawing = drawn(bars(ROWS, href="link:N"))
    links = [element.attrib["href"] for element in drawing.iter(f"{SVG}a")]
    assert links == ["customers/1?month=2026-01&kind=new", "#movements", "https://example.com/kept"]
    assert "vega.github.io" not in svg(bars(ROWS, href="link:N"), name="x")


def test_links_from_the_root_stay_so_and_are_no_stops_of_the_tab_key() -> None:
    rows: list[dict[str, object]] = [{"name": "a", "value": 1, "link": "/movements?from=2026-01&kind=new"}]
    (link,) = drawn(bars(rows, href="link:N")).iter(f"{SVG}a")
    assert link.attrib == {"href": "/movements?from=2026-01&kind=new", "tabindex": "-1"}


@pytest.mark.parametrize(
    "address", ["https://example.com/rows.json", "file:///rows.json", "rows.csv", "data:text/csv,a"]
)
def test_a_chart_that_would_fetch_its_data_is_refused(address: str) -> None:
    chart = alt.layer(alt.Chart(address).mark_bar().encode(x="name:N"))
    with pytest.raises(ValueError, match="would fetch"):
        svg(chart, name="x")


def test_names_are_text_and_never_markup() -> None:
    source = svg(bars(ROWS), name="x")
    assert "<script" not in source
    assert "<script>\"c\" & 'd'" in texts(drawn(bars(ROWS)))


def test_ids_begin_with_the_drawings_name_and_so_do_references() -> None:
    source = svg(bars(ROWS), name="mine")
    ids = re.findall(r'\bid="([^"]+)"', source)
    references = re.findall(r"url\(#([^)]+)\)", source)
    assert ids
    assert references
    assert set(references) <= set(ids)
    assert all(each.startswith("mine-") for each in ids)
    assert svg(bars(ROWS), name="mine") == source


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_chart_gives_the_same_bytes(name: str) -> None:
    trailing = made(movements={"new_mrr": ["1", "2", "3"]}, drivers={"seats": ["1", "2", "3"]})
    assert svg(draw(name, trailing), name=name) == svg(draw(name, trailing), name=name)


@pytest.mark.parametrize("name", CHARTS)
def test_every_colour_is_one_that_css_can_change(name: str) -> None:
    source = svg(draw(name, made(drivers={"seats": ["1", "2", "3"]})), name=name)
    paints = set(re.findall(r'(?:fill|stroke)="([^"]+)"', source)) - {"none", "transparent"}
    assert paints <= {f"var({hue.variable}, {hue.light})" for hue in HUES}
    assert len(paints) > 3
    for dark in (False, True):
        assert all(f"{hue.variable}: " in custom_properties(dark=dark) for hue in HUES)


def test_fonts_are_generic_and_nothing_is_styled_or_scripted_inside() -> None:
    source = svg(draw("movements", made()), name="x")
    assert set(re.findall(r'font-family="([^"]+)"', source)) == {"sans-serif"}
    assert not re.search(r"<(style|script|image|foreignObject)|\bstyle=|\bon\w+=|@import", source)


def test_css_decides_the_size_and_a_pointer_shows_each_figure() -> None:
    drawing = drawn(draw("movements", made(movements={"new_mrr": ["1", "2", "3"]})))
    assert "width" not in drawing.attrib
    assert re.fullmatch(r"0 0 \d+ \d+", drawing.attrib["viewBox"])
    marks = [each for each in drawing.iter() if each.get("aria-roledescription") in {"bar", "point"}]
    assert len(marks) == 6
    assert all(mark.findtext(f"{SVG}title") == mark.attrib["aria-label"] for mark in marks)


def test_places_have_two_decimals_at_most() -> None:
    source = svg(draw("movements", made(movements={"new_mrr": ["1.7", "2.3333", "3"]})), name="x")
    places = " ".join(re.findall(r'\b(?:d|transform|[xy][12]?)="([^"]*)"', source))
    assert places
    assert not re.search(r"\.\d{3,}", places)
