"""The score that people weigh by hand, to be held against the fitted one: it is plausible, and proves little.

40 points for use against the quarter before, 30 for seats in use, 20 for the last NPS answer, 10 for no open failed
charge; what is not known has half of its points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Points, and the value at which all of them are given.
_WEIGHTS: Final = {"use_30d_vs_90d": (40, 1.2), "seats_used_share": (30, 1.0), "last_nps": (20, 10.0)}
_PAID: Final = ("open_failed_charges", 10)


def hand_weighted(values: Mapping[str, Array], *, rows: int) -> Array:
    """The points of each row, 0 to 100."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    total = np.zeros(rows)
    for name, (points, full) in _WEIGHTS.items():
        share = np.clip(values.get(name, np.full(rows, np.nan)) / full, 0, 1)
        total += points * np.where(np.isfinite(share), share, 0.5)
    name, points = _PAID
    still_open = values.get(name, np.full(rows, np.nan))
    total += points * np.where(np.isfinite(still_open), still_open == 0, 0.5)
    return total
