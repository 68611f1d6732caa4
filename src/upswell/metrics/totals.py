"""Sums of a view by slice, month, currency and kind, and the rates that turn them into money.

With 100.00 EUR at a closing rate of 1.10 in January and 1.08 in February, and 10.00 EUR of
expansion on a day with 1.09, February reads: opening 110.00, expansion 10.90, closing
110 x 1.08 = 118.80, fx = 118.80 - 110.00 - 10.90 = -2.10. All products are DECIMAL(38,18) and
exact, so the lines add up to the last digit in every slice.

Where the policy gives a movement a rate of its own (`fx` other than `separate`) a balance is the sum of the movements'
money up to then: 100.00 EUR booked at 1.10 stay 110.00, whatever the rate does, and fx is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from upswell.metrics.figures import EXACT, ZERO, Figure
from upswell.metrics.reading import Readable
from upswell.metrics.view import Source, View, fetch
from upswell.policy.model import Policy

Slice = tuple[str | None, ...]

_SUMS: Final = """
with {entries}
select {slice} currency, kind, greatest(month, $base_month) as month, sum(amount) as native,
    sum(workspace_amount) as money, sum(case when workspace_amount is null then amount end) as unvalued,
    count(*) - count(workspace_amount) as unknown
from entries
group by all
"""
_KINDS: Final = "list_contains($kinds, cast(entry.kind as varchar))"

# A pair of rows inside one slice moves nothing; what crosses its edge is left after netting.
_TRANSFERS: Final = """
with {entries},
nets as (
    select {slice} customer_key, day, month, currency, rate, sum(amount) as net
    from entries
    group by {slice} customer_key, day, month, currency, rate
    having sum(amount) <> 0
),
moves as (
    select {slice} customer_key, day, month, sum(net * rate) as money,
        min(case when rate is null then currency end) as unknown
    from nets
    group by {slice} customer_key, day, month
)
select {slice} month, coalesce(sum(money) filter (where money > 0), 0) as moved_in,
    coalesce(sum(money) filter (where money < 0), 0) as moved_out, min(unknown) as unknown
