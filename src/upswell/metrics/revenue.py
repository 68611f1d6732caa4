"""Revenue as invoices and payments tell it: what is earned in a month, what came, and what of that had failed before.

A line of 310.00 for 15 January to 15 February is 170.00 of January (17 of 31 days) and 140.00 of February. Its
payment of 2 February is actual revenue of February, tax and all; had the card failed in January, the money counts as
recovered, too. All of it is valued at the rate of its day: the invoice's for what is earned, the receipt's for money.

A month before the first that the imports tell of has no value, and neither has one in which a rate is missing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from upswell.metrics.figures import ZERO, Figure, quotient, total
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice, no_rate
from upswell.metrics.view import View, fetch

_NUMBER: Final = "year(entry.month) * 12 + month(entry.month) - 1"
_IN_VIEW: Final = f"{_NUMBER} > $base_month and entry.month <= $last_day"
_LACKING: Final = "min(case when {day} is not null then struct_pack(day := {day}, currency := entry.currency) end)"
_EARNED: Final = f"""
select {{dimensions}}{_NUMBER} as month,
    case when entry.line_type in ('subscription', 'usage') then 'recurring' else 'other' end as part,
    sum(entry.workspace_amount) as money, {_LACKING.format(day="entry.lacks_rate_on")} as lacking
from {{rows}}
where not entry.scheduled and {_IN_VIEW} and {{filter}}
group by all
"""
_UNDATED: Final = """
select {dimensions} cast(sum(entry.lines) as bigint) as lines
from {rows}
where entry.month is null and {filter}
group by all
"""
_RECEIVED: Final = f"""
select {{dimensions}}{_NUMBER} as month, case when entry.recovered then 'recovered' else 'plain' end as part,
    sum(entry.workspace_amount) as money, {_LACKING.format(day="entry.lacks_rate_on")} as lacking
from {{rows}}
where {_IN_VIEW} and {{filter}}
group by all
"""
_FAILED: Final = f"""
select {{dimensions}}year(entry.failed_on) * 12 + month(entry.failed_on) - 1 as month,
    sum(entry.amount * entry.rate) as failed, sum(entry.recovered * entry.rate) as recovered,
    count(*) filter (not entry.named) as unnamed,
    {_LACKING.format(day="(case when entry.rate is null then entry.failed_on end)")} as lacking
from {{rows}}
where entry.failed_on <= $last_day and {{filter}}
group by all
"""
_FIRST_AND_LAST_LINE: Final = """
select min(least(month, billed_month)), max(billed_month) from recognised_revenue where month is not null
"""
_FIRST_AND_LAST_PAYMENT: Final = """
select min(month), max(month)
from (
    select month from receipts
    union all
    select cast(date_trunc('month', failed_on) as date) as month from failed_charges
)
"""

Key = tuple[Slice, int, str]


@dataclass(frozen=True)
class Imported:
    """What a table tells of: nothing, or the months from the first to the last of its rows; of the whole company."""

    table: str
    row: str
    first: Month | None = None
    last: Month | None = None

    def lacking(self, month: Month) -> Figure | None:
        """The figure of a month of which the table cannot tell."""
        if self.first is None:
            return Figure.missing(f"no {self.row} is imported; import {self.table}")
        if month < self.first:
            return Figure.missing(f"the first {self.row} imported is of {self.first}; import {self.table} of {month}")
        return None

    def note(self, month: Month) -> str | None:
        """What to know of a month after the last of its rows."""
        late = self.last is not None and self.last < month
        return f"the last {self.row} imported is of {self.last}" if late else None


@dataclass(frozen=True)
class Failures:
    """Of the charges that first failed in a month: their amount, and what has come in since."""

    failed: Figure = field(default_factory=lambda: Figure(ZERO))
    recovered: Figure = field(default_factory=lambda: Figure(ZERO))
    unnamed: int = 0


@dataclass(frozen=True)
class Earned:
    """Earned money by slice, month number and part, `recurring` or `other`; `undated` counts lines without any date."""

    imported: Imported = field(default_factory=lambda: Imported("invoice_lines", "invoice line"))
    money: Mapping[Key, Figure] = field(default_factory=dict)
    undated: Mapping[Slice, int] = field(default_factory=dict)

    def figure(self, slice_: Slice, months: Sequence[Month], parts: Sequence[str]) -> Figure:
        """What is earned of `parts` in `months`."""
        if undated := self.undated.get(slice_):
            lines = "1 invoice line has" if undated == 1 else f"{undated} invoice lines have"
            return Figure.missing(f"{lines} neither issued_at nor a period: nobody knows when they are earned")
        return _figure(self.imported, self.money, slice_, months, parts)

    def slices(self, months: Container[int]) -> set[Slice]:
        """The slices in which something is earned in `months`, or nobody knows when."""
        return {slice_ for slice_, month, _ in self.money if month in months} | self.undated.keys()


@dataclass(frozen=True)
class Received:
    """Money that came by slice, month number and part, `plain` or `recovered`, and the charges that failed."""

    imported: Imported = field(default_factory=lambda: Imported("payments", "payment"))
    money: Mapping[Key, Figure] = field(default_factory=dict)
    failures: Mapping[Slice, Mapping[int, Failures]] = field(default_factory=dict)

    def figure(self, slice_: Slice, months: Sequence[Month], parts: Sequence[str]) -> Figure:
        """What came of `parts` in `months`."""
        return _figure(self.imported, self.money, slice_, months, parts)

    def recovered(self, slice_: Slice, months: Sequence[Month]) -> Figure:
        """The part of the money of `months` that had failed before."""
        failures = self.failures.get(slice_, {})
        unnamed = sum(each.unnamed for month, each in failures.items() if month <= months[-1].number)
        return _unlinked(unnamed) or self.figure(slice_, months, ("recovered",))

    def recovery_rate(self, slice_: Slice, months: Sequence[Month]) -> Figure:
        """Of what first failed in `months` the part that has come in by the book's instant."""
        lacking = self.imported.lacking(months[0])
        if lacking is not None:
            return lacking
        failures = [self.failures.get(slice_, {}).get(month.number, Failures()) for month in months]
        unlinked = _unlinked(sum(each.unnamed for each in failures))
        if unlinked is not None:
            return unlinked
        failed, recovered = (total(*parts) for parts in zip(*((f.failed, f.recovered) for f in failures), strict=True))
        return quotient(recovered, failed, zero="no payment failed for the first time")

    def slices(self, months: Container[int]) -> set[Slice]:
        """The slices in which money came or failed to come in `months`."""
        failed = {slice_ for slice_, by_month in self.failures.items() if any(each in months for each in by_month)}
        return failed | {slice_ for slice_, month, _ in self.money if month in months}


