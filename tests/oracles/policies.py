"""Every switch of a policy, and the seven presets, as the oracle knows them.

Under `STRICT` a customer who drops chat (-50) and moves CRM to a larger plan (+60) on one day has
60 of expansion and 50 of contraction; under `STRIPE`, which nets the customer, 10 of expansion.

Names and values of the switches are those that a user writes in a policy file, so that a policy
can be handed to both ledgers. Nothing here comes from the program under test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Counting = Literal["counts", "zero"]


@dataclass(frozen=True)
class OraclePolicy:
    """All switches; the defaults are `strict`."""

    level: Literal["customer", "subscription"] = "customer"
    netting: Literal["item", "subscription", "customer"] = "item"
    grouping: Literal["day", "none", "60min", "month"] = "day"
    reactivation: Literal["separate", "new", "expansion", "churn", "new_after_days"] = "separate"
    reactivation_new_after_days: int | None = None
    discounts: Literal["all", "none", "recurring"] = "all"
    usage: Literal["include", "exclude", "trailing_3"] = "include"
    trialing: Counting = "zero"
    paused: Counting = "zero"
    unpaid: Counting = "zero"
    past_due: Counting = "counts"
    past_due_churn_days: int | None = None
    churn_date: Literal["period_end", "cancel_request"] = "period_end"
    new_and_churned: Literal["both", "neither"] = "both"
    week: Literal["52/12", "4"] = "52/12"
    day: Literal["365/12", "30"] = "365/12"
    fx: Literal["separate", "fixed_rate", "item_start"] = "separate"
    retention_cohort: Literal["reactivated_zero", "included", "movements"] = "reactivated_zero"
    customer_churn_denominator: Literal["opening", "opening_and_new"] = "opening"


STRICT = OraclePolicy()
CHARTMOGUL = OraclePolicy(netting="subscription", grouping="60min", retention_cohort="included")
STRIPE = OraclePolicy(
    netting="customer",
    discounts="recurring",
    usage="exclude",
    churn_date="cancel_request",
    retention_cohort="included",
    customer_churn_denominator="opening_and_new",
)
PROFITWELL = OraclePolicy(netting="customer", new_and_churned="neither", fx="item_start")
CHARGEBEE = OraclePolicy(
    level="subscription",
    netting="subscription",
    reactivation="expansion",
    discounts="recurring",
    usage="exclude",
    retention_cohort="included",
)
RECURLY = OraclePolicy(netting="customer", grouping="month", usage="exclude", day="30", retention_cohort="included")
REVENUECAT = OraclePolicy(
    level="subscription",
    netting="subscription",
    reactivation="churn",
    usage="exclude",
    week="4",
    day="30",
    fx="item_start",
)

PRESETS: Mapping[str, OraclePolicy] = {
    "strict": STRICT,
    "chartmogul": CHARTMOGUL,
    "stripe": STRIPE,
    "profitwell": PROFITWELL,
    "chargebee": CHARGEBEE,
    "recurly": RECURLY,
    "revenuecat": REVENUECAT,
}
