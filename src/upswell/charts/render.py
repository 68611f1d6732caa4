"""From a chart to the SVG that stands in a page.

vl-convert runs Vega in this process; it is given no address to fetch from, and a chart that names one is refused
before. Its drawing is then made fit for a page:

    fill="#0072b2"                                    fill="var(--chart-blue, #0072b2)"   light and dark by CSS alone
    href="https://vega.github.io/.../customers/1"     href="customers/1"                  relative links stay relative
    href="https://vega.github.io/customers/1"         href="/customers/1"                 those from the root, too
    id="clip7"                                        id="movements-1"                    many drawings in one page
    width="680" height="340"                          only viewBox                        CSS decides the size
    <path aria-label="2026-02, New: 5.00 USD"/>       with a <title> inside               a pointer shows the figure
    d="M1.5,214.28571428571428h18v..."                d="M1.5,214.29h18v..."               two decimals are enough

The same chart gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree

import altair as alt
import vl_convert

from upswell.charts.palette import HUES

# vl-convert reads a relative address as one of this place.
_BASE_ADDRESSES: Final = ("https://vega.github.io/vega-datasets/", "https://vega.github.io")
_SVG: Final = "http://www.w3.org/2000/svg"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_GRAMMAR: Final = ".".join(alt.VEGALITE_VERSION.split(".")[:2])
_VARIABLES: Final = {hue.light: f"var({hue.variable}, {hue.light})" for hue in HUES}
_REFERENCE: Final = re.compile(r"url\(#(?P<id>[^)]+)\)")
_PAINTS: Final = ("fill", "stroke")
_PLACES: Final = ("d", "transform", "x", "y", "x1", "x2", "y1", "y2")
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def svg(chart: alt.TopLevelMixin, *, name: str) -> str:
    """The chart as an SVG element without a prolog. `name` starts its ids, which have to be unique in a page.

    Raises `ValueError` for a chart that would fetch its data.
    """
    spec = chart.to_dict()
    _require_inline(spec)
    drawing = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, vl_version=_GRAMMAR, allowed_base_urls=[]))
    _entitle(drawing, str(spec.get("description", "")))
    for element in list(drawing.iter()):
        _drop_what_draws_nothing(element)
    # Vega counts its ids on from drawing to drawing; ours begin anew, so that a drawing is always the same.
    given = [element.attrib["id"] for element in drawing.iter() if "id" in element.attrib]
    ids = {former: f"{name}-{number}" for number, former in enumerate(given, 1)}
    for element in drawing.iter():
        _make_fit(element, ids)
    return ElementTree.tostring(_without_namespace(drawing), encoding="unicode")


def _require_inline(spec: Any) -> None:
    for key, value in _pairs(spec):
        if key == "url":
            raise ValueError(f"a chart carries its data; this one would fetch {value!r}")


def _pairs(spec: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            yield key, value
            # Rows are data, whatever their fields are called.
            if key not in ("values", "datasets"):
                yield from _pairs(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from _pairs(value)


def _entitle(drawing: ElementTree.Element, description: str) -> None:
    for attribute in ("width", "height", "version", "class"):
        drawing.attrib.pop(attribute, None)
    drawing.set("class", "chart")
    drawing.set("role", "graphics-document")
    drawing.set("aria-roledescription", "chart")
    drawing.set("aria-label", description)


def _drop_what_draws_nothing(element: ElementTree.Element) -> None:
    for child in list(element):
        hidden = child.get("display") == "none" or child.get("d", "").startswith("M0,0h0v0h0Z")
        if hidden and not len(child):
            element.remove(child)


def _make_fit(element: ElementTree.Element, ids: Mapping[str, str]) -> None:
    for paint in _PAINTS:
        if paint in element.attrib:
            colour = element.attrib[paint].lower()
            element.set(paint, _VARIABLES.get(colour, colour))
    for where in _PLACES:
        if where in element.attrib:
            element.set(where, _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", element.attrib[where]))
    if _LINK in element.attrib:
        address = element.attrib.pop(_LINK)
        for base in _BASE_ADDRESSES:
            address = address.removeprefix(base)
        element.set("href", address)
        element.attrib.pop("target", None)
        # A hundred bars are not to be a hundred stops of the Tab key: the table under a chart has the same links.
        element.set("tabindex", "-1")
    if "id" in element.attrib:
        element.set("id", ids[element.attrib["id"]])
    for attribute, value in element.attrib.items():
        element.set(attribute, _REFERENCE.sub(lambda found: f"url(#{ids[found['id']]})", value))
    if element.tag == f"{{{_SVG}}}path" and element.get("role") == "graphics-symbol" and "aria-label" in element.attrib:
        shown = ElementTree.SubElement(element, f"{{{_SVG}}}title")
        shown.text = element.attrib["aria-label"]


def _without_namespace(drawing: ElementTree.Element) -> ElementTree.Element:
    for element in drawing.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    drawing.attrib = {"xmlns": _SVG, **drawing.attrib}
    return drawing
