"""Answers that are not tables of their own, as tables with what is known about them: one row for each part."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from upswell.exports.about import COUNT, described, figures, money
from upswell.exports.answers import about_answer
from upswell.metrics.catalogue import entry
from upswell.metrics.explaining import Explanation
from upswell.metrics.request import BookFacts
from upswell.metrics.revenue_bridge import RevenueBridge
from upswell.policy import Policy

_MONEY: Final = pa.decimal128(38, 18)
_CONTRIBUTIONS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("month", "metric", "customer_id", "customer_name")),
        *((name, _MONEY) for name in ("value", "base")),
        *((name, pa.string()) for name in ("unit", "reason")),
        ("movements", pa.int64()),
        ("movement_id", pa.string()),
    ]
)
_REVENUE: Final = pa.schema(
    [
        ("month", pa.string()),
        ("line", pa.string()),
        ("amount", _MONEY),
        ("is_total", pa.bool_()),
        ("reason", pa.string()),
    ]
)


def describe_explanation(explanation: Explanation, facts: BookFacts, policy: Policy) -> pa.Table:
    """A figure customer by customer: `month, metric, customer_id, customer_name, value, base, unit, reason, movements,
    movement_id`; `value` and `base` are decimal128(38, 18) and add up to the figure, or to the two sides of its ratio.
    """
    rows = [
        {
            "month": explanation.month,
            "metric": explanation.metric,
            "customer_id": each.customer_id,
            "customer_name": each.customer_name,
            "value": each.value,
            "base": each.base,
            "unit": "money",
            "reason": each.reason,
            "movements": each.movements,
            "movement_id": each.movement_id,
        }
        for each in explanation.contributions
    ]
    about = about_answer(
        facts,
        policy,
        question="explanation of a figure",
        asked={"metric": entry(explanation.metric).name, "month": explanation.month},
        metrics=[explanation.metric],
        columns={
            "value": figures(explanation.workspace_currency),
            "base": figures(explanation.workspace_currency),
            "movements": COUNT,
        },
    )
    return described(pa.Table.from_pylist(rows, schema=_CONTRIBUTIONS), about)


def describe_revenue(bridge: RevenueBridge, facts: BookFacts, policy: Policy) -> pa.Table:
    """MRR to money line by line: `month, line, amount` (decimal128(38, 18), null where unknown), `is_total, reason`."""
    rows = [
        {
            "month": bridge.month,
            "line": line.name,
            "amount": line.amount,
            "is_total": line.is_total,
            "reason": line.reason,
        }
        for line in bridge.lines
    ]
    about = about_answer(
        facts,
        policy,
        question="MRR to money",
        asked={"month": bridge.month},
        metrics=["closing_mrr", "recurring_revenue", "total_revenue", "actual_revenue"],
        columns={"amount": money(bridge.currency)},
    )
    return described(pa.Table.from_pylist(rows, schema=_REVENUE), about)
