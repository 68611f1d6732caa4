"""Scores against closed forms and by hand."""

from __future__ import annotations

from math import exp, pi, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upswell.analysis.forecast.scores import covered, crps, levels, quantile_at, quantiles_of, seasonal_change

NORMAL = NormalDist()


def normal(mean: float, deviation: float) -> np.ndarray:
    return np.array([[mean + deviation * NORMAL.inv_cdf(float(level))] for level in levels()])


@pytest.mark.parametrize("came", [100.0, 93.0, 115.0])
def test_the_crps_of_a_normal_forecast_is_its_closed_form(came: float) -> None:
    """Gneiting and Raftery 2007: deviation x (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))."""
    z = (came - 100) / 10
    density = exp(-(z**2) / 2) / sqrt(2 * pi)
    closed = 10 * (z * (2 * NORMAL.cdf(z) - 1) + 2 * density - 1 / sqrt(pi))
    assert crps(normal(100, 10), np.array([came]))[0] == pytest.approx(closed, rel=0.01)


def test_the_crps_of_one_number_is_its_absolute_error() -> None:
    assert crps(np.full((100, 1), 100.0), np.array([110.0]))[0] == pytest.approx(10.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=100, max_size=100), st.floats(-1e6, 1e6), st.floats(0.1, 10))
def test_the_crps_is_never_negative_and_scales_with_the_unit(told: list[float], came: float, unit: float) -> None:
    quantiles = np.sort(np.array(told)).reshape(-1, 1)
    score = crps(quantiles, np.array([came]))[0]
    assert score >= -1e-6
    assert crps(quantiles * unit, np.array([came * unit]))[0] == pytest.approx(score * unit, rel=1e-9, abs=1e-6)


def test_the_central_interval_of_a_normal_forecast() -> None:
    """80 % of a normal distribution lie within 1.2816 deviations of its mean."""
    quantiles = normal(100, 10)
    assert quantile_at(quantiles, 0.9)[0] == pytest.approx(112.816, abs=0.01)
    inside = [covered(quantiles, np.array([came]), 0.8)[0] for came in (87.1, 87.3, 100.0, 112.7, 112.9)]
    assert inside == [False, True, True, True, False]


def test_quantiles_of_paths_are_those_of_their_values() -> None:
    """Of the numbers 1 to 1,000 the quantile 0.005 lies at 5.5, the median at 500.5."""
    paths = np.arange(1.0, 1001.0).reshape(-1, 1)
    found = quantiles_of(paths)[:, 0]
    assert (found[0], found[49] + found[50], found[-1]) == pytest.approx((5.5, 1001.0, 995.5))


def test_the_seasonal_change_by_hand() -> None:
    """From 10, 20 to 13, 16: changes of 3 and 4 over a season of two."""
    assert seasonal_change(np.array([10.0, 20.0, 13.0, 16.0]), 2) == 3.5
    assert np.isnan(seasonal_change(np.array([10.0, 20.0]), 2))
