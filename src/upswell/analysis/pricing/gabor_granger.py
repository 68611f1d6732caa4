"""Gabor and Granger's direct question: would you buy at this price? A demand curve, and the price that brings most.

Ten respondents are asked at 10.00, 15.00 and 20.00; nine, seven and four would buy:

    price   would buy   share   revenue for each one asked
    10.00      9         0.9      9.00
    15.00      7         0.7     10.50     <- the most
    20.00      4         0.4      8.00

(A. Gabor and C. W. J. Granger, "On the price consciousness of consumers", Applied Statistics 10, 1961; "Price as an
indicator of quality", Economica 33, 1966). Who would buy at a price would buy below it, and who would not would not
above it: so one that was asked at two prices of five may be counted at all of them. Who would buy at a price and not
at a lower one is set aside. The price that brings most is one of those that were asked; its interval is the middle
95 % of the best prices of 1,000 samples of respondents, drawn with replacement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

DRAWS: Final = 1000
_SEED: Final = 1961

# What one respondent said: would it buy, at each price that it was asked.
Answers = Mapping[Decimal, bool]


@dataclass(frozen=True)
class Demand:
    """At one price: how many would buy, of how many whose answer is known."""

    price: Decimal
    buyers: int
    known: int

    @property
    def revenue(self) -> float:
        """What each one asked brings."""
        return float(self.price) * self.buyers / self.known if self.known else 0.0


@dataclass(frozen=True)
class BestPrice:
    """The price that brings most, with its 95 % interval; `is_edge`: none was asked beyond it."""

    price: Decimal
    low: Decimal
    high: Decimal
    known: int
    is_edge: bool


def is_consistent(answers: Answers) -> bool:
    """Whether it would not buy at a price and yet buy at a higher one."""
    bought = [price for price, buys in answers.items() if buys]
    left = [price for price, buys in answers.items() if not buys]
    return not bought or not left or max(bought) < min(left)


def demand(respondents: Sequence[Answers]) -> list[Demand]:
    """The demand at each price that anybody was asked, the cheapest first."""
    prices = _prices(respondents)
    return _demand([_known(each, prices) for each in respondents], prices)


def best_price(respondents: Sequence[Answers], *, draws: int = DRAWS, seed: int = _SEED) -> BestPrice:
    """The price that brings most of at least one consistent respondent; of equals the lower."""
    prices = _prices(respondents)
    known = [_known(each, prices) for each in respondents]
    chance = Random(seed)
    best = _best(_demand(known, prices))
    drawn = [float(_best(_demand(chance.choices(known, k=len(known)), prices)).price) for _ in range(draws)]
    low, high = (min(prices, key=lambda price: abs(float(price) - each)) for each in _middle_95(drawn))
    return BestPrice(best.price, low, high, best.known, best.price in (prices[0], prices[-1]))


def _middle_95(values: Sequence[float]) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile of drawn values."""
    ordered = sorted(values)
    cut = len(ordered) // 40
    return ordered[cut], ordered[-1 - cut]


def _prices(respondents: Sequence[Answers]) -> list[Decimal]:
    return sorted({price for each in respondents for price in each})


def _known(answers: Answers, prices: Sequence[Decimal]) -> tuple[bool | None, ...]:
    """What is known of one respondent at each of `prices`: said, implied, or neither."""
    would = max((price for price, buys in answers.items() if buys), default=None)
    would_not = min((price for price, buys in answers.items() if not buys), default=None)
    return tuple(
        True
        if would is not None and price <= would
        else False
        if would_not is not None and price >= would_not
        else None
        for price in prices
    )


def _demand(known: Sequence[tuple[bool | None, ...]], prices: Sequence[Decimal]) -> list[Demand]:
    columns = list(zip(*known, strict=True))
    return [
        Demand(price, column.count(True), len(column) - column.count(None))
        for price, column in zip(prices, columns, strict=True)
    ]


def _best(found: Sequence[Demand]) -> Demand:
    return max(found, key=lambda each: (each.revenue, -each.price))
