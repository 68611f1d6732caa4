"""What happens in a simulated company: everything that a real export would make the ledger deal with."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from statistics import mean

import pytest

from tests.sources.simulator.desk import END, PRESETS, Rows, company, tables
from upswell.sources.simulator import preset_named, window_until
from upswell.sources.simulator.chance import stream
from upswell.sources.simulator.traits import Traits, draw_traits


def values(rows: Rows, column: str) -> set[str]:
    return {row[column] for row in rows}


def given(rows: Rows, column: str) -> int:
    return sum(bool(row[column]) for row in rows)


@pytest.mark.parametrize("preset", PRESETS)
def test_items_use_what_the_contract_offers(preset: str) -> None:
    items = tables(preset)["items"]
    assert values(items, "currency") == {"USD", "EUR", "GBP"}
    assert values(items, "item_type") == {"plan", "addon", "usage"}
    assert {"active", "trialing", "past_due", "paused", "unpaid"} <= values(items, "status")
    assert {"month", "year"} <= values(items, "interval")
    for column in ("discount_percent", "discount_amount", "discount_until", "trial_until", "cancel_requested_at"):
        assert given(items, column), column
    plans = preset_named(preset).plans
    assert {*(plan.id for plan in plans), preset_named(preset).second_product.id} <= values(items, "plan_id")
    assert any(row["ends_at"] > END for row in items), "a cancellation that is known and still to come"


@pytest.mark.parametrize("preset", PRESETS)
def test_versions_of_an_item_follow_each_other(preset: str) -> None:
    lines: dict[str, Rows] = defaultdict(list)
    for row in tables(preset)["items"]:
        lines[row["item_id"]].append(row)
    for versions in lines.values():
        for one, after in pairwise(versions):
            assert one["starts_at"] < one["ends_at"] <= after["starts_at"]
        assert all(row["starts_at"] < END for row in versions)


@pytest.mark.parametrize("preset", PRESETS)
def test_seats_have_tiers_and_prices_rise(preset: str) -> None:
    items = [row for row in tables(preset)["items"] if row["item_type"] == "plan"]
    amounts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in items:
        amounts[row["price_id"], row["currency"]].add(row["unit_amount"])
    assert any(len(found) > 1 for found in amounts.values()), "one price, two tiers"
    assert {price.rsplit("-", 1)[1] for price, _ in amounts} == {"v1", "v2", "v3"}


@pytest.mark.parametrize("preset", PRESETS)
def test_customers_have_parents_owners_and_segments_that_change(preset: str) -> None:
    customers = tables(preset)["customers"]
    firsts = [row for row in customers if not row["valid_from"]]
    known = values(firsts, "customer_id")
    parents = {row["customer_id"]: row["parent_id"] for row in firsts if row["parent_id"]}
    assert parents
    assert set(parents.values()) <= known
    assert not set(parents.values()) & set(parents), "a parent has no parent"
    assert values(firsts, "owner") == set(preset_named(preset).owners)
    moved = [row for row in customers if row["valid_from"]]
    segment = {row["customer_id"]: row["segment"] for row in firsts}
    assert moved
    assert all(row["segment"] != segment[row["customer_id"]] for row in moved)
    assert 0 < given(firsts, "activated_at") < len(firsts)


@pytest.mark.parametrize("preset", PRESETS)
def test_customers_return_and_items_are_swapped(preset: str) -> None:
    by_customer: dict[str, set[str]] = defaultdict(set)
    by_subscription: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in tables(preset)["items"]:
        if row["item_type"] == "plan" and row["product_id"] == preset_named(preset).plans[0].product:
            by_customer[row["customer_id"]].add(row["subscription_id"])
            by_subscription[row["subscription_id"], row["product_id"]].add(row["item_id"])
    assert any(len(found) > 1 for found in by_customer.values()), "a second subscription after an end"
    assert any(len(found) > 1 for found in by_subscription.values()), "another item id in one subscription"


@pytest.mark.parametrize("preset", PRESETS)
def test_limits_block_whom_no_overage_is_billed(preset: str) -> None:
    usage = tables(preset)["usage"]
    blocked = {row["customer_id"] for row in usage if row["metric"] == "blocked_calls"}
    billed = {row["customer_id"] for row in tables(preset)["items"] if row["item_type"] == "usage"}
    assert blocked
    assert billed
    assert not blocked & billed
    limits = {row["plan_id"]: Decimal(row["limit"]) for row in tables(preset)["limits"]}
    most = max(limits.values())
    monthly: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in usage:
        if row["metric"] == "calls" and row["customer_id"] not in billed:
            monthly[row["customer_id"], row["day"][:7]] += Decimal(row["quantity"])
    metered = {f"C{number:06d}" for number in range(1, 301) if _traits(preset, number).metered}
    assert max(calls for (customer, _), calls in monthly.items() if customer not in metered) <= most


def test_the_season_shows() -> None:
    usage = [row for row in tables("seasonal")["usage"] if row["metric"] == "calls"]
    of_july, of_january = (
        mean(float(row["quantity"]) for row in usage if row["day"][5:7] == month) for month in ("07", "01")
    )
    assert of_july > 2 * of_january
    paused = [row["starts_at"][5:7] for row in tables("seasonal")["items"] if row["status"] == "paused"]
    assert paused.count("11") > 0.8 * len(paused)


@pytest.mark.parametrize("preset", PRESETS)
def test_touches_and_feedback(preset: str) -> None:
    touches, feedback = tables(preset)["touches"], tables(preset)["feedback"]
    assert values(touches, "outcome") == {"accepted", "declined", "ignored", "pending"}
    assert values(touches, "offer") == {"seats", "upgrade", "addon", "cross_sell"}
    assert all(row["at"] >= "2025-12-15" for row in touches if row["outcome"] == "pending")
    assert values(feedback, "kind") == {"nps", "csat", "survey"}
    assert all(0 <= int(row["score"]) <= 10 for row in feedback if row["kind"] == "nps")
    assert values([row for row in feedback if row["kind"] == "survey"], "open_to_more") == {"true", "false"}


def test_the_response_to_offers_is_the_customers_own() -> None:
    """Of the customers whom nothing moves hardly one accepts; only the simulator can say who they are."""
    accepted: dict[bool, list[bool]] = defaultdict(list)
    for history in company("contract", customers=400).histories():
        traits = _traits("contract", int(history.customer_id[1:]))
        for row in history.tables.get("touches", ()):
            accepted[max(traits.response.values()) < 0.06].append("accepted" in row)
    assert mean(accepted[True]) < 0.25 * mean(accepted[False])


def test_offers_tire() -> None:
    """An offer soon after another is accepted less often than one after half a year without any."""
    soon, rested = [], []
    for preset in PRESETS:
        last: dict[str, int] = {}
        for row in tables(preset)["touches"]:
            year, month = (int(part) for part in row["at"].split("-")[:2])
            now = 12 * year + month
            since = now - last.get(row["customer_id"], now - 12)
            last[row["customer_id"]] = now
            if since <= 1:
                soon.append(row["outcome"] == "accepted")
            elif since >= 6:
                rested.append(row["outcome"] == "accepted")
    assert mean(soon) < mean(rested)


def test_costs_follow_what_was_done() -> None:
    costs = tables("contract")["costs"]
    assert values(costs, "kind") == {"acquisition", "expansion", "service"}
    assert len({row["month"] for row in costs}) == 60
    first_touch = min(row["at"] for row in tables("contract")["touches"])[:7]
    before = [row for row in costs if row["kind"] == "expansion" and row["month"] < first_touch]
    assert all(Decimal(row["amount"]) == 0 for row in before)


def _traits(preset: str, number: int) -> Traits:
    window = window_until("2025-12", months=48)
    return draw_traits(preset_named(preset), window, number, stream(preset, 1, number, "traits"))
