"""A small desk for import tests: files written from text, imported, and asked what is in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from upswell.contract.findings import Finding
from upswell.contract.import_log import ImportLog, ImportResult
from upswell.sources import read_file

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ITEM_HEADINGS = "customer_id,item_id,plan_id,starts_at,ends_at,quantity,unit_amount"


class Desk:
    """An import log in a folder of its own, with files written beside it."""

    def __init__(self, folder: Path, *, timezone: str = "UTC", currency: str = "USD") -> None:
        self.folder = folder
        self.imports = folder / "imports"
        self.timezone = timezone
        self.currency = currency

    @property
    def log(self) -> ImportLog:
        """A log opened anew, as another process would."""
        return ImportLog(
            self.imports,
            timezone=self.timezone,
            currency=self.currency,
            spill_folder=self.folder / "spill",
            read_file=read_file,
            now=lambda: NOON,
        )

    def file(self, text: str | bytes, name: str = "items.csv") -> Path:
        """Write a file; text loses the indentation that tests give it."""
        path = self.folder / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            lines = [line.strip(" ") for line in text.strip("\n ").split("\n")]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def items(self, rows: str, name: str = "items.csv", **options: Any) -> ImportResult:
        """Import item rows under the usual headings."""
        return self.take(f"{ITEM_HEADINGS}\n{rows.strip()}", name=name, **options)

    def take(
        self,
        text: str | bytes,
        *,
        table: str = "items",
        name: str = "items.csv",
        mapping: Mapping[str, str] | None = None,
        **options: Any,
    ) -> ImportResult:
        """Write a file and import it."""
        return self.log.import_files([self.file(text, name)], table=table, mapping=mapping, **options)

    def rows(self, columns: str, view: str = "current_items") -> list[tuple[Any, ...]]:
        """Columns of a view of what is in force, as text, in the order of their values."""
        with duckdb.connect() as connection:
            self.log.create_views(connection)
            wanted = ", ".join(f"({each})::varchar" for each in _split(columns))
            return connection.execute(f"select {wanted} from {view} order by all").fetchall()

    def stored(self) -> set[str]:
        """Names of the files in the log's folder."""
        return {path.name for path in self.imports.iterdir()} if self.imports.exists() else set()


def write_parquet(path: Path, select: str) -> Path:
    """A Parquet file of what an SQL statement selects (UTC)."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def _split(columns: str) -> Sequence[str]:
    return [each.strip() for each in columns.split(",")]


def briefly(findings: Sequence[Finding]) -> list[tuple[int, str | None, str, str | None]]:
    """Findings as (row, column, code, found)."""
    return [(each.row, each.column, each.code, each.found) for each in findings]
