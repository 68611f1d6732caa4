"""Why and when, in words that a customer could be told: what it gets, and the day before which that helps.

    at the present pace you pass 10,000 calls a month on 14 May 2026; Business carries 50,000
    by 30 April 2026: two weeks before the limit is reached

**When.** A prompt works before a limit, not after: two weeks before the day of crossing, or now where that is closer or
the limit is reached. Else before the renewal, if that is within 90 days: 30 days ahead of it, or now. Else within the
quarter that runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from upswell.growth.shelf import Shelf
from upswell.growth.step import Customer, Pressure, Step
from upswell.metrics.months import Month

_IN_WHOLES: Final = 100
BEFORE_LIMIT: Final = timedelta(days=14)
BEFORE_RENEWAL: Final = timedelta(days=30)
RENEWS_WITHIN: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class When:
    """The last day on which to speak with the customer, and why it is that day."""

    by: date
    why: str


def day_text(day: date) -> str:
    """A day as people write it: `14 May 2026`."""
    return f"{day.day} {day:%B %Y}"


def number_text(value: Decimal) -> str:
    """A quantity: `10,000`, `2.5`."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def when_of(step: Step, signals: Mapping[str, Any], *, day: date) -> When:
    """By when to speak of a step, as of `day`."""
    crosses_on, renews_on = signals.get("limit_crossing_on"), signals.get("renewal_on")
    if step.relieves and step.what == "upgrade":
        if crosses_on is None:
            return When(day, "the limit is reached")
        early = crosses_on - BEFORE_LIMIT
        if early > day:
            return When(early, f"two weeks before the limit is reached on {day_text(crosses_on)}")
        return When(day, f"the limit is reached on {day_text(crosses_on)}")
    if step.relieves:
        return When(day, "fewer than a tenth of the seats are free")
    if renews_on is not None and day <= renews_on <= day + RENEWS_WITHIN:
        early = renews_on - BEFORE_RENEWAL
        return When(max(early, day), f"before the term renews on {day_text(renews_on)}")
    month = Month.of(day)
    while not month.ends_quarter:
        month = month.plus(1)
    return When(month.last_day, "within the quarter; nothing presses")


def why_of(step: Step, customer: Customer, shelf: Shelf) -> tuple[str, ...]:
    """What the customer gets by the step, in sentences said to it; the first is the reason to speak of it at all."""
    reason = _reason(step, customer, shelf)
    return (reason, "a discount in force is not carried over") if step.discount_ends else (reason,)


def _reason(step: Step, customer: Customer, shelf: Shelf) -> str:
    match step.what:
        case "upgrade":
            return _upgrade(step, customer, shelf)
        case "seats":
            people, held = customer.people or Decimal(0), customer.seats_of(step.product_id)
            seats = held + step.quantity - step.from_quantity
            return (
                f"{number_text(people)} people work with your {number_text(held)} seats; "
                f"{number_text(seats)} leave a tenth of them free"
            )
        case "addon" | "cross_sell":
            liked = step.liked
            if liked is None:
                return f"you do not have {step.plan_id} yet"
            return f"{liked.holders:,} of {liked.customers:,} {liked.alike} use {liked.name}, and you do not yet"
        case "yearly":
            return f"a year of {step.plan_id} fixes its price and is renewed once"


def _upgrade(step: Step, customer: Customer, shelf: Shelf) -> str:
    own = [each for each in customer.pressures if each.plan_id == step.from_plan_id]
    fullest = next((each for each in own if each.presses), None)
    if step.relieves and fullest is not None:
        return f"{_passes(fullest)}; {_carries(step.plan_id, fullest, shelf)}"
    known = next(iter(own), None)
    if known is None:
        return f"{step.plan_id} is the plan above {step.from_plan_id}"
    used = f"you use {_use_text(known.used, known, ROUND_FLOOR)} of {number_text(known.limit)} {known.metric} a month"
    return f"{used}; {_carries(step.plan_id, known, shelf)}"


def _passes(pressing: Pressure) -> str:
    metric, limit = pressing.metric, number_text(pressing.limit)
    if pressing.crosses_on is not None:
        return f"at the present pace you pass {limit} {metric} a month on {day_text(pressing.crosses_on)}"
    if pressing.used >= pressing.limit:
        return f"you have reached {limit} {metric} a month"
    needed = _use_text(pressing.projected, pressing, ROUND_CEILING)
    return f"at the present trend you need {needed} {metric} a month in three months, and your plan carries {limit}"


def _use_text(quantity: Decimal, pressing: Pressure, rounding: str) -> str:
    """Use in the digits that matter beside its limit, never so that it seems to have reached it and has not."""
    digits = Decimal(1) if pressing.limit >= _IN_WHOLES else Decimal("0.01")
    return number_text(quantity.quantize(digits, rounding=rounding))


def _carries(plan: str, pressing: Pressure, shelf: Shelf) -> str:
    limit = shelf.limits.get(plan, {}).get(pressing.metric)
    return f"{plan} has no limit of them" if limit is None else f"{plan} carries {number_text(limit)}"
