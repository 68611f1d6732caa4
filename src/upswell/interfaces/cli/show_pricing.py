"""Rendering the price review: one table for each section, what is not known and why, and how sure the rest is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.sections import SECTIONS
from upswell.analysis.pricing.sureness import how_sure
from upswell.analysis.pricing.tables import DAYS, MONEY, PRICE, QUANTITY, RATE
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.pricing import pricing, pricing_rows
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text, exact_text

ROWS_SHOWN: Final = 50
_NONE: Final = "n/a"
_WAITS: Final = "·"
_REASONS_SHOWN: Final = 4
_REASONS: Final = ("reason", "usage_reason", "note")
# Columns that a screen leaves out; JSON, CSV and files have them.
_HIDDEN: Final = frozenset(
    {
        *_REASONS,
        *("items", "seats", "list_per_seat", "unlisted_items"),
        *("product_id", "next_list_mrr", "used", "limit", "next_limit"),
        *("share_low", "share_high", "rate_low", "rate_high", "odds_ratio_low", "odds_ratio_high"),
        *("price_low", "price_high"),
    }
)
# Names in the program's writing that are words for people.
_NAMED: Final = frozenset({"curve", "next"})
# What many rows simply do not have.
_OPTIONAL: Final = frozenset({"quantity_from", "quantity_to", "to_next_tier"})
# A figure is shown with its interval.
_INTERVALS: Final = {
    "share": ("share_low", "share_high"),
    "odds_ratio": ("odds_ratio_low", "odds_ratio_high"),
    "price": ("price_low", "price_high"),
}


@dataclass(frozen=True)
class ShownSection:
    """A section as texts: its columns, which of them are words, its rows, and notes on what they lack."""

    title: str
    columns: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...]
    sure: tuple[str, ...]


def show_pricing(section: str, table: pa.Table, manifest: BookManifest, policy: str, output: Format) -> None:
    """The section for people, or its rows with every digit."""
    if output is Format.json:
        print_json(pricing(section, table))
        return
    if output is Format.csv:
        print_rows(pricing_rows(table), columns=table.column_names, output=output)
        return
    say(f"policy {policy}, book {manifest.book_id} as of {manifest.as_of.isoformat()}, money in {manifest.currency}")
    say_held_back(manifest)
    shown = shown_section(section, table, currency=manifest.currency)
    if shown.rows:
        right = [name for name in shown.columns if name not in shown.words]
        print_rows(shown.rows, columns=shown.columns, output=Format.table, right=right)
    for note in shown.notes:
        say(note)
    say("How sure are we?")
    for sentence in shown.sure:
        say(f"  {sentence}")


def shown_section(section: str, table: pa.Table, *, currency: str, limit: int = ROWS_SHOWN) -> ShownSection:
    """The table as texts, its first `limit` rows; attach rates as a triangle of cohorts by age."""
    if section == "attach":
        columns, rows = _triangle(table)
        words, left = ("cohort", "addon"), 0
    else:
        columns = tuple(name for name in table.column_names if name not in _HIDDEN)
        words = tuple(field.name for field in table.schema if not _is_number(field.type))
        kinds = {field.name: field.type for field in table.schema}
        given = table.slice(0, limit).to_pylist()
        rows = [{name: _with_interval(name, row, kinds, currency) for name in columns} for row in given]
        left = table.num_rows - len(given)
    notes = _notes(table.to_pylist(), section)
    if left:
        notes.append(f"{left:,} more rows are in JSON, CSV and files")
    if not rows:
        notes.append("there is nothing to show: no row of the book is about this")
    return ShownSection(SECTIONS[section].title, columns, words, tuple(rows), tuple(notes), how_sure(section, table))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind) or pa.types.is_integer(kind))


def _with_interval(name: str, row: Mapping[str, Any], kinds: Mapping[str, pa.DataType], currency: str) -> str:
    text = _cell(name, row, kinds[name], currency)
    ends = [each for each in _INTERVALS.get(name, ()) if row.get(each) is not None]
    if not ends:
        return text
    low, high = (_cell(each, row, kinds[each], currency) for each in ends)
    return f"{text} ({low.removesuffix(' %')}-{high.removesuffix(' %')})"


def _cell(name: str, row: Mapping[str, Any], kind: pa.DataType, currency: str) -> str:
    value = row[name]
    if value is None:
        absent = (
            name not in _OPTIONAL
            and _is_number(kind)
            and any(row.get(each) is not None for each in ("reason", "usage_reason"))
        )
        return _NONE if absent else ""
    if kind in (MONEY, PRICE):
        return display_text(value, currency=currency if kind == MONEY else row["currency"])
    if kind in (DAYS, QUANTITY):
        return exact_text(value)
    if isinstance(value, Decimal):
        return percent_text(value) if kind == RATE else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("_", "-" if name == "next" else " ") if name in _NAMED else str(value)


def _notes(rows: Sequence[Mapping[str, Any]], section: str) -> list[str]:
    """What is not known, each reason once; of many reasons the first."""
    reasons = list(dict.fromkeys(str(row[name]) for row in rows for name in _REASONS if row.get(name) is not None))
    if section == "attach":
        return [f"{_WAITS} not there yet: {reasons[0]}; and so on"] if reasons else []
    shown = [f"{_NONE}: {reason}" for reason in reasons[:_REASONS_SHOWN]]
    more = len(reasons) - _REASONS_SHOWN
    return [*shown, f"and {more} more: each row has its own in JSON, CSV and files"] if more > 0 else shown


def _triangle(table: pa.Table) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """A line for each cohort and add-on, a column for each age."""
    lines: dict[tuple[str, str], dict[str, str]] = {}
    ages: dict[str, None] = {}
    for row in table.to_pylist():
        line = lines.setdefault(
            (row["cohort"], row["addon"]),
            {"cohort": row["cohort"], "addon": row["addon"], "customers": f"{row['customers_at_start']:,}"},
        )
        ages[str(row["age"])] = None
        share: Decimal | None = row["rate"]
        line[str(row["age"])] = _WAITS if share is None else percent_text(share)
    return ("cohort", "addon", "customers", *ages), list(lines.values())
