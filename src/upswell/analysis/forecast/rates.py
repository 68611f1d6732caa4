"""What a history teaches: how often customers leave, grow, shrink and come back, and by how much.

    learned = learn(history)        # everything a simulation draws from, fitted on the months of the history alone

Recent years weigh more: a month counts half as much as one three years later. A rate is a product of factors (term, age
class, size, whether the customer had left before, month of the year), each pulled towards 1 where little was seen; see
`factors`. An amount is a share of what such a customer pays: a growing customer of the size 64 to 256 that adds 12 % on
the average, with the spread that the squares of the amounts tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.arrivals import Arrivals, fit_arrivals
from upswell.analysis.forecast.classes import AGE_CLASSES, TERMS, age_classes, term_index
from upswell.analysis.forecast.factors import Factor, Fitted, fit_factors
from upswell.analysis.forecast.history import History, Rows
from upswell.analysis.forecast.reading import LAGS, LEADS
from upswell.analysis.forecast.shocks import Shock, fit_shock

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_YEAR: Final = 12
_HALF_LIFE: Final = 36.0
_CHANGE_HALF_LIFE: Final = 18.0
_AMOUNT_HALF_LIFE: Final = 24.0
_LEVEL_HALF_LIFE: Final = 12.0
_LEVEL_PRIOR: Final = 20.0
_OF_STATES: Final = (
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
class Amounts:
    """What an event is worth, as a share of the customer's MRR by term and size; `spread` is the squared variation."""

    share: Array
    spread: float
    events: float

    def draw(self, rng: np.random.Generator, simulations: int) -> Array:
        """How far the true mean is off the fitted one, by simulation: `events` amounts told so much and no more."""
        shape = max(self.events / (1 + self.spread), 1.0)
        return rng.gamma(shape, size=simulations) / shape


@dataclass(frozen=True)
class Kind:
    """How often something happens to a paying customer, the shock common to all in a month, and what it is worth."""

    often: Fitted
    shock: Shock
    amounts: Amounts


@dataclass(frozen=True)
class Entering:
    """Who comes: the share of each term and size, what they pay at first, and its squared variation."""

    share_events: Array
    paid: Array
    spread: float


@dataclass(frozen=True)
class Learned:
    """Everything fitted. `announced` is the share of leavings, by term and months ahead, that was known so early."""

    churn: Kind
    expansion: Kind
    contraction: Kind
    returns: Kind
    arrivals: Arrivals
    entering: Entering
    announced: Array
    kept_word: float
    new_share: float
    blips: float
    rate_moves: float
    sizes: int


def learn(history: History) -> Learned:
    """Fit everything on `history`, of two months at least."""
    sizes = 1 + int(max(history.states["size"].max(), history.lapsed["size"].max() if len(history.lapsed) else 0))
    states = history.states.where(history.states["month"] < history.last)
    open_ = states.where(states["lead"] == 0)
    return Learned(
        churn=_churn(states, history, sizes),
        expansion=_change(open_, history, sizes, "expanded", "expansion"),
        contraction=_change(open_, history, sizes, "contracted", "contraction"),
        returns=_returns(history, sizes),
        arrivals=fit_arrivals(_counts(history), history.last),
        entering=_entering(history, sizes),
        announced=_announced(states, history),
        kept_word=_kept_word(states),
        new_share=_new_share(history),
        blips=_blips(states, history),
        rate_moves=_rate_moves(history),
        sizes=sizes,
    )


