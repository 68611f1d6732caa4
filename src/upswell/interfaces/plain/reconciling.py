"""A month beside the billing system's own figures, line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from upswell.interfaces.plain.values import MONEY_DECIMALS
from upswell.money.amount import exact_text
from upswell.sources.stripe.reconciliation.cash import CashPart
from upswell.workspace.reconciling import MonthReconciliation, Part


def exact_money(amount: Decimal) -> str:
    """Money as text with every digit that matters."""
    return exact_text(amount, decimals_min=MONEY_DECIMALS)


def part_of(part: Part) -> dict[str, Any]:
    """What a line moves for one item or customer."""
    return {
        "customer_id": part.customer_id,
        "subscription_id": part.subscription_id or None,
        "item_id": part.item_id or None,
        "amount": exact_money(part.amount),
        "objects": list(part.objects),
    }


def _cash_json(part: CashPart) -> dict[str, Any]:
    return {
        "object": part.object_id,
        "amount": exact_money(part.amount),
        "customer_id": part.customer_id or None,
        "subscription_id": part.subscription_id or None,
        "item_id": part.item_id or None,
        **({"note": part.note} if part.note else {}),
    }


def reconciliation(month: MonthReconciliation) -> dict[str, Any]:
    """A month with every bridge, its lines and their parts."""
    return {
        "month": month.month,
        "policy": month.policy,
        "currency": month.currency,
        "explained": month.is_explained,
        "bridges": [
            {
                "figure": bridge.figure,
                "stripe": exact_money(bridge.theirs),
                "lines": [
                    {"name": line.name, "amount": exact_money(line.amount), "parts": [part_of(p) for p in line.parts]}
                    for line in bridge.lines
                ],
                "ours": exact_money(bridge.ours),
                "unexplained": exact_money(bridge.unexplained),
                "unexplained_parts": [part_of(part) for part in bridge.unexplained_parts],
            }
            for bridge in month.bridges
        ],
        "cash": [
            {
                "currency": cash.currency,
                "closing_mrr": exact_money(cash.start),
                "lines": [
                    {
                        "name": line.name,
                        "amount": exact_money(line.amount),
                        "total": line.is_total,
                        "parts": [_cash_json(part) for part in line.parts],
                    }
                    for line in cash.lines
                ],
                "cash": exact_money(cash.cash),
                "unexplained": exact_money(cash.unexplained),
                "unexplained_parts": [_cash_json(part) for part in cash.unexplained_parts],
            }
            for cash in month.cash
        ],
    }
