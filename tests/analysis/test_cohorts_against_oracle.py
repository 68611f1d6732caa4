"""Every cell of every measure against plain loops, over random companies with currencies, returns and part-leavers."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any, Final

import pytest

from tests.metrics.book import Move, SmallBook
from tests.metrics.random_books import random_book
from tests.oracles.cohorts import Cells, CohortOracle, Naming, by_month, by_plan, by_quarter, by_year
from upswell.analysis.cohorts import ALL_COHORTS, MEASURES, CohortRequest, run
from upswell.policy.model import Policy

AGES: Final = 14
LAST: Final = 2026 * 12 + 8  # as of the middle of September 2026
POLICIES: Final = {
    "strict": Policy(name="strict"),
    "included": Policy(name="included", retention_cohort="included"),
    "movements": Policy(name="movements", retention_cohort="movements"),
    "own_rates": Policy(name="own", fx="fixed_rate"),
    "subscription": Policy(name="sub", level="subscription"),
}
SEEDS: Final = (1, 2, 3)
IMPORTED: Final = 11


def by_owner(_: CohortOracle, customer: str) -> str | None:
    """The last three customers are not in the imported list."""
    number = int(customer.removeprefix("c"))
    return ("Kim", "Lou")[number % 2] if number < IMPORTED else None


COHORTS: Final[dict[str, Naming]] = {
    "month": by_month,
    "quarter": by_quarter,
    "year": by_year,
    "plan": by_plan,
    "owner": by_owner,
}


def book_of(seed: int, policy: str, *, home: bool) -> SmallBook:
    """A random book; at `subscription` some losses are churn of a part, at `home` all money is in dollars."""
    book = random_book(seed, customers=14)
    moves = [replace(move, currency="USD") for move in book.moves] if home else list(book.moves)
    if policy == "subscription":
        moves = [replace(move, kind="churn") if move.kind == "contraction" else move for move in moves]
    rates = [rate for rate in book.rates if rate[0] != "USD"]
    if policy == "own_rates":
        rates = [("EUR", "2020-01-01", "1.0837"), ("JPY", "2020-01-01", "0.00671")]
    owners = [{"customer_id": f"c{n}", "owner": ("Kim", "Lou")[n % 2]} for n in range(IMPORTED)]
    return SmallBook(moves, rates=rates, customers=owners, as_of="2026-09-15")


@pytest.mark.parametrize(("seed", "home"), [(1, True), (1, False), (2, False)])
@pytest.mark.parametrize("policy", POLICIES)
def test_cells_are_the_oracles(seed: int, policy: str, home: bool) -> None:
    book, rules = book_of(seed, policy, home=home), POLICIES[policy]
    oracle = oracle_of(book, rules)
    for cohort, naming in COHORTS.items():
        for measure in MEASURES:
            request = CohortRequest(measure, cohort=cohort, ages=AGES)
            rows = run(book.connection, request, facts=book.facts, policy=rules).to_pylist()
            wanted = oracle.cells(measure, cohort=naming, ages=AGES)
            assert found(rows) == as_answered(wanted, measure), (measure, cohort)
            assert all((row["value"] is None) == (row["reason"] is not None) for row in rows)


def test_the_histories_tell_the_rules_apart() -> None:
    """Otherwise the comparison above would prove nothing about returns, part-leavers and rates."""
    book = book_of(1, "subscription", home=False)
    cells = [oracle_of(book, rules).cells("nrr", cohort=by_year, ages=AGES) for rules in POLICIES.values()]
    assert all(one != other for one, other in combinations(cells, 2))


@pytest.mark.parametrize("measure", ["expansion", "contraction"])
@pytest.mark.parametrize("cohort", ["month", "year", "plan"])
def test_drivers_add_up_to_their_measure_and_are_the_oracles(measure: str, cohort: str) -> None:
    book, rules = book_of(2, "strict", home=False), POLICIES["strict"]
    request = CohortRequest(measure, cohort=cohort, ages=AGES, by=("driver",))
    rows = run(book.connection, request, facts=book.facts, policy=rules).to_pylist()
    whole = run(book.connection, replace(request, by=()), facts=book.facts, policy=rules).to_pylist()
    sums: dict[tuple[str | None, int], Decimal] = {}
    for row in rows:
        if row["value"] is not None:
            key = row["cohort"], row["age"]
            sums[key] = sums.get(key, Decimal(0)) + row["value"]
    assert sums == {(row["cohort"], row["age"]): row["value"] for row in whole if row["value"] is not None}
    oracle = oracle_of(book, rules)
    drivers = {row["driver"] for row in rows}
    assert len(drivers) >= (3 if measure == "expansion" else 1)
    for driver in drivers:
        wanted = oracle.cells(measure, cohort=COHORTS[cohort], ages=AGES, driver=driver)
        of_driver = [row for row in rows if row["driver"] == driver]
        assert found(of_driver) == as_answered(wanted, measure)


@pytest.mark.parametrize("measure", MEASURES)
def test_all_cohorts_are_those_that_reached_the_age(measure: str) -> None:
    """Sums add up; a rate of all is that of one cohort of them all, as if they had begun together."""
    book, rules = book_of(3, "strict", home=False), POLICIES["strict"]
    request = CohortRequest(measure, cohort="quarter", ages=AGES)
    rows = run(book.connection, request, facts=book.facts, policy=rules).to_pylist()
    oracle = oracle_of(book, rules)
    for row in (row for row in rows if row["cohort"] == ALL_COHORTS):
        there = {each["cohort"]: each for each in rows if each["age"] == row["age"] and each["reached"]}
        there.pop(ALL_COHORTS, None)

        def together(oracle: CohortOracle, customer: str, there: Container[str] = there.keys()) -> str:
            return "all" if by_quarter(oracle, customer) in there else "others"

        wanted = as_answered(oracle.cells(measure, cohort=together, ages=AGES), measure)
        assert row["value"] == wanted.get(("all", row["age"]))
        assert row["customers_at_start"] == sum(each["customers_at_start"] for each in there.values())


def test_at_age_k_a_cohort_by_month_has_the_nrr_of_its_customers_over_k_months() -> None:
    """Two ways through the program that share no query: the triangle, and the metric filtered to the customers."""
    compared = 0
    for seed in SEEDS:
        book = book_of(seed, "strict", home=False)
        for rules in (POLICIES["strict"], POLICIES["included"], POLICIES["movements"]):
            for measure in ("nrr", "grr"):
                compared += sum(1 for _ in agreeing(book, rules, measure))
    assert compared > 100


def agreeing(book: SmallBook, rules: Policy, measure: str) -> Iterator[str]:
    oracle = oracle_of(book, rules)
    rows = run(book.connection, CohortRequest(measure), facts=book.facts, policy=rules).to_pylist()
    for row in rows:
        if row["age"] in (1, 3, 12) and row["reached"] and row["cohort"] != ALL_COHORTS:
            names = ", ".join(f"'{each}'" for each in oracle.moves if by_month(oracle, each) == row["cohort"])
            [metric] = book.ask(
                f"{measure}_{row['age']}m",
                policy=rules,
                month_from=row["month"],
                month_to=row["month"],
                where=f"customer in ({names})",
            )
            assert metric["value"] == row["value"], row
            yield row["cohort"]


def oracle_of(book: SmallBook, rules: Policy) -> CohortOracle:
    def rate(currency: str, day: date) -> Fraction | None:
        known = book.rate(currency, day)
        return None if known is None else Fraction(known)

    moves: tuple[Move, ...] = book.moves
    return CohortOracle(
        moves,
        rate=rate,
        last=LAST,
        retention=rules.retention_cohort,
        own_rates=rules.fx != "separate",
        by_subscription=rules.level == "subscription",
    )


def found(rows: list[dict[str, Any]]) -> dict[tuple[str | None, int], Decimal | None]:
    return {(row["cohort"], row["age"]): row["value"] for row in rows if row["cohort"] != ALL_COHORTS}


def as_answered(cells: Cells, measure: str) -> dict[tuple[str | None, int], Decimal | None]:
    """Sums are exact, quotients have twelve decimals, half to even."""
    places = 12 if measure in ("nrr", "grr") else 18
    return {
        key: None if value is None else Decimal(round(value * 10**places)).scaleb(-places)
        for key, value in cells.items()
    }
