"""Which findings still stand after later imports."""

from __future__ import annotations

from tests.contract.importing import ITEM_HEADINGS, Desk

BAD = 'acme,seat,team,2024-01-10,,5,20.00\nbolt,seat,team,2024-01-12,,1,"9,99"'
GOOD = "acme,seat,team,2024-01-10,,5,20.00\nbolt,seat,team,2024-01-12,,1,9.99"


def standing(desk: Desk) -> list[tuple[str, int, str]]:
    return [(each.import_id, each.row, each.code) for each in desk.log.findings()]


def test_a_good_row_of_the_same_key_settles_it(desk: Desk) -> None:
    desk.items(BAD)
    assert standing(desk) == [("i-000001", 3, "bad_decimal")]
    desk.items("bolt,seat,team,2024-01-12,,1,9.99", name="mended.csv")
    assert standing(desk) == []
    desk.log.undo("i-000002")
    assert standing(desk) == [("i-000001", 3, "bad_decimal")]


def test_the_same_bad_row_again_is_shown_once(desk: Desk) -> None:
    for _ in range(3):
        desk.items(BAD)
    assert standing(desk) == [("i-000003", 3, "bad_decimal")]


def test_a_row_without_a_key_is_settled_by_the_same_row_of_the_same_file(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-13-10,,5,20.00\nbolt,seat,team,2024-01-12,,1,9.99")
    desk.items("cora,seat,team,2024-01-10,,5,20.00", name="other.csv")
    assert standing(desk) == [("i-000001", 2, "bad_timestamp")]
    desk.items("acme,seat,team,2024-12-10,,5,20.00\nbolt,seat,team,2024-01-12,,1,9.99")
    assert standing(desk) == []


def test_another_customer_on_the_same_row_settles_nothing(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-13-10,,5,20.00")
    desk.items("bolt,seat,team,2024-01-12,,1,9.99")
    assert standing(desk) == [("i-000001", 2, "bad_timestamp")]


def test_a_replace_says_anew_what_is_true(desk: Desk) -> None:
    desk.take(f"{ITEM_HEADINGS}\nacme,seat\nbolt,seat,team,2024-01-12,,1,9.99")
    assert standing(desk) == [("i-000001", 2, "ragged_row")]
    desk.items(GOOD, replace=True)
    assert standing(desk) == []


def test_another_source_settles_nothing(desk: Desk) -> None:
    desk.items(BAD, source="billing")
    desk.items(GOOD, source="crm")
    assert ("i-000001", 3, "bad_decimal") in standing(desk)


def test_undo_takes_findings_along(desk: Desk) -> None:
    desk.items(BAD)
    desk.log.undo("i-000001")
    assert standing(desk) == []


def test_a_duplicate_is_settled_by_a_file_without_one(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-10,,5,20.00\nacme,seat,team,2024-01-10,,5,25.00")
    assert standing(desk) == [("i-000001", 3, "duplicate_key")]
    desk.items("acme,seat,team,2024-01-10,,5,25.00")
    assert standing(desk) == []
    assert desk.rows("unit_amount") == [("25.000000000000",)]
