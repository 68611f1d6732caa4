"""The examples of a page: files, commands and Python, run in page order in a folder of their own.

A page is text between fences. Three kinds of fence are alive:

    ```csv billing.csv            a file: its text is written to billing.csv
    ```console                    commands after `$ `, each followed by what it prints
    ```python                     statements after `>>> `, each followed by what it prints

`replay(page)` runs them in a fresh folder and gives the page with everything printed put in its place: a page is
current exactly when it is equal to its replay. What must differ from day to day is replaced by a word (`VARYING`).
Only `upswell` (whose answer may go to a file, `> FILE`, or which may read one, `< FILE`), `export NAME=VALUE` and
`echo $?` are commands; they run inside this process, which saves a second each.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from unittest import mock

from upswell.interfaces.cli import app as command_line
from upswell.interfaces.cli import main
from upswell.interfaces.cli.output import Format

# What no page can know beforehand: the time of an import, a closing, a line of the log or an export's newest file,
# a secret, and the size of a file. The words keep the width of columns.
VARYING: Final = (
    (re.compile(r"as of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "as of YYYY-MM-DDThh:mm:ssZ"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00"), "YYYY-MM-DD hh:mm:ss+00:00"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"), "YYYY-MM-DDThh:mm:ss.uuuuuu+00:00"),
    (re.compile(r"(closed|reopened|until) \d{4}-\d\d-\d\d \d\d:\d\d"), r"\1 YYYY-MM-DD hh:mm"),
    (re.compile(r"open since \d{4}-\d\d-\d\d"), "open since YYYY-MM-DD"),
    (re.compile(r"(?<=[ ,])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "YYYY-MM-DDThh:mm:ssZ"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?=  \w)"), "YYYY-MM-DD hh:mm:ss"),
    (re.compile(r"upw_[\w-]{43}"), "upw_xxxxxxxxxxxx"),
    # A secret that stands alone, as an invitation's does.
    (re.compile(r"^[\w-]{43}$", re.MULTILINE), "xxxxxxxxxxxx"),
    (re.compile(r"forgotten-[0-9a-f]{12}"), "forgotten-xxxxxxxxxxxx"),
    (re.compile(r"\([\d,]+ bytes\)"), "(N bytes)"),
)
_FENCE: Final = "```"
_FILE_FENCE: Final = re.compile(r"```[a-z]+ (?P<file>[\w./-]+)")


def replay(page: str) -> str:
    """The page with the output of every command and statement as it is today.

    Raises `ValueError` for a command that is none of the three and for a fence that is never closed.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), mock.patch.dict(os.environ):
        os.environ["COLUMNS"] = "80"
        os.environ.pop("UPSWELL_WORKSPACE", None)
        return "".join(_Session().lines(page))


@dataclass
class _Session:
    """What a reader has on the way down a page: the last exit code and the Python names so far."""

    exit_code: int = 0
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})

    def lines(self, page: str) -> Iterator[str]:
        rows = iter(page.splitlines(keepends=True))
        for row in rows:
            yield row
            opening = row.strip()
            if opening.startswith(_FENCE):
                block = _block(rows)
                yield from self._run(opening, block)
                yield f"{_FENCE}\n"

    def _run(self, opening: str, block: list[str]) -> Iterator[str]:
        file = _FILE_FENCE.fullmatch(opening)
        if file is not None:
            Path(file["file"]).parent.mkdir(parents=True, exist_ok=True)
            Path(file["file"]).write_text("".join(block), encoding="utf-8")
        if opening == "```console":
            yield from self._commands(block)
        elif opening == "```python":
            yield from self._statements(block)
        else:
            yield from block

    def _commands(self, block: list[str]) -> Iterator[str]:
        for asked in _asked(block, first="$ ", more="> "):
            yield from asked
            command = "".join(line[2:] for line in asked).replace("\\\n", " ")
            yield _as_shown(self._command(command))

    def _command(self, command: str) -> str:
        match shlex.split(command):
            case ["upswell", *arguments, ">", file]:
                with Path(file).open("w", encoding="utf-8") as answer:
                    self.exit_code, printed = run_upswell(*arguments, answer=answer)
                return printed
            case ["upswell", *arguments, "<", file]:
                with Path(file).open(encoding="utf-8") as given, mock.patch.object(sys, "stdin", given):
                    self.exit_code, printed = run_upswell(*arguments)
                return printed
            case ["upswell", *arguments]:
                self.exit_code, printed = run_upswell(*arguments)
                return printed
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                os.environ[name] = value
                return ""
            case ["echo", "$?"]:
                return f"{self.exit_code}\n"
            case _:
                raise ValueError(f"an example may not run: {command.strip()}")

    def _statements(self, block: list[str]) -> Iterator[str]:
        for asked in _asked(block, first=">>> ", more="... "):
            yield from asked
            yield _as_shown(self._statement("".join(line[4:] for line in asked)))

    def _statement(self, source: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(source, "<page>", "single"), self.names)
            except Exception as error:  # a page may show any error, as the interpreter would
                print(f"{type(error).__module__}.{type(error).__qualname__}: {error}")
        return printed.getvalue()


def run_upswell(*arguments: str, answer: IO[str] | None = None) -> tuple[int, str]:
    """Run one command in this process: its exit code, and what a terminal shows: both streams, in order.

    Stdout goes to `answer` instead, where it is given.
    """
    printed = io.StringIO()
    # The command line keeps what was chosen before the command name for the length of a process.
    command_line._chosen.workspace, command_line._chosen.output = None, Format.table
    with (
        mock.patch.object(sys, "argv", ["upswell", *arguments]),
        # Else a usage line would begin with `python -m docs.upswell`.
        mock.patch.object(sys.modules["__main__"], "__package__", None),
        contextlib.redirect_stdout(answer or printed),
        contextlib.redirect_stderr(printed),
    ):
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def _block(rows: Iterator[str]) -> list[str]:
    block: list[str] = []
    for row in rows:
        if row.strip() == _FENCE:
            return block
        block.append(row)
    raise ValueError("a fence is never closed")


def _asked(block: list[str], *, first: str, more: str) -> Iterator[list[str]]:
    """The prompts of a block, each with the lines that continue it; what was printed is left out."""
    asked: list[str] = []
    for line in block:
        if line.startswith(first):
            if asked:
                yield asked
            asked = [line]
        elif asked and line.startswith(more) and _continues(asked, more):
            asked.append(line)
    if asked:
        yield asked


def _continues(asked: list[str], more: str) -> bool:
    return more == "... " or asked[-1].endswith("\\\n")


def _as_shown(printed: str) -> str:
    for pattern, word in VARYING:
        printed = pattern.sub(word, printed)
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    return "".join(f"{line}\n" for line in lines)
