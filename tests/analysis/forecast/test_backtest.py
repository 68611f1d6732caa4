"""The pool by hand, and the backtest: what it counts, what it scores, and that it sees nothing of the future."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from tests.analysis.forecast.companies import LAST, book_of, history_of, rows_of
from upswell.analysis.forecast.backtest import SHOWN, Backtest, backtest, came_after, former_origins
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.pool import Past, Pool, learn_pool
from upswell.analysis.forecast.series import METHODS, series_quantiles
from upswell.analysis.forecast.table import Rows
from upswell.metrics.months import Month

TARGETS: Final = ("closing_mrr",)
AHEAD: Final = 4
FLAT: Final = np.full((100, 1), 100.0)


def spread(low: float, high: float) -> np.ndarray:
    """Quantiles on a line; the 80 % interval of 0 to 100 is 10 to 90."""
    return (low + (high - low) * (np.arange(100) + 0.5) / 100).reshape(-1, 1)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    rows = rows_of("contract", 80, 48, 13)
    return history_of(book_of(Path(tmp_path_factory.mktemp("company")) / "w", rows, last=Month.parse(LAST)))


@pytest.fixture(scope="module")
def tried(history: History) -> Backtest:
    return backtest(history, months=AHEAD, origins=[history.last - back for back in (9, 6, 2)], targets=TARGETS)


# -- the pool


def test_two_equal_methods_share_and_the_better_one_weighs_more() -> None:
    """One number is scored by its absolute error: 10 and 10, then 8 and 10, where 1 / (1 + 0.8^3) = 0.661."""
    for told, share in ((90.0, 0.5), (92.0, 0.661)):
        past = Past({"simulation": np.full((100, 1), told), "autoets": FLAT + 10}, np.array([100.0]))
        assert learn_pool([past]).share == pytest.approx(share, abs=0.001)


def test_without_a_past_the_simulation_has_three_quarters() -> None:
    pool = learn_pool([])
    assert (pool.share, pool.origins) == (0.75, 0)
    assert pool.of({"simulation": FLAT, "autoets": FLAT + 40}) == pytest.approx(FLAT + 10)


def test_intervals_that_were_too_narrow_are_widened() -> None:
    """Four origins off by two half-widths each: of 2 believed by 4 of 8, and of caution: sqrt(2) x sqrt(1.2)."""
    past = [Past({"simulation": spread(0, 100)}, np.array([50.0 + 2 * 40.0])) for _ in range(4)]
    pool = learn_pool(past)
    assert pool.share == 1.0, "there is nothing to pool with"
    assert pool.spread == pytest.approx((2 * 1.2) ** 0.5, rel=1e-6)
    assert pool.of({"simulation": spread(0, 100)})[0, 0] == pytest.approx(50 - 49.5 * pool.spread)


def test_intervals_are_never_narrowed() -> None:
    past = [Past({"simulation": spread(0, 100)}, np.array([50.0])) for _ in range(50)]
    assert learn_pool(past).spread == 1.0


def test_the_quantiles_of_a_pool_are_averaged_level_by_level() -> None:
    assert Pool(share=0.25).of({"simulation": spread(0, 100), "autoets": spread(200, 220)}) == pytest.approx(
        0.25 * spread(0, 100) + 0.75 * spread(200, 220)
    )


# -- the backtest


def test_months_that_are_not_over_are_no_cases(tried: Backtest) -> None:
    """Of origins nine, six and two months ago there are 4 + 4 + 2 months of four asked."""
    shown = [case for case in tried.cases if case.method == SHOWN]
    assert len(shown) == 10
    scores = {(score.method, score.ahead): score for score in tried.scores(ahead=(0, 1, 4))}
    assert (scores[SHOWN, 0].cases, scores[SHOWN, 1].cases, scores[SHOWN, 4].cases) == (10, 3, 2)
    assert {method for method, _ in scores} == {SHOWN, "simulation", "autoets", "naive", "seasonal_naive"}


def test_the_naive_forecast_is_scored_as_it_can_be_by_hand(history: History, tried: Backtest) -> None:
    """Its median is the last close again: its errors, bias and MASE need no forecast."""
    closing = history.closing
    errors: list[float] = []
    scaled: list[float] = []
    for origin, months in ((9, 4), (6, 4), (2, 2)):
        at = len(closing) - 1 - origin
        known = closing[1 : at + 1]
        unit = np.abs(known[12:] - known[:-12]).mean()
        missed = [closing[at] - closing[at + ahead] for ahead in range(1, months + 1)]
        errors.extend(missed)
        scaled.extend(abs(each) / unit for each in missed)
    (score,) = (score for score in tried.scores(ahead=(0,)) if score.method == "naive")
    assert score.bias == pytest.approx(np.mean(errors), rel=1e-6)
    assert score.mase == pytest.approx(np.mean(scaled), rel=1e-6)


def test_what_is_told_at_an_origin_does_not_depend_on_what_came(history: History, tried: Backtest) -> None:
    """The months after the last origin are made ten times as large: every forecast stays, every score moves."""
    origin = history.last - 6
    later = history.states["month"] > origin
    grown = {**history.states.columns, "mrr": np.where(later, 10 * history.states["mrr"], history.states["mrr"])}
    other = History(
        history.first, history.last, Rows(grown), history.lapsed, history.entrants, history.flows, history.kept
    )
    again = backtest(other, months=AHEAD, origins=[history.last - 9, origin], targets=TARGETS)
    for each in (history.last - 9, origin):
        for method, quantiles in tried.told[each]["closing_mrr"].items():
            assert quantiles == pytest.approx(again.told[each]["closing_mrr"][method]), method
    first, second = ([case.error for case in each.cases if case.origin == origin] for each in (tried, again))
    assert min(abs(one - two) for one, two in zip(first, second, strict=True)) > 0


def test_a_pool_learns_from_the_months_known_at_its_origin_alone(history: History, tried: Backtest) -> None:
    """Of the forecast of nine months ago three months were over when the next was made, and all four two months ago."""
    assert came_after(history.at(Month(history.last - 2)), "closing_mrr", history.last - 6, months=4).shape == (4,)
    assert came_after(history.at(Month(history.last - 6)), "closing_mrr", history.last - 9, months=4).shape == (3,)
    assert tried.pool("closing_mrr").origins == 3


def test_former_origins_lie_three_months_apart_after_a_year() -> None:
    class Span:
        first, last = 100, 130

    assert former_origins(Span) == [112, 115, 118, 121, 124, 127]  # type: ignore[arg-type]


# -- the series


def test_the_last_value_again_is_as_wide_as_its_changes() -> None:
    """Changes of +1 and -1 in turn have a deviation of about 1: three months on it is that times sqrt(3)."""
    series = np.array([100.0 + (month % 2) for month in range(40)])
    quantiles = series_quantiles(series, "naive", months=3)
    assert quantiles[49:51].mean(axis=0) == pytest.approx(np.full(3, 101.0))
    half = quantiles[89:91].mean(axis=0) - 101.0
    assert half[0] == pytest.approx(1.2816, rel=0.1)
    assert half[2] / half[0] == pytest.approx(3**0.5, rel=0.01)


def test_last_years_month_again() -> None:
    series = np.array([float(month % 12) for month in range(48)])
    assert series_quantiles(series, "seasonal_naive", months=3)[49:51].mean(axis=0) == pytest.approx(
        [0, 1, 2], abs=0.01
    )


@pytest.mark.parametrize("length", [3, 9, 10, 23, 24])
def test_every_method_tells_of_a_series_that_is_short_or_flat(length: int) -> None:
    for series in (np.zeros(length), np.arange(length, dtype=float)):
        for method in METHODS:
            assert np.isfinite(series_quantiles(series, method, months=18)).all(), (method, length)


def test_quantiles_of_a_series_rise_with_their_level() -> None:
    series = np.cumsum(np.random.default_rng(2).normal(3, 5, 60)) + 100
    quantiles = series_quantiles(series, "autoets", months=6)
    assert quantiles.shape == (100, 6)
    assert (np.diff(quantiles, axis=0) >= 0).all()
