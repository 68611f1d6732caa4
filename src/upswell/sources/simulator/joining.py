"""Joining: the plan a customer begins with, its trial and discount, and what the CRM writes down."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any, Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.chance import happens, weighted
from upswell.sources.simulator.preset import Plan
from upswell.sources.simulator.pricing import cents
from upswell.sources.simulator.window import billing_day, plus_months

_COMFORTABLE: Final = 0.7  # of what a plan allows is what a customer plans to use
_SIGNS_BEFORE: Final = 20  # days at most from first contact to the start of service
_ACTIVE_WITHIN: Final = 45


def join(account: Account, day: date, *, first_time: bool) -> date | None:
    """Start a subscription on `day`; the day on which its trial ends, if it has one."""
    preset, chance = account.preset, account.chance
    seats = max(1, round(account.need))
    plan = _plan_for(account, seats)
    term = weighted(chance, tuple(preset.terms), tuple(preset.terms.values()))
    trial: date | None = None
    if first_time and happens(chance, preset.trials.share):
        trial = billing_day(day + timedelta(days=preset.trials.days))
        trial = trial if trial > day else None
    bills_from = trial or day
    first: dict[str, Any] = {} if trial is None else {"status": "trialing", "trial_until": trial}
    account.open(day, plan=plan, seats=seats, term=term, bills_from=bills_from, **first)
    _discount(account, plan, bills_from)
    if first_time:
        _write_customer(account, day)
    return trial


def move_segment(account: Account, day: date) -> None:
    """A customer that outgrew its segment belongs to the next one from `day` on, often with another owner."""
    segments = account.preset.segments
    at = segments.index(account.segment)
    if at + 1 < len(segments) and account.seats >= account.segment.outgrown_at:
        account.segment = segments[at + 1]
        owner = account.chance.choice(account.preset.owners)
        _add_customer(account, owner=owner, valid_from=day)


def _plan_for(account: Account, seats: int) -> Plan:
    plans = account.preset.plans
    calls = seats * account.preset.using.calls_a_seat * account.chance.uniform(0.6, 1.1)
    fitting = (plan for plan in plans if plan.calls is None or calls <= plan.calls * _COMFORTABLE)
    return next(fitting, plans[-1])


def _discount(account: Account, plan: Plan, bills_from: date) -> None:
    discounts, chance = account.preset.discounts, account.chance
    if account.main is None or not happens(chance, discounts.share):
        return
    percent = chance.choice(discounts.percents)
    until = plus_months(bills_from, discounts.months)
    if happens(chance, discounts.fixed_share):
        off = cents(account.seats * account.seat_price(plan).amount * percent / 100)
        account.main.change(account.main.now.starts, discount_amount=off, discount_until=until)
    else:
        account.main.change(account.main.now.starts, discount_percent=percent, discount_until=until)


def _write_customer(account: Account, day: date) -> None:
    chance, traits = account.chance, account.traits
    account.created = day - timedelta(days=chance.randint(0, _SIGNS_BEFORE))
    if happens(chance, 0.5 + 0.45 * traits.fit):
        activated = day + timedelta(days=math.floor(_ACTIVE_WITHIN * chance.random() ** 2))
        account.activated = activated if activated < account.window.end else None
    _add_customer(account, owner=traits.owner, valid_from=None)


def _add_customer(account: Account, *, owner: str, valid_from: date | None) -> None:
    traits = account.traits
    parent = None if traits.parent is None else customer_id(traits.parent)
    account.history.add(
        "customers",
        *(traits.name, parent, owner, traits.country.code, account.created, account.activated, valid_from),
        *(account.segment.name, traits.channel),
    )


def customer_id(number: int) -> str:
    """The id by which every file knows customer `number`."""
    return f"C{number:06d}"
