"""The demo company: real import files of a simulated business, imported like a user's own.

ChurnSim's subscriptions (13,840 intervals of 1,099 accounts, 2022-01 to 2023-12) and accounts become a workspace
with a book as of the end of 2023, so that December 2023 is its last complete month.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from importlib import resources
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
    workspace.build(as_of=_AS_OF, policies=["recurly"], progress=progress)


def _unpack(folder: Path) -> dict[str, Path]:
    packed = resources.files("upswell.sources") / "churnsim"
    paths = {name: folder / f"{name}.csv.gz" for name in ("subscriptions", "accounts")}
    with storage_errors(folder):
        folder.mkdir()
        for path in paths.values():
            with (packed / path.name).open("rb") as origin, path.open("wb") as copy:
                shutil.copyfileobj(origin, copy)
    return paths
