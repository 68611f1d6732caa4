"""Which form an answer is sent in: what the Accept header prefers among those there are.

preferred("text/csv, application/json;q=0.5", (JSON, CSV))    'text/csv'
preferred(None, (JSON, CSV))                                  'application/json'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from upswell.errors import UsageError

JSON: Final = "application/json"
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
SVG: Final = "image/svg+xml"


class NotAcceptableError(UsageError):
    """The header Accept leaves out every form there is."""

    http_status = 406


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The form of `offered` that `accept` prefers; the first where it is absent or cannot be read.

    Raises `NotAcceptableError` where it excludes them all.
    """
    ranges = list(_ranges(accept or ""))
    if not ranges:
        return offered[0]
    wanted = {form: _quality(form, ranges) for form in offered}
    best = max(offered, key=lambda form: wanted[form])
    if not wanted[best]:
        raise NotAcceptableError(
            "this is answered in none of the forms that are accepted",
            code="not_acceptable",
            where="Accept",
            expected=f"one of: {', '.join(offered)}",
            found=(accept or "")[:200],
            remedy="leave the header Accept out for JSON",
        )
    return best


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *options = (each.strip().lower() for each in part.split(";"))
        if name.count("/") == 1:
            quality = next((option[2:] for option in options if option.startswith("q=")), "1")
            try:
                yield name, min(max(float(quality), 0.0), 1.0)
            except ValueError:
                yield name, 1.0


def _quality(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """What the most exact range that covers `form` gives it."""
    kind = form.partition("/")[0]
    for covering in (form, f"{kind}/*", "*/*"):
        found = [quality for name, quality in ranges if name == covering]
        if found:
            return max(found)
    return 0.0
