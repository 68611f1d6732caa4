"""Flows and balances by hand: one small company in two currencies, and what cannot be known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.metrics.book import Move, SmallBook
from upswell.errors import UsageError

LINES = (
    "opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr",
    "reactivation_mrr", "fx_mrr", "transfer_in_mrr", "transfer_out_mrr", "closing_mrr",
)  # fmt: skip


@pytest.fixture(scope="module")
def company() -> SmallBook:
    # Ann pays dollars and grows; Bob pays euros; Cy moves from Team to Pro and pays 30 more.
    return SmallBook(
        [
            Move("2026-01-05", "ann", "new", "100"),
            Move("2026-01-10", "bob", "new", "100", currency="EUR"),
            Move("2026-01-20", "cy", "new", "70"),
            Move("2026-02-10", "bob", "expansion", "10", "seats", currency="EUR"),
            Move("2026-02-12", "ann", "expansion", "25.50", "price"),
            Move("2026-02-15", "cy", "transfer", "-70"),
            Move("2026-02-15", "cy", "transfer", "70", plan="Pro", from_plan="Team"),
            Move("2026-02-15", "cy", "expansion", "30", "plan", plan="Pro", from_plan="Team"),
            Move("2026-04-01", "ann", "contraction", "-5.50", "seats"),
            Move("2026-04-30", "cy", "churn", "-100", plan="Pro"),
            Move("2026-09-01", "ann", "churn", "-120", scheduled=True),
        ],
        rates=[
            ("EUR", "2026-01-01", "1.2"),
            ("EUR", "2026-01-31", "1.10"),
            ("EUR", "2026-02-05", "1.09"),
            ("EUR", "2026-02-28", "1.08"),
        ],
        customers=[
            {"customer_id": "ann", "name": "Ann", "owner": "Kim", "country": "DE", "plan": "gold"},
            {"customer_id": "bob", "name": "Bob", "country": "FR"},
        ],
        as_of="2026-05-10",
    )


def values(rows: list[dict[str, object]]) -> dict[str, Decimal]:
    return {str(row["metric"]): Decimal(str(row["value"])) for row in rows}


def test_a_month_rolls_forward_with_exchange_rates(company: SmallBook) -> None:
    february = values(company.ask(*LINES, month_from="2026-02", month_to="2026-02"))
    assert february == {
        "opening_mrr": Decimal("280"),  # 100 + 70 + 100 x 1.10
        "new_mrr": 0,
        "expansion_mrr": Decimal("66.40"),  # 25.50 + 30 + 10 x 1.09
        "contraction_mrr": 0,
        "churned_mrr": 0,
        "reactivation_mrr": 0,
        "fx_mrr": Decimal("-2.10"),  # 110 x 1.08 - 110 - 10.90
        "transfer_in_mrr": 0,
        "transfer_out_mrr": 0,
        "closing_mrr": Decimal("344.30"),
    }


def test_new_money_is_taken_at_its_day_and_fx_brings_it_to_the_close(company: SmallBook) -> None:
    assert company.one("new_mrr", "2026-01") == 100 + 120 + 70
    assert company.one("fx_mrr", "2026-01") == -10


def test_the_range_ends_at_the_last_complete_month(company: SmallBook) -> None:
    rows = company.ask("closing_mrr")
    assert [row["month"] for row in rows] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert all(row["complete"] for row in rows)


def test_a_month_still_running_is_answered_and_says_so(company: SmallBook) -> None:
    (row,) = company.ask("closing_mrr", month_from="2026-05")
    assert (row["value"], row["complete"]) == (Decimal("238.80"), False)


def test_a_month_after_the_book_has_no_value(company: SmallBook) -> None:
    (row,) = company.ask("closing_mrr", month_from="2026-09")
    assert row["value"] is None
    assert row["reason"] == "2026-09 begins after the book, which is as of 2026-05-10"


def test_scheduled_movements_count_in_no_figure(company: SmallBook) -> None:
    assert company.one("churned_mrr", "2026-05") == 0


def test_months_without_rows_carry_their_balance(company: SmallBook) -> None:
    march = values(company.ask(*LINES, month_from="2026-03", month_to="2026-03"))
    assert march.pop("opening_mrr") == march.pop("closing_mrr") == Decimal("344.30")
    assert set(march.values()) == {0}


def test_losses_are_negative_and_both_expansions_are_there(company: SmallBook) -> None:
    assert company.one("contraction_mrr", "2026-04") == Decimal("-5.50")
    assert company.one("churned_mrr", "2026-04") == -100
    assert company.one("net_expansion_mrr", "2026-04") == Decimal("-5.50")
    assert company.one("net_new_mrr", "2026-04") == Decimal("-105.50")
    assert company.one("arr", "2026-04") == Decimal("2865.60")


def test_plans_roll_forward_through_transfers(company: SmallBook) -> None:
    rows = company.ask(*LINES, month_from="2026-02", month_to="2026-02", by=("plan",))
    by_plan = {plan: values([r for r in rows if r["plan"] == plan]) for plan in ("Pro", "Team")}
    assert by_plan["Pro"]["opening_mrr"] == 0
    assert by_plan["Pro"]["transfer_in_mrr"] == 70
    assert by_plan["Pro"]["transfer_out_mrr"] == 0
    assert by_plan["Pro"]["closing_mrr"] == 100
    assert by_plan["Team"]["transfer_out_mrr"] == -70
    assert by_plan["Team"]["fx_mrr"] == Decimal("-2.10")


def test_currencies_are_slices_in_the_workspaces_money(company: SmallBook) -> None:
    rows = company.ask("closing_mrr", month_from="2026-02", month_to="2026-02", by=("currency",))
    assert [(row["currency"], row["value"]) for row in rows] == [
        ("EUR", Decimal("118.80")),
        ("USD", Decimal("225.50")),
    ]


def test_drivers_split_expansion_and_each_slice_is_in_each_month(company: SmallBook) -> None:
    rows = company.ask("expansion_mrr", month_from="2026-02", month_to="2026-03", by=("driver",))
    assert [(row["month"], row["driver"], row["value"]) for row in rows] == [
        ("2026-02", "plan", 30),
        ("2026-02", "price", Decimal("25.50")),
        ("2026-02", "seats", Decimal("10.90")),
        ("2026-03", "plan", 0),
        ("2026-03", "price", 0),
        ("2026-03", "seats", 0),
    ]


def test_kinds_split_net_new(company: SmallBook) -> None:
    rows = company.ask("net_new_mrr", month_from="2026-04", month_to="2026-04", by=("kind",))
    assert [(row["kind"], row["value"]) for row in rows] == [
        ("churn", -100),
        ("contraction", Decimal("-5.50")),
    ]


def test_attributes_split_and_an_absent_value_is_null(company: SmallBook) -> None:
    rows = company.ask("closing_mrr", month_from="2026-02", month_to="2026-02", by=("owner",))
    assert [(row["owner"], row["value"]) for row in rows] == [
        ("Kim", Decimal("125.50")),
        (None, Decimal("218.80")),
    ]


def test_an_attribute_named_like_a_ledger_column_is_reached_by_its_full_name(
    company: SmallBook,
) -> None:
    rows = company.ask("closing_mrr", month_from="2026-02", month_to="2026-02", by=("customer.plan", "plan"))
    assert [(row["customer.plan"], row["plan"]) for row in rows] == [
        ("gold", "Team"), (None, "Pro"), (None, "Team"),
    ]  # fmt: skip


def test_a_slice_that_ended_before_the_range_is_not_in_it(company: SmallBook) -> None:
    company_later = SmallBook([Move("2026-01-05", "ann", "new", "1"), Move("2026-02-01", "ann", "churn", "-1")])
    request: dict[str, Any] = {"month_from": "2026-08", "month_to": "2026-08", "by": ("plan",)}
    assert company_later.ask("closing_mrr", **request) == []
    assert company.ask("closing_mrr", **request) != []


def test_a_filter_narrows_balances_and_flows(company: SmallBook) -> None:
    assert company.one("closing_mrr", "2026-02", where="country = 'DE'") == Decimal("125.50")
    assert company.one("expansion_mrr", "2026-02", where="driver in ('seats', 'plan')") == (Decimal("40.90"))
    assert company.one("transfer_in_mrr", "2026-02", where="plan = 'Pro'") == 70


def test_per_30_days_scales_flows_exactly_and_leaves_balances(company: SmallBook) -> None:
    request: dict[str, Any] = {"month_from": "2026-02", "month_to": "2026-02", "per_30_days": True}
    february = values(company.ask("expansion_mrr", "closing_mrr", **request))
    assert february["closing_mrr"] == Decimal("344.30")
    assert february["expansion_mrr"] == Decimal("71.142857142857142857")  # 66.40 x 30 / 28


@pytest.mark.parametrize("name", ["fx_mrr", "nrr_1m", "expansion_customers", "expansion_rate"])
def test_per_30_days_refuses_what_has_no_such_form(company: SmallBook, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} has no form per 30 days"):
        company.ask(name, per_30_days=True)


def test_a_missing_rate_gives_no_value_and_the_reason() -> None:
    book = SmallBook(
        [
            Move("2026-01-05", "ann", "new", "100"),
            Move("2026-01-10", "bob", "new", "100", currency="EUR"),
            Move("2026-01-10", "bob", "transfer", "-100", currency="EUR"),
            Move("2026-01-10", "bob", "transfer", "100", plan="Pro", currency="EUR"),
            Move("2026-04-10", "bob", "churn", "-100", plan="Pro", currency="EUR"),
        ],
        rates=[("EUR", "2026-03-15", "1.1")],
    )
    assert book.one("new_mrr", "2026-01") == "no rate for EUR on 2026-01-10; import rates"
    assert book.one("closing_mrr", "2026-01") == "no rate for EUR on 2026-01-31; import rates"
    assert book.one("fx_mrr", "2026-03") == "no rate for EUR on 2026-02-28; import rates"
    assert book.one("net_new_mrr", "2026-03") == 0
    assert book.one("nrr_1m", "2026-02") == "no rate for EUR on 2026-01-31; import rates"
    # What does not touch the euros is known, and so is all of it once they are gone.
    assert book.one("new_mrr", "2026-01", where="currency = 'USD'") == 100
    assert book.one("closing_mrr", "2026-03") == 210
    assert book.one("closing_mrr", "2026-05") == 100
    assert book.one("customers", "2026-01") == 2
    # A transfer that nets to nothing needs no rate; one that crosses the edge of a slice does.
    assert book.one("transfer_in_mrr", "2026-01") == 0
    assert book.one("transfer_in_mrr", "2026-01", where="plan = 'Pro'") == (
        "no rate for EUR on 2026-01-10; import rates"
    )


def test_an_empty_book_answers_zero_and_reasons() -> None:
    book = SmallBook([], as_of="2026-03-05")
    assert [(row["month"], row["value"]) for row in book.ask("closing_mrr")] == [("2026-02", 0)]
    assert book.one("nrr_12m", "2026-02") == "no customer paid at the close of 2025-02"


def test_a_book_in_its_first_month_answers_for_it_as_incomplete() -> None:
    book = SmallBook([Move("2026-03-02", "ann", "new", "10")], as_of="2026-03-05")
    (row,) = book.ask("closing_mrr")
    assert (row["month"], row["value"], row["complete"]) == ("2026-03", 10, False)


def test_the_answer_holds_decimals_and_no_floating_point(company: SmallBook) -> None:
    table = company.table(*LINES, "nrr_1m", "customers", "arpa", by=("owner", "plan"))
    assert table.schema == pa.schema(
        [
            ("month", pa.string()), ("owner", pa.string()), ("plan", pa.string()),
            ("metric", pa.string()), ("value", pa.decimal128(38, 18)), ("unit", pa.string()),
            ("reason", pa.string()), ("complete", pa.bool_()), ("note", pa.string()),
        ]
    )  # fmt: skip


def test_long_amounts_keep_every_digit() -> None:
    book = SmallBook(
        [Move("2026-01-05", "ann", "new", "12345678901234567.123457", currency="EUR")],
        rates=[("EUR", "2026-01-01", "1.000000000001")],
    )
    exact = Decimal("12345678901246912.802358234567123457")
    assert book.one("closing_mrr", "2026-01") == exact
    assert book.one("new_mrr", "2026-01") == exact


def test_a_month_still_running_is_valued_at_the_books_own_day() -> None:
    book = SmallBook(
        [Move("2026-01-05", "ann", "new", "100", currency="EUR")],
        rates=[("EUR", "2026-01-01", "1.1"), ("EUR", "2026-03-20", "1.2")],
        as_of="2026-03-15",
    )
    assert book.one("closing_mrr", "2026-03") == 110
