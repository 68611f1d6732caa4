"""Colours: one list of hues, which kind and which driver has which, and the CSS that gives them for light and dark.

The hues are Okabe and Ito's, chosen so that people with any of the common colour blindnesses tell them apart (Color
Universal Design, 2008), with a grey and a brown for the eighth and ninth driver. A chart itself uses the hue for white
paper, so that it can be shown anywhere (a notebook, a PNG); `render.svg` then puts `var(--chart-blue, #0072b2)` for
`#0072b2`, and a page in the dark gives `--chart-blue` another value.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Hue(NamedTuple):
    """A colour on white paper and on a dark ground, as lower-case hex."""

    name: str
    light: str
    dark: str

    @property
    def variable(self) -> str:
        """Its custom property in CSS."""
        return f"--chart-{self.name}"


BLUE: Final = Hue("blue", "#0072b2", "#4aa8e0")
GREEN: Final = Hue("green", "#009e73", "#2cc49a")
SKY: Final = Hue("sky", "#56b4e9", "#a5dafa")
ORANGE: Final = Hue("orange", "#e69f00", "#f2b632")
VERMILLION: Final = Hue("vermillion", "#d55e00", "#f0763a")
PURPLE: Final = Hue("purple", "#cc79a7", "#e3a3c7")
YELLOW: Final = Hue("yellow", "#f0e442", "#f5ec7a")
GREY: Final = Hue("grey", "#8a8a8a", "#a8a8a8")
BROWN: Final = Hue("brown", "#8c5a2b", "#c08a57")
INK: Final = Hue("ink", "#1a1c20", "#eceef2")
QUIET: Final = Hue("quiet", "#565b65", "#aab0bc")
GRID: Final = Hue("grid", "#e1e3e8", "#363a43")
PAPER: Final = Hue("paper", "#ffffff", "#15171b")
HUES: Final = (BLUE, GREEN, SKY, ORANGE, VERMILLION, PURPLE, YELLOW, GREY, BROWN, INK, QUIET, GRID, PAPER)

# In the order they are stacked, from zero outwards.
MOVEMENT_HUES: Final = {
    "expansion_mrr": GREEN,
    "new_mrr": BLUE,
    "reactivation_mrr": SKY,
    "contraction_mrr": ORANGE,
    "churned_mrr": VERMILLION,
    "fx_mrr": PURPLE,
}
DRIVER_HUES: Final = {
    "seats": BLUE,
    "plan": GREEN,
    "price": ORANGE,
    "addon": SKY,
    "cross_sell": VERMILLION,
    "subscription": PURPLE,
    "usage": YELLOW,
    "term": BROWN,
    "discount": GREY,
}


def custom_properties(*, dark: bool) -> str:
    """The hues as declarations of CSS custom properties, for the inside of a rule."""
    return " ".join(f"{hue.variable}: {hue.dark if dark else hue.light};" for hue in HUES)


def adaptive_properties() -> str:
    """The same with both values at once, for a page whose `color-scheme` decides."""
    return " ".join(f"{hue.variable}: light-dark({hue.light}, {hue.dark});" for hue in HUES)
