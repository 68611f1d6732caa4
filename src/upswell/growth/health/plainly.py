"""The signals of health as they are, for whoever has no scorecard yet, or wants to see what is behind one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from upswell.analysis.propensity.snapshots import Known
from upswell.analysis.rolling.wording import worded
from upswell.analysis.signals.catalogue import signal
from upswell.growth.health.bins import SIGNALS
from upswell.growth.health.scorecard import Line


@dataclass(frozen=True)
class PlainSignal:
    """A signal of one customer, in words; None where it is not known."""

    name: str
    title: str
    value: str | None


def plain_signals(known: Known, row: int) -> tuple[PlainSignal, ...]:
    """The signals of the scorecard of one row."""
    found = []
    for name in SIGNALS:
        value = known.signals[name][row].as_py()
        told = None if value is None else worded(name, float(value), titled=False)
        found.append(PlainSignal(name, signal(name).title, told))
    return tuple(found)


def bin_texts(line: Line) -> tuple[tuple[str, int], ...]:
    """Each bin of a line of the scorecard in words, with its points."""
    told = [worded(line.signal, edge, titled=False) for edge in line.edges]
    if signal(line.signal).kind == "flag" and told:
        known = ["no", "yes"]
    elif not told:
        known = ["any"]
    else:
        between = [f"{one} to under {two}" for one, two in pairwise(told)]
        known = [f"under {told[0]}", *between, f"{told[-1]} and more"]
    return tuple(zip([*known, "not known"], line.points, strict=True))
