"""A company whose months are alike, as a history: 500 customers at 10.00 by the month, of whom 15 leave and 15 come."""

from __future__ import annotations

from typing import Final

import numpy as np

from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.table import Rows
from upswell.metrics.months import Month

CUSTOMERS: Final = 500
MOVING: Final = 15
PAID: Final = 10.0
Cell = dict[str, float]
_PLACES: Final = ("month", "term", "returned", "age", "size", "lead")
_AMOUNTS: Final = (
    *("customers", "mrr", "mrr_squares", "mrr_largest", "left_", "left_mrr", "left_squares", "churned"),
    *("expanded", "expansion", "expansion_squares"),
    *("contracted", "contraction", "contraction_squares", "back", "new_parts", "lost_parts", "new"),
)


def rows(*cells: Cell) -> Rows:
    """Rows of a history; what a cell does not name is 0, its term 1."""
    usual = {"term": 1.0}
    places = {name: np.array([cell.get(name, usual.get(name, 0)) for cell in cells], np.int64) for name in _PLACES}
    return Rows({**places, **{name: np.array([cell.get(name, 0) for cell in cells], float) for name in _AMOUNTS}})


def steady(*, months: int = 60, leaving_in_two: int = 0) -> History:
    """`leaving_in_two` of the last month's customers have said that they leave in two months."""
    last = Month.parse("2025-12").number
    first = last - months + 1
    states: list[Cell] = []
    entrants: list[Cell] = []
    lapsed: list[Cell] = []
    for month in range(first, last + 1):
        left = MOVING if month < last else 0
        staying = CUSTOMERS - (leaving_in_two if month == last else 0)
        money = {"customers": staying, "mrr": staying * PAID, "mrr_squares": staying * PAID**2}
        went = {"left_": left, "left_mrr": left * PAID, "left_squares": left * PAID**2, "churned": left * PAID}
        states.append({"month": month, "age": 30, "size": 1, **money, **went})
        came = CUSTOMERS if month == first else MOVING
        entered = {"customers": came, "mrr": came * PAID, "mrr_squares": came * PAID**2}
        away = {"customers": MOVING, "mrr": MOVING * PAID, "mrr_squares": MOVING * PAID**2}
        # Who left stays away.
        lapsed.extend({"month": month, "age": lag, "size": 1, **away} for lag in range(1, min(24, month - first) + 1))
        entrants.append({"month": month, "size": 1, **entered})
    if leaving_in_two:
        money = {"customers": leaving_in_two, "mrr": leaving_in_two * PAID, "mrr_squares": leaving_in_two * PAID**2}
        states.append({"month": last, "age": 30, "size": 1, "lead": 2, **money})
    new = np.full(months, MOVING * PAID)
    new[0] = CUSTOMERS * PAID
    churned = np.full(months, MOVING * PAID)
    churned[0] = 0.0
    nothing = np.zeros(months)
    flows = {"new": new, "churned": churned, "expansion": nothing, "contraction": nothing, "reactivation": nothing}
    return History(first, last, rows(*states), rows(*lapsed), rows(*entrants), flows, np.full(months, 3500.0))
