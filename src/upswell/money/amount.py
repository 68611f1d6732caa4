"""Amounts as people read them: rounded to the currency's minor unit at the last moment.

Inside Upswell an amount is an exact Decimal with up to 18 decimals: 12.345 EUR at a rate of 1.081
is 13.345 245. A screen shows `13.35`, a BHD screen `13.345`, a JPY screen `13`; half a unit goes to
the even neighbour (`0.125` USD shows `0.12`), so that a column of halves does not drift upwards.
Everything that is added up is added before it comes here.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from upswell.money.currency import minor_units

# Python's own default keeps 28 digits and would round a DECIMAL(38,18) without a word.
_WIDE: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)


def rounded(amount: Decimal, *, decimals: int) -> Decimal:
    """`amount` with exactly `decimals` places, half to even; zero never carries a minus sign."""
    result = amount.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return result.copy_abs() if result.is_zero() else result


def display_amount(amount: Decimal, *, currency: str) -> Decimal:
    """`amount` rounded to the minor unit of `currency` (JPY 0, USD 2, BHD 3)."""
    return rounded(amount, decimals=minor_units(currency))


def display_text(amount: Decimal, *, currency: str, thousands: bool = True) -> str:
    """`amount` as a screen shows it, e.g. `1,234.50`; the heading names the currency."""
    return format(display_amount(amount, currency=currency), ",f" if thousands else "f")


def exact_text(amount: Decimal, *, decimals_min: int = 0) -> str:
    """Every digit that matters and no other: no exponent, no trailing zero beyond `decimals_min`.

    `Decimal("100.000000000000000000")` with `decimals_min=2` is `"100.00"`; parsing the text back
    gives an equal Decimal.
    """
    text = format(amount.copy_abs() if amount.is_zero() else amount, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals_min, "0")
    return f"{whole}.{fraction}" if fraction else whole
