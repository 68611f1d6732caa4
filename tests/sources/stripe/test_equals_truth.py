"""The ledger of a synced account is, movement by movement to the cent, the ledger of the account's own record.

The accounts hold everything a Stripe account does (tests/stripe_account/company.py) and the record was kept by who
did it, not derived from objects. Changes of which Stripe keeps no day are expected where docs/stripe.md says that
they are booked. The full size, 2,000 customers over 30 months, runs with the benchmarks.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import upswell
from tests.sources.stripe.desk import Desk, desk_for, movements_of, movements_of_rows, new_workspace
from tests.sources.stripe.exporting import write_airbyte, write_tables
from tests.stripe_account.company import live_on, random_account
from tests.stripe_account.moments import DAY
from tests.stripe_account.server import KEY, serve

_GENERATIONS: Final = ("newest", "old", "mixed")


def _desk_equals(desk: Desk, policy: str | None = None) -> None:
    movements = desk.movements(policy)
    assert desk.workspace.quarantine() == []
    assert movements == desk.true_movements(policy)


@pytest.mark.parametrize("generation", _GENERATIONS)
def test_an_account_of_a_hundred_customers(tmp_path: Path, generation: str) -> None:
    company = random_account(101, customers=150, months=24, generation="old" if generation == "old" else "newest")
    with desk_for(company.account, tmp_path, generation="old" if generation == "old" else "newest") as desk:
        if generation == "mixed":
            desk.server.mixed(5)
        desk.sync()
        movements = desk.movements()
        assert len(movements) > 800
        assert {kind for _, _, _, _, _, kind, *_ in movements} >= {
            "new",
            "expansion",
            "contraction",
            "churn",
            "reactivation",
        }
        assert {driver for *_, driver, _, _ in movements} >= {"seats", "plan", "price", "addon", "usage", "discount"}
        _desk_equals(desk)


def test_an_account_that_leaves_who_cannot_pay_unpaid(tmp_path: Path) -> None:
    company = random_account(102, customers=100, months=14, dunning="unpaid")
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        _desk_equals(desk)
        assert {row["status"] for row in desk.items()} >= {"unpaid", "past_due", "paused", "trialing"}


@pytest.mark.parametrize("policy", ["stripe", "chargebee", "recurly"])
def test_other_policies_see_the_same_history(tmp_path: Path, policy: str) -> None:
    company = random_account(103, customers=60, months=12)
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        _desk_equals(desk, policy)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), generation=st.sampled_from(_GENERATIONS), months=st.integers(2, 9))
def test_random_small_accounts(
    tmp_path_factory: pytest.TempPathFactory, seed: int, generation: str, months: int
) -> None:
    company = random_account(seed, customers=20, months=months)
    folder = tmp_path_factory.mktemp("account")
    with desk_for(company.account, folder, generation="old" if generation == "old" else "newest") as desk:
        if generation == "mixed":
            desk.server.mixed(seed)
        desk.sync()
        _desk_equals(desk)


def test_daily_syncs_and_then_monthly_ones(tmp_path: Path) -> None:
    company = random_account(104, customers=30, months=5)
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        kinds = []
        for day in range(60):
            live_on(company, desk.account.now + DAY, arrivals=day % 5 == 0)
            desk.account.advance(desk.account.now + 7 * 3600)
            kinds.append(desk.sync().read.kind)
        assert set(kinds) == {"incremental"}
        _desk_equals(desk)
        for _ in range(3):
            live_on(company, desk.account.now + 31 * DAY, arrivals=2)
            assert desk.sync().read.kind == "full"
        _desk_equals(desk)


def test_a_sync_killed_at_ten_moments_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    company = random_account(105, customers=150, months=10)
    account = company.account
    with serve(account) as server:
        whole = Desk(tmp_path / "whole", server)
        whole.sync()
        requests = len(server.requests)
        killed = new_workspace(tmp_path / "killed", server.url)
        script = (
            "import os, sys\nfrom datetime import UTC, datetime\nimport upswell\n"
            "upswell.open(sys.argv[1]).sync(now=lambda: datetime.fromtimestamp(int(sys.argv[2]), UTC))\n"
        )
        deaths = 0
        for number in range(10):
            process = subprocess.Popen(
                [sys.executable, "-c", script, str(killed.folder), str(account.now)],
                env={"STRIPE_API_KEY": KEY, "PATH": "/usr/bin:/bin"},
                stderr=subprocess.PIPE,
            )
            server.at_request(1 + number * 7 % (requests // 8), process.kill)
            process.communicate(timeout=120)
            deaths += process.returncode < 0
        assert deaths == 10
        desk = Desk.__new__(Desk)
        desk.folder, desk.server, desk.account = tmp_path / "killed-desk", server, account
        desk.folder.mkdir()
        desk.synced, desk.workspace = [account.now], killed
        result = desk.sync()
        assert result.read.resumed
        assert desk.movements() == whole.movements()
        _desk_equals(desk)


@pytest.mark.parametrize("shape", ["airbyte", "tables", "tables with seconds"])
def test_exports_say_the_same_as_far_as_they_go(tmp_path: Path, shape: str) -> None:
    company = random_account(106, customers=60, months=12)
    now = datetime.fromtimestamp(company.account.now, UTC)
    if shape == "airbyte":
        write_airbyte(company.account, tmp_path / "export")
    else:
        write_tables(company.account, tmp_path / "export", times=shape == "tables")
    workspace = new_workspace(tmp_path / "workspace", "https://stripe.invalid")
    result = workspace.import_folder(tmp_path / "export", at=now)
    assert result.rows_held_back == 0
    # Nobody read events: what was changed silently appears with the next period.
    rows = company.account.truth.expected_items([company.account.now], events=False)
    assert movements_of(workspace, now) == movements_of_rows(tmp_path / "truth", rows, now)
    again = workspace.import_folder(tmp_path / "export", at=now)
    assert again.tables == ()


def test_the_key_is_nowhere(tmp_path: Path) -> None:
    company = random_account(107, customers=5, months=2)
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        desk.movements()
        found = [
            path for path in desk.workspace.folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()
        ]
        assert found == []
        assert upswell.open(desk.workspace.folder).book().book_id
