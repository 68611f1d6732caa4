"""acv, ltv, cmrr, sales efficiency, activation and involuntary churn, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.metrics.book import Move, SmallBook, Version


def test_acv_looks_at_terms_of_a_year_or_longer_at_the_close() -> None:
    book = SmallBook(
        [],
        versions=[
            Version("ann", "2026-01-10", "2026-03-10", "100", "year"),
            Version("ann", "2026-01-10", None, "20", "month", 12, plan="Extra"),
            Version("bob", "2026-01-10", None, "60", "quarter", 4, currency="EUR"),
            Version("cy", "2026-01-10", None, "500"),
            Version("dee", "2026-01-10", None, "500", "month", 11),
            Version("eve", "2026-01-10", None, "0", "year"),
        ],
        rates=[("EUR", "2026-01-01", "1.1"), ("EUR", "2026-02-20", "1.2")],
        as_of="2026-03-09T12:00",
    )
    assert book.one("acv", "2026-01") == 12 * (120 + 66) / 2
    assert book.one("acv", "2026-02") == 12 * (120 + 72) / 2
    assert book.one("acv", "2026-03") == 12 * (120 + 72) / 2  # at the book's instant ann's year still runs
    assert book.one("acv", "2025-12") == "no customer is on a term of a year or longer"
    assert book.one("acv", "2026-01", where="plan = 'Extra'") == 240
    by_plan = book.ask("acv", by=("plan",), month_from="2026-01", month_to="2026-01")
    assert [row["plan"] for row in by_plan] == []  # slices come from movements, of which there are none
    assert SmallBook([], versions=book_without_rate()).one("acv", "2026-01") == (
        "no rate for EUR on 2026-01-31; import rates"
    )


def book_without_rate() -> list[Version]:
    return [Version("bob", "2026-01-10", None, "60", "year", currency="EUR")]


SIX = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


def growing() -> list[Move]:
    """Ten customers of 10.00 from December; one leaves in February and one in June."""
    return [
        *[Move("2025-12-05", f"c{number}", "new", "10") for number in range(10)],
        Move("2026-02-10", "c0", "churn", "-10"),
        Move("2026-06-10", "c1", "churn", "-10"),
    ]


def test_ltv_is_arpa_over_the_churn_of_six_months_times_the_margin() -> None:
    book = SmallBook(growing())
    (row,) = book.ask("ltv", month_from="2026-06", month_to="2026-06")
    # arpa 80 / 8; openings 10 + 10 + 9 + 9 + 9 + 9 = 56, of whom 2 left
    assert row["value"] == 10 * 56 / 2
    assert row["note"] == "margin 1: no service cost is imported for these six months"
    assert book.one("ltv", "2026-05") == "no customer paid at the close of 2025-11: six months are not there yet"
    assert book.one("ltv", "2026-12") == "no customer churned from 2026-07 to 2026-12"


def test_the_margin_is_of_the_months_that_have_a_service_cost_and_of_the_company_in_every_slice() -> None:
    costs = [("2026-01", "service", "20"), ("2026-02", "service", "27"), ("2026-01", "acquisition", "999")]
    book = SmallBook(growing(), costs=costs, customers=[{"customer_id": "c1", "owner": "Kim"}])
    (row,) = book.ask("ltv", month_from="2026-06", month_to="2026-06")
    assert row["value"] == Decimal("210.736842105263")  # 280 x (190 - 47) / 190
    assert row["note"] == "margin 0.7526 of the company, known for 2 of the six months"
    slices = {row["owner"]: row for row in book.ask("ltv", by=("owner",), month_from="2026-06", month_to="2026-06")}
    assert slices[None]["value"] == Decimal("376.315789473684")  # 10 x 50 / 1 x 143 / 190
    assert slices[None]["note"] == row["note"]
    assert slices["Kim"]["reason"] == "customers is 0"
    whole = [(month, "service", "1") for month in SIX]
    (row,) = SmallBook(growing(), costs=whole).ask("ltv", month_from="2026-06", month_to="2026-06")
    assert row["note"] == "margin 0.9889 of the company"  # 1 - 6 / (100 + 4 x 90 + 80)


def test_cmrr_is_what_is_in_force_and_what_is_known_to_come() -> None:
    book = SmallBook(
        [
            Move("2026-01-05", "ann", "new", "500"),
            Move("2026-02-05", "bob", "new", "100", currency="EUR"),
            Move("2026-03-02", "ann", "expansion", "7", "seats"),
            Move("2026-04-01", "ann", "contraction", "-80", "seats", scheduled=True),
            Move("2027-06-01", "bob", "churn", "-100", currency="EUR", scheduled=True),
            Move("2026-06-01", "eve", "new", "30", plan="Pro", currency="EUR", scheduled=True),
        ],
        rates=[("EUR", "2026-01-01", "1.1"), ("EUR", "2026-03-12", "1.2"), ("EUR", "2026-03-13", "1.3")],
        as_of="2026-03-12T18:00",
    )
    assert book.one("cmrr", "2026-02") == book.one("cmrr", "2026-03") == 427 + 36
    assert book.one("cmrr", "2026-02", where="plan = 'Pro'") == 36
    assert book.one("cmrr", "2026-02", where="customer = 'bob'") == 0
    assert book.one("cmrr", "2026-01") == (
        "what was contracted at the close of 2026-01 is not known; "
        "the book knows it as of 2026-03-12 only: ask for 2026-02"
    )


def test_sales_efficiency_sets_a_quarter_against_the_cost_of_the_one_before() -> None:
    costs = [
        ("2025-10", "acquisition", "1000"),
        ("2025-11", "acquisition", "900"),
        ("2025-11", "expansion", "100"),
        ("2025-12", "expansion", "0"),
        ("2025-12", "service", "5000"),
        ("2026-01", "acquisition", "0"),
        ("2026-02", "acquisition", "0"),
        ("2026-03", "acquisition", "0"),
        ("2026-04", "acquisition", "5"),
    ]
    moves = [
        Move("2025-12-31", "ann", "new", "70"),
        Move("2026-01-01", "bob", "new", "80"),
        Move("2026-02-01", "ann", "expansion", "40", "seats"),
        Move("2026-02-01", "ann", "transfer", "-40"),
        Move("2026-02-01", "ann", "transfer", "40", plan="Pro"),
        Move("2026-03-31", "ann", "contraction", "-20", "seats"),
    ]
    book = SmallBook(moves, costs=costs)
    assert book.one("sales_efficiency", "2026-03") == Decimal("0.6")  # 12 x 100 / 2000
    assert book.one("sales_efficiency", "2026-02") == "2026-02 is not the last month of a quarter"
    assert book.one("sales_efficiency", "2026-06") == "acquisition and expansion cost of 2026-Q1 is 0"
    assert book.one("sales_efficiency", "2026-09") == (
        "no acquisition or expansion cost is imported for 2026-05; import costs"
    )


def test_activation_looks_at_customers_created_in_the_month_where_the_company_is() -> None:
    customers = [
        {"customer_id": "a", "created_at": "2026-01-31 23:30", "activated_at": "2026-03-02 23:30", "owner": "Kim"},
        {"customer_id": "b", "created_at": "2026-02-02", "activated_at": "2026-03-04 00:00:01", "owner": "Kim"},
        {"customer_id": "c", "created_at": "2026-02-28 22:59"},
        {"customer_id": "d", "created_at": "2026-02-28 23:00", "activated_at": "2026-03-01"},
        {"customer_id": "e", "activated_at": "2026-03-01"},
    ]
    book = SmallBook([], customers=customers, timezone="Europe/Berlin", as_of="2026-03-31")
    assert book.one("activation_rate", "2026-02") == Decimal("0.333333333333")  # a, b, c are February's in Berlin
    assert book.one("activation_rate", "2026-01") == "no customer was created in 2026-01"
    assert book.one("activation_rate", "2026-03") == (
        "the customers created in 2026-03 are not all 30 days old as of 2026-03-31"
    )
    rows = book.ask("activation_rate", by=("owner",), month_from="2026-02", month_to="2026-02")
    assert [(row["owner"], row["value"]) for row in rows] == [("Kim", Decimal("0.5")), (None, 0)]
    early = SmallBook([], customers=customers, timezone="Europe/Berlin", as_of="2026-03-30T12:00")
    assert "not all 30 days old" in early.one("activation_rate", "2026-02")


@pytest.mark.parametrize("lacking", ["created_at", "activated_at"])
def test_without_its_columns_activation_has_no_value(lacking: str) -> None:
    given = {"created_at": "2026-01-01", "activated_at": "2026-01-01"}
    given.pop(lacking)
    book = SmallBook([], customers=[{"customer_id": "a", **given}])
    assert book.one("activation_rate", "2026-01") == f"no customer has {lacking}; import customers with it"


def test_churn_is_involuntary_if_the_item_was_in_arrears_when_it_went() -> None:
    book = SmallBook(
        [
            *[Move("2026-01-01", customer, "new", "10") for customer in ("ann", "bob", "cy", "dee")],
            Move("2026-02-10", "ann", "churn", "-10", before_span=2),
            Move("2026-02-11", "bob", "churn", "-10", before_span=3),
            Move("2026-02-12", "cy", "churn", "-10", before_span=6),
            Move("2026-02-12", "dee", "churn", "-50", before_span=8, scheduled=True),
            Move("2026-02-13", "eve", "churn", "5"),  # came back, netted into churn
        ],
        versions=[
            Version("ann", "2026-01-01", "2026-02-03", "10", span=1),
            Version("ann", "2026-02-03", "2026-02-10", "10", status="past_due", span=2),
            Version("bob", "2026-01-01", "2026-02-11", "10", span=3),
            Version("bob", "2026-02-11", "2026-03-11", "0", status="unpaid", span=4),
            Version("cy", "2026-01-01", "2026-01-20", "10", status="past_due", span=5),
            Version("cy", "2026-01-20", "2026-02-12", "10", span=6),  # had paid up
            Version("cy", "2026-06-12", "2026-07-12", "10", status="past_due", span=7),
            Version("dee", "2026-01-01", None, "10", span=8),
        ],
    )
    assert book.one("involuntary_churn_share", "2026-02") == Decimal("0.666666666667")
    assert book.one("involuntary_churn_share", "2026-02", where="customer = 'cy'") == 0
    assert book.one("involuntary_churn_share", "2026-01") == "nothing churned"


def test_a_source_that_never_tells_of_arrears_has_no_share() -> None:
    book = SmallBook([Move("2026-01-01", "ann", "new", "10"), Move("2026-02-10", "ann", "churn", "-10")])
    assert book.one("involuntary_churn_share", "2026-02") == (
        "no item was ever past_due or unpaid: the source seems not to tell of arrears"
    )


def test_a_year_of_expansion_over_what_was_there_before() -> None:
    book = SmallBook(
        [
            Move("2025-03-31", "ann", "new", "200"),
            Move("2025-04-01", "ann", "expansion", "20", "seats"),
            Move("2026-03-31", "bob", "new", "50"),
            Move("2026-03-31", "ann", "expansion", "30", "seats"),
            Move("2026-04-01", "ann", "expansion", "90", "seats"),
        ]
    )
    assert book.one("expansion_rate_12m", "2026-03") == Decimal("0.25")
    assert book.one("expansion_rate_12m", "2026-02") == "closing_mrr of 2025-02 is 0"
