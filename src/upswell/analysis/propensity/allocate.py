"""A total shared out to the cent: what each gets is in proportion to its weight, and all of it is given out.

100.00 by weights 1, 1, 1 is 33.34, 33.33, 33.33: each gets the whole cents of its part, and the cents left over go to
those whose part was cut most (largest remainder, Hamilton 1792; of equal ones the first).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_FINE: Final = 2**40


def allocate(total: Decimal, weights: Sequence[float], *, decimals: int = 2) -> list[Decimal]:
    """`total` in proportion to `weights`, in parts of `decimals` decimals that add up to it exactly.

    Raises ValueError where a total or weight is negative, the total has more decimals than the parts may have, or there
    is something to give and no weight above 0.
    """
    pieces = int(total.scaleb(decimals))
    if total < 0 or pieces != total.scaleb(decimals) or min(weights, default=0.0) < 0:
        raise ValueError(f"{total} cannot be shared out")
    largest = max(weights, default=0.0)
    if pieces == 0:
        return [Decimal(0).scaleb(-decimals)] * len(weights)
    if largest <= 0:
        raise ValueError("a total needs a weight above 0")
    # In integers from here on: a sum of floats would leave cents over, or give too many.
    whole = [round(weight / largest * _FINE) for weight in weights]
    divisor = sum(whole)
    parts = [divmod(pieces * weight, divisor) for weight in whole]
    left = pieces - sum(part for part, _ in parts)
    given = [part for part, _ in parts]
    for place in sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:left]:
        given[place] += 1
    return [Decimal(part).scaleb(-decimals) for part in given]
