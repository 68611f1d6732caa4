"""By which driver a customer would expand, and by how much, given that it does.

Learned from those that expanded: a regression over the same signals says which driver; how much is a share of what the
customer pays, by driver and size. Of seats at customers that pay 256 to 1,023 a month 30 expansions came to 0.20 of
MRR together, of seats at all sizes to 0.30: the share used is (30 x 0.20 + 20 x 0.30) / (30 + 20) = 0.24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.propensity.target import CHOSEN
from upswell.analysis.rolling.encoding import Scaling

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

EXPANSIONS_MIN: Final = 100
SIZES: Final = 12
_PRIOR: Final = 20.0
_PENALTY: Final = 0.05
_STEPS_MAX: Final = 200


@dataclass(frozen=True)
class Drivers:
    """Which driver: by a regression, or where few expanded by how often each was (`shares`, in the order of CHOSEN)."""

    shares: Array
    estimator: Any = None
    scaling: Scaling | None = None

    @classmethod
    def of(cls, matrix: Array, drivers: Array) -> Drivers:
        """Learn from rows that expanded; `drivers` are places in CHOSEN."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        counts = np.bincount(drivers, minlength=len(CHOSEN)).astype(float)
        shares = counts / counts.sum() if counts.sum() else np.full(len(CHOSEN), 1 / len(CHOSEN))
        if len(drivers) < EXPANSIONS_MIN or (counts > 0).sum() == 1:
            return cls(shares)
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- of the extra
        from threadpoolctl import threadpool_limits  # noqa: PLC0415 -- of the extra

        scaling = Scaling.of(matrix)
        regression = LogisticRegression(C=_PENALTY, max_iter=_STEPS_MAX)
        with threadpool_limits(1):
            return cls(shares, regression.fit(scaling.of_rows(matrix), drivers), scaling)

    def likelihoods(self, matrix: Array) -> Array:
        """For each row the likelihood of each driver of CHOSEN, which add up to 1."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        if self.estimator is None or self.scaling is None:
            return np.tile(self.shares, (len(matrix), 1))
        found = np.zeros((len(matrix), len(CHOSEN)))
        found[:, self.estimator.classes_] = self.estimator.predict_proba(self.scaling.of_rows(matrix))
        return found


@dataclass(frozen=True)
class Amounts:
    """Dollars a month that an expansion adds, as shares of MRR before it: a row a driver, a column a size."""

    shares: Array

    @classmethod
    def of(cls, dollars: Array, mrr: Array, drivers: Array) -> Amounts:
        """Learn from rows that expanded."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        overall = _share(dollars.sum(), mrr.sum())
        shares = np.full((len(CHOSEN), SIZES), overall)
        sizes = sizes_of(mrr)
        for driver in range(len(CHOSEN)):
            of_driver = drivers == driver
            middle = _drawn(dollars[of_driver], mrr[of_driver], overall)
            for size in range(SIZES):
                here = of_driver & (sizes == size)
                shares[driver, size] = _drawn(dollars[here], mrr[here], middle)
        return cls(shares)

    def of_rows(self, mrr: Array, likely: Array) -> Array:
        """The expected dollars a month of each row if it expands, over the drivers by their likelihood."""
        found: Array = (likely * self.shares[:, sizes_of(mrr)].T).sum(axis=1) * mrr
        return found

    def as_json(self) -> Sequence[Sequence[float]]:
        """What `from_json` reads."""
        rows: list[list[float]] = self.shares.tolist()
        return rows

    @classmethod
    def from_json(cls, kept: Sequence[Sequence[float]]) -> Amounts:
        """The amounts that were kept; raises ValueError or TypeError for what is none."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        shares = np.array(kept, dtype=float)
        if shares.shape != (len(CHOSEN), SIZES):
            raise ValueError(f"amounts of shape {shares.shape}")
        return cls(shares)


def sizes_of(mrr: Array) -> Array:
    """The power of four below MRR, from 0 to SIZES - 1."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    powers = np.floor(np.log(np.maximum(mrr, 1e-6)) / np.log(4.0))
    found: Array = np.clip(powers, 0, SIZES - 1).astype(int)
    return found


def most_likely(likely: Array) -> Sequence[str]:
    """The likeliest driver of each row."""
    return [CHOSEN[place] for place in likely.argmax(axis=1).tolist()]


def _share(dollars: float, mrr: float) -> float:
    return float(dollars / mrr) if mrr > 0 else 0.0


def _drawn(dollars: Array, mrr: Array, towards: float) -> float:
    count = len(dollars)
    return (count * _share(dollars.sum(), mrr.sum()) + _PRIOR * towards) / (count + _PRIOR)
