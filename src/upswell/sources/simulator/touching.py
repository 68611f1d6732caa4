"""Offers made to customers, and what comes of them.

Who is offered what depends on what the company can see (limits that press, seats in use) and on chance. Whether a
customer accepts depends on what it cannot: the customer's response to that kind of offer, its need, its fatigue. Every
offer tires; a tired customer listens less and is likelier to leave. One in five is moved by nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.chance import day_between, happens, weighted
from upswell.sources.simulator.growing import can_grow
from upswell.sources.simulator.traits import OFFERS
from upswell.sources.simulator.window import LAST_ANCHOR_DAY

_ANSWER_DAYS: Final = 14
_DISCOUNTS: Final = (10, 15, 20)


@dataclass(frozen=True)
class Touch:
    """One offer: the day of its answer, and the day on which an acceptance shows in the subscription."""

    at: date
    offer: str
    channel: str
    discount: int | None
    outcome: str
    answered: date
    grows_on: date | None


def touch_of_a_month(account: Account, month: date) -> Touch | None:
    """The offer made in `month`, if one is."""
    chance, how = account.chance, account.preset.touching
    seen = 1.0 + account.is_pressed + 0.5 * (account.need > account.seats)
    if not happens(chance, how.rate * seen / 1.5):
        return None
    offers = [offer for offer in OFFERS if can_grow(account, offer)]
    offer = weighted(chance, offers, [_relevance(account, each) for each in offers])
    discount = chance.choice(_DISCOUNTS) if happens(chance, how.discount_share) else None
    at = day_between(chance, month, month.replace(day=LAST_ANCHOR_DAY))
    answered = at + timedelta(days=chance.randint(0, _ANSWER_DAYS))
    accepted = happens(chance, _acceptance(account, offer, discount))
    declines = happens(chance, 0.25 + 0.3 * min(1.0, account.fatigue))
    account.fatigue += how.fatigue * account.traits.tires
    return Touch(
        at=at,
        offer=offer,
        channel=weighted(chance, tuple(how.channels), tuple(how.channels.values())),
        discount=discount,
        outcome="accepted" if accepted else "declined" if declines else "ignored",
        answered=answered,
        grows_on=answered + timedelta(days=chance.randint(0, 10)) if accepted else None,
    )


def note(account: Account, touch: Touch) -> None:
    """Write the touch down; one not yet answered at the end of the window is pending."""
    outcome = touch.outcome if touch.answered < account.window.end else "pending"
    account.history.add("touches", touch.at, touch.offer, touch.channel, outcome, touch.discount)


def _relevance(account: Account, offer: str) -> float:
    match offer:
        case "seats":
            return 2.0 if account.need > account.seats else 0.6
        case "upgrade":
            return 2.0 if account.is_pressed else 0.5
        case _:
            return 1.0


def _acceptance(account: Account, offer: str, discount: int | None) -> float:
    chance = account.preset.touching.acceptance * account.traits.response[offer] * (0.4 + account.health)
    chance *= _relevance(account, offer) * math.exp(-account.fatigue)
    return min(0.9, chance * (1.4 if discount else 1.0))
