"""Shares of counted customers, how sure they are, and when there are too few to speak.

12 of 60 customers is a share of 0.2; the 95 % interval of Wilson is 0.118 to 0.318. Its limits are the shares p for
which the observed one is 1.96 standard errors of p away (E. B. Wilson, "Probable inference, the law of succession, and
statistical inference", Journal of the American Statistical Association 22, 1927):

    (x + z^2/2) / (n + z^2)  -+  z / (n + z^2) x sqrt(x (n - x) / n + z^2 / 4)

It lies between 0 and 1 and holds its level for small counts, where the interval of Wald does not.
"""

from __future__ import annotations

from decimal import Decimal
from math import sqrt
from typing import Final

from upswell.analysis.pricing.tables import RATE_DECIMALS

Z95: Final = 1.959963984540054
LEAST: Final = 20


def wilson(count: int, of: int) -> tuple[Decimal, Decimal]:
    """The 95 % interval of the share `count` / `of`, to six decimals. Raises `ValueError` for what is no share."""
    if not 0 <= count <= of or not of:
        raise ValueError(f"{count} of {of} is no share")
    square = Z95 * Z95
    middle = (count + square / 2) / (of + square)
    half = Z95 / (of + square) * sqrt(count * (of - count) / of + square / 4)
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == of else min(1.0, middle + half)
    return estimate(low), estimate(high)


def estimate(value: float) -> Decimal:
    """An estimate as it is given out: a decimal of six places."""
    return Decimal(f"{value:.{RATE_DECIMALS}f}")


def too_few(count: int, what: str) -> str | None:
    """Why no share is given of so few, if they are too few."""
    return None if count >= LEAST else f"{count} {what}; a share needs {LEAST}"
