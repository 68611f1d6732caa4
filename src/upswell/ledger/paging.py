"""A page of a list: some rows, how many there are in all, and where the page begins.

A book never changes, so that a place in one of its lists is a plain number: the same page of the same book is the same
rows, however often and in whatever order it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from upswell.errors import UsageError

LIMIT_MAX: Final = 1000


@dataclass(frozen=True)
class Page:
    """`rows` of a list of `total` rows, from the row `offset` (the first is 0) on."""

    rows: pa.Table
    total: int
    offset: int
    limit: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None after the last."""
        end = self.offset + self.rows.num_rows
        return end if end < self.total else None


def require_page(limit: int, offset: int) -> None:
    """Raise `UsageError` for a page that cannot be."""
    if 1 <= limit <= LIMIT_MAX and offset >= 0:
        return
    raise UsageError(
        f"there is no page of {limit} rows from row {offset} on",
        code="page_malformed",
        expected=f"a limit of 1 to {LIMIT_MAX}, an offset of 0 or more",
        found=f"limit {limit}, offset {offset}",
        remedy="ask for a smaller page, or export the whole list",
    )
