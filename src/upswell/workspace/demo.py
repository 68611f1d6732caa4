"""The demo company: real import files of a simulated business, imported like a user's own.

ChurnSim's subscriptions (13,840 intervals of 1,099 accounts, 2022-01 to 2023-12), accounts and use become a workspace
with a book as of the end of 2023, so that December 2023 is its last complete month. ChurnSim counts use by billing
period: each figure is dated the last day of its period, since nobody knew it before.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from datetime import date, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError
from upswell.workspace.core import Progress, Workspace, init

ITEMS_MAPPING: Final = {
    "customer_id": "account_id",
    "starts_at": "start_date",
    "ends_at": "end_date",
    "plan_id": "product",
    "product_id": "product",
    "mrr": "mrr",
}
CUSTOMERS_MAPPING: Final = {"customer_id": "account_id", "created_at": "signup_date"}
_AS_OF: Final = datetime(2024, 1, 1)  # noqa: DTZ001 -- local midnight of the workspace: the end of December 2023


def make_demo(folder: Path, *, progress: Progress | None = None) -> Workspace:
    """A new workspace in `folder` with ChurnSim imported and built; its files lie in `folder/files`.

    Raises `WorkspaceError` when the folder already is a workspace or cannot be written.
    """
    workspace = init(folder)
    fill(workspace, progress=progress)
    return workspace


def fill(workspace: Workspace, *, progress: Progress | None = None) -> None:
    """Import the demo company into a workspace that holds nothing yet, and build. Raises `UsageError` if it does."""
    if workspace.imports():
        raise UsageError(
            "the demo company is for a workspace that holds nothing yet",
            code="workspace_not_empty",
            found=f"{len(workspace.imports())} imports",
            remedy="make it in a folder of its own: `upswell demo DIR`",
        )
    files = _unpack(workspace.folder / "files")
    workspace.import_file(files["subscriptions"], table="items", mapping=ITEMS_MAPPING, progress=progress)
    workspace.import_file(files["accounts"], table="customers", mapping=CUSTOMERS_MAPPING, progress=progress)
    workspace.import_file(files["usage"], table="usage", progress=progress)
    workspace.build(as_of=_AS_OF, policies=["recurly"], progress=progress)


def _unpack(folder: Path) -> dict[str, Path]:
    packed = resources.files("upswell.sources") / "churnsim"
    paths = {name: folder / f"{name}.csv.gz" for name in ("subscriptions", "accounts")}
    with storage_errors(folder):
        folder.mkdir()
        for path in paths.values():
            with (packed / path.name).open("rb") as origin, path.open("wb") as copy:
                shutil.copyfileobj(origin, copy)
        paths["usage"] = folder / "usage.csv.gz"
        _unpack_usage(packed / "monthly_usage.csv.gz", paths["usage"])
    return paths


def _unpack_usage(origin: Traversable, target: Path) -> None:
    """One row for each account, metric and period with some use, where ChurnSim has a column for each metric."""
    with (
        origin.open("rb") as packed,
        gzip.open(packed, "rt", encoding="utf-8", newline="") as wide,
        target.open("wb") as file,
        # Without a name and a time of its own the same file comes out each time.
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=1, mtime=0) as narrow,
        io.TextIOWrapper(narrow, encoding="utf-8", newline="") as text,
    ):
        rows, out = csv.reader(wide), csv.writer(text)
        _, _, _, *metrics = next(rows)
        out.writerow(("customer_id", "metric", "day", "quantity"))
        for account, _, end, *quantities in rows:
            last_day = date.fromisoformat(end) - timedelta(days=1)
            out.writerows(
                (account, metric, last_day, quantity)
                for metric, quantity in zip(metrics, quantities, strict=True)
                if quantity not in ("0", "0.0")
            )
