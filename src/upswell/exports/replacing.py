"""Writing a file that others may be reading: it has its former content or the whole new one, never half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `target` when the block ends well and is gone when it does not.

    Raises `UsageError` if `target` is no file, `WorkspaceError` if it cannot be written.
    """
    if target.exists() and not target.is_file():
        raise UsageError(
            f"{target} is not a file",
            code="output_not_a_file",
            where=str(target),
            expected="the name of a file to write",
            remedy="name a file, such as report.html or movements.xlsx",
        )
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with storage_errors(target.parent):
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
