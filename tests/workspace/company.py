"""A workspace from a few lines of CSV, for tests that are about the workspace and not about the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import upswell

HEADINGS: Final = "customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,currency"
ROWS: Final = """
Acme,Team,2025-01-10,2025-03-15,5,20.00,
Acme,Team,2025-03-15,,8,20.00,
Bolt,Team,2025-02-01,,3,20.00,
"""
JUNE: Final = datetime(2025, 6, 1, tzinfo=UTC)


def workspace_of(folder: Path, rows: str = ROWS, *, rates: str = "", policy: str = "strict") -> upswell.Workspace:
    """A new workspace in `folder` with item rows, and rates (`date,currency,rate`) if given, imported."""
    workspace = upswell.init(folder, policy=policy)
    add_rows(workspace, rows)
    if rates:
        path = folder.with_name("rates.csv")
        path.write_text(f"date,currency,rate\n{rates.strip()}\n", encoding="utf-8")
        workspace.import_file(path, table="rates")
    return workspace


def add_rows(workspace: upswell.Workspace, rows: str, *, name: str = "items.csv") -> None:
    """Import more item rows; none may be held back."""
    path = workspace.folder.with_name(name)
    path.write_text(f"{HEADINGS}\n{rows.strip()}\n", encoding="utf-8")
    assert workspace.import_file(path, table="items").held_back == 0


def settings(workspace: upswell.Workspace, text: str) -> upswell.Workspace:
    """Write upswell.toml anew and open the workspace again."""
    (workspace.folder / "upswell.toml").write_text(text, encoding="utf-8")
    return upswell.open(workspace.folder)
