"""`forecast`: the table people read, the shapes that scripts depend on, and a refusal that looks like none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.interfaces.command import done, upswell_command

MONTHS: Final = 16
CUSTOMERS: Final = 48


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 customers at 20.00 a month begin one after the other in the 16 months to December 2025; four leave."""
    folder = tmp_path_factory.mktemp("forecast")
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount"]
    for number in range(CUSTOMERS):
        month = 8 + number % MONTHS
        begins = f"{2024 + month // 12}-{month % 12 + 1:02d}-03"
        rows.append(f"c{number:02d},Team,{begins},{'2025-08-01' if number < 4 else ''},2,10.00")
    (folder / "items.csv").write_text("\n".join(rows), "utf-8")
    workspace = upswell.init(folder / "w")
    workspace.import_file(folder / "items.csv", table="items")
    workspace.build(as_of=datetime(2026, 1, 1, tzinfo=UTC))
    return folder / "w"


def test_months_with_intervals_and_what_backs_them(company: Path) -> None:
    answer = done("-w", company, "forecast", "--months", "2")
    heading, *lines = answer.out.splitlines()
    assert heading.split() == ["month", "target", "median", "50", "%", "80", "%", "95", "%"]
    assert [line.split()[:2] for line in lines] == [
        ["2026-01", "closing_mrr"],
        ["2026-02", "closing_mrr"],
        ["2026-01", "expansion_mrr"],
        ["2026-02", "expansion_mrr"],
    ]
    assert answer.err.startswith("forecast from 2025-12: policy strict, book b-000001 as of 2026-01-01T00:00:00+00:00")
    assert "committed MRR, which is no forecast: 880.00 USD" in answer.err
    assert "note: 16 complete months are known and a season takes 24" in answer.err
    assert "How sure are we?" in answer.err


def test_the_whole_answer_as_json_and_a_target_as_csv(company: Path) -> None:
    whole = done("-w", company, "--format", "json", "forecast", "--months", "1").json()
    assert (whole["origin"], whole["method"], whole["reason"]) == ("2025-12", "plain rates", None)
    assert {row["target"] for row in whole["rows"]} >= {"closing_mrr", "expansion_mrr", "churned_mrr", "customers"}
    (row,) = (row for row in whole["rows"] if row["target"] == "closing_mrr")
    (told,) = done("-w", company, "forecast", "closing_mrr", "--months", "1", "--format", "csv").csv()
    assert told == {name: str(value) for name, value in row.items()}


def test_the_backtest_by_method_and_months_ahead(company: Path) -> None:
    rows = done("-w", company, "forecast", "customers", "--months", "1", "--backtest", "--format", "csv").csv()
    assert {row["method"] for row in rows} == {"shown", "simulation", "autoets", "naive", "seasonal_naive"}
    table = done("-w", company, "forecast", "customers", "--months", "1", "--backtest")
    assert table.out.splitlines()[0].split()[:6] == ["target", "method", "ahead", "cases", "CRPS", "MASE"]
    assert "each from what was known then" in table.err


def test_a_scenario_says_what_it_assumes(company: Path) -> None:
    answer = done("-w", company, "forecast", "--months", "1", "--scenario", "price Team +10")
    assert "assumed: Team costs 10 % more: for each customer from its next renewal on" in answer.err
    wrong = upswell_command("-w", company, "forecast", "--scenario", "price Tean +10")
    assert wrong.code == 2
    assert "nobody pays for a plan Tean" in wrong.err


def test_a_refusal_has_a_reason_and_no_figures(company: Path) -> None:
    answer = done("-w", company, "forecast", "--where", "customer < 'c05'")
    assert answer.out == ""
    assert "n/a: 1 customers pay at the close of 2025-12; of fewer than 20 each one decides the whole" in answer.err
    whole = done("-w", company, "--format", "json", "forecast", "--where", "customer < 'c05'").json()
    assert (whole["method"], whole["rows"], whole["backtest"]) == ("none", [], [])
    assert whole["reason"].startswith("1 customers pay")


def test_the_fan_as_a_file(company: Path, tmp_path: Path) -> None:
    page = tmp_path / "fan.html"
    done("-w", company, "forecast", "--months", "2", "--chart", page)
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert "2026-02" in text


def test_an_unknown_target_is_refused(company: Path) -> None:
    answer = upswell_command("-w", company, "forecast", "expnsion_mrr")
    assert answer.code == 2
    assert "expansion_mrr" in answer.err
