"""Price surveys: points and demand by hand, against plain loops and a known truth, and what is set aside or refused."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

import upswell
from tests.analysis.pricing.small import import_text, rows_of, workspace_of
from tests.analysis.pricing.surveys import fair_prices, four_prices, would_buy
from upswell.analysis.pricing import gabor_granger, van_westendorp
from upswell.analysis.pricing.van_westendorp import Answer
from upswell.errors import UsageError

HEADINGS: Final = "survey,plan_id,respondent,customer_id,at,too_cheap,cheap,expensive,too_expensive,price,would_buy"


def surveyed(folder: Path, *rows: str) -> upswell.Workspace:
    workspace = workspace_of(folder)
    import_text(workspace, "price_answers", "\n".join([HEADINGS, *rows, ""]))
    workspace.build(as_of=workspace.book().as_of)
    return workspace


def meter(respondent: str, prices: str, *, at: str = "2025-06-01", customer: str = "") -> str:
    return f"2025,Team,{respondent},{customer},{at},{prices},,"


def test_the_points_of_four_respondents_by_hand() -> None:
    answers: list[Answer] = [(10, 20, 30, 40), (15, 25, 35, 45), (5, 15, 25, 35), (20, 30, 40, 50)]
    found = van_westendorp.points(answers)
    # Too cheap at 20 says 1 and at 25 nobody; expensive at 20 says nobody and at 25 one: the lines cross half-way.
    assert found["PMC"].price == 22.5
    # Nobody says too cheap above 20, nobody too expensive below 35: they meet, at 0, from 25 to 30.
    assert found["OPP"].price == 27.5
    # Cheap at 25 say 2, expensive 1; cheap at 30 says 1, expensive 2.
    assert found["IPP"].price == 27.5
    # Cheap at 30 says 1, too expensive nobody; at 35 nobody and 1.
    assert found["PME"].price == 32.5


def test_demand_and_the_best_price_by_hand() -> None:
    prices = tuple(map(Decimal, ("10", "15", "20")))
    buyers = [9, 7, 4]
    respondents = [{price: n < count for price, count in zip(prices, buyers, strict=True)} for n in range(10)]
    assert [(each.buyers, each.known) for each in gabor_granger.demand(respondents)] == [(9, 10), (7, 10), (4, 10)]
    best = gabor_granger.best_price(respondents)
    assert (best.price, best.is_edge) == (Decimal(15), False), "9.00, 10.50 and 8.00 for each one asked"


def test_what_was_not_asked_is_implied_or_not_known() -> None:
    ten, fifteen, twenty = map(Decimal, ("10", "15", "20"))
    respondents = [{ten: False}, {twenty: True}, {fifteen: True}, {ten: True, twenty: False}]
    # At 15 the last is not known; at 20 the third is not.
    assert [(each.buyers, each.known) for each in gabor_granger.demand(respondents)] == [(3, 4), (2, 3), (1, 3)]
    assert not gabor_granger.is_consistent({ten: False, twenty: True})


def plain_crossing(answers: list[Answer], falling: int, rising: int) -> float:
    """Where the two counts are equal, looked for on straight lines between all prices answered."""
    prices = sorted({price for answer in answers for price in answer})
    leads = [
        sum(answer[rising] <= price for answer in answers) - sum(answer[falling] >= price for answer in answers)
        for price in prices
    ]
    level = [price for price, lead in zip(prices, leads, strict=True) if lead == 0]
    if level:
        return (level[0] + level[-1]) / 2
    if leads[0] > 0:
        return prices[0]
    for (left, below), (right, above) in zip(
        zip(prices, leads, strict=True), zip(prices[1:], leads[1:], strict=True), strict=False
    ):
        if below < 0 < above:
            return left + (right - left) * -below / (above - below)
    raise AssertionError("the curves do not cross")


ANSWERS = st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4).map(sorted).map(tuple), min_size=1, max_size=30)


@given(ANSWERS)
def test_points_are_where_plain_lines_cross_and_in_order(drawn: list[Any]) -> None:
    found = van_westendorp.points(drawn)
    for name, (falling, rising) in van_westendorp.POINTS.items():
        assert found[name].price == pytest.approx(plain_crossing(drawn, falling, rising))
    assert found["PMC"].price <= found["OPP"].price <= found["PME"].price
    assert found["PMC"].price <= found["IPP"].price <= found["PME"].price


def end_of_interval(answers: list[Any], falling: int, rising: int, *, upwards: bool) -> float:
    """Where the probability of SciPy's binomial reaches 2.5 %, on straight lines between the prices answered."""
    prices = sorted({price for answer in answers for price in answer}, reverse=not upwards)
    told = []
    for price in prices:
        one = sum(answer[rising] <= price for answer in answers)
        other = sum(answer[falling] >= price for answer in answers)
        few = one if upwards else other
        told.append(binom.cdf(few, one + other, 0.5) - binom.pmf(few, one + other, 0.5) / 2)
    if told[0] >= 0.025:
        return float(prices[0])
    for (near, low), (far, high) in pairwise(zip(prices, told, strict=True)):
        if low < 0.025 <= high:
            return float(near + (far - near) * (0.025 - low) / (high - low))
    return float(prices[-1])


