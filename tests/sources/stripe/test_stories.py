"""What is known to go wrong elsewhere, told as stories: a customer's history in Stripe in, movements out, figures by
hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.stripe.desk import Desk, desk_for
from tests.stripe_account.account import Account
from tests.stripe_account.moments import at
from tests.stripe_account.things import Price, Tier

Told = Callable[[Desk], list[tuple[str, str, str, str]]]


@pytest.fixture
def account() -> Account:
    return Account(at("2025-01-01"))


@pytest.fixture
def desk(account: Account, tmp_path: Path) -> Iterator[Desk]:
    with desk_for(account, tmp_path) as opened:
        yield opened


@pytest.fixture
def team(account: Account) -> Price:
    return account.create_price(account.create_product("Team"), 2000)


def told(desk: Desk) -> list[tuple[str, str, str, str]]:
    """Synced now: date, kind, driver and amount of each movement."""
    desk.sync()
    movements = desk.movements()
    assert movements == desk.true_movements()
    return [(date, kind, driver, amount) for date, _, _, _, _, kind, driver, _, amount in movements]


def test_a_cancelled_customer_who_returns_is_a_reactivation(desk: Desk, team: Price) -> None:
    acme = desk.account.create_customer("Acme")
    first = desk.account.subscribe(acme, [(team, 5)])
    desk.account.advance(at("2025-03-10"))
    desk.account.cancel(first, at_period_end=False)
    desk.account.advance(at("2025-06-10"))
    desk.account.subscribe(acme, [(team, 8)])
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-03-10", "churn", "None", "-100.000000"),
        ("2025-06-10", "reactivation", "None", "160.000000"),
    ]


def test_a_removed_add_on_keeps_its_past(desk: Desk, team: Price) -> None:
    vault = desk.account.create_price(desk.account.create_product("Vault", upswell_type="addon"), 700)
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5), (vault, 2)])
    desk.account.advance(at("2025-03-10"))
    desk.account.remove_item(subscription, subscription.items[1])
    desk.account.advance(at("2025-09-01"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-01-01", "new", "None", "14.000000"),
        ("2025-03-10", "contraction", "addon", "-14.000000"),
    ]


def test_re_pricing_an_item_does_not_change_last_year(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    dearer = desk.account.create_price(desk.account.objects["product"][team.product], 2600)
    desk.account.advance(at("2026-02-02"))
    desk.account.change(subscription, subscription.items[0], price=dearer, proration="none")
    desk.account.advance(at("2026-06-01"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2026-03-01", "expansion", "price", "30.000000"),
    ]


def test_prorations_in_the_middle_of_a_month_do_not_reach_mrr(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-01-16"))
    desk.account.change(subscription, subscription.items[0], quantity=15, proration="always_invoice")
    desk.account.advance(at("2025-01-24"))
    desk.account.change(subscription, subscription.items[0], quantity=10, proration="always_invoice")
    desk.account.advance(at("2025-03-01"))
    prorated = [
        line.amount for invoice in desk.account.objects["invoice"].values() for line in invoice.lines if line.proration
    ]
    assert prorated == [-5161, 15484, -7742, 5161]
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-01-16", "expansion", "seats", "200.000000"),
        ("2025-01-24", "contraction", "seats", "-100.000000"),
    ]


def test_a_coupon_for_three_months(desk: Desk, team: Price) -> None:
    coupon = desk.account.create_coupon("repeating", percent="25", months=3)
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)], coupons=[coupon])
    desk.account.advance(at("2025-07-01"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "75.000000"),
        ("2025-04-01", "expansion", "discount", "25.000000"),
    ]


def test_a_running_coupon_s_end_is_scheduled(desk: Desk, team: Price) -> None:
    coupon = desk.account.create_coupon("repeating", percent="25", months=3)
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)], coupons=[coupon])
    desk.account.advance(at("2025-02-15"))
    desk.sync()
    desk.workspace.build(as_of=desk.now())
    scheduled = [row for row in desk.workspace.movements().to_pylist() if row["scheduled"]]
    assert [(str(row["date"]), row["driver"], row["amount"]) for row in scheduled] == [
        ("2025-04-01", "discount", Decimal("25.000000"))
    ]


def test_a_yearly_plan_upgraded_after_a_week(desk: Desk) -> None:
    yearly = desk.account.create_price(desk.account.create_product("Team"), 120_000, interval="year")
    pro = desk.account.create_price(desk.account.create_product("Pro"), 240_000, interval="year")
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(yearly, 1)])
    desk.account.advance(at("2025-01-08"))
    desk.account.change(subscription, subscription.items[0], price=pro, proration="always_invoice")
    desk.account.advance(at("2025-12-01"))
    assert [row for row in told(desk) if row[1] != "transfer"] == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-01-08", "expansion", "plan", "100.000000"),
    ]


def test_a_monthly_plan_turned_into_a_yearly_one(desk: Desk, team: Price) -> None:
    yearly = desk.account.create_price(desk.account.objects["product"][team.product], 19_200, interval="year")
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-03-17"))
    desk.account.change(subscription, subscription.items[0], price=yearly)
    desk.account.advance(at("2026-01-01"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-03-17", "contraction", "term", "-20.000000"),
    ]


def test_a_second_subscription_is_growth_of_the_same_customer(desk: Desk, team: Price) -> None:
    acme = desk.account.create_customer("Acme")
    desk.account.subscribe(acme, [(team, 5)])
    desk.account.advance(at("2025-02-10"))
    desk.account.subscribe(acme, [(team, 2)])
    desk.account.advance(at("2025-05-01"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-02-10", "expansion", "subscription", "40.000000"),
    ]


def test_77_customers_at_15_with_14_off_the_first_month(desk: Desk) -> None:
    price = desk.account.create_price(desk.account.create_product("Solo"), 1500)
    coupon = desk.account.create_coupon("once", amount=1400)
    for number in range(77):
        desk.account.subscribe(desk.account.create_customer(f"Customer{number}"), [(price, 1)], coupons=[coupon])
    desk.account.advance(at("2025-03-01"))
    desk.sync()
    desk.workspace.build(as_of=desk.now())
    table = desk.workspace.metrics(
        ["new_mrr", "expansion_mrr", "closing_mrr"], month_from="2025-01", month_to="2025-02"
    )
    values = {(row["month"], row["metric"]): row["value"] for row in table.to_pylist()}
    assert values["2025-01", "new_mrr"] == Decimal(77)
    assert values["2025-01", "closing_mrr"] == Decimal(77)
    assert values["2025-02", "expansion_mrr"] == Decimal(77 * 14)
    assert values["2025-02", "closing_mrr"] == Decimal(1155)


def test_a_five_minute_credit_is_held_back_and_no_mrr(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-01-20"))
    moment = desk.account.now
    desk.account.invoice_item(
        subscription.customer, -1000, "Outage", subscription=subscription, start=moment, end=moment + 300
    )
    desk.account.advance(at("2025-03-01"))
    result = desk.sync()
    assert result.rows_held_back == 1
    [finding] = desk.workspace.quarantine()
    assert (finding.file, finding.code, finding.found) == (
        "stripe-invoice-lines.parquet",
        "negative_line",
        "-10.000000000000",
    )
    assert [row[5:] for row in desk.movements()] == [("new", "None", "USD", "100.000000")]


def test_a_trial_counts_from_its_first_payment_and_nothing_if_it_ends_without(desk: Desk, team: Price) -> None:
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)], trial_days=14)
    second = desk.account.subscribe(desk.account.create_customer("Bolt"), [(team, 5)], trial_days=14)
    desk.account.cancel(second)
    desk.account.advance(at("2025-03-01"))
    assert told(desk) == [("2025-01-15", "new", "None", "100.000000")]


def test_churn_is_voluntary_or_not(desk: Desk, team: Price) -> None:
    leaves = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.subscribe(desk.account.create_customer("Bolt"), [(team, 2)])
    desk.account.advance(at("2025-02-10"))
    desk.account.cancel(leaves, at_period_end=False)
    desk.account.fail_card(list(desk.account.objects["customer"].values())[1], at("2026-01-01"))
    desk.account.advance(at("2025-05-01"))
    # The card fails on 1 March and three times more; the subscription ends on the 16th.
    assert told(desk)[2:] == [
        ("2025-02-10", "churn", "None", "-100.000000"),
        ("2025-03-16", "churn", "None", "-40.000000"),
    ]
    table = desk.workspace.metrics("involuntary_churn_share", month_from="2025-02", month_to="2025-03")
    assert [row["value"] for row in table.to_pylist()] == [Decimal(0), Decimal(1)]


def test_a_planned_cancellation_is_scheduled_and_its_request_known(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-02-10"))
    desk.account.cancel(subscription)
    assert told(desk) == [("2025-01-01", "new", "None", "100.000000")]
    scheduled = [row for row in desk.workspace.movements().to_pylist() if row["scheduled"]]
    assert [(str(row["date"]), row["kind"]) for row in scheduled] == [("2025-03-01", "churn")]
    requested = [row for row in desk.workspace.movements(policy="stripe").to_pylist() if row["kind"] == "churn"]
    assert [(str(row["date"]), row["scheduled"]) for row in requested] == [("2025-02-10", False)]


def test_a_schedule_s_next_phase_is_scheduled_and_then_happens(desk: Desk, team: Price) -> None:
    pro = desk.account.create_price(desk.account.create_product("Pro"), 4900)
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-02-10"))
    desk.account.schedule(subscription, [(pro, 5)])
    assert told(desk) == [("2025-01-01", "new", "None", "100.000000")]
    planned = [row for row in desk.workspace.movements(kind="expansion").to_pylist() if row["scheduled"]]
    assert [(str(row["date"]), row["driver"], row["amount"]) for row in planned] == [
        ("2025-03-01", "plan", Decimal("145.000000"))
    ]
    desk.account.advance(at("2025-03-05"))
    assert [row for row in told(desk) if row[1] == "expansion"] == [("2025-03-01", "expansion", "plan", "145.000000")]


def test_a_pause_is_no_mrr_until_it_is_resumed(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-02-10"))
    desk.account.pause(subscription, "mark_uncollectible")
    desk.account.advance(at("2025-05-10"))
    desk.account.resume(subscription)
    desk.account.advance(at("2025-09-01"))
    # Nobody looked within 30 days: both are booked with the next period.
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-03-01", "churn", "None", "-100.000000"),
        ("2025-06-01", "reactivation", "None", "100.000000"),
    ]


def test_a_silent_change_is_marked_as_inferred(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2025-02-10"))
    desk.account.change(subscription, subscription.items[0], quantity=8, proration="none")
    desk.account.events.clear()
    desk.sync()
    desk.workspace.build(as_of=desk.now())
    [planned] = [row for row in desk.workspace.movements().to_pylist() if row["scheduled"]]
    trace = desk.workspace.trace(planned["movement_id"])
    assert (str(planned["date"]), planned["driver"]) == ("2025-03-01", "seats")
    assert [source.evidence for source in trace.sources] == [
        "invoice line il_0000001",
        "inferred: changed without proration, booked at the next period",
    ]


def test_a_price_in_tiers_and_a_flat_one_in_packs(desk: Desk) -> None:
    product = desk.account.create_product("Team")
    tiers = [Tier(5, Decimal(2000)), Tier(None, Decimal(1500))]
    tiered = desk.account.create_price(product, None, tiers_mode="graduated", tiers=tiers)
    packs = desk.account.create_price(desk.account.create_product("Storage"), 1000, pack=10)
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(tiered, 4), (packs, 25)])
    desk.account.advance(at("2025-02-10"))
    desk.account.change(subscription, subscription.items[0], quantity=8)
    desk.account.advance(at("2025-04-01"))
    # 5 x 20 + 3 x 15 = 145; 25 in packs of ten are three.
    assert told(desk) == [
        ("2025-01-01", "new", "None", "80.000000"),
        ("2025-01-01", "new", "None", "30.000000"),
        ("2025-02-10", "expansion", "seats", "65.000000"),
    ]


def test_usage_counts_from_the_invoice_that_bills_it(desk: Desk, team: Price) -> None:
    calls = desk.account.create_price(desk.account.create_product("Calls"), "1.25", metered=True)
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5), (calls, 1)])
    for month, used in (("2025-01-20", 4_000), ("2025-02-20", 6_000), ("2025-03-20", 1_000)):
        desk.account.advance(at(month))
        desk.account.use(subscription.items[1], used)
    desk.account.advance(at("2025-04-15"))
    assert told(desk) == [
        ("2025-01-01", "new", "None", "100.000000"),
        ("2025-02-01", "expansion", "usage", "50.000000"),
        ("2025-03-01", "expansion", "usage", "25.000000"),
        ("2025-04-01", "contraction", "usage", "-62.500000"),
    ]


def test_tax_inside_a_price_is_no_mrr(desk: Desk) -> None:
    price = desk.account.create_price(desk.account.create_product("Team"), 11_900, "eur", inclusive=True)
    desk.account.subscribe(desk.account.create_customer("Acme", currency="eur"), [(price, 1)])
    desk.account.advance(at("2025-03-01"))
    assert told(desk) == [("2025-01-01", "new", "None", "100.000000")]
