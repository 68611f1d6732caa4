"""Lots of expansion cut into pieces: an age at which a part of a lot was lost, or at which it was last seen.

A lot of 60.00 that loses 10.00 after 122 days and is there on the book's last whole day, its 305th, is two pieces:

    customer  age  lost   money
    Acme      122  yes    10.00
    Acme      305  no     50.00

A lot belongs to the day on which it was booked; age 0 is that day. Nothing is known of a day that is not over, so the
last day looked at is the day before the book's. Money is the lot's amount at the rate of its own day: exchange rates
neither keep nor lose an expansion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upswell.metrics.lots import MONEY_DIGITS, Lots

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ONE: Final = 10**MONEY_DIGITS


@dataclass(frozen=True)
class Pieces:
    """Arrays of one length: `customer` (numbers from 0), `age` in days, `lost`, `money` in the workspace's unit.

    `reach` is the age that the lot would be seen at on the last day: what is lost at 122 days could be seen for 305.
    """

    customer: NDArray[np.int64]
    age: NDArray[np.int64]
    lost: NDArray[np.bool_]
    money: NDArray[np.float64]
    reach: NDArray[np.int64]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.customer.max()) + 1 if len(self.customer) else 0


def pieces_of(lots: Lots, chosen: Sequence[int]) -> Pieces:
    """The pieces of the lots numbered `chosen`, which must have a rate; of losses and of what is left."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    wanted = set(chosen)
    lost = [loss for loss in lots.losses if loss.lot in wanted]
    left = lots.left()
    standing = [number for number in chosen if left[number] > 0]
    numbers = [*(loss.lot for loss in lost), *standing]
    ends = [*(loss.day for loss in lost), *(lots.through for _ in standing)]
    money = [*(loss.money or 0 for loss in lost), *(left[number] for number in standing)]
    _, customer = np.unique(
        np.array([lots.lots[number].customer_key for number in numbers], dtype=np.int64), return_inverse=True
    )
    ages = [(end - lots.lots[number].day).days for number, end in zip(numbers, ends, strict=True)]
    reach = [(lots.through - lots.lots[number].day).days for number in numbers]
    return Pieces(
        customer=customer.astype(np.int64),
        age=np.array(ages, dtype=np.int64),
        lost=np.arange(len(numbers)) < len(lost),
        money=np.array([each / _ONE for each in money], dtype=np.float64),
        reach=np.array(reach, dtype=np.int64),
    )
