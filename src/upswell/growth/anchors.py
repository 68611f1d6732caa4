"""Since when each item is billed as it is: the day from which its billing periods are counted.

Acme's item is billed per month from 10 January 2024, per year from 10 March 2025, and had its seats changed in June:
its periods are years from 10 March. A trial, a pause and a gap between two versions end the count, more seats or
another price do not. Books hold no invoices line by line, so an item that is billed on another day than it begins is
counted from its beginning.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from upswell.analysis.pricing.holdings import Close
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

_ANCHORS: Final = """
with versions as (
    select item_key, starts_on, billing_interval, interval_count,
        lag(billing_interval) over (partition by item_key order by starts_at, span_id) as former_interval,
        lag(interval_count) over (partition by item_key order by starts_at, span_id) as former_count,
        lag(ends_on) over (partition by item_key order by starts_at, span_id) as former_ends_on
    from item_versions
    where counts and starts_at <= $as_of and starts_on <= $day and (ends_on is null or ends_on > starts_on)
)
select item_key, max(starts_on) from versions
where former_interval is distinct from billing_interval or former_count is distinct from interval_count
    or former_ends_on is null or former_ends_on < starts_on
group by item_key
"""


def anchors_of(connection: Readable, close: Close) -> dict[int, date]:
    """The first day of the billing periods of each item, by its key, as of the close."""
    return {item: day for item, day in fetch(connection, _ANCHORS, close.parameters()) if day is not None}
