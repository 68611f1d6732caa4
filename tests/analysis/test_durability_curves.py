"""Curves and intervals of durability: against lifelines, against a plain loop, and what must always hold."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

from upswell.analysis.durability.curves import LAST_AGE, Tallies, influence, survival
from upswell.analysis.durability.intervals import shares_at
from upswell.analysis.durability.pieces import Pieces, pieces_of
from upswell.metrics.lots import Loss, Lot, Lots

ALL_AGES: Final = np.arange(LAST_AGE + 1)


def pieces(rows: list[tuple[int, int, bool, float]]) -> Pieces:
    """Customer, age, lost, money."""
    customer, age, lost, money = zip(*rows, strict=True)
    return arrays(np.array(customer), np.array(age), np.array(lost), np.array(money, dtype=float))


def arrays(
    customer: NDArray[np.int64], age: NDArray[np.int64], lost: NDArray[np.bool_], money: NDArray[np.float64]
) -> Pieces:
    """Pieces that could be seen for as long as they were."""
    return Pieces(customer, age, lost, money, reach=age)


def curve(given: Pieces) -> NDArray[np.float64]:
    tallies = Tallies.of(given)
    lost, seen = (np.asarray(part.sum(axis=0)).ravel() for part in (tallies.lost, tallies.seen))
    return survival(lost, seen)[: LAST_AGE + 1]


def test_the_worked_example() -> None:
    """20.00 of 100.00 are lost at day 10; another 100.00 was seen for 5 days."""
    found = curve(pieces([(0, 10, True, 20), (0, 300, False, 80), (1, 5, False, 100)]))
    assert found[9] == 1
    assert found[10] == pytest.approx(0.8)
    assert found[300] == pytest.approx(0.8)


@pytest.mark.parametrize("weighted", [False, True], ids=["one each", "by money"])
@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_that_of_lifelines(seed: int, *, weighted: bool) -> None:
    chance = np.random.default_rng(seed)
    count = 400
    age = chance.integers(0, 700, count)
    lost = chance.random(count) < 0.6
    money = chance.integers(1, 2000, count).astype(float) if weighted else np.ones(count)
    found = curve(arrays(chance.integers(0, 90, count), age, lost, money))
    fitter = KaplanMeierFitter().fit(age, lost, weights=money if weighted else None)
    expected = fitter.survival_function_at_times(ALL_AGES).to_numpy()
    assert np.abs(found - expected).max() < 1e-9


numbers = st.tuples(st.integers(0, 9), st.integers(0, 400), st.booleans(), st.integers(1, 50))


@given(st.lists(numbers, min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_curve_is_that_of_a_plain_loop_and_falls(rows: list[tuple[int, int, bool, int]]) -> None:
    share, expected = Fraction(1), []
    for age in range(LAST_AGE + 1):
        there = sum(money for _, until, _, money in rows if until >= age)
        gone = sum(money for _, until, lost, money in rows if lost and until == age)
        share *= 1 - Fraction(gone, there) if there else 1
        expected.append(float(share))
    found = curve(pieces([(customer, age, lost, float(money)) for customer, age, lost, money in rows]))
    assert np.abs(found - np.array(expected)).max() < 1e-9
    assert (np.diff(found) <= 1e-12).all()


def test_how_a_customer_moves_the_curve_is_its_slope() -> None:
    """A customer with a thousandth more money moves the share by a thousandth of its influence."""
    chance = np.random.default_rng(3)
    count = 200
    given = arrays(
        chance.integers(0, 30, count), chance.integers(1, 500, count), chance.random(count) < 0.5, np.ones(count)
    )
    ages = np.array([30, 90, 180, 365])
    moves = influence(Tallies.of(given), ages)
    more = 1e-6
    for customer in (0, 7, 29):
        heavier = np.where(given.customer == customer, 1 + more, 1.0)
        moved = (curve(arrays(given.customer, given.age, given.lost, heavier)) - curve(given))[ages] / more
        assert moves[customer] == pytest.approx(moved, abs=1e-4)


@given(st.lists(numbers, min_size=1, max_size=40), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_an_interval_holds_its_share_and_stays_within_0_and_1(
    rows: list[tuple[int, int, bool, int]], seed: int
) -> None:
    given = pieces([(customer, age, lost, float(money)) for customer, age, lost, money in rows])
    keys, numbered = np.unique(given.customer, return_inverse=True)
    found = shares_at(
        Tallies.of(arrays(numbered, given.age, given.lost, given.money)), np.array([30, 365]), draws=20, seed=seed
    )
    assert (found.low <= found.share).all()
    assert (found.share <= found.high).all()
    assert (found.low >= 0).all()
    assert (found.high <= 1).all()
    assert (found.customers <= len(keys)).all()


def test_the_same_seed_gives_the_same_interval_and_one_customer_cannot_narrow_it() -> None:
    """100 lots of one customer say as much as one lot of it: the interval is far from that of 100 customers."""
    lots = [(0, 40, place % 4 == 0, 1.0) for place in range(100)]
    spread = [(place, 40, place % 4 == 0, 1.0) for place in range(100)]
    ages = np.array([40])
    alone, many = (shares_at(Tallies.of(pieces(rows)), ages) for rows in (lots, spread))
    assert alone.share[0] == many.share[0] == pytest.approx(0.75)
    assert many.low[0] > 0.6
    assert alone.low[0] < 0.1
    again = shares_at(Tallies.of(pieces(spread)), ages)
    assert (again.low[0], again.high[0]) == (many.low[0], many.high[0])


def test_an_interval_without_a_loss_is_that_of_so_many_customers() -> None:
    """None of 20 equal customers lost anything: the share is 1, and 0.8316 is what 20 of 20 leave possible."""
    found = shares_at(Tallies.of(pieces([(place, 400, False, 5.0) for place in range(20)])), np.array([365]))
    assert (found.share[0], found.high[0]) == (1, 1)
    assert found.low[0] == pytest.approx(0.025 ** (1 / 20))
    assert found.equal_customers[0] == pytest.approx(20)


def test_pieces_are_what_was_lost_and_what_was_last_seen() -> None:
    day = date(2025, 3, 1)
    lot = Lot(7, 1, 1, day, "expansion", "seats", "EUR", 60 * 10**6, 60 * 10**18, None)
    lots = Lots(day + timedelta(days=305), [lot], [Loss(0, day + timedelta(days=122), 10**7, 10 * 10**18, "churn")])
    found = pieces_of(lots)
    assert found.customer.tolist() == [0, 0]
    assert found.age.tolist() == [122, 305]
    assert found.lost.tolist() == [True, False]
    assert found.money.tolist() == [10.0, 50.0]
    assert found.reach.tolist() == [305, 305]
