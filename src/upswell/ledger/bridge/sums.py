"""A bridge put together: where it starts, its lines, where it ends, and whether they meet.

    strict        70.00
    netting      -40.00   1 customer
    stripe        30.00
    unexplained    0.00

The two ends are what the metrics print of each policy's own book; the lines are sums of movements of ledgers computed
for the bridge alone. So `unexplained` = start + lines - end proves the one against the other: it is 0, or a
`CheckFailedError`. Where a rate is missing there is no sum, and the reason stands in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from upswell.errors import CheckFailedError
from upswell.ledger.bridge.differences import LineFigures
from upswell.ledger.bridge.steps import SwitchChange
from upswell.money.amount import exact_text

# Sums of DECIMAL(38,18) never reach 200 digits; a digit lost would be said.
_EXACT: Final = Context(prec=200, traps=[Inexact, InvalidOperation, Overflow])


@dataclass(frozen=True)
class Figure:
    """An exact amount in the workspace's currency, or none and the reason."""

    value: Decimal | None
    reason: str | None = None


@dataclass(frozen=True)
class BridgeLine:
    """What one switch moves: the sum over the customers whose figure it changes."""

    changes: tuple[SwitchChange, ...]
    figures: LineFigures


@dataclass(frozen=True)
class Bridge:
    """From the figure of one policy to that of another; `unexplained` is 0 or, with a reason, unknown."""

    base: str
    target: str
    metric: str
    start: Figure
    lines: tuple[BridgeLine, ...]
    end: Figure
    unexplained: Figure


def closed_bridge(
    base: str, target: str, *, metric: str, month: str, start: Figure, lines: Sequence[BridgeLine], end: Figure
) -> Bridge:
    """The bridge with its end checked. Raises `CheckFailedError` if start and lines do not come to `end`."""
    unexplained = left_over(start, lines, end)
    if unexplained.value:
        raise CheckFailedError(
            f"the bridge from {base} to {target} leaves {exact_text(unexplained.value)} of {metric} unexplained",
            code="bridge_unexplained",
            where=f"{month}, {metric}, {base} to {target}",
            expected="start + lines - end = 0",
            found=f"start {start.value}, end {end.value}, {len(lines)} lines",
            remedy="report this with `upswell doctor`: it is a fault of Upswell, and either figure may be wrong",
        )
    return Bridge(base, target, metric, start, tuple(lines), end, unexplained)


def left_over(start: Figure, lines: Sequence[BridgeLine], end: Figure) -> Figure:
    """`start` + `lines` - `end`; no value as soon as one of them has none, with the first reason."""
    parts = [start, *(Figure(line.figures.amount, line.figures.reason) for line in lines), end]
    for part in parts:
        if part.value is None:
            return part
    values = [part.value for part in parts if part.value is not None]
    result = Decimal(0)
    for value in values[:-1]:
        result = _EXACT.add(result, value)
    return Figure(_EXACT.subtract(result, values[-1]))
