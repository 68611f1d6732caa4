"""New, return, churn and kind under each switch that decides them; figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.oracles.by_hand import Booked, at, booked, item, run
from tests.oracles.ledger import STRICT, ItemRow, OraclePolicy, balances

SUBSCRIPTIONS = OraclePolicy(level="subscription")
NEITHER = OraclePolicy(new_and_churned="neither")


# -- level ---------------------------------------------------------------------------------------


def test_each_subscription_is_new_churned_and_returns_for_itself() -> None:
    s2 = {"subscription_id": "s2", "unit_amount": "40"}
    items = [item("2026-01-01"), item("2026-03-01", "2026-04-01", **s2), item("2026-05-01", **s2)]
    assert booked(run(items, policy=SUBSCRIPTIONS)) == [
        ("2026-03-01", "new", None, "40"),
        ("2026-04-01", "churn", None, "-40"),
        ("2026-05-01", "reactivation", None, "40"),
    ]
    assert [row[1:3] for row in booked(run(items))] == [
        ("expansion", "subscription"),
        ("contraction", "subscription"),
        ("expansion", "subscription"),
    ]


def test_a_renewal_under_a_new_subscription_is_churn_and_new_where_subscriptions_are_judged() -> None:
    items = [item("2026-01-01", "2026-03-01"), item("2026-03-01", subscription_id="s2")]
    assert booked(run(items, policy=SUBSCRIPTIONS)) == [
        ("2026-03-01", "churn", None, "-100"),
        ("2026-03-01", "new", None, "100"),
    ]
    assert booked(run(items)) == []


def test_what_the_other_subscriptions_hold_makes_no_cross_sell() -> None:
    """s1 gets a second licence of what s2 holds, and one of what nobody holds."""
    items = [
        item("2026-01-01"),
        item("2026-01-01", subscription_id="s2", product_id="chat"),
        item("2026-03-01", item_id="i2", product_id="chat", unit_amount="10"),
        item("2026-03-01", item_id="i3", product_id="sso", unit_amount="20"),
    ]
    assert booked(run(items, policy=SUBSCRIPTIONS)) == [
        ("2026-03-01", "expansion", "cross_sell", "20"),
        ("2026-03-01", "expansion", "subscription", "10"),
    ]


# -- netting -------------------------------------------------------------------------------------


def ups_and_downs() -> list[ItemRow]:
    """On one day, s1: +60 on one item, -50 on another; s2: -40."""
    chat = {"item_id": "i2", "product_id": "chat"}
    other = {"subscription_id": "s2", "product_id": "sso"}
    return [
        item("2026-01-01", "2026-03-01"),
        item("2026-03-01", unit_amount="160"),
        item("2026-01-01", "2026-03-01", **chat),
        item("2026-03-01", unit_amount="50", **chat),
        item("2026-01-01", "2026-03-01", **other),
        item("2026-03-01", unit_amount="60", **other),
    ]


@pytest.mark.parametrize(
    ("netting", "kinds"),
    [
        ("item", {"60": "expansion", "-50": "contraction", "-40": "contraction"}),
        ("subscription", {"60": "expansion", "-50": "expansion", "-40": "contraction"}),
        ("customer", {"60": "contraction", "-50": "contraction", "-40": "contraction"}),
    ],
)
def test_the_total_of_item_subscription_or_customer_decides(netting: str, kinds: dict[str, str]) -> None:
    """60 - 50 = 10 in s1; 60 - 50 - 40 = -30 in all."""
    found = run(ups_and_downs(), policy=replace(STRICT, netting=netting))  # type: ignore[arg-type]
    assert {row[3]: row[1] for row in booked(found)} == kinds


def test_a_replaced_item_is_netted_where_the_new_one_sits() -> None:
    """CRM moves from s1 to s2 (+60) while s2 loses 60 of its own: s2 nets to 0, s1 has no row."""
    items = [
        item("2026-01-01", "2026-03-01"),
        item("2026-03-01", subscription_id="s2", item_id="i9", unit_amount="160"),
        item("2026-01-01", "2026-03-01", subscription_id="s2", item_id="i2", product_id="chat", item_type="addon"),
        item("2026-03-01", subscription_id="s2", item_id="i2", product_id="chat", item_type="addon", unit_amount="40"),
    ]
    found = run(items, policy=replace(STRICT, netting="subscription"))
    assert booked(found) == [
        ("2026-03-01", "transfer", None, "-60"),
        ("2026-03-01", "transfer", None, "60"),
    ]
    assert {one.rule for one in found} == {"first_payment", "netted_to_zero"}


def test_a_subscription_that_is_new_is_in_no_netting() -> None:
    """s2 is new for 60; s1's -50 is contraction even where the customer is netted."""
    items = [
        item("2026-01-01", "2026-03-01"),
        item("2026-03-01", unit_amount="50"),
        item("2026-03-01", subscription_id="s2", unit_amount="60"),
    ]
    assert booked(run(items, policy=replace(SUBSCRIPTIONS, netting="customer"))) == [
        ("2026-03-01", "contraction", "price", "-50"),
        ("2026-03-01", "new", None, "60"),
    ]


