"""`upswell compare-policies`: figures beside each other, a bridge that ends at zero, and the same as data.

In May 2025 the company of `company.py` has an expansion of 20.00, since Cedar's discount ends. Under `stripe` a
discount with an end was never subtracted: nothing expands.
"""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from unittest import mock

import pytest

from tests.interfaces.command import Answer, done, upswell_command
from upswell.ledger.bridge import LineFigures
from upswell.workspace import comparing


@pytest.fixture(scope="module")
def compared(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose book has stripe, too, for tests that read."""
    folder = Path(shutil.copytree(built_once, tmp_path_factory.mktemp("compared") / "acme"))
    done("-w", folder, "build", "--as-of", "2025-06-01", "--policy", "stripe", "--policy", "revenuecat")
    return folder


def asked(folder: Path, *more: object) -> Answer:
    return done("-w", folder, "compare-policies", "strict", "stripe", *more)


def test_the_table_has_figures_and_a_bridge(compared: Path) -> None:
    answer = asked(compared, "--month", "2025-05")
    lines = answer.lines()
    assert ["2025-05", "strict", "stripe"] in lines
    assert ["expansion_mrr", "20.00", "0.00"] in lines
    assert ["opening_mrr", "620.00", "640.00"] in lines
    bridge = lines[lines.index(["expansion_mrr", "from", "to", "amount", "customers"]) + 1 :]
    assert bridge == [
        ["strict", "20.00"],
        ["discounts", "all", "recurring", "-20.00", "1"],
        ["stripe", "0.00"],
        ["unexplained", "0.00"],
        ["no", "effect:", "netting,", "usage,", "churn_date,", "retention_cohort,", "customer_churn_denominator"],
    ]
    assert answer.err == "book b-000002 as of 2025-06-01T00:00:00+00:00, money in USD\n"


def test_details_name_the_customers_and_their_movements(compared: Path) -> None:
    lines = asked(compared, "--month", "2025-05", "--details", "5").lines()
    [movement] = done(
        "-w", compared, "movements", "--customer", "Cedar", "--driver", "discount", "--format", "json"
    ).json()
    assert ["Cedar", "-20.00"] in lines
    assert [movement["movement_id"], "gone", "expansion", "discount", "20.00"] in lines


def test_what_details_leave_out_is_said(compared: Path) -> None:
    lines = asked(compared, "--month", "2025-02", "--metric", "new_mrr", "--details", "1").lines()
    assert ["discounts", "all", "recurring", "20.00", "1"] in lines
    answer = done(
        *("-w", compared, "compare-policies", "revenuecat", "--from", "2025-03", "--to", "2025-05"),
        *("--metric", "churned_mrr", "--details", "1"),
    )
    assert ["Dune", "78.00"] in answer.lines()


def test_json_has_every_line_with_its_details(compared: Path) -> None:
    answer = asked(compared, "--from", "2025-04", "--to", "2025-05", "--format", "json").json()
    assert list(answer) == [
        *("metric", "workspace_currency", "book_id", "as_of", "held_back", "policies", "months"),
    ]
    assert [(each["policy"], each["source"]) for each in answer["policies"]] == [
        ("strict", "preset"),
        ("stripe", "preset"),
    ]
    april, may = answer["months"]
    assert (april["month"], april["complete"], april["bridges"][0]["end"]) == ("2025-04", True, "200.000000")
    figures = {(each["policy"], each["metric"]): each["value"] for each in may["figures"]}
    assert figures["strict", "expansion_mrr"] == "20.000000"
    assert isinstance(figures["stripe", "nrr_1m"], float)
    [bridge] = may["bridges"]
    assert list(bridge) == ["base", "policy", "start", "lines", "end", "unexplained"]
    assert len(bridge["lines"]) == 6
    [line] = [each for each in bridge["lines"] if each["customers"]]
    assert line["switches"] == [{"switch": "discounts", "value_before": "all", "value_after": "recurring"}]
    assert line["left_out"] == {"customers": 0, "amount": "0.000000"}
    [cedar] = line["details"]
    assert (cedar["customer_id"], cedar["amount"]) == ("Cedar", "-20.000000")
    [movement] = cedar["movements"]
    assert (movement["date"], movement["change"]) == ("2025-05-01", "gone")
    assert (movement["amount_before"], movement["amount_after"]) == ("20.000000", None)


def test_csv_has_a_row_for_each_figure_end_and_switch(compared: Path) -> None:
    rows = asked(compared, "--month", "2025-05", "--format", "csv").csv()
    parts = [row["part"] for row in rows]
    assert parts == ["figure"] * 24 + ["start"] + ["switch"] * 6 + ["end", "unexplained"]
    [discounts] = [row for row in rows if row["name"] == "discounts"]
    assert discounts == {
        "month": "2025-05",
        "policy": "stripe",
        "part": "switch",
        "name": "discounts",
        "value_before": "all",
        "value_after": "recurring",
        "amount": "-20.000000",
        "customers": "1",
        "reason": "",
    }
    moved = sum(Decimal(row["amount"]) for row in rows if row["part"] in {"start", "switch"})
    assert moved == next(Decimal(row["amount"]) for row in rows if row["part"] == "end")


def test_one_name_is_set_beside_the_workspaces_policy(compared: Path) -> None:
    alone = done("-w", compared, "compare-policies", "stripe", "--format", "json")
    assert alone.json() == asked(compared, "--format", "json").json()
    assert alone.json()["months"][0]["month"] == "2025-05"


def test_a_policy_that_the_book_lacks_is_computed_first(acme: Path) -> None:
    answer = asked(acme, "--month", "2025-05")
    assert ["unexplained", "0.00"] in answer.lines()
    assert done("-w", acme, "compare-policies", "stripe", "--format", "json").json()["book_id"] == "b-000002"


def test_a_figure_that_is_not_known_has_its_reason(compared: Path) -> None:
    answer = asked(compared, "--month", "2025-07")
    assert ["2025-07", "(incomplete)", "strict", "stripe"] in answer.lines()
    assert ["unexplained", "n/a"] in answer.lines()
    assert "n/a: 2025-07 begins after the book" in answer.err


def test_an_end_off_zero_is_a_failed_check(compared: Path) -> None:
    """A fault of Upswell's own, made here by taking every line away."""

    def no_lines(*_: object, **__: object) -> list[list[dict[object, LineFigures]]]:
        return [[{} for _ in range(6)]]

    with mock.patch.object(comparing, "bridge_lines", no_lines):
        answer = upswell_command("-w", compared, "compare-policies", "strict", "stripe", "--month", "2025-05")
    assert (answer.code, answer.out) == (1, "")
    assert "leaves 20 of expansion_mrr unexplained" in answer.err


def test_without_a_book_there_is_nothing_to_compare(tmp_path: Path) -> None:
    done("init", tmp_path / "new")
    answer = upswell_command("-w", tmp_path / "new", "compare-policies", "stripe")
    assert (answer.code, answer.out) == (4, "")
    assert "upswell build" in answer.err
