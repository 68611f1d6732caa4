"""Leaving, and being held up: cancellations with notice, pauses, failed payments, and coming back.

A customer on a yearly contract decides months before the renewal; cancel_requested_at is the day on which it says
so, and service ends with the paid term. A payment that fails makes the customer past due; most pay within weeks, the
others fall to unpaid, or end: that is involuntary churn.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

from upswell.sources.simulator.account import LOST_AFTER, Account
from upswell.sources.simulator.chance import day_between, happens
from upswell.sources.simulator.window import LAST_ANCHOR_DAY, billing_day, plus_months

_NOTICE_MONTHS: Final = {"year": 2, "quarter": 1, "month": 0}
_UNPAID_AFTER: Final = timedelta(days=21)


def cancels(account: Account, month: date) -> tuple[date, date] | None:
    """The day of the request and the end of service, where the customer decides in `month` to leave."""
    chance = account.chance
    renewal = account.renewal_in(plus_months(month, _NOTICE_MONTHS[account.term]))
    if renewal is None:
        return None
    hazard = account.segment.churn * account.term_months / 12
    hazard *= math.exp(3.0 * (0.6 - account.health)) * (1 + account.fatigue)
    if account.prices.rises_between(account.list_day, renewal):
        hazard *= 1.25
    if not happens(chance, 1 - math.exp(-hazard)):
        return None
    requested = day_between(chance, month, min(renewal, month.replace(day=LAST_ANCHOR_DAY)))
    if account.term == "month":
        return requested, account.renewal_after(requested)
    return requested, renewal


def pauses(account: Account, month: date) -> tuple[date, date] | None:
    """From when to when the customer pauses, where it begins to in `month`."""
    chance, likely = account.chance, account.preset.leaving
    day = day_between(chance, month, month.replace(day=LAST_ANCHOR_DAY))
    off = likely.off_season
    if off and account.traits.seasonal and month.month == off[0] and account.term == "month":
        return day, plus_months(day, len(off))
    if happens(chance, likely.pause):
        return day, plus_months(day, chance.randint(1, 3))
    return None


def payment_fails(account: Account) -> bool:
    """Whether the payment of a term fails at first."""
    return happens(account.chance, min(0.5, account.preset.leaving.failure * account.traits.payment_risk))


def fall_behind(account: Account, day: date) -> list[tuple[date, str]]:
    """The payment due on `day` failed: what comes of it, and when."""
    chance, likely = account.chance, account.preset.leaving
    if happens(chance, likely.recovery):
        paid = day + timedelta(days=chance.randint(2, 20))
        account.failures[day] = paid
        account.set_status(day, "past_due", until=paid)
        return [(paid, "paid")]
    account.failures[day] = None
    account.set_status(day, "past_due", until=day + LOST_AFTER)
    end = [(day + LOST_AFTER, "lost")]
    if happens(chance, likely.unpaid_share):
        return [(day + _UNPAID_AFTER, "unpaid"), *end]
    return end


def comes_back(account: Account, ended: date) -> date | None:
    """The day on which a customer that left comes back, if it does."""
    if not happens(account.chance, account.preset.leaving.returns * (0.5 + account.traits.fit)):
        return None
    return plus_months(billing_day(ended), account.chance.randint(2, 9))
