"""An answer as CSV: UTF-8, a line of headings, every digit of every number, and no cell that a spreadsheet runs.

What is said about the answer has no place in CSV; Parquet and XLSX have one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

import pyarrow as pa

from upswell.exports.about import About
from upswell.exports.csv_lines import CsvLines
from upswell.exports.rows import Cells, Unit, columns_of, slices
from upswell.exports.texts import neutral
from upswell.money.amount import exact_text

# Money is stored with 6 decimals; a figure converted at a rate can need up to 18, and keeps them.
_MONEY_DECIMALS: Final = 6


def write_csv(file: BinaryIO, schema: pa.Schema, batches: Iterator[pa.RecordBatch], about: About) -> tuple[str, ...]:
    """Write the answer to `file`; nothing is left to say about it."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        lines = CsvLines(text)
        lines.headings(schema.names)
        for batch in slices(batches):
            lines.rows(zip(*map(_texts, columns_of(batch, about.columns)), strict=True))
    finally:
        # The file is the caller's to close.
        text.detach()
    return ()


def _texts(cells: Cells) -> list[str]:
    units = cells.units or [Unit()] * len(cells.values)
    return [_text(value, unit) for value, unit in zip(cells.values, units, strict=True)]


def _text(value: Any, unit: Unit) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return exact_text(value, decimals_min=_MONEY_DECIMALS if unit.unit == "money" else 0)
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
