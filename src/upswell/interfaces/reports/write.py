"""Writing a page to a file that others may be reading."""

from __future__ import annotations

from pathlib import Path

from upswell.exports.replacing import replacing


def write_page(html: str, target: Path) -> Path:
    """Write the page to `target`, over a former one, and return it. Raises `UsageError` if `target` is no file."""
    with replacing(target) as file:
        file.write(html.encode())
    return target
