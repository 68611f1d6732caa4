"""Whether a signal looks ahead: worked out twice, from the book and from a copy that ends on the day.

    leaks(connection, date(2025, 6, 1), facts=facts)      ()
    leaks(..., signals=(*SIGNALS, next_months_use))       (Leak("next_months_use", customers=212, ...),)

The copy is cut here by hand and by rules of its own, which know nothing of `known.py`: rows of the day and later are
gone, and what later days added to earlier rows is taken back (ends, recoveries, outcomes, attributes). A signal whose
value differs in one customer has read what nobody knew on the day. Its values need not be wrong to be found out: it is
enough that the future could move them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import duckdb
import pyarrow as pa

from upswell.analysis.signals.catalogue import SIGNALS, Signal
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.metrics.reading import GivesTables
from upswell.metrics.request import BookFacts

# An outcome is imported without its date; by then it has surely come.
_OUTCOME_DAYS: Final = 30
_TOLERANCE: Final = 1e-9
_NO_ROW: Final = "no row"

# What of each relation a book ending on `$day` would hold.
_CUTS: Final = {
    "offer_keys": "select * from whole.offer_keys",
    "plan_keys": "select * from whole.plan_keys",
    "terms_keys": "select * from whole.terms_keys",
    "policy": "select * from whole.policy",
    "limits": "select * from whole.limits",
    "contract_ends": "select * replace (false as one_term) from whole.contract_ends where cancel_requested_on < $day",
    "booked_versions": """
        with rows_of_items as (
            select *, span_id // 4 as source_row, max(ends_on) over parts as last_on,
                max(ends_at) over parts as last_at,
                bool_or(ends_on is null) over parts as runs_on
            from whole.booked_versions
            window parts as (partition by span_id // 4)
        )
        select rows_of_items.* exclude (source_row, last_on, last_at, runs_on) replace (
            case when ends_on < $day then ends_on
                when asked.source_row is not null and not runs_on then last_on end as ends_on,
            case when ends_on < $day then ends_at
                when asked.source_row is not null and not runs_on then last_at end as ends_at
        )
        from rows_of_items
        left join contract_ends as asked on asked.source_row = rows_of_items.source_row
        where starts_on < $day
    """,
    "booked_movements": "select * from whole.booked_movements where date < $day",
    "item_keys": """
        select * replace (
            case when (select level from policy) = 'family' then family_key else customer_key end as family_key,
            case when (select level from policy) = 'family' then family_id else customer_id end as family_id
        )
        from whole.item_keys where item_key in (select item_key from booked_versions)
    """,
    "daily_usage": "select * from whole.daily_usage where day < $day",
    "monthly_usage": """
        select customer_key, cast(date_trunc('month', day) as date) as month, metric,
            cast(sum(quantity) as decimal(38, 6)) as quantity
        from daily_usage group by all
    """,
    "touches": f"""
        select * replace (case when touched_on < $day - {_OUTCOME_DAYS} then outcome else 'pending' end as outcome)
        from whole.touches where touched_on < $day
    """,
    "feedback": "select * from whole.feedback where answered_on < $day",
    "failed_charges": """
        select * replace (
            case when recovered_on < $day then recovered_on end as recovered_on,
            case when recovered_on < $day then recovered end as recovered
        )
        from whole.failed_charges where failed_on < $day
    """,
    "receipts": "select * from whole.receipts where month + interval 1 month <= $day",
    "rate_spans": """
        select * replace (case when ends_on < $day then ends_on end as ends_on)
        from whole.rate_spans where starts_on < $day
    """,
    "customer_spans": """
        select * replace (case when ends_on < $day then ends_on end as ends_on)
        from whole.customer_spans where starts_on < $day
    """,
    "clock": "select * replace (cast($day as timestamp) as as_of, $day as as_of_day) from whole.clock",
}
# Beside these a sample is enough: they have a customer in each row, and nothing is summed over customers.
_SAMPLED: Final = (
    *("booked_versions", "booked_movements", "daily_usage", "touches", "feedback", "item_keys", "customers"),
    "customer_spans",
)


@dataclass(frozen=True)
class Leak:
    """A signal that knew of the future: in how many customers, with one of them and its two values."""

    signal: str
    customers: int
    customer_id: str
    from_book: object
    from_cut: object


def leaks(
    connection: GivesTables,
    day: date,
    *,
    facts: BookFacts,
    signals: Sequence[Signal] = SIGNALS,
    sample: int | None = None,
) -> tuple[Leak, ...]:
    """The signals that look ahead of `day`, a day before the book's own; none of them if all is well.

    With `sample` only every so-manieth customer is copied and compared: a book of 100,000 in seconds. Raises
    `ValueError` for the book's own day: as of it a book has no future that could be cut off.
    """
    if day >= first_unknown_day(facts):
        raise ValueError("as of its own day a book has no future to be cut off")
    copy = _Copy.of(connection, day, sample)
    whole, cut = (read_signals(each, day, facts=facts, signals=signals) for each in (copy.whole, copy.cut))
    return tuple(found for each in signals if (found := _difference(each, whole, cut)) is not None)


class _Tables:
    """One schema of the copy, asked like a book."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._connection = connection
        self._schema = schema

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        self._connection.execute(f"set schema = '{self._schema}'")
        return self._connection.execute(query, parameters)

    def table(self, query: str, parameters: Any = None) -> pa.Table:
        self._connection.execute(f"set schema = '{self._schema}'")
        return self._connection.sql(query, params=parameters).to_arrow_table()


@dataclass(frozen=True)
class _Copy:
    """The relations of a book in memory, as they are and as they would be on the day."""

    whole: _Tables
    cut: _Tables

    @classmethod
    def of(cls, connection: GivesTables, day: date, sample: int | None) -> _Copy:
        memory = duckdb.connect()
        memory.execute("set TimeZone = 'UTC'")
        memory.execute("create schema whole")
        memory.execute("create schema cut")
        for name in (*_CUTS, "customers"):
            some = f" where customer_key % {sample} = 0" if sample and name in _SAMPLED else ""
            rows = connection.table(f"select * from {name}{some}")
            memory.register("rows_of_book", rows)
            memory.execute(f"create table whole.{name} as select * from rows_of_book")
            memory.unregister("rows_of_book")
        memory.execute("set schema = 'cut'")
        for name, sql in _CUTS.items():
            memory.execute(f"create table cut.{name} as {sql}", {"day": day} if "$day" in sql else None)
        _cut_customers(memory, day)
        return cls(_Tables(memory, "whole"), _Tables(memory, "cut"))


def _cut_customers(memory: duckdb.DuckDBPyConnection, day: date) -> None:
    """The attributes of customers as they were on the eve: those that change are in `customer_spans`."""
    columns = [row[0] for row in memory.execute("describe whole.customers").fetchall()]
    spans = {row[0] for row in memory.execute("describe whole.customer_spans").fetchall()}
    changed = [name for name in columns if name in spans - {"customer_key", "customer_id"}]
    values = ", ".join(
        f"""case when span.customer_id is null then customers."{name}" else span."{name}" end as "{name}\""""
        for name in changed
    )
    replaced = f" replace ({values})" if values else ""
    memory.execute(
        f"""create table cut.customers as select customers.*{replaced} from whole.customers as customers
            left join whole.customer_spans as span on span.customer_id = customers.customer_id
                and span.starts_on <= $eve and (span.ends_on is null or span.ends_on > $eve)""",
        {"eve": day - timedelta(days=1)},
    )


def _difference(signal: Signal, whole: pa.Table, cut: pa.Table) -> Leak | None:
    """Where the two tables differ in a signal, or in who has a row at all."""
    before = dict(zip(whole["customer_id"].to_pylist(), whole[signal.name].to_pylist(), strict=True))
    after = dict(zip(cut["customer_id"].to_pylist(), cut[signal.name].to_pylist(), strict=True))
    apart = [
        each
        for each in sorted(before.keys() | after.keys())
        if not _same(before.get(each, _NO_ROW), after.get(each, _NO_ROW))
    ]
    if not apart:
        return None
    return Leak(signal.name, len(apart), apart[0], before.get(apart[0], _NO_ROW), after.get(apart[0], _NO_ROW))


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        # Sums of floats depend on the order of rows.
        return abs(one - other) <= _TOLERANCE * max(1.0, abs(one), abs(other))
    return one == other