from moves
where month > $base_month
group by all
"""

_RATES_MISSING: Final = """
select entry.currency, year(entry.date) * 12 + month(entry.date) - 1, min(entry.date)
from {movements} as entry
where entry.rate is null and not entry.scheduled and entry.date <= $last_day
group by all
"""

# The month still running is valued at the book's own day; with `one_rate` every month is.
CLOSING_RATES: Final = """
closing_days as (
    select number as month, case when $one_rate then $as_of_day end as rate_day,
        least($as_of_day, cast(last_day(make_date(
            cast(number // 12 as bigint), cast(number % 12 + 1 as bigint), 1)) as date)) as day
    from (select unnest(range($base_month, $last_month + 1)) as number)
),
closing_rates as (
    select closing_days.month, rate_spans.currency, rate_spans.rate
    from closing_days
    inner join rate_spans on rate_spans.starts_on <= coalesce(closing_days.rate_day, closing_days.day)
        and (rate_spans.ends_on is null or rate_spans.ends_on > coalesce(closing_days.rate_day, closing_days.day))
)"""


@dataclass
class Totals:
    """What the sums of a view say; natives are changes of balance by currency and month number.

    `money` is the same in the workspace's currency, at the movements' own rates, and `unvalued` the natives of those
    that have none.
    """

    natives: dict[Slice, dict[str, dict[int, Decimal]]] = field(default_factory=dict)
    money: dict[Slice, dict[int, Decimal]] = field(default_factory=dict)
    unvalued: dict[Slice, dict[str, dict[int, Decimal]]] = field(default_factory=dict)
    flows: dict[tuple[Slice, int, str], Figure] = field(default_factory=dict)
    transfers: dict[tuple[Slice, int], tuple[Figure, Figure]] = field(default_factory=dict)
    rates: dict[tuple[str, int], Decimal] = field(default_factory=dict)


def load_totals(
    connection: Readable, view: View, *, policy: Policy, kinds: tuple[str, ...] = (), transfers: bool = False
) -> Totals:
    """Sums and closing rates of `view`; only rows of `kinds` when it looks at changes alone."""
    totals = Totals()
    _load_sums(connection, view, kinds, policy, totals)
    if transfers:
        _load_transfers(connection, view, totals)
    rates = f"with {CLOSING_RATES} select currency, month, rate from closing_rates"
    for currency, month, rate in fetch(connection, rates, view.parameters() | {"one_rate": False}):
        totals.rates[currency, month] = rate
    return totals


def no_rate(currency: str, day: date) -> str:
    """The reason of a figure that needs a rate which is not there."""
    return f"no rate for {currency} on {day.isoformat()}; import rates"


def _load_sums(connection: Readable, view: View, kinds: tuple[str, ...], policy: Policy, totals: Totals) -> None:
    rows = _sums(connection, view, view.source, kinds)
    lacking: dict[tuple[str, int], str] = {}
    if any(row[-1] for row in rows):
        lacking = rates_lacking(connection, view)
        if policy.fx != "separate" and view.source == "totals":
            # A monthly total with a hole has no money at all; the balance needs the part that has.
            rows = _sums(connection, view, "movements", kinds)
    width = len(view.dimensions)
    for row in rows:
        slice_, (currency, kind, month, native, money, unvalued, unknown) = row[:width], row[width:]
        _add(totals.natives.setdefault(slice_, {}).setdefault(currency, {}), month, native)
        _add(totals.money.setdefault(slice_, {}), month, money or ZERO)
        if unknown:
            _add(totals.unvalued.setdefault(slice_, {}).setdefault(currency, {}), month, unvalued)
        if month > view.base:
            part = Figure.missing(lacking[currency, month]) if unknown else Figure(money)
            _add_flow(totals, (slice_, month, kind), part)


def _sums(connection: Readable, view: View, source: Source, kinds: tuple[str, ...]) -> Sequence[tuple[Any, ...]]:
    extra = _KINDS if view.splits_changes else "true"
    sql = _SUMS.format(entries=view.entries(source, extra=extra), slice=view.slice_columns)
    return fetch(connection, sql, {**view.parameters(), "kinds": list(kinds)})


def _add(by_month: dict[int, Decimal], month: int, amount: Decimal) -> None:
    by_month[month] = EXACT.add(by_month.get(month, ZERO), amount)


def _add_flow(totals: Totals, key: tuple[Slice, int, str], part: Figure) -> None:
    former = totals.flows.get(key, Figure(ZERO))
    if former.value is None or part.value is None:
        # Of two missing rates the first by name is told: the order of rows is nobody's choice.
        reasons = [figure.reason for figure in (former, part) if figure.reason is not None]
        totals.flows[key] = Figure.missing(min(reasons))
    else:
        totals.flows[key] = Figure(EXACT.add(former.value, part.value))


def _load_transfers(connection: Readable, view: View, totals: Totals) -> None:
    entries = view.entries("movements", extra="entry.kind = 'transfer'")
    sql = _TRANSFERS.format(entries=entries, slice=view.slice_columns)
    rows = fetch(connection, sql, view.parameters())
    lacking = rates_lacking(connection, view) if any(row[-1] for row in rows) else {}
    width = len(view.dimensions)
    for row in rows:
        slice_, (month, moved_in, moved_out, unknown) = row[:width], row[width:]
        if unknown is None:
            totals.transfers[slice_, month] = (Figure(moved_in), Figure(moved_out))
        else:
            missing = Figure.missing(lacking[unknown, month])
            totals.transfers[slice_, month] = (missing, missing)


def rates_lacking(connection: Readable, view: View) -> dict[tuple[str, int], str]:
    """By currency and month number: the reason of a figure with a movement that has no rate."""
    rows = fetch(connection, _RATES_MISSING.format(movements=view.movements), view.parameters())
    return {(currency, month): no_rate(currency, day) for currency, month, day in rows}
