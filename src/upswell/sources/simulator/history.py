"""What a company's systems remember of one customer: rows of the import tables, without the customer's traits.

A row is a tuple in the order of `COLUMNS[table]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# The columns of the files, in the words of the import tables; segment and channel are attributes of customers.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "customers": (
        *("customer_id", "name", "parent_id", "owner", "country", "created_at", "activated_at", "valid_from"),
        *("segment", "channel"),
    ),
    "items": (
        *("customer_id", "subscription_id", "item_id", "product_id", "plan_id", "price_id", "starts_at", "ends_at"),
        *("quantity", "unit_amount", "currency", "interval", "discount_percent", "discount_amount", "discount_until"),
        *("item_type", "status", "trial_until", "cancel_requested_at"),
    ),
    "invoice_lines": (
        *("invoice_id", "line_id", "customer_id", "subscription_id", "item_id", "product_id", "plan_id", "amount"),
        *("currency", "quantity", "type", "period_start", "period_end", "proration", "discount", "tax", "issued_at"),
        "paid_at",
    ),
    "payments": ("payment_id", "customer_id", "invoice_id", "at", "amount", "currency", "status", "reason"),
    "usage": ("customer_id", "metric", "day", "quantity"),
    "touches": ("customer_id", "at", "offer", "channel", "outcome", "discount_percent"),
    "feedback": ("customer_id", "at", "kind", "respondent", "score", "open_to_more"),
    "limits": ("plan_id", "metric", "limit"),
    "rates": ("date", "currency", "rate"),
    "costs": ("month", "kind", "amount"),
}


@dataclass
class History:
    """The rows of one customer, by table."""

    customer_id: str
    tables: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)

    def add(self, table: str, *values: object) -> None:
        """Remember one row; its first column is the customer's id."""
        self.tables.setdefault(table, []).append((self.customer_id, *values))

    def extend(self, table: str, rows: list[tuple[object, ...]]) -> None:
        """Remember whole rows."""
        self.tables.setdefault(table, []).extend(rows)
