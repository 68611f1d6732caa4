"""Folders of exported tables: found by their names, refused with one clear error, bad rows held back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import upswell
from upswell.errors import InputError, NotFoundError
from upswell.workspace import Workspace

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = {
    "prices.csv": "id,product_id,currency,unit_amount,recurring_interval,recurring_interval_count,"
    "recurring_usage_type\n"
    "price_1,prod_1,usd,2000,month,1,licensed\n",
    "subscriptions.csv": "id,customer_id,status,currency,created,start_date,ended_at,cancel_at_period_end\n"
    "sub_1,cus_1,active,usd,2026-01-10 00:00:00,2026-01-10 00:00:00,,false\n",
    "subscription_items.csv": "id,subscription_id,price_id,quantity,created,current_period_end\n"
    "si_1,sub_1,price_1,8,2026-01-10 00:00:00,2026-03-10 00:00:00\n",
    "invoices.csv": "id,customer_id,subscription_id,status,billing_reason,created,currency\n"
    "in_1,cus_1,sub_1,paid,subscription_create,2026-01-10 00:00:00,usd\n"
    "in_2,cus_1,sub_1,paid,subscription_cycle,2026-02-10 00:00:00,usd\n",
    "invoice_line_items.csv": "id,invoice_id,subscription_id,subscription_item_id,price_id,amount,currency,quantity,"
    "proration,period_start,period_end\n"
    "il_1,in_1,sub_1,si_1,price_1,10000,usd,5,false,2026-01-10 00:00:00,2026-02-10 00:00:00\n"
    "il_2,in_2,sub_1,si_1,price_1,16000,usd,8,false,2026-02-10 00:00:00,2026-03-10 00:00:00\n",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return upswell.init(tmp_path / "workspace")


def _folder(root: Path, **changed: str | None) -> Path:
    folder = root / "export"
    folder.mkdir()
    for name, text in TABLES.items():
        given = changed.get(name.removesuffix(".csv"), text)
        if given is not None:
            (folder / name).write_text(given, "utf-8")
    return folder


def _movements(workspace: Workspace) -> list[tuple[str, str, str]]:
    workspace.build(as_of=NOW)
    rows = workspace.movements().to_pylist()
    return [(str(row["date"]), row["kind"], f"{row['amount']:.2f}") for row in rows if not row["scheduled"]]


def test_a_small_folder(workspace: Workspace, tmp_path: Path) -> None:
    result = workspace.import_folder(_folder(tmp_path), at=NOW)
    assert _movements(workspace) == [("2026-01-10", "new", "100.00"), ("2026-02-10", "expansion", "60.00")]
    assert {notice.split(":")[0] for notice in result.read.notices} >= {
        *(
            "products",
            "tax_rates",
            "coupons",
            "discounts",
            "customers",
            "invoice_items",
            "credit_notes",
            "charges",
            "refunds",
        ),
    }


@pytest.mark.parametrize("name", ["stripe_invoices.csv", "Invoice.csv", "invoices/part-0.csv"])
def test_tables_go_by_several_names(workspace: Workspace, tmp_path: Path, name: str) -> None:
    folder = _folder(tmp_path, invoices=None)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(TABLES["invoices.csv"], "utf-8")
    workspace.import_folder(folder, at=NOW)
    assert len(_movements(workspace)) == 2


def test_what_a_later_export_lacks_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    workspace.import_folder(folder, at=NOW)
    text = TABLES["invoice_line_items.csv"].replace("10000,usd,5", "6000,usd,3")
    (folder / "invoice_line_items.csv").write_text(text, "utf-8")
    result = workspace.import_folder(folder, at=NOW)
    assert _movements(workspace)[0] == ("2026-01-10", "new", "60.00")
    assert [table.table for table in result.tables] == ["items", "invoice_lines"]


def test_rows_that_cannot_be_understood_are_held_back(workspace: Workspace, tmp_path: Path) -> None:
    bad = "il_3,in_2,sub_1,si_1,price_1,1,usd,8,false,yesterday,2026-03-10 00:00:00\n,in_2,,,,5,usd,1,false,,\n"
    folder = _folder(tmp_path, invoice_line_items=TABLES["invoice_line_items.csv"] + bad)
    result = workspace.import_folder(folder, at=NOW)
    assert result.rows_held_back == 2
    assert [(f.file, f.row, f.column, f.code, f.found) for f in result.read.findings] == [
        ("invoice_line_items.csv", 4, "period_start", "bad_time", "yesterday"),
        ("invoice_line_items.csv", 5, "id", "missing_value", None),
    ]
    assert len(_movements(workspace)) == 2


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("prices",), "prices or plans"),
        (("subscriptions", "invoices"), "subscriptions, invoices"),
    ],
)
def test_a_folder_that_lacks_tables_names_them_all(
    workspace: Workspace, tmp_path: Path, missing: tuple[str, ...], named: str
) -> None:
    with pytest.raises(InputError) as refused:
        workspace.import_folder(_folder(tmp_path, **dict.fromkeys(missing)), at=NOW)
    assert (refused.value.code, refused.value.message) == ("export_tables_missing", f"export lacks tables: {named}")


def test_no_folder_no_reading_no_id(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        workspace.import_folder(tmp_path / "absent", at=NOW)
    folder = _folder(tmp_path, subscriptions="customer_id,status\ncus_1,active\n")
    with pytest.raises(InputError, match="subscriptions lack a column: id"):
        workspace.import_folder(folder, at=NOW)
    (folder / "subscriptions.csv").unlink()
    (folder / "subscriptions.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError) as refused:
        workspace.import_folder(folder, at=NOW)
    assert (refused.value.code, refused.value.where) == ("parquet_corrupt", "subscriptions.parquet")
    with pytest.raises(NotFoundError, match="no source"):
        workspace.import_folder(folder, source="elsewhere", at=NOW)


def test_a_folder_of_something_else_is_told_so(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    with pytest.raises(InputError) as refused:
        workspace.import_folder(folder, at=NOW)
    assert refused.value.code == "export_unknown"
    (folder / "a.csv").write_text("x,y\n1,2\n", "utf-8")
    with pytest.raises(InputError) as refused:
        workspace.import_folder(folder, at=NOW)
    assert refused.value.code in ("export_unknown", "export_tables_missing")


def test_fivetran_s_history_of_a_subscription_tells_when_it_changed(workspace: Workspace, tmp_path: Path) -> None:
    synced = "2026-03-01 00:00:00"
    tables = {
        "price.csv": "id,product_id,currency,unit_amount,recurring_interval,recurring_interval_count,"
        f"recurring_usage_type,_fivetran_synced\nprice_1,prod_1,usd,2000,month,1,licensed,{synced}\n",
        "subscription_history.csv": "id,customer_id,status,created,start_date,ended_at,canceled_at,"
        "cancel_at_period_end,"
        "_fivetran_start,_fivetran_active,_fivetran_synced\n"
        f"sub_1,cus_1,active,2026-01-10 00:00:00,2026-01-10 00:00:00,,,false,2026-01-10 00:00:00,false,{synced}\n"
        "sub_1,cus_1,canceled,2026-01-10 00:00:00,2026-01-10 00:00:00,2026-02-20 00:00:00,2026-02-20 00:00:00,false,"
        f"2026-02-20 00:00:00,true,{synced}\n",
        "subscription_item.csv": "id,subscription_id,price_id,quantity,created,current_period_end,_fivetran_synced\n"
        f"si_1,sub_1,price_1,5,2026-01-10 00:00:00,2026-03-10 00:00:00,{synced}\n",
        "invoice.csv": "id,customer_id,subscription_id,status,billing_reason,created,currency,_fivetran_synced\n"
        f"in_1,cus_1,sub_1,paid,subscription_create,2026-01-10 00:00:00,usd,{synced}\n"
        f"in_2,cus_1,sub_1,paid,subscription_cycle,2026-02-10 00:00:00,usd,{synced}\n",
        "invoice_line_item.csv": "id,invoice_id,subscription_id,subscription_item_id,price_id,amount,currency,quantity,"
        "proration,period_start,period_end,_fivetran_synced\n"
        f"il_1,in_1,sub_1,si_1,price_1,10000,usd,5,false,2026-01-10 00:00:00,2026-02-10 00:00:00,{synced}\n"
        f"il_2,in_2,sub_1,si_1,price_1,10000,usd,5,false,2026-02-10 00:00:00,2026-03-10 00:00:00,{synced}\n",
    }
    folder = tmp_path / "fivetran"
    folder.mkdir()
    for name, text in tables.items():
        (folder / name).write_text(text, "utf-8")
    result = workspace.import_folder(folder)
    assert result.rows_held_back == 0
    assert _movements(workspace) == [("2026-01-10", "new", "100.00"), ("2026-02-20", "churn", "-100.00")]


def test_the_dashboard_s_export_says_what_is_so_today(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "dashboard"
    folder.mkdir()
    (folder / "subscriptions.csv").write_text(
        "id,Customer ID,Plan,Product,Quantity,Currency,Interval,Interval Count,Amount,Status,Created (UTC),"
        "Start Date (UTC),Current Period Start (UTC),Current Period End (UTC),Canceled At (UTC),Cancel At Period End,"
        "Ended At (UTC)\n"
        "sub_1,cus_1,price_1,prod_1,5,usd,month,1,20.00,active,2026-01-10 00:00,2026-01-10 00:00,2026-02-10 00:00,"
        "2026-03-10 00:00,,false,\n"
        "sub_2,cus_2,price_1,prod_1,2,usd,month,1,20.00,canceled,2026-01-12 00:00,2026-01-12 00:00,2026-02-12 00:00,"
        "2026-03-12 00:00,2026-02-20 00:00,false,2026-02-20 00:00\n",
        "utf-8",
    )
    result = workspace.import_folder(folder, at=NOW)
    assert result.rows_held_back == 0
    assert _movements(workspace) == [
        ("2026-01-10", "new", "100.00"),
        ("2026-01-12", "new", "40.00"),
        ("2026-02-20", "churn", "-40.00"),
    ]
    assert any("history" in notice for notice in result.read.notices)
