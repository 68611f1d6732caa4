"""A replacing import withdraws no row that a row it could not read may be about; what an undo brings up."""

from __future__ import annotations

import pytest

from tests.contract.importing import ITEM_HEADINGS, Desk
from upswell.contract.findings import make_finding
from upswell.contract.schema import ITEMS

THREE = "\n".join(f"{who},seat,team,2024-01-10,,5,20.00" for who in ("acme", "bolt", "cora"))


def customers(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("customer_id")]


@pytest.mark.parametrize(
    ("bad", "left", "kept"),
    [
        ("bolt,seat,team,2024-13-10,,5,20.00", ["acme", "bolt"], 1),
        ("bolt,seat", ["acme", "bolt", "cora"], 2),
        (",seat,team,2024-01-10,,5,20.00", ["acme", "bolt", "cora"], 2),
        (",seat,team,2025-01-10,,5,20.00", ["acme"], 0),
        ('bolt,seat,team,2024-01-10,,5,"20,00"', ["acme", "bolt"], 0),
        (",,,,,,", ["acme"], 0),
    ],
    ids=["bad start", "ragged", "no customer", "no customer, other day", "key is whole", "empty row"],
)
def test_former_rows_that_fit_what_is_known_stay(desk: Desk, bad: str, left: list[str], kept: int) -> None:
    desk.items(THREE)
    rows = f"acme,seat,team,2024-01-10,,5,20.00\n{bad}"
    tried = desk.take(f"{ITEM_HEADINGS}\n{rows}", replace=True, dry_run=True)
    result = desk.take(f"{ITEM_HEADINGS}\n{rows}", replace=True)
    assert tried.kept_for_unreadable == result.kept_for_unreadable == kept
    assert (customers(desk), result.withdrawn) == (left, 3 - len(left))
    desk.items("dora,seat,team,2024-01-10,,5,20.00")
    desk.items("emil,seat,team,2024-01-10,,5,20.00")
    desk.log.undo("i-000003")
    assert customers(desk) == [*left, "emil"]


def test_a_default_is_not_what_was_read(desk: Desk) -> None:
    desk.take("customer_id,month,mrr,currency\nacme,2024-01,5,EUR", table="snapshots")
    bad = "customer_id,month,mrr,currency\nacme,2024-01,5,EURO"
    result = desk.take(bad, table="snapshots", replace=True)
    assert (result.withdrawn, result.kept_for_unreadable) == (0, 1)


def test_an_optional_part_of_the_key_that_was_not_read(desk: Desk) -> None:
    desk.take("customer_id,valid_from,owner\nacme,2024-01-01,x\nacme,,y\nbolt,,z", table="customers")
    result = desk.take("customer_id,valid_from,owner\nacme,soon,x", table="customers", replace=True)
    assert (result.withdrawn, result.kept_for_unreadable) == (1, 2)


def test_rows_held_back_counts_earlier_rows_now_contradicted(desk: Desk) -> None:
    later = "acme,seat,team,2024-06-01,,5,20.00\nacme,seat,team,2024-08-01,,5,20.00".replace(
        "01,,5", "01,2024-07-01,5", 1
    )
    desk.items(later)
    result = desk.items("acme,seat,team,2024-01-10,,5,30.00", name="more.csv")
    assert (result.held_back, result.conflict_rows_elsewhere, result.rows_held_back) == (0, 2, 2)


def test_an_undo_says_which_rows_contradict_each_other_now(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-10,,5,20.00")
    desk.items("acme,seat,team,2024-01-10,2024-06-01,5,20.00", name="ended.csv")
    assert desk.items("acme,seat,team,2024-06-01,,5,25.00", name="more.csv").rows_held_back == 0
    undone = desk.log.undo("i-000002")
    assert [(each.import_id, each.row, each.code) for each in undone.conflicts] == [("i-000003", 2, "overlap")]
    assert desk.log.undo("i-000001").conflicts == ()


def test_an_ended_subscription_is_told_how_to_stay(desk: Desk) -> None:
    result = desk.take("customer_id,plan_id,starts_at,mrr,status\nacme,team,2024-01-10,5,canceled")
    assert "write active and give ends_at" in result.findings[0].remedy
    assert "only if it was never paid" in result.findings[0].remedy


@pytest.mark.parametrize("code", [None, "no_such_code"])
def test_a_code_that_is_not_known(code: str | None) -> None:
    finding = make_finding(import_id="i-000001", file="f", row=2, column=None, code=code, found=None, table=ITEMS)
    assert finding.code == "unreadable_row"
