"""A total shared out to the cent: what each gets is in proportion to its weight, and all of it is given out.

100.00 by weights 1, 1, 1 is 33.34, 33.33, 33.33: each gets the whole cents of its part, and the cents left over go to
those whose part was cut most (largest remainder, Hamilton 1792; of equal ones the first).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_CENTS: Final = 100
_FINE: Final = 2**40


def allocate(total: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """`total` (whole cents, not negative) in proportion to `weights` (not negative); the parts add up to it exactly.

    Raises ValueError where there is something to give and no weight above 0.
    """
    cents = int(total * _CENTS)
    largest = max(weights, default=0.0)
    if cents == 0:
        return [Decimal("0.00")] * len(weights)
    if largest <= 0:
        raise ValueError("a total needs a weight above 0")
    # In integers from here on: a sum of floats would leave cents over, or give too many.
    whole = [round(weight / largest * _FINE) for weight in weights]
    divisor = sum(whole)
    parts = [divmod(cents * weight, divisor) for weight in whole]
    left = cents - sum(part for part, _ in parts)
    first = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:left]
    given = [part for part, _ in parts]
    for place in first:
        given[place] += 1
    return [Decimal(part).scaleb(-2) for part in given]
