"""`cohorts` and `retention`: the triangle, the shapes that scripts depend on, the chart, and why a cell is absent.

Acme, Bolt and Dune of the small company begin in January with 360.00, Cedar in February with 60.00.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.interfaces.command import done, upswell_command
from tests.interfaces.page import parsed

ABSENT = "customers of 2025-02 reach age 4 in 2025-06, which is not over as of 2025-06-01"


def test_the_triangle_has_a_dot_where_it_is_too_early_and_says_why(built_once: Path) -> None:
    answer = done("-w", built_once, "cohorts", "mrr", "--ages", "6")
    assert answer.lines() == [
        ["cohort", "customers", "base", "0", "1", "2", "3", "4"],
        ["2025-01", "3", "360.00", "360.00", "360.00", "360.00", "560.00", "638.00"],
        ["2025-02", "1", "60.00", "60.00", "60.00", "60.00", "80.00", "·"],
        ["all", "cohorts", "4", "420.00", "420.00", "420.00", "420.00", "640.00", "638.00"],
    ]
    heading, note = answer.err.splitlines()
    assert heading.startswith("mrr of cohorts by age in months: policy strict, book b-000001 as of 2025-06-01")
    assert note == f"· not there yet: {ABSENT}; and so on"


def test_json_and_csv_have_a_row_for_each_cell(built_once: Path) -> None:
    rows = done("-w", built_once, "cohorts", "nrr", "--ages", "4", "--format", "json").json()
    # 160 + 200 - nothing of Dune, who left in March and counts 0 though back in May; + 150 + 50 in April.
    assert rows[3] == {
        "cohort": "2025-01",
        "age": 3,
        "month": "2025-04",
        "value": 1.555555555556,
        "customers_at_start": 3,
        "base": "360.000000",
        "reason": None,
    }
    assert rows[9]["value"] is None
    assert rows[9]["reason"] == ABSENT
    money = done("-w", built_once, "cohorts", "expansion", "--by", "driver", "--format", "csv").csv()
    assert list(money[0]) == ["cohort", "age", "month", "driver", "value", "customers_at_start", "base", "reason"]
    plan = [row for row in money if (row["cohort"], row["age"], row["driver"]) == ("2025-01", "3", "plan")]
    assert [row["value"] for row in plan] == ["150.000000"]


def test_a_filter_that_leaves_nobody_says_so(built_once: Path) -> None:
    answer = done("-w", built_once, "cohorts", "--where", "country = 'FR'")
    assert answer.err.splitlines()[-1] == "no customer first paid in these months"


def test_the_chart_is_a_drawing_or_a_page_with_the_same_figures(acme: Path) -> None:
    done("-w", acme, "cohorts", "nrr", "--ages", "4", "--chart", acme / "c.svg")
    drawing = ElementTree.fromstring((acme / "c.svg").read_text("utf-8"))
    labels = {element.get("aria-label") for element in drawing.iter()}
    assert "2025-01, age 3: 155.6 %" in labels
    assert "all cohorts, age 3: 152.4 %" in labels  # (560 + 80) / 420
    written = done("-w", acme, "cohorts", "nrr", "--ages", "4", "--chart", acme / "c.html").err
    assert "chart written: " in written
    text = (acme / "c.html").read_text("utf-8")
    assert "<script" not in text
    [table] = parsed(text).all("table")
    assert table.rows[1] == ["2025-01", "3", "360.00", "100.0 %", "100.0 %", "100.0 %", "155.6 %", "155.6 %"]


def test_a_chart_of_another_kind_is_refused(acme: Path) -> None:
    answer = upswell_command("-w", acme, "cohorts", "--chart", acme / "c.png")
    assert answer.code == 2
    assert "expected: a file that ends in .svg or .html" in answer.err
    assert not (acme / "c.png").exists()


def test_retention_prints_each_formula_and_marks_the_policys_own(built_once: Path) -> None:
    answer = done("-w", built_once, "retention", "--month", "2025-05")
    lines = answer.lines()
    assert lines[0] == ["lag", "basis", "reactivation", "nrr", "grr", "policy"]
    # Then, in February: 100 + 200 + 60 + 60. Dune left in March and is back with 78.00.
    assert lines[5] == ["3", "cohort", "without", "1.5238", "0.8571", "strict"]
    assert lines[6] == ["3", "cohort", "with", "1.7095", "1.0000"]
    assert lines[7] == ["3", "movement", "without", "1.5238", "0.8571"]
    assert lines[8] == ["3", "movement", "with", "1.7095", "n/a"]
    assert "n/a: a return is a gain, and gross retention leaves gains out" in answer.err
    rows = done("-w", built_once, "retention", "--month", "2025-05", "--format", "json").json()
    assert all(row["formula"] for row in rows)


def test_a_month_that_still_runs_says_so(built_once: Path) -> None:
    for words in ([], ["--wrong"]):
        answer = done("-w", built_once, "retention", "--month", "2025-06", *words)
        assert "2025-06 is not over: its figures are those of a part of it" in answer.err
    rows = done("-w", built_once, "retention", "--month", "2025-06", "--format", "json").json()
    assert {row["complete"] for row in rows} == {False}


def test_wrong_formulas_have_the_size_of_their_error(built_once: Path) -> None:
    rows = done("-w", built_once, "retention", "--wrong", "--format", "json").json()
    lost = next(row for row in rows if row["mistake"] == "divided by the closing")
    assert (lost["value"], lost["right_value"], lost["error"]) == (0, 0, 0)
    assert next(row for row in rows if row["mistake"] == "expansion in GRR")["reason"] == "closing_mrr of 2024-05 is 0"
    shown = done("-w", built_once, "retention", "--wrong")
    assert "n/a: closing_mrr of 2024-05 is 0" in shown.err
