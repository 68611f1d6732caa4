"""What a random item agrees on, and how that changes from one version to the next.

From `5 x 20.00 a month` a step may lead to 8 seats, to 18.00, to another plan, to 216.00 a year,
to 20 % off, to a pause, to euros, to the next tier, or nowhere (a renewal). Small round figures
are frequent, so that sums meet and cancel; awkward ones (a third to twelve decimals, 10^9, a
millionth) are rare, but come.

The simplest options stand first: that is where hypothesis shrinks to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from random import Random
from typing import TypeVar

from .values import ItemRow

T = TypeVar("T")

PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "crm": ("crm-s", "crm-m", "crm-l"),
    "chat": ("chat-s", "bundle"),
    "sso": ("sso", "bundle"),
}
QUANTITIES = (
    *(Decimal(1), Decimal(2), Decimal(5), Decimal(5), Decimal(10), Decimal(50), Decimal(0)),
    *(Decimal("0.5"), Decimal("2.2500"), Decimal("0.3333"), Decimal("12.0001")),
)
UNITS = (
    *(Decimal(10), Decimal(20), Decimal(50), Decimal(100), Decimal(100), Decimal(1200)),
    *(Decimal("9.99"), Decimal(0), Decimal("0.01"), Decimal("19.95"), Decimal("0.333333333333")),
    *(Decimal("0.000001"), Decimal(10**9)),
)
INTERVALS = (
    *(("month", 1),) * 5,
    *(("year", 1), ("month", 12), ("quarter", 1), ("month", 3), ("year", 2), ("month", 7)),
    *(("week", 1), ("week", 2), ("day", 1), ("day", 30), ("day", 365)),
)
PERCENTS = tuple(map(Decimal, ["10", "20", "50", "37.5", "100", "33.3333", "0.0001", "0"]))
AMOUNTS = tuple(map(Decimal, ["10", "5", "0.01", "3.333333333333", "250"]))
CURRENCIES = ("USD",) * 10 + ("EUR", "EUR", "JPY")
STATUSES = ("active",) * 8 + ("past_due", "unpaid", "paused", "trialing")
ITEM_TYPES = ("plan",) * 6 + ("addon", "addon", "usage")


@dataclass(frozen=True)
class Terms:
    """What a version agrees on, without its time span."""

    product_id: str
    plan_id: str
    price_id: str | None
    quantity: Decimal
    unit_amount: Decimal | None
    mrr: Decimal | None
    currency: str
    interval: str
    interval_count: int
    discount_percent: Decimal | None
    discount_amount: Decimal | None
    item_type: str
    status: str


def first_terms(rng: Random) -> Terms:
    """Terms of an item's first version."""
    product = pick(rng, tuple(PRODUCTS))
    interval, count = pick(rng, INTERVALS)
    terms = Terms(
        product_id=product,
        plan_id=pick(rng, PRODUCTS[product]),
        price_id=pick(rng, ("p1", "p1", None, "p2")),
        quantity=pick(rng, QUANTITIES),
        unit_amount=pick(rng, UNITS),
        mrr=None,
        currency=pick(rng, CURRENCIES),
        interval=interval,
        interval_count=count,
        discount_percent=None,
        discount_amount=None,
        item_type=pick(rng, ITEM_TYPES),
        status=pick(rng, STATUSES),
    )
    if chance(rng, 0.25):
        terms = _other_discount(rng, terms)
    return _affordable(_other_form(rng, terms) if chance(rng, 0.12) else terms)


def terms_of(version: ItemRow) -> Terms:
    """The terms that a version was made from."""
    return Terms(**{field.name: getattr(version, field.name) for field in fields(Terms)})


def mutated(rng: Random, terms: Terms) -> Terms:
    """Terms of the next version: one change, sometimes two, sometimes none."""
    for _ in range(pick(rng, (1, 1, 1, 2))):
        terms = pick(rng, MUTATIONS)(rng, terms)
    if terms.status != "active" and chance(rng, 0.5):
        terms = replace(terms, status="active")
    return _affordable(terms)


def _renewed(_rng: Random, terms: Terms) -> Terms:
    return terms


def _other_quantity(rng: Random, terms: Terms) -> Terms:
    return replace(terms, quantity=pick(rng, QUANTITIES))


def _other_amount(rng: Random, terms: Terms) -> Terms:
    if terms.mrr is not None:
        return replace(terms, mrr=pick(rng, UNITS))
    return replace(terms, unit_amount=pick(rng, UNITS))


