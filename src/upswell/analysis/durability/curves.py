"""The share of dollars that is still there at each age: the Kaplan-Meier estimator, weighted by money.

Of 100.00 seen for a year 20.00 are lost at day 10; another 100.00 was seen for 5 days only. At day 10 there are 100.00
to be lost, 20.00 are, and the share is 1 - 20 / 100 = 0.80: what is not seen any more counts until then and no longer.

    S(t) = product over ages a <= t of (1 - lost(a) / there(a))

with lost(a) the money lost at age a and there(a) the money of all lots seen up to age a or longer (Kaplan and Meier,
Nonparametric estimation from incomplete observations, 1958). With money of 1 for each piece it is the plain estimator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.durability.pieces import Pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAST_AGE: Final = 365


@dataclass(frozen=True)
class Tallies:
    """By customer (rows) and age 0 to `LAST_AGE` + 1 (columns): money lost at the age, and money last seen at it.

    `reach` has the money by the age up to which it could be seen, lost or not. What is seen for longer than `LAST_AGE`
    is in the last column, where nothing is lost.
    """

    lost: Any  # scipy.sparse.csr_array; its stubs are no dependency
    seen: Any
    reach: Any

    @classmethod
    def of(cls, pieces: Pieces) -> Tallies:
        """Add up the pieces of each customer."""
        import numpy as np  # noqa: PLC0415 -- of the extra
        from scipy.sparse import csr_array  # noqa: PLC0415

        shape = (pieces.customers, LAST_AGE + 2)
        age = np.minimum(pieces.age, LAST_AGE + 1)
        early = pieces.lost & (pieces.age <= LAST_AGE)
        lost = csr_array((pieces.money[early], (pieces.customer[early], age[early])), shape=shape)
        seen = csr_array((pieces.money, (pieces.customer, age)), shape=shape)
        reach = np.minimum(pieces.reach, LAST_AGE + 1)
        return cls(lost, seen, csr_array((pieces.money, (pieces.customer, reach)), shape=shape))


def survival(lost: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """S at each age, of money lost and last seen by age; both may have further axes before the last.

    From the age on at which nothing is there any more the share stays as it was: it is not known.
    """
    import numpy as np  # noqa: PLC0415 -- of the extra

    there = np.flip(np.cumsum(np.flip(seen, -1), -1), -1)
    hazard = np.divide(lost, there, out=np.zeros_like(lost), where=there > 0)
    return np.cumprod(1 - np.minimum(hazard, 1), -1)


def influence(tallies: Tallies, ages: NDArray[np.int64]) -> NDArray[np.float64]:
    """How each customer (rows) moves S at `ages` (columns): the linear part of S in its share of the money.

    The influence function of the product-limit estimator (Reid, Influence functions for censored data, 1981), summed
    over the pieces of a customer.
    """
    import numpy as np  # noqa: PLC0415 -- of the extra

    lost, seen = (np.asarray(part.sum(axis=0)).ravel() for part in (tallies.lost, tallies.seen))
    there = np.flip(np.cumsum(np.flip(seen)))
    hazard = np.divide(lost, there, out=np.zeros_like(lost), where=there > 0)
    open_ = (there > 0) & (hazard < 1)
    scale = np.divide(1.0, there * (1 - hazard), out=np.zeros_like(lost), where=open_)
    exposed = np.cumsum(hazard * scale)
    every = np.arange(len(lost))
    losing = np.where(every[:, None] <= ages[None, :], scale[:, None], 0.0)
    exposure = exposed[np.minimum(every[:, None], ages[None, :])]
    share = survival(lost, seen)[ages]
    return np.asarray(-(tallies.lost @ losing - tallies.seen @ exposure) * share)
