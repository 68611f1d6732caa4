"""What a customer is, and what nobody can see of it.

Segment, country, channel and the day of joining are exported. The rest is latent: `fit` (how well the product suits the
customer), `growth` of its need, `response` to each kind of offer (1 = as the preset says, near 0 = not at all), how
fast offers tire it, how often its payments fail. Customer 17 is drawn from its own stream and so is the same in every
company of the same preset, window and seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from upswell.sources.simulator.chance import day_between, happens, weighted
from upswell.sources.simulator.preset import Country, Preset, Segment
from upswell.sources.simulator.window import LAST_ANCHOR_DAY, MONTHS_OF_A_YEAR, Window, months_between, plus_months

OFFERS: Final = ("seats", "upgrade", "addon", "cross_sell")
_GROUP_SIZE: Final = 25  # of 25 customers one may be the parent of others
_HAS_PARENT: Final = 0.08
_UNMOVED: Final = 0.2  # customers whom no offer moves

_FIRST_WORDS: Final = (
    *("Alder", "Amber", "Birch", "Bright", "Cedar", "Clear", "Copper", "Delta", "Ember", "Falcon", "Fjord", "Granite"),
    *("Harbor", "Hazel", "Indigo", "Juniper", "Kestrel", "Larch", "Maple", "North", "Ocean", "Pine", "Quartz", "River"),
    *("Silver", "Summit", "Tidal", "Umber", "Vista", "Willow"),
)
_SECOND_WORDS: Final = (
    *("Analytics", "Bakery", "Clinic", "Dental", "Energy", "Foods", "Freight", "Games", "Health", "Homes", "Labs"),
    *("Legal", "Logistics", "Media", "Mobility", "Motors", "Outdoor", "Paper", "Partners", "Retail", "Robotics"),
    *("School", "Sports", "Studio", "Systems", "Textiles", "Tools", "Travel", "Works", "Yachts"),
)


@dataclass(frozen=True)
class Traits:
    """One customer. Everything below `joined_on` is latent."""

    name: str
    segment: Segment
    country: Country
    channel: str
    parent: int | None
    owner: str
    joined_on: date
    seats: int
    fit: float
    growth: float
    response: dict[str, float]
    tires: float
    payment_risk: float
    metered: bool
    seasonal: bool


def draw_traits(preset: Preset, window: Window, number: int, chance: Random) -> Traits:
    """The traits of customer `number`."""
    segment = weighted(chance, preset.segments, [each.share for each in preset.segments])
    country = weighted(chance, preset.countries, [each.share for each in preset.countries])
    channels = preset.arrivals.channels
    low, high = segment.seats
    fit = chance.betavariate(3, 2)
    unmoved = happens(chance, _UNMOVED)
    return Traits(
        name=f"{chance.choice(_FIRST_WORDS)} {chance.choice(_SECOND_WORDS)} {number}",
        segment=segment,
        country=country,
        channel=weighted(chance, tuple(channels), tuple(channels.values())),
        parent=_parent(number, chance),
        owner=chance.choice(preset.owners),
        joined_on=_joining_day(preset, window, chance),
        seats=round(math.exp(chance.uniform(math.log(low), math.log(high)))),
        fit=fit,
        growth=chance.gauss(segment.growth + 0.25 * (fit - 0.6), 0.15),
        response={offer: 0.05 if unmoved else chance.lognormvariate(-0.1, 0.6) * (0.4 + fit) for offer in OFFERS},
        tires=chance.lognormvariate(0, 0.4),
        payment_risk=chance.lognormvariate(-0.3, 0.8),
        metered=happens(chance, preset.growing.metered),
        seasonal=happens(chance, preset.leaving.seasonal_share),
    )


def _parent(number: int, chance: Random) -> int | None:
    """Parents are every 25th customer, below `number`, and have no parent themselves."""
    drawn = chance.random()
    groups = (number - 1) // _GROUP_SIZE
    if number % _GROUP_SIZE == 0 or groups == 0 or drawn >= _HAS_PARENT:
        return None
    return _GROUP_SIZE * (1 + int(drawn / _HAS_PARENT * groups))


def _joining_day(preset: Preset, window: Window, chance: Random) -> date:
    arrivals = preset.arrivals
    if happens(chance, arrivals.installed):
        months = [plus_months(window.opens, after) for after in range(MONTHS_OF_A_YEAR)]
    else:
        months = list(window.months_from(window.first))
    weights = [
        arrivals.season[month.month - 1]
        * math.exp(arrivals.growth * months_between(window.first, month) / MONTHS_OF_A_YEAR)
        for month in months
    ]
    month = weighted(chance, months, weights)
    return day_between(chance, month, month.replace(day=LAST_ANCHOR_DAY))
