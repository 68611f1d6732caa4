"""Months until what was spent on growth has come back, and the margin that pays it back.

Acquisition cost 9,000.00, new MRR 1,000.00 and a margin of 0.75 (service costs of 25 % of the MRR): 9,000 / 750 = 12
months. Expansion is read the same way at its own cost. Every quotient is multiplied out and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.metrics.figures import Figure, decimal_of, difference, product, quotient, total
from upswell.metrics.months import Month
from upswell.metrics.slices import SliceFigures

_ONE: Final = Figure(Decimal(1))


def margin(slice_: SliceFigures, months: Sequence[Month], *, named: str) -> tuple[Figure, Figure, str]:
    """What is left of the MRR of `months` after the costs of service, that MRR, and a note; of the whole company.

    The months are those that have a service cost; without any the margin is 1 / 1, and the note says so of the months
    as they are `named`.
    """
    costs = slice_.costs
    given = costs.months_with("service", months)
    company = slice_.company()
    earned = total(*(company.closing(each) for each in given))
    if not given or earned.value == 0:
        return _ONE, _ONE, f"margin 1: no service cost is imported for {named}"
    kept = difference(earned, costs.sum(["service"], given))
    if kept.value is None or earned.value is None:
        return kept, earned, ""
    share = decimal_of(Fraction(kept.value) / Fraction(earned.value), decimals=4)
    some = "" if len(given) == len(months) else f", known for {len(given)} of the {named.removeprefix('these ')}"
    return kept, earned, f"margin {share} of the company{some}"


def cac_payback_months(slice_: SliceFigures, month: Month) -> Figure:
    """Acquisition cost / (new MRR x margin)."""
    return _payback(slice_, month, cost="acquisition", kind="new", won="new_mrr")


def expansion_payback_months(slice_: SliceFigures, month: Month) -> Figure:
    """Expansion cost / (expansion MRR x margin)."""
    return _payback(slice_, month, cost="expansion", kind="expansion", won="expansion_mrr")


def _payback(slice_: SliceFigures, month: Month, *, cost: str, kind: str, won: str) -> Figure:
    months = slice_.months(month)
    spent = slice_.costs.sum([cost], months)
    kept, earned, note = margin(slice_, months, named="the month" if len(months) == 1 else "these months")
    if kept.value is not None and kept.value <= 0:
        return Figure.missing("the margin is not above 0: service costs are as high as the MRR")
    figure = quotient(product(spent, earned), product(slice_.flow(kind, month), kept), zero=f"{won} is 0")
    return replace(figure, note=note) if figure.value is not None else figure