@given(ANSWERS)
def test_intervals_are_those_of_a_sign_test(drawn: list[Any]) -> None:
    for name, point in van_westendorp.points(drawn).items():
        falling, rising = van_westendorp.POINTS[name]
        low = end_of_interval(drawn, falling, rising, upwards=True)
        high = end_of_interval(drawn, falling, rising, upwards=False)
        assert point.low == pytest.approx(min(low, point.price))
        assert point.high == pytest.approx(max(high, point.price))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """300 surveys each of 30 and 100 people whose prices follow a known law; the truth is that of 20,000 of them."""
    everyone = [four_prices(each) for each in fair_prices(20_000, seed=9)]
    truth = {name: point.price for name, point in van_westendorp.points(everyone).items()}
    for size in (30, 100):
        held = dict.fromkeys(truth, 0)
        for seed in range(300):
            asked = [four_prices(each) for each in fair_prices(size, seed)]
            for name, point in van_westendorp.points(asked).items():
                held[name] += point.low <= truth[name] <= point.high
        # 95 % of 300 are 285, with a standard error of 3.8.
        assert all(count >= 276 for count in held.values()), (size, held)


def test_the_interval_of_the_best_price_holds_it() -> None:
    """60 surveys of 80 people; of the prices asked one is best for 100,000 of them."""
    prices = tuple(str(price) for price in range(8, 40, 4))
    everyone = fair_prices(100_000, seed=9)
    best = max(map(float, prices), key=lambda price: price * sum(each >= price for each in everyone))
    held = 0
    for seed in range(60):
        found = gabor_granger.best_price([would_buy(each, prices) for each in fair_prices(80, seed)], draws=200)
        held += found.low <= best <= found.high
    assert held >= 54


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    rows = [
        meter(f"r{number}", ",".join(map(str, four_prices(fair))))
        for number, fair in enumerate(fair_prices(40, seed=5))
    ]
    rows += [meter("muddled", "40,30,20,10"), meter("hasty", "10,,30,"), meter("late", "1,2,3,4", at="2026-01-05")]
    rows += [meter("r0", "90,91,92,93", at="2025-05-01")]  # r0 thought better of it in June
    for number, fair in enumerate(fair_prices(40, seed=6)):
        rows += [
            f"2025,Team,g{number},,2025-06-01,,,,,{price},{'yes' if buys else 'no'}"
            for price, buys in would_buy(fair, ("12.00", "16.00", "20.00", "24.00")).items()
        ]
    rows += ["few,Pro,,Acme,2025-06-01,10,20,30,40,,", "few,Pro,,Cid,2025-06-01,10,20,30,40,,"]
    return surveyed(tmp_path_factory.mktemp("surveys"), *rows)


def test_points_of_a_survey_with_what_was_set_aside(company: upswell.Workspace) -> None:
    rows = [row for row in rows_of(company, "willingness") if row["survey"] == "2025"]
    assert [(row["method"], row["point"]) for row in rows] == [
        *(("van Westendorp", name) for name in ("PMC", "OPP", "IPP", "PME")),
        ("Gabor-Granger", "best price"),
    ]
    pmc = rows[0]
    assert (pmc["respondents"], pmc["inconsistent"], pmc["incomplete"]) == (40, 1, 1), "late answered after the close"
    expected = van_westendorp.points([four_prices(each) for each in fair_prices(40, seed=5)])
    for row in rows[:4]:
        assert row["price"] == Decimal(f"{expected[row['point']].price:.2f}")
        assert row["price_low"] <= row["price"] <= row["price_high"]
    revenue = {p: p * sum(each >= p for each in fair_prices(40, seed=6)) for p in (12, 16, 20, 24)}
    assert rows[4]["price"] == max(revenue, key=lambda price: revenue[price])


def test_fewer_than_thirty_give_no_price_and_say_so(company: upswell.Workspace) -> None:
    rows = [row for row in rows_of(company, "willingness") if row["survey"] == "few"]
    assert [(row["price"], row["price_low"], row["respondents"]) for row in rows] == [(None, None, 2)] * 4
    assert {row["reason"] for row in rows} == {"2 respondents whose answers hold together; a point needs 30"}


def test_curves_are_counts_with_intervals(company: upswell.Workspace) -> None:
    rows = [row for row in rows_of(company, "curves") if row["survey"] == "2025"]
    at_twelve = next(row for row in rows if row["curve"] == "would_buy" and row["price"] == 12)
    buyers = sum(each >= 12 for each in fair_prices(40, seed=6))
    assert (at_twelve["respondents"], at_twelve["of_respondents"]) == (buyers, 40)
    assert at_twelve["revenue"] == Decimal(12 * buyers) / 40
    too_cheap = [row["share"] for row in rows if row["curve"] == "too_cheap"]
    assert too_cheap == sorted(too_cheap, reverse=True)
    assert all(row["share_low"] <= row["share"] <= row["share_high"] for row in rows)


def test_answers_of_customers_can_be_filtered_by_what_customers_keep(company: upswell.Workspace) -> None:
    (row, *_) = rows_of(company, "willingness", where="country = 'DE'")
    assert (row["survey"], row["respondents"]) == ("few", 1)
    with pytest.raises(UsageError) as refused:
        company.pricing("willingness", where="mrr_band = '2000 and over'")
    assert refused.value.code == "dimension_not_possible"


def test_answers_at_one_price_alone_give_no_best_price(tmp_path: Path) -> None:
    rows = [f"2025,Team,g{number},,2025-06-01,,,,,20.00,yes" for number in range(40)]
    (row,) = rows_of(surveyed(tmp_path, *rows), "willingness")
    assert (row["price"], row["reason"]) == (None, "only one price was asked")


def test_no_survey_is_an_empty_answer(tmp_path: Path) -> None:
    assert rows_of(workspace_of(tmp_path), "willingness") == []
