"""Short words for histories worked out by hand.

>>> booked(run([item("2026-03-01", quantity="3", unit_amount="20.00")]))
[('2026-03-01', 'new', None, '60')]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from .ledger import STRICT, ItemRow, OracleMovement, OraclePolicy, movements

LATER = datetime(2030, 1, 1, tzinfo=UTC)
Booked = tuple[str, str, str | None, str]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def item(start: str, end: str | None = None, **terms: object) -> ItemRow:
    """A monthly version of 1 x 100.00 of product p on plan p, unless told otherwise."""
    known: dict[str, object] = {
        "customer_id": "a",
        "subscription_id": "s1",
        "item_id": "i1",
        "product_id": "p",
        "price_id": None,
        "quantity": "1",
        "unit_amount": "100.00",
        "mrr": None,
        "currency": "USD",
        "interval": "month",
        "interval_count": 1,
        "discount_percent": None,
        "discount_amount": None,
        "discount_until": None,
        "item_type": "plan",
        "status": "active",
        "trial_until": None,
        "cancel_requested_at": None,
        "row": 1,
    } | terms
    known.setdefault("plan_id", known["product_id"])
    if known["mrr"] is not None:
        known["unit_amount"] = None
    for name in ("quantity", "unit_amount", "mrr", "discount_percent", "discount_amount"):
        if isinstance(known[name], str):
            known[name] = Decimal(str(known[name]))
    for name in ("discount_until", "trial_until", "cancel_requested_at"):
        if isinstance(known[name], str):
            known[name] = at(str(known[name]))
    return ItemRow(starts_at=at(start), ends_at=at(end) if end else None, **known)  # type: ignore[arg-type]


def run(
    items: Sequence[ItemRow],
    *,
    policy: OraclePolicy = STRICT,
    as_of: datetime = LATER,
    timezone: str = "UTC",
    rates: Mapping[str, Sequence[tuple[date, Decimal]]] | None = None,
) -> list[OracleMovement]:
    return movements(
        items,
        policy=policy,
        as_of=as_of,
        timezone=timezone,
        workspace_currency="USD",
        rates=rates or {},
    )


def booked(found: Sequence[OracleMovement], *, since: str = "2026-02-01") -> list[Booked]:
    """(date, kind, driver, amount) of the rows from a day on, in a stable order."""
    return sorted(
        (
            (f"{one.date}", one.kind, one.driver, f"{one.amount.normalize():f}")
            for one in found
            if f"{one.date}" >= since
        ),
        key=str,
    )
