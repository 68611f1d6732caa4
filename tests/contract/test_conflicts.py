"""Rows that contradict each other: which are held back, and when they come back."""

from __future__ import annotations

import pytest

from tests.contract.importing import Desk, briefly


def held(desk: Desk) -> list[tuple[str, int, str]]:
    return [(each.import_id, each.row, each.code) for each in desk.log.findings()]


def test_the_later_starting_of_two_overlapping_versions_is_held(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-01,2024-07-01,1,20.00
        acme,seat,team,2024-05-01,,1,25.00
        bolt,seat,team,2024-01-01,2024-05-01,1,20.00
        bolt,seat,team,2024-05-01,,1,25.00"""
    )
    assert (result.added, result.held_back) == (3, 1)
    assert briefly(result.findings) == [
        (
            3,
            "starts_at",
            "overlap",
            "2024-05-01 00:00:00, but row 2 of i-000001 ends 2024-07-01 00:00:00",
        )
    ]
    assert desk.rows("customer_id, unit_amount") == [
        ("acme", "20.000000000000"),
        ("bolt", "20.000000000000"),
        ("bolt", "25.000000000000"),
    ]
    assert desk.log.entries()[0].holds == 3


def test_every_version_before_the_largest_end_is_held(desk: Desk) -> None:
    desk.items(
        """acme,seat,team,2024-01-01,2024-12-01,1,20.00
        acme,seat,team,2024-02-01,2024-03-01,1,21.00
        acme,seat,team,2024-06-01,2024-07-01,1,22.00
        acme,seat,team,2024-12-01,,1,23.00"""
    )
    assert held(desk) == [("i-000001", 3, "overlap"), ("i-000001", 4, "overlap")]


def test_other_items_and_empty_versions_do_not_overlap(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-01,2024-07-01,1,20.00
        acme,extra,team,2024-05-01,,1,25.00
        acme,seat,team,2024-05-01,2024-05-01,1,25.00"""
    )
    assert result.held_back == 0


def test_a_tie_across_sources_holds_the_later_import(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-01,,1,20.00", source="billing")
    result = desk.items("acme,seat,team,2024-01-01,,1,20.00", source="crm")
    assert (result.added, result.held_back) == (0, 1)
    assert held(desk) == [("i-000002", 2, "overlap")]


def test_a_held_row_comes_back_when_the_other_ends_earlier(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-01,,1,20.00")
    held_now = desk.items("acme,seat,team,2024-05-01,,1,25.00")
    assert (held_now.added, held_now.held_back) == (0, 1)
    mended = desk.items("acme,seat,team,2024-01-01,2024-05-01,1,20.00")
    assert (mended.changed, mended.released) == (1, 1)
    assert held(desk) == []
    assert len(desk.rows("customer_id")) == 2


def test_undo_of_the_reason_releases_the_row(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-01,,1,20.00")
    desk.items("acme,seat,team,2024-05-01,,1,25.00", name="other.csv")
    desk.log.undo("i-000001")
    assert held(desk) == []
    assert desk.rows("unit_amount") == [("25.000000000000",)]


def test_rows_of_earlier_imports_can_become_conflicts(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-05-01,,1,25.00")
    result = desk.items("acme,seat,team,2024-01-01,,1,20.00", name="older.csv")
    assert (result.added, result.held_back) == (1, 0)
    assert [(each.import_id, each.row) for each in result.conflicts_elsewhere] == [("i-000001", 2)]
    assert [entry.holds for entry in desk.log.entries()] == [0, 1]


def test_a_dry_run_shows_conflicts_and_keeps_none(desk: Desk) -> None:
    desk.items("acme,seat,team,2024-01-01,,1,20.00")
    assert desk.items("acme,seat,team,2024-05-01,,1,25.00", dry_run=True).held_back == 1
    assert held(desk) == []


def test_an_impossible_amount(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-01,2024-03-01,1,20.00
        acme,extra,team,2024-02-01 10:00,2024-02-01 11:00,1,2000.01
        bolt,seat,team,2024-01-01,2024-03-01,1,20.00
        bolt,extra,team,2024-02-01 10:00,2024-02-01 11:00,1,2000.00"""
    )
    assert briefly(result.findings) == [
        (
            3,
            "unit_amount",
            "impossible_amount",
            "2000.010000000000 from 2024-02-01 10:00:00 to 2024-02-01 11:00:00",
        )
    ]


@pytest.mark.parametrize(
    "rows",
    [
        "acme,extra,team,2024-02-01,2024-02-01T06:00,1,999999.00",
        """acme,seat,team,2024-01-01,,1,0.00
        acme,extra,team,2024-02-01,2024-02-01T06:00,1,999999.00""",
        """acme,seat,team,2024-01-01,,1,20.00
        acme,extra,team,2024-02-01,2024-02-02,1,999999.00""",
        """acme,seat,team,2024-01-01,,1,20.00
        bolt,extra,team,2024-02-01,2024-02-01T06:00,1,999999.00""",
    ],
    ids=["no other version", "the other is free", "a whole day", "another customer"],
)
def test_amounts_that_are_possible(desk: Desk, rows: str) -> None:
    assert desk.items(rows).held_back == 0


def test_intervals_are_weighed_before_amounts_are_compared(desk: Desk) -> None:
    headings = "customer_id,item_id,plan_id,starts_at,ends_at,interval,unit_amount,currency"
    result = desk.take(
        f"""{headings}
        acme,seat,team,2024-01-01,,month,100.00,USD
        acme,extra,team,2024-02-01,2024-02-01T06:00,year,100000.00,USD
        bolt,seat,team,2024-01-01,,year,120.00,USD
        bolt,extra,team,2024-02-01,2024-02-01T06:00,month,1000.01,USD
        cora,seat,team,2024-01-01,,month,10.00,USD
        cora,extra,team,2024-02-01,2024-02-01T06:00,month,150000,JPY"""
    )
    assert briefly(result.findings)[0][:3] == (5, "unit_amount", "impossible_amount")
    assert result.held_back == 1


def test_the_largest_amounts_do_not_overflow(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-01,,1,999999999999.999999999999
        acme,extra,team,2024-02-01,2024-02-01T06:00,9999999999999,0.000000000001
        acme,third,team,2024-02-01,2024-02-01T06:00,1,999999999999.999999999999"""
    )
    assert result.held_back == 0


def test_discounts_are_taken_off_before_amounts_are_compared(desk: Desk) -> None:
    headings = "customer_id,item_id,plan_id,starts_at,ends_at,unit_amount,discount_percent,discount_amount"
    result = desk.take(
        f"""{headings}
        acme,seat,team,2024-01-01,,100.00,50,
        acme,extra,team,2024-02-01,2024-02-01T06:00,5000.01,,
        bolt,seat,team,2024-01-01,,100.00,,
        bolt,extra,team,2024-02-01,2024-02-01T06:00,10000.01,,0.01"""
    )
    assert [each.row for each in result.findings] == [3]


def test_an_mrr_is_monthly_whatever_its_interval(desk: Desk) -> None:
    result = desk.take(
        """customer_id,item_id,plan_id,starts_at,ends_at,unit_amount,mrr,interval
        acme,seat,team,2024-10-27T09:00,2024-10-27T20:00,700,,month
        acme,extra,team,2024-10-28,,,20,year"""
    )
    assert result.held_back == 0
