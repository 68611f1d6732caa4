"""The simulation: what adds up in every path, what is certain, and a company that can be worked out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.forecast.companies import LAST, book_of, history_of, rows_of
from tests.analysis.forecast.steady import CUSTOMERS, MOVING, PAID, steady
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.rates import learn
from upswell.analysis.forecast.scenario import Scenario
from upswell.analysis.forecast.simulate import simulate
from upswell.metrics.months import Month

RATE: Final = MOVING / CUSTOMERS
FLOWS: Final = {
    "new_mrr": 1,
    "expansion_mrr": 1,
    "reactivation_mrr": 1,
    "contraction_mrr": -1,
    "churned_mrr": -1,
    "fx_mrr": 1,
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> History:
    rows = rows_of("seasonal", 150, 48, 11)
    return history_of(book_of(Path(tmp_path_factory.mktemp("company")) / "w", rows, last=Month.parse(LAST)))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), months=st.integers(1, 18))
def test_every_path_adds_up_and_nothing_is_negative(company: History, seed: int, months: int) -> None:
    paths = simulate(company, learn(company), months=months, simulations=40, seed=seed)
    closing = paths["closing_mrr"]
    opening = np.concatenate([np.full((40, 1), company.closing[-1]), closing[:, :-1]], axis=1)
    moved = sum(sign * paths[name] for name, sign in FLOWS.items())
    assert closing == pytest.approx(opening + moved, rel=1e-3)
    for name in (*FLOWS, "closing_mrr", "customers", "nrr"):
        assert name == "fx_mrr" or (paths[name] >= 0).all(), name


def test_the_same_seed_tells_the_same_and_another_something_else(company: History) -> None:
    learned = learn(company)
    one, same, other = (
        simulate(company, learned, months=3, simulations=20, seed=seed)["closing_mrr"] for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_a_steady_company_goes_on_as_it_can_be_worked_out() -> None:
    """Of 500 customers 3 % leave in a month and 15 come: 500 x 0.97^h stay, and 15 x (1 - 0.97^h) / 0.03 have come."""
    history = steady()
    paths = simulate(history, learn(history), months=12, simulations=2000, seed=3)
    ahead = np.arange(1, 13)
    stayed = (1 - RATE) ** ahead
    assert paths["nrr"].mean(axis=0) == pytest.approx(stayed, rel=0.03)
    whole = CUSTOMERS * stayed + MOVING * (1 - stayed) / RATE
    assert paths["customers"].mean(axis=0) == pytest.approx(whole, rel=0.03)
    assert paths["closing_mrr"].mean(axis=0) == pytest.approx(whole * PAID, rel=0.03)


def test_chance_alone_makes_a_month_as_wide_as_a_binomial() -> None:
    """Of 500 customers with a rate of 3 % the leavers of a month have a deviation of sqrt(500 x 0.03 x 0.97) and more.

    It is a little more, since the rate itself is not known exactly.
    """
    history = steady()
    churned = simulate(history, learn(history), months=1, simulations=4000, seed=4)["churned_mrr"][:, 0] / PAID
    binomial = np.sqrt(CUSTOMERS * RATE * (1 - RATE))
    assert binomial < churned.std() < 1.6 * binomial


def test_who_said_that_it_leaves_leaves_then() -> None:
    """100 of 500 have asked to end in two months: every path loses them then, and none before."""
    history = steady(leaving_in_two=100)
    customers = simulate(history, learn(history), months=3, simulations=200, seed=5)["customers"]
    assert customers[:, 0].min() > 450
    assert (customers[:, 1] < customers[:, 0] - 70).all()


def test_fewer_have_been_heard_of_makes_less_sure() -> None:
    """The same rates, seen over two years and over eight: what is not known well is not told as if it were."""
    wide = {
        months: simulate(steady(months=months), learn(steady(months=months)), months=12, simulations=2000, seed=6)
        for months in (24, 96)
    }
    assert wide[24]["customers"][:, -1].std() > wide[96]["customers"][:, -1].std()


def test_a_scenario_of_less_churn_halves_what_leaves() -> None:
    history = steady()
    learned = learn(history)
    usual, halved = (
        simulate(history, learned, months=1, simulations=2000, seed=7, scenario=scenario)["churned_mrr"].mean()
        for scenario in (Scenario(), Scenario(churn_factor=0.5))
    )
    assert halved == pytest.approx(usual / 2, rel=0.05)


def test_a_price_that_rises_moves_those_who_renew_once() -> None:
    """Terms of a month renew next month: 10 % of what is left of 5,000.00, and nothing more in the month after."""
    history = steady()
    paths = simulate(
        history, learn(history), months=2, simulations=500, seed=8, scenario=Scenario(rises=(0.1, 0.0, 0.0))
    )
    first, second = paths["expansion_mrr"].mean(axis=0)
    assert first == pytest.approx(0.1 * CUSTOMERS * (1 - RATE) * PAID, rel=0.03)
    assert second < 0.05 * first


def test_an_addon_is_sold_a_twelfth_a_month() -> None:
    """2.00 a customer once all have bought who will: after a month 485 x 2.00 / 12."""
    history = steady()
    paths = simulate(history, learn(history), months=14, simulations=500, seed=9, scenario=Scenario(addon=2.0))
    expansion = paths["expansion_mrr"].mean(axis=0)
    assert expansion[0] == pytest.approx(CUSTOMERS * (1 - RATE) * 2 / 12, rel=0.03)
    assert expansion[12] < 0.1 * expansion[0]
