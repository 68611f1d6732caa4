"""What is asked: whether a customer expands in the 90 days from a day on, by which driver, and by how much.

Acme pays on 2026-01-01. It adds seats for 60.00 on 14 February and buys an add-on for 20.00 on 30 March: it expanded,
by seats, 80.00. What it added on 1 April is outside: 90 days end with 31 March. Only what the customer chooses counts:
a price that is raised and a discount that ends are no choice of its own. Money is in the workspace's currency, each
movement at the rate of its day; a customer with a movement that has none is left out, and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from upswell.analysis.rolling.origins import over_by
from upswell.ledger.query import DRIVERS
from upswell.metrics.reading import Readable

# What is left of a sum of doubles that is 0.
_NOTHING: Final = 1e-6
NOT_CHOSEN: Final = ("price", "discount")
CHOSEN: Final = tuple(driver for driver in DRIVERS if driver not in NOT_CHOSEN)

_EXPANDED: Final = """
select customer_key, cast(driver as varchar) as driver,
    cast(sum(cast(amount as double) * cast(rate as double)) as double) as dollars,
    count(*) filter (where rate is null) as unrated
from booked_movements
where kind = 'expansion' and not scheduled and date >= $day and date < $until and driver not in ('price', 'discount')
group by customer_key, driver
order by customer_key, dollars desc, driver
"""


@dataclass(frozen=True)
class Expanded:
    """What a customer added: dollars a month, and the driver with most of them; dollars None without a rate."""

    driver: str
    dollars: float | None


def read_expanded(connection: Readable, day: date) -> Mapping[int, Expanded]:
    """By customer_key, those that expand in the 90 days from `day` on."""
    by_customer: dict[int, list[tuple[str, float, int]]] = defaultdict(list)
    rows = connection.execute(_EXPANDED, {"day": day, "until": over_by(day)}).fetchall()
    for customer_key, driver, dollars, unrated in rows:
        by_customer[customer_key].append((driver, dollars or 0.0, unrated))
    found: dict[int, Expanded] = {}
    for customer_key, drivers in by_customer.items():
        # Rows of one expansion may point down: of a plan at 100.00 that is left for one at 140.00 it is 40.00.
        net = sum(dollars for _, dollars, _ in drivers)
        if any(unrated for _, _, unrated in drivers):
            found[customer_key] = Expanded(drivers[0][0], None)
        elif net > _NOTHING:
            found[customer_key] = Expanded(drivers[0][0], net)
    return found
