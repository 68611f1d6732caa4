"""What was known of each paying customer on a day, and what came of it: one row for each, for models to read.

    Snapshot.at(connection, date(2025, 10, 1), features)

`features(day)` gives a table with `customer_key` and signals as of the start of a day (`analysis.signals`), and with
the attribute that segments are made of where one is named (default: plan and size, see `rolling.paying`). Customers
that pay and have signals are rows, in the order of their keys; those whose money has no rate are left out, and counted.
A huge company is looked at by a part of its customers, chosen by a hash of their ids: the same ones on each day.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from upswell.analysis.propensity.target import CHOSEN, Expanded, read_expanded
from upswell.analysis.rolling.paying import read_paying
from upswell.metrics.reading import GivesTables

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Features = Callable[[date], pa.Table]
CUSTOMERS_MAX: Final = 12_000
NO_DRIVER: Final = -1
NO_SEGMENT: Final = "(none)"


@dataclass(frozen=True)
class Known:
    """Rows of what was known on a day: signals, and beside them MRR, plan and segment."""

    day: date
    signals: pa.Table
    customer_keys: Array
    mrr: Array
    segments: Array
    unrated: int

    @classmethod
    def at(
        cls, connection: GivesTables, day: date, features: Features, *, by: str | None = None, most: int | None = None
    ) -> Known:
        """Read them; with `most` of about so many customers at the most. Segments are the values of `by`, if given."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        paying = read_paying(connection, day)
        signals = features(day).sort_by("customer_key")
        rated = paying.filter(pc.is_valid(paying["mrr"]))
        if most is not None and rated.num_rows > most:
            rated = rated.filter(_part(rated["customer_id"].to_pylist(), most / rated.num_rows))
        keys, with_signals = (table["customer_key"].to_numpy() for table in (rated, signals))
        places = np.searchsorted(with_signals, keys)
        both = places < len(with_signals)
        both[both] = with_signals[places[both]] == keys[both]
        rated, signals = rated.filter(pa.array(both)), signals.take(pa.array(places[both]))
        segments = rated["segment"] if by is None else pc.fill_null(signals[by].cast(pa.string()), NO_SEGMENT)
        return cls(
            day=day,
            signals=signals,
            customer_keys=keys[both],
            mrr=rated["mrr"].to_numpy(),
            segments=np.array(segments.to_pylist(), dtype=object),
            unrated=paying.num_rows - len(pc.drop_null(paying["mrr"])),
        )

    def __len__(self) -> int:
        return len(self.customer_keys)

    def where(self, kept: Array) -> Known:
        """The rows where `kept` is true."""
        return Known(
            self.day, self.signals.filter(pa.array(kept)), self.customer_keys[kept], self.mrr[kept],
            self.segments[kept], self.unrated,
        )  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """What was known on a day, and what came within 90 days: whether, dollars, and the driver's place in CHOSEN."""

    known: Known
    expanded: Array
    dollars: Array
    drivers: Array

    @classmethod
    def at(
        cls,
        connection: GivesTables,
        day: date,
        features: Features,
        *,
        by: str | None = None,
        most: int = CUSTOMERS_MAX,
    ) -> Snapshot:
        """Read it; the outcome of a customer is read apart from its signals."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        known = Known.at(connection, day, features, by=by, most=most)
        came = read_expanded(connection, day)
        nothing = Expanded("", 0.0)
        found = [came.get(key, nothing) for key in known.customer_keys.tolist()]
        rated = np.array([each.dollars is not None for each in found], dtype=bool)
        if not rated.all():
            known = known.where(rated)
            found = [each for each in found if each.dollars is not None]
        dollars = np.array([each.dollars for each in found], dtype=float)
        places = {driver: place for place, driver in enumerate(CHOSEN)}
        drivers = np.array([places.get(each.driver, NO_DRIVER) for each in found], dtype=int)
        lacking = known.unrated + int((~rated).sum())
        known = Known(known.day, known.signals, known.customer_keys, known.mrr, known.segments, lacking)
        return cls(known, drivers != NO_DRIVER, dollars, drivers)

    def __len__(self) -> int:
        return len(self.known)


def _part(customer_ids: Sequence[str], share: float) -> pa.Array:
    edge = int(share * 2**32)
    return pa.array([zlib.crc32(each.encode()) < edge for each in customer_ids], pa.bool_())
