"""SQL and the plain loop agree on random books, and every slice rolls forward to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest

from tests.metrics.book import INCLUDED, STRICT, Move, SmallBook
from tests.metrics.plain_loop import Oracle, months_before, to_twelve_decimals
from tests.metrics.random_books import random_book
from upswell.policy.model import Policy

SEEDS = range(8)
SLICES: dict[str | None, Callable[[Move], bool]] = {
    None: lambda move: True,
    "plan = 'Team'": lambda move: move.plan == "Team",
    "currency <> 'USD'": lambda move: move.currency != "USD",
    "owner = 'Kim' or plan in ('Pro')": lambda move: move.plan == "Pro",
    "customer like 'c1%'": lambda move: move.customer.startswith("c1"),
}
LINES = (
    "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr",
    "transfer_in_mrr", "transfer_out_mrr",
)  # fmt: skip


def slices(book: SmallBook) -> Iterator[tuple[str | None, Oracle]]:
    rows = book.connection.execute("select customer_id from customers where owner = 'Kim'")
    kims = {row[0] for row in rows.fetchall()}
    for where, keep in SLICES.items():
        if where is not None and where.startswith("owner"):
            yield where, Oracle(book, lambda move: move.customer in kims or move.plan == "Pro")
        else:
            yield where, Oracle(book, keep)


def by_month(rows: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(row["month"], row["metric"]): row["value"] for row in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_balances_flows_and_counts(seed: int) -> None:
    book = random_book(seed)
    kinds = {"new": "new", "expansion": "expansion", "churned": "churn"}
    counts = [f"{name}_customers" for name in kinds]
    for where, oracle in slices(book):
        rows = book.ask("closing_mrr", "customers", "expansion_mrr", *counts, where=where)
        found = by_month(rows)
        for month in {row["month"] for row in rows}:
            assert found[month, "closing_mrr"] == oracle.closing(month)
            assert found[month, "customers"] == oracle.customers(month)
            assert found[month, "expansion_mrr"] == oracle.flow("expansion", month)
            for name, kind in kinds.items():
                assert found[month, f"{name}_customers"] == oracle.customers_with(kind, month)


@pytest.mark.parametrize("policy", [STRICT, INCLUDED], ids=lambda policy: policy.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_retention(seed: int, policy: Policy) -> None:
    book = random_book(seed)
    leavers_zero = policy is STRICT
    for where, oracle in slices(book):
        rows = book.ask("nrr_1m", "grr_1m", "nrr_12m", "grr_12m", where=where, policy=policy)
        found = by_month(rows)
        for month in {row["month"] for row in rows}:
            for lag in (1, 12):
                expected = oracle.retention(month, lag, leavers_zero=leavers_zero)
                nrr, grr = found[month, f"nrr_{lag}m"], found[month, f"grr_{lag}m"]
                if expected is None:
                    assert nrr is None
                    assert grr is None
                else:
                    assert (nrr, grr) == tuple(to_twelve_decimals(rate) for rate in expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_retention_of_a_single_month_is_that_of_the_range(seed: int) -> None:
    book = random_book(seed)
    names = ("nrr_1m", "grr_12m", "customers", "closing_mrr", "fx_mrr")
    whole = by_month(book.ask(*names, where="plan <> 'Free'"))
    month = "2026-03"
    alone = by_month(book.ask(*names, where="plan <> 'Free'", month_from=month, month_to=month))
    assert alone == {(m, name): whole[m, name] for m, name in whole if m == month}


@pytest.mark.parametrize("by", [(), ("plan",), ("currency",), ("owner", "plan"), ("customer",)])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_slice_rolls_forward_to_the_last_digit(seed: int, by: tuple[str, ...]) -> None:
    book = random_book(seed)
    where = None if seed % 2 else "not (currency = 'JPY' and plan = 'Pro')"
    totals: dict[tuple[Any, ...], dict[str, Fraction]] = {}
    for row in book.ask("opening_mrr", *LINES, "closing_mrr", by=by, where=where):
        key = (row["month"], *(row[name] for name in by))
        totals.setdefault(key, {})[row["metric"]] = Fraction(row["value"])
    assert totals
    for (month, *slice_), lines in totals.items():
        parts = sum((lines[name] for name in LINES), lines["opening_mrr"])
        assert parts == lines["closing_mrr"]
        before = totals.get((months_before(month, 1), *slice_))
        if before is not None:
            assert before["closing_mrr"] == lines["opening_mrr"]
        if not by and where is None:
            assert lines["transfer_in_mrr"] == lines["transfer_out_mrr"] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_slices_add_up_and_totals_and_movements_say_the_same(seed: int) -> None:
    book = random_book(seed)
    additive = ("closing_mrr", "expansion_mrr", "fx_mrr", "net_new_mrr")
    whole = {key: Fraction(value) for key, value in by_month(book.ask(*additive)).items()}
    for by in (("plan", "currency"), ("owner",), ("customer",)):
        sums = dict.fromkeys(whole, Fraction(0))
        for row in book.ask(*additive, by=by):
            sums[row["month"], row["metric"]] += Fraction(row["value"])
        assert sums == whole
    from_movements = book.ask(*additive, where="customer is null or not (customer is null)")
    assert {key: Fraction(v) for key, v in by_month(from_movements).items()} == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_drivers_sum_to_their_kind(seed: int) -> None:
    book = random_book(seed)
    whole = by_month(book.ask("expansion_mrr"))
    sums = dict.fromkeys(whole, Fraction(0))
    for row in book.ask("expansion_mrr", by=("driver",)):
        sums[row["month"], row["metric"]] += Fraction(row["value"])
    assert sums == {key: Fraction(value) for key, value in whole.items()}
