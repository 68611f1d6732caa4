"""List prices, the gap between list and realised MRR, what discounts cost and who is below the list, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import upswell
from tests.analysis.pricing.small import ITEMS, rows_of, short, workspace_of
from upswell.errors import UsageError, WorkspaceError

SPLIT: Final = ("list_mrr", "discounts", "old_prices", "negotiated", "other", "realised_mrr", "unlisted_mrr")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    return workspace_of(tmp_path_factory.mktemp("small"))


def lists(workspace: upswell.Workspace, plan: str, term: str = "month") -> list[dict[str, Any]]:
    return [row for row in rows_of(workspace, "lists") if row["plan_id"] == plan and row["term"] == term]


def test_the_list_price_is_what_most_of_the_last_sales_paid(small: upswell.Workspace) -> None:
    (team,) = lists(small, "Team")
    # Bolt, Dot and Eve at 20.00, Cid at 17.00; Gus comes after the close, Acme and Old before the window.
    assert (team["list_price"], team["sales"], team["sales_at_it"]) == (Decimal(20), 4, 3)
    assert team["since"] == date(2024, 5, 1), "Old was the first to agree to 20.00"


def test_too_few_sales_give_no_list_price_and_the_reason(small: upswell.Workspace) -> None:
    (monthly,), (yearly,) = lists(small, "Reports"), lists(small, "Reports", "year")
    assert monthly["list_price"] is None
    assert monthly["reason"] == "of its one new sale in 365 days at most 1 at one price; 3 are needed"
    assert yearly["list_price"] is None


def test_the_gap_of_the_whole_company(small: upswell.Workspace) -> None:
    (whole,) = rows_of(small, "realised")
    # List 100 + 200 + 80 + 40 + 20; discounts 9 + 25; Acme's old price 5 x 2; Cid's own price 4 x 3.
    assert short(whole, *SPLIT) == ["440", "34", "10", "12", "0", "384", "105"]
    assert whole["share_of_list"] == Decimal("0.872727"), "384 / 440"
    assert (whole["customers"], whole["items"], whole["unlisted_items"]) == (6, 8, 3)
    assert short(whole, "seats", "list_per_seat", "realised_per_seat") == ["22", "20", "17.45"]
    assert whole["reason"].startswith("1 of 3 items without a list price: Reports per month: "), "of equals the first"


def test_realised_and_unlisted_are_the_mrr_of_the_close(small: upswell.Workspace) -> None:
    (whole,) = rows_of(small, "realised")
    (closing,) = small.metrics(["closing_mrr"], month_from="2025-12", month_to="2025-12").to_pylist()
    assert whole["realised_mrr"] + whole["unlisted_mrr"] == closing["value"] == Decimal(489)


def test_the_gap_by_a_column_of_customers_adds_up(small: upswell.Workspace) -> None:
    rows = rows_of(small, "realised", by="country")
    assert [row["country"] for row in rows] == ["DE", "FR", None, "all"]
    germany, france, nameless, whole = rows
    assert short(germany, *SPLIT) == ["300", "34", "10", "0", "0", "256", "0"]
    assert short(france, *SPLIT) == ["80", "0", "0", "12", "0", "68", "0"]
    for name in SPLIT:
        assert germany[name] + france[name] + nameless[name] == whole[name]


def test_a_segment_without_any_list_price_has_no_figures_and_says_why(small: upswell.Workspace) -> None:
    reports = next(row for row in rows_of(small, "realised", by="plan") if row["plan"] == "Reports")
    assert [reports[name] for name in (*SPLIT[:-1], "share_of_list", "realised_per_seat")] == [None] * 8
    assert reports["unlisted_mrr"] == Decimal(50)
    assert reports["reason"].startswith("1 of 2 items without a list price: Reports per month: of its one new sale")


def test_the_whole_list_is_that_of_the_company_whatever_is_filtered(small: upswell.Workspace) -> None:
    (france,) = rows_of(small, "realised", where="country = 'FR'")
    assert short(france, "list_mrr", "negotiated", "realised_mrr") == ["80", "12", "68"]


def test_items_are_filtered_and_cut_by_what_is_theirs(small: upswell.Workspace) -> None:
    rows = rows_of(small, "realised", by=["product", "currency"], where="plan = 'Team' and customer <> 'Acme'")
    assert [(row["product"], row["currency"]) for row in rows] == [("crm", "USD"), ("all", "all")]
    # Bolt 200, Cid 80, Dot 40, Eve 20.
    assert short(rows[0], *SPLIT) == ["340", "25", "0", "12", "0", "303", "55"]


def test_an_earlier_close_knows_nothing_of_what_came_later(small: upswell.Workspace) -> None:
    """At the close of May 2025 two sales were at 20.00: no list price yet."""
    (whole,) = rows_of(small, "realised", month="2025-05")
    assert whole["list_mrr"] is None
    assert whole["unlisted_mrr"] == Decimal(81 + 175 + 68)


def test_discounts_by_whether_their_end_is_known(small: upswell.Workspace) -> None:
    names = ("full_mrr", "discounts", "share_of_full")
    by_end = {row["ends"]: row for row in rows_of(small, "discounts")}
    assert short(by_end["yes"], *names) == ["200", "25", "0.125"]  # Bolt, until March 2026
    assert short(by_end["no"], *names) == ["90", "9", "0.1"]  # Acme
    assert short(by_end["all"], *names) == ["290", "34", "0.117241"]


def test_who_is_below_the_list_and_since_when(small: upswell.Workspace) -> None:
    acme, cid = rows_of(small, "old-prices")
    assert (acme["customer_id"], acme["price"], acme["gap_mrr"]) == ("Acme", "old", Decimal(10))
    assert (acme["since"], acme["list_since"]) == (date(2024, 2, 1), date(2024, 5, 1))
    assert (cid["customer_id"], cid["price"], cid["gap_mrr"]) == ("Cid", "negotiated", Decimal(12))


def test_a_given_list_price_rules(tmp_path: Path) -> None:
    settings = """
