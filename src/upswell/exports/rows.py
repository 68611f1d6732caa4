"""From record batches to cells: the values of a column and, beside them, what each is (money of which currency ...)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import repeat
from typing import Any, Final

import pyarrow as pa

from upswell.exports.about import Shown

# What is written to a spreadsheet or to CSV at a time.
ROWS_AT_ONCE: Final = 16_384


@dataclass(frozen=True)
class Unit:
    """What a number is: its unit ("" where nothing is known of it), and for money its currency."""

    unit: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Cells:
    """One column of one batch: `values` are None, str, bool, int, Decimal, float, date or datetime."""

    values: list[Any]
    units: list[Unit] | None


def columns_of(batch: pa.RecordBatch, shown: Mapping[str, Shown]) -> list[Cells]:
    """The columns of a batch. A list or a struct becomes its JSON text."""
    return [_cells(batch, name, shown.get(name)) for name in batch.schema.names]


def slices(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most `ROWS_AT_ONCE`; a batch is let go of when the next is asked for."""
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS_AT_ONCE):
            yield batch.slice(start, ROWS_AT_ONCE)
        del batch


def _cells(batch: pa.RecordBatch, name: str, shown: Shown | None) -> Cells:
    column = batch.column(name)
    values: list[Any] = column.to_pylist()
    if pa.types.is_nested(column.type):
        values = [None if value is None else _json(value) for value in values]
    return Cells(values, None if shown is None else _units(batch, shown))


def _units(batch: pa.RecordBatch, shown: Shown) -> list[Unit]:
    units = batch.column(shown.unit_column).to_pylist() if shown.unit_column else repeat(shown.unit, batch.num_rows)
    currencies = (
        batch.column(shown.currency_column).to_pylist()
        if shown.currency_column
        else repeat(shown.currency, batch.num_rows)
    )
    known: dict[tuple[str, str], Unit] = {}
    return [
        known.setdefault((unit, currency), Unit(unit or "", currency or ""))
        for unit, currency in zip(units, currencies, strict=True)
    ]


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")
