"""Cursors: a place in a list of one book, as a text that says nothing to who passes it on.

cursor_of("b-000007", 100)                base64url of ["b-000007", 100]
offset_of(cursor, book_id="b-000007")     100
"""

from __future__ import annotations

import base64
import json
from typing import Final

from upswell.errors import UsageError

_OFFSET_MAX: Final = 2**53


def cursor_of(book_id: str, offset: int) -> str:
    """The cursor of the place `offset` in a list of that book."""
    return base64.urlsafe_b64encode(json.dumps([book_id, offset]).encode()).decode("ascii").rstrip("=")


def offset_of(cursor: str | None, *, book_id: str) -> int:
    """The place that a cursor means; the beginning without one.

    Raises `UsageError`: `cursor_expired` for a place in another book, `cursor_malformed` for what is no cursor.
    """
    if cursor is None:
        return 0
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _malformed(cursor) from error
    match said:
        case [str(book), int(offset)] if not isinstance(offset, bool) and 0 <= offset <= _OFFSET_MAX:
            if book == book_id:
                return offset
        case _:
            raise _malformed(cursor)
    raise UsageError(
        "the list has changed since this cursor was given",
        code="cursor_expired",
        where="cursor",
        expected=f"a cursor of book {book_id}, which is in service now",
        found=f"one of book {book[:40]}",
        remedy="ask again from the first page, without a cursor",
    )


def _malformed(cursor: str) -> UsageError:
    return UsageError(
        "this is no cursor",
        code="cursor_malformed",
        where="cursor",
        expected="`next` of the page before, as it came",
        found=cursor[:80],
        remedy="ask again from the first page, without a cursor",
    )
