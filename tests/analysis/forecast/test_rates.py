"""Factors, shocks, arrivals and amounts: by hand, and what they find in histories made with known rates."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from upswell.analysis.forecast.arrivals import fit_arrivals
from upswell.analysis.forecast.classes import AGE_CLASSES, age_classes, term_index
from upswell.analysis.forecast.factors import Factor, fit_factors
from upswell.analysis.forecast.scenario import Scenario, parse_scenario
from upswell.analysis.forecast.shocks import fit_shock
from upswell.errors import UsageError


def test_a_factor_of_little_evidence_stays_near_one() -> None:
    """The worked example of the module: (3 + 8) / (0.8 + 8) = 1.25 where the base is 2 of 100."""
    exposure, events = np.array([40.0, 360.0]), np.array([3.0, 5.0])
    fitted = fit_factors(
        {"season": np.arange(2), "size": np.zeros(2)},
        exposure,
        events,
        factors=[Factor(("season",), 8.0)],
        sizes={"season": 2},
        along="size",
        prior_rate=1 / 50,
    )
    assert fitted.base == pytest.approx(9 / 450), "one event more in 50 customer-months"
    assert fitted.means[0][0] == pytest.approx(11 / 8.8)
    assert fitted.means[0][1] == pytest.approx((5 + 8) / (7.2 + 8))


def test_factors_find_the_rates_that_made_a_history() -> None:
    """Two terms, two ages: rates of 1, 2, 3 and 6 in 100, told by products of factors 2 and 3, from many events."""
    term, age = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    exposure = np.full(4, 1e6)
    events = exposure * np.array([0.01, 0.02, 0.03, 0.06])
    places = {"term": term, "age": age, "size": np.zeros(4)}
    fitted = fit_factors(
        places,
        exposure,
        events,
        factors=[Factor(("term",), 2.0), Factor(("age",), 2.0)],
        sizes={"term": 2, "age": 2},
        along="size",
    )
    assert fitted.expected(places, exposure) == pytest.approx(events, rel=1e-3)


def test_draws_of_a_factor_have_its_posterior_mean_and_spread() -> None:
    """3 + 8 events: a gamma whose deviation is a share 1 / sqrt(11) of its mean."""
    fitted = fit_factors(
        {"season": np.arange(2), "size": np.zeros(2)},
        np.array([40.0, 360.0]),
        np.array([3.0, 5.0]),
        factors=[Factor(("season",), 8.0)],
        sizes={"season": 2},
        along="size",
        prior_rate=1 / 50,
    )
    _, (drawn,) = fitted.draw(np.random.default_rng(1), 200_000)
    assert drawn[:, 0].mean() == pytest.approx(1.25, rel=0.01)
    assert drawn[:, 0].std() / drawn[:, 0].mean() == pytest.approx(11**-0.5, rel=0.02)


def test_a_trend_along_sizes_is_found() -> None:
    """Each size up leaves half as often."""
    size = np.arange(6)
    exposure = np.full(6, 1e5)
    events = exposure * 0.08 * 0.5**size
    places = {"size": size, "term": np.zeros(6, dtype=np.int64)}
    fitted = fit_factors(places, exposure, events, factors=[Factor(("term",), 2.0)], sizes={"term": 1}, along="size")
    assert fitted.slope.slope == pytest.approx(np.log(0.5), abs=0.02)
    assert fitted.expected(places, exposure) == pytest.approx(events, rel=0.05)


def test_months_that_differ_by_chance_alone_have_next_to_no_shock() -> None:
    seen = np.random.default_rng(5).poisson(50.0, 120).astype(float)
    assert fit_shock(seen, np.full(120, 50.0), np.ones(120)).variance < 0.01


def test_a_shock_common_to_all_is_found_with_its_persistence() -> None:
    """An autoregressive log shock of deviation 0.4 and persistence 0.7 over 600 months of 200 expected events."""
    chance = np.random.default_rng(6)
    log, shocks = 0.0, []
    for _ in range(600):
        log = 0.7 * log + chance.normal(0, 0.4 * np.sqrt(1 - 0.49))
        shocks.append(np.exp(log - 0.08))
    seen = chance.poisson(200.0 * np.array(shocks)).astype(float)
    shock = fit_shock(seen, np.full(600, 200.0), np.ones(600))
    assert shock.variance == pytest.approx(np.expm1(0.16), rel=0.25)
    assert shock.carries == pytest.approx(0.7, abs=0.12)
    drawn = shock.draw(np.random.default_rng(7), 20_000, 24)
    assert drawn[:, -1].mean() == pytest.approx(1.0, abs=0.02), "far ahead the shock of today is forgotten"


def test_arrivals_keep_their_level_and_season() -> None:
    """Ten a month, thirty in every January, for six years: so in the years to come."""
    counts = np.array([30.0 if month % 12 == 0 else 10.0 for month in range(73)])
    fitted = fit_arrivals(counts, 2025 * 12)
    drawn = fitted.draw(np.random.default_rng(8), 4000, 12).mean(axis=0)
    assert drawn[:11] == pytest.approx(np.full(11, 10.0), rel=0.1), "February to December"
    assert drawn[11] == pytest.approx(30.0, rel=0.15)


def test_growth_of_arrivals_goes_on_and_fades() -> None:
    counts = 20 * np.exp(0.3 * np.arange(73) / 12)
    drawn = fit_arrivals(counts, 2025 * 12).draw(np.random.default_rng(9), 4000, 18).mean(axis=0)
    assert counts[-1] * 0.9 < drawn[0] < counts[-1] * 1.15
    assert drawn[0] < drawn[-1] < drawn[0] * np.exp(0.3 * 17 / 12), "it grows, but less than for ever on"


def test_a_history_that_is_short_or_empty_still_gives_arrivals() -> None:
    for counts in (np.array([5.0, 0.0]), np.zeros(8)):
        assert np.isfinite(fit_arrivals(counts, 2025 * 12).draw(np.random.default_rng(1), 100, 6)).all()


def test_every_age_has_one_class_and_a_year_ends_with_its_twelfth_month() -> None:
    classes = age_classes()
    assert classes.shape == (3, 36)
    assert (classes.min(), classes.max()) == (0, AGE_CLASSES - 1)
    assert [int(each) for each in classes[2][[11, 12, 13, 23, 35]]] == [0, 5, 6, 4, 4]
    assert term_index(np.array([1, 3, 12])).tolist() == [0, 1, 2]


SHARES: Final = {"Team": (0.75, 0.0, 0.25), "Solo": (0.25, 0.0, 0.75)}


def scenario(*texts: str, churn: float = 0.03) -> Scenario:
    return parse_scenario(texts, plan_shares=SHARES, monthly_churn=churn, currency="USD")


def test_scenarios_become_parameters_with_their_assumptions() -> None:
    made = scenario("price Team +4", "churn -1", "addon 20 at 10")
    assert made.rises == pytest.approx((0.03, 0.0, 0.01)), "4 % of the plan's share of each term"
    assert made.churn_factor == pytest.approx(2 / 3)
    assert made.addon == pytest.approx(2.0), "20.00 from every tenth"
    assert len(made.assumes) == 3
    assert made.assumes[1].startswith("1 point less of the customers leave in a month, 2.00 % and not 3.00 %")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("price Gold +4", "unknown_plan"),
        ("churn -4", "churn_below_zero"),
        ("addon 20 at 0", "unknown_scenario"),
        ("addon 20 at 101", "unknown_scenario"),
        ("more of everything", "unknown_scenario"),
        ("price Team -4", "unknown_scenario"),
    ],
)
def test_what_is_no_scenario_is_refused(text: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        scenario(text)
    assert refused.value.code == code
