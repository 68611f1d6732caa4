"""MRR as contracted: what is in force at the book's instant and every change already known to come.

As of 2026-03-12 a slice holds 500.00; a cancellation of 80.00 is dated April and an upgrade of 30.00 June:
contracted are 450.00. A book knows this of its own instant alone.
"""

from __future__ import annotations

from typing import Final

from upswell.metrics.figures import EXACT, ZERO, Figure
from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice, no_rate
from upswell.metrics.view import View, fetch
from upswell.policy.model import Policy

_HELD: Final = """
with {entries},
held as (
    select {slice} currency, sum(amount) as native, sum(workspace_amount) as money,
        coalesce(sum(case when workspace_amount is null then amount end), 0) as unvalued
    from entries
    group by all
)
select {slice} held.currency, held.native, held.money, held.unvalued, rate_spans.rate
from held
left join rate_spans on rate_spans.currency = held.currency and rate_spans.starts_on <= $as_of_day
    and (rate_spans.ends_on is null or rate_spans.ends_on > $as_of_day)
order by held.currency
"""


def contracted(connection: Readable, view: View, *, policy: Policy) -> dict[Slice, Figure]:
    """By slice, at the rates of the book's day, or the movements' own where the policy gives them some."""
    # A monthly total has no money as soon as one of its movements has no rate: own rates need the movements.
    source = view.source if policy.fx == "separate" else "movements"
    sql = _HELD.format(entries=view.entries(source, scheduled=True), slice=view.slice_columns)
    width = len(view.dimensions)
    found: dict[Slice, Figure] = {}
    for row in fetch(connection, sql, view.parameters()):
        slice_, (currency, native, money, unvalued, rate) = row[:width], row[width:]
        so_far = found.get(slice_, Figure(ZERO))
        if so_far.value is None:
            continue
        if policy.fx == "separate":
            part = None if native and rate is None else EXACT.multiply(native, rate or ZERO)
        else:
            part = None if unvalued else money or ZERO
        lacking = Figure.missing(no_rate(currency, view.facts.as_of_day))
        found[slice_] = lacking if part is None else Figure(EXACT.add(so_far.value, part))
    return found
