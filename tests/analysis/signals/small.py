"""Small companies whose signals can be worked out in the head."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import upswell

DAY: Final = date(2025, 6, 11)
HEADINGS: Final = (
    "customer_id,product_id,plan_id,starts_at,ends_at,quantity,unit_amount,currency,interval,item_type,status,"
    "trial_until,discount_percent,discount_amount,discount_until"
)


def workspace_of(folder: Path, items: str, *, settings: str = "", as_of: date = date(2025, 9, 1), **more: str) -> Any:
    """A workspace with item rows and, by table, whole files."""
    workspace = upswell.init(folder / "w")
    toml = folder / "w" / "upswell.toml"
    toml.write_text(toml.read_text("utf-8") + settings, encoding="utf-8")
    workspace = upswell.open(folder / "w")
    for table, text in {"items": f"{HEADINGS}\n{items}", **more}.items():
        path = folder / f"{table}.csv"
        path.write_text(text.strip() + "\n", encoding="utf-8")
        assert workspace.import_file(path, table=table).held_back == 0
    workspace.build(as_of=datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    return workspace


def calls(customer: str, *used: tuple[str, int], metric: str = "calls") -> str:
    return "\n".join(f"{customer},{metric},{day},{quantity}" for day, quantity in used)


def pressed_company(folder: Path) -> Any:
    """Five customers of a plan with 40,000 calls a month.

    Acme makes 27,000, 30,000 and 33,000 calls in March, April and May, and 9,800 in the first week of June; Bolt the
    same without June; Full 40,000 in May; Even 500 a month; Idle none.
    """
    months = [("2025-03-31", 27000), ("2025-04-30", 30000), ("2025-05-31", 33000)]
    usage = "\n".join(
        (
            "customer_id,metric,day,quantity",
            calls("Acme", *months, ("2025-06-07", 9800)),
            calls("Bolt", *months),
            calls("Full", ("2025-05-31", 40000)),
            calls("Even", *((day, 500) for day, _ in months)),
        )
    )
    items = "\n".join(
        f"{name},crm,Team,2025-01-01,,3,20.00,,,,,,,," for name in ("Acme", "Bolt", "Full", "Even", "Idle")
    )
    limits = "plan_id,metric,limit\nTeam,calls,40000"
    return workspace_of(folder, items, usage=usage, limits=limits)
