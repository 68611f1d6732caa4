"""What commands print: tables for people, JSON and CSV for programs.

JSON and CSV go to stdout alone; every message goes to stderr. Money is printed as decimal text: exact in JSON and
CSV, rounded to the currency's minor unit in tables.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table

from upswell.errors import UpswellError
from upswell.exports.csv_lines import CsvLines
from upswell.exports.texts import neutral, without_controls
from upswell.interfaces.plain.values import json_text, plain


class Format(str, Enum):  # noqa: UP042 -- typer shows and parses a str Enum by its values
    """How a command prints its answer."""

    table = "table"
    json = "json"
    csv = "csv"


class ReportFormat(str, Enum):  # noqa: UP042 -- the same
    """How `report` prints its answer: as the others do, or as a page."""

    table = "table"
    json = "json"
    csv = "csv"
    html = "html"


def say(message: str) -> None:
    """A message for the person at the terminal: stderr, so that stdout stays the answer."""
    _stderr().print(printable(message), soft_wrap=True)


def print_error(error: UpswellError) -> None:
    """One error in at most five short lines."""
    say(f"error: {error.message}")
    for label, text in (("where", error.where), ("expected", error.expected), ("found", error.found)):
        if text:
            say(f"  {label + ':':<10}{text}")
    say(f"  {'remedy:':<10}{error.remedy}")


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Sequence[str],
    output: Format,
    right: Iterable[str] = (),
    shown: Sequence[str] | None = None,
) -> None:
    """Print rows of plain values. `columns` orders JSON and CSV; `shown` (default: all) the table."""
    if output is Format.json:
        print_json([{name: row[name] for name in columns if name in row} for row in rows])
    elif output is Format.csv:
        _print_csv(rows, columns)
    else:
        _print_table(rows, shown or columns, right=frozenset(right))


def print_json(value: Any) -> None:
    """One JSON document on stdout; decimals as text, dates as ISO text."""
    sys.stdout.write(json_text(value, indent=1) + "\n")


def printable(text: str) -> str:
    """`text` without control characters: a customer's name must not steer the reader's terminal."""
    return without_controls(text)


def stdout() -> Console:
    """The console for tables. Wide enough not to fold columns when the output is a file or a pipe."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False, emoji=False)


def _stderr() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def _print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    # A spreadsheet that opens it runs what looks like a formula; JSON has every text as it is.
    lines = CsvLines(sys.stdout)
    lines.headings(columns)
    lines.rows(["" if row.get(name) is None else neutral(_cell(row[name])) for name in columns] for row in rows)


def _print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, right: frozenset[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(name) is None else printable(_cell(row[name])) for name in columns))
    stdout().print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json_text(value)
    return str(plain(value)) if isinstance(value, Decimal | date | datetime) else str(value)
