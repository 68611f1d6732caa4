"""What this room asks of a book: something that runs a query and gives its rows.

A DuckDB connection will do. So will a reader that verifies a file when a query first names it, or one that keeps
answers: a book never changes, so neither does the answer to one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa


class Rows(Protocol):
    """The answer to one query."""

    @property
    def description(self) -> Any:
        """A row for each column; its name comes first."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""


class Readable(Protocol):
    """The views of one book under one policy."""

    def execute(self, query: str, parameters: Any = ...) -> Rows:
        """Run one query with its parameters bound by name."""


class GivesTables(Readable, Protocol):
    """A reader that also gives rows as Arrow tables, for answers of a row for each customer."""

    def table(self, query: str, parameters: Any = ...) -> pa.Table:
        """Run one query with its parameters bound by name; its rows as a table."""


@runtime_checkable
class KeepsTotals(Protocol):
    """A reader that can keep monthly totals by columns of customers as well."""

    def totals_with(self, attributes: Sequence[str]) -> str | None:
        """The name of a relation like `monthly_totals` with these columns in a struct `customer`, if there is one."""


@runtime_checkable
class Makes(Protocol):
    """A reader that can keep relations made of a book's views, for the questions to come."""

    def make(self, prefix: str, query: str) -> str:
        """The name, beginning with `prefix`, of a relation with the rows of `query`, made when first asked for."""
