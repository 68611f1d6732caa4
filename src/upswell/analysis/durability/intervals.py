"""How sure a share of dollars is: a bootstrap over customers, read as so many customers of equal size.

Customers are drawn again with replacement, whole, with all their lots: what one customer decides counts once. The
variance of the share over the draws says how many equal and independent dollars would be as uncertain,
n = S (1 - S) / variance; that number is made smaller by how badly the variance itself is known (few customers lose most
of the money), and the interval is the one of Clopper and Pearson for n S of n:

    n* = n (z / t)^2, t of Student's distribution with df = 2 / (1 / k - 1 / m)

with m customers, and k the number of equal customers that would make up the variance as they do (Satterthwaite, 1946).
The whole is the interval of Korn and Graubard (Confidence intervals for proportions with small expected number of
positive counts, 1998). In a simulation with known truth a dollar-weighted formula of Greenwood covered far less than
it claimed, and percentiles of the bootstrap too little; docs/durability.md has the figures of this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upswell.analysis.durability.curves import LAST_AGE, Tallies, influence, survival

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL: Final = 0.95
DRAWS: Final = 200
SEED: Final = 20_260_101
_DRAWS_AT_ONCE: Final = 50
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Shares:
    """At each of `ages`: the share still there, its interval, and of whom.

    `money` is what could be seen for so long, lost or not, `customers` how many customers it is of, `equal_customers`
    how many of equal size would be as concentrated (Kish, Survey sampling, 1965). Without any the share means nothing.
    """

    ages: NDArray[np.int64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    money: NDArray[np.float64]
    customers: NDArray[np.int64]
    equal_customers: NDArray[np.float64]


def shares_at(tallies: Tallies, ages: NDArray[np.int64], *, draws: int = DRAWS, seed: int = SEED) -> Shares:
    """Shares at `ages` (0 to `LAST_AGE`), each with its interval at `LEVEL`; the same seed gives the same intervals."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    lost, seen = (np.asarray(part.sum(axis=0)).ravel() for part in (tallies.lost, tallies.seen))
    share = survival(lost, seen)[ages]
    spread = _spread(tallies, ages, draws=draws, seed=seed)
    money, customers, equal = _old_enough(tallies, ages)
    low, high = _interval(share, spread, _freedom(influence(tallies, ages)), equal)
    return Shares(ages, share, low, high, money, customers, equal)


def _spread(tallies: Tallies, ages: NDArray[np.int64], *, draws: int, seed: int) -> NDArray[np.float64]:
    """The variance of the share over draws of customers."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    customers = tallies.seen.shape[0]
    chance = np.random.default_rng(seed)
    drawn = []
    for start in range(0, draws, _DRAWS_AT_ONCE):
        rows = min(_DRAWS_AT_ONCE, draws - start)
        times = np.empty((rows, customers))
        for row in times:
            row[:] = np.bincount(chance.integers(customers, size=customers), minlength=customers)
        lost, seen = (np.asarray((part.T @ times.T).T) for part in (tallies.lost, tallies.seen))
        drawn.append(survival(lost, seen)[:, ages])
    return np.asarray(np.concatenate(drawn).var(axis=0, ddof=1))


def _old_enough(
    tallies: Tallies, ages: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Money that could be seen for each age or longer, of how many customers, and of how many equal ones."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    long_enough = (np.arange(LAST_AGE + 2)[:, None] >= ages[None, :]).astype(np.float64)
    money = np.asarray(tallies.reach @ long_enough)
    total, squares = money.sum(axis=0), (money**2).sum(axis=0)
    equal = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return total, (money > 0).sum(axis=0), equal


def _freedom(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees of freedom of the variance that the customers' moves make up."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    squares = moves**2
    fourth = (squares**2).sum(axis=0)
    equal = np.divide(squares.sum(axis=0) ** 2, fourth, out=np.ones(moves.shape[1]), where=fourth > 0)
    left = np.maximum(1 / equal - 1 / len(moves), _TINY)
    return np.asarray(np.maximum(2 / left, 1.0))


def _interval(
    share: NDArray[np.float64],
    variance: NDArray[np.float64],
    freedom: NDArray[np.float64],
    equal_customers: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Clopper and Pearson's interval for the share of so many equal dollars as its variance tells of.

    Where nothing or everything was lost the draws do not differ: the money at stake is that of `equal_customers` then.
    """
    import numpy as np  # noqa: PLC0415 -- of the extra
    from scipy import stats  # noqa: PLC0415

    tail = (1 - LEVEL) / 2
    wider: NDArray[np.float64] = stats.norm.ppf(1 - tail) / stats.t.ppf(1 - tail, freedom)
    sure = (share * (1 - share) > _TINY) & (variance > _TINY)
    size = np.where(sure, np.divide(share * (1 - share), variance, out=np.ones_like(share), where=sure) * wider**2, 0)
    size = np.where(sure, size, np.maximum(equal_customers, _TINY))
    kept, gone = size * share, size * (1 - share)
    low = np.where(kept > _TINY, stats.beta.ppf(tail, np.maximum(kept, _TINY), gone + 1), 0.0)
    high = np.where(gone > _TINY, stats.beta.ppf(1 - tail, kept + 1, np.maximum(gone, _TINY)), 1.0)
    return np.minimum(low, share), np.maximum(high, share)
