"""The classes of customers that share a rate: by term, age and size.

A customer of a monthly term leaves most often in its first months; one of a yearly term where a year ends. Ages (months
since it began to pay by its term, see `reading`) fall into eight classes for each term. The outcome of a row is that of
the month after, so that age 11 of a yearly term is the one whose year ends next month.

    term 1   0, 1, 2, 3-5, 6-11, 12-17, 18-23, 24+
    term 3   of the first year: quarter ends, the month after, the third; then the same of later years
    term 12  of the first year: year ends, the month after, the second after, others; then the same of later years
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.reading import AGES

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TERMS: Final = (1, 3, 12)
AGE_CLASSES: Final = 8
_YEAR: Final = 12
_MONTHLY_EDGES: Final = (1, 2, 3, 6, 12, 18, 24)


def term_index(terms: Array) -> Array:
    """0, 1, 2 for terms of a month, a quarter and a year."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.searchsorted(np.array(TERMS), terms)


def age_classes() -> Array:
    """The class of each age, by term and age: an array of 3 x 36."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    age = np.arange(AGES)
    later = (age >= _YEAR - 1).astype(int)
    # The first year ends with the outcome of age 11; what follows it belongs to the later years.
    by_quarter = np.array([1, 2, 0])[age % 3] + 4 * later
    of_year = np.full(AGES, 3)
    of_year[age % _YEAR == _YEAR - 1] = 0
    of_year[(age % _YEAR == 0) & (age > 0)] = 1
    of_year[(age % _YEAR == 1) & (age > 1)] = 2
    by_year = of_year + 4 * (age >= _YEAR).astype(int)
    return np.stack([np.searchsorted(np.array(_MONTHLY_EDGES), age, side="right"), by_quarter, by_year])