def weights_of(months: Array, last: int, *, half_life: float = _HALF_LIFE) -> Array:
    """What each month counts: 1 today, a half `half_life` months ago."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return np.exp2((months - last) / half_life)


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


def _lengths(sizes: int) -> dict[str, int]:
    return {"term": len(TERMS), "class": AGE_CLASSES, "size": sizes, "returned": 2, "season": _YEAR, "lag": LAGS + 1}


def _kind(
    rows: Rows, places: dict[str, Array], events: Array, history: History, sizes: int, *, factors: Sequence[Factor],
    amounts: Amounts, half_life: float = _HALF_LIFE,
) -> Kind:
    weights = weights_of(rows["month"], history.last, half_life=half_life)
    often = fit_factors(
        places, weights * rows["customers"], weights * events, factors=factors, sizes=_lengths(sizes), along="size"
    )
    return Kind(often, _shock(rows, often.expected(places, rows["customers"]), events, history), amounts)


def _shock(rows: Rows, expected: Array, events: Array, history: History) -> Shock:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    at, months = rows["month"] - history.first, history.months - 1
    seen = np.bincount(at, events, months)
    hoped = np.bincount(at, expected, months)
    return fit_shock(seen, hoped, weights_of(np.arange(months), months))


def _churn(states: Rows, history: History, sizes: int) -> Kind:
    amounts = _amounts(states, states["left_"], states["left_mrr"], states["left_mrr"] ** 2, history, sizes)
    return _kind(
        states, places_of(states), states["left_"], history, sizes, factors=_OF_STATES, amounts=amounts
    )


def _change(rows: Rows, history: History, sizes: int, counted: str, amount: str) -> Kind:
    amounts = _amounts(rows, rows[counted], rows[amount], rows[f"{amount}_squares"], history, sizes)
    return _kind(rows, places_of(rows), rows[counted], history, sizes, factors=_OF_STATES, amounts=amounts, half_life=_CHANGE_HALF_LIFE)


def _amounts(rows: Rows, events: Array, amount: Array, squares: Array, history: History, sizes: int) -> Amounts:
    """The amounts of events as shares of the mean MRR of their cell."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    weights = weights_of(rows["month"], history.last, half_life=_AMOUNT_HALF_LIFE)
    mean = np.divide(rows["mrr"], rows["customers"], out=np.zeros(len(rows)), where=rows["customers"] > 0)
    usual = weights * events * mean
    # In units of events, so that a prior of eight events means what it says.
    unit = float(usual.sum()) / max(float((weights * events).sum()), 1e-9) or 1.0
    fitted = fit_factors(
        {"term": term_index(rows["term"]), "size": rows["size"]},
        usual / unit,
        weights * amount / unit,
        factors=[Factor(("term",), 8), Factor(("term", "size"), 8)],
        sizes=_lengths(sizes),
        along="size",
        prior_rate=10.0,
    )
    share = fitted.base * fitted.means[0][:, None] * fitted.means[1] * fitted.slope.at(np.arange(sizes))
    hoped = share[term_index(rows["term"]), rows["size"]] * mean
    # What the last two years or so say of all of them together: the largest grow by more than a share of the past.
    recent = weights_of(rows["month"], history.last, half_life=_LEVEL_HALF_LIFE)
    seen, thought = float((recent * amount).sum()), float((recent * events * hoped).sum())
    counted = float((recent * events).sum())
    level = (seen / thought * counted + _LEVEL_PRIOR) / (counted + _LEVEL_PRIOR) if thought > 0 else 1.0
    share, hoped = share * level, hoped * level
    alone = float((weights * events * hoped**2).sum())
    spread = float((weights * squares).sum()) / alone - 1 if alone > 0 else 1.0
    return Amounts(share, float(np.clip(spread, 0.05, 20.0)), float((weights * events).sum()) + 1.0)


def _returns(history: History, sizes: int) -> Kind:
    rows = history.lapsed.where(history.lapsed["month"] < history.last)
    places = {
        "term": term_index(rows["term"]),
        "lag": rows["age"],
        "size": rows["size"],
        "season": (rows["month"] + 1) % _YEAR,
    }
    return _kind(
        rows, places, rows["left_"], history, sizes, factors=_OF_LAPSED, amounts=_returned_amounts(history, sizes)
    )


