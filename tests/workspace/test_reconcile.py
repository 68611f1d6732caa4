"""Held against Stripe: every month explained to the last digit, each line alone by hand, and a planted cent found and
named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sources.stripe.desk import Desk, desk_for, key_in_environment
from tests.stripe_account.account import Account
from tests.stripe_account.company import random_account
from tests.stripe_account.moments import DAY, at
from tests.stripe_account.things import Price
from upswell.errors import UsageError
from upswell.ledger.books import BookManifest
from upswell.metrics.months import Month
from upswell.workspace.reconciling import MonthReconciliation, StripeBridge


def _months(last: str, count: int) -> list[str]:
    return [str(month) for month in Month.parse(last).last_of(count)]


@pytest.fixture(scope="module", params=["newest", "mixed"])
def explained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[MonthReconciliation, ...]:
    company = random_account(201, customers=120, months=18)
    with desk_for(company.account, tmp_path_factory.mktemp("account")) as desk:
        if request.param == "mixed":
            desk.server.mixed(3)
        desk.sync()
        # Rates move, so that the line for them is no zero.
        rates = desk.folder / "rates.csv"
        rates.write_text(
            "date,currency,rate\n2025-08-01,EUR,1.17\n2026-02-10,EUR,1.05\n2026-01-15,JPY,0.0064\n", "utf-8"
        )
        desk.workspace.import_file(rates, table="rates", source="newer")
        desk.workspace.build(as_of=desk.now())
        return desk.workspace.reconcile(_months("2026-02", 18), now=desk.now)


def test_every_month_of_an_account_is_explained(explained: tuple[MonthReconciliation, ...]) -> None:
    assert [month.month for month in explained if not month.is_explained] == []
    assert len(explained) == 18
    for month in explained:
        for bridge in month.bridges:
            assert bridge.theirs + sum(line.amount for line in bridge.lines) == bridge.ours
        for cash in month.cash:
            steps = sum((line.amount for line in cash.lines if not line.is_total), Decimal(0))
            assert cash.start + steps == cash.cash


def test_an_account_that_leaves_who_cannot_pay_unpaid_is_explained(tmp_path: Path) -> None:
    company = random_account(102, customers=80, months=14, dunning="unpaid")
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        desk.workspace.build(as_of=desk.now())
        months = desk.workspace.reconcile(_months("2026-02", 14), now=desk.now)
    assert [month.month for month in months if not month.is_explained] == []


def test_every_line_is_the_sum_of_its_named_objects(explained: tuple[MonthReconciliation, ...]) -> None:
    used = set()
    for month in explained:
        for bridge in month.bridges:
            for line in bridge.lines:
                assert line.amount == sum((part.amount for part in line.parts), Decimal(0))
                assert all(part.objects and part.customer_id for part in line.parts)
                used |= {(bridge.figure, line.name)} if line.parts else set()
        for cash in month.cash:
            for step in cash.lines:
                if not step.is_total:
                    assert step.amount == sum((part.amount for part in step.parts), Decimal(0))
    closing = {name for figure, name in used if figure == "closing_mrr"}
    assert closing >= {"timing", "cancellation", "discounts", "paused", "metered", "tax", "fx", "rounding"}
    assert ("expansion", "within_month") in used


def test_without_any_one_line_something_is_left(explained: tuple[MonthReconciliation, ...]) -> None:
    for month in explained:
        for bridge in month.bridges:
            for line in bridge.lines:
                assert bridge.without(line.name).unexplained == line.amount
        for cash in month.cash:
            for step in cash.lines:
                assert step.is_total or cash.without(step.name).unexplained == step.amount


# -- one rule at a time --------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    account = Account(at("2026-01-01"))
    with desk_for(account, tmp_path) as opened:
        yield opened


@pytest.fixture
def team(desk: Desk) -> Price:
    return desk.account.create_price(desk.account.create_product("Team"), 2000)


def _closing(desk: Desk, month: str, policy: str | None = None) -> tuple[Decimal, dict[str, Decimal], Decimal]:
    desk.sync()
    desk.workspace.build(as_of=desk.now(), policies=[policy] if policy else ())
    [found] = desk.workspace.reconcile(month, now=desk.now, policy=policy)
    assert found.is_explained
    bridge: StripeBridge = found.bridges[0]
    return bridge.theirs, {line.name: line.amount for line in bridge.lines if line.amount}, bridge.ours


def test_a_plain_subscription_needs_no_bridge(desk: Desk, team: Price) -> None:
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-03-05"))
    assert _closing(desk, "2026-02") == (Decimal(100), {}, Decimal(100))


def test_what_changed_since_is_timing(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-02-20"))
    desk.account.change(subscription, subscription.items[0], quantity=8)
    desk.account.advance(at("2026-03-05"))
    assert _closing(desk, "2026-01") == (Decimal(160), {"timing": Decimal(-60)}, Decimal(100))
    [month] = desk.workspace.reconcile("2026-01", now=desk.now)
    [part] = month.bridges[0].lines[0].parts
    assert (part.item_id, part.objects[0].split("_")[0]) == (subscription.items[0].id, "il")


def test_a_cancellation_is_dated_by_stripe_when_it_is_asked_for(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-02-20"))
    desk.account.cancel(subscription)
    desk.account.advance(at("2026-03-05"))
    theirs, lines, ours = _closing(desk, "2026-02")
    # The paid period ends with February: at its last instant it still runs.
    assert (theirs, lines, ours) == (Decimal(0), {"cancellation": Decimal(100)}, Decimal(100))
    assert _closing(desk, "2026-02", "stripe")[1:] == ({}, Decimal(0))


def test_a_coupon_that_ends_is_subtracted_by_us_alone(desk: Desk, team: Price) -> None:
    coupon = desk.account.create_coupon("repeating", percent="25", months=3)
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)], coupons=[coupon])
    desk.account.advance(at("2026-03-05"))
    assert _closing(desk, "2026-02") == (Decimal(100), {"discounts": Decimal(-25)}, Decimal(75))
    assert _closing(desk, "2026-02", "stripe") == (Decimal(100), {}, Decimal(100))


def test_a_pause_does_not_matter_to_stripe(desk: Desk, team: Price) -> None:
    subscription = desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-01-20"))
    desk.account.pause(subscription)
    desk.account.advance(at("2026-03-05"))
    assert _closing(desk, "2026-02") == (Decimal(100), {"paused": Decimal(-100)}, Decimal(0))


def test_usage_and_tax_and_fractions_of_a_cent(desk: Desk) -> None:
    product = desk.account.create_product("Team")
    yearly = desk.account.create_price(product, 10_000, "usd", interval="year")
    taxed = desk.account.create_price(product, 11_900, "usd", inclusive=True)
    calls = desk.account.create_price(desk.account.create_product("Calls"), 1, metered=True)
    desk.account.subscribe(desk.account.create_customer("Yearly"), [(yearly, 1)])
    subscription = desk.account.subscribe(desk.account.create_customer("Monthly"), [(taxed, 1), (calls, 1)])
    desk.account.use(subscription.items[1], 1_250)
    desk.account.advance(at("2026-02-05"))
    # 100 / 12 is 8.333333 and shown as 8.33.
    theirs, lines, ours = _closing(desk, "2026-01")
    assert (theirs, lines, ours) == (
        Decimal("127.33"),
        {"tax": Decimal(-19), "rounding": Decimal("0.003333")},
        Decimal("108.333333"),
    )
    desk.account.advance(at("2026-03-05"))
    assert _closing(desk, "2026-02")[1]["metered"] == Decimal("12.5")


def test_from_mrr_to_cash_with_a_year_paid_at_once_a_refund_and_a_credit_note(desk: Desk, team: Price) -> None:
    yearly = desk.account.create_price(desk.account.create_product("Pro"), 120_000, interval="year")
    acme = desk.account.create_customer("Acme")
    desk.account.subscribe(acme, [(team, 5)])
    desk.account.subscribe(desk.account.create_customer("Bolt"), [(yearly, 1)])
    desk.account.advance(at("2026-01-20"))
    desk.account.invoice_item(acme, 5_000, "Onboarding")
    invoice = desk.account.invoice_now(acme)
    assert invoice.charge is not None
    desk.account.refund(desk.account.objects["charge"][invoice.charge], 1_000)
    desk.account.credit_note(next(iter(desk.account.objects["invoice"].values())), 700)
    desk.account.advance(at("2026-03-05"))
    desk.sync()
    desk.workspace.build(as_of=desk.now())
    [month] = desk.workspace.reconcile("2026-01", now=desk.now)
    [cash] = month.cash
    assert {line.name: line.amount for line in cash.lines if line.amount} == {
        "other_term_length": Decimal(1100),
        "invoiced_recurring_revenue": Decimal(1300),
        "one_off_lines": Decimal(50),
        "credit_notes": Decimal(-7),
        "total_revenue": Decimal(1343),
        "credit_notes_settled": Decimal(7),
        "refunds": Decimal(-10),
    }
    assert (cash.start, cash.cash, cash.unexplained) == (Decimal(200), Decimal(1340), Decimal(0))


# -- faults --------------------------------------------------------------------------------------


def test_a_cent_planted_in_one_line_is_found_and_named(desk: Desk, team: Price) -> None:
    for number in range(4):
        desk.account.subscribe(desk.account.create_customer(f"Customer{number}"), [(team, number + 1)])
    desk.account.advance(at("2026-03-05"))
    desk.sync()
    # Somebody's own correction of an imported row: a cent more a seat for the third customer's item.
    with desk.workspace._inputs_of(_built(desk)) as inputs:
        rows = inputs.execute(
            "select customer_id, subscription_id, item_id, plan_id, product_id, price_id, starts_at::varchar || 'Z', "
            "quantity, unit_amount from current_items where customer_id = 'cus_0000003'"
        ).fetchall()
    planted = desk.folder / "stripe-items.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "create table rows(customer_id varchar, subscription_id varchar, item_id varchar, plan_id varchar, "
            "product_id varchar, price_id varchar, starts_at varchar, quantity varchar, unit_amount varchar)"
        )
        for row in rows:
            connection.execute(
                "insert into rows values (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row[:8], str(row[8] + Decimal("0.01"))]
            )
        connection.execute(f"copy rows to '{planted}' (format parquet)")
    desk.workspace.import_file(planted, table="items", source="stripe")
    desk.workspace.build(as_of=desk.now())
    [month] = desk.workspace.reconcile("2026-02", now=desk.now)
    assert not month.is_explained
    assert month.bridges[0].unexplained == Decimal("0.03")
    [part] = month.bridges[0].unexplained_parts
    assert (part.customer_id, part.item_id, part.amount) == ("cus_0000003", "si_0000003", Decimal("0.03"))


def _built(desk: Desk) -> BookManifest:
    desk.workspace.build(as_of=desk.now())
    return desk.workspace.book()


def test_a_cent_planted_in_a_landed_invoice_line_is_found_and_named(desk: Desk, team: Price) -> None:
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-03-05"))
    desk.sync()
    desk.workspace.build(as_of=desk.now())
    path = desk.workspace.folder / "sources" / "stripe" / "landing.duckdb"
    with duckdb.connect(str(path)) as landing:
        [(number, raw)] = landing.execute(
            "select seen_no, raw::varchar from objects where object_type = 'invoice' and seen_in = 'list' "
            "and to_timestamp((raw ->> '$.created')::bigint) between '2026-02-01' and '2026-02-28'"
        ).fetchall()
        invoice = json.loads(raw)
        invoice["lines"]["data"][0]["amount"] += 1
        landing.execute("update objects set raw = ? where seen_no = ?", [json.dumps(invoice), number])
    [month] = desk.workspace.reconcile("2026-02", now=desk.now)
    assert not month.is_explained
    [cash] = month.cash
    [part] = cash.unexplained_parts
    assert (cash.unexplained, part.object_id, part.amount) == (Decimal("-0.01"), invoice["id"], Decimal("-0.01"))
    assert invoice["lines"]["data"][0]["id"] in part.note


def test_what_cannot_be_reconciled_says_why(desk: Desk, team: Price) -> None:
    desk.account.advance(at("2026-02-05"))
    desk.workspace.build(as_of=desk.now())
    with pytest.raises(UsageError) as refused:
        desk.workspace.reconcile("2026-01", now=desk.now)
    assert refused.value.code == "source_not_synced"
    with pytest.raises(UsageError) as refused:
        desk.workspace.reconcile("2026-02", now=desk.now)
    assert refused.value.code == "month_not_over"
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(at("2026-03-05"))
    desk.sync()
    with pytest.raises(UsageError) as refused:
        desk.workspace.reconcile("2026-01", now=desk.now)
    assert (refused.value.code, refused.value.remedy.split(",")[0]) == ("policy_needs_build", "run `upswell build`")
    desk.workspace.build(as_of=desk.now())
    with pytest.raises(UsageError) as refused:
        desk.workspace.reconcile("2026-01", now=desk.now, policy="profitwell")
    assert refused.value.code == "policy_not_comparable"


def test_a_refresh_is_one_step_and_leaves_everything_explained(desk: Desk, team: Price) -> None:
    desk.account.subscribe(desk.account.create_customer("Acme"), [(team, 5)])
    desk.account.advance(desk.account.now + 70 * DAY)
    said: list[str] = []
    with key_in_environment():
        assert desk.workspace.refresh(now=desk.now, log=said.append)
    assert [text.split(":")[0] for text in said] == ["sync stripe", "build", "check"]
    assert desk.workspace.reconcile(now=desk.now)[0].is_explained