# -- grouping ------------------------------------------------------------------------------------


def several_hours(*hours: str) -> list[ItemRow]:
    """100 since January, and 10 more from each hour of 1 March on."""
    instants = [f"2026-03-01T{hour}" for hour in hours]
    ends = [*instants, None]
    starts = ["2026-01-01", *instants]
    return [
        item(start, end, unit_amount=str(100 + 10 * number), row=number)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


@pytest.mark.parametrize(
    ("grouping", "amounts"),
    [("day", ["40"]), ("none", ["10", "10", "10", "10"]), ("60min", ["20", "20"]), ("month", ["40"])],
)
def test_changes_of_one_day(grouping: str, amounts: list[str]) -> None:
    """10:00 takes in 10:40; 11:00, 60 minutes after the first, begins the next moment, which takes in 11:59:59."""
    items = several_hours("10:00", "10:40", "11:00", "11:59:59")
    found = run(items, policy=replace(STRICT, grouping=grouping))  # type: ignore[arg-type]
    day = "2026-03-31" if grouping == "month" else "2026-03-01"
    assert booked(found) == [(day, "expansion", "price", amount) for amount in amounts]


def test_no_moment_crosses_midnight() -> None:
    """23:40 and 00:20 in Berlin are two days, though 40 minutes apart."""
    items = [
        item("2026-01-01", "2026-03-01T22:40"),
        item("2026-03-01T22:40", "2026-03-01T23:20", unit_amount="110"),
        item("2026-03-01T23:20", unit_amount="120"),
    ]
    assert booked(run(items, policy=replace(STRICT, grouping="60min"), timezone="Europe/Berlin")) == [
        ("2026-03-01", "expansion", "price", "10"),
        ("2026-03-02", "expansion", "price", "10"),
    ]


def test_the_hour_runs_anew_from_the_first_scheduled_change() -> None:
    """As of 10:20: 10:00 alone; 10:40 with 11:00 and 11:30, though these are 60 minutes and more after 10:00."""
    items = several_hours("10:00", "10:40", "11:00", "11:30")
    found = run(items, policy=replace(STRICT, grouping="60min"), as_of=at("2026-03-01T10:20"))
    assert [(f"{one.amount:.0f}", one.scheduled) for one in found[1:]] == [("10", False), ("30", True)]


def test_what_begins_and_ends_inside_an_hour_is_not_seen() -> None:
    short = item("2026-03-01T10:00", "2026-03-01T10:59", item_id="i2", product_id="chat")
    items = [item("2026-01-01"), short]
    assert booked(run(items, policy=replace(STRICT, grouping="60min"))) == []
    assert [row[3] for row in booked(run(items, policy=replace(STRICT, grouping="none")))] == ["-100", "100"]


# -- reactivation --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reactivation", "kind"),
    [("separate", "reactivation"), ("new", "new"), ("churn", "churn")],
)
def test_a_return_has_the_kind_that_the_policy_gives(reactivation: str, kind: str) -> None:
    items = [item("2026-01-01", "2026-03-01"), item("2026-04-01", unit_amount="80")]
    found = run(items, policy=replace(STRICT, reactivation=reactivation))  # type: ignore[arg-type]
    assert booked(found) == [("2026-03-01", "churn", None, "-100"), ("2026-04-01", kind, None, "80")]
    assert [one.rule for one in found] == ["first_payment", "nothing_left", "return"]


def test_a_return_as_expansion_has_the_drivers_of_what_appears() -> None:
    """The paused chat is still held, so it is one more subscription; crm is not."""
    items = [
        item("2026-01-01", "2026-03-01", product_id="crm"),
        item("2026-02-01", "2026-04-01", item_id="i2", product_id="chat", status="paused"),
        item("2026-04-01", product_id="crm"),
        item("2026-04-01", item_id="i2", product_id="chat", unit_amount="50"),
        item("2026-04-01", item_id="i3", product_id="sso", item_type="addon", unit_amount="20"),
        item("2026-04-01", item_id="i4", product_id="calls", item_type="usage", unit_amount="7"),
    ]
    found = booked(run(items, policy=replace(STRICT, reactivation="expansion")), since="2026-04-01")
    assert found == [
        ("2026-04-01", "expansion", "addon", "20"),
        ("2026-04-01", "expansion", "cross_sell", "100"),
        ("2026-04-01", "expansion", "subscription", "50"),
        ("2026-04-01", "expansion", "usage", "7"),
    ]


