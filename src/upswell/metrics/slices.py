"""One slice of a view over its months: balances, flows, counts and cohorts as figures.

A formula asks `slice_.closing(month)` or `slice_.flow("expansion", month)` and gets an exact value,
or none with a reason. A slice knows every month from the view's base to its end; a month without
rows has flows of 0 and carries its balances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import Final, Literal

from upswell.metrics.activation import DAYS as ACTIVATION_DAYS
from upswell.metrics.activation import Activations, Created
from upswell.metrics.costs import Costs
from upswell.metrics.durable import DurableExpansion
from upswell.metrics.figures import EXACT, RATIO_DECIMALS, ZERO, Figure, Quotient, decimal_of, difference, total
from upswell.metrics.involuntary import Arrears, Losses
from upswell.metrics.months import Month
from upswell.metrics.quality import quality_figure
from upswell.metrics.retention import NOBODY, CohortStep
from upswell.metrics.revenue import Earned, Received
from upswell.metrics.terms import YearlyTerms
from upswell.metrics.totals import Slice, Totals, no_rate
from upswell.metrics.view import View
from upswell.policy.model import Policy

FLOW_KINDS: Final = ("new", "expansion", "contraction", "churn", "reactivation")
Lag = Literal[1, 3, 12]


@dataclass(frozen=True)
class Loaded:
    """Everything the database said about a view; what was not needed is empty."""

    view: View
    policy: Policy
    totals: Totals
    paying: Mapping[Slice, Mapping[int, int]] = field(default_factory=dict)
    kind_customers: Mapping[tuple[Slice, int, str], int] = field(default_factory=dict)
    leavers: Mapping[Slice, Mapping[int, int]] = field(default_factory=dict)
    cohorts: Mapping[Lag, Mapping[Slice, Mapping[int, CohortStep]]] = field(default_factory=dict)
    terms: Mapping[tuple[Slice, int], YearlyTerms] = field(default_factory=dict)
    contracted: Mapping[Slice, Figure] = field(default_factory=dict)
    largest: Mapping[tuple[Slice, int], Decimal] = field(default_factory=dict)
    arrears: Arrears = field(default_factory=Arrears)
    activations: Activations = field(default_factory=Activations)
    earned: Earned = field(default_factory=Earned)
    received: Received = field(default_factory=Received)
    quality: Mapping[tuple[Slice, int], Figure] = field(default_factory=dict)
    durable: DurableExpansion = field(default_factory=DurableExpansion)
    costs: Costs = field(default_factory=Costs)
    company: Loaded | None = None  # the same without dimensions and filter, where costs are set against it

    def slices(self) -> list[Slice]:
        """The slices with a row or a balance from just after the base on, nulls last."""
        if not self.view.dimensions:
            return [()]
        asked = range(self.view.asked.first.number, self.view.asked.last.number + 1)
        created = {slice_ for slice_, month in self.activations.months or {} if month in asked}
        contracted = {slice_ for slice_, figure in self.contracted.items() if figure != Figure(ZERO)}
        moved = {slice_ for slice_ in self.totals.natives if self._exists(slice_)}
        seen = created | contracted | moved | self.earned.slices(asked) | self.received.slices(asked)
        return sorted(seen, key=lambda slice_: [(part is None, part or "") for part in slice_])

    def _exists(self, slice_: Slice) -> bool:
        by_currency = self.totals.natives[slice_].values()
        months = {month for changes in by_currency for month in changes}
        if self.view.splits_changes:
            return max(months) >= self.view.asked.first.number
        held_at_base = any(changes.get(self.view.base) for changes in by_currency)
        return held_at_base or max(months) > self.view.base


class SliceFigures:
    """The figures of one slice; months must lie in the view.

    With `window` 3 what flows is that of the three months up to the month asked, and its opening is theirs: the
    quarter's figures, if the month ends one.
    """

    def __init__(self, loaded: Loaded, slice_: Slice, *, window: int = 1) -> None:
        self._loaded = loaded
        self._slice = slice_
        self._window = window
        self._totals = loaded.totals
        self.policy = loaded.policy
        view = loaded.view
        self._numbers = range(view.base, view.asked.last.number + 1)
        self._as_of_day = view.facts.as_of_day
        natives = loaded.totals.natives.get(slice_, {})
        self._balances = {c: self._running(natives[c]) for c in sorted(natives)}
        self._own_rates = loaded.policy.fx != "separate"
        self._money = self._running(loaded.totals.money.get(slice_, {})) if self._own_rates else {}
        unvalued = loaded.totals.unvalued.get(slice_, {}) if self._own_rates else {}
        self._unvalued = {c: self._running(unvalued[c]) for c in sorted(unvalued)}
        self._paying = _running_counts(loaded.paying.get(slice_, {}), self._numbers)
        self._cohorts = {
            lag: _running_cohorts(steps.get(slice_, {}), self._numbers) for lag, steps in loaded.cohorts.items()
        }

    def closing(self, month: Month) -> Figure:
        """MRR at the last instant of `month` in the workspace's currency, at that day's rates.

        Where the policy gives movements their own rates: the sum of their money up to then.
        """
        if self._own_rates:
            return self._running_money(month)
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
        """MRR at the last instant before the month (the window) began."""
        return self.closing(month.plus(-self._window))

    def flow(self, kind: str, month: Month) -> Figure:
        """Movements of `kind` in `month` (the window), each at its rate."""
        flows = self._totals.flows
        return total(*(flows.get((self._slice, each.number, kind), Figure(ZERO)) for each in self.months(month)))

    def months(self, last: Month) -> list[Month]:
        """The months of the window that ends with `last`."""
        return last.last_of(self._window)

    def flow_over(self, kinds: Iterable[str], months: Iterable[Month]) -> Figure:
        """Movements of `kinds` in `months`."""
        flows = self._totals.flows
        keys = [(self._slice, month.number, kind) for month in months for kind in kinds]
        return total(*(flows.get(key, Figure(ZERO)) for key in keys))

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

    def churners(self, month: Month) -> Figure:
        """Customers that the policy counts as churned in `month` in a rate."""
        if self.policy.customer_churn_denominator == "opening":
            return self.leavers(month)
        return self.customers_with("churn", month)

    def churn_base(self, month: Month) -> Figure:
        """Customers that could have churned in `month`: of its opening, and its new ones if the policy says so."""
        opening = self.customers(month.plus(-1))
        if self.policy.customer_churn_denominator == "opening":
            return opening
        return total(opening, self.customers_with("new", month))

    def yearly_terms(self, month: Month) -> YearlyTerms:
        """What is held on terms of a year or longer at the close of `month`."""
        return self._loaded.terms.get((self._slice, month.number), YearlyTerms(Figure(ZERO), 0))

    def contracted(self, month: Month) -> Figure:
        """What is in force at the book's instant with all that is known to come, told for the months that end there."""
        running = Month.of(self._as_of_day)
        if month not in (running, running.plus(-1)):
            known = f"the book knows it as of {self._as_of_day} only: ask for {running.plus(-1)}"
            return Figure.missing(f"what was contracted at the close of {month} is not known; {known}")
        return self._loaded.contracted.get(self._slice, Figure(ZERO))

    def largest_expansions(self, month: Month) -> Figure:
        """Expansion in `month` of the customers that expanded most, as many as `concentration` takes."""
        return Figure(self._loaded.largest.get((self._slice, month.number), ZERO))

    def losses(self, month: Month) -> Losses:
        """Churned MRR of `month` (the window) and the part that was in arrears."""
        if not self._loaded.arrears.known:
            missing = Figure.missing("no item was ever past_due or unpaid: the source seems not to tell of arrears")
            return Losses(missing, missing)
        parts = [self._loaded.arrears.of(self._slice, each.number) for each in self.months(month)]
        return Losses(total(*(each.lost for each in parts)), total(*(each.involuntary for each in parts)))

    def created(self, month: Month) -> Created | Figure:
        """Customers created in `month`; a figure with the reason where activation cannot be told."""
        lacking = self._loaded.activations.lacking
        if lacking is not None:
            return Figure.missing(f"no customer has {lacking}; import customers with it")
        if month.plus(1).first_day + timedelta(days=ACTIVATION_DAYS) > self._as_of_day:
            return Figure.missing(f"the customers created in {month} are not all 30 days old as of {self._as_of_day}")
        return self._loaded.activations.of(self._slice, month.number)

    def recurring_revenue(self, month: Month) -> Figure:
        """What is earned in `month` of lines of type subscription and usage."""
        return self._loaded.earned.figure(self._slice, self.months(month), ("recurring",))

    def total_revenue(self, month: Month) -> Figure:
        """What is earned in `month` of all lines."""
        return self._loaded.earned.figure(self._slice, self.months(month), ("recurring", "other"))

    def actual_revenue(self, month: Month) -> Figure:
        """Money that came in `month`, less what went back."""
        return self._loaded.received.figure(self._slice, self.months(month), ("plain", "recovered"))

    def dunning_recovered(self, month: Month) -> Figure:
        """Money that came in `month` for charges that had failed before."""
        return self._loaded.received.recovered(self._slice, self.months(month))

    def dunning_recovery_rate(self, month: Month) -> Figure:
        """Of the charges that first failed in `month`, the part that has come in since."""
        return self._loaded.received.recovery_rate(self._slice, self.months(month))

    def quality_mrr(self, month: Month) -> Figure:
        """MRR at the close of `month`, weighed by how sure it is."""
        note = self._loaded.view.facts.quality.note
        return quality_figure(self._loaded.quality, self._slice, month, note)

    def durable_expansion(self, month: Month) -> Figure:
        """What of the expansion in `month` (the window) is expected to last a year."""
        expanded = self.flow("expansion", month)
        return expanded if expanded.value is None else self._loaded.durable.figure(self._slice, self.months(month))

    @property
    def costs(self) -> Costs:
        """The company's costs, whatever the slice."""
        return self._loaded.costs

    def company(self) -> SliceFigures:
        """The figures of the whole company."""
        return self if self._loaded.company is None else SliceFigures(self._loaded.company, ())

    def nrr(self, lag: Lag, month: Month) -> Figure:
        """MRR now / MRR then of those who paid `lag` months before."""
        return self._retention(lag, month, gross=False).figure

    def grr(self, lag: Lag, month: Month) -> Figure:
        """The same, each customer counted up to what it paid then."""
        return self._retention(lag, month, gross=True).figure

    def trailing(self, months: int, month: Month, *, gross: bool) -> Figure:
        """The product of the last `months` monthly rates, rounded once; without a value if one of them has none."""
        rates = [(each, self._retention(1, each, gross=gross)) for each in month.last_of(months)]
        for each, rate in rates:
            if rate.figure.value is None:
                return Figure.missing(f"{'grr_1m' if gross else 'nrr_1m'} of {each} is not known: {rate.figure.reason}")
        return Figure(decimal_of(prod((rate.exact for _, rate in rates), start=Fraction(1)), decimals=RATIO_DECIMALS))

    def _retention(self, lag: Lag, month: Month, *, gross: bool) -> Quotient:
        if self.policy.retention_cohort == "movements":
            return self._moved(lag, month, ("contraction", "churn") if gross else ("expansion", "contraction", "churn"))
        return self._retained(lag, month, gross=gross)

    def _moved(self, lag: Lag, month: Month, kinds: tuple[str, ...]) -> Quotient:
        """What was in force `lag` months before and the movements of `kinds` since, over the former."""
        start = month.plus(-lag)
        opening = self.closing(start)
        kept = total(opening, self.flow_over(kinds, month.last_of(lag)))
        return Quotient(kept, opening, zero=f"closing_mrr of {start} is 0")

    def _running_money(self, month: Month) -> Figure:
        for currency, natives in self._unvalued.items():
            if natives[month.number]:
                return Figure.missing(f"movements in {currency} have no rate; import rates")
        return Figure(self._money[month.number])

    def _retained(self, lag: Lag, month: Month, *, gross: bool) -> Quotient:
        cohort = self._cohorts[lag][month.number]
        start = month.plus(-lag)
        nobody = f"no customer paid at the close of {start}"
        if cohort.unknown:
            lacking = [close for close in (self.closing(start), self.closing(month)) if close.value is None]
            unknown = lacking[0] if lacking else Figure.missing("a rate is unknown; import rates")
            return Quotient(unknown, unknown, zero=nobody)
        kept = cohort.kept_money if gross else cohort.now_money
        return Quotient(Figure(kept), Figure(cohort.then_money), zero=nobody)

    def days(self, month: Month) -> int:
        """Days of `month` that had begun by the book's instant: all of them unless it still runs."""
        return month.days if month.complete(self._as_of_day) else self._loaded.view.facts.days_begun

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
    cohort, cohorts = NOBODY, {}
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
