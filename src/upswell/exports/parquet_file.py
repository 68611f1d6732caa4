"""An answer as Parquet: every type and every text as it is, and what is said about it as the file's own metadata.

select decode(key), decode(value) from parquet_kv_metadata('movements.parquet')
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from upswell.exports.about import About

# Readers skip and spread by row groups; one is held in memory until it is whole.
ROWS_IN_GROUP: Final = 65_536


def write_parquet(
    file: BinaryIO, schema: pa.Schema, batches: Iterator[pa.RecordBatch], about: About
) -> tuple[str, ...]:
    """Write the answer to `file`; nothing is left to say about it."""
    kept = schema.with_metadata(about.metadata())
    with pq.ParquetWriter(file, kept, compression="zstd") as writer:
        for group in _groups(batches):
            rows = pa.Table.from_batches(group, schema).combine_chunks()
            writer.write_table(rows.cast(kept), row_group_size=ROWS_IN_GROUP)
            del group, rows
    return ()


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """The rows by row group, cut where it is full: however they came, the same rows make the same file."""
    group: list[pa.RecordBatch] = []
    lacking = ROWS_IN_GROUP
    for batch in batches:
        while batch.num_rows >= lacking:
            yield [*group, batch.slice(0, lacking)]
            batch, group, lacking = batch.slice(lacking), [], ROWS_IN_GROUP  # noqa: PLW2901 -- what is left of it
        group.append(batch)
        lacking -= batch.num_rows
        del batch
    if lacking < ROWS_IN_GROUP:
        yield group
