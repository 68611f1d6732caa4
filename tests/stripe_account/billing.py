"""How an account bills: lines, prorations to the second, discounts, tax, and what is left to pay.

8 seats instead of 5 at 20.00, 16 days of 31 left: 51.61 of 100.00 go back and 82.58 of 160.00 are charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.stripe_account.things import Customer, Discount, Invoice, Line, Price, TaxRate, rounded


def prorated(total: Decimal, moment: int, start: int, end: int) -> int:
    """The part of a period's total that falls to what is left of the period after `moment`."""
    return rounded(total * (end - moment) / (end - start))


def apply_discounts(lines: Sequence[Line], discounts: Iterable[tuple[Discount, str | None]]) -> None:
    """Reduce the lines: percents line by line, an amount spread over them by their size, whole cents, largest rest
    first.

    Each discount comes with the item it is for (None: all). Prorations are not discounted.
    """
    for discount, item in discounts:
        coupon = discount.coupon
        concerned = [
            line
            for line in lines
            if line.regular
            and line.amount - line.discount > 0
            and (item is None or line.item == item)
            and (not coupon.products or (line.price is not None and line.price.product in coupon.products))
        ]
        left = [line.amount - line.discount for line in concerned]
        if coupon.percent is not None:
            shares = [rounded(amount * coupon.percent / 100) for amount in left]
        else:
            shares = spread(min(coupon.amount or 0, sum(left)), left)
        for line, share in zip(concerned, shares, strict=True):
            if share:
                line.discounts.append((discount, share))


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in whole parts proportional to `weights`: 10 over 100 and 50 is 7 and 3."""
    total = sum(weights)
    if not total:
        return [0 for _ in weights]
    parts = [amount * weight // total for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % total), at))
    for at in by_rest[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def apply_tax(lines: Sequence[Line], customer: Customer, inclusive: TaxRate) -> None:
    """Inclusive tax where the price includes it, and else the customer's own rate on top."""
    for line in lines:
        net = line.amount - line.discount
        if line.price is not None and line.price.inclusive:
            tax = rounded(net * inclusive.percent / (100 + inclusive.percent))
            line.taxes.append((inclusive, tax))
        elif customer.tax is not None:
            line.taxes.append((customer.tax, rounded(net * customer.tax.percent / 100)))


def settle_balance(invoice: Invoice, customer: Customer) -> None:
    """Use up what the customer has in credit (a negative balance); what an invoice gives back becomes credit."""
    invoice.starting_balance = customer.balance
    due = invoice.total + customer.balance
    if due < 0:
        customer.balance, invoice.amount_due = due, 0
    else:
        customer.balance, invoice.amount_due = 0, due
    invoice.ending_balance = customer.balance


def describe(price: Price, quantity: int, name: str) -> str:
    """The text Stripe writes beside a regular line."""
    return f"{quantity} x {name} (at {price.unit} / {price.interval})"
