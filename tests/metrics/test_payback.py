"""Payback in months: what was spent / what it won a month, at the margin of the company."""

from __future__ import annotations

from decimal import Decimal

from tests.metrics.book import Move, SmallBook

MOVES = [
    Move("2025-12-05", "ann", "new", "3000"),
    Move("2026-01-05", "bob", "new", "1000"),
    Move("2026-02-05", "bob", "expansion", "500", "seats"),
    Move("2026-02-06", "bob", "contraction", "-400", "seats"),
    Move("2026-02-07", "cid", "reactivation", "100"),
]
COSTS = [
    ("2026-01", "acquisition", "9000"),
    ("2026-01", "expansion", "100"),
    ("2026-01", "service", "1000"),
    ("2026-02", "acquisition", "0"),
    ("2026-02", "expansion", "1500"),
    ("2026-03", "acquisition", "10"),
    ("2026-03", "service", "4200"),
]


def test_cost_over_what_it_won_at_the_margin_of_the_month() -> None:
    book = SmallBook(MOVES, costs=COSTS)
    (row,) = book.ask("cac_payback_months", month_from="2026-01", month_to="2026-01")
    assert row["value"] == 12  # 9000 / (1000 x (1 - 1000 / 4000))
    assert row["note"] == "margin 0.7500 of the company"
    assert row["unit"] == "ratio"


def test_without_a_service_cost_the_margin_is_1_and_the_note_says_so() -> None:
    book = SmallBook(MOVES, costs=COSTS)
    (row,) = book.ask("expansion_payback_months", month_from="2026-02", month_to="2026-02")
    assert row["value"] == 3  # 1500 / 500: contraction is not taken off
    assert row["note"] == "margin 1: no service cost is imported for the month"


def test_a_payback_that_cannot_be_told_has_a_reason() -> None:
    book = SmallBook(MOVES, costs=COSTS)
    assert book.one("cac_payback_months", "2026-02") == "new_mrr is 0"
    assert book.one("expansion_payback_months", "2026-01") == "expansion_mrr is 0"
    assert book.one("cac_payback_months", "2025-12") == "no acquisition cost is imported for 2025-12; import costs"
    assert book.one("cac_payback_months", "2026-03") == (
        "the margin is not above 0: service costs are as high as the MRR"
    )


def test_a_payback_rounds_once() -> None:
    book = SmallBook([Move("2026-01-05", "bob", "new", "7")], costs=[("2026-01", "acquisition", "100")])
    assert book.one("cac_payback_months", "2026-01") == Decimal("14.285714285714")
