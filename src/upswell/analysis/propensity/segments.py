"""Shares by segment, drawn towards the whole where a segment is small: the yardstick that a model must beat.

Of 40 customers on Team with 256 or more a month 10 expanded, of all customers 12 %. The segment's rate is
(10 + 30 x 0.12) / (40 + 30) = 19 %: as if 30 customers like all others were among its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

PRIOR: Final = 30.0


@dataclass(frozen=True)
class SegmentRates:
    """The rate of all, and of each segment."""

    overall: float
    rates: Mapping[str, float]

    @classmethod
    def of(cls, segments: Array, happened: Array) -> SegmentRates:
        """Learn them from rows."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        overall = float(happened.mean()) if len(happened) else 0.0
        names, places = np.unique(segments.astype(str), return_inverse=True)
        counts = np.bincount(places, minlength=len(names))
        hits = np.bincount(places, weights=happened.astype(float), minlength=len(names))
        rates = (hits + PRIOR * overall) / (counts + PRIOR)
        return cls(overall, dict(zip(names.tolist(), rates.tolist(), strict=True)))

    def of_rows(self, segments: Array) -> Array:
        """The rate of each row's segment; of one never seen that of all."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        return np.array([self.rates.get(str(segment), self.overall) for segment in segments.tolist()], dtype=float)
