"""`upswell policies`: what there is, what each changes, and every switch of one in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

import upswell
from tests.interfaces.command import done, upswell_command

BOARD = """
[policies.board]
extends = "stripe"
past_due_churn_days = 30
summary = "As stripe, thirty days late is gone."
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    upswell.init(tmp_path / "acme")
    with (tmp_path / "acme" / "upswell.toml").open("a", encoding="utf-8") as settings:
        settings.write(BOARD)
    return tmp_path / "acme"


def test_the_list_has_presets_and_own_with_what_each_changes(acme: Path) -> None:
    rows = done("-w", acme, "policies", "--format", "json").json()
    assert [row["policy"] for row in rows][0::7] == ["strict", "board"]
    assert list(rows[0]) == ["policy", "source", "summary", "hash", "differs"]
    assert (rows[0]["source"], rows[0]["differs"]) == ("preset", {})
    assert rows[-1]["source"] == "upswell.toml"
    assert rows[-1]["differs"]["past_due_churn_days"] == 30
    assert len({row["hash"] for row in rows}) == len(rows)
    assert [row["policy"] for row in done("-w", acme, "policies", "--format", "csv").csv()] == [
        row["policy"] for row in rows
    ]


def test_the_table_says_what_differs_from_strict(acme: Path) -> None:
    told = " ".join(done("-w", acme, "policies").out.split())
    assert "differs from strict in" in told
    assert "netting = subscription, grouping = 60min" in told


def test_one_policy_is_explained_switch_by_switch(acme: Path) -> None:
    rows = done("-w", acme, "policies", "board", "--format", "json").json()
    assert list(rows[0]) == ["policy", "source", "hash", "switch", "value", "strict", "differs", "meaning"]
    late = next(row for row in rows if row["switch"] == "past_due_churn_days")
    assert (late["value"], late["strict"], late["differs"]) == (30, None, True)
    assert late["meaning"].startswith("An item 30 days past due counts nothing")
    assert len(rows) == 19


def test_the_table_of_one_marks_what_is_not_strict_and_names_source_and_hash(acme: Path) -> None:
    answer = done("-w", acme, "policies", "board")
    assert "source upswell.toml, hash " in answer.err
    marked = [line[0] for line in answer.lines() if "*" in line]
    assert marked[:2] == ["netting", "discounts"]
    assert "past_due_churn_days" in marked


def test_presets_can_be_read_before_there_is_a_workspace(tmp_path: Path) -> None:
    assert len(done("policies", "--format", "json", cwd=tmp_path).json()) == 7
    assert done("policies", "stripe", cwd=tmp_path).out
    (tmp_path / "mine.toml").write_text('name = "mine"\nweek = "4"\n', "utf-8")
    rows = done("policies", "mine.toml", "--format", "csv", cwd=tmp_path).csv()
    assert [row["switch"] for row in rows if row["differs"] == "true"] == ["week"]
    assert {row["source"] for row in rows} == {"mine.toml"}


def test_a_named_folder_must_be_a_workspace(tmp_path: Path) -> None:
    assert upswell_command("-w", tmp_path / "none", "policies").code == 4
    assert upswell_command("policies", cwd=tmp_path, env={"UPSWELL_WORKSPACE": str(tmp_path / "none")}).code == 4


def test_an_unknown_policy_is_refused_with_the_near_one(acme: Path) -> None:
    answer = upswell_command("-w", acme, "policies", "bord")
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean board?" in answer.err


def test_in_python_policies_are_found_with_their_source(acme: Path) -> None:
    workspace = upswell.open(acme)
    assert [found.source for found in workspace.policies()].count("upswell.toml") == 1
    (board,) = workspace.policies("board")
    assert board.policy.differences()["churn_date"] == "cancel_request"
