"""Money in another currency: figures without a rate are absent with a reason, and complete once rates are there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from tests.workspace.company import JUNE, workspace_of

ROWS = """
Acme,Team,2025-01-10,2025-02-10,10,10.00,EUR
Acme,Team,2025-02-10,,11,10.00,EUR
Bolt,Team,2025-01-10,,1,50.00,USD
"""
RATES = """
2025-01-01,EUR,1.10
2025-02-01,EUR,1.09
2025-02-28,EUR,1.08
"""
MONEY = ["opening_mrr", "expansion_mrr", "fx_mrr", "closing_mrr"]


def february(
    workspace: upswell.Workspace, names: list[str], *, where: str | None = None
) -> dict[str, tuple[Decimal | None, str | None]]:
    rows = workspace.metrics(names, month_from="2025-02", month_to="2025-02", where=where).to_pylist()
    return {row["metric"]: (row["value"], row["reason"]) for row in rows}


def test_without_a_rate_there_is_no_figure_but_a_reason(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w", ROWS)
    workspace.build(as_of=JUNE)
    figures = february(workspace, [*MONEY, "nrr_1m", "customers"])
    assert {name for name, (value, _) in figures.items() if value is None} == {*MONEY, "nrr_1m"}
    assert figures["closing_mrr"] == (None, "no rate for EUR on 2025-02-28; import rates")
    assert figures["expansion_mrr"] == (None, "no rate for EUR on 2025-02-10; import rates")
    assert figures["customers"] == (Decimal(2), None)


def test_what_needs_no_rate_is_complete(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w", ROWS)
    workspace.build(as_of=JUNE)
    assert february(workspace, ["closing_mrr"], where="currency = 'USD'")["closing_mrr"] == (Decimal(50), None)
    assert [row["amount"] for row in workspace.movements(customer="Acme").to_pylist()] == [Decimal(100), Decimal(10)]


def test_with_rates_the_month_rolls_forward(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w", ROWS, rates=RATES)
    workspace.build(as_of=JUNE)
    figures = {name: value for name, (value, _) in february(workspace, MONEY).items()}
    # Acme: 100 EUR at 1.10, +10 EUR at 1.09, 110 EUR at 1.08; Bolt: 50 USD throughout.
    assert figures == {
        "opening_mrr": Decimal("160.00"),
        "expansion_mrr": Decimal("10.90"),
        "fx_mrr": Decimal("-2.10"),
        "closing_mrr": Decimal("168.80"),
    }


def test_a_day_before_the_first_rate_has_none(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w", ROWS, rates="2025-02-28,EUR,1.08")
    workspace.build(as_of=JUNE)
    figures = february(workspace, MONEY)
    assert figures["closing_mrr"] == (Decimal("168.80"), None)
    assert figures["opening_mrr"] == (None, "no rate for EUR on 2025-01-31; import rates")
    assert figures["fx_mrr"][0] is None


def test_the_report_says_which_rate_is_missing(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w", ROWS)
    workspace.build(as_of=JUNE)
    report = workspace.report("2025-02")
    reasons = {line.metric: line.reason for line in report.roll_forward if line.value is None}
    assert reasons["opening_mrr"] == "no rate for EUR on 2025-01-31; import rates"
    [largest] = report.largest_expansions
    assert (largest.customer_id, largest.amount) == ("Acme", None)
    assert largest.reason == "no rate for EUR on 2025-02-10; import rates"


@pytest.mark.parametrize("policy", ["strict", "recurly"])
def test_checks_pass_with_and_without_rates(tmp_path: Path, policy: str) -> None:
    for name, rates in (("with", RATES), ("without", "")):
        workspace = workspace_of(tmp_path / name, ROWS, rates=rates, policy=policy)
        workspace.build(as_of=JUNE)
        assert all(result.passed for result in workspace.check())
