"""Every section against plain loops, over random companies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Final

import pytest

import upswell
from tests.analysis.pricing.oracle import attached, firsts, gaps
from tests.analysis.pricing.random_company import ADDONS, Customer, Row, company
from tests.analysis.pricing.small import rows_of, workspace_of

CLOSE: Final = date(2025, 9, 30)
PARTS: Final = ("list_mrr", "discounts", "old_prices", "negotiated", "realised_mrr", "unlisted_mrr")

Made = tuple[upswell.Workspace, list[Customer]]


@pytest.fixture(scope="module", params=[1, 2, 3])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    customers = company(request.param)
    lines = "\n".join(row.csv() for customer in customers for row in customer.rows)
    folder: Path = tmp_path_factory.mktemp(f"company-{request.param}")
    return workspace_of(folder, lines, customers="", as_of=datetime(2025, 10, 15, tzinfo=UTC)), customers


def rows_in(customers: list[Customer]) -> list[Row]:
    return [row for customer in customers for row in customer.rows]


@pytest.mark.parametrize("month", ["2024-06", "2025-01", "2025-04", "2025-09"])
def test_realised_against_list_by_plan(made: Made, month: str) -> None:
    workspace, customers = made
    year, number = map(int, month.split("-"))
    day = date(year, number, {1: 31, 4: 30, 6: 30, 9: 30}[number])
    expected = gaps(rows_in(customers), day)
    rows = rows_of(workspace, "realised", by="plan", month=month)
    assert {row["plan"] for row in rows[:-1]} == set(expected)
    for row in rows[:-1]:
        figures = expected[row["plan"]]
        for part in PARTS:
            assert (row[part] or Decimal(0)) == figures.get(part, Decimal(0)), (row["plan"], part)
        assert (row["list_mrr"] is None) == ("list_mrr" not in figures), "unknown is not 0"
    for part in PARTS:
        assert sum((row[part] or Decimal(0) for row in rows[:-1]), Decimal(0)) == (rows[-1][part] or Decimal(0))


def test_what_is_bought_next(made: Made) -> None:
    workspace, customers = made
    found = rows_of(workspace, "next")
    expected = firsts(customers, CLOSE)
    for plan, told in expected.items():
        rows = [row for row in found if row["began_with"] == plan]
        counts = {(row["next"], row["plan_id"]): row["customers"] for row in rows if row["customers"]}
        assert counts == {what: len(days) for what, days in told["days"].items()}
        observed = sum(counts.values())
        assert {(row["of_customers"], row["not_yet"]) for row in rows} == {(observed, told["not_yet"])}
        for row in rows:
            days = told["days"][row["next"], row["plan_id"]]
            if observed < 20:
                assert (row["share"], row["median_days"]) == (None, None)
                assert row["reason"] is not None
            elif row["plan_id"] is not None:
                assert row["median_days"] == Decimal(str(float(median(days))))
                assert row["share"] == round(Decimal(len(days)) / observed, 6)
    assert {row["began_with"] for row in found} == set(expected)


def test_attach_rates_of_each_first_month_and_of_all(made: Made) -> None:
    workspace, customers = made
    found = rows_of(workspace, "attach", cohort="month", ages=13)
    by_cell = {(row["addon"], row["cohort"], row["age"]): row for row in found}
    for addon in ADDONS:
        for age in (0, 1, 7, 13):
            together = [0, 0]
            for first, size, paying, holding in attached(customers, addon, age, 2025 * 12 + 8):
                row = by_cell[addon, f"{first // 12:04d}-{first % 12 + 1:02d}", age]
                assert (row["customers_at_start"], row["paying"], row["attached"]) == (size, paying, holding)
                assert row["rate"] == (round(Decimal(holding) / paying, 6) if paying else None)
                together[0] += paying
                together[1] += holding
            whole = by_cell[addon, "all cohorts", age]
            assert [whole["paying"], whole["attached"]] == together


def test_nothing_looks_past_the_close(tmp_path: Path) -> None:
    """What is known later of a later time changes no answer about a close."""
    customers = company(4, customers=30)
    until = date(2025, 1, 31)
    known = [row for row in rows_in(customers) if row.starts <= until]
    answers = []
    for name, rows in (("then", known), ("later", rows_in(customers))):
        lines = "\n".join(row.csv() for row in rows)
        (tmp_path / name).mkdir()
        workspace = workspace_of(tmp_path / name, lines, customers="", as_of=datetime(2025, 10, 1, tzinfo=UTC))
        sections = ("lists", "realised", "discounts", "old-prices", "steps", "next", "together", "attach")
        answers.append({section: rows_of(workspace, section, month="2025-01") for section in sections})
    assert answers[0] == answers[1]
