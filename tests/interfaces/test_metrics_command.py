"""`metrics`: the shapes that scripts depend on, the questions it takes, and the reasons it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command
from upswell.metrics.catalogue import entries

EVERY_METRIC = [metric.name for metric in entries()]
MARCH = ("--from", "2025-03", "--to", "2025-03")


def test_json_has_month_metric_and_value(built_once: Path) -> None:
    answer = done("-w", built_once, "metrics", "expansion_mrr", "customers", "nrr_1m", *MARCH, "--format", "json")
    assert answer.json() == [
        {"month": "2025-03", "metric": "expansion_mrr", "value": "60.000000"},
        {"month": "2025-03", "metric": "customers", "value": 3},
        {"month": "2025-03", "metric": "nrr_1m", "value": 1.0},
    ]
    assert [list(row) for row in answer.json()] == [["month", "metric", "value"]] * 3


def test_a_value_that_cannot_be_known_is_null_with_a_reason(built_once: Path) -> None:
    answer = done("-w", built_once, "metrics", "nrr_12m", "quick_ratio", "--from", "2025-02", "--format", "json")
    february = answer.json()[0]
    assert list(february) == ["month", "metric", "value", "reason"]
    assert february["value"] is None
    assert february["reason"] == "no customer paid at the close of 2024-02"
    assert {row["reason"] for row in answer.json() if row["value"] is None} == {
        *(f"no customer paid at the close of 2024-{month:02d}" for month in range(2, 6)),
        "contraction_mrr + churned_mrr is 0",
    }


def test_a_month_still_running_is_marked(built_once: Path) -> None:
    june = ("--from", "2025-06", "--to", "2025-06")
    [row] = done("-w", built_once, "metrics", "closing_mrr", *june, "--format", "json").json()
    assert row == {
        "month": "2025-06",
        "metric": "closing_mrr",
        "value": "718.000000",
        "complete": False,
        "note": "2025-06 still runs: as of 2025-06-01",
    }
    assert "2025-06 (incomplete)" in done("-w", built_once, "metrics", "closing_mrr", *june).out


def test_without_months_the_answer_ends_at_the_last_complete_one(built_once: Path) -> None:
    rows = done("-w", built_once, "metrics", "arr", "--format", "json").json()
    assert [row["month"] for row in rows] == ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]


def test_each_dimension_is_a_key_between_month_and_metric(built_once: Path) -> None:
    question = ("metrics", "expansion_mrr", "--by", "driver", "--by", "plan", "--from", "2025-04", "--to", "2025-04")
    rows = done("-w", built_once, *question, "--format", "json").json()
    assert [list(row) for row in rows] == [["month", "driver", "plan", "metric", "value"]] * len(rows)
    amounts = {(row["driver"], row["plan"]): row["value"] for row in rows if row["value"] != "0.000000"}
    assert amounts == {("addon", "Reports"): "50.000000", ("plan", "Business"): "150.000000"}


def test_no_value_of_a_dimension_is_null_in_json_and_none_in_tables(built_once: Path) -> None:
    question = ("metrics", "customers", "--by", "country", "--from", "2025-05")
    rows = done("-w", built_once, *question, "--format", "json").json()
    assert [(row["country"], row["value"]) for row in rows] == [("AT", 1), ("DE", 1), ("US", 1), (None, 1)]
    assert "(none)" in done("-w", built_once, *question).out


def test_csv_has_every_column(built_once: Path) -> None:
    answer = done("-w", built_once, "metrics", "nrr_1m", "arr", "--by", "plan", "--from", "2025-04", "--format", "csv")
    rows = answer.csv()
    assert list(rows[0]) == ["month", "plan", "metric", "value", "reason", "complete", "note"]
    values = {(row["plan"], row["metric"]): row["value"] for row in rows if row["month"] == "2025-04"}
    assert values["Business", "arr"] == "4200.000000"
    assert values["Business", "nrr_1m"] == ""


def test_a_table_has_a_line_for_each_month_and_reasons_on_stderr(built_once: Path) -> None:
    answer = done("-w", built_once, "metrics", "opening_mrr", "expansion_mrr", "nrr_1m", "customers")
    assert answer.lines()[1:] == [
        ["2025-01", "0.00", "0.00", "n/a", "3"],
        ["2025-02", "360.00", "0.00", "1.0000", "4"],
        ["2025-03", "420.00", "60.00", "1.0000", "3"],
        ["2025-04", "420.00", "200.00", "1.4762", "3"],
        ["2025-05", "620.00", "20.00", "1.0323", "4"],
    ]
    assert answer.err.splitlines() == [
        "policy strict, book b-000001 as of 2025-06-01T00:00:00+00:00, money in USD",
        "n/a: no customer paid at the close of 2024-12",
    ]


def test_where_filters(built_once: Path) -> None:
    question = ("metrics", "expansion_mrr", "--where", "sector = 'retail' and plan <> 'Reports'", "--format", "json")
    rows = done("-w", built_once, *question).json()
    assert [row["value"] for row in rows] == ["0.000000", "0.000000", "60.000000", "0.000000", "20.000000"]


def test_per_30_days_scales_flows(built_once: Path) -> None:
    [row] = done("-w", built_once, "metrics", "expansion_mrr", *MARCH, "--per-30-days", "--format", "json").json()
    assert row["value"] == "58.064516129032258065"


def test_another_policy_answers_under_its_own_rules(acme: Path) -> None:
    answer = done("-w", acme, "metrics", "closing_mrr", *MARCH, "--policy", "recurly", "--format", "json")
    assert answer.json()[0]["value"] == "420.000000"
    assert answer.err.startswith("policy recurly, ")


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_every_metric_can_be_printed(built_once: Path, form: str) -> None:
    answer = done("-w", built_once, "metrics", *EVERY_METRIC, "--from", "2025-04", "--format", form)
    assert answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["expansion_mmr"], "did you mean expansion_mrr"),
        (["total_revenues"], "did you mean total_revenue"),
        (["arr", "--by", "contry"], "did you mean country"),
        (["arr", "--by", "driver"], "arr cannot be split or filtered by driver"),
        (["arr", "--where", "plan = upper('x')"], "the filter cannot use the function UPPER"),
        (["arr", "--where", "plan = 'Team"], "the filter cannot be read"),
        (["arr", "--where", "1 = 1; drop table movements"], "the filter cannot use a semicolon"),
        (["arr", "--from", "2025-13"], "'2025-13' is not a month"),
        (["arr", "--from", "2025-05", "--to", "2025-04"], "is not a range of months"),
        (["nrr_1m", "--per-30-days"], "nrr_1m has no form per 30 days"),
        (["arr", "--policy", "stict"], "did you mean strict"),
    ],
)
def test_wrong_questions_are_refused_with_a_remedy(built_once: Path, arguments: list[str], said: str) -> None:
    answer = upswell_command("-w", built_once, "metrics", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "  remedy:" in answer.err


def test_text_values_of_another_policy_file_are_used(acme: Path) -> None:
    (acme / "audit.toml").write_text('name = "audit"\nextends = "strict"\nnetting = "customer"\n', encoding="utf-8")
    question = ("metrics", "expansion_mrr", *MARCH, "--policy", acme / "audit.toml", "--format", "json")
    assert done("-w", acme, *question).json()[0]["value"] == "60.000000"
