"""Feedback: scores that follow a customer's health and fatigue, with noise, and surveys that ask for its plans."""

from __future__ import annotations

from datetime import date
from typing import Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.chance import day_between, happens, weighted
from upswell.sources.simulator.window import LAST_ANCHOR_DAY

_KINDS: Final = ("nps", "csat", "survey")
_NPS_TOP: Final = 10
_CSAT_TOP: Final = 5


def feedback_of_a_month(account: Account, month: date) -> None:
    """Write down an answer, where one is given in `month`."""
    chance = account.chance
    if not happens(chance, account.preset.feedback):
        return
    day = day_between(chance, month, month.replace(day=LAST_ANCHOR_DAY))
    kind = weighted(chance, _KINDS, (0.6, 0.2, 0.2))
    person = f"{account.history.customer_id}-u{chance.randint(1, max(1, min(9, account.seats)))}"
    pleased = min(1.0, max(0.0, account.health + 0.15 - 0.1 * account.fatigue + chance.gauss(0, 0.15)))
    score: int | None = None
    is_open: bool | None = None
    if kind == "nps":
        score = round(_NPS_TOP * pleased)
    elif kind == "csat":
        score = 1 + round((_CSAT_TOP - 1) * pleased)
    else:
        wants = 0.15 + 0.4 * (account.need > account.seats) + 0.2 * account.is_pressed
        is_open = happens(chance, wants * (0.5 + account.health))
    account.history.add("feedback", day, kind, person, score, None if is_open is None else str(is_open).lower())
