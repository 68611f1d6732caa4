"""`sync`, `refresh`, `reconcile` and `import DIR --as stripe` as a person types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.command import upswell_command
from tests.sources.stripe.desk import Desk, desk_for
from tests.sources.stripe.exporting import write_tables
from tests.stripe_account.account import Account
from tests.stripe_account.moments import at
from tests.stripe_account.server import KEY

ENV = {"STRIPE_API_KEY": KEY}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    account = Account(at("2026-01-10"))
    team = account.create_price(account.create_product("Team"), 2000)
    subscription = account.subscribe(account.create_customer("Acme"), [(team, 5)])
    account.advance(at("2026-02-20"))
    account.change(subscription, subscription.items[0], quantity=8)
    account.advance(at("2026-03-15"))
    with desk_for(account, tmp_path) as opened:
        yield opened


def test_sync_then_build_then_reconcile(desk: Desk) -> None:
    folder = desk.workspace.folder
    synced = upswell_command("-w", folder, "sync", "stripe", env=ENV)
    assert (synced.code, synced.err) == (0, "")
    assert ["invoices", "3", "3", "0"] in [line[:4] for line in synced.lines()] or "invoices" in synced.out
    assert "items: 2 added, 0 changed, 0 unchanged, 0 withdrawn, 0 held back" in synced.out
    assert upswell_command("-w", folder, "build", "--as-of", "2026-03-15").code == 0
    found = upswell_command("-w", folder, "reconcile", "--month", "2026-01", "--month", "2026-02", "--details", 1)
    assert found.code == 0
    assert ["timing", "-60.00", "1", "item"] in found.lines()
    assert ["cus_0000001", "sub_0000001", "si_0000001", "-60.00"] in [line[:4] for line in found.lines()]
    assert found.out.count("unexplained") == 14


def test_reconcile_as_json_and_csv_and_its_exit_code(desk: Desk) -> None:
    folder = desk.workspace.folder
    upswell_command("-w", folder, "sync", "stripe", env=ENV)
    upswell_command("-w", folder, "build", "--as-of", "2026-03-15")
    asked = ("reconcile", "--against", "stripe", "--month", "2026-02", "--format")
    [month] = upswell_command("-w", folder, *asked, "json").json()
    closing = month["bridges"][0]
    assert (month["explained"], closing["stripe"], closing["ours"], closing["unexplained"]) == (
        True,
        "160.000000",
        "160.000000",
        "0.000000",
    )
    rows = upswell_command("-w", folder, *asked, "csv").csv()
    assert {row["amount"] for row in rows if row["part"] == "unexplained"} == {"0.000000"}
    # A row that somebody changed by hand: three cents of one customer that Stripe knows nothing of.
    changed = folder / "stripe-items.parquet"
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as connection:
        connection.execute(f"""copy (select 'cus_0000001' as customer_id, 'sub_0000001' as subscription_id,
            'si_0000001' as item_id, 'prod_0000001' as plan_id, 'price_0000001' as price_id,
            '2026-02-20T00:00:00Z' as starts_at, '8' as quantity, '20.01' as unit_amount)
            to '{changed}' (format parquet)""")
    assert upswell_command("-w", folder, "import", changed, "--as", "items", "--source", "stripe").code == 0
    upswell_command("-w", folder, "build", "--as-of", "2026-03-15")
    refused = upswell_command("-w", folder, *asked, "table")
    assert refused.code == 1
    assert "0.08" in next(line for line in refused.out.splitlines() if line.startswith("unexplained"))
    assert "cus_0000001 sub_0000001 si_0000001" in refused.out


def test_refresh_says_a_line_a_step(desk: Desk) -> None:
    said = upswell_command("-w", desk.workspace.folder, "refresh", env=ENV)
    assert said.code == 0
    assert [line.split()[1] for line in said.err.splitlines()] == ["sync", "build:", "check:"]


def test_refresh_without_a_source_or_a_key(tmp_path: Path, desk: Desk) -> None:
    upswell_command("init", tmp_path / "plain")
    none = upswell_command("-w", tmp_path / "plain", "refresh")
    assert (none.code, "no source to refresh" in none.err) == (2, True)
    keyless = upswell_command("-w", desk.workspace.folder, "sync", "stripe", env={"STRIPE_API_KEY": ""})
    assert (keyless.code, "no Stripe API key is given" in keyless.err) == (2, True)


def test_a_folder_of_exports(tmp_path: Path, desk: Desk) -> None:
    write_tables(desk.account, tmp_path / "export")
    upswell_command("init", tmp_path / "plain")
    imported = upswell_command("-w", tmp_path / "plain", "import", tmp_path / "export", "--as", "stripe")
    assert (imported.code, "items: 2 added" in imported.out) == (0, True)
    wrong = upswell_command("-w", tmp_path / "plain", "import", tmp_path / "export", "--as", "stripe", "--replace")
    assert (wrong.code, "as one folder" in wrong.err) == (2, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    lacking = upswell_command("-w", tmp_path / "plain", "import", empty, "--as", "stripe")
    assert (lacking.code, "remedy:" in lacking.err) == (4, True)


def test_doctor_and_backup_know_of_the_source(tmp_path: Path, desk: Desk) -> None:
    folder = desk.workspace.folder
    upswell_command("-w", folder, "sync", "stripe", env=ENV)
    key = folder / "sources" / "stripe.key"
    key.write_text(KEY, "utf-8")
    assert "stripe: last synced" in upswell_command("-w", folder, "doctor").out
    assert upswell_command("-w", folder, "backup", tmp_path / "b.tar.gz").code == 0
    assert upswell_command("-w", tmp_path / "restored", "restore", tmp_path / "b.tar.gz").code == 0
    restored = {path.name for path in (tmp_path / "restored" / "sources").rglob("*") if path.is_file()}
    assert restored == {"landing.duckdb"}
    assert upswell_command("-w", tmp_path / "restored", "build", "--as-of", "2026-03-15").code == 0
    assert upswell_command("-w", tmp_path / "restored", "reconcile", "--month", "2026-02").code == 0
