"""What health is about: whether a customer loses MRR in the 90 days from a day on, by leaving or by its own choice.

Acme gives back two seats on 3 March: asked as of 1 February it lost MRR. Bolt's price was cut and a discount began:
that is the company's doing, and counts for nothing. Churn counts whatever its cause, a payment that failed too: who
does not pay is not well, and payment signals are on the scorecard. Who has asked to leave already is no question any
more: such customers have no points, and no part in the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.propensity.snapshots import CUSTOMERS_MAX, Features, Known
from upswell.analysis.rolling.origins import over_by
from upswell.metrics.reading import GivesTables

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

LEAVING: Final = "cancel_requested"
_LOST: Final = """
select distinct customer_key
from booked_movements
where not scheduled and date >= $day and date < $until
    and (kind = 'churn' and amount < 0
        or kind = 'contraction' and amount < 0 and driver not in ('price', 'discount'))
"""


@dataclass(frozen=True)
class Seen:
    """What was known of customers on a day, those that were leaving left out, and which of them lost MRR after it."""

    known: Known
    lost: Array

    @classmethod
    def at(cls, connection: GivesTables, day: date, features: Features) -> Seen:
        """Read it."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        known = Known.at(connection, day, features, most=CUSTOMERS_MAX)
        known = known.where(~leaving(known))
        rows = connection.execute(_LOST, {"day": day, "until": over_by(day)}).fetchall()
        return cls(known, np.isin(known.customer_keys, np.array([key for (key,) in rows], dtype=np.int64)))


def leaving(known: Known) -> Array:
    """Which rows have asked to leave."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    return np.array([bool(asked) for asked in known.signals[LEAVING].to_pylist()], dtype=bool)
