"""Small simulated companies as books, whole or with their files cut at a month's end."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Final

import upswell
from upswell import Workspace
from upswell.analysis.forecast.history import History, read_history
from upswell.metrics.months import Month
from upswell.sources.simulator import COLUMNS, Company, preset_named, window_until

LAST: Final = "2025-12"
_ITEMS: Final = COLUMNS["items"]
_TABLES: Final = ("customers", "items", "rates")


@cache
def rows_of(preset: str, customers: int, months: int, seed: int) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the files that a forecast needs."""
    company = Company(preset_named(preset), customers=customers, window=window_until(LAST, months=months), seed=seed)
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for history in company.histories():
        for table in ("customers", "items"):
            rows[table].extend(history.tables.get(table, ()))
    rows["rates"].extend(company.rates())
    return rows


def cut(rows: dict[str, list[tuple[object, ...]]], origin: Month) -> dict[str, list[tuple[object, ...]]]:
    """The files as they were at the end of `origin`: no row that began later, no end that nobody had asked for."""
    end = origin.last_day
    items = [_as_known(row, end) for row in rows["items"] if _day(row, "starts_at") <= end]
    return {
        **rows,
        "items": items,
        "rates": [row for row in rows["rates"] if isinstance(row[0], date) and row[0] <= end],
    }


def book_of(folder: Path, rows: dict[str, list[tuple[object, ...]]], *, last: Month) -> Workspace:
    """A workspace whose book is as of the first instant after `last`."""
    workspace = upswell.init(folder)
    for table in _TABLES:
        workspace.import_file(_written(folder / f"{table}.csv", COLUMNS[table], rows[table]), table=table)
    workspace.build(as_of=datetime.combine(last.plus(1).first_day, time()))
    return workspace


def history_of(workspace: Workspace, *, where: str | None = None, policy: str | None = None) -> History:
    """The history that a forecast of this workspace starts from."""
    with workspace._asking(policy) as (connection, facts, rules):
        return read_history(connection, facts=facts, policy=rules, where=where)


def _as_known(row: tuple[object, ...], end: date) -> tuple[object, ...]:
    ends, asked = row[_ITEMS.index("ends_at")], row[_ITEMS.index("cancel_requested_at")]
    if (isinstance(asked, date) and asked <= end) or (isinstance(ends, date) and ends <= end):
        return row
    forgotten = {_ITEMS.index("ends_at"), _ITEMS.index("cancel_requested_at")}
    return tuple(None if place in forgotten else value for place, value in enumerate(row))


def _day(row: tuple[object, ...], column: str) -> date:
    value = row[_ITEMS.index(column)]
    assert isinstance(value, date)
    return value


def _written(path: Path, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path
