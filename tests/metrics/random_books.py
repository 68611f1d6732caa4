"""Random small books that a ledger could have written: kinds fit the balances, transfers pair up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from tests.metrics.book import Move, SmallBook

CURRENCIES = ("USD", "EUR", "JPY")
PLANS = ("Free", "Team", "Pro")
_FIRST = date(2024, 11, 3)


@cache
def random_book(seed: int, *, customers: int = 12, turns: int = 14) -> SmallBook:
    """The book of `seed`; its connection is locked and only read, so tests share it."""
    random = Random(seed)
    moves = [
        move for number in range(customers) for move in _history(random, f"c{number}", turns=random.randint(1, turns))
    ]
    random.shuffle(moves)
    rates = [
        (currency, day.isoformat(), str(Decimal(random.randint(5, 2500)) / 1000))
        for currency in CURRENCIES[1:]
        for day in (date(2024, 1, 1) + timedelta(days=random.randint(7, 20) * n) for n in range(90))
    ]
    rates += [(currency, "2023-12-31", "0.7") for currency in CURRENCIES[1:]]
    unique = {(currency, day): rate for currency, day, rate in rates}
    people = [
        {"customer_id": f"c{n}", "name": f"C{n}", "owner": random.choice(["Kim", "Lou"])} for n in range(customers - 3)
    ]
    book_rates = [(currency, day, rate) for (currency, day), rate in unique.items()]
    return SmallBook(moves, rates=book_rates, customers=people, as_of="2026-09-15")


def _history(random: Random, customer: str, *, turns: int) -> list[Move]:
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    moves: list[Move] = []
    day, paid_before = _FIRST, False
    for _ in range(turns):
        day += timedelta(days=random.choice([1, 9, 25, 40, 90]))
        if day >= date(2026, 9, 1):
            break
        moment = _moment(random, customer, day.isoformat(), held, paid_before=paid_before)
        for move in moment:
            held[move.plan, move.currency] += Decimal(move.amount)
        paid_before = paid_before or any(held.values())
        moves += moment
    return moves


def _moment(
    random: Random,
    customer: str,
    day: str,
    held: dict[tuple[str, str], Decimal],
    *,
    paid_before: bool,
) -> list[Move]:
    owned = sorted(key for key, amount in held.items() if amount)
    amount = Decimal(random.randint(1, 90_000_000)) / 1_000_000
    plan, currency = random.choice(PLANS), random.choice(CURRENCIES[: random.choice([1, 1, 3])])
    if not owned:
        kind = "reactivation" if paid_before else "new"
        return [Move(day, customer, kind, str(amount), plan=plan, currency=currency)]
    old_plan, old_currency = random.choice(owned)
    balance = held[old_plan, old_currency]
    match random.choice(["more", "less", "leave", "move", "move", "add"]):
        case "leave":
            return [Move(day, customer, "churn", str(-held[key]), plan=key[0], currency=key[1]) for key in owned]
        case "less" if balance > amount:
            return [
                Move(day, customer, "contraction", str(-amount), "seats", old_plan,
                     currency=old_currency)
            ]  # fmt: skip
        case "move" if plan != old_plan:
            return [
                Move(day, customer, "transfer", str(-balance), None, old_plan,
                     currency=old_currency),
                Move(day, customer, "transfer", str(balance), None, plan, currency=old_currency),
                Move(day, customer, "expansion", str(amount), "plan", plan, currency=old_currency),
            ]  # fmt: skip
        case "add":
            return [Move(day, customer, "expansion", str(amount), "addon", plan, currency=currency)]
        case _:
            return [
                Move(day, customer, "expansion", str(amount), "seats", old_plan,
                     currency=old_currency)
            ]  # fmt: skip
