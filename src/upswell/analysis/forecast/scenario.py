"""Scenarios: what would be, if a price rose, churn fell or an add-on were sold; each says what it assumes.

    price Team +5       the plan Team costs 5 % more: from each customer's next renewal on, at once for new ones
    churn -1            a point less of the customers leaves in a month: 3.2 % become 2.2 %, wherever they leave
    addon 20 at 10      an add-on of 20.00 a month, which 10 of 100 customers have after a year, as many more each month

A scenario changes what the simulation draws from, never its answer; what customers would make of it is not known to any
history, and so is an assumption that is printed beside the figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from upswell.analysis.forecast.classes import TERMS
from upswell.errors import UsageError

_PRICE: Final = re.compile(r"price (?P<plan>.+) \+(?P<percent>\d{1,3}(\.\d{1,4})?)")
_CHURN: Final = re.compile(r"churn -(?P<points>\d{1,2}(\.\d{1,4})?)")
_ADDON: Final = re.compile(r"addon (?P<price>\d{1,9}(\.\d{1,4})?) at (?P<attach>\d{1,3}(\.\d{1,4})?)")
_WHOLE: Final = 100.0


@dataclass(frozen=True)
class Scenario:
    """What is changed: the share of MRR by term that a price adds at the renewal, the factor of churn, and what an
    add-on brings in for each customer once it is sold to all who buy it.

    `assumes` are its assumptions in words, one for each change.
    """

    rises: tuple[float, ...] = (0.0,) * len(TERMS)
    churn_factor: float = 1.0
    addon: float = 0.0
    assumes: tuple[str, ...] = ()


@dataclass
class _Made:
    rises: list[float] = field(default_factory=lambda: [0.0] * len(TERMS))
    churn_factor: float = 1.0
    addon: float = 0.0
    assumes: list[str] = field(default_factory=list)


def parse_scenario(
    texts: Sequence[str],
    *,
    plan_shares: Mapping[str, Sequence[float]],
    monthly_churn: float,
    currency: str,
) -> Scenario:
    """The changes written as `texts`, together.

    `plan_shares` are each plan's shares of MRR by term (1, 3, 12 months), `monthly_churn` the share of customers that
    left in an average month of the last year. Raises `UsageError` for what is none, for a plan that nobody has, and for
    churn that would fall below zero.
    """
    made = _Made()
    for text in texts:
        if found := _PRICE.fullmatch(text):
            _raise_price(made, found["plan"], float(found["percent"]), plan_shares)
        elif found := _CHURN.fullmatch(text):
            _lower_churn(made, float(found["points"]), monthly_churn)
        elif found := _ADDON.fullmatch(text):
            _sell(made, float(found["price"]), float(found["attach"]), currency)
        else:
            raise _no_scenario(text)
    return Scenario(tuple(made.rises), made.churn_factor, made.addon, tuple(made.assumes))


def _raise_price(made: _Made, plan: str, percent: float, plan_shares: Mapping[str, Sequence[float]]) -> None:
    if plan not in plan_shares:
        raise UsageError(
            f"nobody pays for a plan {plan}",
            code="unknown_plan",
            where=f"--scenario price {plan}",
            expected=f"one of {', '.join(sorted(plan_shares))}",
            found=plan,
            remedy="name a plan as upswell movements shows it",
        )
    for term, share in enumerate(plan_shares[plan]):
        made.rises[term] += share * percent / _WHOLE
    made.assumes.append(
        f"{plan} costs {percent:g} % more: for each customer from its next renewal on, for new ones at once; nobody "
        "leaves, shrinks or stays away because of it"
    )


def _lower_churn(made: _Made, points: float, monthly_churn: float) -> None:
    left = monthly_churn - points / _WHOLE
    if left < 0:
        raise UsageError(
            f"churn cannot fall by {points:g} points",
            code="churn_below_zero",
            where=f"--scenario churn -{points:g}",
            expected=f"at most the {_WHOLE * monthly_churn:.2f} % of customers that leave in an average month",
            found=f"{points:g}",
            remedy="choose a smaller number of points",
        )
    made.churn_factor *= left / monthly_churn if monthly_churn > 0 else 1.0
    noun = "point" if points == 1 else "points"
    made.assumes.append(
        f"{points:g} {noun} less of the customers leave in a month, {_WHOLE * left:.2f} % and not "
        f"{_WHOLE * monthly_churn:.2f} %, from the first month on and in the same proportion wherever they leave; who "
        "has already said so leaves all the same"
    )


def _sell(made: _Made, price: float, attach: float, currency: str) -> None:
    if not 0 < attach <= _WHOLE:
        raise _no_scenario(f"addon {price:g} at {attach:g}")
    made.addon += price * attach / _WHOLE
    made.assumes.append(
        f"an add-on of {price:.2f} {currency} a month is bought by {attach:g} of 100 customers within twelve months, "
        "a twelfth of them each month; it replaces nothing, and they leave as others do"
    )


def _no_scenario(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is no scenario",
        code="unknown_scenario",
        expected="price PLAN +PERCENT, churn -POINTS, or addon PRICE at PERCENT",
        found=text,
        remedy="write for example --scenario 'price Team +5', --scenario 'churn -1' or --scenario 'addon 20 at 10'",
    )
