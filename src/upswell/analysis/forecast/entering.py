"""Who comes: how many began to pay in each month, by which term and of which size, and what they paid at first.

Of ten new customers seven began with a monthly term and paid about 30.00, three with a yearly one and paid about
200.00. The first month of a history is left out: everybody who paid by then is new there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.amounts import HALF_LIFE, weights_of
from upswell.analysis.forecast.classes import TERMS, term_index
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.table import Rows

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SPREAD_LEAST: Final = 0.01
_SPREAD_MOST: Final = 20.0
_SPREAD_UNKNOWN: Final = 0.5
_SHARE_HALF_LIFE: Final = 36.0


@dataclass(frozen=True)
class Entering:
    """By term and size: how many were counted (recent ones more), and what they paid; its squared variation."""

    share_events: Array
    paid: Array
    spread: float


def first_timers(history: History) -> Rows:
    """Who paid for the first time, by month."""
    return history.entrants.where(history.entrants["returned"] == 0)


def counted(history: History, *, column: str = "customers") -> Array:
    """Customers that paid for the first time (or what they paid) by month of the history."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    rows = first_timers(history)
    return np.bincount(rows["month"] - history.first, rows[column], history.months)


def entering_of(history: History, *, sizes: int) -> Entering:
    """Who comes, as the history tells it."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    rows = first_timers(history)
    rows = rows.where(rows["month"] > history.first)
    weights = weights_of(rows["month"], history.last, half_life=HALF_LIFE)
    shape, cells = (len(TERMS), sizes), len(TERMS) * sizes
    at = np.ravel_multi_index((term_index(rows["term"]), rows["size"]), shape)
    events = np.bincount(at, weights * rows["customers"], cells)
    money = np.bincount(at, weights * rows["mrr"], cells)
    paid = np.divide(money, events, out=np.zeros(cells), where=events > 0)
    alone = float((events * paid**2).sum())
    spread = float((weights * rows["mrr_squares"]).sum()) / alone - 1 if alone > 0 else _SPREAD_UNKNOWN
    spread = float(np.clip(spread, _SPREAD_LEAST, _SPREAD_MOST))
    return Entering(events.reshape(shape), paid.reshape(shape), spread)


def new_share(history: History) -> float:
    """What is booked as new for each unit that new customers pay at the close of their first month."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    # What existing customers book as new (a subscription more, by some policies) is none of it.
    before = np.bincount(history.states["month"] - history.first, history.states["new"], history.months)[:-1]
    paid, booked = counted(history, column="mrr")[1:], history.flows["new"][1:] - before
    weights = weights_of(np.arange(len(paid)), len(paid), half_life=_SHARE_HALF_LIFE)
    whole = float((weights * paid).sum())
    return float((weights * booked).sum()) / whole if whole > 0 else 1.0
