"""Growth that nobody asked for: seats as the need grows, plans as limits press, add-ons, a second product, prices.

A customer that needs 12 seats and has 8 will sooner or later buy 4. At a renewal it may give seats back, leave an
add-on, move to the list prices of the day, or go on under a new item id.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from upswell.sources.simulator.account import PRESSED, Account
from upswell.sources.simulator.chance import day_between, happens
from upswell.sources.simulator.preset import Addon
from upswell.sources.simulator.window import LAST_ANCHOR_DAY

_WORTH_ASKING: Final = 1.12  # need of so much more than there are seats makes a customer buy
_TOO_MANY: Final = 0.85
_SWAPS: Final = 0.25  # of changes of plan come under a new item id
_HARDLY_USED: Final = 0.15  # of what the plan allows


def need_moves(account: Account) -> None:
    """A month passes: the need grows or shrinks, health drifts around fit, fatigue wears off."""
    chance = account.chance
    account.need *= math.exp(account.traits.growth / 12 + chance.gauss(0, 0.03))
    drifted = account.health + 0.12 * (account.traits.fit - account.health) + chance.gauss(0, 0.06)
    account.health = min(1.0, max(0.0, drifted))
    account.fatigue *= account.preset.touching.decay


def changes_of_a_month(account: Account, month: date) -> list[tuple[date, str]]:
    """The days and names of what the customer does of itself in `month`."""
    chance, likely = account.chance, account.preset.growing
    lift = 0.5 + account.health
    wanted = {
        "seats": likely.seats * lift * (account.need > account.seats * _WORTH_ASKING) * 2,
        "upgrade": likely.upgrade * lift * (1 + 12 * max(0.0, account.pressure - PRESSED)),
        "addon": likely.addon * lift,
        "cross_sell": likely.second_product * lift,
        "yearly": likely.yearly_term if account.term == "month" else 0.0,
    }
    last = month.replace(day=LAST_ANCHOR_DAY)
    return [
        (day_between(chance, month, last), name) for name, probability in wanted.items() if happens(chance, probability)
    ]


def grow(account: Account, day: date, what: str) -> None:
    """One step of growth: what an accepted offer leads to, too."""
    if not account.is_free_to_change(day):
        return
    match what:
        case "seats":
            more = max(account.seats + 1, math.ceil(account.need), math.ceil(account.seats * 1.05))
            account.set_seats(day, more)
            account.grow_second_product(day)
        case "upgrade":
            _change_plan(account, day, 1)
        case "addon":
            addon = _next_addon(account)
            if addon is not None:
                account.add_addon(day, addon)
        case "cross_sell":
            if account.second is None:
                account.add_second_product(day)
        case "yearly":
            account.set_term(day, "year")
        case _:
            raise ValueError(f"no such growth: {what}")


def can_grow(account: Account, what: str) -> bool:
    """Whether there is anything to sell of this kind."""
    match what:
        case "upgrade":
            return account.next_plan(1) is not None
        case "addon":
            return _next_addon(account) is not None
        case "cross_sell":
            return account.second is None
        case _:
            return True


def renew(account: Account, day: date) -> None:
    """A term begins anew on `day`: what the customer makes of it."""
    if not account.is_free_to_change(day):
        return
    chance, likely = account.chance, account.preset.growing
    if happens(chance, likely.new_ids * account.term_months / 12):
        account.renew_under_new_id(day)
    share_of_year = account.term_months / 12
    if account.need < account.seats * _TOO_MANY and happens(chance, 1 - (1 - likely.fewer_seats) ** share_of_year):
        account.set_seats(day, max(1, math.ceil(account.need)))
    if account.pressure < _HARDLY_USED and happens(chance, likely.downgrade * share_of_year):
        _change_plan(account, day, -1)
    for addon_id in list(account.addons):
        if happens(chance, likely.drop_addon * share_of_year) and account.addons[addon_id].now.starts < day:
            account.drop_addon(day, addon_id)
    if account.prices.rises_between(account.list_day, day):
        account.reprice(day)


def _change_plan(account: Account, day: date, step: int) -> None:
    plan = account.next_plan(step)
    if plan is not None:
        account.set_plan(day, plan, new_id=happens(account.chance, _SWAPS))


def _next_addon(account: Account) -> Addon | None:
    return next((each for each in account.preset.addons if each.id not in account.addons), None)
