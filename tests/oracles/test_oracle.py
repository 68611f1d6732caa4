"""The oracle held against histories worked out by hand, and against itself on random ones."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings

from tests.oracles.by_hand import Booked, at, booked, item, run
from tests.oracles.ledger import RECURLY, STRICT, ItemRow, OracleMovement, OraclePolicy, balances, movements
from tests.oracles.values import line_value, months_factor, round6
from tests.properties.histories import (
    RATES,
    WORKSPACE_CURRENCY,
    as_csv_rows,
    history,
    random_history,
)
from tests.properties.policies_compared import COMPARED


def test_one_rounding_half_to_even() -> None:
    year = months_factor("year", 1, policy=STRICT)
    line = line_value(quantity=Decimal(1), unit_amount=Decimal("9.99"), factor=year, percent=Decimal("37.5"))
    assert line == Decimal("0.520312")
    assert round6(Fraction(15, 10**7)) == Decimal("0.000002")
    assert round6(Fraction(25, 10**7)) == Decimal("0.000002")


@pytest.mark.parametrize(
    ("interval", "count", "unit", "expected"),
    [("week", 1, "30", "130"), ("week", 2, "30", "65"), ("day", 5, "12", "73")],
)
def test_weeks_and_days(interval: str, count: int, unit: str, expected: str) -> None:
    version = item("2026-03-01", interval=interval, interval_count=count, unit_amount=unit)
    assert booked(run([version])) == [("2026-03-01", "new", None, expected)]


def test_percent_goes_before_amount_and_a_line_is_never_negative() -> None:
    version = item("2026-03-01", discount_percent="10", discount_amount="15.00")
    assert booked(run([version])) == [("2026-03-01", "new", None, "75")]
    assert run([replace(version, unit_amount=Decimal(10))]) == []


def test_a_swap_under_a_new_item_id_is_a_plan_change() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", product_id="basic", unit_amount="50"),
            item("2026-03-01", product_id="pro", item_id="i2", row=2),
        ]
    )
    assert booked(found) == [
        ("2026-03-01", "expansion", "plan", "50"),
        ("2026-03-01", "transfer", None, "-50"),
        ("2026-03-01", "transfer", None, "50"),
    ]
    assert {one.rule for one in found} == {"first_payment", "item_replaced", "plan_moved"}
    driver = next(one for one in found if one.kind == "expansion")
    assert (driver.item_id, driver.plan_id, driver.from_plan_id) == ("i2", "pro", "basic")
    assert driver.rows == {1, 2}


def test_an_add_on_is_not_the_pair_of_a_plan_that_ended() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", product_id="basic", unit_amount="50"),
            item("2026-03-01", product_id="pro", item_id="i2"),
            item(
                "2026-03-01",
                product_id="extra",
                item_id="i3",
                item_type="addon",
                unit_amount="120",
            ),
        ]
    )
    assert [row for row in booked(found) if row[1] != "transfer"] == [
        ("2026-03-01", "expansion", "addon", "120"),
        ("2026-03-01", "expansion", "plan", "50"),
    ]


def test_a_renewal_under_new_ids_books_nothing() -> None:
    terms = {"unit_amount": "1200", "interval": "year"}
    sso = {"product_id": "sso", "item_type": "addon", "unit_amount": "240", "interval": "year"}
    found = run(
        [
            item("2025-01-01", "2026-03-01", subscription_id="k1", **terms),
            item("2025-01-01", "2026-03-01", subscription_id="k1", item_id="i2", **sso),
            item("2026-03-01", subscription_id="k2", item_id="i3", **terms),
            item("2026-03-01", subscription_id="k2", item_id="i4", **sso),
        ]
    )
    assert booked(found) == []


def test_a_sole_plan_is_swapped_across_subscriptions() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", product_id="basic", unit_amount="50"),
            item("2026-03-01", product_id="pro", subscription_id="s2"),
        ]
    )
    assert ("2026-03-01", "expansion", "plan", "50") in booked(found)


def test_the_items_total_decides_the_kind() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", quantity="5", unit_amount="20"),
            item("2026-03-01", quantity="8", unit_amount="10"),
        ]
    )
    assert booked(found) == [
        ("2026-03-01", "contraction", "price", "-80"),
        ("2026-03-01", "contraction", "seats", "60"),
    ]


def test_seats_and_discount_together() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", quantity="10", unit_amount="20"),
            item("2026-03-01", quantity="15", unit_amount="20", discount_percent="20"),
        ]
    )
    assert booked(found) == [
        ("2026-03-01", "expansion", "discount", "-60"),
        ("2026-03-01", "expansion", "seats", "100"),
    ]


def test_term_with_seats() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", quantity="3", unit_amount="20"),
            item("2026-03-01", quantity="5", unit_amount="216", interval="year"),
        ]
    )
    assert booked(found) == [
        ("2026-03-01", "expansion", "seats", "40"),
        ("2026-03-01", "expansion", "term", "-10"),
    ]


def test_from_flat_to_seats_is_all_plan() -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", plan_id="flat", unit_amount="500"),
            item("2026-03-01", plan_id="team", quantity="50", unit_amount="20"),
        ]
    )
    assert [row for row in booked(found) if row[1] != "transfer"] == [("2026-03-01", "expansion", "plan", "500")]


@pytest.mark.parametrize("price_id", ["tiers", None])
def test_a_tiered_price_is_all_seats(price_id: str | None) -> None:
    found = run(
        [
            item("2026-01-01", "2026-03-01", quantity="10", unit_amount="10", price_id=price_id),
            item("2026-03-01", quantity="20", unit_amount="8", price_id=price_id),
        ]
    )
    expected: list[Booked] = [("2026-03-01", "expansion", "seats", "60")]
    if price_id is None:
        expected = [
            ("2026-03-01", "expansion", "price", "-40"),
            ("2026-03-01", "expansion", "seats", "100"),
        ]
    assert booked(found) == expected


def test_a_free_month_of_an_add_on_ends() -> None:
    free = item(
        "2026-02-01",
        item_id="i2",
        product_id="sso",
        item_type="addon",
        unit_amount="30",
        discount_percent="100",
        discount_until="2026-03-01",
    )
    assert booked(run([item("2026-01-01"), free])) == [("2026-03-01", "expansion", "discount", "30")]


def test_a_second_licence_is_another_subscription_and_a_trial_holds_nothing() -> None:
    second = item("2026-03-01", "2026-04-01", subscription_id="s2", unit_amount="40")
    chat = item("2026-02-01", subscription_id="s3", product_id="chat", trial_until="2026-02-15")
    assert booked(run([item("2026-01-01"), second, chat])) == [
        ("2026-02-15", "expansion", "cross_sell", "100"),
        ("2026-03-01", "expansion", "subscription", "40"),
        ("2026-04-01", "contraction", "subscription", "-40"),
    ]


def test_a_gap_of_one_day_is_churn_and_return() -> None:
    found = run([item("2026-01-01", "2026-03-31"), item("2026-04-01")])
    assert booked(found) == [
        ("2026-03-31", "churn", None, "-100"),
        ("2026-04-01", "reactivation", None, "100"),
    ]


def test_recurly_compares_months_and_nets_the_customer() -> None:
    found = run(
        [
            item("2026-01-01", "2026-05-05", product_id="crm", plan_id="s"),
            item("2026-05-05", product_id="crm", plan_id="l", unit_amount="160"),
            item(
                "2026-01-01",
                "2026-05-20",
                item_id="i2",
                subscription_id="s2",
                product_id="chat",
                unit_amount="50",
            ),
        ],
        policy=RECURLY,
    )
    assert booked(found) == [
        ("2026-05-31", "expansion", "cross_sell", "-50"),
        ("2026-05-31", "expansion", "plan", "60"),
        ("2026-05-31", "transfer", None, "-100"),
        ("2026-05-31", "transfer", None, "100"),
    ]


def test_ups_and_downs_that_cancel_out_are_neither() -> None:
    items = [
        item("2026-01-01", "2026-03-01"),
        item("2026-03-01", unit_amount="130"),
        item("2026-01-01", "2026-03-01", item_id="i2", product_id="q"),
        item("2026-03-01", unit_amount="70", item_id="i2", product_id="q"),
    ]
    found = run(items, policy=replace(STRICT, netting="customer"))
    assert booked(found) == [
        ("2026-03-01", "transfer", None, "-30"),
        ("2026-03-01", "transfer", None, "30"),
    ]
    assert {one.rule for one in found if one.kind == "transfer"} == {"netted_to_zero"}


def test_a_change_of_currency_is_judged_at_the_days_rate() -> None:
    items = [item("2026-01-01", "2026-03-01"), item("2026-03-01", currency="EUR")]
    rates = {"EUR": [(date(2026, 1, 1), Decimal("1.2"))]}
    assert booked(run(items, rates=rates)) == [
        ("2026-03-01", "expansion", "price", "-100"),
        ("2026-03-01", "expansion", "price", "100"),
    ]
    assert booked(run(items)) == [
        ("2026-03-01", "contraction", "price", "-100"),
        ("2026-03-01", "expansion", "price", "100"),
    ]


def test_what_comes_later_than_as_of_is_scheduled() -> None:
    items = [
        item("2026-01-01", "2026-03-01T10:00"),
        item("2026-03-01T10:00", "2026-03-01T15:00", quantity="2"),
        item("2026-03-01T15:00", quantity="3"),
    ]
    found = run(items, as_of=at("2026-03-01T10:00"))
    assert [(f"{one.amount:.2f}", one.scheduled) for one in found[1:]] == [
        ("100.00", False),
        ("100.00", True),
    ]


def test_the_day_is_the_workspaces() -> None:
    found = run([item("2026-03-01T03:00")], timezone="America/New_York")
    assert booked(found) == [("2026-02-28", "new", None, "100")]


def month_ends() -> list[date]:
    return [date(year, month, monthrange(year, month)[1]) for year in range(2023, 2028) for month in range(1, 13)]


@given(history())
@settings(max_examples=40, deadline=None)
def test_movements_add_up_to_what_is_in_force(items: list[ItemRow]) -> None:
    for policy in COMPARED.values():
        found = ledger_of(items, policy=policy)
        in_force = balances(
            items, policy=policy, days=month_ends(), timezone="America/New_York", as_of=at("2024-06-30")
        )
        for day in month_ends():
            sums: dict[tuple[str, str, str], Decimal] = {}
            for one in found:
                if one.date <= day:
                    key = (one.currency, one.product_id, one.plan_id)
                    sums[key] = sums.get(key, Decimal(0)) + one.amount
            assert {key: mrr for key, mrr in sums.items() if mrr} == in_force[day]


@given(history())
@settings(max_examples=60, deadline=None)
def test_a_subscription_judged_for_itself_is_a_customer_of_one_subscription(items: list[ItemRow]) -> None:
    """Apart from the driver of what appears or goes, which looks at all that the customer holds."""
    for grouping in ("day", "month", "none"):
        rules = {"grouping": grouping, "fx": "item_start", "new_and_churned": "neither", "reactivation": "new"}
        policy = OraclePolicy(**rules)  # type: ignore[arg-type]
        together = ledger_of(items, policy=replace(policy, level="subscription"))
        alone = [
            movement
            for subscription in {row.subscription_id for row in items}
            for movement in ledger_of([row for row in items if row.subscription_id == subscription], policy=policy)
        ]
        assert Counter(map(without_presence, together)) == Counter(map(without_presence, alone))


def without_presence(movement: OracleMovement) -> OracleMovement:
    return replace(movement, driver=None) if movement.rule in {"item_appeared", "item_gone"} else movement


def ledger_of(items: list[ItemRow], *, policy: OraclePolicy) -> list[OracleMovement]:
    return movements(
        items,
        policy=policy,
        as_of=at("2024-06-30"),
        timezone="America/New_York",
        workspace_currency=WORKSPACE_CURRENCY,
        rates=RATES,
    )


def test_a_seed_gives_one_history_in_the_contracts_columns() -> None:
    items = random_history(Random(7))
    assert items == random_history(Random(7))
    rows = as_csv_rows(items)
    starts = [datetime.fromisoformat(row["starts_at"]) for row in rows]
    assert starts == [version.starts_at for version in items]
