"""What an account holds, in a form of its own: both generations of Stripe's JSON are written from it.

Amounts are whole minor units (cents); `unit` is a Decimal of them, since a price may be a fraction of a cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any


def rounded(amount: Decimal) -> int:
    """To a whole minor unit, half up, away from zero for what goes back."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass
class Product:
    id: str
    name: str
    created: int
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tier:
    up_to: int | None
    unit: Decimal
    flat: int = 0


@dataclass
class Price:
    id: str
    product: str
    created: int
    currency: str
    unit: Decimal | None
    interval: str = "month"
    count: int = 1
    metered: bool = False
    tiers_mode: str | None = None
    tiers: tuple[Tier, ...] = ()
    pack: int | None = None
    options: dict[str, Decimal] = field(default_factory=dict)
    inclusive: bool = False
    metadata: dict[str, str] = field(default_factory=dict)

    def unit_in(self, currency: str) -> Decimal | None:
        return self.unit if currency == self.currency else self.options[currency]

    def total(self, quantity: int, currency: str) -> Decimal:
        """What `quantity` costs for a whole period, in minor units."""
        if self.tiers_mode == "volume":
            tier = next(each for each in self.tiers if each.up_to is None or quantity <= each.up_to)
            return quantity * tier.unit + tier.flat
        if self.tiers_mode == "graduated":
            total, below = Decimal(0), 0
            for number, tier in enumerate(self.tiers):
                if quantity > below or number == 0:
                    top = quantity if tier.up_to is None else min(quantity, tier.up_to)
                    total += max(0, top - below) * tier.unit + tier.flat
                below = tier.up_to or quantity
            return total
        unit = self.unit_in(currency)
        assert unit is not None
        if self.pack:
            packs = (Decimal(quantity) / self.pack).to_integral_value(rounding=ROUND_CEILING)
            return packs * unit
        return quantity * unit


@dataclass
class Coupon:
    id: str
    created: int
    duration: str
    percent: Decimal | None = None
    amount: int | None = None
    currency: str | None = None
    months: int | None = None
    products: tuple[str, ...] = ()
    name: str = ""


@dataclass
class Discount:
    id: str
    coupon: Coupon
    start: int
    end: int | None
    customer: str
    subscription: str | None = None
    item: str | None = None
    promotion_code: str | None = None


@dataclass(frozen=True)
class TaxRate:
    id: str
    created: int
    percent: Decimal
    inclusive: bool


@dataclass
class Customer:
    id: str
    created: int
    name: str
    email: str
    country: str
    currency: str
    metadata: dict[str, str] = field(default_factory=dict)
    balance: int = 0
    discount: Discount | None = None
    tax: TaxRate | None = None
    card_fails_until: int = 0
    deleted: bool = False


@dataclass
class Item:
    id: str
    price: Price
    quantity: int
    created: int
    discounts: list[Discount] = field(default_factory=list)
    usage: int = 0
    removed_at: int | None = None


@dataclass
class Pending:
    """An invoice item; `invoice` is null while it waits."""

    id: str
    customer: str
    created: int
    amount: int
    currency: str
    start: int
    end: int
    description: str
    quantity: int = 1
    price: Price | None = None
    proration: bool = False
    subscription: str | None = None
    item: str | None = None
    invoice: str | None = None


@dataclass
class Phase:
    start: int
    end: int
    items: list[tuple[Price, int]]


@dataclass
class Schedule:
    id: str
    created: int
    customer: str
    subscription: str
    phases: list[Phase]
    status: str = "active"
    completed_at: int | None = None
    released_at: int | None = None


@dataclass
class Subscription:
    id: str
    customer: Customer
    created: int
    currency: str
    items: list[Item]
    anchor: int
    period_start: int
    period_end: int
    periods: int = 1
    status: str = "active"
    trial_start: int | None = None
    trial_end: int | None = None
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    reason: str | None = None
    pause: str | None = None
    discounts: list[Discount] = field(default_factory=list)
    schedule: Schedule | None = None
    latest_invoice: str | None = None
    shared: tuple[Decimal | None, int | None] = (None, None)
    event_times: list[int] = field(default_factory=list)

    @property
    def interval(self) -> tuple[str, int]:
        return self.items[0].price.interval, self.items[0].price.count


@dataclass
class Line:
    id: str
    amount: int
    currency: str
    start: int
    end: int
    description: str
    quantity: int
    price: Price | None = None
    proration: bool = False
    subscription: str | None = None
    item: str | None = None
    invoice_item: str | None = None
    discounts: list[tuple[Discount, int]] = field(default_factory=list)
    taxes: list[tuple[TaxRate, int]] = field(default_factory=list)
    unit: Decimal | None = None
    trial: bool = False

    @property
    def discount(self) -> int:
        return sum(amount for _, amount in self.discounts)

    @property
    def regular(self) -> bool:
        return self.item is not None and not self.proration


@dataclass
class Invoice:
    id: str
    customer: Customer
    created: int
    currency: str
    reason: str
    subscription: str | None
    lines: list[Line]
    number: str
    period_start: int
    period_end: int
    status: str = "draft"
    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    uncollectible_at: int | None = None
    attempts: int = 0
    next_attempt: int | None = None
    starting_balance: int = 0
    ending_balance: int | None = None
    amount_due: int = 0
    amount_paid: int = 0
    intent: str | None = None
    charge: str | None = None
    discounts: list[Discount] = field(default_factory=list)

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def exclusive_tax(self) -> int:
        return sum(amount for line in self.lines for rate, amount in line.taxes if not rate.inclusive)

    @property
    def tax(self) -> int:
        return sum(amount for line in self.lines for _, amount in line.taxes)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.exclusive_tax


@dataclass
class Intent:
    id: str
    customer: str
    created: int
    amount: int
    currency: str
    invoice: str
    status: str = "requires_payment_method"
    charge: str | None = None
    error: str | None = None


@dataclass
class Charge:
    id: str
    customer: str
    created: int
    amount: int
    currency: str
    status: str
    invoice: str | None
    intent: str | None
    failure: str | None = None
    refunded: int = 0
    disputed: bool = False


@dataclass
class InvoicePayment:
    id: str
    invoice: str
    intent: str
    created: int
    amount: int
    currency: str
    paid_at: int | None = None


@dataclass(frozen=True)
class Refund:
    id: str
    charge: str
    intent: str | None
    created: int
    amount: int
    currency: str
    reason: str | None


@dataclass
class Dispute:
    id: str
    charge: str
    intent: str | None
    created: int
    amount: int
    currency: str
    status: str


@dataclass(frozen=True)
class CreditNote:
    id: str
    invoice: str
    customer: str
    created: int
    currency: str
    lines: tuple[tuple[str, str, int], ...]
    refund: str | None = None

    @property
    def total(self) -> int:
        return sum(amount for _, _, amount in self.lines)


@dataclass(frozen=True)
class Promotion:
    id: str
    code: str
    coupon: Coupon
    created: int


@dataclass(frozen=True)
class Event:
    id: str
    created: int
    type: str
    about: dict[str, Any]
