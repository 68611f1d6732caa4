"""Van Westendorp's price sensitivity meter: four prices from each respondent, and where their curves cross.

Each is asked at which price the offer would be so cheap that it doubts the quality (too cheap), a bargain (cheap),
getting expensive, and too expensive to buy. Of three respondents

    Ann   10  20  30  40        Bob   15  25  35  45        Cid   5  15  25  35

two call 10.00 too cheap and one calls 25.00 expensive: at each price the share that calls it so falls for too cheap
(the answer is that price or more) and cheap, and rises for expensive (the answer is that price or less) and too
expensive. Curves cross at

    PMC   too cheap and expensive        the point of marginal cheapness: below it quality is doubted
    OPP   too cheap and too expensive    the optimal price point: as many find it too cheap as too expensive
    IPP   cheap and expensive            the indifference price point: as many find it cheap as expensive
    PME   cheap and too expensive        the point of marginal expensiveness: above it too few would buy

(P. H. van Westendorp, "NSS Price Sensitivity Meter (PSM): a new approach to study consumer perception of prices",
Proceedings of the 29th ESOMAR Congress, Venice 1976). PMC to PME is the range of acceptable prices. Between two prices
that were answered the curves are taken as straight; where they meet over a stretch its middle counts. Who calls a
cheaper price dearer (too cheap above cheap, and so on) did not understand, and is set aside. The intervals are the
middle 95 % of the points of 1,000 samples of respondents, drawn with replacement.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

DRAWS: Final = 1000
CURVES: Final = ("too_cheap", "cheap", "expensive", "too_expensive")
_FALLING: Final = ("too_cheap", "cheap")
# Each point: the curve that falls and the curve that rises, by place in CURVES.
POINTS: Final = {"PMC": (0, 2), "OPP": (0, 3), "IPP": (1, 2), "PME": (1, 3)}
_SEED: Final = 1976

Answer = tuple[float, float, float, float]


@dataclass(frozen=True)
class Point:
    """A price with its 95 % interval."""

    price: float
    low: float
    high: float


def is_consistent(answer: Sequence[float]) -> bool:
    """Whether the four prices do not fall from too cheap to too expensive."""
    return all(before <= after for before, after in pairwise(answer))


def points(answers: Sequence[Answer], *, draws: int = DRAWS, seed: int = _SEED) -> dict[str, Point]:
    """The four points of at least one consistent answer each; the same answers and seed give the same intervals."""
    chance = Random(seed)
    middle = _crossings(answers)
    drawn = [_crossings(chance.choices(answers, k=len(answers))) for _ in range(draws)]
    return {name: Point(middle[name], *middle_95([each[name] for each in drawn])) for name in POINTS}


def middle_95(values: Sequence[float]) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile of drawn values."""
    ordered = sorted(values)
    cut = len(ordered) // 40
    return ordered[cut], ordered[-1 - cut]


def counts_at(answers: Sequence[Answer], curve: str, price: float) -> int:
    """How many call `price` so: their answer is it or more (too cheap, cheap), or it or less."""
    place = CURVES.index(curve)
    if curve in _FALLING:
        return sum(answer[place] >= price for answer in answers)
    return sum(answer[place] <= price for answer in answers)


def _crossings(answers: Sequence[Answer]) -> dict[str, float]:
    columns = [sorted(column) for column in zip(*answers, strict=True)]
    prices = sorted({price for column in columns for price in column})
    return {name: _crossing(columns[falling], columns[rising], prices) for name, (falling, rising) in POINTS.items()}


def _crossing(falling: Sequence[float], rising: Sequence[float], prices: Sequence[float]) -> float:
    """Where as many of `rising` are at most a price as of `falling` are at least it."""

    def lead(price: float) -> int:
        return bisect_right(rising, price) - (len(falling) - bisect_left(falling, price))

    # The lead never falls: the first price at which it is not negative, and the first at which it is positive.
    first = bisect_left(prices, 0, key=lead)
    beyond = bisect_right(prices, 0, key=lead)
    if first < beyond:
        return (prices[first] + prices[beyond - 1]) / 2
    if first == 0:
        return prices[0]
    below, above = lead(prices[first - 1]), lead(prices[first])
    return prices[first - 1] + (prices[first] - prices[first - 1]) * below / (below - above)
