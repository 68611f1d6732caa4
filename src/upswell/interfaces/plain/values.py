"""How a single value is written.

json_text({"amount": Decimal("70.000000"), "date": date(2026, 1, 31)})
{"amount": "70.000000", "date": "2026-01-31"}
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from upswell.money.amount import exact_text

# Money is stored with 6 decimals; a figure converted at a rate can need up to 18, and keeps them.
MONEY_DECIMALS: Final = 6


def plain(value: Any) -> Any:
    """`value` as a JSON value: decimals as text, dates as ISO text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """`value` as a JSON document."""
    return json.dumps(value, default=plain, ensure_ascii=False, indent=indent)


def exact(amount: Decimal | None) -> str | None:
    """Money as text with every digit that matters."""
    return None if amount is None else exact_text(amount, decimals_min=MONEY_DECIMALS)


def number(value: Decimal | None) -> float | None:
    """A rate, which is no money: JSON readers expect a number, and 12 places survive a double."""
    return None if value is None else float(value)


def figure(value: Decimal | None, unit: str) -> str | int | float | None:
    """A figure by its unit: money as text, a count as an integer, any other as a number."""
    if value is None:
        return None
    match unit:
        case "money":
            return exact(value)
        case "count":
            return int(value)
        case _:
            return number(value)
