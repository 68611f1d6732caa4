"""Which products and add-ons customers hold together more often than chance would have it.

Of 200 customers at the close 80 hold Reports, 50 hold single sign-on, and 35 hold both. Were the two held independently
of each other, 80 x 50 / 200 = 20 would hold both:

    support   35 / 200                             0.175
    lift      35 / 20                              1.75
    odds      of Reports, with single sign-on against without it: 35.5/15.5 : 45.5/105.5 = 5.31, 95 % 2.66 to 10.6

The odds ratio is estimated with half a customer added to each of the four counts, and its interval is that of its
logarithm, 1.96 standard errors sqrt(1/a + 1/b + 1/c + 1/d) on either side (J. B. S. Haldane, "The estimation and
significance of the logarithm of a ratio of frequencies", Annals of Human Genetics 20, 1956; F. J. Anscombe, "On
estimating binomial response relations", Biometrika 43, 1956). An interval that holds 1 tells of no association; one
that does not tells that they go together, and not that one leads to the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from math import exp, log, sqrt
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close, Holding, Segment
from upswell.analysis.pricing.proportions import Z95, estimate
from upswell.analysis.pricing.tables import COUNT, RATE, RATIO, TEXT, rate, segment_columns, table_of

EXPECTED_LEAST: Final = 5
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "one": TEXT,
    "other": TEXT,
    "customers": COUNT,
    "hold_one": COUNT,
    "hold_other": COUNT,
    "hold_both": COUNT,
    "support": RATE,
    "lift": RATIO,
    "odds_ratio": RATIO,
    "odds_ratio_low": RATIO,
    "odds_ratio_high": RATIO,
    "reason": TEXT,
}


def together_table(held: Iterable[Holding], close: Close) -> pa.Table:
    """A row for each pair of a product or add-on, within each segment, those held by most together first.

    `support` is the share of customers that hold both. `lift` and the odds ratio are null with a `reason` where fewer
    than 5 customers would be expected in any of the four cells.
    """
    holders: dict[Segment, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    everyone: dict[Segment, set[int]] = defaultdict(set)
    for holding in held:
        holders[holding.segment][_thing(holding)].add(holding.customer_key)
        everyone[holding.segment].add(holding.customer_key)
    rows = []
    for segment in sorted(holders, key=lambda each: [(part is None, part or "") for part in each]):
        things = holders[segment]
        pairs = [_row(one, other, things, len(everyone[segment])) for one, other in combinations(sorted(things), 2)]
        pairs.sort(key=lambda row: -row["hold_both"])
        rows += [{**dict(zip(close.names, segment, strict=True)), **row} for row in pairs]
    return table_of(rows, {**segment_columns(close.names), **COLUMNS})


def odds_ratio(both: int, one: int, other: int, neither: int) -> tuple[float, float, float]:
    """The odds ratio of a table of four counts with its 95 % interval, each count half a customer larger."""
    cells = [count + 0.5 for count in (both, one, other, neither)]
    middle = log(cells[0] * cells[3] / (cells[1] * cells[2]))
    half = Z95 * sqrt(sum(1 / cell for cell in cells))
    return exp(middle), exp(middle - half), exp(middle + half)


def _thing(holding: Holding) -> str:
    """Plans of one product exclude each other, so of plans it is the product that is held."""
    return f"product {holding.product_id}" if holding.is_seats else f"{holding.offer.item_type} {holding.offer.plan_id}"


def _row(one: str, other: str, things: Mapping[str, set[int]], customers: int) -> dict[str, Any]:
    hold_one, hold_other = len(things[one]), len(things[other])
    both = len(things[one] & things[other])
    row: dict[str, Any] = {
        "one": one,
        "other": other,
        "customers": customers,
        "hold_one": hold_one,
        "hold_other": hold_other,
        "hold_both": both,
        "support": rate(both, customers),
    }
    universal = [name for name, count in ((one, hold_one), (other, hold_other)) if count == customers]
    if universal:
        return row | {"reason": f"every customer holds {universal[0]}, so it goes with everything"}
    least = min(hold_one, customers - hold_one) * min(hold_other, customers - hold_other) / customers
    if least < EXPECTED_LEAST:
        why = f"{least:.1f} customers would be expected in the smallest cell; {EXPECTED_LEAST} are needed"
        return row | {"reason": why}
    cells = both, hold_one - both, hold_other - both, customers - hold_one - hold_other + both
    found = (estimate(each) for each in odds_ratio(*cells))
    odds = dict(zip(("odds_ratio", "odds_ratio_low", "odds_ratio_high"), found, strict=True))
    return row | odds | {"lift": rate(both * customers, hold_one * hold_other)}
