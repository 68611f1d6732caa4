"""Why an item's MRR changed: the total split into drivers that add up to the last digit.

From 10 seats at 20 to 15 seats at 20 with 20 % off: V0 = 200 (old), V1 = 300 (new quantity),
V2 = 300 (new price, old discount), V3 = 240 (new). So `seats` = +100 and `discount` = -60.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .values import Span, line_value, round6

Cause = tuple[str, Decimal]


@dataclass(frozen=True)
class Steps:
    """The way from the old MRR (v0) to the new (v3), one cause at a time."""

    v0: Decimal
    v1: Decimal
    v2: Decimal
    v3: Decimal


def moved_offer(before: Span, after: Span) -> bool:
    """Whether the plan or the product changed."""
    return before.offer != after.offer


def steps(before: Span, after: Span) -> Steps:
    """Work out v1 (new quantity) and v2 (new unit amount and interval, old discount)."""
    v1 = _with_new_quantity(before, after)
    new = after.version
    if new.unit_amount is None or new.mrr is not None:
        v2 = after.mrr
    else:
        gross = Fraction(new.quantity) * Fraction(new.unit_amount) * (1 - Fraction(before.percent) / 100)
        kept_discount_a_month = Fraction(before.amount) * before.factor
        v2 = round6(max(Fraction(0), gross * after.factor - kept_discount_a_month))
    return Steps(before.mrr, v1, v2, after.mrr)


def causes_of_change(before: Span, after: Span) -> list[Cause]:
    """Drivers of an item that counted before and after, in one currency; zeros left out."""
    way = steps(before, after)
    first, second, last = way.v1 - way.v0, way.v2 - way.v1, way.v3 - way.v2
    if after.version.item_type == "usage":
        found = [("usage", way.v3 - way.v0)]
    elif _is_tier(before, after):
        found = [("seats", way.v2 - way.v0), ("discount", last)]
    elif moved_offer(before, after) and first * second < 0:
        found = [("plan", way.v2 - way.v0), ("discount", last)]
    else:
        found = [("seats", first), (main_cause(before, after), second), ("discount", last)]
    return [(driver, amount) for driver, amount in found if amount != 0]


def main_cause(before: Span, after: Span) -> str:
    """What a change of price is called: plan, else term, else price."""
    if moved_offer(before, after):
        return "plan"
    return "term" if before.factor != after.factor else "price"


def cause_of_currency_change(before: Span, after: Span) -> str:
    """The one driver of both rows of a currency change."""
    return "usage" if after.version.item_type == "usage" else main_cause(before, after)


def cause_of_presence(span: Span, others: Sequence[Span]) -> str:
    """Driver of an item that appears (`others`: in force before) or goes (in force after)."""
    if span.version.item_type in {"usage", "addon"}:
        return span.version.item_type
    held = {other.version.product_id for other in others if other.holds}
    return "subscription" if span.version.product_id in held else "cross_sell"


def _with_new_quantity(before: Span, after: Span) -> Decimal:
    old, quantity = before.version, after.version.quantity
    if quantity == old.quantity:
        return before.mrr
    if old.mrr is not None:
        if old.quantity == 0:
            return before.mrr
        return round6(Fraction(old.mrr) * Fraction(quantity) / Fraction(old.quantity))
    assert old.unit_amount is not None
    return line_value(
        quantity=quantity,
        unit_amount=old.unit_amount,
        factor=before.factor,
        percent=before.percent,
        amount=before.amount,
    )


def _is_tier(before: Span, after: Span) -> bool:
    """A tiered price: same price, another quantity, therefore another unit amount."""
    old, new = before.version, after.version
    both_mrr = old.mrr is not None and new.mrr is not None
    return (
        not moved_offer(before, after)
        and old.quantity != new.quantity
        and bool(old.price_id)
        and old.price_id == new.price_id
        and before.factor == after.factor
        and (both_mrr or old.unit_amount != new.unit_amount)
    )
