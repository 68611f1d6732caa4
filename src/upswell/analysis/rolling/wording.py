"""A signal and its value as a person would say them: "Seats in use: 98 %", "Plan: Team"."""

from __future__ import annotations

from math import isnan
from typing import Final

from upswell.analysis.signals.catalogue import signal

_LARGE: Final = 100


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
        told = f"{100 * value:,.0f} %"
    elif about.kind == "money":
        told = f"{value:,.2f}"
    else:
        told = f"{_number(value)} {about.unit}".rstrip() if about.unit in ("days", "seats", "times") else _number(value)
    return f"{about.title}: {told}" if titled else told


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.1f}"
    return text.removesuffix(".0")
