"""Reading a drawing back: its texts, its labels, its marks."""

from __future__ import annotations

from xml.etree import ElementTree

import altair as alt

from upswell.charts.render import svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: alt.TopLevelMixin, *, name: str = "chart") -> ElementTree.Element:
    return ElementTree.fromstring(svg(chart, name=name))


def texts(drawing: ElementTree.Element) -> list[str]:
    """Every text that can be seen, in order; lines of one label as texts of their own."""
    return [line for element in drawing.iter(f"{SVG}text") for line in element.itertext() if line.strip()]


def labels(drawing: ElementTree.Element, role: str) -> list[str]:
    """What a screen reader says of the marks of `role`: bar, point, text mark."""
    return [
        element.attrib["aria-label"]
        for element in drawing.iter()
        if element.get("aria-roledescription") == role and "aria-label" in element.attrib
    ]
