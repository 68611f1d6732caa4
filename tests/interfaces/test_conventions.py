"""What holds for every command: how the workspace is chosen, exit codes, streams, and errors without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import upswell
from tests.interfaces.command import Answer, done, upswell_command

COMMAND = [sys.executable, "-c", "from upswell.interfaces.cli import main; main()"]
QUESTIONS = [
    ("imports",),
    ("quarantine",),
    ("check",),
    ("metrics", "expansion_mrr"),
    ("movements",),
    ("report",),
    ("cohorts",),
    ("retention",),
    ("durability",),
    ("durability", "--at-risk"),
    ("durability", "--expanders"),
    ("forecast", "--months", "1"),
    ("pricing",),
    ("pricing", "next"),
    ("pricing", "attach"),
    ("pricing", "willingness"),
    ("opportunities",),
    ("opportunities", "leave-alone"),
    ("opportunities", "offer", "Acme"),
    ("opportunities", "handovers"),
    ("signals",),
    ("propensity",),
    ("propensity", "--backtest"),
    ("health",),
    ("health", "--customer", "Acme"),
    ("health", "--scorecard"),
    ("signals", "mrr", "headroom"),
    ("signals", "--customer", "Acme"),
    ("signals", "--catalogue"),
    ("offers",),
    ("offers", "list"),
    ("offers", "funnel"),
    ("offers", "effect"),
    ("touches",),
    ("touches", "list"),
    ("touches", "quiet-list"),
    ("touches", "suppressions"),
    ("touches", "guardrails"),
    ("revenue",),
    ("explain", "closing_mrr"),
    ("closings",),
    ("restatements",),
    ("corrections",),
    ("rates",),
    ("audit",),
    ("segment", "list"),
    ("note", "list"),
    ("users", "list"),
    ("tokens", "list"),
    ("doctor",),
]
REFUSED = [
    (["unheard-of"], 2),
    (["metrics"], 2),
    (["metrics", "arr", "--unknown"], 2),
    (["metrics", "arr", "--by"], 2),
    (["metrics", "arr", "--format", "xml"], 2),
    (["import", "items.csv"], 2),
    (["import", "items.csv", "--as", "item"], 2),
    (["import", "items.csv", "--as", "items", "--map", "customer_id"], 2),
    (["import", "items.csv", "--as", "items", "--source", " "], 2),
    (["import", "none.csv", "--as", "items"], 4),
    (["import", ".", "--as", "items"], 4),
    (["imports", "undo"], 2),
    (["imports", "undo", "i-999999"], 2),
    (["build", "--as-of", "soon"], 2),
    (["build", "--policy", "none"], 2),
    (["build", "--policy", "none.toml"], 2),
    (["trace"], 2),
    (["report", "--month", "2025"], 2),
    (["revenue", "--month", "2025"], 2),
    (["compare-policies"], 2),
    (["compare-policies", "strict"], 2),
    (["compare-policies", "strict", "strpe"], 2),
    (["compare-policies", "strict", "stripe", "--month", "2025"], 2),
    (["compare-policies", "strict", "stripe", "--month", "2025-03", "--from", "2025-03"], 2),
    (["compare-policies", "strict", "stripe", "--metric", "closing_mrr"], 2),
    (["compare-policies", "strict", "stripe", "--details", "-1"], 2),
    (["metrics", "arr", "--output", "arr.pdf"], 2),
    (["movements", "--output"], 2),
    (["report", "--output", "."], 2),
    (["export"], 2),
    (["export", "."], 4),
    (["cohorts", "none"], 2),
    (["cohorts", "--cohort", "driver"], 2),
    (["cohorts", "--ages", "-1"], 2),
    (["cohorts", "nrr", "--by", "driver"], 2),
    (["cohorts", "expansion", "--by", "driver", "--chart", "c.svg"], 2),
    (["retention", "--month", "2025"], 2),
    (["retention", "--by", "driver"], 2),
    (["durability", "--by", "kind"], 2),
    (["durability", "--driver", "seat"], 2),
    (["durability", "--draws", "1"], 2),
    (["durability", "--at-risk", "--expanders"], 2),
    (["durability", "--at-risk", "--by", "plan"], 2),
    (["forecast", "closing"], 2),
    (["forecast", "--months", "19"], 2),
    (["forecast", "--scenario", "luck"], 2),
    (["pricing", "realized"], 2),
    (["pricing", "lists", "--by", "plan"], 2),
    (["pricing", "attach", "--cohort", "week"], 2),
    (["opportunities", "--where", "driver = 'seats'"], 2),
    (["opportunities", "--limit", "0"], 2),
    (["opportunities", "leave-alone", "--guardrail", "shyness"], 2),
    (["opportunities", "offer", "none"], 2),
    (["opportunities", "hand-over", "none", "--to", "Kim"], 2),
    (["opportunities", "hand-over", "Acme"], 2),
    (["opportunities", "hand-over", "Acme", "--close", "won"], 2),
    (["opportunities", "hand-over", "Acme", "--close", "open"], 2),
    (["propensity", "--where", "colour = 'red'"], 2),
    (["propensity", "--by", "colour"], 2),
    (["propensity", "--limit", "0"], 2),
    (["propensity", "--fit", "--where", "country = 'DE'"], 2),
    (["health", "--customer", "none"], 2),
    (["health", "--where", "colour = 'red'"], 2),
    (["health", "--scorecard", "--customer", "Acme"], 2),
    (["signals", "head_room"], 2),
    (["signals", "mrr", "--day", "2999-01-01"], 2),
    (["signals", "mrr", "--where", "driver = 'seats'"], 2),
    (["signals", "mrr", "--order", "luck"], 2),
    (["signals", "mrr", "--limit", "0"], 2),
    (["signals", "--customer", "none"], 2),
    (["signals", "--customer", "Acme", "--catalogue"], 2),
    (["offers", "save"], 2),
    (["offers", "save", "none.toml"], 4),
    (["offers", "save", "none.toml", "--name", "x"], 2),
    (["offers", "save", "--name", "a b", "--title", "x", "--what", "seats"], 2),
    (["offers", "save", "--name", "x", "--title", "x", "--what", "gift"], 2),
    (["offers", "retire", "none"], 2),
    (["offers", "funnel", "--by", "plan"], 2),
    (["offers", "funnel", "--from", "soon"], 2),
    (["touches", "add", "none", "seats"], 2),
    (["touches", "add", "Acme", "none"], 2),
    (["touches", "add", "Acme", "seats", "--at", "soon"], 2),
    (["touches", "add", "Acme", "seats", "--discount", "much"], 2),
    (["touches", "outcome", "9", "accepted"], 2),
    (["touches", "quiet", "Acme"], 2),
    (["touches", "quiet", "none", "--reason", "x"], 2),
    (["touches", "quiet", "Acme", "--reason", "x", "--opt-out", "--incident"], 2),
    (["touches", "unquiet", "9"], 2),
    (["touches", "guardrails", "--from", "soon"], 2),
    (["retention", "--wrong", "--by", "plan"], 2),
    (["explain", "arpa"], 2),
    (["close"], 2),
    (["close", "2025"], 2),
    (["reopen", "2025-01", "--reason", "x"], 2),
    (["restatements", "2025-01"], 2),
    (["metrics", "arr", "--as-of", "2025-01"], 2),
    (["correct", "exclude", "none", "--reason", "x"], 2),
    (["correct", "merge", "--file", "none.csv", "--reason", "x"], 4),
    (["correct", "undo", "9", "--reason", "x"], 2),
    (["segment", "save", "a b", "plan = 'x'"], 2),
    (["segment", "remove", "none"], 2),
    (["forget", "none"], 2),
    (["users", "add", "kim"], 2),
    (["users", "add", "kim", "--role", "admin"], 2),
    (["users", "role", "none", "admin"], 2),
    (["users", "disable", "none"], 2),
    (["tokens", "add", "ci", "--user", "none", "--scope", "viewer"], 2),
    (["tokens", "revoke", "9"], 2),
    (["sql", "none"], 2),
    (["init", "."], 4),
    (["init", "w", "--timezone", "Mars"], 2),
    (["init", "w", "--policy", "none"], 2),
    (["demo", "."], 4),
    (["restore", "none.tar.gz"], 4),
    (["-w", "nowhere", "report"], 4),
    (["-w", "items.csv", "report"], 4),
]


@pytest.mark.parametrize(("arguments", "code"), REFUSED, ids=[" ".join(arguments) for arguments, _ in REFUSED])
def test_a_refused_command_has_its_exit_code_and_explains_itself_on_stderr(
    acme: Path, arguments: list[str], code: int
) -> None:
    (acme / "items.csv").write_text("customer_id,plan_id\n", encoding="utf-8")
    answer = upswell_command(*arguments, cwd=acme)
    assert (answer.code, answer.out) == (code, "")
    assert answer.err
    assert "Traceback" not in answer.err
    assert len(answer.err.splitlines()) <= 5


def test_an_unknown_currency_is_refused(tmp_path: Path) -> None:
    answer = upswell_command("init", "w", "--currency", "XYZ", cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "XYZ" in answer.err
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "variable",
    ["UPSWELL_LOCK_WAIT", "UPSWELL_MEMORY_LIMIT"],
)
def test_a_malformed_variable_is_refused_by_name(acme: Path, variable: str) -> None:
    answer = in_a_process(acme, "build", "--as-of", "2025-06-01", env={variable: "plenty"})
    assert answer.code in {2, 4}
    assert variable in answer.err
    assert "Traceback" not in answer.err


def test_exit_codes_0_1_2_3_4_are_what_the_errors_say() -> None:
    codes = {code.name: code.value for code in upswell.UpswellError.exit_code.__class__}
    assert codes == {"DONE": 0, "CHECK_FAILED": 1, "WRONG_USAGE": 2, "ROWS_HELD_BACK": 3, "UNUSABLE": 4}


@pytest.mark.parametrize("question", QUESTIONS, ids=[question[0] for question in QUESTIONS])
def test_json_stands_alone_on_stdout(built_once: Path, question: tuple[str, ...]) -> None:
    for arguments in ((*question, "-w", built_once, "--format", "json"), ("--format", "json", *question)):
        answer = done(*arguments, cwd=built_once)
        assert isinstance(answer.json(), list | dict)
        assert answer.out.endswith(("]\n", "}\n"))


@pytest.mark.parametrize(
    "question", [("imports",), ("metrics", "arr"), ("movements",)], ids=lambda question: question[0]
)
def test_the_workspace_is_named_before_or_after_the_command(
    built_once: Path, tmp_path: Path, question: tuple[str, ...]
) -> None:
    asked = (*question, "--format", "csv")
    before = done("-w", built_once, *asked, cwd=tmp_path).out
    assert done(*asked, "-w", built_once, cwd=tmp_path).out == before
    assert done(*asked, "--workspace", built_once, cwd=tmp_path).out == before
    assert done(*asked, cwd=tmp_path, env={"UPSWELL_WORKSPACE": str(built_once)}).out == before
    assert done(*asked, cwd=built_once).out == before


def test_an_option_wins_over_the_variable_and_the_later_over_the_earlier(built_once: Path, tmp_path: Path) -> None:
    elsewhere = {"UPSWELL_WORKSPACE": str(tmp_path)}
    assert done("-w", built_once, "report", cwd=tmp_path, env=elsewhere).out
    assert done("-w", tmp_path, "report", "-w", built_once, cwd=tmp_path, env=elsewhere).out
    assert upswell_command("report", cwd=built_once, env=elsewhere).code == 4


def test_version() -> None:
    assert done("--version").out == f"{upswell.__version__}\n"


def test_help() -> None:
    listed = done("--help").out
    assert "Commands:" in listed
    nothing = upswell_command()
    assert (nothing.code, "Commands:" in nothing.out + nothing.err) == (2, True)


def test_a_reader_that_leaves_early_is_no_error(built_once: Path) -> None:
    question = [*COMMAND, "-w", str(built_once), "movements", "--format", "json"]
    with subprocess.Popen(question, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_new_process_prints_the_same(built_once: Path) -> None:
    asked = ("-w", str(built_once), "metrics", "arr", "--format", "json")
    answer = in_a_process(built_once, *asked)
    assert json.loads(answer.out) == done(*asked).json()
    assert answer.err == done(*asked).err


def in_a_process(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Answer:
    """Run a command in a process of its own, as a shell does."""
    run = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(run.returncode, run.stdout, run.stderr)
