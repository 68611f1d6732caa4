"""A comparison of policies: the figures of each month, and the bridges between them."""

from __future__ import annotations

from typing import Any

from upswell.interfaces.plain.values import exact, figure
from upswell.ledger.bridge import Bridge, BridgeLine, CustomerDifference, MovementDifference
from upswell.workspace.comparing import PolicyComparison, PolicyFigure


def comparison_of(comparison: PolicyComparison) -> dict[str, Any]:
    """The months of a comparison, each with its figures and its bridges."""
    return {
        "metric": comparison.metric,
        "workspace_currency": comparison.workspace_currency,
        "book_id": comparison.book_id,
        "as_of": comparison.as_of,
        "held_back": comparison.held_back,
        "policies": [
            {"policy": found.policy.name, "source": found.source, "hash": found.policy.content_hash()}
            for found in comparison.policies
        ],
        "months": [
            {
                "month": month.month,
                "complete": month.complete,
                "figures": [_figure(each) for each in month.figures],
                "bridges": [_bridge(bridge) for bridge in month.bridges],
            }
            for month in comparison.months
        ],
    }


def _figure(found: PolicyFigure) -> dict[str, Any]:
    return {
        "policy": found.policy,
        "metric": found.metric,
        "value": figure(found.value, found.unit),
        **_reason(found.reason),
    }


def _bridge(bridge: Bridge) -> dict[str, Any]:
    return {
        "base": bridge.base,
        "policy": bridge.target,
        "start": exact(bridge.start.value),
        "lines": [_line(line) for line in bridge.lines],
        "end": exact(bridge.end.value),
        "unexplained": exact(bridge.unexplained.value),
        **_reason(bridge.unexplained.reason),
    }


def _line(line: BridgeLine) -> dict[str, Any]:
    return {
        "switches": [
            {"switch": change.switch, "value_before": change.before, "value_after": change.after}
            for change in line.changes
        ],
        "amount": exact(line.figures.amount),
        **_reason(line.figures.reason),
        "customers": line.figures.customers,
        "details": [_customer(customer) for customer in line.figures.details],
        "left_out": {
            "customers": line.figures.left_out.customers,
            "amount": exact(line.figures.left_out.amount),
        },
    }


def _customer(customer: CustomerDifference) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "amount": exact(customer.amount),
        **_reason(customer.reason),
        "movements": [_movement(movement) for movement in customer.movements],
    }


def _movement(movement: MovementDifference) -> dict[str, Any]:
    return {
        "movement_id": movement.movement_id,
        "date": movement.date,
        "kind": movement.kind,
        "driver": movement.driver,
        "change": movement.change,
        "amount_before": exact(movement.amount_before),
        "amount_after": exact(movement.amount_after),
        **_reason(movement.reason),
    }


def _reason(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}
