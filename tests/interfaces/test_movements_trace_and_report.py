"""`movements`, `trace` and `report`: from a list to the rows of a file, and a month on one screen."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command

KEYS = [
    *("movement_id", "date", "customer_id", "subscription_id", "item_id", "product_id", "plan_id", "from_plan_id"),
    *("kind", "driver", "amount", "currency", "rule", "scheduled", "sources"),
]


def test_json_has_these_keys_in_this_order(built_once: Path) -> None:
    rows = done("-w", built_once, "movements", "--format", "json").json()
    assert [list(row) for row in rows] == [KEYS] * 12
    [seats] = [row for row in rows if row["driver"] == "seats"]
    assert seats == {
        "movement_id": seats["movement_id"],
        "date": "2025-03-15",
        "customer_id": "Acme",
        "subscription_id": "Acme",
        "item_id": "Acme-CRM",
        "product_id": "CRM",
        "plan_id": "Team",
        "from_plan_id": None,
        "kind": "expansion",
        "driver": "seats",
        "amount": "60.000000",
        "currency": "USD",
        "rule": "item_changed",
        "scheduled": False,
        "sources": [
            {"import_id": "i-000001", "file": "items.csv", "row": 2},
            {"import_id": "i-000001", "file": "items.csv", "row": 3},
        ],
    }
    assert seats["movement_id"].startswith("20250315-")


def test_csv_has_the_same_columns(built_once: Path) -> None:
    answer = done("-w", built_once, "movements", "--format", "csv")
    assert next(csv.reader(answer.out.splitlines())) == KEYS
    assert [row["amount"] for row in answer.csv()][:2] == ["60.000000", "100.000000"]
    assert {row["from_plan_id"] for row in answer.csv()} == {"", "Team"}


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (["--customer", "Dune"], ["2025-01-05", "2025-03-05", "2025-05-12"]),
        (["--kind", "churn"], ["2025-03-05"]),
        (["--driver", "addon"], ["2025-04-10"]),
        (["--from", "2025-05-01"], ["2025-05-01", "2025-05-12"]),
        (["--to", "2025-01-10"], ["2025-01-05", "2025-01-10"]),
        (["--from", "2025-01-10", "--to", "2025-01-20"], ["2025-01-10", "2025-01-20"]),
        (["--kind", "expansion", "--customer", "Bolt", "--driver", "plan"], ["2025-04-01"]),
        (["--customer", "Nobody"], []),
    ],
)
def test_filters_narrow_the_list(built_once: Path, options: list[str], days: list[str]) -> None:
    answer = done("-w", built_once, "movements", *options, "--format", "json")
    assert [row["date"] for row in answer.json()] == days
    assert ("no movements match" in answer.err) == (not days)


def test_another_policy_has_movements_of_its_own(acme: Path) -> None:
    rows = done("-w", acme, "movements", "--kind", "churn", "--policy", "recurly", "--format", "json").json()
    assert [row["date"] for row in rows] == ["2025-03-31"]


def test_a_table_rounds_to_the_currencys_minor_unit(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        "customer_id,plan_id,starts_at,unit_amount,interval,currency\n"
        "Acme,Team,2025-01-10,10001,year,JPY\nBolt,Team,2025-01-10,10.01,year,USD\nCora,Team,2025-01-10,1,year,BHD\n",
        encoding="utf-8",
    )
    done("init", "w", cwd=tmp_path)
    done("-w", "w", "import", "items.csv", "--as", "items", cwd=tmp_path)
    done("-w", "w", "build", "--as-of", "2025-02-01", cwd=tmp_path)
    table = done("-w", "w", "movements", cwd=tmp_path)
    assert [line[-2:] for line in table.lines()[1:]] == [["833", "JPY"], ["0.83", "USD"], ["0.083", "BHD"]]
    exact = done("-w", "w", "movements", "--format", "csv", cwd=tmp_path).csv()
    assert [row["amount"] for row in exact] == ["833.416667", "0.834167", "0.083333"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "expanson"], "did you mean expansion?"),
        (["--driver", "seat"], "did you mean seats?"),
        (["--from", "yesterday"], "--from yesterday is not a date"),
        (["--to", "2025-02-30"], "--to 2025-02-30 is not a date"),
    ],
)
def test_wrong_filters_are_refused_with_a_remedy(built_once: Path, options: list[str], said: str) -> None:
    answer = upswell_command("-w", built_once, "movements", *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def movement_id(workspace: Path, *options: str) -> str:
    [row] = done("-w", workspace, "movements", *options, "--format", "json").json()
    return str(row["movement_id"])


def test_trace_goes_down_to_the_rows(built_once: Path) -> None:
    plan = movement_id(built_once, "--driver", "plan")
    text = done("-w", built_once, "trace", plan).out
    assert text.splitlines()[0] == f"{plan}  2025-04-01  Bolt  expansion by plan  150.00 USD  (Team -> Business)"
    assert "item_changed: the item counts before and after" in text
    assert "before  items.csv row 4 (i-000001)" in text
    assert "Business: 10 x 35.00 USD every month = 350.00 a month; plan, active, from 2025-04-01 on" in text


def test_trace_shows_a_discount_and_the_rows_sister_movements(built_once: Path) -> None:
    text = done("-w", built_once, "trace", movement_id(built_once, "--driver", "discount")).out
    assert "Team: 4 x 20.00 USD every month - 25 % = 60.00 a month; plan, active, from 2025-02-01 to 2025-05-01" in text
    plan = done("-w", built_once, "trace", movement_id(built_once, "--driver", "plan")).out
    assert len([line for line in plan.splitlines() if line.startswith("  beside")]) == 2


def test_trace_as_json(built_once: Path) -> None:
    asked = movement_id(built_once, "--kind", "churn")
    answer = done("-w", built_once, "trace", asked, "--format", "json").json()
    assert list(answer) == ["movement", "rule", "explanation", "together_with", "sources"]
    assert answer["movement"]["movement_id"] == asked
    assert answer["rule"] == "nothing_left"
    [source] = answer["sources"]
    assert (source["side"], source["file"], source["row"], source["mrr"]) == ("before", "items.csv", 8, "60.000000")


@pytest.mark.parametrize("unknown", ["nonsense", "20250315-0000000000000000", "20259999-0000000000000000"])
def test_trace_of_an_unknown_movement(built_once: Path, unknown: str) -> None:
    answer = upswell_command("-w", built_once, "trace", unknown)
    assert (answer.code, answer.out) == (2, "")
    assert f"there is no movement {unknown} in this book" in answer.err


def test_report_shows_the_last_complete_month(built_once: Path) -> None:
    text = done("-w", built_once, "report").out
    assert text.startswith("2025-05  Expansion MRR report, USD\npolicy strict, book b-000001 as of 2025-06-01")
    assert all(len(line) <= 120 for line in text.splitlines())
    lines = {line[:24].strip(): line[24:].split() for line in text.splitlines()}
    assert (lines["Opening MRR"], lines["Reactivation"]) == (["620.00"], ["78.00"])
    assert lines["discount"] == ["20.00"]
    assert lines["NRR, 1 month"] == ["103.2", "%"]
    assert lines["NRR, 12 months"][0] == "n/a"
    assert lines["Cedar Inc"] == ["20.00", "discount,", "Team"]


def test_report_of_another_month_lists_the_largest_first(built_once: Path) -> None:
    report = done("-w", built_once, "report", "--month", "2025-04", "--format", "json").json()
    assert [(each["customer_name"], each["driver"], each["amount"][:6]) for each in report["largest_expansions"]] == [
        ("Bolt AG", "plan", "150.00"),
        ("Bolt AG", "addon", "50.000"),
    ]
    assert [(line["driver"], line["value"][:6]) for line in report["expansion_by_driver"]][:2] == [
        ("plan", "150.00"),
        ("addon", "50.000"),
    ]
    assert report["complete"] is True


def test_report_of_a_month_still_running_says_so(built_once: Path) -> None:
    text = done("-w", built_once, "report", "--month", "2025-06").out
    assert text.splitlines()[0] == "2025-06  Expansion MRR report, USD, month incomplete"


def test_report_of_no_month(built_once: Path) -> None:
    answer = upswell_command("-w", built_once, "report", "--month", "June")
    assert (answer.code, answer.out) == (2, "")
    assert "'June' is not a month" in answer.err
