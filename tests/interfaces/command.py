"""Running `upswell` as a script would: arguments in; exit code, stdout and stderr out.

Commands run inside this process, which saves a second each. An error that is not Upswell's own comes through as the
exception it is and fails the test, as it would show a person a traceback.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from upswell.interfaces.cli import app as command_line
from upswell.interfaces.cli import main
from upswell.interfaces.cli.output import Format


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """stdout as one JSON document; nothing else may stand there."""
        return json.loads(self.out)

    def csv(self) -> list[dict[str, str]]:
        """stdout as CSV with its headings."""
        return list(csv.DictReader(io.StringIO(self.out)))

    def lines(self) -> list[list[str]]:
        """stdout as a table: its lines as words."""
        return [line.split() for line in self.out.splitlines()]


def upswell_command(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Answer:
    """Run one command in `cwd` with the variables `env` beside those there are; UPSWELL_WORKSPACE only if given."""
    out, err = io.StringIO(), io.StringIO()
    # The command line keeps what was chosen before the command name for the length of a process.
    command_line._chosen.workspace, command_line._chosen.output = None, Format.table
    inherited = {name: value for name, value in os.environ.items() if name != "UPSWELL_WORKSPACE"}
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, {**inherited, "COLUMNS": "80", **(env or {})}, clear=True),
        mock.patch.object(sys, "argv", ["upswell", *(str(argument) for argument in arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        else:
            code = 0
    return Answer(code, out.getvalue(), err.getvalue())


def done(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Answer:
    """The same for a command that must succeed."""
    answer = upswell_command(*arguments, cwd=cwd, env=env)
    assert answer.code == 0, answer.err
    return answer
