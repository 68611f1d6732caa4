"""What an event is worth: the amount of an expansion, contraction or churn as a share of what such customers pay.

Customers of a cell pay 80.00 on the average. Forty that grew added 480.00: 12.00 each, a share of 0.15. Their squares
add up to 9,600.00, where forty equal amounts would have 5,760.00: the squared variation is 9,600 / 5,760 - 1 = 0.67.
Shares are fitted by term and size like rates (`factors`); then all are brought to the level of the last year or two,
since the largest customers are few, their own factors stay near 1, and yet they decide the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.classes import TERMS, term_index
from upswell.analysis.forecast.factors import Factor, fit_factors
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.table import Rows

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

HALF_LIFE: Final = 24.0
_LEVEL_HALF_LIFE: Final = 12.0
_LEVEL_PRIOR: Final = 8.0
_PRIOR: Final = 8.0
_SPREAD_LEAST: Final = 0.05
_SPREAD_MOST: Final = 20.0
_NOTHING: Final = 1e-9


@dataclass(frozen=True)
class Amounts:
    """The share by term and size, its squared variation, and how many equal events the level rests on."""

    share: Array
    spread: float
    events: float

    def draw(self, rng: np.random.Generator, simulations: int) -> Array:
        """How far the true level is off the fitted one, by simulation: a gamma of mean 1 of so many equal events."""
        drawn: Array = rng.gamma(self.events, size=simulations) / self.events
        return drawn


def weights_of(months: Array, last: int, *, half_life: float) -> Array:
    """What each month counts: 1 today, a half `half_life` months ago."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    found: Array = np.exp2((months - last) / half_life)
    return found


def mean_mrr(rows: Rows) -> Array:
    """What a customer of each row pays on the average."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    customers = rows["customers"]
    return np.divide(rows["mrr"], customers, out=np.zeros(len(rows)), where=customers > 0)


def fit_amounts(
    rows: Rows, events: Array, amount: Array, squares: Array, *, usual_share: float, history: History, sizes: int
) -> Amounts:
    """The amounts behind `events` of the rows: their sums and the sums of their squares.

    `usual_share` is what an event comes to where none was seen: one event's worth of it is believed.
    """
    import numpy as np  # noqa: PLC0415 -- part of an extra

    weights = weights_of(rows["month"], history.last, half_life=HALF_LIFE)
    mean, term = mean_mrr(rows), term_index(rows["term"])
    usual = weights * events * mean
    # In units of events, so that a prior of eight events means what it says.
    unit = float(usual.sum()) / max(float((weights * events).sum()), _NOTHING) or 1.0
    fitted = fit_factors(
        {"term": term, "size": rows["size"]},
        usual / unit,
        weights * amount / unit,
        factors=[Factor(("term",), _PRIOR), Factor(("term", "size"), _PRIOR)],
        sizes={"term": len(TERMS), "size": sizes},
        along="size",
        prior_rate=usual_share,
    )
    share = fitted.base * fitted.means[0][:, None] * fitted.means[1] * fitted.slope.at(np.arange(sizes))
    alone = float((weights * events * (share[term, rows["size"]] * mean) ** 2).sum())
    spread = float((weights * squares).sum()) / alone - 1 if alone > 0 else 1.0
    spread = float(np.clip(spread, _SPREAD_LEAST, _SPREAD_MOST))
    return Amounts(share, spread, float((weights * events).sum()) / (1 + spread) + 1.0)


def levelled(amounts: Amounts, rows: Rows, expected: Array, amount: Array, *, history: History) -> Amounts:
    """The amounts at the level of the last year or two: what came in all, over what rates and shares say of it.

    `expected` are the events that the rates expect of each row. The level is believed by the number of equal events
    that would be as uncertain as the expected ones are.
    """
    hoped = amounts.share[term_index(rows["term"]), rows["size"]] * mean_mrr(rows)
    weights = weights_of(rows["month"], history.last, half_life=_LEVEL_HALF_LIFE)
    thought = float((weights * expected * hoped).sum())
    if thought <= 0:
        return amounts
    equal = thought**2 / float((weights * expected * hoped**2).sum()) / (1 + amounts.spread)
    level = (float((weights * amount).sum()) / thought * equal + _LEVEL_PRIOR) / (equal + _LEVEL_PRIOR)
    return Amounts(amounts.share * level, amounts.spread, equal + _LEVEL_PRIOR)


def returned_amounts(history: History, *, sizes: int, half_life: float) -> Amounts:
    """What those pay who come back, as a share of what they had paid."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    back = history.entrants.where(history.entrants["returned"] == 1)
    left = history.lapsed.where(history.lapsed["month"] < history.last)
    weights = weights_of(left["month"], history.last, half_life=half_life)
    events, former = float((weights * left["left_"]).sum()), float((weights * left["left_mrr"]).sum())
    paid = float((weights_of(back["month"] - 1, history.last, half_life=half_life) * back["mrr"]).sum())
    share = (paid / former * events + _PRIOR) / (events + _PRIOR) if former > 0 else 1.0
    return Amounts(np.full((len(TERMS), sizes), share), 1.0, events + 1.0)