@pytest.mark.parametrize(
    ("back_on", "kind"), [("2026-03-30T23:00", "reactivation"), ("2026-03-31T01:00", "new"), ("2026-06-01", "new")]
)
def test_a_return_is_new_after_so_many_days(back_on: str, kind: str) -> None:
    """Left on the evening of 1 March: 30 days later is 31 March, at whatever hour."""
    policy = replace(STRICT, reactivation="new_after_days", reactivation_new_after_days=30)
    found = run([item("2026-01-01", "2026-03-01T20:00"), item(back_on)], policy=policy)
    assert booked(found)[1][1] == kind


def test_the_days_are_counted_from_the_last_leaving() -> None:
    policy = replace(STRICT, reactivation="new_after_days", reactivation_new_after_days=30)
    items = [item("2026-01-01", "2026-02-01"), item("2026-05-01", "2026-06-01"), item("2026-06-15")]
    assert [row[1] for row in booked(run(items, policy=policy))] == ["churn", "new", "churn", "reactivation"]


# -- new and churned in one month ----------------------------------------------------------------


def test_new_and_churned_in_one_month_is_neither() -> None:
    """The changes in between are dropped too, and who comes back later is new."""
    items = [
        item("2026-03-02", "2026-03-10"),
        item("2026-03-10", "2026-03-20", unit_amount="150"),
        item("2026-05-01"),
    ]
    assert booked(run(items, policy=NEITHER)) == [("2026-05-01", "new", None, "100")]
    assert [row[1] for row in booked(run(items))] == ["new", "expansion", "churn", "reactivation"]
    days = (date(2026, 3, 5), date(2026, 3, 15))
    in_force = balances(items, policy=NEITHER, days=days, timezone="UTC", as_of=at("2030-01-01"))
    assert in_force == {day: {} for day in days}


def test_only_first_episodes_are_dropped_each_in_its_month() -> None:
    """March and April are both dropped; June to July is kept, so August, too, is booked."""
    short = [item("2026-03-02", "2026-03-20"), item("2026-04-02", "2026-04-20")]
    kept = [item("2026-06-20", "2026-07-02"), item("2026-08-02", "2026-08-20")]
    assert booked(run(short + kept, policy=NEITHER)) == [
        ("2026-06-20", "new", None, "100"),
        ("2026-07-02", "churn", None, "-100"),
        ("2026-08-02", "reactivation", None, "100"),
        ("2026-08-20", "churn", None, "-100"),
    ]


@pytest.mark.parametrize("as_of", ["2026-03-10", "2026-03-01", "2026-03-20"])
def test_an_episode_is_dropped_where_both_its_ends_are_actual_or_both_scheduled(as_of: str) -> None:
    found = booked(run([item("2026-03-02", "2026-03-20")], policy=NEITHER, as_of=at(as_of)))
    parted: list[Booked] = [("2026-03-02", "new", None, "100"), ("2026-03-20", "churn", None, "-100")]
    assert found == (parted if as_of == "2026-03-10" else [])


def test_a_subscription_is_dropped_alone_where_it_is_the_unit() -> None:
    """The run of s2 is dropped; what s1 gets meanwhile is one more subscription, for the customer did hold chat."""
    items = [
        item("2026-01-01"),
        item("2026-03-02", "2026-03-20", subscription_id="s2", product_id="chat"),
        item("2026-03-10", item_id="i2", product_id="chat", unit_amount="40"),
    ]
    policy = replace(NEITHER, level="subscription")
    assert booked(run(items, policy=policy)) == [("2026-03-10", "expansion", "subscription", "40")]
    assert [row[1] for row in booked(run(items, policy=NEITHER))] == ["expansion", "expansion", "contraction"]


def test_what_is_free_before_and_after_goes_with_the_episode_and_stays_without_it() -> None:
    """A free plan runs throughout; sso for 20 in March comes and goes unseen, but in April is kept."""
    free = item("2026-02-01", unit_amount="0")
    sso = item("2026-03-02", "2026-03-20", item_id="i2", product_id="sso", item_type="addon", unit_amount="20")
    again = item("2026-04-02", item_id="i2", product_id="sso", item_type="addon", unit_amount="20")
    assert booked(run([free, sso, again], policy=NEITHER)) == [("2026-04-02", "new", None, "20")]
