"""Costs by month and kind, as imported: of the company, never of a slice.

January's 400.00 and February's 500.00 of acquisition cost are known; March has none. A quarter with such a hole has no
cost, and the reason names the month: an absent row is not 0, a row that says 0 is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from upswell.metrics.figures import EXACT, ZERO, Figure
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable


@dataclass(frozen=True)
class Costs:
    """Amounts by month number and kind."""

    amounts: Mapping[tuple[int, str], Decimal] = field(default_factory=dict)

    def months_with(self, kind: str, months: Iterable[Month]) -> tuple[Month, ...]:
        """Those of `months` that have a cost of `kind`."""
        return tuple(month for month in months if (month.number, kind) in self.amounts)

    def sum(self, kinds: Collection[str], months: Iterable[Month]) -> Figure:
        """What `kinds` cost in `months`; without a value where a month has none of them."""
        result = ZERO
        for month in months:
            given = [self.amounts[month.number, kind] for kind in kinds if (month.number, kind) in self.amounts]
            if not given:
                return Figure.missing(f"no {' or '.join(kinds)} cost is imported for {month}; import costs")
            for amount in given:
                result = EXACT.add(result, amount)
        return Figure(result)


def load_costs(connection: Readable) -> Costs:
    """All costs of the book."""
    rows = connection.execute("select year(month) * 12 + month(month) - 1, kind, amount from costs").fetchall()
    return Costs({(month, kind): amount for month, kind, amount in rows})