def _other_plan(rng: Random, terms: Terms) -> Terms:
    terms = replace(terms, plan_id=pick(rng, PRODUCTS[terms.product_id]))
    return terms if chance(rng, 0.4) else _other_amount(rng, terms)


def _other_product(rng: Random, terms: Terms) -> Terms:
    """Another product; chat and sso share the plan `bundle`, so the plan may stay."""
    product = pick(rng, tuple(PRODUCTS))
    plans = PRODUCTS[product]
    plan = terms.plan_id if terms.plan_id in plans else pick(rng, plans)
    return replace(terms, product_id=product, plan_id=plan)


def _other_term(rng: Random, terms: Terms) -> Terms:
    interval, count = pick(rng, INTERVALS)
    terms = replace(terms, interval=interval, interval_count=count)
    return terms if chance(rng, 0.5) else _other_amount(rng, terms)


def _other_discount(rng: Random, terms: Terms) -> Terms:
    if terms.mrr is not None:
        return terms
    percent, amount = pick(rng, PERCENTS), pick(rng, AMOUNTS)
    given = pick(rng, ((percent, None), (percent, None), (None, amount), (percent, amount)))
    if terms.discount_percent is not None and chance(rng, 0.4):
        given = (None, None)
    return replace(terms, discount_percent=given[0], discount_amount=given[1])


def _other_status(rng: Random, terms: Terms) -> Terms:
    return replace(terms, status=pick(rng, STATUSES[-5:]))


def _other_currency(rng: Random, terms: Terms) -> Terms:
    terms = replace(terms, currency=pick(rng, CURRENCIES[-4:]))
    return terms if chance(rng, 0.5) else _other_amount(rng, terms)


def _other_tier(rng: Random, terms: Terms) -> Terms:
    return _other_amount(rng, _other_quantity(rng, terms))


def _twice_at_half(_rng: Random, terms: Terms) -> Terms:
    """Twice the quantity at half the amount: two drivers that cancel out."""
    if terms.unit_amount is None:
        return replace(terms, quantity=terms.quantity * 2)
    half = (terms.unit_amount / 2).quantize(Decimal("1e-12"))
    return replace(terms, quantity=terms.quantity * 2, unit_amount=half)


def _flat_to_seats(rng: Random, terms: Terms) -> Terms:
    """From 1 x 500 on one plan to 50 x 20 on another: opposite signs on a plan change."""
    many = replace(terms, quantity=Decimal(50), unit_amount=Decimal(20), mrr=None)
    if terms.quantity == 50:
        many = replace(terms, quantity=Decimal(1), unit_amount=Decimal(500), mrr=None)
    return replace(many, plan_id=pick(rng, PRODUCTS[terms.product_id]))


def _other_form(rng: Random, terms: Terms) -> Terms:
    """From `unit_amount` to `mrr` and back; a discount never stands beside `mrr`."""
    if terms.mrr is not None:
        return replace(terms, mrr=None, unit_amount=terms.mrr)
    amount = pick(rng, (terms.unit_amount, pick(rng, UNITS)))
    return replace(terms, mrr=amount, unit_amount=None, discount_percent=None, discount_amount=None)


def _other_type(rng: Random, terms: Terms) -> Terms:
    return replace(terms, item_type=pick(rng, ITEM_TYPES))


def _other_price(rng: Random, terms: Terms) -> Terms:
    return replace(terms, price_id=pick(rng, ("p1", "p2", None)))


MUTATIONS: tuple[Callable[[Random, Terms], Terms], ...] = (
    _renewed,
    *(_other_quantity, _other_amount, _other_plan) * 2,
    *(_other_product, _other_term, _other_term, _other_discount, _other_discount),
    *(_other_status, _other_status, _other_currency, _other_tier, _other_tier),
    *(_twice_at_half, _flat_to_seats, _other_form, _other_type, _other_price),
)


def _affordable(terms: Terms) -> Terms:
    """Keep a line and its MRR below 10^12, the limit of the contract."""
    amount = terms.unit_amount if terms.mrr is None else terms.mrr
    if amount is not None and terms.quantity * amount > Decimal("1e10"):
        return replace(terms, quantity=Decimal(1))
    return terms


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options, each as likely as it stands there often."""
    return options[rng.randrange(len(options))]


def chance(rng: Random, probability: float) -> bool:
    """Whether the rarer case comes; never for the smallest draw, so that shrinking is calm."""
    return rng.randrange(100) >= 100 - round(probability * 100)
