"""Cohorts of built books, under every preset: who belongs where, against the list of movements."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests.properties.company import import_attributes, import_items, new_workspace, random_company
from tests.properties.histories import RATES
from upswell import Workspace
from upswell.analysis.cohorts import ALL_COHORTS
from upswell.errors import UsageError
from upswell.policy import preset_names

AS_OF: Final = datetime(2024, 11, 1, 0, 30, tzinfo=UTC)
CUSTOMERS: Final = 80


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("cohorts") / "company"
    workspace = new_workspace(folder, rates={"EUR": ((date(2000, 1, 1), Decimal("1.1")), *RATES["EUR"])})
    import_items(workspace, random_company([f"cohorts {number}" for number in range(CUSTOMERS)], currency="EUR"))
    workspace.build(as_of=AS_OF, policies=list(preset_names()))
    return workspace


@pytest.mark.parametrize("policy", preset_names())
def test_each_customer_is_in_the_cohort_of_its_first_movement(company: Workspace, policy: str) -> None:
    first: dict[str, str] = {}
    for row in company.movements(policy=policy).to_pylist():
        if not row["scheduled"]:
            first.setdefault(row["customer_id"], f"{row['date']:%Y-%m}")
    rows = company.cohorts("customers", ages=0, policy=policy, month_to="2024-11").to_pylist()
    sizes = {row["cohort"]: row["customers_at_start"] for row in rows if row["cohort"] != ALL_COHORTS}
    assert sizes == Counter(first.values())


@pytest.mark.parametrize("policy", preset_names())
def test_the_cohorts_of_a_month_add_up_to_its_metrics(company: Workspace, policy: str) -> None:
    """In each calendar month the cells of all cohorts are its closing MRR, its customers and its expansion."""
    for measure, metric in (("mrr", "closing_mrr"), ("customers", "customers"), ("expansion", "expansion_mrr")):
        wanted = {
            row["month"]: row["value"]
            for row in company.metrics(metric, month_from="2024-01", month_to="2024-10", policy=policy).to_pylist()
        }
        sums = dict.fromkeys(wanted, Decimal(0))
        for row in company.cohorts(measure, ages=120, policy=policy).to_pylist():
            if row["month"] in sums:
                sums[row["month"]] += row["value"]
        assert sums == wanted
        assert any(wanted.values())


def test_what_changes_in_time_is_no_filter_of_cohorts(tmp_path: Path) -> None:
    """A customer belongs to one cohort for good, so a filter by an owner that it changed has no one answer."""
    workspace = new_workspace(tmp_path / "company")
    rows = random_company(["dated"], currency="EUR")
    import_items(workspace, rows)
    owners = ({"valid_from": day, "owner": owner} for day, owner in (("2024-01-01", "Ada"), ("2024-02-01", "Ben")))
    import_attributes(workspace, [{"customer_id": rows[0].customer_id, **each} for each in owners])
    workspace.build(as_of=AS_OF)
    with pytest.raises(UsageError, match="owner cannot make a filter of cohorts") as refused:
        workspace.cohorts("nrr", where="owner = 'Ada'")
    assert refused.value.code == "dimension_not_possible"
