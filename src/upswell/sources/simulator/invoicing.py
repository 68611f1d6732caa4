"""Invoices and payments that follow from an account's lines: what is billed for which period, and whether it was paid.

A line is billed at the start of each term. A change inside a term takes back the unused rest of the old price and
charges the rest at the new one: 5 seats at 100.00 a month, 8 from the middle of June on, is -250.00 and 400.00, both
prorated. Calls beyond a plan are billed after their month. Trials, pauses and what is unpaid are not billed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.chance import happens
from upswell.sources.simulator.pricing import cents
from upswell.sources.simulator.versions import Line, Version
from upswell.sources.simulator.window import months_between, plus_months

_BILLED: Final = ("active", "past_due", "trialing")
_RETRIES: Final = (0, 3, 7)
_REASONS: Final = ("card_declined", "insufficient_funds", "expired_card")


@dataclass(frozen=True)
class Due:
    """One line of an invoice of `day`; `amount` is net of `discount` and without tax."""

    day: date
    line: Line | None
    plan_id: str | None
    amount: Decimal
    discount: Decimal
    quantity: int | None
    kind: str
    period: tuple[date, date] | None
    prorated: bool = False


def bill(account: Account, chance: Random) -> None:
    """Write the invoice lines and payments of an account."""
    end = account.window.end
    dues = [due for line in account.lines for due in _dues(line, account.terms, end)]
    dues += _setup_fee(account, dues, chance)
    by_day: dict[date, list[Due]] = {}
    for due in dues:
        if due.day < end:
            by_day.setdefault(due.day, []).append(due)
    numbers = iter(range(1, 1_000_000))
    for day in sorted(by_day):
        _Invoice(account, chance, next(numbers), day, by_day[day]).write()
    _credit(account, chance, by_day, next(numbers))


class _Invoice:
    """One invoice: its lines, and what was paid for it."""

    def __init__(self, account: Account, chance: Random, number: int, day: date, dues: list[Due]) -> None:
        self._account, self._chance, self._day, self._dues = account, chance, day, dues
        self._id = f"{account.history.customer_id}-{number:04d}"
        self._tax = account.traits.country.tax

    def write(self) -> None:
        taxes = [cents(due.amount * self._tax / 100) for due in self._dues]
        total = sum((due.amount for due in self._dues), Decimal(0)) + sum(taxes, Decimal(0))
        paid = self._pay(total) if total > 0 else self._day
        for number, (due, tax) in enumerate(zip(self._dues, taxes, strict=True), start=1):
            self._line(number, due, tax, paid)

    def _line(self, number: int, due: Due, tax: Decimal, paid: date | None) -> None:
        line = due.line
        named = (None, None, None) if line is None else (line.subscription_id, line.item_id, line.product_id)
        row = (
            *(self._id, number, self._account.history.customer_id, *named, due.plan_id, due.amount),
            *(self._account.currency, due.quantity, due.kind, *(due.period or (None, None))),
            *("true" if due.prorated else "false", due.discount or None, tax or None, self._day, paid),
        )
        self._account.history.extend("invoice_lines", [row])

    def _pay(self, total: Decimal) -> date | None:
        """Write the payments of an invoice, failed ones too, and say when it was paid."""
        account, chance = self._account, self._chance
        tries = 0
        fails, paid = account.payment_of(self._day)
        if fails:
            reason = chance.choice(_REASONS)
            for after in _RETRIES:
                day = self._day + timedelta(days=after)
                if (paid is None or day < paid) and day < account.window.end:
                    tries += 1
                    self._payment(tries, day, total, "failed", reason)
        else:
            low, high = account.preset.paying.days
            paid = self._day + timedelta(days=chance.randint(low, high))
        if paid is None or paid >= account.window.end:
            return None
        self._payment(tries + 1, paid, total, "succeeded", None)
        return paid

    def _payment(self, number: int, day: date, amount: Decimal, status: str, reason: str | None) -> None:
        account = self._account
        account.history.extend(
            "payments",
            [
                (
                    *(f"{self._id}-p{number}", account.history.customer_id, self._id, day, amount),
                    *(account.currency, status, reason),
                )
            ],
        )


def _dues(line: Line, terms: list[tuple[date, int]], end: date) -> Iterator[Due]:
    if line.item_type == "usage":
        yield from _metered(line)
        return
    before: Version | None = None
    paid_until: date | None = None
    for version in line.versions:
        day = version.trial_until or version.starts
        stops = min(version.ends or end, end)
        if version.status not in _BILLED or day >= stops:
            before = None
            continue
        if before is not None and paid_until is not None and before.ends == version.starts and day < paid_until:
            if _differ(before, version):
                yield _part(line, before, day, paid_until, terms, sign=-1)
                yield _part(line, version, day, paid_until, terms)
            day = paid_until
        while day < stops:
            paid_until = _term_end(terms, day)
            yield _part(line, version, day, paid_until, terms)
            day = paid_until
        before = version
    if line.replaced and before is not None and paid_until is not None:
        gone = before.ends or paid_until
        if gone < paid_until:
            yield _part(line, before, gone, paid_until, terms, sign=-1)


def _metered(line: Line) -> Iterator[Due]:
    for version in line.versions:
        if version.quantity and version.ends is not None:
            amount = cents(version.quantity * version.price.amount)
            yield Due(version.ends, line, version.plan_id, amount, Decimal(0), version.quantity, "usage",
                      (version.starts, version.ends))  # fmt: skip


def _differ(one: Version, other: Version) -> bool:
    return (one.quantity, one.price, one.plan_id) != (other.quantity, other.price, other.plan_id)


def _part(line: Line, version: Version, day: date, until: date, terms: list[tuple[date, int]], *, sign: int = 1) -> Due:
    """What `version` costs from `day` to `until`, the end of a term: all of it, or as many days as are left."""
    starts = _term_start(terms, until, day)
    gross = version.quantity * version.price.amount
    off = version.discount_on(day)
    left, whole = (until - day).days, (until - starts).days
    if left != whole:
        gross, off = gross * left / whole, off * left / whole
    off = cents(off)
    net = cents(gross) - off
    prorated = sign < 0 or left != whole
    return Due(day, line, version.plan_id, sign * net, sign * off, version.quantity, "subscription", (day, until),
               prorated)  # fmt: skip


def _term_of(terms: list[tuple[date, int]], day: date) -> tuple[date, int]:
    return next((term for term in reversed(terms) if term[0] <= day), terms[0])


def _term_end(terms: list[tuple[date, int]], day: date) -> date:
    """The end of the term that `day` is in: of its own grid, or where another one begins."""
    start, months = _term_of(terms, day)
    number = months_between(start, day) // months
    while plus_months(start, number * months) <= day:
        number += 1
    end = plus_months(start, number * months)
    return min([end, *(other for other, _ in terms if day < other < end)])


def _term_start(terms: list[tuple[date, int]], until: date, day: date) -> date:
    start, months = _term_of(terms, day)
    whole = plus_months(start, (months_between(start, until) - 1) // months * months)
    return min(max(start, whole), day)


def _setup_fee(account: Account, dues: list[Due], chance: Random) -> list[Due]:
    paying = account.preset.paying
    if not dues or not happens(chance, paying.setup_share):
        return []
    fee = cents(paying.setup_fee * account.preset.price_factors[account.currency])
    return [Due(min(due.day for due in dues), None, None, fee, Decimal(0), 1, "one_time", None)]


def _credit(account: Account, chance: Random, by_day: dict[date, list[Due]], number: int) -> None:
    """Some customers get money back: a credit on an invoice of its own, and the refund."""
    low = account.preset.paying.refund
    days = [day for day in sorted(by_day) if happens(chance, low) and not account.payment_of(day)[0]]
    if not days:
        return
    charged = next((due for due in by_day[days[0]] if due.amount > 0 and due.line is not None), None)
    day = days[0] + timedelta(days=50)
    if charged is None or day >= account.window.end:
        return
    back = cents(charged.amount * chance.choice((10, 20, 50)) / 100)
    invoice = f"{account.history.customer_id}-{number:04d}"
    line, who = charged.line, account.history.customer_id
    named = (None, None, None) if line is None else (line.subscription_id, line.item_id, line.product_id)
    tax = cents(back * account.traits.country.tax / 100)
    row = (
        *(invoice, 1, who, *named, charged.plan_id, -back, account.currency, None, "credit", None, None),
        *("false", None, -tax or None, day, day),
    )
    account.history.extend("invoice_lines", [row])
    payment = (f"{invoice}-p1", who, invoice, day, back + tax, account.currency, "refunded", "goodwill")
    account.history.extend("payments", [payment])
