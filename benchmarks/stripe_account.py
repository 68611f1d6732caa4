"""Stripe in the benchmarks: an account in a process of its own, a bare loop of the SDK, a sync, and the full proof.

python -m benchmarks.stripe_account serve 500 12 1 newest     prints its address, serves until stdin closes
python -m benchmarks.stripe_account loop http://127.0.0.1:...  the SDK's own paging over the same lists, seconds
python -m benchmarks.stripe_account sync http://127.0.0.1:...  a full sync into a landing file, seconds
python -m benchmarks.stripe_account prove 2000 30 1 newest     the ledger against the account's record, and reconcile
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import stripe

from tests.sources.stripe.desk import desk_for
from tests.sources.stripe.exporting import write_airbyte, write_tables
from tests.stripe_account.company import random_account
from tests.stripe_account.server import KEY, serve
from upswell.sources.stripe.client import StripeClient
from upswell.sources.stripe.credentials import Secret
from upswell.sources.stripe.landing import Landing
from upswell.sources.stripe.lists import EVENTS, LISTS
from upswell.sources.stripe.sync import AccountReader


def serve_account(customers: int, months: int, seed: int) -> None:
    company = random_account(seed, customers=customers, months=months)
    with serve(company.account) as server:
        print(server.url, flush=True)
        sys.stdin.read()


def bare_loop(url: str) -> float:
    """Every list to its end, as the SDK's own paging gives it; nothing is kept."""
    client = stripe.StripeClient(KEY, base_addresses={"api": url})
    started = time.perf_counter()
    for each in (*LISTS, EVENTS):
        parameters: dict[str, object] = {"limit": 100, **each.parameters}
        if each.expand:
            parameters["expand"] = [f"data.{path}" for path in each.expand]
        page = getattr(client.v1, _SERVICES.get(each.name, each.name)).list(parameters)
        for _ in page.auto_paging_iter():
            pass
    return time.perf_counter() - started


_SERVICES = {"invoiceitems": "invoice_items"}


def synced(url: str) -> float:
    with tempfile.TemporaryDirectory(prefix="upswell-bench-") as folder, Landing(Path(folder)) as landing:
        client = StripeClient(Secret(KEY, "the benchmark"), base=url)
        started = time.perf_counter()
        AccountReader(client, landing).read()
        return time.perf_counter() - started


def prove(customers: int, months: int, seed: int, generation: str) -> None:
    """The account's ledger by sync and by export equals its record; every month reconciles to 0."""
    company = random_account(seed, customers=customers, months=months)
    account = company.account
    if generation in ("airbyte", "tables"):
        _prove_export(company.account, generation)
        return
    with (
        tempfile.TemporaryDirectory(prefix="upswell-bench-") as folder,
        desk_for(account, Path(folder) / "desk", generation="old" if generation == "old" else "newest") as desk,
    ):
        if generation == "mixed":
            desk.server.mixed(seed)
        desk.sync()
        movements, truth = desk.movements(), desk.true_movements()
        held = len(desk.workspace.quarantine())
        found = desk.workspace.reconcile(_months(months), now=desk.now)
        left = [month.month for month in found if not month.is_explained]
        print(f"{generation}: {len(movements):,} movements, equal to the record: {movements == truth}", end="; ")
        print(f"{held} rows held back; {len(found)} months reconciled, not explained: {left or 'none'}", flush=True)


def _prove_export(account: object, shape: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from tests.sources.stripe.desk import movements_of, movements_of_rows, new_workspace  # noqa: PLC0415
    from tests.stripe_account.account import Account  # noqa: PLC0415

    assert isinstance(account, Account)
    now = datetime.fromtimestamp(account.now, UTC)
    with tempfile.TemporaryDirectory(prefix="upswell-bench-") as scratch:
        folder = Path(scratch)
        (write_airbyte if shape == "airbyte" else write_tables)(account, folder / "export")
        workspace = new_workspace(folder / "workspace", "https://stripe.invalid")
        workspace.import_folder(folder / "export", at=now)
        truth = movements_of_rows(folder / "truth", account.truth.expected_items([account.now], events=False), now)
        movements = movements_of(workspace, now)
        print(f"{shape}: {len(movements):,} movements, equal to the record: {movements == truth}", flush=True)


def _months(count: int) -> list[str]:
    from upswell.metrics.months import Month  # noqa: PLC0415

    return [str(month) for month in Month.parse("2026-02").last_of(count)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", customers, months, seed]:
            serve_account(int(customers), int(months), int(seed))
        case ["loop", url]:
            print(bare_loop(url))
        case ["sync", url]:
            print(synced(url))
        case ["prove", customers, months, seed, generation]:
            prove(int(customers), int(months), int(seed), generation)
        case _:
            raise SystemExit(__doc__)
