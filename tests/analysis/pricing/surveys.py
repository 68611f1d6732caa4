"""Price surveys drawn from people whose prices are known, so that what a survey should find is known, too.

Each person has a fair price f around 20.00 and calls 0.6 f too cheap, 0.8 f cheap, 1.2 f expensive, 1.5 f too
expensive; it buys at f or less.
"""

from __future__ import annotations

import random
from decimal import Decimal


def fair_prices(count: int, seed: int) -> list[float]:
    """The fair price of each person, log-normal around 20.00."""
    chance = random.Random(seed)
    return [20.0 * chance.lognormvariate(0.0, 0.25) for _ in range(count)]


def four_prices(fair: float) -> tuple[float, float, float, float]:
    """What the person answers, rounded to a tenth as people do."""
    one, two, three, four = (round(fair * factor, 1) for factor in (0.6, 0.8, 1.2, 1.5))
    return one, two, three, four


def would_buy(fair: float, prices: tuple[str, ...]) -> dict[Decimal, bool]:
    """What the person says at each price."""
    return {Decimal(price): float(price) <= fair for price in prices}
