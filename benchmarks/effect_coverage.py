"""Do the intervals of the effect against the holdout hold what they claim? Companies whose effect is planted.

    python -m benchmarks s

Families are listed in two arms, a tenth of them held out. Each expands within 90 days with a chance that differs by
arm, by an amount that is lognormal (most small, few large). The truth is the difference of the chances times the mean
amount. At 95 % an interval should hold it in about 95 of 100 companies, and in more where few of the holdout expand.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import exp
from typing import Final

from upswell.growth.effect import Effect, effect_of
from upswell.growth.gains import Gain
from upswell.metrics.lots import MONEY_DIGITS
from upswell.state import Listing
from upswell.state.growth_records import Arm

COMPANIES: Final = 1000
LISTED_ON: Final = date(2026, 1, 1)
_MEAN_LOG: Final = 4.0
# Families offered and held out, and the chance of each to expand.
SETTINGS: Final = ((450, 50, 0.2, 0.2), (900, 100, 0.1, 0.1), (900, 100, 0.2, 0.1), (2000, 220, 0.15, 0.1))
SPREADS: Final = (0.5, 1.0, 1.3)


def company(chance: random.Random, offered: tuple[int, float], holdout: tuple[int, float], spread: float) -> Effect:
    """The effect that is measured in one company."""
    listings: list[Listing] = []
    gains: dict[str, list[Gain]] = {}
    arms: tuple[tuple[Arm, tuple[int, float]], ...] = (("offered", offered), ("holdout", holdout))
    for arm, (families, likelihood) in arms:
        for number in range(families):
            family = f"{arm}-{number}"
            listings.append(Listing(family, family, "seats", LISTED_ON, arm))
            if chance.random() < likelihood:
                amount = round(chance.lognormvariate(_MEAN_LOG, spread) * 100) * 10 ** (MONEY_DIGITS - 2)
                gains[family] = [Gain(LISTED_ON + timedelta(days=chance.randint(0, 90)), amount, 0)]
    return effect_of(listings, gains, {}, day=LISTED_ON + timedelta(days=100))


def main() -> None:
    """Print a line a setting: how many companies had an effect, and in which share of them the intervals held."""
    chance = random.Random(20_260_101)
    print("offered  held out  expand         spread  measured  mean held  share held")
    for spread in SPREADS:
        for offered, holdout, likely, likely_held in SETTINGS:
            truth = (likely - likely_held) * exp(_MEAN_LOG + spread * spread / 2)
            mean = share = measured = 0
            for _ in range(COMPANIES):
                found = company(chance, (offered, likely), (holdout, likely_held), spread)
                if found.mrr is not None and found.share is not None:
                    measured += 1
                    mean += float(found.mrr.low) <= truth <= float(found.mrr.high)
                    share += float(found.share.low) <= likely - likely_held <= float(found.share.high)
            chances = f"{likely:.2f} and {likely_held:.2f}"
            held = f"{mean / measured:9.3f}  {share / measured:10.3f}"
            print(f"{offered:7}  {holdout:8}  {chances}  {spread:6.1f}  {measured:8}  {held}")


if __name__ == "__main__":
    main()
