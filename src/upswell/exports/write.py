"""Any answer to a file: `movements.xlsx`, `movements.csv` or `movements.parquet`, as the name says.

    write_result(table, Path("movements.xlsx")).rows

A stream is written as it comes: neither the answer nor the file is ever whole in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa

from upswell.errors import UsageError
from upswell.exports.about import About, about_of, require_columns
from upswell.exports.replacing import replacing

SUFFIXES: Final = (".csv", ".parquet", ".xlsx")
_Writer = Callable[[BinaryIO, pa.Schema, Iterator[pa.RecordBatch], About], tuple[str, ...]]


@dataclass(frozen=True)
class Written:
    """A file that was written: how many rows it has, and what must be known of it."""

    path: Path
    rows: int
    notes: tuple[str, ...] = ()


@dataclass
class _Counted:
    """Batches on their way; none is held after the next was asked for."""

    batches: Iterator[pa.RecordBatch]
    rows: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self.batches:
            self.rows += batch.num_rows
            yield batch
            del batch


def write_result(result: pa.Table | pa.RecordBatchReader, target: Path) -> Written:
    """Write `result` to `target`, over a former file, in the format that its name ends with.

    Raises `UsageError` for another ending, a target that is no file, or a text too long for a cell; `WorkspaceError`
    when the disk refuses. What stood there before stays until the new file is whole.
    """
    batches = result.to_batches() if isinstance(result, pa.Table) else result
    return write_batches(result.schema, iter(batches), target)


def write_batches(schema: pa.Schema, batches: Iterator[pa.RecordBatch], target: Path) -> Written:
    """The same for batches of `schema`, which are let go of as they are written."""
    write = _writer(target)
    about = about_of(schema)
    require_columns(schema, about.columns)
    counted = _Counted(batches)
    with replacing(target) as file:
        notes = write(file, schema, iter(counted), about)
    return Written(target, counted.rows, notes)


def _writer(target: Path) -> _Writer:
    # Each comes with its library: a CSV needs none, and nobody waits for the others.
    match target.suffix.lower():
        case ".csv":
            from upswell.exports.csv_file import write_csv  # noqa: PLC0415

            return write_csv
        case ".parquet":
            from upswell.exports.parquet_file import write_parquet  # noqa: PLC0415

            return write_parquet
        case ".xlsx":
            from upswell.exports.xlsx_file import write_xlsx  # noqa: PLC0415

            return write_xlsx
        case ending:
            raise UsageError(
                f"{target.name} ends with no format that answers can be written in",
                code="output_unknown",
                where=str(target),
                expected=f"a name that ends with {', '.join(SUFFIXES)}",
                found=ending or "no ending",
                remedy="name a file such as movements.xlsx",
            )
