"""Files: from a path to the cells of an import table, or one clear error.

What a file is shows in its first bytes, then in its name: Parquet and gzip carry a signature,
`.ndjson`, `.jsonl` and `.json` (also with `.gz`) are JSON, everything else is CSV.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from upswell.contract.records import Progress, Records
from upswell.contract.schema import Table
from upswell.errors import InputError
from upswell.sources.csv_file import read_csv
from upswell.sources.headings import Columns, EveryColumn, TableColumns
from upswell.sources.json_file import read_json
from upswell.sources.parquet_file import read_parquet
from upswell.sources.survey import (
    GZIP_SIGNATURE,
    PARQUET_SIGNATURE,
    file_sha256,
    open_head,
    require_room,
    require_text,
    unpack,
)

_JSON_ENDINGS: Final = (".ndjson", ".jsonl", ".json")


def read_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    table: Table,
    mapping: Mapping[str, str],
    relation: str,
    spill_folder: Path,
    progress: Progress | None = None,
) -> Records:
    """Read one CSV, NDJSON or Parquet file (the first two also gzipped) as rows of `table`.

    `mapping` is field -> heading. Raises `InputError` for a file that cannot be used and
    `WorkspaceError` where the disk has no room for it; `OSError` of the spill folder passes.
    """
    columns = TableColumns(table, mapping)
    return _read_columns(
        connection, path, columns=columns, relation=relation, spill_folder=spill_folder, progress=progress
    )


def read_columns(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    relation: str,
    spill_folder: Path,
    exact: frozenset[str] = frozenset(),
) -> Records:
    """Read a file of any table: every column as text, under its own heading in lower case.

    Columns named in `exact` must not be binary floats. Nested values come as their JSON. Raises as `read_file` does.
    """
    return _read_columns(
        connection, path, columns=EveryColumn(exact), relation=relation, spill_folder=spill_folder, progress=None
    )


def _read_columns(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    columns: Columns,
    relation: str,
    spill_folder: Path,
    progress: Progress | None,
) -> Records:
    head = open_head(path)
    require_room(path, spill_folder)
    if not head.startswith(GZIP_SIGNATURE):
        return _read(connection, path, path.name, head, columns=columns, relation=relation)
    if progress is not None:
        progress(f"unpacking {path.name}")
    with _unpacked(path, spill_folder) as plain:
        inner = open_head(plain)
        records = _read(connection, plain, path.name, inner, columns=columns, relation=relation)
    return replace(records, sha256=file_sha256(path))


@contextmanager
def _unpacked(path: Path, folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="unpacked-", dir=folder) as room:
        plain = unpack(path, Path(room))
        try:
            yield plain
        except InputError as error:
            error.where = None if error.where is None else error.where.replace(str(plain), str(path))
            raise


def _read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    file: str,
    head: bytes,
    *,
    columns: Columns,
    relation: str,
) -> Records:
    ending = Path(file.removesuffix(".gz")).suffix.lower()
    if head.startswith(PARQUET_SIGNATURE) or ending == ".parquet":
        reader = read_parquet
    else:
        require_text(path, head)
        reader = read_json if ending in _JSON_ENDINGS else read_csv
    return reader(connection, path, file=file, columns=columns, relation=relation)
