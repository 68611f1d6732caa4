"""Lists page by page, and a customer's sheet: the same rows as the whole answers, in every order, each exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import upswell
from tests.workspace.company import JUNE, add_rows, workspace_of
from upswell import Workspace
from upswell.errors import NotFoundError, UsageError
from upswell.ledger.paging import Page
from upswell.ledger.query import ORDERS as MOVEMENT_ORDERS
from upswell.metrics.customer_list import ORDERS as CUSTOMER_ORDERS
from upswell.workspace.demo import make_demo

EUROS = """
Cafe,Team,2025-01-05,2025-04-01,10,10.00,EUR
Cafe,Team,2025-04-01,,20,10.00,EUR
"""
RATES = "2025-01-01,EUR,1.10\n2025-04-01,EUR,1.20"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_demo(tmp_path_factory.mktemp("lists") / "demo")


@pytest.fixture
def acme(tmp_path: Path) -> Workspace:
    workspace = workspace_of(tmp_path / "acme")
    workspace.build(as_of=JUNE)
    return workspace


def walked(ask: Callable[[int], Page]) -> list[dict[str, Any]]:
    """Every row of a list, page after page."""
    rows: list[dict[str, Any]] = []
    page = ask(0)
    while True:
        assert page.offset == len(rows)
        rows += page.rows.to_pylist()
        if page.next_offset is None:
            assert len(rows) == page.total
            return rows
        page = ask(page.next_offset)


class TestMovements:
    @pytest.mark.parametrize("order", MOVEMENT_ORDERS)
    def test_its_pages_are_the_whole_list(self, demo: Workspace, order: str) -> None:
        rows = walked(lambda offset: demo.movement_page(order=order, limit=997, offset=offset))
        whole = demo.movements().to_pylist()
        by_id = sorted(rows, key=lambda row: (row["movement_id"], row["amount"]))
        assert by_id == sorted(whole, key=lambda row: (row["movement_id"], row["amount"]))
        name = order.removeprefix("-")
        assert [row[name] for row in rows] == sorted((row[name] for row in rows), reverse=order.startswith("-"))

    def test_a_page_has_the_columns_of_the_list(self, demo: Workspace) -> None:
        assert demo.movement_page(limit=1).rows.schema.equals(demo.movements(kind="churn").schema)

    @pytest.mark.parametrize("kind", ["new", "expansion", "contraction", "churn", "reactivation"])
    def test_a_months_movements_add_up_to_its_metric(self, demo: Workspace, kind: str) -> None:
        metric = {"churn": "churned"}.get(kind, kind) + "_mrr"
        page = demo.movement_page(kind=kind, date_from=date(2023, 8, 1), date_to=date(2023, 8, 31), limit=1)
        (figure,) = demo.metrics(metric, month_from="2023-08", month_to="2023-08").to_pylist()
        assert (page.sum, page.reason) == (figure["value"], None)

    def test_plan_and_product_choose_their_movements(self, demo: Workspace) -> None:
        whole = demo.movements().to_pylist()
        asks: dict[str, Callable[[int], Page]] = {
            "plan_id": lambda offset: demo.movement_page(plan="meetings", offset=offset),
            "product_id": lambda offset: demo.movement_page(product="meetings", offset=offset),
        }
        for column, ask in asks.items():
            wanted = [row["movement_id"] for row in whole if row[column] == "meetings"]
            assert wanted
            assert sorted(row["movement_id"] for row in walked(ask)) == sorted(wanted)

    def test_without_a_rate_there_is_no_sum_but_the_reason(self, tmp_path: Path) -> None:
        workspace = workspace_of(tmp_path / "acme", EUROS)
        workspace.build(as_of=JUNE)
        page = workspace.movement_page()
        assert (page.total, page.sum, page.reason) == (2, None, "no rate for EUR; import rates")

    def test_an_empty_list_adds_up_to_nothing(self, acme: Workspace) -> None:
        page = acme.movement_page(customer="nobody")
        assert (page.total, page.sum, page.rows.num_rows, page.next_offset) == (0, Decimal(0), 0, None)

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"limit": 0}, "page_malformed"),
            ({"limit": 1001}, "page_malformed"),
            ({"offset": -1}, "page_malformed"),
            ({"order": "size"}, "order_unknown"),
            ({"kind": "expnsion"}, "kind_unknown"),
        ],
    )
    def test_what_cannot_be_asked(self, acme: Workspace, asked: dict[str, Any], code: str) -> None:
        with pytest.raises(UsageError) as refused:
            acme.movement_page(**asked)
        assert refused.value.code == code


def listed(workspace: Workspace, **asked: Any) -> list[dict[str, Any]]:
    return walked(lambda offset: workspace.customers(**asked, limit=400, offset=offset))


class TestCustomers:
    def test_what_each_pays_is_the_sum_of_its_movements(self, demo: Workspace) -> None:
        as_of = date(2024, 1, 1)
        sums: dict[str, Decimal] = defaultdict(Decimal)
        expansion: dict[str, Decimal] = defaultdict(Decimal)
        first: dict[str, date] = {}
        last: dict[str, date] = {}
        counts: dict[str, int] = defaultdict(int)
        for row in demo.movements().to_pylist():
            if row["scheduled"]:
                continue
            who = row["customer_id"]
            sums[who] += row["amount"]
            first.setdefault(who, row["date"])
            last[who] = row["date"]
            counts[who] += 1
            if row["kind"] == "expansion" and row["date"] >= as_of.replace(year=2023):
                expansion[who] += row["amount"]
        rows = listed(demo)
        assert len(rows) == 1099
        for row in rows:
            who = row["customer_id"]
            assert (row["mrr"], row["expansion_12m"]) == (sums[who], expansion[who])
            assert (row["first_on"], row["last_on"], row["movements"]) == (first.get(who), last.get(who), counts[who])
            assert row["status"] == ("paying" if sums[who] else "former")

    def test_the_list_adds_up_to_closing_mrr(self, demo: Workspace) -> None:
        (figure,) = demo.metrics("closing_mrr", month_from="2024-01", month_to="2024-01").to_pylist()
        assert sum(row["mrr"] for row in listed(demo)) == figure["value"]

    @pytest.mark.parametrize("policy", ["recurly", "strict"])
    def test_it_does_so_under_either_policy(self, demo: Workspace, policy: str) -> None:
        (figure,) = demo.metrics("closing_mrr", month_from="2024-01", month_to="2024-01", policy=policy).to_pylist()
        assert sum(row["mrr"] for row in listed(demo, policy=policy)) == figure["value"]

    @pytest.mark.parametrize("order", CUSTOMER_ORDERS)
    def test_every_order_lists_every_customer_once(self, demo: Workspace, order: str) -> None:
        rows = listed(demo, order=order)
        assert len({row["customer_id"] for row in rows}) == len(rows) == 1099
        columns = {"expansion": "expansion_12m", "since": "first_on", "last": "last_on", "customer": "customer_id"}
        name = order.removeprefix("-")
        column = columns.get(name, name)
        values = [row[column] or row["customer_id"] if name == "name" else row[column] for row in rows]
        assert values == sorted(values, reverse=order.startswith("-"))

    def test_search_finds_a_part_of_an_id_in_any_case(self, acme: Workspace) -> None:
        assert [row["customer_id"] for row in listed(acme, search="OL")] == ["Bolt"]
        assert listed(acme, search="100%") == []

    def test_a_filter_is_over_attributes_and_bands(self, demo: Workspace) -> None:
        germans = [row["customer_id"] for row in listed(demo, where="country = 'IL'", order="customer")]
        (figure,) = demo.metrics(
            "customers", month_from="2024-01", month_to="2024-01", where="country = 'IL'"
        ).to_pylist()
        paying = listed(demo, where="country = 'IL'", status="paying")
        assert len(paying) == figure["value"] < len(germans)
        large = listed(demo, where="mrr_band = '2000 and more'")
        assert all(row["mrr"] >= 2000 for row in large)

    def test_a_saved_segment_is_a_filter(self, tmp_path: Path) -> None:
        workspace = workspace_of(tmp_path / "acme")
        workspace.build(as_of=JUNE)
        workspace.save_segment("bolts", expression="customer = 'Bolt'")
        assert [row["customer_id"] for row in listed(workspace, segment="bolts")] == ["Bolt"]

    def test_other_currencies_are_valued_at_the_rate_of_the_books_day(self, tmp_path: Path) -> None:
        workspace = workspace_of(tmp_path / "acme", EUROS, rates=RATES)
        workspace.build(as_of=JUNE)
        (row,) = listed(workspace)
        assert row["mrr"] == Decimal(200) * Decimal("1.20")
        (figure,) = workspace.metrics("closing_mrr", month_from="2025-06", month_to="2025-06").to_pylist()
        assert row["mrr"] == figure["value"]

    def test_without_a_rate_a_customer_has_no_mrr_but_the_reason(self, tmp_path: Path) -> None:
        workspace = workspace_of(tmp_path / "acme", EUROS)
        workspace.build(as_of=JUNE)
        (row,) = listed(workspace)
        assert (row["mrr"], row["status"]) == (None, "paying")
        assert row["reason"] == "no rate for EUR on 2025-06-01; import rates"

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"order": "size"}, "order_unknown"),
            ({"status": "payng"}, "status_unknown"),
            ({"where": "plan = 'Team'"}, "column_not_of_customers"),
            ({"where": "cuntry = 'DE'"}, "unknown_column"),
            ({"search": "x" * 201}, "search_too_long"),
            ({"limit": 5000}, "page_malformed"),
        ],
    )
    def test_what_cannot_be_asked(self, acme: Workspace, asked: dict[str, Any], code: str) -> None:
        with pytest.raises(UsageError) as refused:
            acme.customers(**asked)
        assert refused.value.code == code


class TestSheet:
    def test_months_are_the_customers_closing_mrr(self, acme: Workspace) -> None:
        sheet = acme.customer("Acme")
        assert [(each.month, each.value) for each in sheet.months] == [
            ("2025-01", Decimal(100)),
            ("2025-02", Decimal(100)),
            *((f"2025-0{month}", Decimal(160)) for month in (3, 4, 5, 6)),
        ]
        assert sheet.running == ("2025-06",)
        assert (sheet.status, sheet.mrr, sheet.expansion_12m) == ("paying", Decimal(160), Decimal(60))

    def test_it_names_the_row_that_each_item_was_read_from(self, acme: Workspace) -> None:
        (item,) = acme.customer("Acme").items
        assert (item.plan_id, item.quantity, item.mrr, item.file, item.row) == (
            "Team",
            Decimal(8),
            Decimal(160),
            "items.csv",
            3,
        )
        assert (item.starts_on, item.ends_on) == (date(2025, 3, 15), None)

    def test_usage_stands_beside_the_limit_of_a_plan_held_now(self, acme: Workspace, tmp_path: Path) -> None:
        for table, text in {
            "usage": "customer_id,metric,day,quantity\nAcme,events,2025-05-01,700\nAcme,events,2025-05-02,200\n",
            "limits": "plan_id,metric,limit\nTeam,events,1000\nOther,events,10\n",
        }.items():
            (tmp_path / f"{table}.csv").write_text(text)
            acme.import_file(tmp_path / f"{table}.csv", table=table)
        acme.build(as_of=JUNE)
        (used,) = acme.customer("Acme").usage
        assert (used.month, used.metric, used.quantity, used.limit) == (
            "2025-05",
            "events",
            Decimal(900),
            Decimal(1000),
        )
        assert acme.customer("Bolt").usage == ()

    def test_a_stranger_is_not_found(self, acme: Workspace) -> None:
        with pytest.raises(NotFoundError, match="there is no customer O'Hara"):
            acme.customer("O'Hara")

    def test_every_sheet_of_a_hundred_ends_with_what_the_list_says(self, demo: Workspace) -> None:
        for row in listed(demo, order="customer")[::11]:
            sheet = demo.customer(row["customer_id"])
            assert (sheet.mrr, sheet.status) == (row["mrr"], row["status"])
            if sheet.months:
                assert sheet.months[-1].value == row["mrr"]


class TestPinned:
    def test_it_keeps_its_book_while_another_is_built(self, acme: Workspace) -> None:
        pinned = acme.pinned()
        before = pinned.metrics("closing_mrr", month_from="2025-05", month_to="2025-05").to_pylist()
        add_rows(acme, "Echo,Team,2025-03-01,,5,20.00,", name="more.csv")
        acme.build(as_of=JUNE)
        assert acme.book().book_id != pinned.book().book_id
        assert pinned.metrics("closing_mrr", month_from="2025-05", month_to="2025-05").to_pylist() == before
        assert acme.metrics("closing_mrr", month_from="2025-05", month_to="2025-05")["value"][0].as_py() == 320

    def test_a_policy_that_its_book_lacks_is_refused_and_not_built(self, acme: Workspace) -> None:
        with pytest.raises(UsageError) as refused:
            acme.pinned().metrics("new_mrr", policy="recurly")
        assert (refused.value.code, refused.value.remedy) == (
            "policy_not_in_book",
            "build it: `upswell build --policy recurly`",
        )
        assert [record.name for record in acme.book().policies] == ["strict"]


def test_months_reach_from_the_first_movement_to_the_books_day(acme: Workspace) -> None:
    assert acme.months() == tuple(f"2025-0{month}" for month in range(1, 7))


def test_dimensions_are_what_metrics_can_be_cut_by(acme: Workspace) -> None:
    for name in acme.dimensions():
        assert acme.metrics("new_mrr", by=name, month_from="2025-01", month_to="2025-01").num_rows > 0


def test_trailing_of_a_segment_are_its_own_movements(acme: Workspace) -> None:
    figures = {
        (each.month, each.name): each.value for each in acme.trailing("2025-05", where="customer = 'Acme'").movements
    }
    assert figures["2025-01", "new_mrr"] == 100
    assert figures["2025-03", "expansion_mrr"] == 60
    assert not any(value for (_, name), value in figures.items() if name == "churned_mrr")


def test_a_peek_guesses_which_column_is_which_field(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "acme")
    path = tmp_path / "export.csv"
    path.write_text(
        "Account ID,Product,Start Date,Seats,Price,Colour\n7,Team,2025-01-01,3,20.00,red\n8,Team,2025-02-01,,20.00,\n"
    )
    seen = workspace.peek(path, table="items")
    assert seen.mapping == {
        "customer_id": "account id",
        "plan_id": "product",
        "starts_at": "start date",
        "quantity": "seats",
        "unit_amount": "price",
    }
    assert (seen.records, seen.rows[0]) == (2, ("7", "Team", "2025-01-01", "3", "20.00", "red"))
    done = workspace.import_file(path, table="items", mapping=seen.mapping)
    assert (done.added, done.held_back) == (2, 0)
