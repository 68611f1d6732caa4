"""A signal and its value as a person would say them: "Seats in use: 98 %", "Plan: Team".

Numbers are told in few digits, and cut off, not rounded: 0.796 times are told as 0.7, so that nobody who has less than
0.8 seems to have it. A bound that is told as well is first made one of few digits (`as_told`): of both texts anybody
can say on which side of it a value is.
"""

from __future__ import annotations

from math import floor, isnan
from typing import Final

from upswell.analysis.signals.catalogue import Signal, signal

_LARGE: Final = 100
# What a double lacks of the decimal that was meant, such as 0.29 x 100 = 28.999999999999996.
_NOISE_DIGITS: Final = 9


def worded(name: str, value: float | str, *, titled: bool = True) -> str:
    """The value of signal `name` (a flag is 0 or 1, nan is not known), with its title unless told otherwise."""
    about = signal(name)
    if isinstance(value, float) and isnan(value):
        told = "not known"
    elif about.kind == "flag":
        told = "yes" if value else "no"
    elif isinstance(value, str):
        told = value
    elif about.unit.startswith("share"):
        told = f"{100 * as_told(name, value):,.0f} %"
    elif about.kind == "money":
        told = f"{value:,.2f}"
    else:
        number = _number(as_told(name, value))
        told = f"{number} {about.unit}".rstrip() if about.unit in ("days", "seats", "times") else number
    return f"{about.title}: {told}" if titled else told


def as_told(name: str, value: float) -> float:
    """`value` of signal `name` cut off to the digits that it is told in."""
    digits: int = _digits(signal(name), value)
    return floor(round(value * 10.0**digits, _NOISE_DIGITS)) / 10.0**digits


def _digits(about: Signal, value: float) -> int:
    if about.unit.startswith("share") or about.kind == "money":
        return 2
    return 0 if abs(value) >= _LARGE else 1


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.1f}"
    return text.removesuffix(".0")
