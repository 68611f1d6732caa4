"""The closing MRR of a month: Stripe's figure, what each rule moves for each item, and ours."""

from __future__ import annotations

from collections.abc import Sequence

from upswell.metrics.months import Month
from upswell.sources.stripe.reconciliation.definition import STAGES, ItemFigures
from upswell.workspace.reconciling.book import ItemKey, OurMonth
from upswell.workspace.reconciling.rates import Rates
from upswell.workspace.reconciling.results import (
    CLOSING,
    EXACT,
    ZERO,
    Part,
    StripeBridge,
    bridge_of,
    line_of,
    total,
)

# From the conversion on amounts are at the month's own rate; before it at the last one known, as Stripe shows them.
AT_MONTH_END = frozenset(STAGES[STAGES.index("fx") :])


def closing_bridge(figures: Sequence[ItemFigures], ours: OurMonth, month: Month, rates: Rates) -> StripeBridge:
    """From Stripe's definition to the book, one stage a line, each the sum over the items that it changes."""
    lines = []
    before = [rates.of(each.start, each.item.currency, None) for each in figures]
    theirs = total(before)
    for stage in STAGES:
        at = month if stage in AT_MONTH_END else None
        now = [rates.of(each.amounts[stage], each.item.currency, at) for each in figures]
        moved = [(each, b, a) for each, b, a in zip(figures, before, now, strict=True) if a != b]
        parts = [Part(*key_of(each), EXACT.subtract(a, b), tuple(each.objects[stage])) for each, b, a in moved]
        lines.append(line_of(stage, parts))
        before = now
    expected = {key_of(each): amount for each, amount in zip(figures, before, strict=True)}
    booked = {key: rates.of(amount, currency, month) for key, (currency, amount) in ours.items.items()}
    left = [
        Part(*key, EXACT.subtract(booked.get(key, ZERO), expected.get(key, ZERO)), ())
        for key in sorted({*expected, *booked})
        if booked.get(key, ZERO) != expected.get(key, ZERO)
    ]
    return bridge_of(CLOSING, theirs, lines, total(booked.values()), left)


def key_of(figures: ItemFigures) -> ItemKey:
    """Customer, subscription and item."""
    return figures.item.customer_id, figures.item.subscription_id, figures.item.item_id
