"""`durability`: the table people read, the shapes that scripts depend on, and refusals that look like none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.interfaces.command import done, upswell_command

NINE_AND_LATE: Final = "customer <> 'c11' and customer <> 'c10' and customer <> 'c09'"


def items() -> Iterator[str]:
    """Twelve customers add two seats at 20.00 in June 2024; the first three give them back 45 days later."""
    yield "customer_id,plan_id,starts_at,ends_at,quantity,unit_amount"
    for number in range(12):
        yield f"c{number:02d},Team,2024-01-01,2024-06-01,5,20.00"
        yield f"c{number:02d},Team,2024-06-01,{'2024-07-16' if number < 3 else ''},7,20.00"
        if number < 3:
            yield f"c{number:02d},Team,2024-07-16,,5,20.00"
    yield "late,Team,2024-01-01,2025-12-20,5,20.00"
    yield "late,Team,2025-12-20,2026-02-01,6,20.00"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("durability")
    (folder / "items.csv").write_text("\n".join(items()), "utf-8")
    workspace = upswell.init(folder / "w")
    workspace.import_file(folder / "items.csv", table="items")
    workspace.build(as_of=datetime(2026, 1, 1, tzinfo=UTC))
    return folder / "w"


def test_shares_by_driver_with_intervals_and_how_sure_they_are(company: Path) -> None:
    answer = done("-w", company, "durability")
    heading, line = (row.split() for row in answer.out.splitlines())
    assert heading == [
        *("driver", "expansions", "customers", "expanded"),
        *("30", "days", "90", "days", "180", "days", "365", "days"),
    ]
    assert line[:7] == ["seats", "13", "13", "500.00", "100.0", "%", "(73.5-100.0)"]
    assert line[7:9] == ["75.0", "%"]  # 360 of 480
    assert answer.err.splitlines()[0] == "policy strict, book b-000001 as of 2026-01-01T00:00:00+00:00, money in USD"
    assert "How sure are we?" in answer.err
    assert "customers, whole, were drawn 200 times" in answer.err


def test_what_cannot_be_told_is_na_with_its_reason_and_null_in_json(company: Path) -> None:
    few = done("-w", company, "durability", "--where", NINE_AND_LATE)
    assert few.out.count("n/a") == 4
    assert "n/a: seats: 9 customers with an expansion 90 days old, fewer than 10" in few.err
    assert "4 of 4 shares cannot be told; each says why." in few.err
    rows = done("-w", company, "--format", "json", "durability", "--where", NINE_AND_LATE).json()["rows"]
    assert [row["share"] for row in rows] == [None] * 4
    assert all(row["reason"] for row in rows)


def test_the_rows_as_csv(company: Path) -> None:
    rows = done("-w", company, "durability", "--by", "term", "--format", "csv").csv()
    assert list(rows[0]) == [
        *("driver", "value", "days", "share", "low", "high", "expansions", "customers", "expanded"),
        *("customers_seen", "money_seen", "reason"),
    ]
    assert [(row["value"], row["days"], row["share"]) for row in rows][1] == ("month", "90", "0.75")


def test_expansions_at_risk(company: Path) -> None:
    answer = done("-w", company, "durability", "--at-risk")
    assert "it leaves on 2026-02-01, as scheduled" in answer.out
    assert "1 expansion of the last year is at risk: 20.00 of 20.00 USD still there" in answer.err
    (row,) = done("-w", company, "durability", "--at-risk", "--format", "csv").csv()
    assert (row["customer_id"], row["left"]) == ("late", "20.000000")


def test_too_few_expanders_are_no_comparison(company: Path) -> None:
    answer = done("-w", company, "durability", "--expanders")
    assert answer.out == ""
    assert answer.err.strip() == "n/a: 0 customers had expanded by then, fewer than 20"


def test_two_questions_at_once_are_refused(company: Path) -> None:
    answer = upswell_command("-w", company, "durability", "--at-risk", "--driver", "seats")
    assert answer.code == 2
    assert "--at-risk is a question of its own" in answer.err