def _returned_amounts(history: History, sizes: int) -> Amounts:
    """What those pay who come back, as a share of what they had paid."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    back = history.entrants.where(history.entrants["returned"] == 1)
    left = history.lapsed.where(history.lapsed["month"] < history.last)
    weights = weights_of(left["month"], history.last)
    events = float((weights * left["left_"]).sum())
    former = float((weights * left["left_mrr"]).sum())
    paid = float((weights_of(back["month"] - 1, history.last) * back["mrr"]).sum())
    share = (paid + former * 5 / (events + 1e-9)) / (former + former * 5 / (events + 1e-9)) if former > 0 else 1.0
    return Amounts(np.full((len(TERMS), sizes), share), 1.0, events + 1.0)


def _counts(history: History) -> Array:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    fresh = history.entrants.where(history.entrants["returned"] == 0)
    return np.bincount(fresh["month"] - history.first, fresh["customers"], history.months)


def _entering(history: History, sizes: int) -> Entering:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    rows = history.entrants.where((history.entrants["returned"] == 0) & (history.entrants["month"] > history.first))
    weights = weights_of(rows["month"], history.last, half_life=_AMOUNT_HALF_LIFE)
    shape = (len(TERMS), sizes)
    at = np.ravel_multi_index((term_index(rows["term"]), rows["size"]), shape)
    cells = len(TERMS) * sizes
    events = np.bincount(at, weights * rows["customers"], cells)
    money = np.bincount(at, weights * rows["mrr"], cells)
    squares = float((weights * rows["mrr_squares"]).sum())
    paid = np.divide(money, events, out=np.zeros(cells), where=events > 0)
    alone = float((events * paid**2).sum())
    spread = float(np.clip(squares / alone - 1, 0.01, 20.0)) if alone > 0 else 0.5
    return Entering(events.reshape(shape), paid.reshape(shape), spread)


def _announced(states: Rows, history: History) -> Array:
    """By term and months ahead (0 to 18): the share of those who left that had said so by then."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    found = np.zeros((len(TERMS), LEADS + 1))
    term = term_index(states["term"])
    for ahead in range(1, LEADS + 1):
        told = (states["lead"] == ahead) & (states["month"] + ahead <= history.last)
        left = states["month"] + 1 >= history.first + ahead
        for each in range(len(TERMS)):
            known = float(states["customers"][told & (term == each)].sum())
            gone = float(states["left_"][left & (term == each)].sum())
            found[each, ahead] = min(known / (gone + 4.0), 1.0)
    return found


def _kept_word(states: Rows) -> float:
    """The share that leaves of those who said that they leave next month."""
    due = states["lead"] == 1
    return float((states["left_"][due].sum() + 9.5) / (states["customers"][due].sum() + 10.0))


def _new_share(history: History) -> float:
    """What is booked as new for each unit that new customers pay at the close of their first month."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    fresh = history.entrants.where(history.entrants["returned"] == 0)
    paid = np.bincount(fresh["month"] - history.first, fresh["mrr"], history.months)[1:]
    booked = history.flows["new"][1:]
    weights = weights_of(np.arange(len(paid)), len(paid))
    whole = float((weights * paid).sum())
    return float((weights * booked).sum()) / whole if whole > 0 else 1.0


def _blips(states: Rows, history: History) -> float:
    """What left and was back within one month, as a share of MRR."""
    weights = weights_of(states["month"], history.last, half_life=_AMOUNT_HALF_LIFE)
    whole = float((weights * states["mrr"]).sum())
    return float((weights * states["reactivation"]).sum()) / whole if whole > 0 else 0.0


def _rate_moves(history: History) -> float:
    """The deviation of what exchange rates did to MRR in a month, as a share of it."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    closing = history.closing
    moved = history.flows["new"] + history.flows["expansion"] + history.flows["reactivation"]
    moved = moved - history.flows["contraction"] - history.flows["churned"]
    opening = closing[:-1]
    share = np.divide(
        closing[1:] - opening - moved[1:], opening, out=np.zeros(len(opening)), where=opening > 0
    )[-48:]
    return float(np.sqrt((share**2).mean())) if len(share) else 0.0
