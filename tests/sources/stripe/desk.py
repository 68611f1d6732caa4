"""A workspace beside a served account: sync, build, and the ledger that the account's own record would give.

`Desk.movements()` and `Desk.true_movements()` are the same list when the connector is right: date, customer,
subscription, item, kind, driver and amount of every movement up to now.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import upswell
from tests.stripe_account.account import Account
from tests.stripe_account.server import KEY, Server, serve
from tests.stripe_account.shapes import API_VERSIONS
from tests.stripe_account.truth import FIELDS
from upswell.workspace import Workspace
from upswell.workspace.stripe import SyncResult

RATES = "date,currency,rate\n2020-01-01,EUR,1.10\n2020-01-01,JPY,0.0070\n"
Movement = tuple[str, ...]


class Desk:
    """One workspace for the account, one for its truth."""

    def __init__(self, folder: Path, server: Server, *, generation: str = "newest") -> None:
        self.folder = folder
        self.server = server
        self.account: Account = server.account
        self.synced: list[int] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.workspace = new_workspace(folder / "workspace", server.url, generation)

    def sync(self, *, full: bool = False) -> SyncResult:
        """Sync now, by the account's clock; waiting between tries is skipped."""
        with key_in_environment():
            result = self.workspace.sync(full=full, now=self.now, sleep=lambda _seconds: None)
        self.synced.append(self.account.now)
        return result

    def now(self) -> datetime:
        """The account's clock."""
        return datetime.fromtimestamp(self.account.now, UTC)

    def movements(self, policy: str | None = None) -> list[Movement]:
        """The ledger of what was synced."""
        return movements_of(self.workspace, self.now(), policy)

    def true_movements(self, policy: str | None = None, syncs: Sequence[int] | None = None) -> list[Movement]:
        """The ledger of the account's own record."""
        rows = self.account.truth.expected_items(self.synced if syncs is None else syncs)
        return movements_of_rows(self.folder / f"truth-{len(list(self.folder.iterdir()))}", rows, self.now(), policy)

    def items(self) -> list[dict[str, Any]]:
        """The item versions in force, as imported."""
        return items_of(self.workspace)


def new_workspace(folder: Path, url: str, generation: str = "newest") -> Workspace:
    """A workspace configured for the served account, with rates."""
    upswell.init(folder)
    version = API_VERSIONS[generation]
    with (folder / "upswell.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[sources.stripe]\nkind = "stripe"\napi_base = "{url}"\napi_version = "{version}"\n')
    workspace = upswell.open(folder)
    rates = folder / "rates.csv"
    rates.write_text(RATES, "utf-8")
    workspace.import_file(rates, table="rates")
    return workspace


@contextmanager
def desk_for(account: Account, folder: Path, *, generation: str = "newest") -> Iterator[Desk]:
    """The account, served, and a desk beside it."""
    with serve(account) as server:
        yield Desk(folder, server, generation=generation)


@contextmanager
def key_in_environment(key: str = KEY) -> Iterator[None]:
    """STRIPE_API_KEY as a user would export it."""
    former = os.environ.get("STRIPE_API_KEY")
    os.environ["STRIPE_API_KEY"] = key
    try:
        yield
    finally:
        if former is None:
            del os.environ["STRIPE_API_KEY"]
        else:
            os.environ["STRIPE_API_KEY"] = former


def movements_of(workspace: Workspace, as_of: datetime, policy: str | None = None) -> list[Movement]:
    """Every movement up to then, without what a rebuild would name otherwise."""
    workspace.build(as_of=as_of, policies=[policy] if policy else ())
    return [
        (
            str(row["date"]),
            row["customer_id"],
            row["subscription_id"],
            row["item_id"],
            row["plan_id"],
            row["kind"],
            str(row["driver"]),
            row["currency"],
            f"{row['amount']:f}",
        )
        for row in workspace.movements(policy=policy)
        .sort_by(
            [
                ("date", "ascending"),
                ("customer_id", "ascending"),
                ("item_id", "ascending"),
                ("kind", "ascending"),
                ("driver", "ascending"),
                ("plan_id", "ascending"),
                ("amount", "ascending"),
            ]
        )
        .to_pylist()
        if not row["scheduled"]
    ]


def movements_of_rows(
    folder: Path, rows: Sequence[dict[str, str]], as_of: datetime, policy: str | None = None
) -> list[Movement]:
    """The ledger of rows of the contract."""
    workspace = upswell.init(folder)
    for name, table, text in (("rates.csv", "rates", RATES), ("items.csv", "items", _csv(folder, rows))):
        path = folder / name
        if name == "rates.csv":
            path.write_text(text, "utf-8")
        workspace.import_file(path, table=table)
    assert workspace.quarantine() == [], workspace.quarantine()[0]
    return movements_of(workspace, as_of, policy)


def _csv(folder: Path, rows: Sequence[dict[str, str]]) -> str:
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return "items.csv"


def items_of(workspace: Workspace) -> list[dict[str, Any]]:
    """The item rows in force for the current book, in order."""
    with workspace._inputs_of(workspace.book()) as connection:
        found = connection.execute("select * from current_items order by customer_id, item_id, starts_at")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
