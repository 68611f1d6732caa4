"""Each kind of movement in a month: Stripe's definition at both month-ends, netted by customer, and our movements.

    new 2026-02                 USD
    Stripe's definition      400.00
    discounts                -50.00   cus_7 (di_2)
    within_month              30.00   cus_9: came and left again, m-31
    day_rates                 -0.40   cus_4: booked at the rate of the 3rd, m-28
    strict                   379.60

A customer at 0 before is new, or back if ever above 0; at 0 after, churned; else the change's sign says which.
Month-ends cannot tell what happened between them: that is read off our movements alone, as is their day's rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from upswell.metrics.months import Month
from upswell.sources.stripe.reconciliation.definition import STAGES, ItemFigures
from upswell.workspace.reconciling.book import Booked, OurMonth
from upswell.workspace.reconciling.closing import AT_MONTH_END
from upswell.workspace.reconciling.rates import Rates
from upswell.workspace.reconciling.results import EXACT, KINDS, ZERO, Part, StripeBridge, bridge_of, line_of, total

WITHIN: Final = "within_month"
DAY_RATES: Final = "day_rates"
ByCustomer = Mapping[str, Decimal]
ByKind = Mapping[str, ByCustomer]
Figures = Mapping[Month, Sequence[ItemFigures]]


def kind_bridges(figures: Figures, ours: Mapping[Month, OurMonth], month: Month, rates: Rates) -> list[StripeBridge]:
    """One bridge a kind. `figures` and `ours` hold every month up to `month` from the account's first on."""
    judged = [(stage, _judged(figures, stage, month, rates)) for stage in STAGES if stage != "timing"]
    theirs = _judged(figures, "timing", month, rates)
    net = _netted_book(ours, month, rates)
    held: dict[str, list[ItemFigures]] = defaultdict(list)
    for each in (*figures.get(month.plus(-1), ()), *figures[month]):
        held[each.item.customer_id].append(each)
    return [
        _bridge(kind, theirs, judged, net, held, _of_kind(ours[month].movements, kind), month, rates) for kind in KINDS
    ]


def _bridge(
    kind: str,
    theirs: ByKind,
    judged: Sequence[tuple[str, ByKind]],
    net: ByKind,
    held: Mapping[str, Sequence[ItemFigures]],
    movements: Mapping[str, Sequence[Booked]],
    month: Month,
    rates: Rates,
) -> StripeBridge:
    lines = []
    start = before = theirs.get(kind, {})
    for stage, found in judged:
        now = found.get(kind, {})
        parts = [Part(c, "", "", change, _named(held.get(c, ()), stage)) for c, change in _changes(before, now)]
        lines.append(line_of(stage, parts))
        before = now
    netted = net.get(kind, {})
    even = {c: total(rates.of(each.amount, each.currency, month) for each in found) for c, found in movements.items()}
    booked = {
        c: total(rates.at(each.amount, each.currency, each.day_rate, str(each.day)) for each in found)
        for c, found in movements.items()
    }
    for name, earlier, later in ((WITHIN, netted, even), (DAY_RATES, even, booked)):
        parts = [Part(c, "", "", change, _ids(movements.get(c, ()))) for c, change in _changes(earlier, later)]
        lines.append(line_of(name, parts))
    left = [Part(c, "", "", change, _ids(movements.get(c, ()))) for c, change in _changes(before, netted)]
    return bridge_of(kind, total(start.values()), lines, total(booked.values()), left)


def _judged(figures: Figures, stage: str, month: Month, rates: Rates) -> ByKind:
    """The kinds that month-ends tell after a stage; both ends at one rate, since a moving rate is no movement."""
    at = month if stage in AT_MONTH_END else None

    def by_customer(found: Sequence[ItemFigures]) -> dict[str, Decimal]:
        return _summed((each.item.customer_id, rates.of(each.amounts[stage], each.item.currency, at)) for each in found)

    known = {
        each.item.customer_id
        for earlier, found in figures.items()
        if earlier < month
        for each in found
        if each.amounts[stage] > 0
    }
    return _netted(by_customer(figures.get(month.plus(-1), ())), by_customer(figures[month]), known)


def _netted_book(ours: Mapping[Month, OurMonth], month: Month, rates: Rates) -> ByKind:
    """The same of the book: its movements, summed by customer at the rate of the month's end."""
    change = _summed((each.customer_id, rates.of(each.amount, each.currency, month)) for each in ours[month].movements)
    former = ours.get(month.plus(-1))
    held = former.items.items() if former is not None else ()
    then = _summed((customer, rates.of(amount, currency, month)) for (customer, _, _), (currency, amount) in held)
    now = {customer: EXACT.add(then.get(customer, ZERO), amount) for customer, amount in change.items()}
    known = {
        customer
        for earlier, found in ours.items()
        if earlier < month
        for (customer, _, _), (_, amount) in found.items.items()
        if amount > 0
    }
    return _netted({customer: then.get(customer, ZERO) for customer in now}, now, known)


def _netted(then: ByCustomer, now: ByCustomer, known: set[str]) -> ByKind:
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for customer in sorted({*then, *now}):
        before, after = then.get(customer, ZERO), now.get(customer, ZERO)
        if before == after:
            continue
        if not before:
            kind = "reactivation" if customer in known else "new"
        elif not after:
            kind = "churn"
        else:
            kind = "expansion" if after > before else "contraction"
        found[kind][customer] = EXACT.subtract(after, before)
    return found


def _named(held: Sequence[ItemFigures], stage: str) -> tuple[str, ...]:
    """The objects by which a stage moves a customer's items at either end of the month."""
    former = STAGES[STAGES.index(stage) - 1]
    moved = [each for each in held if each.amounts[stage] != each.amounts[former]]
    return tuple(dict.fromkeys(name for each in moved or held for name in each.objects[stage]))


def _summed(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for customer, amount in amounts:
        found[customer] = EXACT.add(found[customer], amount)
    return dict(found)


def _changes(before: ByCustomer, now: ByCustomer) -> list[tuple[str, Decimal]]:
    return [
        (customer, EXACT.subtract(now.get(customer, ZERO), before.get(customer, ZERO)))
        for customer in sorted({*before, *now})
        if now.get(customer, ZERO) != before.get(customer, ZERO)
    ]


def _of_kind(movements: Sequence[Booked], kind: str) -> Mapping[str, Sequence[Booked]]:
    found: dict[str, list[Booked]] = defaultdict(list)
    for each in movements:
        if each.kind == kind:
            found[each.customer_id].append(each)
    return found


def _ids(movements: Sequence[Booked]) -> tuple[str, ...]:
    return tuple(each.movement_id for each in movements)
