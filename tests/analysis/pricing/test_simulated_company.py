"""A simulated company, whose price list is known: what is read off its sales, and what must hold of every section."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

import upswell
from tests.analysis.pricing.small import rows_of
from upswell.analysis.pricing.sections import SECTIONS
from upswell.sources.simulator.preset import preset_named
from upswell.sources.simulator.pricing import PriceList
from upswell.sources.simulator.window import plus_months, window_until
from upswell.workspace.simulated import make_simulated

COMPANY: Final = "self-serve"
LAST: Final = "2025-12"
MONTHS: Final = 36


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    folder = tmp_path_factory.mktemp("simulated") / "shop"
    return make_simulated(folder, company=COMPANY, customers=400, months=MONTHS, last_month=LAST, seed=7)


def test_list_prices_read_off_sales_are_those_of_the_company(shop: upswell.Workspace) -> None:
    preset, window = preset_named(COMPANY), window_until(LAST, months=MONTHS)
    truth = PriceList(preset, window)
    plans = {plan.id: plan for plan in preset.plans}
    rises = [plus_months(window.end, -rise.months_before_end) for rise in preset.rises]
    checked = 0
    for row in rows_of(shop, "lists"):
        # A price that was first sold before the last rise is what a slow offer was sold at last, and says since when.
        if row["plan_id"] not in plans or row["since"] is None or row["since"] < max(rises):
            continue
        seats = int(row["quantity_from"] or 1)
        plan, last = plans[row["plan_id"]], window.end
        price = truth.of_plan(plan, seats=max(seats, 1), currency=row["currency"], term=row["term"], list_day=last)
        assert row["list_price"] == price.amount, row
        checked += 1
    assert checked >= 5


@pytest.mark.parametrize("by", ["plan", "country", "mrr_band"])
def test_gaps_add_up_in_every_row_and_to_the_mrr_of_the_close(shop: upswell.Workspace, by: str) -> None:
    rows = rows_of(shop, "realised", by=by)
    names = ("list_mrr", "discounts", "old_prices", "negotiated", "other", "realised_mrr", "unlisted_mrr")
    sums: dict[str, Decimal] = dict.fromkeys(names, Decimal(0))
    for row in rows[:-1]:
        figures = {name: row[name] or Decimal(0) for name in names}
        parts = [figures[name] for name in names[1:5]]
        assert figures["list_mrr"] - sum(parts) == figures["realised_mrr"]
        sums = {name: sums[name] + figures[name] for name in names}
    assert sums == {name: rows[-1][name] or Decimal(0) for name in names}
    (closing,) = shop.metrics(["closing_mrr"], month_from=LAST, month_to=LAST).to_pylist()
    assert sums["realised_mrr"] + sums["unlisted_mrr"] == closing["value"]


@pytest.mark.parametrize("policy", ["stripe", "recurly", "strict+family"])
def test_under_other_rules_it_is_the_mrr_of_those_rules(shop: upswell.Workspace, policy: str) -> None:
    (closing,) = shop.metrics(["closing_mrr"], month_from=LAST, month_to=LAST, policy=policy).to_pylist()
    (whole,) = rows_of(shop, "realised", policy=policy)
    assert whole["realised_mrr"] + whole["unlisted_mrr"] == closing["value"]
    if policy == "stripe":
        assert whole["discounts"] == 0, "every discount of this company ends, and these rules subtract none that do"


def shares_of(row: dict[str, Any]) -> list[Decimal]:
    names = ("share", "share_low", "share_high", "rate", "rate_low", "rate_high", "support", "share_of_full")
    return [row[name] for name in names if row.get(name) is not None]


@pytest.mark.parametrize("section", list(SECTIONS))
def test_shares_are_shares_and_every_figure_that_is_absent_says_why(shop: upswell.Workspace, section: str) -> None:
    decides = {
        "lists": "list_price",
        "realised": "share_of_list",
        "next": "share",
        "attach": "rate",
        "together": "lift",
    }
    for row in rows_of(shop, section):
        assert all(0 <= share <= 1 for share in shares_of(row))
        if section in decides and row[decides[section]] is None:
            assert row["reason"]


def test_shares_of_what_is_bought_next_are_a_partition(shop: upswell.Workspace) -> None:
    by_plan: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(shop, "next"):
        by_plan.setdefault(row["began_with"], []).append(row)
    for rows in by_plan.values():
        assert sum(row["customers"] for row in rows) == rows[0]["of_customers"]
        if rows[0]["share"] is not None:
            assert abs(sum(row["share"] for row in rows) - 1) < Decimal("0.00001")


def test_who_uses_most_of_its_limit_comes_first(shop: upswell.Workspace) -> None:
    shares = [row["share_used"] for row in rows_of(shop, "steps") if row["share_used"] is not None]
    assert shares == sorted(shares, reverse=True)
    assert shares
