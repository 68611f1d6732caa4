"""Rendering cohorts: a triangle for people, one row for each cohort and age for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from upswell.interfaces.cli.output import Format, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.cli.show_chart import write_chart
from upswell.interfaces.plain.figures import cohort_columns, cohort_rows
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text

if TYPE_CHECKING:
    import altair as alt

_ABSENT: Final = "·"


@dataclass(frozen=True)
class Triangle:
    """Cohorts as rows and ages as columns, as texts; `notes` say why a cell is absent."""

    columns: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...]


def show_cohorts(table: pa.Table, measure: str, manifest: BookManifest, policy: str, output: Format) -> None:
    """The triangle with its footnotes, or the rows with money exact."""
    say(
        f"{measure} of cohorts by age in months: policy {policy}, book {manifest.book_id} as of "
        f"{manifest.as_of.isoformat()}, money in {manifest.currency}"
    )
    say_held_back(manifest)
    if output is not Format.table:
        print_rows(cohort_rows(table), columns=cohort_columns(table), output=output)
        return
    shown = triangle(table, currency=manifest.currency)
    right = [name for name in shown.columns if name not in shown.words]
    print_rows(shown.rows, columns=shown.columns, output=Format.table, right=right)
    for note in shown.notes:
        say(note)


def triangle(table: pa.Table, *, currency: str) -> Triangle:
    """The table as texts; ages that no cohort has reached are left out."""
    rows = table.to_pylist()
    ages = sorted({row["age"] for row in rows if row["reached"]})
    words = ("cohort", "driver") if "driver" in table.column_names else ("cohort",)
    lines: dict[tuple[str | None, ...], dict[str, str]] = {}
    for row in rows:
        line = lines.setdefault(tuple(row[word] for word in words), _heading(row, words, currency))
        if row["age"] in ages:
            line[str(row["age"])] = _cell(row, currency)
    absent = next((row["reason"] for row in rows if not row["reached"] and row["age"] in ages), None)
    unknown = dict.fromkeys(f"n/a: {row['reason']}" for row in rows if row["reached"] and row["value"] is None)
    notes = [*unknown] if absent is None else [*unknown, f"{_ABSENT} not there yet: {absent}; and so on"]
    if not lines:
        notes.append("no customer first paid in these months")
    columns = (*words, "customers", "base", *map(str, ages))
    return Triangle(columns, words, tuple(lines.values()), tuple(notes))


def write_curves(chart: alt.LayerChart, table: pa.Table, file: Path, *, currency: str) -> Path:
    """Write the chart to `file`: a drawing (.svg), or a page with the triangle below it (.html)."""
    shown = triangle(table, currency=currency)
    cells = [[line.get(name, "") for name in shown.columns] for line in shown.rows]
    return write_chart(chart, file, name="cohorts", columns=shown.columns, rows=cells, notes=shown.notes)


def _heading(row: Mapping[str, Any], words: Sequence[str], currency: str) -> dict[str, str]:
    base = "n/a" if row["base"] is None else display_text(row["base"], currency=currency)
    return {
        **{word: row[word] or "(none)" for word in words},
        "customers": f"{row['customers_at_start']:,}",
        "base": base,
    }


def _cell(row: Mapping[str, Any], currency: str) -> str:
    if row["value"] is None:
        return "n/a" if row["reached"] else _ABSENT
    match row["unit"]:
        case "money":
            return display_text(row["value"], currency=currency)
        case "count":
            return f"{int(row['value']):,}"
        case _:
            return percent_text(row["value"])
