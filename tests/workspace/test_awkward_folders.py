"""A workspace is read and written where it stands, whatever the folders around it are called."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from upswell.errors import UsageError
from upswell.workspace import Workspace

JUNE = datetime(2025, 6, 1, tzinfo=UTC)


def built(folder: Path, price: str) -> Workspace:
    folder.mkdir(parents=True)
    path = folder / "items.csv"
    path.write_text(f"customer_id,plan_id,starts_at,unit_amount\nAcme,Team,2025-01-10,{price}\n", "utf-8")
    (folder / "customers.csv").write_text("customer_id,company\nAcme,The Acme Company\n", "utf-8")
    workspace = upswell.init(folder / "workspace")
    workspace.import_file(path, table="items")
    workspace.import_file(folder / "customers.csv", table="customers")
    workspace.build(as_of=JUNE)
    return workspace


@pytest.mark.parametrize("folder", ["mrr=5", "amount=7", "currency=EUR", "company=acme", "customer_key=3"])
def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path, folder: str) -> None:
    workspace = built(tmp_path / folder, "20.00")
    [row] = workspace.movements().to_pylist()
    assert (row["amount"], row["currency"], row["kind"]) == (Decimal("20.000000"), "USD", "new")
    [closing] = workspace.metrics("closing_mrr", by="company", month_from="2025-05").to_pylist()
    assert (closing["company"], closing["value"]) == ("The Acme Company", 20)


def test_a_folder_named_like_a_pattern_is_itself(tmp_path: Path) -> None:
    decoy, workspace = built(tmp_path / "co1", "99.00"), built(tmp_path / "co[1]", "20.00")
    assert [row["amount"] for row in workspace.movements().to_pylist()] == [20]
    assert [row["amount"] for row in decoy.movements().to_pylist()] == [99]


def test_a_question_never_moves_the_book_to_new_rows(tmp_path: Path) -> None:
    workspace = built(tmp_path / "co", "20.00")
    more = tmp_path / "more.csv"
    more.write_text("customer_id,plan_id,starts_at,unit_amount\nBolt,Team,2025-02-10,900.00\n", "utf-8")
    workspace.import_file(more, table="items")
    with pytest.raises(UsageError) as refused:
        workspace.metrics("closing_mrr", policy="recurly")
    assert refused.value.code == "policy_needs_build"
    assert workspace.metrics("closing_mrr", month_from="2025-05")["value"].to_pylist() == [20]


def test_a_book_says_how_many_rows_its_figures_lack(tmp_path: Path) -> None:
    workspace = built(tmp_path / "co", "20.00")
    assert workspace.book().held_back == 0
    bad = tmp_path / "bad.csv"
    bad.write_text('customer_id,plan_id,starts_at,unit_amount\nBolt,Team,2025-02-10,"1,200"\n', "utf-8")
    workspace.import_file(bad, table="items")
    assert workspace.build(as_of=JUNE).held_back == 1
