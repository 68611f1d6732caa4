"""`upswell revenue` as a person and a program read it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command

ITEMS = "customer_id,plan_id,starts_at,unit_amount\nAcme,Team,2025-01-15,310.00\n"
LINES = """invoice_id,line_id,customer_id,plan_id,amount,type,period_start,period_end,tax,issued_at
a-1,1,Acme,Team,310.00,subscription,2025-01-15,2025-02-15,58.90,2025-01-15
a-2,1,Acme,Team,310.00,subscription,2025-02-15,2025-03-15,58.90,2025-02-15
"""
PAYMENTS = "customer_id,invoice_id,at,amount\nAcme,a-1,2025-02-02,368.90\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workspace = tmp_path / "w"
    done("init", workspace)
    for table, text in (("items", ITEMS), ("invoice_lines", LINES), ("payments", PAYMENTS)):
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
        done("-w", workspace, "import", tmp_path / f"{table}.csv", "--as", table)
    done("-w", workspace, "build", "--as-of", "2025-03-01")
    return workspace


def test_the_lines_that_move_something_and_the_names_of_the_others(folder: Path) -> None:
    answer = upswell_command("-w", folder, "revenue", "--month", "2025-02")
    shown = [line.rsplit(maxsplit=1) for line in answer.out.splitlines() if not line.startswith("no effect")]
    assert shown == [
        ["MRR to money 2025-02", "USD"],
        ["closing_mrr", "310.00"],
        ["length_of_months", "-15.00"],
        ["= recurring_revenue", "295.00"],
        ["= total_revenue", "295.00"],
        ["earned_of_earlier_invoices", "-140.00"],
        ["billed_for_later_months", "155.00"],
        ["tax", "58.90"],
        ["= invoiced", "368.90"],
        ["not_paid_in_month", "-368.90"],
        ["received_for_earlier_invoices", "368.90"],
        ["= actual_revenue", "368.90"],
    ]
    assert "no effect: part_months, not_invoiced" in answer.out
    assert answer.err == "policy strict, book b-000001, money in USD\n"


def test_json_has_every_line_and_the_last_complete_month_is_meant_if_none_is_named(folder: Path) -> None:
    answer = upswell_command("-w", folder, "--format", "json", "revenue")
    rows = json.loads(answer.out)
    assert {row["month"] for row in rows} == {"2025-02"}
    amounts = {row["line"]: Decimal(row["amount"]) for row in rows}
    totals = [row["line"] for row in rows if row["is_total"]]
    assert totals == ["closing_mrr", "recurring_revenue", "total_revenue", "invoiced", "actual_revenue"]
    assert amounts["length_of_months"] == -15
    assert sum(amounts[row["line"]] for row in rows if not row["is_total"]) == (
        amounts["actual_revenue"] - amounts["closing_mrr"]
    )


def test_what_is_not_known_is_said_beside_the_table(folder: Path) -> None:
    answer = upswell_command("-w", folder, "revenue", "--month", "2025-01")
    assert answer.out.splitlines()[-1].startswith("no effect")
    assert ["= actual_revenue", "n/a"] in [line.rsplit(maxsplit=1) for line in answer.out.splitlines()]
    assert "n/a: the first payment imported is of 2025-02; import payments of 2025-01" in answer.err


def test_a_month_that_is_none_or_not_over_is_wrong_usage(folder: Path) -> None:
    for month in ("2025", "2025-03"):
        answer = upswell_command("-w", folder, "revenue", "--month", month)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.count("error:") == answer.err.count("remedy:") == 1
