"""A figure as the sum of its customers: the parts add up to what `metrics` prints, for every figure that has parts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from tests.workspace.company import JUNE, workspace_of
from upswell.errors import UsageError
from upswell.metrics.explaining import EXPLAINED

ROWS = """
Acme,Team,2024-01-10,2025-03-15,5,20.00,USD
Acme,Team,2025-03-15,,8,20.00,USD
Bolt,Team,2024-02-20,2025-03-20,10,20.00,EUR
Bolt,Business,2025-03-20,,10,35.00,EUR
Core,Team,2024-03-01,2025-03-10,4,20.00,USD
Dune,Team,2025-03-05,,1,20.00,USD
Echo,Team,2024-01-05,2025-03-02,9,20.00,USD
Echo,Team,2025-03-02,,7,20.00,USD
"""
RATES = """
2024-01-01,EUR,1.10
2025-03-01,EUR,1.08
2025-03-31,EUR,1.05
"""


@pytest.fixture
def company(tmp_path: Path) -> upswell.Workspace:
    workspace = workspace_of(tmp_path / "w", ROWS, rates=RATES)
    workspace.build(as_of=JUNE)
    return workspace


@pytest.mark.parametrize("metric", EXPLAINED)
def test_the_parts_add_up_to_the_figure(company: upswell.Workspace, metric: str) -> None:
    table = company.metrics(metric, month_from="2025-03", month_to="2025-03")
    figure = table.column("value")[0].as_py()
    found = company.explain(metric, month="2025-03")
    parts = sum((each.value for each in found.contributions if each.value is not None), Decimal(0))
    assert found.value == figure
    assert found.total == parts
    if found.base is None:
        assert parts == figure
    else:
        assert abs(parts / found.base - figure) < Decimal("1e-11")


def test_each_part_names_a_movement_to_trace(company: upswell.Workspace) -> None:
    found = company.explain("expansion_mrr", month="2025-03")
    assert [(each.customer_id, each.value, each.movements) for each in found.contributions] == [
        ("Bolt", Decimal("162.00"), 1),
        ("Acme", Decimal("60.00"), 1),
    ]
    trace = company.trace(str(found.contributions[0].movement_id))
    assert (trace.movement["customer_id"], trace.movement["amount"]) == ("Bolt", 150)


def test_a_filter_explains_the_slice(company: upswell.Workspace) -> None:
    company.save_segment("euro", expression="currency = 'EUR'", author="kim")
    found = company.explain("closing_mrr", month="2025-03", segment="euro")
    assert [(each.customer_id, each.value) for each in found.contributions] == [("Bolt", Decimal("367.50"))]


def test_what_is_no_sum_over_customers_is_refused(company: upswell.Workspace) -> None:
    with pytest.raises(UsageError, match="quick_ratio is not a sum over customers"):
        company.explain("quick_ratio")
