"""The demo company under `recurly` is, in every month and column, what an independent program makes of it."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Final

import pytest

import upswell
from upswell.money.amount import rounded
from upswell.workspace.demo import ITEMS_MAPPING

EXPECTED: Final = Path(__file__).with_name("churnsim_expected_monthly.csv")
MONEY: Final = {
    "opening": "opening_mrr",
    "new": "new_mrr",
    "reactivation": "reactivation_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churn": "churned_mrr",
    "closing": "closing_mrr",
}
LOSSES: Final = ("contraction", "churn")
COUNTS: Final = {
    "customers": "customers",
    "n_new": "new_customers",
    "n_reactivation": "reactivated_customers",
    "n_expansion": "expansion_customers",
    "n_contraction": "contraction_customers",
    "n_churn": "churned_customers",
}
RATES: Final = ("nrr_1m", "grr_1m", "nrr_12m", "grr_12m")

Figures = Mapping[tuple[str, str], Decimal | None]


@pytest.fixture(scope="module")
def churnsim(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    """The subscriptions as a user would import them, under `recurly` alone."""
    folder = tmp_path_factory.mktemp("churnsim")
    packed = resources.files("upswell.sources") / "churnsim" / "subscriptions.csv.gz"
    (folder / "subscriptions.csv").write_bytes(gzip.decompress(packed.read_bytes()))
    workspace = upswell.init(folder / "w", policy="recurly")
    result = workspace.import_file(folder / "subscriptions.csv", table="items", mapping=ITEMS_MAPPING)
    assert (result.rows_read, result.added, result.held_back) == (13_840, 13_840, 0)
    workspace.build(as_of=datetime(2024, 1, 1))  # noqa: DTZ001 -- local to the workspace
    return workspace


@pytest.fixture(scope="module")
def figures(churnsim: upswell.Workspace) -> Figures:
    names = [*MONEY.values(), *COUNTS.values(), *RATES]
    return {(row["month"], row["metric"]): row["value"] for row in churnsim.metrics(names).to_pylist()}


def months() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_file_has_24_months_and_17_columns() -> None:
    assert len(months()) == 24
    assert {"month_end", *MONEY, *COUNTS, *RATES} == set(months()[0])
    assert len(months()[0]) == 18


def test_the_months_are_the_months(figures: Figures) -> None:
    assert {month for month, _ in figures} == {row["month_end"][:7] for row in months()}


@pytest.mark.parametrize("column", MONEY)
def test_money_agrees_to_the_cent(figures: Figures, column: str) -> None:
    sign = -1 if column in LOSSES else 1
    for row in months():
        found = figures[row["month_end"][:7], MONEY[column]]
        assert found is not None, row["month_end"]
        assert rounded(found, decimals=2) == rounded(sign * Decimal(row[column]), decimals=2), row["month_end"]


@pytest.mark.parametrize("column", COUNTS)
def test_counts_agree_exactly(figures: Figures, column: str) -> None:
    expected = {row["month_end"][:7]: Decimal(row[column]) for row in months()}
    assert {month: value for (month, metric), value in figures.items() if metric == COUNTS[column]} == expected


@pytest.mark.parametrize("column", RATES)
def test_retention_agrees_to_a_millionth(figures: Figures, column: str) -> None:
    for row in months():
        found = figures[row["month_end"][:7], column]
        if row[column] == "":
            assert found is None, row["month_end"]
        else:
            assert found is not None, row["month_end"]
            assert abs(found - Decimal(row[column])) < Decimal("0.000001"), row["month_end"]


def test_every_invariant_holds(churnsim: upswell.Workspace) -> None:
    assert [result.name for result in churnsim.check() if not result.passed] == []
