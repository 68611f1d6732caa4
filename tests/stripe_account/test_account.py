"""The account bills as Stripe does: worked examples with figures by hand, and its record of the truth."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stripe_account.account import Account
from tests.stripe_account.billing import spread
from tests.stripe_account.company import random_account
from tests.stripe_account.moments import DAY, at, iso, months_after
from tests.stripe_account.things import Customer, Price, Tier

START = at("2026-01-10")


@pytest.fixture
def account() -> Account:
    return Account(START)


@pytest.fixture
def team(account: Account) -> Price:
    return account.create_price(account.create_product("Team"), 2000)


@pytest.fixture
def acme(account: Account) -> Customer:
    return account.create_customer("Acme")


def test_months_keep_their_day_where_they_have_it() -> None:
    assert [iso(months_after(at("2026-01-31"), n))[:10] for n in (1, 2, 3)] == [
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]


def test_a_subscription_is_billed_ahead_each_month(account: Account, team: Price, acme: Customer) -> None:
    account.subscribe(acme, [(team, 5)])
    account.advance(at("2026-03-15"))
    invoices = list(account.objects["invoice"].values())
    assert [(iso(each.created)[:10], each.total, each.status) for each in invoices] == [
        ("2026-01-10", 10000, "paid"),
        ("2026-02-10", 10000, "paid"),
        ("2026-03-10", 10000, "paid"),
    ]


def test_seats_in_the_middle_are_prorated_to_the_second(account: Account, team: Price, acme: Customer) -> None:
    subscription = account.subscribe(acme, [(team, 5)])
    account.advance(at("2026-01-25"))
    account.change(subscription, subscription.items[0], quantity=8)
    account.advance(at("2026-02-10"))
    # 16 of 31 days are left: 100.00 and 160.00 x 16 / 31.
    [cycle] = [each for each in account.objects["invoice"].values() if each.reason == "subscription_cycle"]
    assert [(line.amount, line.quantity, line.proration) for line in cycle.lines] == [
        (16000, 8, False),
        (-5161, 5, True),
        (8258, 8, True),
    ]


def test_a_downgrade_invoiced_at_once_becomes_credit_for_the_next(
    account: Account, team: Price, acme: Customer
) -> None:
    subscription = account.subscribe(acme, [(team, 5)])
    account.advance(at("2026-01-25"))
    account.change(subscription, subscription.items[0], quantity=3, proration="always_invoice")
    assert acme.balance == -5161 + 3097
    account.advance(at("2026-02-10"))
    last = list(account.objects["invoice"].values())[-1]
    assert (last.total, last.starting_balance, last.ending_balance, last.amount_due) == (6000, -2064, 0, 3936)


def test_an_amount_off_is_spread_in_whole_cents() -> None:
    assert spread(10, [100, 50]) == [7, 3]
    assert spread(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize(
    ("duration", "months", "totals"),
    [
        ("once", None, [7500, 10000, 10000, 10000]),
        ("repeating", 3, [7500, 7500, 7500, 10000]),
        ("forever", None, [7500, 7500, 7500, 7500]),
    ],
)
def test_a_coupon_reduces_the_invoices_of_its_duration(
    account: Account, team: Price, acme: Customer, duration: str, months: int | None, totals: list[int]
) -> None:
    account.subscribe(acme, [(team, 5)], coupons=[account.create_coupon(duration, percent="25", months=months)])
    account.advance(at("2026-04-15"))
    assert [each.total for each in account.objects["invoice"].values()] == totals


def test_failed_payments_are_tried_three_times_more_and_end_the_subscription(
    account: Account, team: Price, acme: Customer
) -> None:
    subscription = account.subscribe(acme, [(team, 5)])
    account.fail_card(acme, at("2026-12-31"))
    account.advance(at("2026-02-20"))
    assert subscription.status == "past_due"
    account.advance(at("2026-03-01"))
    charges = [each for each in account.objects["charge"].values() if each.status == "failed"]
    assert [iso(each.created)[:10] for each in charges] == ["2026-02-10", "2026-02-13", "2026-02-18", "2026-02-25"]
    assert (subscription.status, subscription.reason) == ("canceled", "payment_failed")


def test_a_first_payment_that_fails_leaves_nothing(account: Account, team: Price, acme: Customer) -> None:
    account.fail_card(acme, START + 2)
    subscription = account.subscribe(acme, [(team, 5)])
    account.advance(START + 2 * DAY)
    assert subscription.status == "incomplete_expired"
    assert account.truth.expected_items([account.now]) == []


def test_tiers_packs_and_currencies_have_totals() -> None:
    account = Account(START)
    product = account.create_product("Team")
    tiers = [Tier(5, Decimal(1000)), Tier(None, Decimal(800), flat=100)]
    graduated = account.create_price(product, None, tiers_mode="graduated", tiers=tiers)
    volume = account.create_price(product, None, tiers_mode="volume", tiers=tiers)
    packs = account.create_price(product, 5000, pack=5, options={"eur": 4500})
    assert [graduated.total(8, "usd"), volume.total(8, "usd"), packs.total(8, "usd"), packs.total(8, "eur")] == [
        7500,
        6500,
        10000,
        9000,
    ]


def test_a_silent_change_is_seen_by_who_reads_its_event_and_else_at_the_next_period(
    account: Account, team: Price, acme: Customer
) -> None:
    subscription = account.subscribe(acme, [(team, 5)])
    account.advance(at("2026-01-20"))
    account.change(subscription, subscription.items[0], quantity=8, proration="none")
    account.advance(at("2026-06-01"))

    def starts(*syncs: str) -> list[str]:
        rows = account.truth.expected_items([at(each) for each in syncs])
        return [row["starts_at"][:10] for row in rows]

    assert starts("2026-01-21", "2026-06-01") == ["2026-01-10", "2026-01-20"]
    assert starts("2026-02-18", "2026-06-01") == ["2026-01-10", "2026-01-20"]
    assert starts("2026-02-19 00:00:01", "2026-06-01") == ["2026-01-10", "2026-02-10"]
    assert starts("2026-06-01") == ["2026-01-10", "2026-02-10"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_invoice_of_a_random_company_adds_up(seed: int) -> None:
    account = random_account(seed, customers=40, months=10).account
    for invoice in account.objects["invoice"].values():
        assert invoice.total == sum(line.amount - line.discount for line in invoice.lines) + invoice.exclusive_tax
        if invoice.ending_balance is not None and invoice.status != "void":
            assert invoice.amount_due == invoice.total + invoice.starting_balance - invoice.ending_balance
    assert account.objects["refund"] or account.objects["credit_note"] or account.objects["dispute"]


def test_the_truth_of_a_random_company_never_overlaps() -> None:
    company = random_account(4, customers=60, months=12)
    rows = company.account.truth.expected_items([company.account.now])
    ends: dict[str, str] = {}
    for row in rows:
        assert ends.get(row["item_id"], "") <= row["starts_at"]
        ends[row["item_id"]] = row["ends_at"] or "9999"
    assert {row["status"] for row in rows} == {"active", "trialing", "past_due", "paused"}
