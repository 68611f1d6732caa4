"""Metrics, kinds and drivers as a heading says them: `churned_mrr` is `Churned`, `cross_sell` is `Cross-sell`.

Screens, pages and charts take their words from here, so that one figure has one name wherever it stands. Commands
and JSON keep the plain names, which are what one types.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from upswell.metrics.benchmarks import Benchmark
from upswell.metrics.catalogue import Unit

METRIC_LABELS: Final = {
    "opening_mrr": "Opening MRR",
    "new_mrr": "New",
    "expansion_mrr": "Expansion",
    "contraction_mrr": "Contraction",
    "churned_mrr": "Churned",
    "reactivation_mrr": "Reactivation",
    "fx_mrr": "Exchange rates",
    "closing_mrr": "Closing MRR",
    "net_expansion_mrr": "Net of contraction",
    "nrr_1m": "NRR, 1 month",
    "grr_1m": "GRR, 1 month",
    "nrr_12m": "NRR, 12 months",
    "grr_12m": "GRR, 12 months",
    "customers": "Customers at close",
    "expansion_customers": "Customers expanding",
    "expansion_rate_12m": "Expansion, 12 months",
    "expansion_share_of_new": "Expansion / new",
    "quick_ratio": "Quick ratio",
    "involuntary_churn_share": "Involuntary churn",
    "arpa": "ARPA",
    "arr": "ARR",
    "acv": "ACV",
    "ltv": "LTV",
    "cmrr": "CMRR",
    "quality_mrr": "Quality MRR",
    "durable_expansion_mrr": "Durable expansion",
    "net_new_mrr": "Net new MRR",
    "transfer_in_mrr": "Transferred in",
    "transfer_out_mrr": "Transferred out",
    "expansion_growth_rate": "Expansion growth",
    "mrr_growth_rate": "MRR growth",
    "gross_mrr_churn_rate": "Gross MRR churn",
    "net_mrr_churn_rate": "Net MRR churn",
}
KIND_LABELS: Final = {
    "new": "New",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churned",
    "reactivation": "Reactivation",
    "transfer": "Transfer",
}
DRIVER_LABELS: Final = {
    "seats": "Seats",
    "plan": "Plan",
    "price": "Price",
    "term": "Term",
    "addon": "Add-on",
    "cross_sell": "Cross-sell",
    "subscription": "Subscription",
    "usage": "Usage",
    "discount": "Discount",
}


def percent_text(value: Decimal, decimals: int = 1) -> str:
    """A fraction as a screen shows it: `Decimal("0.8819")` is `88.2 %`."""
    return f"{value * 100:.{decimals}f} %"


def figure_text(value: Decimal, unit: Unit, *, decimals: int = 1) -> str:
    """A rate in percent, anything else as a plain number: a quick ratio is `4.0`."""
    return percent_text(value, decimals) if unit == "rate" else f"{value:.{decimals}f}"


def bands_text(benchmark: Benchmark, unit: Unit) -> str:
    """Every band with where it begins: `above 100 % healthy, from 110 % good`."""
    return ", ".join(
        f"above {figure_text(band.above, unit, decimals=0)} {band.label}"
        if band.above is not None
        else f"from {figure_text(band.at_least or Decimal(0), unit, decimals=0)} {band.label}"
        for band in benchmark.bands
    )
