"""Records: what a reader hands to the contract, whatever kind of source it read.

A reader (`upswell.sources`) leaves one temporary table of text cells on the connection, with a
column for each contract column it found, plus what it could not read at all. For a CSV file

    customer_id,plan_id,starts_at,unit_amount
    acme,team,2024-01-10,20.00
    acme,team

that is a table of one row whose number is 2, and a rejected record: row 3, `ragged_row`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from upswell.contract.schema import Table

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Records:
    """The cells of one file on a connection.

    `relation` is a temporary table of VARCHAR columns named like `fields` and `attributes`; `row`
    is SQL over it for a record's number. `rejected` is a temporary table (row BIGINT, code, found,
    raw VARCHAR) or None. `tidy` says that only plain spaces can surround a value. `sha256` is the
    file's own, as it lies on disk. `rows` counts records, rejected ones included.
    """

    relation: str
    row: str
    rejected: str | None
    fields: tuple[str, ...]
    attributes: tuple[str, ...]
    ignored: tuple[str, ...]
    sha256: str
    rows: int
    tidy: bool = False


class ReadFile(Protocol):
    """Reads one file into `relation`, a name for a temporary table that is still free.

    Raises `InputError` for a file that cannot be used as `table`, `WorkspaceError` when the
    workspace has no room to unpack it.
    """

    def __call__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        *,
        table: Table,
        mapping: Mapping[str, str],
        relation: str,
        spill_folder: Path,
        progress: Progress | None,
    ) -> Records:
        """See the class."""
        ...
