"""What the ledger sees: types, defaults, local days, snapshots as versions, attributes, rates."""

from __future__ import annotations

import duckdb
import pytest

from tests.contract.importing import Desk

TYPES = {
    "customer_id": "VARCHAR", "subscription_id": "VARCHAR", "item_id": "VARCHAR",
    "product_id": "VARCHAR", "plan_id": "VARCHAR", "price_id": "VARCHAR",
    "starts_at": "TIMESTAMP", "starts_on": "DATE", "ends_at": "TIMESTAMP", "ends_on": "DATE",
    "quantity": "DECIMAL(18,4)", "unit_amount": "DECIMAL(24,12)", "mrr": "DECIMAL(24,12)",
    "currency": "VARCHAR", "interval": "VARCHAR", "interval_count": "INTEGER",
    "discount_percent": "DECIMAL(7,4)", "discount_amount": "DECIMAL(24,12)",
    "discount_until": "TIMESTAMP", "discount_until_on": "DATE", "item_type": "VARCHAR",
    "status": "VARCHAR", "trial_until": "TIMESTAMP", "trial_until_on": "DATE",
    "cancel_requested_at": "TIMESTAMP", "cancel_requested_on": "DATE",
    "evidence": "VARCHAR",
    "source": "VARCHAR", "source_row": "BIGINT",
}  # fmt: skip


