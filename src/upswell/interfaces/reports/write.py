"""Writing a page to a file that others may be reading: it has its former text or the whole new one, never half."""

from __future__ import annotations

import os
from pathlib import Path

from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError


def write_page(html: str, target: Path) -> Path:
    """Write the page to `target`, over a former one, and return it. Raises `UsageError` if `target` is no file."""
    if target.exists() and not target.is_file():
        raise UsageError(
            f"{target} is not a file",
            code="output_not_a_file",
            where=str(target),
            expected="the name of a file to write",
            remedy="name a file, such as report.html",
        )
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with storage_errors(target.parent):
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.write(html)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target
