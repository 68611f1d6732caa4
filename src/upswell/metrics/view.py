"""A view: the rows of one book that a question is about, cut into slices.

`closing_mrr --by plan --where "country = 'DE'"` looks at the movements of German customers, one
slice for each plan. Every query of this room starts from the same relation `entries`, written here:

    slice_1 .. slice_n, month (a number), currency, kind, amount, workspace_amount
    and, from `movements` only: customer_key, day, rate

It reads `monthly_totals` when no column of a customer is needed, and otherwise `booked_movements`, which has keys in
place of texts: customers and plans are counted and joined as numbers. Other relations are cut the same way, under the
name `entry` (`View.cut`). All text is made of constants and of the SQL of listed columns; everything else is a bound
parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Any, Final, Literal

from upswell.metrics.columns import Column
from upswell.metrics.filter import Filter
from upswell.metrics.months import Month, MonthRange
from upswell.metrics.placing import Placing
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts

Source = Literal["totals", "movements"]
_PARAMETER: Final = re.compile(r"\$(\w+)")

_MONTH: Final = "year(entry.{day}) * 12 + month(entry.{day}) - 1"
_ENTRIES: Final = """
entries as (
    select {dimensions}{month} as month, entry.currency,
        cast(entry.kind as varchar) as kind, entry.amount, {columns}
    from {source}
    where {condition}
)"""
_ACTUAL: Final = "not entry.scheduled and entry.{day} <= $last_day"
_PLACED: Final = """(
    select told.*, placements.placed
    from {rows} as told
    left join {placements} as placements on placements.{key} = told.{key} and placements.starts_on <= {day}
        and (placements.ends_on is null or placements.ends_on > {day})
)"""
_CUSTOMERS: Final = " left join customers as customer on customer.{key} = entry.{key}"
# The texts behind a key, by the relation that has them.
_TEXTS: Final = {
    "plan_keys": ("plan_key", ("product_id", "plan_id")),
    "item_keys": ("item_key", ("customer_id", "subscription_id", "item_id")),
}
_MOVEMENT_COLUMNS: Final = """entry.amount * entry.rate as workspace_amount,
        entry.customer_key, entry.date as day, entry.rate"""


@dataclass(frozen=True)
class View:
    """Dimensions, filter and months. `base` is a month before the first one asked.

    `base` holds everything older too: what a balance needs to know of the past is its sum. `totals` are monthly totals
    that have the attributes `totals_have` beside their own columns. `placing` are the relations that tell where
    customers stand, if the view names a column of that sort: a movement belongs to where its customer stood on its day,
    or, with `placed_at`, at the close of that month.
    """

    dimensions: tuple[Column, ...]
    filter: Filter
    asked: MonthRange
    base: int
    facts: BookFacts
    totals: str = "monthly_totals"
    totals_have: frozenset[Column] = frozenset()
    placing: Placing | None = None
    placed_at: Month | None = None

    @property
    def columns(self) -> frozenset[Column]:
        """Every column it cuts or filters by."""
        return self.filter.columns.union(self.dimensions)

    @property
    def splits_changes(self) -> bool:
        """Whether it looks at some drivers or kinds only, so that it has no balances."""
        return any(column.tells_rows_apart for column in self.columns)

    @property
    def source(self) -> Source:
        """The smallest relation with all of its columns."""
        there = all(column.place == "totals" or column in self.totals_have for column in self.columns)
        return "totals" if there else "movements"

    @property
    def slice_columns(self) -> str:
        """`slice_1, slice_2, ` for the select list of a query; empty without dimensions."""
        return "".join(f"slice_{number}, " for number, _ in enumerate(self.dimensions, 1))

    @property
    def dimension_columns(self) -> str:
        """`... as slice_1, ... as slice_2, ` over `entry` and `customer`; empty without dimensions."""
        return "".join(f"{column.sql} as slice_{number}, " for number, column in enumerate(self.dimensions, 1))

    def from_before(self, months: int) -> View:
        """The same with `months` more of them asked before the first."""
        return replace(self, asked=MonthRange(self.asked.first.plus(-months), self.asked.last))

    def cut(self, rows: str, *, key: str = "customer_key") -> str:
        """The from clause of a query over `rows` (a relation) under the name `entry`, attributes beside it.

        `rows` needs whatever columns of the ledger the view names, and `key` where it names an attribute;
        the query's own conditions come after `where` and `View.filter`.
        """
        attributes = any(column.is_attribute for column in self.columns)
        return f"{rows} as entry{_CUSTOMERS.format(key=key) if attributes else ''}"

    def with_texts(self, rows: str, *relations: str) -> str:
        """`rows` with those texts of `relations` that the view names: each costs a join."""
        wanted = sorted({column.keys for column in self.columns}.intersection(relations))
        if not wanted:
            return rows
        texts = "".join(f", {relation}.{text}" for relation in wanted for text in _TEXTS[relation][1])
        joins = "".join(f" inner join {relation} using ({_TEXTS[relation][0]})" for relation in wanted)
        return f"(select told.*{texts} from {rows} as told{joins})"

    def with_placed(self, rows: str, day: str, *, key: str = "customer_key") -> str:
        """`rows` with `placed`, where the customer stood on `day` (SQL over `told`), if the view asks for it."""
        if self.placing is None:
            return rows
        return _PLACED.format(rows=rows, placements=self.placing.placements, key=key, day=day)

    def entries(self, source: Source, *, extra: str = "true", more: str = "", scheduled: bool = False) -> str:
        """The relation `entries`; `extra` is one more condition and `more` further columns, constants of the caller's.

        With `scheduled` it has every row of the book, what is yet to come too.
        """
        totals = source == "totals"
        day = "month" if totals else "date"
        actual = "true" if scheduled else _ACTUAL.format(day=day)
        columns = "entry.workspace_amount" if totals else _MOVEMENT_COLUMNS
        return _ENTRIES.format(
            dimensions=self.dimension_columns,
            month=_MONTH.format(day=day),
            columns=columns + more,
            source=f"{self.totals} as entry" if totals else self.cut(self._movements),
            condition=f"{actual} and {self.filter.sql} and {extra}",
        )

    @property
    def movements(self) -> str:
        """The relation of movements that is read: with `placed`, and what passes from span to span, where needed."""
        if self.placing is None:
            return "booked_movements"
        if self.placed_at is not None:
            return self.with_placed("booked_movements", f"date '{self.placed_at.last_day.isoformat()}'")
        return self.placing.movements

    @property
    def _movements(self) -> str:
        return self.with_texts(self.movements, *_TEXTS)

    def parameters(self) -> dict[str, object]:
        """The values every query of this view may use."""
        return {
            "first_month": self.asked.first.number,
            "last_month": self.asked.last.number,
            "last_day": self.asked.last.last_day,
            "as_of_day": self.facts.as_of_day,
            "as_of": self.facts.as_of.astimezone(UTC).replace(tzinfo=None),
            "timezone": self.facts.timezone,
            "base_month": self.base,
            "workspace_currency": self.facts.workspace_currency,
            **self.filter.parameters,
        }


def fetch(connection: Readable, sql: str, parameters: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
    """All rows of a query; of `parameters` those are bound that its text names."""
    named = set(_PARAMETER.findall(sql))
    bound = {name: value for name, value in parameters.items() if name in named}
    return connection.execute(sql, bound).fetchall()


def first_month(connection: Readable) -> date | None:
    """The first day of the first month with an actual movement, if there is any."""
    row = connection.execute("select min(month) from monthly_totals where not scheduled").fetchone()
    return None if row is None else row[0]
