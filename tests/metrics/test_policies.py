"""What a policy's switches make of figures: cohorts by movements, denominators, returns netted, rates of their own."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.metrics.book import Move, SmallBook
from tests.metrics.plain_loop import months_before, to_twelve_decimals
from tests.metrics.random_books import random_book
from upswell.policy.model import FxView, Policy

MOVEMENTS = Policy(name="movements", retention_cohort="movements")
AND_NEW = Policy(name="and_new", customer_churn_denominator="opening_and_new")
LINES = ("net_new_mrr", "fx_mrr", "transfer_in_mrr", "transfer_out_mrr")


def test_retention_by_movements_leaves_out_what_is_new_and_what_returned() -> None:
    book = SmallBook(
        [
            Move("2025-12-31", "ann", "new", "100"),
            Move("2025-12-31", "bob", "new", "100"),
            Move("2026-01-10", "ann", "expansion", "30", "seats"),
            Move("2026-01-11", "bob", "churn", "-100"),
            Move("2026-01-12", "cy", "new", "50"),
            Move("2026-01-13", "cy", "expansion", "6", "seats"),  # not of the cohort, and yet in it
            Move("2026-02-12", "bob", "reactivation", "70"),
            Move("2026-02-13", "ann", "contraction", "-20", "seats"),
        ]
    )
    assert book.one("nrr_1m", "2026-01", policy=MOVEMENTS) == Decimal("0.68")  # (200 + 36 - 100) / 200
    assert book.one("grr_1m", "2026-01", policy=MOVEMENTS) == Decimal("0.5")
    assert book.one("nrr_12m", "2026-12", policy=MOVEMENTS) == Decimal("0.58")  # (200 + 36 - 100 - 20) / 200
    assert book.one("grr_12m", "2026-12", policy=MOVEMENTS) == Decimal("0.4")
    assert book.one("nrr_1m", "2025-12", policy=MOVEMENTS) == "closing_mrr of 2025-11 is 0"
    assert book.one("nrr_1m", "2026-01", policy=MOVEMENTS, where="customer = 'ann'") == Decimal("1.3")


def test_retention_by_movements_on_random_books() -> None:
    for seed in range(4):
        book = random_book(seed)
        asked = ("closing_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")
        lines = {(r["month"], r["metric"]): Fraction(r["value"]) for r in book.ask(*asked, month_from="2020-01")}
        for row in book.ask("nrr_12m", "grr_12m", policy=MOVEMENTS):
            start = months_before(row["month"], 12)
            opening = lines[start, "closing_mrr"]
            kinds = asked[1:] if row["metric"] == "nrr_12m" else asked[2:]
            window = [months_before(row["month"], back) for back in range(12)]
            kept = opening + sum(lines[month, kind] for month in window for kind in kinds)
            assert row["value"] == (to_twelve_decimals(kept / opening) if opening else None)


def test_the_churn_rate_over_opening_and_new_customers() -> None:
    book = SmallBook(
        [
            *[Move("2025-12-01", customer, "new", "10") for customer in ("ann", "bob", "cy")],
            Move("2026-01-02", "ann", "churn", "-10"),
            Move("2026-01-03", "dee", "new", "10"),
            Move("2026-01-20", "dee", "churn", "-10"),  # new and gone in the month: in both numbers
            Move("2026-03-01", "eve", "new", "10", plan="Pro"),
        ]
    )
    assert book.one("customer_churn_rate", "2026-01") == Decimal("0.333333333333")
    assert book.one("customer_churn_rate", "2026-01", policy=AND_NEW) == Decimal("0.5")  # 2 of 3 + 1
    assert book.one("customer_churn_rate", "2026-03", policy=AND_NEW, where="plan = 'Pro'") == 0
    assert book.one("customer_churn_rate", "2025-11", policy=AND_NEW) == (
        "no customer paid at the close of 2025-10, and none was new in 2025-11"
    )


def test_one_who_came_back_is_not_counted_as_gone_where_returns_are_netted_into_churn() -> None:
    netted = Policy(name="netted", reactivation="churn")
    book = SmallBook(
        [
            Move("2026-01-02", "ann", "new", "100"),
            Move("2026-01-02", "bob", "new", "50"),
            Move("2026-02-02", "ann", "churn", "-100"),
            Move("2026-03-02", "ann", "churn", "80"),
            Move("2026-03-05", "bob", "churn", "-50"),
        ],
        as_of="2028-01-01",
    )
    asked = ("churned_mrr", "churned_customers", "customers", "customer_churn_rate", "nrr_1m")
    march = {
        row["metric"]: row["value"] for row in book.ask(*asked, policy=netted, month_from="2026-03", month_to="2026-03")
    }
    assert march == {
        "churned_mrr": 30,
        "churned_customers": 1,
        "customers": 1,
        "customer_churn_rate": 1,  # bob, of bob alone
        "nrr_1m": 0,
    }
    # ann came back since April of the year before: she is kept in full, her row of kind churn is no leaving.
    assert book.one("nrr_12m", "2027-03", policy=netted) == 1
    assert book.one("nrr_12m", "2027-01", policy=netted) == 0  # of January 2026 both had left
    assert book.one("nrr_12m", "2027-02", policy=netted) == 0  # bob left; ann was not there


def test_a_lost_subscription_is_no_lost_customer() -> None:
    by_subscription = Policy(name="by_subscription", level="subscription")
    book = SmallBook(
        [
            Move("2026-01-02", "ann", "new", "100"),
            Move("2026-01-02", "ann", "new", "50", plan="Pro"),
            Move("2026-02-02", "ann", "churn", "-50", plan="Pro"),
            Move("2026-01-02", "bob", "new", "50"),
            Move("2026-02-02", "bob", "churn", "-50"),
            Move("2026-02-12", "bob", "reactivation", "50"),
        ]
    )
    assert book.one("nrr_1m", "2026-02", policy=by_subscription) == Decimal("0.5")  # (100 + 0) / 200


@pytest.mark.parametrize("fx", ["fixed_rate", "item_start"])
def test_at_rates_of_their_own_movements_add_up_to_balances(fx: FxView) -> None:
    policy = Policy(name="own", fx=fx)
    moves = [
        Move("2026-01-05", "ann", "new", "100", currency="EUR"),
        Move("2026-02-05", "ann", "expansion", "10", "seats", currency="EUR"),
        Move("2026-02-06", "ann", "transfer", "-110", currency="EUR"),
        Move("2026-02-06", "ann", "transfer", "110", plan="Pro", currency="EUR"),
        Move("2026-02-07", "bob", "new", "5", currency="EUR"),
    ]
    rates = [("EUR", "2026-01-01", "1.1"), ("EUR", "2026-02-07", "1.5"), ("EUR", "2026-02-28", "2")]
    book = SmallBook(moves, rates=rates)
    # Ann's rows keep 1.1, bob's 1.5, whatever the close says.
    assert book.one("closing_mrr", "2026-02", policy=policy) == Decimal("128.5")
    assert book.one("closing_mrr", "2026-02") == 230
    for row in book.ask(*LINES, "closing_mrr", by=("plan",), policy=policy):
        if row["metric"] == "fx_mrr":
            assert row["value"] == 0
    assert book.one("transfer_in_mrr", "2026-02", policy=policy, where="plan = 'Pro'") == 121
    assert book.one("nrr_1m", "2026-02", policy=policy) == Decimal("1.1")
    assert book.one("grr_1m", "2026-02", policy=policy) == 1
    assert (
        book.one("nrr_1m", "2026-02", policy=policy, where="plan = 'Pro'") == "no customer paid at the close of 2026-01"
    )
    assert book.one("cmrr", "2026-12", policy=policy) == Decimal("128.5")
    assert book.one("customers", "2026-02", policy=policy) == 2


def test_a_movement_without_a_rate_leaves_a_hole_for_as_long_as_it_is_held() -> None:
    policy = Policy(name="own", fx="item_start")
    moves = [
        Move("2026-01-05", "ann", "new", "100", currency="EUR"),
        Move("2026-01-05", "bob", "new", "7"),
        Move("2026-02-05", "cy", "new", "10", currency="EUR"),
        Move("2026-03-05", "ann", "churn", "-100", currency="EUR"),
    ]
    book = SmallBook(moves, rates=[("EUR", "2026-02-01", "2")])
    # The book of these tests looks rates up by day; under this policy ann's last row has the rate of her first.
    book.connection.execute("update movements set rate = null where customer_id = 'ann'")
    book.connection.execute("update monthly_totals set workspace_amount = null where kind = 'churn'")
    hole = "movements in EUR have no rate; import rates"
    assert book.one("closing_mrr", "2026-02", policy=policy) == hole
    assert book.one("closing_mrr", "2026-03", policy=policy) == 27
    assert book.one("closing_mrr", "2026-02", policy=policy, where="customer <> 'ann'") == 27
    assert book.one("nrr_1m", "2026-02", policy=policy) == hole
    assert book.one("churned_mrr", "2026-03", policy=policy) == "no rate for EUR on 2026-03-05; import rates"


def test_random_books_roll_forward_at_rates_of_their_own() -> None:
    policy = Policy(name="own", fx="item_start")
    for seed in range(4):
        book = random_book(seed)
        for by in ((), ("plan",), ("owner", "currency")):
            sums: dict[tuple[str, ...], dict[str, Fraction]] = {}
            for row in book.ask("opening_mrr", *LINES, "closing_mrr", by=by, policy=policy):
                key = (row["month"], *(str(row[name]) for name in by))
                sums.setdefault(key, {})[row["metric"]] = Fraction(row["value"])
            for lines in sums.values():
                assert lines["fx_mrr"] == 0
                assert lines["opening_mrr"] + sum(lines[name] for name in LINES) == lines["closing_mrr"]
