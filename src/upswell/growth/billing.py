"""Since when each item is billed as it is, the day from which its billing periods are counted, and whether all that is
known of its bill is in the book.

Acme's item is billed per month from 10 January 2024, per year from 10 March 2025, and had its seats changed in June:
its periods are years from 10 March. A trial, a pause and a gap between two versions end the count, more seats or
another price do not. Books hold no invoices line by line, so an item that is billed on another day than it begins is
counted from its beginning.

A policy that leaves discounts out books 200.00 for what is billed at 100.00, and keeps no end of the discount: what is
billed is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from upswell.analysis.pricing.holdings import Close
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

_BILLING: Final = """
with versions as (
    select span_id, item_key, starts_on, starts_at, billing_interval, interval_count,
        lag(billing_interval) over (partition by item_key order by starts_at, span_id) as former_interval,
        lag(interval_count) over (partition by item_key order by starts_at, span_id) as former_count,
        lag(ends_on) over (partition by item_key order by starts_at, span_id) as former_ends_on
    from item_versions
    where counts and starts_at <= $as_of and starts_on <= $day and (ends_on is null or ends_on > starts_on)
),
since as (
    select item_key, max(starts_on) as day from versions
    where former_interval is distinct from billing_interval or former_count is distinct from interval_count
        or former_ends_on is null or former_ends_on < starts_on
    group by item_key
),
latest as (
    select item_key, arg_max(span_id, (starts_at, span_id)) as span_id from versions group by item_key
)
select since.item_key, since.day, booked.discounted or (terms.discount_percent = 0 and terms.discount_amount = 0)
from since
inner join latest on latest.item_key = since.item_key
inner join booked_versions as booked on booked.span_id = latest.span_id
inner join terms_keys as terms on terms.terms_key = booked.terms_key
"""


@dataclass(frozen=True, slots=True)
class Billing:
    """The first day of an item's billing periods, and whether what it is billed is booked, its discount subtracted."""

    since: date
    is_booked: bool = True


def billing_of(connection: Readable, close: Close) -> dict[int, Billing]:
    """How each item is billed, by its key, as of the close."""
    # Where discounts are subtracted as long as they last, what is not subtracted is over.
    all_booked = close.policy.discounts == "all"
    return {
        item: Billing(day, all_booked or is_booked)
        for item, day, is_booked in fetch(connection, _BILLING, close.parameters())
        if day is not None
    }
