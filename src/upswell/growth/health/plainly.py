"""The signals of health as they are, for whoever has no scorecard yet, or wants to see what is behind one."""

from __future__ import annotations

from dataclasses import dataclass

from upswell.analysis.propensity.snapshots import Known
from upswell.analysis.rolling.wording import worded
from upswell.analysis.signals.catalogue import signal
from upswell.growth.health.bins import SIGNALS


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
