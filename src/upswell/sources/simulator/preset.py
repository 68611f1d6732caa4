"""Presets: what a kind of company sells, to whom, and how likely its customers do what. All of it is data.

A preset is a TOML file in `presets/`; nothing registers it. Probabilities are floats, amounts are decimal strings.
Rates "a year" are hazards: 0.12 means that of 100 customers about 11 leave within a year.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from upswell.errors import NotFoundError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tier(_Part):
    """From this many seats on, every seat costs `amount` a month."""

    seats_from: int
    amount: Decimal


class Plan(_Part):
    """An offer: prices by number of seats and, where it is metered, how many calls a month it allows."""

    id: str
    product: str
    tiers: tuple[Tier, ...]
    calls: int | None = None

    def amount_at(self, seats: int) -> Decimal:
        """What each of `seats` seats costs a month: the tier that their number falls into holds for all of them."""
        reached = [tier.amount for tier in self.tiers if tier.seats_from <= seats]
        return reached[-1] if reached else self.tiers[0].amount


class Addon(_Part):
    """Something beside the plan, at one price a month."""

    id: str
    amount: Decimal


class Segment(_Part):
    """Customers of a size: how many seats they need at first, how the need grows, and how many leave a year."""

    name: str
    share: float
    seats: tuple[int, int]
    growth: float
    churn: float
    outgrown_at: int


class Country(_Part):
    """A country, its currency, and the tax in percent that its invoices carry."""

    code: str
    currency: str
    share: float
    tax: int


class Rise(_Part):
    """List prices went up by `percent` this many months before the end of the window."""

    months_before_end: int
    percent: Decimal


class Arrivals(_Part):
    """When customers come: the share there at the opening, yearly growth, and a weight for each calendar month."""

    installed: float
    growth: float
    season: tuple[float, ...]
    channels: dict[str, float]


class Trials(_Part):
    """How many begin with a trial, of how many days, and how many of those become customers."""

    share: float
    days: int
    conversion: float


class Discounts(_Part):
    """Discounts at the start: how many get one, of which percents, for how many months."""

    share: float
    percents: tuple[int, ...]
    months: int
    fixed_share: float


class Growing(_Part):
    """Monthly chances of growing without being asked, and of shrinking at a renewal."""

    seats: float
    fewer_seats: float
    upgrade: float
    downgrade: float
    addon: float
    drop_addon: float
    second_product: float
    yearly_term: float
    metered: float
    new_ids: float


class Leaving(_Part):
    """Returns, pauses, and what a payment failing leads to."""

    returns: float
    pause: float
    off_season: tuple[int, ...]
    seasonal_share: float
    failure: float
    recovery: float
    unpaid_share: float


class Touching(_Part):
    """Offers made to customers: monthly chance, chance of acceptance at full response, fatigue by each, its decay."""

    rate: float
    acceptance: float
    fatigue: float
    decay: float
    discount_share: float
    channels: dict[str, float]


class Using(_Part):
    """Calls of a seat in a month, how much seats are used, and the season of use."""

    calls_a_seat: int
    overage_amount: Decimal
    season: tuple[float, ...]


class Paying(_Part):
    """How invoices are paid."""

    days: tuple[int, int]
    setup_fee: Decimal
    setup_share: float
    refund: float


class Costs(_Part):
    """Cost of winning a customer, of an offer, and of serving a customer for a month."""

    acquisition: Decimal
    offer: Decimal
    service: Decimal


class Range(_Part):
    """Where a figure of the whole company should lie, and who publishes that."""

    low: Decimal
    high: Decimal
    source: str


class Preset(_Part):
    """A kind of company. `ranges` are by the words of docs/simulator.md."""

    name: str
    title: str
    owners: tuple[str, ...]
    terms: dict[str, float]
    yearly_discount: int
    price_factors: dict[str, Decimal]
    plans: tuple[Plan, ...]
    addons: tuple[Addon, ...]
    second_product: Plan
    segments: tuple[Segment, ...]
    countries: tuple[Country, ...]
    rises: tuple[Rise, ...]
    arrivals: Arrivals
    trials: Trials
    discounts: Discounts
    growing: Growing
    leaving: Leaving
    touching: Touching
    using: Using
    paying: Paying
    costs: Costs
    feedback: float
    ranges: dict[str, Range]


def preset_names() -> tuple[str, ...]:
    """Names of the presets there are."""
    folder = resources.files(__package__) / "presets"
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")))


@cache
def preset_named(name: str) -> Preset:
    """The preset called `name`; `NotFoundError` with the names there are if there is none."""
    if name not in preset_names():
        raise NotFoundError(
            f"there is no company {name} to simulate",
            code="company_unknown",
            expected=f"one of: {', '.join(preset_names())}",
            found=name,
            remedy=f"name one of them with --company: {', '.join(preset_names())}",
        )
    text = (resources.files(__package__) / "presets" / f"{name}.toml").read_text("utf-8")
    return Preset.model_validate({"name": name, **tomllib.loads(text)})
