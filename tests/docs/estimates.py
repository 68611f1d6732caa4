"""Comparing texts in which estimates stand: every word the same, every number nearly so."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

_NUMBER: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?![\d-])")
_SHARE: Final = 0.02
_LEAST: Final = {True: 0.02, False: 1.0}  # of a number with decimals, of a whole one


def unlike(found: str, expected: str) -> list[tuple[str | None, str | None]]:
    """The lines that differ in a word, or in a number by more than a fiftieth of it, 1 or 0.02."""
    lines = zip_longest(found.splitlines(), expected.splitlines())
    return [(one, other) for one, other in lines if one is None or other is None or not _alike(one, other)]


def _alike(found: str, expected: str) -> bool:
    words, others = (re.sub(r"[\s|-]+", " ", _NUMBER.sub("#", text)) for text in (found, expected))
    numbers, wanted = _NUMBER.findall(found), _NUMBER.findall(expected)
    return words == others and all(_near(one, other) for one, other in zip(numbers, wanted, strict=True))


def _near(found: str, expected: str) -> bool:
    one, other = (float(text.replace(",", "")) for text in (found, expected))
    return abs(one - other) <= max(_SHARE * abs(other), _LEAST["." in expected])
