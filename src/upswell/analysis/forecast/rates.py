"""What a history teaches: how often customers leave, grow, shrink and come back, and by how much.

    learned = learn(history)        # everything a simulation draws from, fitted on the months of the history alone

Recent years weigh more: a month counts half as much as one three years later, for growth one and a half. A rate is a
product of factors (term, age class, size, whether the customer had left before, month of the year), each pulled towards
1 where little was seen; see `factors`. What an event is worth is in `amounts`, who comes in `entering` and `arrivals`.

Who leaves has often said so months before. Of 100 that left by a yearly term 90 had said so a month before, 80 two
months before: of those who have said nothing by the origin, a tenth of the usual rate leaves next month and a fifth in
the month after (`announced`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.amounts import HALF_LIFE, Amounts, fit_amounts, levelled, returned_amounts, weights_of
from upswell.analysis.forecast.arrivals import Arrivals, fit_arrivals
from upswell.analysis.forecast.classes import AGE_CLASSES, TERMS, age_classes, term_index
from upswell.analysis.forecast.entering import Entering, counted, entering_of, new_share
from upswell.analysis.forecast.factors import Factor, Fitted, fit_factors
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.reading import LAGS, LEADS
from upswell.analysis.forecast.shocks import Shock, fit_shock
from upswell.analysis.forecast.table import Rows

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_YEAR: Final = 12
_LEAVING_HALF_LIFE: Final = 36.0
_CHANGE_HALF_LIFE: Final = 18.0
_RATES_KNOWN: Final = 48
_CHANGES_BY: Final = 0.2  # of what the customer pays, where no change was ever seen
_LEAVERS_TO_BELIEVE: Final = 4.0
_NEVER: Final = 1e9  # events that it would take to move a factor
_OF_PAYING: Final = (
    Factor(("term",), 2),
    Factor(("term", "class"), 4),
    Factor(("term", "size"), 8),
    Factor(("term", "returned"), 6),
    Factor(("term", "season"), 8),
    Factor(("term", "returned", "season"), 10),
)
_OF_LAPSED: Final = (
    Factor(("term",), 4),
    Factor(("lag",), 3),
    Factor(("season",), 4),
    Factor(("lag", "season"), 1),
)


@dataclass(frozen=True)
class Kind:
    """How often something happens to a customer, the shock common to all in a month, and what it is worth."""

    often: Fitted
    shock: Shock
    amounts: Amounts


@dataclass(frozen=True)
class Learned:
    """Everything fitted.

    `announced` is the share of leavings, by term and months ahead, that was known so early; `new_share` what is booked
    as new for what new customers pay at the close of their month; `blips` the share of MRR that leaves and is back
    within a month; `new_parts` and `lost_parts` the shares of what customers that stay grow and shrink by that a policy
    books as new and as churn; `rate_moves` the deviation of what exchange rates do to MRR in a month, as a share of it.
    """

    churn: Kind
    expansion: Kind
    contraction: Kind
    returns: Kind
    arrivals: Arrivals
    entering: Entering
    announced: Array
    new_share: float
    blips: float
    new_parts: float
    lost_parts: float
    rate_moves: float
    sizes: int


def learn(history: History, *, seasons: bool = True) -> Learned:
    """Fit everything on `history`, of two months at least; without `seasons` all months of the year are alike."""
    sizes = 1 + max(int(max(rows["size"], default=0)) for rows in (history.states, history.lapsed))
    states = history.states.where(history.states["month"] < history.last)
    fit = _Fit(history, sizes, seasons)
    return Learned(
        churn=fit.churn(states),
        # Who has said that it leaves changes nothing more.
        expansion=fit.change(states.where(states["lead"] == 0), "expanded", "expansion"),
        contraction=fit.change(states.where(states["lead"] == 0), "contracted", "contraction"),
        returns=fit.returns(),
        arrivals=fit_arrivals(counted(history), history.last),
        entering=entering_of(history, sizes=sizes),
        announced=_announced(states, history),
        new_share=new_share(history),
        blips=_share(states, history, "back", "mrr"),
        new_parts=_share(states, history, "new_parts", "expansion"),
        lost_parts=_share(states, history, "lost_parts", "contraction"),
        rate_moves=_rate_moves(history),
        sizes=sizes,
    )


def places_of(rows: Rows) -> dict[str, Array]:
    """The places of rows of states as indices; the season is that of the month after."""
    term = term_index(rows["term"])
    return {
        "term": term,
        "class": age_classes()[term, rows["age"]],
        "size": rows["size"],
        "returned": rows["returned"],
        "season": (rows["month"] + 1) % _YEAR,
    }


@dataclass(frozen=True)
class _Fit:
    """The kinds of one history."""

    history: History
    sizes: int
    seasons: bool

    def churn(self, rows: Rows) -> Kind:
        events, amount = rows["left_"], rows["left_mrr"]
        squares = rows["left_squares"]
        amounts = fit_amounts(rows, events, amount, squares, usual_share=1.0, history=self.history, sizes=self.sizes)
        return self._kind(rows, events, amount, amounts, half_life=_LEAVING_HALF_LIFE)

    def change(self, rows: Rows, events: str, amount: str) -> Kind:
        squares = rows[f"{amount}_squares"]
        amounts = fit_amounts(
            rows, rows[events], rows[amount], squares, usual_share=_CHANGES_BY, history=self.history, sizes=self.sizes
        )
        return self._kind(rows, rows[events], rows[amount], amounts, half_life=_CHANGE_HALF_LIFE)

    def returns(self) -> Kind:
        rows = self.history.lapsed.where(self.history.lapsed["month"] < self.history.last)
        season = (rows["month"] + 1) % _YEAR
        places = {"term": term_index(rows["term"]), "lag": rows["age"], "size": rows["size"], "season": season}
        often = self._often(places, rows, rows["left_"], _OF_LAPSED, half_life=_LEAVING_HALF_LIFE)
        amounts = returned_amounts(self.history, sizes=self.sizes, half_life=_LEAVING_HALF_LIFE)
        return Kind(often, self._shock(rows, often.expected(places, rows["customers"]), rows["left_"]), amounts)

    def _kind(self, rows: Rows, events: Array, amount: Array, amounts: Amounts, *, half_life: float) -> Kind:
        places = places_of(rows)
        often = self._often(places, rows, events, _OF_PAYING, half_life=half_life)
        expected = often.expected(places, rows["customers"])
        level = levelled(amounts, rows, expected, amount, history=self.history)
        return Kind(often, self._shock(rows, expected, events), level)

    def _often(
        self, places: dict[str, Array], rows: Rows, events: Array, factors: Sequence[Factor], *, half_life: float
    ) -> Fitted:
        weights = weights_of(rows["month"], self.history.last, half_life=half_life)
        if not self.seasons:
            factors = [each if "season" not in each.places else Factor(each.places, _NEVER) for each in factors]
        lengths = {"term": len(TERMS), "class": AGE_CLASSES, "size": self.sizes, "returned": 2, "season": _YEAR}
        return fit_factors(
            places,
            weights * rows["customers"],
            weights * events,
            factors=factors,
            sizes={**lengths, "lag": LAGS + 1},
            along="size",
        )

    def _shock(self, rows: Rows, expected: Array, events: Array) -> Shock:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        at, months = rows["month"] - self.history.first, self.history.months - 1
        weights = weights_of(np.arange(months), months, half_life=_LEAVING_HALF_LIFE)
        return fit_shock(np.bincount(at, events, months), np.bincount(at, expected, months), weights)


def _announced(states: Rows, history: History) -> Array:
    """By term and months ahead (0 to 18): the share of those who left that had said so by then."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    found = np.zeros((len(TERMS), LEADS + 1))
    term = term_index(states["term"])
    for ahead in range(1, LEADS + 1):
        said = (states["lead"] == ahead) & (states["month"] + ahead <= history.last)
        left = states["month"] + 1 >= history.first + ahead
        for each in range(len(TERMS)):
            known = float(states["customers"][said & (term == each)].sum())
            gone = float(states["left_"][left & (term == each)].sum())
            found[each, ahead] = min(known / (gone + _LEAVERS_TO_BELIEVE), 1.0)
    return found


def _share(states: Rows, history: History, part: str, whole: str) -> float:
    """One sum as a share of another, recent months first."""
    weights = weights_of(states["month"], history.last, half_life=HALF_LIFE)
    total = float((weights * states[whole]).sum())
    return float((weights * states[part]).sum()) / total if total > 0 else 0.0


def _rate_moves(history: History) -> float:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    flows, closing = history.flows, history.closing
    moved = flows["new"] + flows["expansion"] + flows["reactivation"] - flows["contraction"] - flows["churned"]
    opening = closing[:-1]
    left_over = closing[1:] - opening - moved[1:]
    shares = np.divide(left_over, opening, out=np.zeros(len(opening)), where=opening > 0)[-_RATES_KNOWN:]
    return float(np.sqrt((shares**2).mean())) if len(shares) else 0.0
