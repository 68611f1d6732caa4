"""One slice of a view over its months: balances, flows, counts and cohorts as figures.

A formula asks `slice_.closing(month)` or `slice_.flow("expansion", month)` and gets an exact value,
or none with a reason. A slice knows every month from the view's base to its end; a month without
rows has flows of 0 and carries its balances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from upswell.metrics.figures import EXACT, ZERO, Figure, difference, quotient, total
from upswell.metrics.months import Month
from upswell.metrics.retention import CohortStep
from upswell.metrics.totals import Slice, Totals, no_rate
from upswell.metrics.view import View

FLOW_KINDS: Final = ("new", "expansion", "contraction", "churn", "reactivation")
Lag = Literal[1, 12]
_NOBODY: Final = CohortStep(ZERO, ZERO, ZERO, 0, 0)


@dataclass(frozen=True)
class Loaded:
    """Everything the database said about a view; what was not needed is empty."""

    view: View
    totals: Totals
    paying: Mapping[Slice, Mapping[int, int]] = field(default_factory=dict)
    kind_customers: Mapping[tuple[Slice, int, str], int] = field(default_factory=dict)
    leavers: Mapping[Slice, Mapping[int, int]] = field(default_factory=dict)
    cohorts: Mapping[Lag, Mapping[Slice, Mapping[int, CohortStep]]] = field(default_factory=dict)

    def slices(self) -> list[Slice]:
        """The slices with a row or a balance from just after the base on, nulls last."""
        if not self.view.dimensions:
            return [()]
        seen = [slice_ for slice_ in self.totals.natives if self._exists(slice_)]
        return sorted(seen, key=lambda slice_: [(part is None, part or "") for part in slice_])

    def _exists(self, slice_: Slice) -> bool:
        by_currency = self.totals.natives[slice_].values()
        months = {month for changes in by_currency for month in changes}
        if self.view.splits_changes:
            return max(months) >= self.view.asked.first.number
        held_at_base = any(changes.get(self.view.base) for changes in by_currency)
        return held_at_base or max(months) > self.view.base


class SliceFigures:
    """The figures of one slice; months must lie in the view."""

    def __init__(self, loaded: Loaded, slice_: Slice) -> None:
        self._loaded = loaded
        self._slice = slice_
        self._totals = loaded.totals
        view = loaded.view
        self._numbers = range(view.base, view.asked.last.number + 1)
        self._as_of_day = view.facts.as_of_day
        natives = loaded.totals.natives.get(slice_, {})
        self._balances = {c: self._running(natives[c]) for c in sorted(natives)}
        self._paying = _running_counts(loaded.paying.get(slice_, {}), self._numbers)
        self._cohorts = {
            lag: _running_cohorts(steps.get(slice_, {}), self._numbers) for lag, steps in loaded.cohorts.items()
        }

    def closing(self, month: Month) -> Figure:
        """MRR at the last instant of `month` in the workspace's currency, at that day's rates."""
        money = ZERO
        for currency, balance in self._balances.items():
            native = balance[month.number]
            if not native:
                continue
            rate = self._totals.rates.get((currency, month.number))
            if rate is None:
                return Figure.missing(no_rate(currency, min(month.last_day, self._as_of_day)))
            money = EXACT.add(money, EXACT.multiply(native, rate))
        return Figure(money)

    def opening(self, month: Month) -> Figure:
        """MRR at the last instant of the month before."""
        return self.closing(month.plus(-1))

    def flow(self, kind: str, month: Month) -> Figure:
        """Movements of `kind` in `month`, each at the rate of its day."""
        return self._totals.flows.get((self._slice, month.number, kind), Figure(ZERO))

    def net_new(self, month: Month) -> Figure:
        """All movements of `month` but transfers."""
        return total(*(self.flow(kind, month) for kind in FLOW_KINDS))

    def transfer_in(self, month: Month) -> Figure:
        """Transfers that entered the slice in `month`."""
        return self._transfers(month)[0]

    def transfer_out(self, month: Month) -> Figure:
        """Transfers that left the slice in `month`, negative."""
        return self._transfers(month)[1]

    def fx(self, month: Month) -> Figure:
        """What is left of closing - opening when all movements and transfers are taken off."""
        changes = (self.net_new(month), *self._transfers(month))
        return difference(self.closing(month), self.opening(month), *changes)

    def customers(self, month: Month) -> Figure:
        """Customers with a positive balance at the close of `month`."""
        return Figure(Decimal(self._paying[month.number]))

    def customers_with(self, kind: str, month: Month) -> Figure:
        """Distinct customers with a movement of `kind` in `month`."""
        counts = self._loaded.kind_customers
        return Figure(Decimal(counts.get((self._slice, month.number, kind), 0)))

    def leavers(self, month: Month) -> Figure:
        """Customers with a positive balance at the opening of `month` that churned in it."""
        return Figure(Decimal(self._loaded.leavers.get(self._slice, {}).get(month.number, 0)))

    def nrr(self, lag: Lag, month: Month) -> Figure:
        """MRR now / MRR then of those who paid `lag` months before."""
        return self._retained(lag, month, self._cohorts[lag][month.number].now_money)

    def grr(self, lag: Lag, month: Month) -> Figure:
        """The same, each customer counted up to what it paid then."""
        return self._retained(lag, month, self._cohorts[lag][month.number].kept_money)

    def _retained(self, lag: Lag, month: Month, retained: Decimal) -> Figure:
        cohort = self._cohorts[lag][month.number]
        start = month.plus(-lag)
        if cohort.unknown:
            lacking = [close for close in (self.closing(start), self.closing(month)) if close.value is None]
            return lacking[0] if lacking else Figure.missing("a rate is unknown; import rates")
        nobody = f"no customer paid at the close of {start}"
        return quotient(Figure(retained), Figure(cohort.then_money), zero=nobody)

    def _transfers(self, month: Month) -> tuple[Figure, Figure]:
        none = (Figure(ZERO), Figure(ZERO))
        return self._totals.transfers.get((self._slice, month.number), none)

    def _running(self, changes: Mapping[int, Decimal]) -> dict[int, Decimal]:
        balance, balances = ZERO, {}
        for number in self._numbers:
            balance = EXACT.add(balance, changes.get(number, ZERO))
            balances[number] = balance
        return balances


def _running_counts(steps: Mapping[int, int], numbers: range) -> dict[int, int]:
    count, counts = 0, {}
    for number in numbers:
        count += steps.get(number, 0)
        counts[number] = count
    return counts


def _running_cohorts(steps: Mapping[int, CohortStep], numbers: range) -> dict[int, CohortStep]:
    cohort, cohorts = _NOBODY, {}
    for number in numbers:
        step = steps.get(number)
        if step is not None:
            cohort = CohortStep(
                then_money=EXACT.add(cohort.then_money, step.then_money),
                now_money=EXACT.add(cohort.now_money, step.now_money),
                kept_money=EXACT.add(cohort.kept_money, step.kept_money),
                unknown=cohort.unknown + step.unknown,
                members=cohort.members + step.members,
            )
        cohorts[number] = cohort
    return cohorts
