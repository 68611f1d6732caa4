"""The review as plain loops over the rows and events of a company; it shares no code with the review."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.analysis.pricing.random_company import Customer, Row

MONTHS = {"month": Fraction(1), "year": Fraction(1, 12)}


def monthly(quantity: int, amount: Decimal, interval: str, percent: int = 0) -> Decimal:
    """MRR of a line to six decimals, half to even."""
    exact = quantity * Fraction(amount) * Fraction(100 - percent, 100) * MONTHS[interval]
    return Decimal(round(exact * 1_000_000)) / 1_000_000


def in_force(rows: Sequence[Row], day: date) -> list[Row]:
    """Rows that hold at the end of `day`."""
    return [row for row in rows if row.starts <= day and (row.ends is None or row.ends > day)]


def list_prices(rows: Sequence[Row], day: date) -> dict[tuple[str, str], Decimal]:
    """The list price of each plan and interval that has one, at the end of `day`."""
    sales = defaultdict(list)
    for row in sorted(rows, key=lambda each: (-each.starts.toordinal(), each.customer, each.product)):
        before = in_force([each for each in rows if each.customer == row.customer], row.starts - timedelta(days=1))
        had = any(each.product == row.product for each in before)
        if row.starts <= day and (day - row.starts).days < 365 and not had:
            sales[row.plan, row.interval].append(row.amount)
    found = {}
    for offer, amounts in sales.items():
        counts = Counter(amounts[:10])
        most = max(counts.values())
        if most >= 3:
            found[offer] = max(amount for amount, count in counts.items() if count == most)
    return found


def gaps(rows: Sequence[Row], day: date) -> dict[str, dict[str, Decimal]]:
    """By plan: list, discounts, old prices, negotiated and realised MRR, and what has no list price."""
    lists = list_prices(rows, day)
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in in_force(rows, day):
        sums = found[row.plan]
        realised = monthly(row.quantity, row.amount, row.interval, row.percent)
        listed = lists.get((row.plan, row.interval))
        if listed is None:
            sums["unlisted_mrr"] += realised
            continue
        full = monthly(row.quantity, row.amount, row.interval)
        at_list = monthly(row.quantity, listed, row.interval)
        same = [each for each in rows if (each.plan, each.interval) == (row.plan, row.interval) and each.starts <= day]
        mine = min(each.starts for each in same if (each.customer, each.amount) == (row.customer, row.amount))
        first = min(each.starts for each in same if each.amount == listed)
        sums["list_mrr"] += at_list
        sums["discounts"] += full - realised
        sums["old_prices" if mine < first else "negotiated"] += at_list - full
        sums["realised_mrr"] += realised
    return found


def firsts(customers: Sequence[Customer], day: date) -> dict[str, Any]:
    """By first plan: what came first within 365 days, of those observed so long, with the days of purchases."""
    found: dict[str, Any] = defaultdict(lambda: {"not_yet": 0, "days": defaultdict(list)})
    for customer in customers:
        (began, _, plan), *later = customer.events
        if began > day:
            continue
        if (day - began).days < 365:
            found[plan]["not_yet"] += 1
            continue
        what: tuple[str, str | None] = ("nothing", None)
        days = 0
        for at, event, name in later:
            if (at - began).days > 365 or at > day:
                break
            if event == "leave":
                what = ("left first", None)
                break
            if event in ("plan", "addon"):
                what, days = (event, name), (at - began).days
                break
        found[plan]["days"][what].append(days)
    return found


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def attached(customers: Sequence[Customer], addon: str, age: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """By first month that has reached the age by the month `last`: customers, those that pay, that hold the add-on."""
    by_start: dict[int, list[Customer]] = defaultdict(list)
    for customer in customers:
        by_start[_month(customer.events[0][0])].append(customer)
    for first, those in sorted(by_start.items()):
        number = first + age
        if number > last:
            continue
        close = date((number + 1) // 12, (number + 1) % 12 + 1, 1) - timedelta(days=1)
        holding = [{row.product for row in in_force(customer.rows, close)} for customer in those]
        yield first, len(those), sum(bool(held) for held in holding), sum(addon in held for held in holding)
