"""Durable expansion of small books, worked by hand: a month's expansion times what of such expansion lasted a year."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.metrics.book import Move, SmallBook

SEATS: Final = "seats"
ADDON: Final = "addon"


def before(*, customers: int = 10, back: str = "2023-12-31") -> list[Move]:
    """Customers at 100.00 that add seats for 10.00 in March 2023; the first four give 5.00 back on `back`."""
    moves = []
    for number in range(customers):
        name = f"c{number:02d}"
        moves += [Move("2023-01-05", name, "new", "100"), Move("2023-03-01", name, "expansion", "10", SEATS)]
        if number < 4:
            moves.append(Move(back, name, "contraction", "-5", SEATS))
    return moves


NOW: Final = [
    Move("2024-12-10", "c05", "expansion", "200", SEATS),
    Move("2024-12-12", "c06", "expansion", "50", ADDON),
]


def test_a_month_expands_by_what_lasted_of_the_year_before_the_last() -> None:
    """80.00 of 100.00 of seats lasted; nobody bought add-ons then, so all drivers stand for them: 250 x 0.8."""
    (row,) = SmallBook([*before(), *NOW]).ask("durable_expansion_mrr", month_from="2024-12", month_to="2024-12")
    assert row["value"] == 200
    assert row["note"] == "lasted a year, of 2022-12 to 2023-11: all drivers for Add-on 80.0 %, Seats 80.0 %"


def test_what_is_lost_after_a_year_or_before_the_months_looked_at_plays_no_part() -> None:
    book = SmallBook([*before(back="2024-02-29"), *NOW])  # 365 days after 1 March 2023
    assert book.one("durable_expansion_mrr", "2024-12") == 200
    book = SmallBook([*before(back="2024-03-01"), *NOW])
    assert book.one("durable_expansion_mrr", "2024-12") == 250


def test_it_splits_by_driver_and_plan_and_adds_up() -> None:
    book = SmallBook([*before(), *NOW])
    rows = book.ask("durable_expansion_mrr", by=("driver",), month_from="2024-12", month_to="2024-12")
    assert {row["driver"]: row["value"] for row in rows} == {SEATS: Decimal(160), ADDON: Decimal(40)}
    of_customer = book.ask("durable_expansion_mrr", where="customer = 'c06'", month_from="2024-12", month_to="2024-12")
    assert [row["value"] for row in of_customer] == [40]


def test_too_few_customers_are_no_share() -> None:
    (row,) = SmallBook([*before(customers=9), *NOW]).ask(
        "durable_expansion_mrr", month_from="2024-12", month_to="2024-12"
    )
    assert row["value"] is None
    assert row["reason"] == "9 customers expanded in 2022-12 to 2023-11, fewer than 10: too few to say what lasts"


def test_a_month_without_expansion_has_none_that_lasts() -> None:
    assert SmallBook([*before(), *NOW]).one("durable_expansion_mrr", "2024-11") == 0


def test_an_expansion_without_a_rate_leaves_no_share() -> None:
    moves = [*before(), Move("2023-04-01", "x", "new", "5", currency="EUR"), *NOW]
    moves.append(Move("2023-05-01", "x", "expansion", "5", SEATS, currency="EUR"))
    (row,) = SmallBook(moves).ask("durable_expansion_mrr", month_from="2024-12", month_to="2024-12")
    assert row["value"] is None
    assert row["reason"] == "an expansion of 2022-12 to 2023-11 has no rate; import rates"


def test_what_is_learned_later_changes_no_earlier_month() -> None:
    later = [Move(f"2025-0{month}-03", f"c{month:02d}", "churn", "-110") for month in (7, 8, 9)]
    for moves in ([*before(), *NOW], [*before(), *NOW, *later]):
        assert SmallBook(moves).one("durable_expansion_mrr", "2024-12") == 200
