"""At which rate a movement in another currency is carried: `fx = "separate"`, `"fixed_rate"` or `"item_start"`.

100.00 EUR, sold on 10 January at 1.25 and given up on 5 May at 1.10: `separate` carries the new at
1.25, the churn at 1.10, and fx of -15.00 is left between them. Under `item_start` both carry 1.25,
under `fixed_rate` both the rate of the day on which the book stands; nothing is left between them.

Under `item_start` an item that was started as the replacement of another carries that one's first day on.
Where the rules leave room:

- An item is started once: in the first moment after which it counts. Where it comes back later as the replacement of
  something else, its rate stays what it was; otherwise a change to come would move the figures of what has been.
  So chains only lead back in time, also where an item is replaced and later replaces its replacement.
- An item's first day, and what it replaced, are facts of its history: neither what `new_and_churned` drops nor the
  verdict of the moment changes them. A version that was cancelled before it began never was.
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
from .spans import from_then_on
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
    """When a customer's items began, and what each was started as the replacement of."""

    first_starts: Mapping[ItemKey, datetime]
    replaced: Mapping[ItemKey, ItemKey]

    def first_start(self, item: ItemKey) -> datetime:
        """The start of the item, or of the one at the end of its chain."""
        while item in self.replaced:
            item = self.replaced[item]
        return self.first_starts[item]


def lineage_of(spans: Sequence[Span], pairs: Iterable[tuple[Moment, Sequence[Pair]]]) -> Lineage:
    """`pairs` are those of each moment, in order."""
    first_starts: dict[ItemKey, datetime] = {}
    for span in sorted(spans, key=lambda each: each.starts_at):
        first_starts.setdefault(span.item, span.starts_at)
    replaced: dict[ItemKey, ItemKey] = {}
    counted: set[ItemKey] = set()
    for moment, of_moment in pairs:
        replaced |= {new.item: old.item for old, new in of_moment if new.item not in counted}
        counted |= {item for item, span in from_then_on(spans, moment.last).items() if span.counts}
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
