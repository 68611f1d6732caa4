"""The cells of customers that a simulation moves: who pays, who said that it leaves, who has left.

    paying   simulations x 2 x 3 x 2 x sizes x 36    there since the origin or not, term, had left before, size, age
    told     3 x sizes x months                      who said by the origin that it leaves, by months ahead
    lapsed   simulations x 3 x sizes x 24            who left, by months since

each as customers and as what they pay (or paid). Within a class of ages (`classes`) customers are drawn together and
leave in proportion, so that a cell may hold 2.4 customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.classes import AGE_CLASSES, TERMS, age_classes, term_index
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.reading import AGES, LAGS
from upswell.analysis.forecast.table import Rows

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_YEAR: Final = 12
_TINY: Final = 1e-9


@dataclass
class Cells:
    """Customers and what they pay, along the same axes."""

    customers: Array
    mrr: Array

    def keep(self, customers: Array, mrr: Array) -> None:
        """Keep these shares of them."""
        self.customers *= customers
        self.mrr *= mrr

    def grow_older(self) -> None:
        """A month passes along the last axis, ages; the oldest come back to where their third year began."""
        for cells in (self.customers, self.mrr):
            oldest = cells[..., -1].copy()
            cells[..., 1:] = cells[..., :-1]
            cells[..., 0] = 0
            cells[..., AGES - _YEAR] += oldest

    def enter(self, customers: Array, mrr: Array) -> None:
        """A month passes along the last axis, lags, and these come in at its start; the oldest are forgotten."""
        for cells, entered in ((self.customers, customers), (self.mrr, mrr)):
            cells[..., 1:] = cells[..., :-1]
            cells[..., 0] = entered


class AgeClasses:
    """Sums over the ages of a class, and factors of a class for each of its ages."""

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        into = np.zeros((len(TERMS), 1, AGES, AGE_CLASSES), dtype=np.float32)
        for term, classes in enumerate(age_classes()):
            into[term, 0, np.arange(AGES), classes] = 1.0
        self._into = into
        self._back = np.ascontiguousarray(into.transpose(0, 1, 3, 2))

    def sums(self, cells: Array) -> Array:
        """Ages (the last axis) summed to classes."""
        found: Array = cells @ self._into
        return found

    def spread(self, classes: Array) -> Array:
        """What holds of a class, for each of its ages."""
        found: Array = classes.astype(self._back.dtype, copy=False) @ self._back
        return found


def paying_at(history: History, *, sizes: int, simulations: int) -> Cells:
    """Who pays at the origin and has not said that it leaves, the same in each simulation."""
    today = _today(history, history.states)
    today = today.where(today["lead"] == 0)
    at = (0, term_index(today["term"]), today["returned"], today["size"], today["age"])
    return _placed(today, at, (2, len(TERMS), 2, sizes, AGES), simulations)


def told_at(history: History, *, sizes: int, months: int) -> Cells:
    """Who said by the origin that it leaves, by months ahead (index 0: next month), at least `months` of them."""
    today = _today(history, history.states)
    today = today.where(today["lead"] > 0)
    at = (term_index(today["term"]), today["size"], today["lead"] - 1)
    return _placed(today, at, (len(TERMS), sizes, max(months, int(max(today["lead"], default=0)))), None)


def lapsed_at(history: History, *, sizes: int, simulations: int) -> Cells:
    """Who had left by the origin, not longer ago than two years, the same in each simulation."""
    today = _today(history, history.lapsed)
    at = (term_index(today["term"]), today["size"], today["age"] - 1)
    return _placed(today, at, (len(TERMS), sizes, LAGS), simulations)


def share_of(part: Array, whole: Array) -> Array:
    """part / whole, 0 where there is nothing."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape, np.float32), where=whole > _TINY)


def _today(history: History, rows: Rows) -> Rows:
    return rows.where(rows["month"] == history.last)


def _placed(rows: Rows, at: tuple[Any, ...], shape: tuple[int, ...], simulations: int | None) -> Cells:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    found = []
    for name in ("customers", "mrr"):
        cells = np.zeros(shape, dtype=np.float32)
        np.add.at(cells, at, rows[name])
        found.append(cells if simulations is None else np.repeat(cells[None], simulations, axis=0))
    return Cells(found[0], found[1])
