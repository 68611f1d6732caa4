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
    `lot` is the number of the lot, where it plays a part.
    """

    customer: NDArray[np.int64]
    age: NDArray[np.int64]
    lost: NDArray[np.bool_]
    money: NDArray[np.float64]
    reach: NDArray[np.int64]
    lot: NDArray[np.int64] | None = None

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.customer.max()) + 1 if len(self.customer) else 0

    def of(self, chosen: NDArray[np.bool_]) -> Pieces:
        """The pieces of the lots whose number is True in `chosen`, with their customers numbered anew."""
        if self.lot is None:
            raise ValueError("pieces that belong to no lot cannot be chosen by it")
        kept = chosen[self.lot]
        customer = _numbered(self.customer[kept])
        return Pieces(customer, self.age[kept], self.lost[kept], self.money[kept], self.reach[kept], self.lot[kept])


def pieces_of(lots: Lots) -> Pieces:
    """The pieces of all lots with a rate: of their losses, and of what is left."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    last = lots.through.toordinal()
    born = np.array([lot.day.toordinal() for lot in lots.lots], dtype=np.int64)
    keys = np.array([lot.customer_key for lot in lots.lots], dtype=np.int64)
    left = np.array(lots.left(), dtype=np.float64)
    standing = np.flatnonzero(left > 0)
    losses = [loss for loss in lots.losses if loss.money]
    lot = np.concatenate([np.array([loss.lot for loss in losses], dtype=np.int64), standing])
    ended = np.array([loss.day.toordinal() for loss in losses], dtype=np.int64)
    ends = np.concatenate([ended, np.full(len(standing), last)])
    gone = np.array([loss.money for loss in losses], dtype=np.float64)
    return Pieces(
        customer=_numbered(keys[lot]),
        age=ends - born[lot],
        lost=np.arange(len(lot)) < len(losses),
        money=np.concatenate([gone, left[standing]]) / _ONE,
        reach=last - born[lot],
        lot=lot,
    )


def _numbered(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keys as numbers from 0 on without gaps, in their order; the keys of a book are no large numbers."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    return np.asarray(np.cumsum(np.bincount(keys) > 0) - 1)[keys] if len(keys) else keys
