"""What a reconciliation is made of: months, bridges, lines, and the parts that a line sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Final

from upswell.sources.stripe.reconciliation.cash import CashBridge

EXACT: Final = Context(prec=120, traps=[Inexact])
ZERO: Final = Decimal(0)
CLOSING: Final = "closing_mrr"
KINDS: Final = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True)
class Part:
    """What a line moves for one item or customer, in the workspace's currency, and the objects that show it."""

    customer_id: str
    subscription_id: str
    item_id: str
    amount: Decimal
    objects: tuple[str, ...]


@dataclass(frozen=True)
class ReconciliationLine:
    """One rule: the sum over its parts, largest first."""

    name: str
    amount: Decimal
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class StripeBridge:
    """From Stripe's figure to ours. `unexplained` = ours - (theirs + lines); `unexplained_parts` says where it lies."""

    figure: str
    theirs: Decimal
    lines: tuple[ReconciliationLine, ...]
    ours: Decimal
    unexplained: Decimal
    unexplained_parts: tuple[Part, ...]

    def without(self, name: str) -> StripeBridge:
        """The bridge as it would be if the line `name` were not known: what it moves is left unexplained."""
        kept = [line for line in self.lines if line.name != name]
        return bridge_of(self.figure, self.theirs, kept, self.ours, self.unexplained_parts)


@dataclass(frozen=True)
class MonthReconciliation:
    """One month: the closing MRR, each kind of movement, and the way from MRR to cash in each currency."""

    month: str
    policy: str
    currency: str
    bridges: tuple[StripeBridge, ...]
    cash: tuple[CashBridge, ...]

    @property
    def is_explained(self) -> bool:
        """Whether nothing is left over anywhere, at full precision."""
        bridges = any(each.unexplained or each.unexplained_parts for each in self.bridges)
        return not bridges and not any(each.unexplained or each.unexplained_parts for each in self.cash)


def line_of(name: str, parts: Sequence[Part]) -> ReconciliationLine:
    """A line, its parts largest first."""
    ordered = sorted(parts, key=lambda part: (-abs(part.amount), part.customer_id, part.item_id))
    return ReconciliationLine(name, total(part.amount for part in parts), tuple(ordered))


def bridge_of(
    figure: str, theirs: Decimal, lines: Sequence[ReconciliationLine], ours: Decimal, left: Sequence[Part]
) -> StripeBridge:
    """A bridge; what is unexplained is worked out from its ends and its lines."""
    explained = EXACT.add(theirs, total(line.amount for line in lines))
    return StripeBridge(figure, theirs, tuple(lines), ours, EXACT.subtract(ours, explained), tuple(left))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = ZERO
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found
