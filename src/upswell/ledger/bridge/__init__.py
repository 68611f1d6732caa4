"""Why two policies print two figures of one month: from one to the other, one switch at a time."""

from upswell.ledger.bridge.differences import (
    CustomerDifference,
    LeftOut,
    LineFigures,
    MovementDifference,
    bridge_lines,
)
from upswell.ledger.bridge.steps import METRIC_KINDS, METRIC_SWITCHES, Step, SwitchChange, kinds_of, steps_between
from upswell.ledger.bridge.sums import Bridge, BridgeLine, Figure, closed_bridge

__all__ = [
    "METRIC_KINDS",
    "METRIC_SWITCHES",
    "Bridge",
    "BridgeLine",
    "CustomerDifference",
    "Figure",
    "LeftOut",
    "LineFigures",
    "MovementDifference",
    "Step",
    "SwitchChange",
    "bridge_lines",
    "closed_bridge",
    "kinds_of",
    "steps_between",
]
