"""A company whose price review can be worked out in the head, as rows of a billing export.

Team lists at 20.00 a seat and month; it was 18.00 until May 2024. Three sales of 2025 are at the list, so it is known.

    Acme   5 seats at 18.00 since 2024-02, 10 % off without an end   5 x 20 = 100 -> 90 -> 81.00
    Bolt   10 seats at 20.00, 25.00 off until 2026-03                200 -> 175.00
    Cid    4 seats at 17.00 since 2025-03: negotiated                80 -> 68.00
    Dot    2 seats at 20.00, and the add-on Reports at 30.00         40.00 + 30.00
    Eve    1 seat at 20.00; a year of Reports for 240.00             20.00 + 20.00
    Fin    gives its MRR as a whole: 55.00                           no list price

as of 2026-01-10, so that 2025-12 is the last complete month. MRR: 81 + 175 + 68 + 70 + 40 + 55 = 489.00.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import upswell

AS_OF: Final = datetime(2026, 1, 10, tzinfo=UTC)
HEADINGS: Final = (
    "customer_id,product_id,plan_id,price_id,starts_at,ends_at,quantity,unit_amount,mrr,interval,currency,"
    "discount_percent,discount_amount,discount_until,item_type"
)
ITEMS: Final = """
Acme,crm,Team,,2024-02-01,,5,18.00,,,,10,,,
Old,crm,Team,,2024-05-01,2024-07-01,1,20.00,,,,,,,
Bolt,crm,Team,,2025-01-05,,10,20.00,,,,,25.00,2026-03-01,
Cid,crm,Team,,2025-03-01,,4,17.00,,,,,,,
Dot,crm,Team,,2025-06-01,,2,20.00,,,,,,,
Dot,reports,Reports,,2025-07-01,,1,30.00,,,,,,,addon
Eve,crm,Team,,2025-08-01,,1,20.00,,,,,,,
Eve,reports,Reports,,2025-09-01,,1,240.00,,year,,,,,addon
Fin,crm,Team,,2025-09-01,,,,55.00,,,,,,
Gus,crm,Team,,2026-01-05,,9,99.00,,,,,,,
"""
CUSTOMERS: Final = """customer_id,name,country
Acme,Acme Ltd,DE
Bolt,Bolt AG,DE
Cid,Cid SA,FR
"""


def workspace_of(
    folder: Path, items: str = ITEMS, *, customers: str = CUSTOMERS, settings: str = "", as_of: datetime = AS_OF
) -> upswell.Workspace:
    """A workspace with these rows, built as of `as_of`; no row may be held back."""
    workspace = upswell.init(folder / "work")
    toml = folder / "work" / "upswell.toml"
    toml.write_text(toml.read_text("utf-8") + settings, encoding="utf-8")
    workspace = upswell.open(folder / "work")
    import_text(workspace, "items", f"{HEADINGS}\n{items.strip()}\n")
    if customers:
        import_text(workspace, "customers", customers)
    workspace.build(as_of=as_of)
    return workspace


def import_text(workspace: upswell.Workspace, table: str, text: str) -> None:
    """Import the text of a CSV file as rows of a table."""
    path = workspace.folder.with_name(f"{table}.csv")
    path.write_text(text, encoding="utf-8")
    assert workspace.import_file(path, table=table).held_back == 0


def rows_of(workspace: upswell.Workspace, section: str, **asked: Any) -> list[dict[str, Any]]:
    """The rows of a section."""
    return list(workspace.pricing(section, **asked).to_pylist())


def short(row: dict[str, Any], *names: str) -> list[str | None]:
    """Figures of a row as short texts."""
    return [None if row[name] is None else f"{row[name].normalize():f}" for name in names]
