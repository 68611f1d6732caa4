"""What a version is worth and until when, under each switch that says so; figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.oracles.by_hand import Booked, at, booked, item, run
from tests.oracles.ledger import STRICT, ItemRow, OraclePolicy, balances

CANCEL_REQUEST = OraclePolicy(churn_date="cancel_request")
TRAILING = OraclePolicy(usage="trailing_3")
AFTER_30_DAYS = OraclePolicy(past_due_churn_days=30)


@pytest.mark.parametrize(
    ("discounts", "new", "later"),
    [
        ("all", "75", [("2026-04-01", "expansion", "discount", "25")]),
        ("none", "100", []),
        ("recurring", "100", []),
    ],
)
def test_a_discount_with_an_end(discounts: str, new: str, later: list[Booked]) -> None:
    version = item("2026-03-01", discount_percent="25", discount_until="2026-04-01")
    found = booked(run([version], policy=replace(STRICT, discounts=discounts)))  # type: ignore[arg-type]
    assert found == [("2026-03-01", "new", None, new), *later]


@pytest.mark.parametrize(("discounts", "new"), [("all", "70"), ("none", "100"), ("recurring", "70")])
def test_a_discount_without_an_end(discounts: str, new: str) -> None:
    """100 less 20 % is 80, less 10 is 70."""
    version = item("2026-03-01", discount_percent="20", discount_amount="10")
    found = run([version], policy=replace(STRICT, discounts=discounts))  # type: ignore[arg-type]
    assert booked(found) == [("2026-03-01", "new", None, new)]


@pytest.mark.parametrize("discounts", ["none", "recurring"])
def test_a_discount_that_is_not_subtracted_is_no_driver(discounts: str) -> None:
    """From 5 x 20 with a passing 50 % off to 8 x 20 at full price: 60, all of it seats."""
    terms = {"unit_amount": "20", "discount_until": "2026-12-01"}
    found = run(
        [
            item("2026-01-01", "2026-03-01", quantity="5", discount_percent="50", **terms),
            item("2026-03-01", quantity="8", unit_amount="20"),
        ],
        policy=replace(STRICT, discounts=discounts),  # type: ignore[arg-type]
    )
    assert booked(found) == [("2026-03-01", "expansion", "seats", "60")]


def test_totals_are_net_already() -> None:
    assert booked(run([item("2026-03-01", mrr="40")], policy=replace(STRICT, discounts="none"))) == [
        ("2026-03-01", "new", None, "40")
    ]


@pytest.mark.parametrize(("week", "expected"), [("52/12", "130"), ("4", "120")])
def test_weeks_in_a_month(week: str, expected: str) -> None:
    version = item("2026-03-01", interval="week", unit_amount="30")
    assert booked(run([version], policy=replace(STRICT, week=week)))[0][3] == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("day", "expected"), [("365/12", "73"), ("30", "72")])
def test_days_in_a_month(day: str, expected: str) -> None:
    version = item("2026-03-01", interval="day", interval_count=5, unit_amount="12")
    assert booked(run([version], policy=replace(STRICT, day=day)))[0][3] == expected  # type: ignore[arg-type]


def usage(start: str, end: str | None, mrr: str, **terms: object) -> ItemRow:
    return item(start, end, mrr=mrr, item_id="u", item_type="usage", product_id="calls", **terms)


def test_usage_is_the_mean_of_three_periods() -> None:
    """30, then (30 + 60) / 2 = 45, (30 + 60 + 120) / 3 = 70, (60 + 120 + 0) / 3 = 60."""
    found = run(
        [
            item("2026-01-01"),
            usage("2026-01-01", "2026-02-01", "30"),
            usage("2026-02-01", "2026-03-01", "60"),
            usage("2026-03-01", "2026-04-01", "120"),
            usage("2026-04-01", None, "0"),
        ],
        policy=TRAILING,
    )
    assert booked(found) == [
        ("2026-02-01", "expansion", "usage", "15"),
        ("2026-03-01", "expansion", "usage", "25"),
        ("2026-04-01", "contraction", "usage", "-10"),
    ]


def test_gaps_pauses_and_other_currencies_are_in_no_mean() -> None:
    """90 before a gap and 30 after it: 60. A paused period is 0 and left out: (90 + 30 + 60) / 3 = 60."""
    found = run(
        [
            item("2026-01-01"),
            usage("2026-01-01", "2026-01-15", "90"),
            usage("2026-02-01", "2026-03-01", "30"),
            usage("2026-03-01", "2026-04-01", "500", status="paused"),
            usage("2026-04-01", "2026-05-01", "70", currency="EUR"),
            usage("2026-05-01", None, "60"),
        ],
        policy=TRAILING,
        rates={"EUR": [(date(2026, 1, 1), Decimal(1))]},
    )
    assert booked(found) == [
        ("2026-02-01", "expansion", "usage", "60"),
        ("2026-03-01", "contraction", "usage", "-60"),
        ("2026-04-01", "expansion", "usage", "70"),
        ("2026-05-01", "contraction", "usage", "-70"),
        ("2026-05-01", "contraction", "usage", "60"),
    ]


def test_a_mean_is_rounded_half_to_even_and_plans_have_none() -> None:
    """(0.000002 + 0.000003) / 2 = 0.0000025, to even 0.000002: nothing is booked. A plan is worth its own price."""
    plan = [item("2026-01-01", "2026-03-01"), item("2026-03-01", unit_amount="160")]
    found = run(
        [
            *plan,
            usage("2026-01-01", "2026-02-01", "0.000002"),
            usage("2026-02-01", None, "0.000003"),
        ],
        policy=TRAILING,
    )
    assert booked(found) == [("2026-03-01", "expansion", "price", "60")]


def test_usage_is_excluded() -> None:
    items = [item("2026-01-01"), usage("2026-03-01", None, "30")]
    assert booked(run(items, policy=replace(STRICT, usage="exclude"))) == []


@pytest.mark.parametrize("status", ["trialing", "paused", "unpaid", "past_due"])
def test_each_status_counts_or_not(status: str) -> None:
    version = item("2026-03-01", status=status)
    assert run([version], policy=replace(STRICT, **{status: "zero"})) == []  # type: ignore[arg-type]
    counted = run([version], policy=replace(STRICT, **{status: "counts"}))  # type: ignore[arg-type]
    assert booked(counted) == [("2026-03-01", "new", None, "100")]


def test_past_due_lapses_at_a_local_midnight() -> None:
    """Due since the evening of 9 March in New York, over the change of clocks: given up as 8 April begins there."""
    found = run(
        [
            item("2026-01-01", "2026-03-10T02:00"),
            item("2026-03-10T02:00", "2026-03-20", status="past_due"),
            item("2026-03-20", "2026-05-01", status="past_due", unit_amount="120"),
            item("2026-05-01"),
        ],
        policy=AFTER_30_DAYS,
        timezone="America/New_York",
    )
    assert booked(found) == [
        ("2026-03-19", "expansion", "price", "20"),
        ("2026-04-08", "churn", None, "-120"),
        ("2026-04-30", "reactivation", None, "100"),
    ]


def test_what_lapsed_is_in_no_balance() -> None:
    days = (date(2026, 1, 30), date(2026, 1, 31))
    in_force = balances(
        [item("2026-01-01", status="past_due")], policy=AFTER_30_DAYS, days=days, timezone="UTC", as_of=at("2027-01-01")
    )
    assert [list(of_day.values()) for of_day in in_force.values()] == [[Decimal(100)], []]


@pytest.mark.parametrize("gap_ends", ["2026-03-20", "2026-03-21"])
def test_only_an_unbroken_run_lapses(gap_ends: str) -> None:
    """Due from 1 March: given up on 31 March, unless a day was missing; then the days are counted anew, to 20 April."""
    found = run(
        [
            item("2026-01-01", item_id="i0", product_id="base"),
            item("2026-03-01", "2026-03-20", status="past_due"),
            item(gap_ends, "2026-05-01", status="past_due"),
        ],
        policy=AFTER_30_DAYS,
    )
    lapsed = [row for row in booked(found, since="2026-03-22") if row[1] == "contraction"]
    given_up = "2026-03-31" if gap_ends == "2026-03-20" else "2026-04-20"
    assert lapsed == [(given_up, "contraction", "cross_sell", "-100")]


def test_what_lapsed_holds_no_product() -> None:
    """A paused licence would still hold p; one that was given up does not, so another one is a cross-sell."""
    items = [
        item("2026-01-01", item_id="i0", product_id="base"),
        item("2026-01-01", status="past_due"),
        item("2026-03-01", subscription_id="s2", unit_amount="40"),
    ]
    assert booked(run(items, policy=AFTER_30_DAYS)) == [("2026-03-01", "expansion", "cross_sell", "40")]
    assert booked(run(items)) == [("2026-03-01", "expansion", "subscription", "40")]


def test_churn_at_the_request() -> None:
    items = [item("2026-01-01", "2026-06-01", cancel_requested_at="2026-03-15T10:00")]
    assert booked(run(items, policy=CANCEL_REQUEST)) == [("2026-03-15", "churn", None, "-100")]
    assert booked(run(items)) == [("2026-06-01", "churn", None, "-100")]
    running = [item("2026-01-01", cancel_requested_at="2026-03-15T10:00")]
    assert booked(run(running, policy=CANCEL_REQUEST)) == [("2026-03-15", "churn", None, "-100")]


def test_a_request_after_the_end_changes_nothing_and_one_before_the_start_leaves_nothing() -> None:
    after = item("2026-01-01", "2026-03-01", cancel_requested_at="2026-04-01")
    assert booked(run([after], policy=CANCEL_REQUEST)) == [("2026-03-01", "churn", None, "-100")]
    before = item("2026-01-01", cancel_requested_at="2025-12-01")
    assert run([before], policy=CANCEL_REQUEST) == []


def test_a_request_is_withdrawn_where_another_version_adjoins() -> None:
    """Only the second is the last word: it ends the item on 10 May, not on 15 March."""
    first = item("2026-01-01", "2026-04-01", cancel_requested_at="2026-03-15")
    second = item("2026-04-01", "2026-07-01", cancel_requested_at="2026-05-10")
    assert booked(run([first, second], policy=CANCEL_REQUEST)) == [("2026-05-10", "churn", None, "-100")]
    apart = replace(second, starts_at=at("2026-04-02"))
    assert booked(run([first, apart], policy=CANCEL_REQUEST)) == [
        ("2026-03-15", "churn", None, "-100"),
        ("2026-04-02", "reactivation", None, "100"),
        ("2026-05-10", "churn", None, "-100"),
    ]


def test_a_trial_that_would_end_after_the_request_never_pays() -> None:
    trial = item("2026-03-01", "2026-06-01", trial_until="2026-03-15", cancel_requested_at="2026-03-10")
    assert run([trial], policy=CANCEL_REQUEST) == []
