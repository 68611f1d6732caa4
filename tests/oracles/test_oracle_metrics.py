"""Retention, churn rates and money at fixed rates of the oracle, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.oracles.by_hand import item, run
from tests.oracles.ledger import OracleMovement, OraclePolicy
from tests.oracles.metrics import Cohort, monthly_figures, valued


@pytest.mark.parametrize(("cohort", "nrr"), [("reactivated_zero", "0.5"), ("included", "1.25")])
def test_retention_of_a_customer_who_left_and_came_back(cohort: Cohort, nrr: str) -> None:
    b = {"customer_id": "b"}
    found = run([item("2025-01-01")]) + run(
        [item("2025-01-01", "2025-06-01", **b), item("2025-09-01", unit_amount="150", **b)]
    )
    (figures,) = monthly_figures(found, months=["2026-01"], cohort=cohort)
    assert figures.nrr_12m == Fraction(nrr)
    assert figures.grr_12m == (1 if cohort == "included" else Fraction(1, 2))
    assert (figures.opening, figures.closing) == (Decimal(250), Decimal(250))
    assert figures.customers == 2


def a_year_of_three() -> list[OracleMovement]:
    """a: 100, from March 160, from May 130. b: 100, gone in June, back for 150 in September. c: new in April at 70."""
    b, c = {"customer_id": "b"}, {"customer_id": "c"}
    return [
        *run(
            [
                item("2025-01-01", "2025-03-01"),
                item("2025-03-01", "2025-05-01", unit_amount="160"),
                item("2025-05-01", unit_amount="130"),
            ]
        ),
        *run([item("2025-01-01", "2025-06-01", **b), item("2025-09-01", unit_amount="150", **b)]),
        *run([item("2025-04-01", unit_amount="70", **c)]),
    ]


def test_movement_based_retention_leaves_out_new_and_returns() -> None:
    """Opening 200, expansion 60, contraction -30, churn -100: (200 + 60 - 130) / 200 and (200 - 130) / 200."""
    (figures,) = monthly_figures(a_year_of_three(), months=["2026-01"], cohort="movements")
    assert (figures.nrr_12m, figures.grr_12m) == (Fraction("0.65"), Fraction("0.35"))
    assert figures.nrr_1m == 1
    assert figures.grr_1m == 1
    (first,) = monthly_figures(a_year_of_three(), months=["2025-01"], cohort="movements")
    assert (first.nrr_1m, first.nrr_12m) == (None, None)


def test_movement_based_retention_counts_who_came_in_between() -> None:
    """d, new in the window at 50 and gone in it, was in no opening; its -50 counts all the same: (200 - 180) / 200."""
    d = run([item("2025-02-01", "2025-08-01", unit_amount="50", customer_id="d")])
    (figures,) = monthly_figures([*a_year_of_three(), *d], months=["2026-01"], cohort="movements")
    assert figures.grr_12m == Fraction("0.1")


@pytest.mark.parametrize(("denominator", "rate"), [("opening", Fraction(1, 2)), ("opening_and_new", Fraction(2, 4))])
def test_customer_churn_rate(denominator: str, rate: Fraction) -> None:
    """Two at the opening, of whom one leaves; two new, of whom one leaves: 1 of 2, or 2 of 4."""
    movements = [
        *run([item("2025-01-01")]),
        *run([item("2025-01-01", "2025-03-10", customer_id="b")]),
        *run([item("2025-03-02", "2025-03-20", customer_id="c")]),
        *run([item("2025-03-02", customer_id="d")]),
    ]
    (figures,) = monthly_figures(
        movements,
        months=["2025-03"],
        cohort="included",
        denominator=denominator,  # type: ignore[arg-type]
    )
    assert figures.customer_churn_rate == rate


@pytest.mark.parametrize(("denominator", "rate"), [("opening", None), ("opening_and_new", Fraction(0))])
def test_customer_churn_rate_of_a_first_month(denominator: str, rate: Fraction | None) -> None:
    (figures,) = monthly_figures(
        run([item("2025-03-02")]),
        months=["2025-03"],
        cohort="included",
        denominator=denominator,  # type: ignore[arg-type]
    )
    assert figures.customer_churn_rate == rate


@pytest.mark.parametrize(("fx", "closing"), [("item_start", "25"), ("fixed_rate", "22")])
def test_what_closes_is_what_the_movements_carry(fx: str, closing: str) -> None:
    """100 EUR fall to 20: at the item's start 1.25 each, as of June 1.10 each, and no fx between."""
    rates = {"EUR": [(date(2025, 1, 1), Decimal("1.25")), (date(2025, 3, 1), Decimal("1.10"))]}
    items = [item("2025-01-10", "2025-04-01", currency="EUR"), item("2025-04-01", unit_amount="20", currency="EUR")]
    movements = run(items, policy=OraclePolicy(fx=fx), rates=rates)  # type: ignore[arg-type]
    (figures,) = monthly_figures(valued(movements, workspace_currency="USD"), months=["2025-04"], cohort="included")
    assert figures.closing == Decimal(closing)
    assert figures.opening + figures.contraction == figures.closing


def test_money_without_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="no rate for EUR"):
        valued(run([item("2025-01-10", currency="EUR")]), workspace_currency="USD")
