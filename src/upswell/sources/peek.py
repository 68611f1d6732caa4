"""A first look at a file: its headings, some rows, and which column is likely which field.

peek(path, table=table_named("items"), spill_folder=folder).mapping      {"customer_id": "account_id", ...}
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from upswell.contract.schema import Table
from upswell.engines.duckdb import work_connection
from upswell.sources.files import read_columns
from upswell.sources.headings import guess_mapping

_ROWS: Final = 5
_POSITION: Final = "row"


@dataclass(frozen=True)
class Peek:
    """What a file looks like, headings in lower case; `mapping` is field -> heading, where a column is likely."""

    file: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    records: int
    mapping: dict[str, str]


def peek(path: Path, *, table: Table, spill_folder: Path) -> Peek:
    """Look at a file that is to become rows of `table`. Raises `InputError` for one that cannot be read."""
    with closing(work_connection(spill_folder)) as connection:
        read_columns(connection, path, relation="peeked", spill_folder=spill_folder)
        found = connection.execute(f"select * from peeked limit {_ROWS}")
        names = [str(column[0]) for column in found.description or ()]
        rows = found.fetchall()
        (records,) = connection.execute("select count(*) from peeked").fetchone() or (0,)
    ours = [place for place, name in enumerate(names) if name != _POSITION]
    headings = tuple(names[place] for place in ours)
    shown = tuple(tuple(None if row[place] is None else str(row[place]) for place in ours) for row in rows)
    return Peek(path.name, headings, shown, int(records), guess_mapping(headings, table=table))
