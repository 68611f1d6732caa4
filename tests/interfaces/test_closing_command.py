"""`upswell close`, `reopen`, `closings`, `restatements`, and `--as-of` on every question."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command

HEAD = "customer_id,plan_id,quantity,unit_amount,starts_at,ends_at\n"
BILLED = (
    HEAD + "acme,team,10,20.00,2026-01-05,2026-09-10\nacme,team,12,20.00,2026-09-10,\nbolt,team,3,20.00,2026-02-10,\n"
)
LATE = HEAD + "bolt,team,3,20.00,2026-02-10,2026-09-20\nbolt,team,6,20.00,2026-09-20,\n"


@pytest.fixture
def restated(tmp_path: Path) -> Path:
    """A workspace whose September was closed by kim, and whose late.csv came in October."""
    (tmp_path / "billed.csv").write_text(BILLED, "utf-8")
    (tmp_path / "late.csv").write_text(LATE, "utf-8")
    done("init", "acme", cwd=tmp_path)
    folder = tmp_path / "acme"
    done("-w", folder, "import", "billed.csv", "--as", "items", cwd=tmp_path)
    done("-w", folder, "build", "--as-of", "2026-10-02", cwd=tmp_path)
    said = done("-w", folder, "close", "2026-09", "--author", "kim", cwd=tmp_path)
    assert "2026-09 closed by kim: book b-000001, policies strict" in said.err
    done("-w", folder, "import", "late.csv", "--as", "items", cwd=tmp_path)
    done("-w", folder, "build", "--as-of", "2026-10-12", cwd=tmp_path)
    return folder


def test_restatements_in_every_format(restated: Path) -> None:
    table = done("-w", restated, "restatements")
    assert "UTC by kim, policy strict: restated" in table.err
    assert "expansion_mrr           40.00    100.00       60.00" in table.out
    assert "import i-000002, late.csv" in table.out
    [found] = json.loads(done("-w", restated, "restatements", "2026-09", "--format", "json").out)
    assert (found["month"], found["closed_by"], found["lines"][0]["difference"]) == ("2026-09", "kim", "60.000000")
    [row] = csv.DictReader(io.StringIO(done("-w", restated, "restatements", "--format", "csv").out))
    assert (row["customer_id"], row["difference"], row["causes"]) == ("bolt", "60", "import i-000002, late.csv")


@pytest.mark.parametrize(
    ("asked", "then", "now"),
    [
        (("metrics", "expansion_mrr", "--from", "2026-09", "--to", "2026-09"), "40.00", "100.00"),
        (("movements", "--from", "2026-09", "--to", "2026-09", "--customer", "bolt"), None, "60.00"),
        (("report", "--month", "2026-09"), "300.00", "360.00"),
        (("explain", "closing_mrr", "--month", "2026-09"), " 60.00", "120.00"),
        (("cohorts", "mrr"), "240.00", "120.00"),
        (("retention", "--month", "2026-09"), "1.1538", "1.3846"),
        (("revenue", "--month", "2026-09"), "300.00", "360.00"),
    ],
)
def test_every_question_is_answered_as_reported(
    restated: Path, asked: tuple[str, ...], then: str | None, now: str
) -> None:
    reported = done("-w", restated, *asked, "--as-of", "2026-09")
    assert reported.err.startswith("as reported: 2026-09 closed ")
    assert now not in reported.out
    assert then is None or then in reported.out
    assert now in done("-w", restated, *asked).out


def test_a_movement_is_traced_as_reported(restated: Path) -> None:
    late = json.loads(
        done("-w", restated, "movements", "--customer", "bolt", "--from", "2026-09", "--format", "json").out
    )
    assert "late.csv row 3" in done("-w", restated, "trace", late[0]["movement_id"]).out
    refused = upswell_command("-w", str(restated), "trace", late[0]["movement_id"], "--as-of", "2026-09")
    assert (refused.code, "there is no movement" in refused.err) == (2, True)


def test_a_file_says_that_it_is_as_reported(restated: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- of this test alone

    done("-w", restated, "metrics", "expansion_mrr", "--as-of", "2026-09", "--output", tmp_path / "reported.parquet")
    said = pq.read_schema(tmp_path / "reported.parquet").metadata[b"upswell.standing"].decode()
    assert said.startswith("as reported: 2026-09 closed ")


def test_restatements_go_to_a_file_with_their_causes(restated: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- of this test alone

    said = done("-w", restated, "restatements", "--output", tmp_path / "restated.parquet")
    assert "1 row written" in said.err
    [row] = pq.read_table(tmp_path / "restated.parquet").to_pylist()
    assert (row["customer_id"], row["difference"], row["causes"]) == ("bolt", 60, "import i-000002, late.csv")


def test_the_page_of_a_closed_month_says_so(restated: Path) -> None:
    page = done("-w", restated, "report", "--month", "2026-09", "--format", "html").out
    assert "figures were restated since" in page
    then = done("-w", restated, "report", "--month", "2026-09", "--format", "html", "--as-of", "2026-09").out
    assert "as reported: 2026-09 closed" in then


def test_reopening_needs_a_reason_and_stays_in_the_list(restated: Path) -> None:
    assert upswell_command("-w", str(restated), "reopen", "2026-09").code == 2
    said = done("-w", restated, "reopen", "2026-09", "--reason", "bolt", "--author", "lee")
    assert "2026-09 reopened by lee: bolt" in said.err
    rows = json.loads(done("-w", restated, "closings", "--format", "json").out)
    assert [(row["action"], row["author"], row["reason"]) for row in rows] == [
        ("close", "kim", None),
        ("reopen", "lee", "bolt"),
    ]
    assert "no month is closed" in done("-w", restated, "restatements").err


def test_wrong_questions_are_refused_with_a_remedy(restated: Path) -> None:
    for asked, said in (
        (("metrics", "arr", "--as-of", "2026-08"), "2026-08 is not closed"),
        (("metrics", "arr", "--as-of", "2020-01-01"), "nothing was known as of"),
        (("metrics", "arr", "--as-of", "then"), "--as-of then is not a time"),
        (("close", "2026-13"), "2026-13"),
    ):
        answer = upswell_command("-w", str(restated), *asked)
        assert (answer.code, said in answer.err, "remedy" in answer.err) == (2, True, True), asked
