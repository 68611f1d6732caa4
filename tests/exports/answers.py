"""Answers made by hand, for tests that are about files and not about figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa

from upswell.exports.about import About, described, money

ABOUT: Final = About(
    (("question", "movements"), ("policy", "strict"), ("as of", "2025-06-01T00:00:00+00:00")),
    {"amount": money(currency_column="currency")},
)
SCHEMA: Final = pa.schema(
    [
        ("customer_id", pa.string()),
        ("date", pa.date32()),
        ("amount", pa.decimal128(38, 18)),
        ("currency", pa.string()),
        ("scheduled", pa.bool_()),
    ]
)


def amounts_of(names: Sequence[str], amounts: Sequence[str | None], currency: str = "USD") -> pa.Table:
    """A row for each name with its amount, all of one day."""
    count = len(names)
    columns: list[list[Any]] = [
        list(names),
        [date(2025, 3, 15)] * count,
        [None if amount is None else Decimal(amount) for amount in amounts],
        [currency] * count,
        [False] * count,
    ]
    return described(pa.table(columns, schema=SCHEMA), ABOUT)


def workbook_of(path: Path) -> Any:
    """The workbook as another program reads it."""
    return openpyxl.load_workbook(path)


def sheet_rows(path: Path, sheet: str = "data") -> list[list[Any]]:
    """The cells of a sheet, row by row."""
    return [[cell.value for cell in row] for row in workbook_of(path)[sheet].iter_rows()]


def sheet_pairs(path: Path) -> dict[str, str]:
    """The sheet `About`: each label with its text."""
    return {str(label): str(text) for label, text in sheet_rows(path, "About")}


def many(batches: int, rows: int) -> Iterator[pa.RecordBatch]:
    """Batches made when they are asked for."""
    for number in range(batches):
        names = [f"customer {number} {row}" for row in range(rows)]
        yield amounts_of(names, ["20.000000"] * rows).combine_chunks().to_batches()[0]
