"""`upswell segment`, `note`, `audit`, and what the doctor says of the store behind them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.interfaces.command import done, upswell_command


def test_a_saved_filter_is_used_by_its_name(acme: Path) -> None:
    assert "segment team: plan = 'Team'" in done("-w", acme, "segment", "save", "team", "plan = 'Team'").err
    asked = ("metrics", "closing_mrr", "--from", "2025-03", "--to", "2025-03", "--format", "csv")
    assert done("-w", acme, *asked, "--segment", "team").out == done("-w", acme, *asked, "--where", "plan = 'Team'").out
    both = done("-w", acme, *asked, "--segment", "team", "--where", "plan = 'None'")
    assert both.out.splitlines()[1].split(",")[2] == "0.000000"
    assert [row["name"] for row in json.loads(done("-w", acme, "segment", "list", "--format", "json").out)] == ["team"]
    done("-w", acme, "segment", "remove", "team")
    assert upswell_command("-w", acme, *asked, "--segment", "team").code == 2


def test_a_filter_that_cannot_be_read_is_not_saved(acme: Path) -> None:
    for expression in ("plan = 'Team", "plam = 'Team'", "plan = upper('x')"):
        answer = upswell_command("-w", acme, "segment", "save", "wrong", expression)
        assert (answer.code, "remedy" in answer.err) == (2, True), expression
    assert json.loads(done("-w", acme, "segment", "list", "--format", "json").out) == []


def test_everything_that_was_done_has_a_line_with_who_did_it(acme: Path) -> None:
    who = {"UPSWELL_AUTHOR": "kim"}
    done("-w", acme, "note", "add", "Acme", "asked for SSO", env=who)
    done("-w", acme, "segment", "save", "team", "plan = 'Team'", "--author", "lee", env=who)
    done("-w", acme, "build", "--as-of", "2025-06-01", env=who)
    lines = json.loads(done("-w", acme, "audit", "--format", "json").out)
    assert [(line["author"], line["action"], line["subject"]) for line in lines[-3:]] == [
        ("kim", "note", "Acme"),
        ("lee", "segment", "team"),
        ("kim", "build", "b-000002"),
    ]
    assert [line["action"] for line in lines[:2]] == ["import", "import"]
    notes = json.loads(done("-w", acme, "note", "list", "Acme", "--format", "json").out)
    assert [(note["author"], note["text"]) for note in notes] == [("kim", "asked for SSO")]


def test_the_doctor_names_the_store(acme: Path) -> None:
    rows = json.loads(done("-w", acme, "doctor", "--format", "json").out)
    state = next(row for row in rows if row["subject"] == "state")
    assert state["found"].startswith("SQLite sqlite:///")
    assert state["found"].endswith("revision 0003, current")
    refused = upswell_command("-w", acme, "doctor", env={"UPSWELL_STATE_URL": "mysql://db/state"})
    assert (refused.code, "the state's URL cannot be used" in refused.out) == (4, True)
