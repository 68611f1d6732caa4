"""A model of who expands with all that a score needs, learned from former days and nothing after them.

    fitted = learn_from(snapshots, names, method="boosting")
    fitted.told(known).likelihood        # of each customer of a day

Beside the model stand what it must be compared with (the rate of all, of each segment, of each number of points) and
what follows once a customer expands (by which driver, by how much).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.propensity.candidates import Learned, Method, learn
from upswell.analysis.propensity.drivers import Amounts, Drivers
from upswell.analysis.propensity.rules import points_of
from upswell.analysis.propensity.segments import SegmentRates
from upswell.analysis.propensity.snapshots import Known, Snapshot
from upswell.analysis.rolling.encoding import Encoding

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

EXPANDED_MIN: Final = 50
SEGMENT: Final = "segment base rate"
RULES: Final = "rules"


@dataclass(frozen=True)
class Rows:
    """The rows of several days, one below the other."""

    matrix: Array
    expanded: Array
    dollars: Array
    drivers: Array
    mrr: Array
    segments: Array
    points: Array

    @classmethod
    def of(cls, snapshots: Sequence[Snapshot], encoding: Encoding) -> Rows:
        """Stack them."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        return cls(
            matrix=np.vstack([encoding.matrix(each.known.signals, each.known.day) for each in snapshots]),
            expanded=np.concatenate([each.expanded for each in snapshots]),
            dollars=np.concatenate([each.dollars for each in snapshots]),
            drivers=np.concatenate([each.drivers for each in snapshots]),
            mrr=np.concatenate([each.known.mrr for each in snapshots]),
            segments=np.concatenate([each.known.segments for each in snapshots]),
            points=np.concatenate([points_of(each.known.signals) for each in snapshots]),
        )


@dataclass(frozen=True)
class Told:
    """What is said of each row: how likely it is to expand, by which driver, and its dollars a month if it does."""

    likelihood: Array
    drivers: Array
    amount: Array


@dataclass(frozen=True)
class Fitted:
    """A model and its companions; `days` are the days it learned from, latest first.

    Without a model (too few expansions to learn one) the likelihood of a row is its segment's rate.
    """

    days: tuple[date, ...]
    encoding: Encoding
    model: Learned | None
    drivers: Drivers
    amounts: Amounts
    segments: SegmentRates
    points: SegmentRates

    def told(self, known: Known) -> Told:
        """Score the rows of a day."""
        matrix = self.encoding.matrix(known.signals, known.day)
        drivers = self.drivers.likelihoods(matrix)
        segment = self.segments.of_rows(known.segments)
        likelihood = segment if self.model is None else self.model.likelihoods(matrix)
        return Told(likelihood, drivers, self.amounts.of_rows(known.mrr, drivers))


def learn_from(
    snapshots: Sequence[Snapshot], names: Sequence[str], *, methods: Sequence[Method | None]
) -> Mapping[Method | None, Fitted]:
    """Fit each of `methods` (None: no model, its companions alone) to the same rows, of one day or more.

    A model needs `EXPANDED_MIN` expansions or more.
    """
    encoding = Encoding.of([each.known.signals for each in snapshots], names)
    rows = Rows.of(snapshots, encoding)
    did = rows.expanded
    drivers = Drivers.of(rows.matrix[did], rows.drivers[did])
    amounts = Amounts.of(rows.dollars[did], rows.mrr[did], rows.drivers[did])
    segments, points = SegmentRates.of(rows.segments, did), SegmentRates.of(rows.points.astype(int), did)
    days = tuple(each.known.day for each in snapshots)
    return {
        method: Fitted(
            days,
            encoding,
            None if method is None else learn(method, rows.matrix, did),
            drivers,
            amounts,
            segments,
            points,
        )
        for method in methods
    }
