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
cheaper price dearer (too cheap above cheap, and so on) did not understand, and is set aside.

**The interval** of a point is that of a sign test. If two curves truly cross at a price, then as many respondents call
it the one as the other; of those that call it one of the two, the number of either is binomial with probability
1/2. The interval holds every price at which the counts are not too uneven for that, at 2.5 % on either side, half of
the observed count's own probability counted (H. O. Lancaster, "Significance tests in discrete distributions", Journal
of the American Statistical Association 56, 1961); between two prices the probability is taken as straight. As with the
interval of a median, nothing is assumed of how prices are distributed; a bootstrap held the truth too rarely (of 30
respondents in 84 to 92 % where it claims 95).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

CURVES: Final = ("too_cheap", "cheap", "expensive", "too_expensive")
_FALLING: Final = ("too_cheap", "cheap")
# Each point: the curve that falls and the curve that rises, by place in CURVES.
POINTS: Final = {"PMC": (0, 2), "OPP": (0, 3), "IPP": (1, 2), "PME": (1, 3)}
_TAIL: Final = 0.025

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


def points(answers: Sequence[Answer]) -> dict[str, Point]:
    """The four points of at least one consistent answer."""
    columns = [sorted(column) for column in zip(*answers, strict=True)]
    prices = sorted({price for column in columns for price in column})
    return {name: _point(columns[falling], columns[rising], prices) for name, (falling, rising) in POINTS.items()}


def counts_at(answers: Sequence[Answer], curve: str, price: float) -> int:
    """How many call `price` so: their answer is it or more (too cheap, cheap), or it or less."""
    place = CURVES.index(curve)
    if curve in _FALLING:
        return sum(answer[place] >= price for answer in answers)
    return sum(answer[place] <= price for answer in answers)


def _point(falling: Sequence[float], rising: Sequence[float], prices: Sequence[float]) -> Point:
    def counts(price: float) -> tuple[int, int]:
        """How many of `rising` are at most the price, and of `falling` at least it."""
        return bisect_right(rising, price), len(falling) - bisect_left(falling, price)

    # The first count never falls and the second never rises with the price: neither probability turns back.
    low = _reaches(prices, lambda price: _at_most(*counts(price)))
    high = _reaches(prices[::-1], lambda price: _at_most(*reversed(counts(price))))
    price = _crossing(falling, rising, prices)
    return Point(price, min(low, price), max(high, price))


def _reaches(prices: Sequence[float], probability: Callable[[float], float]) -> float:
    """The place along `prices` at which a probability that grows with it reaches 2.5 %; straight between two prices."""
    first = bisect_left(prices, _TAIL, key=probability) if len(prices) > 1 else 0
    if first in (0, len(prices)):
        return prices[min(first, len(prices) - 1)]
    below, above = probability(prices[first - 1]), probability(prices[first])
    return prices[first - 1] + (prices[first] - prices[first - 1]) * (_TAIL - below) / (above - below)


def _at_most(count: int, others: int) -> float:
    """The probability of at most `count` of `count` + `others` at 1/2 each, of `count` itself half."""
    of = count + others
    below, ways = 0, 1
    for each in range(count):
        below, ways = below + ways, ways * (of - each) // (each + 1)
    return float((2 * below + ways) / (1 << (of + 1)))


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
