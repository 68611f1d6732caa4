"""The use cases of signals: those of all customers of a day, of one, and of the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from upswell.analysis.signals.catalogue import SIGNALS, Signal, chosen
from upswell.analysis.signals.customer import CustomerSignals, value_of, why_absent
from upswell.analysis.signals.overview import Overview, overview
from upswell.analysis.signals.reading import TOTAL, Chosen, first_unknown_day, read_signals
from upswell.errors import NotFoundError, UsageError
from upswell.exports.about import described
from upswell.exports.signals import about_signals
from upswell.ledger.paging import Page
from upswell.workspace.opened import Opened

if TYPE_CHECKING:
    from upswell.ledger.reader import BookReader
    from upswell.metrics.request import BookFacts
    from upswell.policy import Policy

PAGE_ROWS: Final = 50
_LIMIT_MAX: Final = 1_000_000


class Signals(Opened):
    """What tells who is ready for more, as of any day and without looking ahead."""

    def signals(
        self,
        names: str | Sequence[str] = (),
        *,
        day: date | None = None,
        where: str | None = None,
        segment: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """A row for each customer with an item in force just before `day` (default: now), a column for each signal.

        Columns: customer_id, name (as known today), the signals, reason. `names` are signals of docs/signals.md (all of
        them if none is named); numbers are float64, money is decimal in the workspace's currency. What cannot be known
        is null, and `reason` says why, signal by signal. `where` filters by attributes as they were then, and by plan,
        product and currency of the main item; `order` is a signal, with a minus the largest first, by default the first
        one named. Raises `UsageError` for names and filters that are none, and for a day that the book has not reached.
        """
        table, _ = self._signals(names, day, self._filter_of(where, segment), Chosen(order=order, limit=limit), policy)
        return table

    def signal_page(
        self,
        names: str | Sequence[str] = (),
        *,
        day: date | None = None,
        where: str | None = None,
        segment: str | None = None,
        order: str | None = None,
        limit: int = PAGE_ROWS,
        offset: int = 0,
        policy: str | None = None,
    ) -> Page:
        """The same, a page of customers at a time, and how many there are."""
        which = Chosen(order=order, limit=limit, offset=offset)
        table, total = self._signals(names, day, self._filter_of(where, segment), which, policy)
        return Page(table, total, offset, limit)

    def _signals(
        self, names: str | Sequence[str], day: date | None, where: str | None, which: Chosen, policy: str | None
    ) -> tuple[pa.Table, int]:
        asked = chosen((names,) if isinstance(names, str) else tuple(names))
        require_limit(which)
        if which.order is None and names:
            which = replace(which, order=f"-{asked[0].name}")
        which = replace(which, with_names=True)
        with self._asking(policy) as (connection, facts, rules):
            day = day or first_unknown_day(facts)
            names = [each.name for each in asked]
            table = self._read(connection, day, facts, rules, names=names, where=where, which=which)
            counted = table
            if not len(table) and which.offset:
                # Beyond the last row there is none that says how many there are.
                first = replace(which, offset=0, limit=1)
                counted = self._read(connection, day, facts, rules, names=names, where=where, which=first)
            total = counted[TOTAL][0].as_py() if which.limit is not None and len(counted) else len(counted)
            about = about_signals(facts, rules, day=day, signals=asked, where=where)
            return described(_with_reason(table, asked), about), total

    def customer_signals(
        self, customer_id: str, *, names: Sequence[str] = (), day: date | None = None, policy: str | None = None
    ) -> CustomerSignals:
        """The signals of one customer, each with its formula and its value, or the reason why it has none.

        Raises `NotFoundError` for a customer that is unknown.
        """
        asked = chosen(names)
        with self._asking(policy) as (connection, facts, rules):
            day = day or first_unknown_day(facts)
            _require_known(connection, customer_id)
            table = self._read(connection, day, facts, rules, which=Chosen(customer=customer_id))
            row = next(iter(table.to_pylist()), None)
            values = tuple(value_of(each, row) for each in asked)
            return CustomerSignals(customer_id, day, rules.name, facts.book_id, facts.workspace_currency, values)

    def signals_overview(
        self,
        *,
        day: date | None = None,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> Overview:
        """For how many customers what is so, their MRR and its share; and of how many each signal is known."""
        condition = self._filter_of(where, segment)
        with self._asking(policy) as (connection, facts, rules):
            day = day or first_unknown_day(facts)
            table = self._read(connection, day, facts, rules, where=condition)
            currency = facts.workspace_currency
            return overview(table, day=day, policy=rules.name, book_id=facts.book_id, currency=currency)

    def _read(
        self,
        connection: BookReader,
        day: date,
        facts: BookFacts,
        rules: Policy,
        *,
        names: Sequence[str] = (),
        where: str | None = None,
        which: Chosen | None = None,
    ) -> pa.Table:
        return read_signals(
            connection,
            day,
            facts=facts,
            names=names,
            where=where,
            policy=rules,
            reasons=True,
            which=which,
            kept=True,
        )

    def signal_catalogue(self) -> tuple[Signal, ...]:
        """Every signal there is: name, title, unit, formula, window, caveat, and the tables it is made of."""
        return SIGNALS


def _with_reason(table: pa.Table, asked: Sequence[Signal]) -> pa.Table:
    """The table with one column of reasons in the place of several, and without the book's own keys."""
    lacking = [each for each in asked if table[each.name].null_count]
    needed = [name for each in lacking for name in (each.name, f"{each.name}_reason") if name in table.column_names]
    rows: list[dict[str, Any]] = table.select(needed).to_pylist() if lacking else [{}] * len(table)
    reasons = [
        "; ".join(f"{each.name}: {why_absent(each, row)}" for each in lacking if row[each.name] is None) or None
        for row in rows
    ]
    kept = table.select(["customer_id", "name", *(each.name for each in asked)])
    return kept.append_column("reason", pa.array(reasons, pa.string()))


def _require_known(connection: BookReader, customer_id: str) -> None:
    sql = "select 1 from item_keys where customer_id = $customer limit 1"
    if connection.execute(sql, {"customer": customer_id}).fetchone() is None:
        raise NotFoundError(
            f"there is no customer {customer_id}",
            code="unknown_customer",
            expected="the id of a customer that has or had an item",
            found=customer_id,
            remedy="the list of customers can be searched by a part of an id or name",
        )


def require_limit(which: Chosen) -> None:
    """Raise `UsageError` (limit_out_of_range) for a number of rows that is none."""
    for name, number, least in (("limit", which.limit, 1), ("offset", which.offset, 0)):
        if number is not None and not least <= number <= _LIMIT_MAX:
            raise UsageError(
                f"{name} {number} is no number of customers",
                code="limit_out_of_range",
                expected=f"{least} to {_LIMIT_MAX}",
                found=str(number),
                remedy="leave it out for all of them",
            )
