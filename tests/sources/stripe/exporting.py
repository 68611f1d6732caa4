"""Writes an account as the tables that exports of it would hold, each shape with its own names.

`airbyte`: a stream a table, the API's columns, nested values as JSON text. `tables`: Stripe's own and Fivetran's way,
flat columns, ids as `price_id`, times as text. Both from the newest generation of the account's JSON.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.stripe_account.account import Account
from tests.stripe_account.shapes import Shapes

_EXPAND = frozenset({"discounts", "lines.discounts", "tiers", "currency_options"})
_KINDS = {
    "products": "product",
    "prices": "price",
    "tax_rates": "tax_rate",
    "coupons": "coupon",
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoice_items": "pending",
    "invoice_payments": "payment",
    "credit_notes": "credit_note",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
}


def write_airbyte(account: Account, folder: Path) -> None:
    """One NDJSON-like CSV a stream; lines and items are streams too."""
    for name, objects in _objects(account).items():
        _write(
            folder / f"stripe_api_{name}.csv",
            (
                {key: _text(value) for key, value in each.items()} | {"_airbyte_extracted_at": "2026-03-01 00:00:00"}
                for each in objects
            ),
        )


def write_tables(account: Account, folder: Path, *, times: bool = True) -> None:
    """Flat tables: every reference as NAME_id, nested objects as prefixed columns, times as text (or seconds)."""
    for name, objects in _objects(account).items():
        _write(folder / f"{name}.csv", (_flat(each, times) for each in objects))
    discounts = [Shapes(account, "newest").discount(each, frozenset()) for each in account.objects["discount"].values()]
    _write(
        folder / "discounts.csv",
        (
            {
                "id": each["id"],
                "coupon_id": each["source"]["coupon"],
                "customer_id": each["customer"],
                "subscription_id": each["subscription"],
                "subscription_item_id": each["subscription_item"],
                "start": _moment(each["start"], times),
                "end": _moment(each["end"], times),
            }
            for each in discounts
        ),
    )


def _objects(account: Account) -> dict[str, list[dict[str, Any]]]:
    shapes = Shapes(account, "newest")
    found = {
        name: [shapes.write(kind, thing, _EXPAND) for thing in account.objects[kind].values()]
        for name, kind in _KINDS.items()
    }
    found["invoice_line_items"] = [
        shapes.line(line, invoice, _EXPAND) for invoice in account.objects["invoice"].values() for line in invoice.lines
    ]
    found["subscription_items"] = [
        item for subscription in account.objects["subscription"].values() for item in shapes.items(subscription)
    ]
    for subscription in found["subscriptions"]:
        del subscription["items"]
    for invoice in found["invoices"]:
        del invoice["lines"]
    return found


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


_TIMES = {
    "created",
    "start_date",
    "ended_at",
    "canceled_at",
    "cancel_at",
    "trial_start",
    "trial_end",
    "current_period_start",
    "current_period_end",
    "date",
    "next_payment_attempt",
    "finalized_at",
    "paid_at",
    "voided_at",
    "marked_uncollectible_at",
    "start",
    "end",
}
_REFERENCES = {"customer", "product", "price", "invoice", "subscription", "charge", "payment_intent", "latest_invoice"}
_KEPT_AS_JSON = {"metadata", "discount_amounts", "discounts", "taxes", "tiers", "default_tax_rates", "currency_options"}


def _flat(each: Mapping[str, Any], times: bool, prefix: str = "") -> dict[str, Any]:  # noqa: C901 -- a case a kind of column
    row: dict[str, Any] = {}
    for key, value in each.items():
        column = f"{prefix}{key}"
        if key in _KEPT_AS_JSON:
            row[column] = _text(value)
        elif key == "parent" and value:
            details = (
                value.get("subscription_item_details")
                or value.get("invoice_item_details")
                or value.get("subscription_details")
            )
            for name in ("subscription", "subscription_item", "invoice_item"):
                row[f"{name}_id"] = (details or {}).get(name)
            if "proration" in (details or {}):
                row["proration"] = details["proration"]
        elif key == "pricing" and value:
            row["price_id"] = value["price_details"]["price"]
            row["unit_amount_decimal"] = value["unit_amount_decimal"]
        elif key in ("price", "plan") and isinstance(value, dict) and "id" in value:
            row[f"{key}_id"] = value["id"]
        elif key in _REFERENCES and not isinstance(value, dict):
            row.setdefault(f"{column}_id", value)
        elif key == "payment" and isinstance(value, dict):
            row["payment_intent_id"] = value["payment_intent"]
        elif isinstance(value, dict):
            row |= _flat(value, times, f"{column}_")
        elif key in _TIMES:
            row[column] = _moment(value, times)
        elif not isinstance(value, list):
            row[column] = value
    return row


def _moment(value: int | None, times: bool) -> Any:
    if value is None or not times:
        return value
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or ["id"])
        writer.writeheader()
        writer.writerows(listed)
