"""What could be offered to whom, before any guardrail has looked at it: nothing here may be shown or sent.

    Acme   Business   75.00 a month   by 30 April 2026   limit_share 0.92, limit_crossing_on 2026-05-14 ...

A customer without a step has its reason instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from upswell.analysis.pricing.realised import Priced
from upswell.growth.billing import Billing
from upswell.growth.pressing import people_of, pressures_of
from upswell.growth.shelf import Shelf
from upswell.growth.step import Customer, Step
from upswell.growth.steps import smallest_step
from upswell.growth.telling import When, when_of, why_of
from upswell.metrics.figures import EXACT, ZERO

# The signals that speak for a step, by what it is of, the strongest first; renewal and health speak for any.
_OF_USE: Final = (
    *("limit_metric", "limit", "limit_use", "limit_share", "limit_pace", "limit_trend", "limit_crossing_on"),
    "blocked_30d",
)
_OF_SEATS: Final = ("people_active", "seats", "seats_used_share", "seat_growth_90d")
_OF_BREADTH: Final = ("products_held", "addons_held", "metrics_used_30d", "rising_two_months", "use_30d_vs_90d")
_OF_ANY: Final = ("renewal_on", "tenure_days", "open_to_more")
_SPEAK_FOR: Final[Mapping[str, Sequence[str]]] = {
    "upgrade": (*_OF_USE, *_OF_ANY),
    "seats": (*_OF_SEATS, *_OF_ANY),
    "addon": (*_OF_BREADTH, *_OF_ANY),
    "cross_sell": (*_OF_BREADTH, *_OF_ANY),
    "yearly": _OF_ANY,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A signal that speaks for a step, by its name in the catalogue, with its value as of the day."""

    signal: str
    value: Any

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, bool):
            return f"{self.signal} {'yes' if value else 'no'}"
        if isinstance(value, float):
            value = f"{value:.4f}".rstrip("0").rstrip(".")
        return f"{self.signal} {value}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The smallest sensible step of one customer, when, why, and what speaks for it.

    `is_free` marks a customer that pays nothing and outgrows its free plan.
    """

    customer_id: str
    step: Step
    is_free: bool
    mrr: Decimal | None
    when: When
    why: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class NoProposal:
    """A customer that nothing can be offered to, and why; `holds_plan` without headroom, or no plan in force at all."""

    customer_id: str
    reason: str
    holds_plan: bool
    mrr: Decimal | None


def propose(
    customer_id: str,
    rows: Sequence[Priced],
    shelf: Shelf,
    billing: Mapping[int, Billing],
    signals: Mapping[str, Any],
    *,
    day: date,
) -> Proposal | NoProposal:
    """The proposal to one customer by what it holds and by its signals, as of `day`."""
    customer = Customer(customer_id, rows, billing, pressures_of(signals), people_of(signals))
    found = smallest_step(customer, shelf, day=day)
    if found.step is None:
        return NoProposal(customer_id, found.reason or "", found.holds_plan, _mrr(customer, shelf))
    return _proposal(customer, found.step, shelf, signals, day)


def _proposal(customer: Customer, step: Step, shelf: Shelf, signals: Mapping[str, Any], day: date) -> Proposal:
    return Proposal(
        customer_id=customer.customer_id,
        step=step,
        is_free=step.relieves and all(not row.holding.mrr for row in customer.rows),
        mrr=_mrr(customer, shelf),
        when=when_of(step, signals, day=day),
        why=why_of(step, customer, shelf),
        evidence=tuple(
            Evidence(name, signals[name]) for name in _SPEAK_FOR[step.what] if signals.get(name) is not None
        ),
    )


def _mrr(customer: Customer, shelf: Shelf) -> Decimal | None:
    amount = ZERO
    for row in customer.rows:
        worth = shelf.close.worth(row.holding.mrr, row.holding).value
        if worth is None:
            return None
        amount = EXACT.add(amount, worth)
    return amount
