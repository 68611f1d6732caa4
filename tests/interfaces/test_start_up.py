"""The start-up promise, held without a clock: asking for help loads none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHARTS = ("altair", "vl_convert", "jinja2", "narwhals")
STATE = ("sqlalchemy", "alembic", "psycopg", "argon2")
ANALYSIS = ("numpy", "pandas", "scipy", "statsforecast")
HEAVY = ("duckdb", "pyarrow", "sqlglot", "upswell.workspace", "upswell.ledger", *ANALYSIS, *CHARTS, *STATE)
SCRIPT = f"""
import sys
from upswell.interfaces.cli import main
sys.argv = ["upswell", *sys.argv[1:]]
try:
    main()
except SystemExit as left:
    code = left.code
print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["metrics", "--help"],
        ["report", "--help"],
        ["compare-policies", "--help"],
        ["movements", "--help"],
        ["export", "--help"],
        ["cohorts", "--help"],
        ["retention", "--help"],
        ["durability", "--help"],
        ["forecast", "--help"],
        ["pricing", "--help"],
        ["opportunities", "--help"],
        ["opportunities", "leave-alone", "--help"],
        ["signals", "--help"],
        ["offers", "--help"],
        ["offers", "save", "--help"],
        ["touches", "--help"],
        ["propensity", "--help"],
        ["health", "--help"],
        ["restatements", "--help"],
        ["correct", "--help"],
        ["correct", "link", "--help"],
        ["forget", "--help"],
        ["rates", "--help"],
        ["segment", "save", "--help"],
        ["users", "add", "--help"],
        ["tokens", "add", "--help"],
        ["import", "--help"],
        ["imports", "--help"],
        ["imports", "undo", "--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-c", SCRIPT, *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stderr.strip() == "[] 0"
    assert answer.stdout


def test_importing_upswell_loads_nothing_heavy() -> None:
    script = f"import sys, upswell; print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_figures_without_a_chart_load_no_library_of_charts(built_once: Path) -> None:
    script = SCRIPT.replace(repr(HEAVY), repr(CHARTS))
    for question in (["report"], ["metrics", "arr"]):
        command = [sys.executable, "-c", script, "-w", str(built_once), *question]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        assert answer.stderr.splitlines()[-1] == "[] 0"
