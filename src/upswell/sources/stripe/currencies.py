"""How many digits Stripe's amounts have in each currency: 1500 is 15.00 dollars, 1500 yen, 1.500 dinars.

Source: Stripe's documentation of currencies; elsewhere it follows ISO 4217.
"""

from __future__ import annotations

from typing import Final

from upswell.money.currency import currency_codes, minor_units

# Amounts in krónur and Ugandan shillings are written with two digits, those in ariary with none.
_STRIPE_DIGITS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}


def currency_digits() -> list[tuple[str, int]]:
    """Every currency's code in capitals, and the digits after the point of Stripe's amounts in it."""
    return [(code, _STRIPE_DIGITS.get(code, minor_units(code))) for code in currency_codes()]
