"""Each metric of the catalogue as a formula over one slice and one month.

`expansion_rate` of a slice in February is `flow("expansion", February) / opening(February)`; the
words of each formula are in `catalogue.toml`, and a test holds the two lists together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from upswell.metrics.figures import Figure, difference, quotient, scaled, total
from upswell.metrics.months import Month
from upswell.metrics.slices import SliceFigures

Formula = Callable[[SliceFigures, Month], Figure]

_NO_OPENING: Final = "opening_mrr is 0"


def _flow(kind: str) -> Formula:
    return lambda slice_, month: slice_.flow(kind, month)


def _customers_with(kind: str) -> Formula:
    return lambda slice_, month: slice_.customers_with(kind, month)


def _losses(slice_: SliceFigures, month: Month) -> Figure:
    return total(slice_.flow("churn", month), slice_.flow("contraction", month)).negated()


def _gains(slice_: SliceFigures, month: Month) -> Figure:
    return total(slice_.flow("expansion", month), slice_.flow("reactivation", month))


def _net_expansion(slice_: SliceFigures, month: Month) -> Figure:
    return total(slice_.flow("expansion", month), slice_.flow("contraction", month))


def _arr(slice_: SliceFigures, month: Month) -> Figure:
    return scaled(slice_.closing(month), Fraction(12))


def _expansion_rate(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(slice_.flow("expansion", month), slice_.opening(month), zero=_NO_OPENING)


def _quick_ratio(slice_: SliceFigures, month: Month) -> Figure:
    gains = total(slice_.flow("new", month), _gains(slice_, month))
    return quotient(gains, _losses(slice_, month), zero="contraction_mrr + churned_mrr is 0")


def _gross_mrr_churn_rate(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(_losses(slice_, month), slice_.opening(month), zero=_NO_OPENING)


def _net_mrr_churn_rate(slice_: SliceFigures, month: Month) -> Figure:
    lost = difference(_losses(slice_, month), _gains(slice_, month))
    return quotient(lost, slice_.opening(month), zero=_NO_OPENING)


def _mrr_growth_rate(slice_: SliceFigures, month: Month) -> Figure:
    grown = difference(slice_.closing(month), slice_.opening(month))
    return quotient(grown, slice_.opening(month), zero=_NO_OPENING)


def _arpa(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(slice_.closing(month), slice_.customers(month), zero="customers is 0")


def _customer_churn_rate(slice_: SliceFigures, month: Month) -> Figure:
    before = month.plus(-1)
    nobody = f"no customer paid at the close of {before}"
    return quotient(slice_.leavers(month), slice_.customers(before), zero=nobody)


def _expansion_share_of_new(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(slice_.flow("expansion", month), slice_.flow("new", month), zero="new_mrr is 0")


def _expansion_growth_rate(slice_: SliceFigures, month: Month) -> Figure:
    before = slice_.flow("expansion", month.plus(-1))
    grown = difference(slice_.flow("expansion", month), before)
    return quotient(grown, before, zero=f"expansion_mrr of {month.plus(-1)} is 0")


FORMULAS: Final[Mapping[str, Formula]] = {
    "opening_mrr": SliceFigures.opening,
    "new_mrr": _flow("new"),
    "expansion_mrr": _flow("expansion"),
    "contraction_mrr": _flow("contraction"),
    "churned_mrr": _flow("churn"),
    "reactivation_mrr": _flow("reactivation"),
    "fx_mrr": SliceFigures.fx,
    "transfer_in_mrr": SliceFigures.transfer_in,
    "transfer_out_mrr": SliceFigures.transfer_out,
    "net_new_mrr": SliceFigures.net_new,
    "closing_mrr": SliceFigures.closing,
    "arr": _arr,
    "net_expansion_mrr": _net_expansion,
    "customers": SliceFigures.customers,
    "new_customers": _customers_with("new"),
    "expansion_customers": _customers_with("expansion"),
    "contraction_customers": _customers_with("contraction"),
    "churned_customers": _customers_with("churn"),
    "reactivated_customers": _customers_with("reactivation"),
    "nrr_1m": lambda slice_, month: slice_.nrr(1, month),
    "nrr_12m": lambda slice_, month: slice_.nrr(12, month),
    "grr_1m": lambda slice_, month: slice_.grr(1, month),
    "grr_12m": lambda slice_, month: slice_.grr(12, month),
    "expansion_rate": _expansion_rate,
    "quick_ratio": _quick_ratio,
    "gross_mrr_churn_rate": _gross_mrr_churn_rate,
    "net_mrr_churn_rate": _net_mrr_churn_rate,
    "mrr_growth_rate": _mrr_growth_rate,
    "arpa": _arpa,
    "customer_churn_rate": _customer_churn_rate,
    "expansion_share_of_new": _expansion_share_of_new,
    "expansion_growth_rate": _expansion_growth_rate,
}
