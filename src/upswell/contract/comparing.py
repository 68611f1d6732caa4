"""Comparing rows: what makes two rows the same row, and what makes them say the same.

acme's seat from 2024-01-10 is one row however often it is imported (its key); at 20.00 and at
25.00 it says two things (its content). Where a row came from, `source_row`, is neither.
"""

from __future__ import annotations

from typing import Final

import duckdb

from upswell.contract.schema import Column, Table
from upswell.contract.sqltext import name

ROWS_PER_IMPORT: Final = 1 << 32  # source_row = import number x this + the record's number


def content_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    """Columns of a stored or checked relation that make up what a row says."""
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return tuple(str(row[0]) for row in described if row[0] != "source_row")


def same_key(table: Table, one: str, other: str) -> str:
    """SQL: two rows have one key. Only optional key columns can be empty on both sides."""
    return " and ".join(f"{one}.{name(key)} {_equal(table.column(key))} {other}.{name(key)}" for key in table.key)


def is_same(columns: tuple[str, ...], one: str, other: str) -> str:
    """SQL: two rows say the same, column by column."""
    return " and ".join(f"{one}.{name(each)} is not distinct from {other}.{name(each)}" for each in columns)


def _equal(column: Column) -> str:
    return "=" if column.required or column.default is not None else "is not distinct from"