def described(desk: Desk, view: str) -> dict[str, str]:
    with duckdb.connect() as connection:
        desk.log.create_views(connection)
        rows = connection.execute(f"describe {view}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def test_every_view_exists_before_the_first_import(desk: Desk) -> None:
    assert described(desk, "current_items") == TYPES
    assert described(desk, "current_rates") == {
        "date": "DATE",
        "currency": "VARCHAR",
        "rate": "DECIMAL(24,12)",
        "source_row": "BIGINT",
    }
    assert described(desk, "import_files") == {
        "import_no": "INTEGER",
        "import_id": "VARCHAR",
        "file": "VARCHAR",
        "sha256": "VARCHAR",
    }
    assert "valid_from" in described(desk, "current_customers")
    assert described(desk, "current_costs") == {
        "month": "DATE",
        "kind": "VARCHAR",
        "amount": "DECIMAL(24,12)",
        "source": "VARCHAR",
        "source_row": "BIGINT",
    }
    for view in ("current_items", "current_customers", "current_rates", "current_costs", "import_files"):
        assert desk.rows("1", view) == []


@pytest.mark.parametrize("table", ["items", "snapshots", "both"])
def test_types_do_not_depend_on_what_was_imported(desk: Desk, table: str) -> None:
    if table != "snapshots":
        desk.items("acme,seat,team,2024-01-01,,1,20.00")
    if table != "items":
        desk.take("customer_id,month,mrr\nbolt,2024-01,5", table="snapshots")
    assert described(desk, "current_items") == TYPES


def test_times_without_offset_are_local(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"), timezone="America/New_York")
    desk.items(
        """acme,seat,team,2024-01-10,2024-07-10 09:30,5,20.00
        bolt,seat,team,2024-01-10T02:00:00Z,,5,20.00"""
    )
    assert desk.rows("starts_at, starts_on, ends_at, ends_on") == [
        ("2024-01-10 02:00:00", "2024-01-09", None, None),
        ("2024-01-10 05:00:00", "2024-01-10", "2024-07-10 13:30:00", "2024-07-10"),
    ]


def test_snapshots_become_versions_between_month_ends(desk: Desk) -> None:
    desk.take(
        """customer_id,month,mrr
        acme,2024-01,50.00
        acme,2024-02-15,60.00
        acme,2024-04-30,70.00
        bolt,2024-01-31,10.00""",
        table="snapshots",
    )
    assert desk.rows("customer_id, starts_on, ends_on, mrr, plan_id, product_id, item_id") == [
        ("acme", "2024-01-31", "2024-02-29", "50.000000000000", *("unspecified",) * 2, "acme-unspecified"),
        ("acme", "2024-02-29", "2024-04-30", "60.000000000000", *("unspecified",) * 2, "acme-unspecified"),
        ("acme", "2024-04-30", None, "70.000000000000", *("unspecified",) * 2, "acme-unspecified"),
        ("bolt", "2024-01-31", "2024-02-29", "10.000000000000", *("unspecified",) * 2, "bolt-unspecified"),
    ]  # fmt: skip


def test_snapshots_of_several_plans_side_by_side(desk: Desk) -> None:
    result = desk.take(
        """customer_id,month,mrr,plan_id,product_id,currency
        acme,2024-01,50,basic,crm,USD
        acme,2024-02,60,pro,crm,USD
        bolt,2024-01,50,basic,crm,USD
        bolt,2024-01,60,pro,crm,USD
        bolt,2024-02,50,basic,crm,EUR""",
        table="snapshots",
    )
    assert result.held_back == 0
    assert desk.rows("customer_id, item_id, plan_id") == [
        ("acme", "acme-crm", "basic"),
        ("acme", "acme-crm", "pro"),
        ("bolt", "bolt-crm-basic-EUR", "basic"),
        ("bolt", "bolt-crm-basic-USD", "basic"),
        ("bolt", "bolt-crm-pro-USD", "pro"),
    ]


def test_unknown_columns_of_customers_are_attributes(desk: Desk) -> None:
    desk.take("Customer_ID,Region,Size of firm\nacme,EMEA,12", table="customers", name="one.csv")
    desk.take("customer_id,region,tier\nbolt,APAC,gold", table="customers", name="two.csv")
    assert desk.rows('customer_id, region, "Size of firm", tier', "current_customers") == [
        ("acme", "EMEA", "12", None),
        ("bolt", "APAC", None, "gold"),
    ]


def test_attributes_that_change(desk: Desk) -> None:
    result = desk.take(
        """customer_id,owner,valid_from
        acme,ann,
        acme,ben,2024-06-01
        acme,ben,2024-06-01T12:00:00Z""",
        table="customers",
    )
    assert (result.added, result.unchanged) == (2, 1)
    assert desk.rows("owner, valid_from", "current_customers") == [
        ("ann", None),
        ("ben", "2024-06-01"),
    ]


def test_customers_of_two_sources_are_one_row(desk: Desk) -> None:
    desk.take("customer_id,name,owner\nacme,Acme,ann", table="customers", source="billing")
    desk.take("customer_id,owner,tier\nacme,ben,gold", table="customers", source="crm")
    assert desk.rows("name, owner, tier", "current_customers") == [("Acme", "ben", "gold")]


def test_a_changed_attribute_is_a_changed_row(desk: Desk) -> None:
    desk.take("customer_id,tier\nacme,gold\nbolt,gold", table="customers")
    result = desk.take("customer_id,tier,region\nacme,gold,\nbolt,gold,EMEA", table="customers")
    assert (result.changed, result.unchanged) == (1, 1)


def test_rates(desk: Desk) -> None:
    desk.take("date,currency,rate\n2024-01-01,eur,1.10\n2024-01-01,USD,1", table="rates")
    desk.take("date,currency,rate\n2024-01-01,EUR,1.20", table="rates", source="bank")
    assert desk.rows("date, currency, rate", "current_rates") == [
        ("2024-01-01", "EUR", "1.200000000000"),
        ("2024-01-01", "USD", "1.000000000000"),
    ]


def test_import_files_name_every_source(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-01,,1,20.00", name="o'neil.csv")
    desk.log.undo("i-000001")
    ((number, import_id, file, digest),) = desk.rows("import_no, import_id, file, sha256", "import_files")
    assert (number, import_id, file) == ("1", "i-000001", "o'neil.csv")
    assert digest == desk.log.entries()[0].sha256


def test_costs_of_two_sources_stand_side_by_side_and_a_later_row_of_one_replaces(desk: Desk) -> None:
    desk.take("month,kind,amount\n2024-01,acquisition,100\n2024-01-15,Service,20.5", table="costs")
    desk.take("month,kind,amount\n2024-01-31,acquisition,120", table="costs")
    desk.take("month,kind,amount\n2024-01,acquisition,7", table="costs", source="payroll")
    result = desk.take("month,kind,amount\n2024-01,rent,7\n2024-02,service,-7", table="costs")
    assert [finding.code for finding in result.findings] == ["unknown_kind", "negative_value"]
    assert desk.rows("source, month, kind, amount", "current_costs") == [
        ("files", "2024-01-01", "acquisition", "120.000000000000"),
        ("files", "2024-01-01", "service", "20.500000000000"),
        ("payroll", "2024-01-01", "acquisition", "7.000000000000"),
    ]
