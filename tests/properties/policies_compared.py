"""The policies under which the ledger is held against its oracle: the presets, and what no preset asks for.

    [policies.instants]
    extends = "strict"
    grouping = "none"

is how `as_settings` writes one of `OTHERS` into a workspace's upswell.toml; the oracle reads the same switches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from tests.oracles.policies import PRESETS, STRICT, OraclePolicy

# Between them and the presets, every value of every switch.
OTHERS: Final[Mapping[str, OraclePolicy]] = {
    "instants": OraclePolicy(
        netting="customer",
        grouping="none",
        reactivation="new_after_days",
        reactivation_new_after_days=45,
        discounts="none",
        usage="trailing_3",
        past_due_churn_days=30,
        fx="fixed_rate",
        retention_cohort="movements",
    ),
    "subscriptions_by_the_hour": OraclePolicy(
        level="subscription",
        netting="customer",
        grouping="60min",
        reactivation="new",
        usage="trailing_3",
        trialing="counts",
        past_due_churn_days=7,
        churn_date="cancel_request",
        new_and_churned="neither",
        week="4",
        fx="item_start",
    ),
    "subscriptions_by_the_month": OraclePolicy(
        level="subscription",
        grouping="month",
        reactivation="expansion",
        discounts="recurring",
        paused="counts",
        unpaid="counts",
        past_due="zero",
        churn_date="cancel_request",
        fx="fixed_rate",
        customer_churn_denominator="opening_and_new",
    ),
    "first_days": OraclePolicy(
        netting="subscription",
        reactivation="churn",
        discounts="none",
        past_due_churn_days=60,
        new_and_churned="neither",
        day="30",
        fx="item_start",
    ),
}
COMPARED: Final[Mapping[str, OraclePolicy]] = {**PRESETS, **OTHERS}


def as_settings(policies: Mapping[str, OraclePolicy]) -> str:
    """The policies as tables of upswell.toml, each stating what differs from `strict`."""
    return "".join(
        f'\n[policies.{name}]\nextends = "strict"\n'
        + "".join(f"{switch} = {_written(value)}\n" for switch, value in differing(policy).items())
        for name, policy in policies.items()
    )


def differing(policy: OraclePolicy) -> dict[str, str | int]:
    """The switches whose value is not that of `strict`."""
    usual = asdict(STRICT)
    return {switch: value for switch, value in asdict(policy).items() if value != usual[switch]}


def _written(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'
