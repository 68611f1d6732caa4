"""Rendering the family of retention figures, and the formulas that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.interfaces.cli.output import Format, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.figures import MISTAKE_COLUMNS, mistake_rows, retention_rows
from upswell.ledger.books import BookManifest
from upswell.money.amount import rounded

_KEYS: Final = ("lag", "basis", "reactivation")
_MISTAKE_TABLE: Final = ("mistake", "formula", "value", "right", "right_value", "error_in_points")


def show_retention(table: pa.Table, manifest: BookManifest, policy: str, output: Format) -> None:
    """The matrix of a month with its formulas, or one row for each figure."""
    rows = table.to_pylist()
    _say_book(rows, manifest, policy)
    by = table.column_names[1 : table.column_names.index("lag")]
    if output is not Format.table:
        print_rows(retention_rows(table), columns=table.column_names, output=output)
        return
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in (*by, *_KEYS))
        line = lines.setdefault(key, {**{name: row[name] or "(none)" for name in by}, **_named(row)})
        line[row["metric"]] = "n/a" if row["value"] is None else f"{row['value']:.4f}"
        if row["policy"]:
            line["policy"] = policy
    shown = (*by, *_KEYS, "nrr", "grr", "policy")
    print_rows(list(lines.values()), columns=shown, output=Format.table, right=["nrr", "grr"])
    for formula in dict.fromkeys(_described(row) for row in rows if row["value"] is not None and row["lag"] == "12"):
        say(formula)
    for reason in dict.fromkeys(row["reason"] for row in rows if row["reason"] is not None):
        say(f"n/a: {reason}")


def show_mistakes(table: pa.Table, manifest: BookManifest, policy: str, output: Format) -> None:
    """Wrong formulas, what is right, and the error in percentage points."""
    rows = table.to_pylist()
    _say_book(rows, manifest, policy)
    if output is not Format.table:
        print_rows(mistake_rows(table), columns=MISTAKE_COLUMNS, output=output)
        return
    for row in rows:
        for name in ("value", "right_value"):
            row[name] = "n/a" if row[name] is None else f"{row[name]:.4f}"
        row["error_in_points"] = "n/a" if row["error"] is None else _points(row["error"])
    right = ("value", "right_value", "error_in_points")
    print_rows(rows, columns=_MISTAKE_TABLE, output=output, right=right)
    for reason in dict.fromkeys(row["reason"] for row in rows if row["reason"] is not None):
        say(f"n/a: {reason}")


def _say_book(rows: list[dict[str, Any]], manifest: BookManifest, policy: str) -> None:
    month = f"{rows[0]['month']}: " if rows else ""
    say(f"{month}policy {policy}, book {manifest.book_id} as of {manifest.as_of.isoformat()}")
    if rows and not rows[0]["complete"]:
        say(f"{rows[0]['month']} is not over: its figures are those of a part of it")
    say_held_back(manifest)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _KEYS}


def _described(row: Mapping[str, Any]) -> str:
    formula, _, _ = row["formula"].partition("; then: ")
    return f"{row['metric']}, {row['basis']}, {row['reactivation']} reactivation: {formula}"


def _points(error: Decimal) -> str:
    points = rounded(error * 100, decimals=2)
    return f"{points:+}" if points else str(points)
