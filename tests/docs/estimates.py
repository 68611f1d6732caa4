"""Comparing texts in which estimates stand: every word the same, every number nearly so."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

_NUMBER: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?![\d-])")
_SHARE: Final = 0.02
_LEAST: Final = 1.0


def unlike(found: str, expected: str) -> list[tuple[str | None, str | None]]:
    """The lines that differ in a word, or in a number by more than a fiftieth of it (and more than 1)."""
    lines = zip_longest(found.splitlines(), expected.splitlines())
    return [(one, other) for one, other in lines if one is None or other is None or not _alike(one, other)]


def _alike(found: str, expected: str) -> bool:
    words, others = (re.sub(r"[\s|-]+", " ", _NUMBER.sub("#", text)) for text in (found, expected))
    numbers, wanted = ([float(each.replace(",", "")) for each in _NUMBER.findall(text)] for text in (found, expected))
    if words != others or len(numbers) != len(wanted):
        return False
    near = (abs(one - other) <= max(_SHARE * abs(other), _LEAST) for one, other in zip(numbers, wanted, strict=True))
    return all(near)
