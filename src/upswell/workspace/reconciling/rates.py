"""The rates of a reconciliation: of each month's end, and the last one known, which is what Stripe shows today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import duckdb

from upswell.errors import UsageError
from upswell.metrics.months import Month
from upswell.workspace.reconciling.results import EXACT, ZERO


class Rates:
    """Amounts in the workspace's currency. `rates`: currency and month, and under None the last one known."""

    def __init__(self, rates: Mapping[tuple[str, Month | None], Decimal], own: str) -> None:
        self._rates, self._own = rates, own

    def of(self, amount: Decimal, currency: str, month: Month | None) -> Decimal:
        """An amount at the rate of the month's end, or at the last one known. Nothing needs no rate.

        Raises `UsageError` where one is needed that nobody imported.
        """
        if not amount:
            return ZERO
        if currency == self._own:
            return amount
        rate = self._rates.get((currency, month))
        return self.at(amount, currency, rate, "any day" if month is None else str(month.last_day))

    def at(self, amount: Decimal, currency: str, rate: Decimal | None, when: str) -> Decimal:
        """An amount at a rate that is given, if it is."""
        if rate is None:
            raise self._missing(currency, when)
        return EXACT.multiply(amount, rate)

    def _missing(self, currency: str, when: str) -> UsageError:
        return UsageError(
            f"no rate of {currency} is known for {when}",
            code="rate_missing",
            where=f"rates, {currency}",
            expected=f"a rate of {currency} to {self._own}",
            found="none",
            remedy="import one with `upswell import FILE --as rates`, then build",
        )


def read_rates(connection: duckdb.DuckDBPyConnection, months: Iterable[Month], own: str) -> Rates:
    """The rates of an open book at the end of each of `months`."""
    spans: dict[str, list[tuple[date, date | None, Decimal]]] = {}
    query = "select currency, starts_on, ends_on, rate from rate_spans order by currency, starts_on"
    for currency, *span in connection.execute(query).fetchall():
        spans.setdefault(currency, []).append((span[0], span[1], span[2]))
    rates: dict[tuple[str, Month | None], Decimal] = {
        (currency, None): known[-1][2] for currency, known in spans.items()
    }
    for month in months:
        day = month.last_day
        for currency, known in spans.items():
            for since, until, rate in known:
                if since <= day and (until is None or day < until):
                    rates[currency, month] = rate
    return Rates(rates, own)
