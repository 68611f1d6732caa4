"""Use: calls against the plan's limit, calls that were blocked, people who are active, and calls billed beyond.

Use is told four times a month, on the 7th, 14th, 21st and 28th, each figure for the days since the one before. A plan
that allows 40,000 calls a month blocks what comes after the 40,000th, unless the customer is metered: then
every thousand beyond is billed.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from upswell.sources.simulator.account import Account

_DAYS: Final = (7, 14, 21, 28)
_LEAVERS_USE: Final = 0.55
_PER_UNIT: Final = 1000


def use_of_a_month(account: Account, month: date) -> None:
    """Write a month's use, set the pressure that the limit exerts, and meter what is billed."""
    if account.plan is None:
        return
    chance, using = account.chance, account.preset.using
    season = using.season[month.month - 1] * (0.35 + 1.1 * account.health)
    if account.leaves_on is not None:
        season *= _LEAVERS_USE
    people = min(account.need, account.seats) * min(1.0, season)
    wanted = account.need * using.calls_a_seat * season * math.exp(chance.gauss(0, 0.2))
    allowed = account.plan.calls
    account.pressure = 0.0 if allowed is None else wanted / allowed
    used = blocked = 0
    for at, day in enumerate(_DAYS):
        calls = round(wanted / len(_DAYS) * chance.uniform(0.85, 1.15))
        taken = calls if allowed is None or account.traits.metered else min(calls, max(0, allowed - used))
        used, blocked = used + taken, calls - taken
        told = month.replace(day=day)
        account.history.add("usage", "calls", told, taken)
        if blocked:
            account.history.add("usage", "blocked_calls", told, blocked)
        account.history.add("usage", "active_users", told, max(1, round(people * (1 - 0.03 * at))))
    if allowed is not None and account.traits.metered:
        account.meter(month, max(0, used - allowed) // _PER_UNIT)
