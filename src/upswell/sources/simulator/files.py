"""The files of a simulated company: one gzipped CSV for each import table, the same bytes for the same company."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from upswell.sources.simulator.company import Company
from upswell.sources.simulator.history import COLUMNS

_LEVEL: Final = 5
_TELLS_EVERY: Final = 100


def write_company(company: Company, folder: Path, *, progress: Callable[[str], None] | None = None) -> dict[str, Path]:
    """Write the company's files into the new folder `folder`; the paths by table, in the order to import them."""
    folder.mkdir()
    with ExitStack() as files:
        writers = {table: _writer(folder / f"{table}.csv.gz", table, files) for table in COLUMNS}
        for number, history in enumerate(company.histories(), start=1):
            if progress is not None and number % _TELLS_EVERY == 0:
                progress(f"simulating: {number:,} customers")
            for table, rows in history.tables.items():
                writers[table].writerows(rows)
        writers["limits"].writerows(company.limits())
        writers["rates"].writerows(company.rates())
        writers["costs"].writerows(company.costs())
    return {table: folder / f"{table}.csv.gz" for table in COLUMNS}


def _writer(path: Path, table: str, files: ExitStack) -> Any:
    raw = files.enter_context(path.open("wb"))
    # No name and no time in the file's head: the same rows are the same bytes.
    packed = files.enter_context(gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0))
    text = files.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline="", write_through=False))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS[table])
    return writer
