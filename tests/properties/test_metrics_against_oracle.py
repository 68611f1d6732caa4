"""Balances, flows, counts of customers and retention against plain loops over the oracle's movements.

The company pays in US dollars alone (test_sums.py has the currencies). Policies: presets whose unit is the customer,
and `strict` and `recurly` with other ways to count a cohort.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from tests.oracles.ledger import OracleMovement, movements
from tests.oracles.metrics import Cohort, MonthFigures, month_before, month_of, monthly_figures
from tests.oracles.policies import CHARTMOGUL, PROFITWELL, RECURLY, STRICT, STRIPE, OraclePolicy
from tests.oracles.values import ItemRow
from tests.properties.company import by_customer, import_items, new_workspace, random_company
from upswell import Workspace

CASES: Final = (("UTC", 1), ("Europe/Berlin", 2), ("America/Sao_Paulo", 3), ("Asia/Tokyo", 4))
CUSTOMERS: Final = 120
AS_OF: Final = datetime(2024, 11, 1, 0, 30, tzinfo=UTC)

OWN_POLICIES: Final = {
    "strict_included": replace(STRICT, retention_cohort="included"),
    "strict_movements": replace(STRICT, retention_cohort="movements"),
    "recurly_zero": replace(RECURLY, retention_cohort="reactivated_zero"),
    "recurly_movements": replace(RECURLY, retention_cohort="movements"),
}
POLICIES: Final[dict[str, OraclePolicy]] = {
    "strict": STRICT,
    "recurly": RECURLY,
    "chartmogul": CHARTMOGUL,
    "stripe": STRIPE,
    "profitwell": PROFITWELL,
    **OWN_POLICIES,
}
COHORTS: Final[tuple[Cohort, ...]] = ("reactivated_zero", "included", "movements")
# Metric -> field of the oracle's figures; counts by kind are a field of their own.
AMOUNTS: Final = {
    "opening_mrr": "opening",
    "new_mrr": "new",
    "expansion_mrr": "expansion",
    "contraction_mrr": "contraction",
    "churned_mrr": "churn",
    "reactivation_mrr": "reactivation",
    "closing_mrr": "closing",
    "customers": "customers",
}
RATES: Final = ("nrr_1m", "grr_1m", "nrr_12m", "grr_12m", "customer_churn_rate")
COUNTS: Final = {
    "new_customers": "new",
    "expansion_customers": "expansion",
    "contraction_customers": "contraction",
    "churned_customers": "churn",
    "reactivated_customers": "reactivation",
}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0])
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, list[ItemRow], str]:
    """A workspace built under all policies, the rows it was built from, its time zone."""
    timezone, seed = request.param
    rows = random_company([f"metrics {seed} {number}" for number in range(CUSTOMERS)], currency="USD")
    folder = tmp_path_factory.mktemp("metrics") / "company"
    workspace = new_workspace(folder, timezone=timezone, rates=None, policies=OWN_POLICIES)
    import_items(workspace, rows)
    workspace.build(as_of=AS_OF, policies=list(POLICIES))
    return workspace, rows, timezone


@pytest.mark.parametrize("policy", POLICIES)
def test_figures_are_the_oracles(company: tuple[Workspace, list[ItemRow], str], policy: str) -> None:
    workspace, rows, timezone = company
    rules = POLICIES[policy]
    booked = oracle_movements(rows, policy=rules, timezone=timezone)
    found: dict[str, dict[str, Any]] = {}
    for row in workspace.metrics([*AMOUNTS, *COUNTS, *RATES], policy=policy).to_pylist():
        assert (row["value"] is None) == bool(row["reason"]), row
        found.setdefault(row["month"], {})[row["metric"]] = row["value"]
    months = complete_months(booked, timezone=timezone)
    assert list(found) == months
    wanted = {
        figures.month: as_metrics(figures)
        for figures in monthly_figures(
            booked, months=months, cohort=rules.retention_cohort, denominator=rules.customer_churn_denominator
        )
    }
    assert first_difference(found, wanted) is None


@pytest.mark.parametrize("rules", [STRICT, RECURLY], ids=["strict", "recurly"])
def test_the_histories_tell_the_cohorts_apart(rules: OraclePolicy) -> None:
    """Otherwise the comparison above would prove nothing about customers who come back."""
    rows = random_company([f"metrics 1 {number}" for number in range(CUSTOMERS)], currency="USD")
    booked = oracle_movements(rows, policy=rules, timezone="UTC")
    months = complete_months(booked, timezone="UTC")
    zero, included, of_movements = (
        [as_metrics(figures) for figures in monthly_figures(booked, months=months, cohort=cohort)] for cohort in COHORTS
    )
    for metric in ("nrr_12m", "grr_12m"):
        for ones, others in combinations((zero, included, of_movements), 2):
            assert sum(one[metric] != other[metric] for one, other in zip(ones, others, strict=True)) >= 3
    assert any(figures["nrr_12m"] is None for figures in zero)
    assert any(figures["nrr_1m"] is not None for figures in zero)


def oracle_movements(rows: list[ItemRow], *, policy: OraclePolicy, timezone: str) -> list[OracleMovement]:
    return [
        movement
        for history in by_customer(rows).values()
        for movement in movements(
            history, policy=policy, as_of=AS_OF, timezone=timezone, workspace_currency="USD", rates={}
        )
    ]


def complete_months(booked: list[OracleMovement], *, timezone: str) -> list[str]:
    """From the first actual movement's month to the last month that is over at AS_OF where the company is."""
    month = min(month_of(movement) for movement in booked if not movement.scheduled)
    months = []
    while month < f"{AS_OF.astimezone(ZoneInfo(timezone)):%Y-%m}":
        months.append(month)
        month = month_before(month, -1)
    return months


def as_metrics(figures: MonthFigures) -> dict[str, Decimal | None]:
    """The oracle's figures under the names and with the decimals of the metrics."""
    named: dict[str, Decimal | None] = {metric: Decimal(getattr(figures, name)) for metric, name in AMOUNTS.items()}
    named |= {metric: Decimal(figures.customers_by_kind[kind]) for metric, kind in COUNTS.items()}
    return named | {metric: twelve_decimals(getattr(figures, metric)) for metric in RATES}


def twelve_decimals(rate: Fraction | None) -> Decimal | None:
    return None if rate is None else Decimal(round(rate * 10**12)).scaleb(-12)


def first_difference(found: dict[str, dict[str, Any]], wanted: dict[str, dict[str, Decimal | None]]) -> str | None:
    for month, figures in wanted.items():
        for metric, value in figures.items():
            if found[month][metric] != value:
                return f"{month} {metric}: oracle {value}, upswell {found[month][metric]}"
    return None