[[list_prices]]
plan = "Team"
amount = "25.00"

[[list_prices]]
plan = "Team"
amount = "22.00"
quantity_from = 5
since = 2025-02-01

[[list_prices]]
plan = "Reports"
amount = "30.00"
item_type = "addon"
"""
    (whole,) = rows_of(workspace_of(tmp_path, settings=settings), "realised")
    # Acme 5 x 22, Bolt 10 x 22, Cid 4 x 25, Dot 2 x 25 + 30, Eve 25. Acme and Bolt have had their prices since before
    # 2025-02, and at 25.00 nobody has ever bought: every gap is of an old price.
    assert short(whole, *SPLIT) == ["535", "34", "87", "0", "0", "414", "75"]


def test_two_given_prices_of_one_quantity_are_refused(tmp_path: Path) -> None:
    settings = '\n[[list_prices]]\nplan = "Team"\namount = "25.00"\n' * 2
    with pytest.raises(WorkspaceError, match="Team has two list prices of one term, currency and quantity"):
        workspace_of(tmp_path, settings=settings)


def test_tiers_of_one_price_each_price_their_own_quantities(tmp_path: Path) -> None:
    rows = """
One,crm,Team,v1,2025-02-01,,3,20.00,,,,,,,
Two,crm,Team,v1,2025-03-01,,30,15.00,,,,,,,
Tri,crm,Team,v1,2025-04-01,,12,20.00,,,,,,,
Low,crm,Team,,2024-04-01,,10,14.00,,,,,,,
Gap,crm,Team,,2024-04-01,,20,14.00,,,,,,,
"""
    workspace = workspace_of(tmp_path, rows)
    tiers = rows_of(workspace, "lists")
    assert [short(row, "quantity_from", "quantity_to", "list_price") for row in tiers] == [
        ["0", "12", "20"],
        ["30", None, "15"],
    ]
    (whole,) = rows_of(workspace, "realised")
    # 3 x 20 + 30 x 15 + 12 x 20 + 10 x 20; nobody has bought 20 seats of v1, so Gap's 20 x 14 are apart.
    assert short(whole, "list_mrr", "old_prices", "unlisted_mrr") == ["950", "60", "280"]
    assert whole["reason"].endswith("Team per month: no tier of Team is known for a quantity of 20")


def test_renewals_seats_and_plan_changes_are_no_sales(tmp_path: Path) -> None:
    rows = """
One,crm,Team,,2023-01-01,2025-03-01,3,20.00,,,,,,,
One,crm,Team,,2025-03-01,,3,31.00,,,,,,,
Two,crm,Basic,,2023-01-01,2025-04-01,3,10.00,,,,,,,
Two,crm,Team,,2025-04-01,,3,31.00,,,,,,,
Tri,crm,Team,,2023-01-01,2025-05-01,3,20.00,,,,,,,
Tri,crm,Team,,2025-06-01,,3,31.00,,,,,,,
"""
    team = next(row for row in rows_of(workspace_of(tmp_path, rows), "lists") if row["plan_id"] == "Team")
    assert (team["list_price"], team["sales"]) == (None, 1), "only Tri came anew, after a month without"


def test_a_missing_rate_leaves_the_figures_out_and_says_so(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, ITEMS + "Hal,crm,Team,,2025-09-01,,1,20.00,,,EUR,,,,\n")
    (whole,) = rows_of(workspace, "realised")
    assert whole["unlisted_mrr"] is None
    assert whole["reason"] == "no rate for EUR on 2025-12-31; import rates"
    assert whole["list_mrr"] == Decimal(440), "what is listed is in dollars alone"


@pytest.mark.parametrize(
    ("section", "asked", "code"),
    [
        ("realized", {}, "unknown_section"),
        ("lists", {"by": "plan"}, "option_not_possible"),
        ("realised", {"by": "driver"}, "dimension_not_possible"),
        ("realised", {"month": "2026-02"}, "month_not_begun"),
    ],
)
def test_what_is_refused(small: upswell.Workspace, section: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        small.pricing(section, **asked)
    assert refused.value.code == code
