"""Ratios and retention by hand: signs, what counts as kept, and reasons instead of zeros."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.metrics.book import INCLUDED, Move, SmallBook


@pytest.fixture(scope="module")
def book() -> SmallBook:
    # January closes with ann 100, bob 50, cy 20; then growth, loss, a leaver, a newcomer.
    return SmallBook(
        [
            Move("2026-01-01", "ann", "new", "100"),
            Move("2026-01-02", "bob", "new", "50"),
            Move("2026-01-31", "cy", "new", "20"),
            Move("2026-02-01", "ann", "expansion", "30", "seats"),
            Move("2026-02-28", "bob", "contraction", "-10", "seats"),
            Move("2026-02-10", "cy", "churn", "-20"),
            Move("2026-02-11", "dee", "new", "60"),
            Move("2026-03-05", "cy", "reactivation", "25"),
            Move("2026-03-06", "ann", "expansion", "15", "price"),
            Move("2026-04-02", "ann", "churn", "-145"),
            Move("2026-04-20", "ann", "reactivation", "200"),
        ],
        as_of="2027-06-01",
    )


def test_retention_of_one_month(book: SmallBook) -> None:
    assert book.one("nrr_1m", "2026-02") == 1  # (130 + 40 + 0) / 170
    assert book.one("grr_1m", "2026-02") == Decimal("0.823529411765")  # (100 + 40 + 0) / 170
    assert book.one("nrr_1m", "2026-01") == "no customer paid at the close of 2025-12"


def test_one_who_left_and_came_back_is_kept_only_if_the_policy_says_so(book: SmallBook) -> None:
    # April: ann left and came back within the month; opening 145 + 40 + 60 + 25 = 270.
    assert book.one("nrr_1m", "2026-04") == Decimal("0.462962962963")  # 125 / 270
    assert book.one("nrr_1m", "2026-04", policy=INCLUDED) == Decimal("1.203703703704")  # 325 / 270
    assert book.one("grr_1m", "2026-04", policy=INCLUDED) == 1
    # A year from January: cy 20 -> 25 but left in February, ann left in April, bob 50 -> 40.
    assert book.one("nrr_12m", "2027-01") == Decimal("0.235294117647")  # 40 / 170
    assert book.one("nrr_12m", "2027-01", policy=INCLUDED) == Decimal("1.558823529412")  # 265/170
    assert book.one("grr_12m", "2027-01", policy=INCLUDED) == Decimal("0.941176470588")  # 160/170


def test_a_year_later_nothing_moved(book: SmallBook) -> None:
    assert book.one("nrr_12m", "2027-05") == 1


@pytest.mark.parametrize(
    ("name", "month", "value"),
    [
        ("expansion_rate", "2026-02", "0.176470588235"),  # 30 / 170
        ("gross_mrr_churn_rate", "2026-02", "0.176470588235"),  # (20 + 10) / 170
        ("net_mrr_churn_rate", "2026-02", "0"),  # (30 - 30) / 170
        ("net_mrr_churn_rate", "2026-03", "-0.173913043478"),  # -(25 + 15) / 230
        ("quick_ratio", "2026-02", "3"),  # (60 + 30) / 30
        ("quick_ratio", "2026-03", "contraction_mrr + churned_mrr is 0"),
        ("mrr_growth_rate", "2026-02", "0.352941176471"),  # 230 / 170 - 1
        ("arpa", "2026-01", "56.666666666667"),
        ("customer_churn_rate", "2026-02", "0.333333333333"),
        ("customer_churn_rate", "2026-03", "0"),
        ("customer_churn_rate", "2026-01", "no customer paid at the close of 2025-12"),
        ("expansion_share_of_new", "2026-02", "0.5"),
        ("expansion_share_of_new", "2026-03", "new_mrr is 0"),
        ("expansion_growth_rate", "2026-03", "-0.5"),
        ("expansion_growth_rate", "2026-02", "expansion_mrr of 2026-01 is 0"),
        ("expansion_rate", "2026-01", "opening_mrr is 0"),
        ("arpa", "2025-12", "customers is 0"),
        ("reactivated_customers", "2026-03", "1"),
        ("contraction_customers", "2026-02", "1"),
        ("expansion_customers", "2026-02", "1"),
    ],
)
def test_figures_by_hand(book: SmallBook, name: str, month: str, value: str) -> None:
    found = book.one(name, month)
    assert found == (Decimal(value) if value[-1].isdigit() and " " not in value else value)


def test_a_slice_that_lost_all_customers_still_has_its_retention() -> None:
    book = SmallBook(
        [
            Move("2025-01-10", "ann", "new", "10", plan="Old"),
            Move("2025-06-10", "ann", "churn", "-10", plan="Old"),
        ]
    )
    (row,) = book.ask("nrr_12m", by=("plan",), month_from="2026-01", month_to="2026-01")
    assert (row["plan"], row["value"]) == ("Old", 0)


def test_one_who_left_on_another_plan_counts_zero_in_the_slice_it_returned_to() -> None:
    book = SmallBook(
        [
            Move("2025-01-10", "ann", "new", "10", plan="Team"),
            Move("2025-03-10", "ann", "transfer", "-10", plan="Team"),
            Move("2025-03-10", "ann", "transfer", "10", plan="Pro"),
            Move("2025-04-10", "ann", "churn", "-10", plan="Pro"),
            Move("2025-05-10", "ann", "reactivation", "10", plan="Team"),
        ]
    )
    assert book.one("nrr_12m", "2026-01", where="plan = 'Team'") == 0
    assert book.one("nrr_12m", "2026-01", where="plan = 'Team'", policy=INCLUDED) == 1


def test_exchange_rates_are_in_retention_each_close_at_its_own() -> None:
    book = SmallBook(
        [Move("2026-01-10", "ann", "new", "100", currency="EUR")],
        rates=[("EUR", "2026-01-01", "1.10"), ("EUR", "2026-02-28", "1.21")],
    )
    assert book.one("nrr_1m", "2026-02") == Decimal("1.1")
    assert book.one("grr_1m", "2026-02") == 1
    assert book.one("nrr_1m", "2026-03") == 1
