"""Invoices and payments tie to the items: what was in force was billed, and what was billed was paid."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from tests.sources.simulator.desk import END, PRESETS, Rows, tables
from upswell.sources.simulator.account import Account
from upswell.sources.simulator.history import COLUMNS, History
from upswell.sources.simulator.invoicing import bill
from upswell.sources.simulator.preset import Preset, preset_named
from upswell.sources.simulator.pricing import PriceList
from upswell.sources.simulator.traits import draw_traits
from upswell.sources.simulator.window import window_until

CENT = Decimal("0.01")


def in_force(preset: str) -> dict[str, Rows]:
    items: dict[str, Rows] = defaultdict(list)
    for row in tables(preset)["items"]:
        items[row["item_id"]].append(row)
    return items


@pytest.mark.parametrize("preset", PRESETS)
def test_a_whole_term_is_billed_at_its_price(preset: str) -> None:
    items, billed = in_force(preset), 0
    for line in tables(preset)["invoice_lines"]:
        if line["type"] == "subscription" and line["proration"] == "false":
            (item,) = [row for row in items[line["item_id"]] if holds(row, line["issued_at"])]
            gross = Decimal(item["quantity"]) * Decimal(item["unit_amount"])
            discount = Decimal(line["discount"] or 0)
            assert Decimal(line["amount"]) + discount == gross
            if not item["discount_until"]:
                assert discount == 0
            billed += 1
    assert billed > 300


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_is_billed_for_trials_pauses_and_what_is_unpaid(preset: str) -> None:
    items = in_force(preset)
    for line in tables(preset)["invoice_lines"]:
        if line["type"] == "subscription" and Decimal(line["amount"]) > 0:
            (item,) = [row for row in items[line["item_id"]] if holds(row, line["issued_at"])]
            assert item["status"] not in ("paused", "unpaid")
            assert item["status"] != "trialing" or item["trial_until"] <= line["issued_at"]


@pytest.mark.parametrize("preset", PRESETS)
def test_payments_tie_to_invoices(preset: str) -> None:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    paid_on = {}
    for line in tables(preset)["invoice_lines"]:
        totals[line["invoice_id"]] += Decimal(line["amount"]) + Decimal(line["tax"] or 0)
        paid_on[line["invoice_id"]] = line["paid_at"]
    payments = tables(preset)["payments"]
    assert {row["status"] for row in payments} == {"succeeded", "failed", "refunded"}
    for row in payments:
        due = totals[row["invoice_id"]]
        assert Decimal(row["amount"]) == (-due if row["status"] == "refunded" else due)
        assert row["at"] < END
        if row["status"] == "succeeded":
            assert row["at"] == paid_on[row["invoice_id"]]


@pytest.mark.parametrize("preset", PRESETS)
def test_who_is_lost_for_a_payment_never_paid_it(preset: str) -> None:
    """Involuntary churn: past due, perhaps unpaid, then gone, without a request to cancel."""
    lost = [row for row in tables(preset)["items"] if row["status"] in ("past_due", "unpaid") and ends(row)]
    paid = defaultdict(set)
    for line in tables(preset)["invoice_lines"]:
        if line["paid_at"]:
            paid[line["customer_id"]].add(line["issued_at"])
    gone = [row for row in lost if not goes_on(row, tables(preset)["items"])]
    assert gone
    for row in gone:
        assert row["cancel_requested_at"] == ""
        assert {day for day in paid[row["customer_id"]] if row["starts_at"] <= day < row["ends_at"]} == set()


def test_failed_payments_are_a_fifth_to_two_fifths_of_the_churn_of_cards() -> None:
    last = {row["subscription_id"]: row for row in tables("self-serve")["items"] if row["item_type"] == "plan"}
    ended = [row for row in last.values() if ends(row) and row["status"] != "trialing"]
    lost = [row for row in ended if row["status"] in ("past_due", "unpaid")]
    assert 0.2 <= len(lost) / len(ended) <= 0.4


def test_a_change_inside_a_term_takes_back_and_charges_the_rest() -> None:
    """5 seats at 39.00 a month from June 1st, 8 from the 16th: half a month each way."""
    account = sold("contract", seats=5, day=date(2025, 6, 1))
    account.set_seats(date(2025, 6, 16), 8)
    account.close(date(2025, 7, 1))
    bill(account, Random(0))
    lines = [dict(zip(COLUMNS["invoice_lines"], row, strict=True)) for row in account.history.tables["invoice_lines"]]
    assert [
        (str(row["issued_at"]), str(row["amount"]), row["proration"]) for row in lines if row["type"] == "subscription"
    ] == [
        ("2025-06-01", str(unit_price(account, 5) * 5), "false"),
        ("2025-06-16", str(-(unit_price(account, 5) * 5 / 2).quantize(CENT)), "true"),
        ("2025-06-16", str((unit_price(account, 8) * 8 / 2).quantize(CENT)), "true"),
    ]


def test_a_first_year_with_a_discount() -> None:
    account = sold("contract", seats=10, day=date(2025, 6, 1), discount_percent=20, discount_until=date(2025, 7, 1))
    bill(account, Random(0))
    amounts = [
        row[COLUMNS["invoice_lines"].index("amount")]
        for row in account.history.tables["invoice_lines"]
        if row[COLUMNS["invoice_lines"].index("type")] == "subscription"
    ]
    full = unit_price(account, 10) * 10
    assert amounts[:2] == [(full * 80 / 100).quantize(CENT), full]
    assert len(amounts) == 7


def sold(name: str, *, seats: int, day: date, **first: object) -> Account:
    """An account with one monthly subscription, in dollars."""
    preset = dollars_only(preset_named(name))
    window = window_until("2025-12", months=48)
    traits = draw_traits(preset, window, 1, Random(1))
    account = Account(
        preset=preset,
        window=window,
        prices=PriceList(preset, window),
        traits=traits,
        history=History("C000001"),
        chance=Random(1),
        need=float(seats),
        health=traits.fit,
        segment=traits.segment,
    )
    account.open(day, plan=preset.plans[0], seats=seats, term="month", bills_from=day, **first)
    return account


def dollars_only(preset: Preset) -> Preset:
    return preset.model_copy(update={"countries": preset.countries[:1]})


def unit_price(account: Account, seats: int) -> Decimal:
    return account.seat_price(account.preset.plans[0], seats=seats).amount


def holds(row: dict[str, str], day: str) -> bool:
    return row["starts_at"] <= day and (row["ends_at"] == "" or day < row["ends_at"])


def ends(row: dict[str, str]) -> bool:
    return row["ends_at"] != "" and row["ends_at"] < END


def goes_on(row: dict[str, str], items: Rows) -> bool:
    return any(other["item_id"] == row["item_id"] and other["starts_at"] == row["ends_at"] for other in items)