def earned(connection: Readable, view: View) -> Earned:
    """What is earned in the months of the view, to its instant."""
    rows = fetch(connection, _sql(_EARNED, view, "recognised_revenue", "told.month"), view.parameters())
    undated = fetch(connection, _sql(_UNDATED, view, "recognised_revenue", "told.month"), view.parameters())
    known = _months(connection, _FIRST_AND_LAST_LINE)
    return Earned(
        Imported("invoice_lines", "invoice line", *known),
        _by_part(view, rows),
        {row[:-1]: row[-1] for row in undated},
    )


def received(connection: Readable, view: View) -> Received:
    """What money came in the months of the view, and every charge that failed by their end."""
    rows = fetch(connection, _sql(_RECEIVED, view, "receipts", "told.month"), view.parameters())
    width = len(view.dimensions)
    failures: dict[Slice, dict[int, Failures]] = {}
    for row in fetch(connection, _sql(_FAILED, view, "failed_charges", "told.failed_on"), view.parameters()):
        month, failed, recovered, unnamed, lacking = row[width:]
        figures = (_money(failed, lacking), _money(recovered or ZERO, lacking))
        failures.setdefault(row[:width], {})[month] = Failures(*figures, unnamed)
    known = _months(connection, _FIRST_AND_LAST_PAYMENT)
    return Received(Imported("payments", "payment", *known), _by_part(view, rows), failures)


def _sql(text: str, view: View, rows: str, day: str) -> str:
    # A month's money belongs to where its customer stands as the month closes.
    placed = view.with_placed(rows, f"last_day({day})", key="customer_id")
    return text.format(
        dimensions=view.dimension_columns, rows=view.cut(placed, key="customer_id"), filter=view.filter.sql
    )


def _by_part(view: View, rows: Sequence[tuple[Any, ...]]) -> dict[Key, Figure]:
    width = len(view.dimensions)
    return {(row[:width], row[width], row[width + 1]): _money(row[-2], row[-1]) for row in rows}


def _money(money: Decimal | None, lacking: Mapping[str, Any] | None) -> Figure:
    if lacking is not None:
        return Figure.missing(no_rate(lacking["currency"], lacking["day"]))
    return Figure(money or ZERO)


def _months(connection: Readable, sql: str) -> tuple[Month | None, Month | None]:
    first, last = connection.execute(sql).fetchone() or (None, None)
    return _month(first), _month(last)


def _month(day: date | None) -> Month | None:
    return None if day is None else Month.of(day)


def _figure(
    imported: Imported, money: Mapping[Key, Figure], slice_: Slice, months: Sequence[Month], parts: Sequence[str]
) -> Figure:
    lacking = imported.lacking(months[0])
    if lacking is not None:
        return lacking
    nothing = Figure(ZERO)
    figure = total(*(money.get((slice_, month.number, part), nothing) for month in months for part in parts))
    return figure if figure.value is None else Figure(figure.value, note=imported.note(months[-1]))


def _unlinked(payments: int) -> Figure | None:
    if not payments:
        return None
    named = "1 failed payment names" if payments == 1 else f"{payments} failed payments name"
    return Figure.missing(
        f"{named} neither an invoice nor a payment, so what was recovered is not known; import payments with invoice_id"
    )
