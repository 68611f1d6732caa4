"""Random small companies: what each customer does, day by day, and the billing rows that say so.

`events` are the truth that the oracle of sequences and attach rates looks at; `rows` what is imported, and what the
oracle of list prices and gaps looks at. No two events of a customer fall on one day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

BEGINS: Final = date(2023, 6, 1)
DAYS: Final = 900
PLANS: Final = {"Team": "20", "Business": "35"}
ADDONS: Final = {"Reports": "10", "Audit": "7.50"}


@dataclass(frozen=True)
class Row:
    """One version of an item over the days [starts, ends)."""

    customer: str
    product: str
    plan: str
    starts: date
    ends: date | None
    quantity: int
    amount: Decimal
    interval: str
    percent: int
    kind: str

    def csv(self) -> str:
        """As a line under the headings of `small.HEADINGS`."""
        ends = "" if self.ends is None else self.ends.isoformat()
        return (
            f"{self.customer},{self.product},{self.plan},,{self.starts},{ends},{self.quantity},{self.amount},,"
            f"{self.interval},,{self.percent or ''},,,{self.kind}"
        )


@dataclass
class Customer:
    """One customer: what it did (day, what, plan or add-on), and its rows."""

    id: str
    interval: str
    percent: int
    events: list[tuple[date, str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    open: dict[str, tuple[date, str, int, Decimal, str]] = field(default_factory=dict)

    def start(self, day: date, product: str, plan: str, quantity: int, amount: Decimal, kind: str) -> None:
        """An item, or another version of it, from `day` on."""
        self.stop(day, product)
        self.open[product] = (day, plan, quantity, amount, kind)

    def stop(self, day: date | None, product: str) -> None:
        """The version in force ends."""
        if product in self.open:
            starts, plan, quantity, amount, kind = self.open.pop(product)
            self.rows.append(
                Row(self.id, product, plan, starts, day, quantity, amount, self.interval, self.percent, kind)
            )


def company(seed: int, customers: int = 60) -> list[Customer]:
    """A company of `customers`; the same seed gives the same."""
    chance = random.Random(seed)
    return [_customer(chance, f"c{number:03d}") for number in range(customers)]


def _price(chance: random.Random, list_price: str, day: date, interval: str) -> Decimal:
    """The list of the day, which rises once; one in six pays a price of its own."""
    amount = Decimal(list_price) * (Decimal("1.10") if day >= date(2025, 3, 1) else 1)
    amount *= 10 if interval == "year" else 1
    return amount - chance.choice((0, 0, 0, 0, 0, 1))


def _customer(chance: random.Random, name: str) -> Customer:
    customer = Customer(name, chance.choice(("month", "month", "year")), chance.choice((0, 0, 0, 10, 15)))
    day = BEGINS + timedelta(days=chance.randrange(DAYS - 30))
    _begin(chance, customer, day, "begin")
    while True:
        day += timedelta(days=chance.randrange(20, 260))
        if day >= BEGINS + timedelta(days=DAYS):
            break
        _happens(chance, customer, day)
    for product in list(customer.open):
        customer.stop(None, product)
    return customer


def _begin(chance: random.Random, customer: Customer, day: date, what: str) -> None:
    plan = chance.choice(("Team", "Team", "Business"))
    price = _price(chance, PLANS[plan], day, customer.interval)
    customer.start(day, "crm", plan, chance.randrange(1, 9), price, "plan")
    customer.events.append((day, what, plan))


def _happens(chance: random.Random, customer: Customer, day: date) -> None:
    if "crm" not in customer.open:
        _begin(chance, customer, day, "return")
        return
    _, plan, quantity, amount, _ = customer.open["crm"]
    what = chance.choice(("seats", "seats", "addon", "drop", "upgrade", "reprice", "leave"))
    missing = sorted(set(ADDONS) - set(customer.open))
    held = sorted(set(ADDONS) & set(customer.open))
    if what == "seats":
        customer.start(day, "crm", plan, max(1, quantity + chance.choice((-2, 1, 3))), amount, "plan")
    elif what == "reprice":
        customer.start(day, "crm", plan, quantity, _price(chance, PLANS[plan], day, customer.interval), "plan")
    elif what == "upgrade" and plan == "Team":
        price = _price(chance, PLANS["Business"], day, customer.interval)
        customer.start(day, "crm", "Business", quantity, price, "plan")
        customer.events.append((day, "plan", "Business"))
    elif what == "addon" and missing:
        addon = chance.choice(missing)
        customer.start(day, addon, addon, 1, _price(chance, ADDONS[addon], day, customer.interval), "addon")
        customer.events.append((day, "addon", addon))
    elif what == "drop" and held:
        addon = chance.choice(held)
        customer.stop(day, addon)
        customer.events.append((day, "drop", addon))
    elif what == "leave":
        for product in list(customer.open):
            customer.stop(day, product)
        customer.events.append((day, "leave", ""))
