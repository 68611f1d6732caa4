"""At which rate a movement in another currency is carried: `fx = "separate"`, `"fixed_rate"` or `"item_start"`.

100.00 EUR, sold on 10 January at 1.25 and given up on 5 May at 1.10: `separate` carries the new at
1.25, the churn at 1.10, and fx of -15.00 is left between them. Under `item_start` both carry 1.25,
under `fixed_rate` both the rate of the day on which the book stands; nothing is left between them.

Under `item_start` an item that was started as the replacement of another carries that one's first day on.
Where the rules leave room:

- Chains are followed back in time only: from the earliest pair in which an item was started to pairs of earlier
  moments. So an item that is replaced, and later replaces its replacement, is its own ancestor only once.
- An item's first day, and what it replaced, are facts of its history: what `new_and_churned` drops and verdicts of
  the moment do not change them. A version that was cancelled before it began never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from .moments import Moment
from .pairing import Pair
from .policies import OraclePolicy
from .values import ItemKey, Span

Rates = Mapping[str, Sequence[tuple[date, Decimal]]]
RateOf = Callable[[Span, str], Fraction | None]
"""The rate of a row that sits on the span, in the currency; None where there is none."""


@dataclass(frozen=True)
class Exchange:
    """The rates to the workspace's currency; each holds until the next one given."""

    workspace_currency: str
    rates: Rates

    def on(self, day: date, currency: str) -> Fraction | None:
        if currency == self.workspace_currency:
            return Fraction(1)
        known = [rate for since, rate in sorted(self.rates.get(currency, ())) if since <= day]
        return Fraction(known[-1]) if known else None


@dataclass(frozen=True)
class Lineage:
    """When a customer's items began, and what they were started as a replacement of."""

    first_starts: Mapping[ItemKey, datetime]
    replaced: Mapping[ItemKey, tuple[datetime, ItemKey]]

    def first_start(self, item: ItemKey, *, earlier_than: datetime | None = None) -> datetime:
        """The start of the item, or of the one at the end of its chain."""
        at, former = self.replaced.get(item, (None, item))
        if at is None or (earlier_than is not None and at >= earlier_than):
            return self.first_starts[item]
        return self.first_start(former, earlier_than=at)


def lineage_of(spans: Iterable[Span], pairs: Iterable[tuple[Moment, Sequence[Pair]]]) -> Lineage:
    """`pairs` are those of each moment, in order."""
    first_starts: dict[ItemKey, datetime] = {}
    for span in sorted(spans, key=lambda each: each.starts_at):
        first_starts.setdefault(span.item, span.starts_at)
    replaced: dict[ItemKey, tuple[datetime, ItemKey]] = {}
    for moment, of_moment in pairs:
        for old, new in of_moment:
            replaced.setdefault(new.item, (moment.first, old.item))
    return Lineage(first_starts, replaced)


def rates_at(
    moment: Moment, *, exchange: Exchange, lineage: Lineage, policy: OraclePolicy, as_of: datetime, timezone: str
) -> RateOf:
    """The rates that the rows of a moment carry."""
    zone = ZoneInfo(timezone)

    def rate_of(span: Span, currency: str) -> Fraction | None:
        match policy.fx:
            case "separate":
                return exchange.on(moment.day, currency)
            case "fixed_rate":
                return exchange.on(as_of.astimezone(zone).date(), currency)
            case "item_start":
                return exchange.on(lineage.first_start(span.item).astimezone(zone).date(), currency)

    return rate_of
