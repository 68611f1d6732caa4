"""Each metric of the catalogue as a formula over one slice and one month.

`expansion_rate` of a slice in February is `flow("expansion", February) / opening(February)`; the
words of each formula are in `catalogue.toml`, and a test holds the two lists together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.metrics.figures import Figure, difference, product, quotient, scaled, total
from upswell.metrics.months import Month
from upswell.metrics.payback import cac_payback_months, expansion_payback_months, margin
from upswell.metrics.slices import FLOW_KINDS, SliceFigures

Formula = Callable[[SliceFigures, Month], Figure]

_LTV_MONTHS: Final = 6
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


def _expansion_concentration(slice_: SliceFigures, month: Month) -> Figure:
    expanded = slice_.flow("expansion", month)
    if expanded.value is None:
        return expanded
    return quotient(slice_.largest_expansions(month), expanded, zero="expansion_mrr is 0")


def _arpa(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(slice_.closing(month), slice_.customers(month), zero="customers is 0")


def _customer_churn_rate(slice_: SliceFigures, month: Month) -> Figure:
    nobody = f"no customer paid at the close of {month.plus(-1)}"
    if slice_.policy.customer_churn_denominator == "opening_and_new":
        nobody += f", and none was new in {month}"
    return quotient(slice_.churners(month), slice_.churn_base(month), zero=nobody)


def _expansion_share_of_new(slice_: SliceFigures, month: Month) -> Figure:
    return quotient(slice_.flow("expansion", month), slice_.flow("new", month), zero="new_mrr is 0")


def _expansion_growth_rate(slice_: SliceFigures, month: Month) -> Figure:
    before = slice_.flow("expansion", month.plus(-1))
    grown = difference(slice_.flow("expansion", month), before)
    return quotient(grown, before, zero=f"expansion_mrr of {month.plus(-1)} is 0")


def expansion_growth_per_30_days(slice_: SliceFigures, month: Month) -> Figure:
    """`expansion_growth_rate` of two months brought to 30 days each."""
    now, before = (per_30_days(slice_, slice_.flow("expansion", each), each) for each in (month, month.plus(-1)))
    return quotient(difference(now, before), before, zero=f"expansion_mrr of {month.plus(-1)} is 0")


def per_30_days(slice_: SliceFigures, figure: Figure, month: Month) -> Figure:
    """What flowed in `month`, brought to 30 days: of a month still running, by the days that have begun."""
    days = slice_.days(month)
    return scaled(figure, Fraction(30, days)) if days else Figure.missing(f"no day of {month} has begun")


def _expansion_rate_12m(slice_: SliceFigures, month: Month) -> Figure:
    start = month.plus(-12)
    expanded = slice_.flow_over(["expansion"], month.last_of(12))
    return quotient(expanded, slice_.closing(start), zero=f"closing_mrr of {start} is 0")


def _acv(slice_: SliceFigures, month: Month) -> Figure:
    terms = slice_.yearly_terms(month)
    mrr = product(Figure(Decimal(12)), terms.mrr)
    return quotient(mrr, Figure(Decimal(terms.customers)), zero="no customer is on a term of a year or longer")


def _ltv(slice_: SliceFigures, month: Month) -> Figure:
    """closing / customers x margin / (churned / those who could have), multiplied out so that it is rounded once."""
    months = month.last_of(_LTV_MONTHS)
    if slice_.customers(months[0].plus(-1)).value == 0:
        return Figure.missing(f"no customer paid at the close of {months[0].plus(-1)}: six months are not there yet")
    churned = total(*(slice_.churners(each) for each in months))
    base = total(*(slice_.churn_base(each) for each in months))
    kept, earned, note = margin(slice_, months, named="these six months")
    if slice_.customers(month).value == 0:
        return Figure.missing("customers is 0")
    figure = quotient(
        product(slice_.closing(month), base, kept),
        product(slice_.customers(month), churned, earned),
        zero=f"no customer churned from {months[0]} to {month}",
    )
    return replace(figure, note=note) if figure.value is not None else figure


def _sales_efficiency(slice_: SliceFigures, month: Month) -> Figure:
    if not month.ends_quarter:
        return Figure.missing(f"{month} is not the last month of a quarter")
    net_new_arr = product(Figure(Decimal(12)), slice_.flow_over(FLOW_KINDS, month.last_of(3)))
    former = month.plus(-3)
    cost = slice_.costs.sum(["acquisition", "expansion"], former.last_of(3))
    return quotient(net_new_arr, cost, zero=f"acquisition and expansion cost of {former.quarter} is 0")


def _activation_rate(slice_: SliceFigures, month: Month) -> Figure:
    found = slice_.created(month)
    if isinstance(found, Figure):
        return found
    nobody = f"no customer was created in {month}"
    return quotient(Figure(Decimal(found.activated)), Figure(Decimal(found.created)), zero=nobody)


def _involuntary_churn_share(slice_: SliceFigures, month: Month) -> Figure:
    losses = slice_.losses(month)
    return quotient(losses.involuntary, losses.lost, zero="nothing churned")


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
    "durable_expansion_mrr": SliceFigures.durable_expansion,
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
    "nrr_3m": lambda slice_, month: slice_.nrr(3, month),
    "grr_3m": lambda slice_, month: slice_.grr(3, month),
    "nrr_trailing_12m": lambda slice_, month: slice_.trailing(12, month, gross=False),
    "grr_trailing_12m": lambda slice_, month: slice_.trailing(12, month, gross=True),
    "expansion_rate": _expansion_rate,
    "quick_ratio": _quick_ratio,
    "gross_mrr_churn_rate": _gross_mrr_churn_rate,
    "net_mrr_churn_rate": _net_mrr_churn_rate,
    "mrr_growth_rate": _mrr_growth_rate,
    "arpa": _arpa,
    "customer_churn_rate": _customer_churn_rate,
    "expansion_share_of_new": _expansion_share_of_new,
    "expansion_growth_rate": _expansion_growth_rate,
    "expansion_rate_12m": _expansion_rate_12m,
    "expansion_concentration": _expansion_concentration,
    "involuntary_churn_share": _involuntary_churn_share,
    "acv": _acv,
    "ltv": _ltv,
    "cmrr": SliceFigures.contracted,
    "sales_efficiency": _sales_efficiency,
    "activation_rate": _activation_rate,
    "recurring_revenue": SliceFigures.recurring_revenue,
    "total_revenue": SliceFigures.total_revenue,
    "actual_revenue": SliceFigures.actual_revenue,
    "dunning_recovered": SliceFigures.dunning_recovered,
    "dunning_recovery_rate": SliceFigures.dunning_recovery_rate,
    "quality_mrr": SliceFigures.quality_mrr,
    "cac_payback_months": cac_payback_months,
    "expansion_payback_months": expansion_payback_months,
}
