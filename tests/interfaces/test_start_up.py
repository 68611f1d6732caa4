"""The start-up promise, held without a clock: asking for help loads none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("duckdb", "pyarrow", "pandas", "numpy", "sqlglot", "upswell.workspace", "upswell.ledger")
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
