"""Figures: metrics, retention, cohorts, revenue, explanations, customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa

from upswell.interfaces.plain.values import MONEY_DECIMALS, exact, figure, number
from upswell.metrics.catalogue import entry
from upswell.metrics.customer_sheet import CustomerSheet
from upswell.metrics.explaining import Explanation
from upswell.metrics.revenue_bridge import RevenueBridge
from upswell.money.amount import exact_text

_METRIC_COLUMNS: Final = frozenset({"month", "metric", "value", "unit", "reason", "complete", "note"})
MISTAKE_COLUMNS: Final = (
    "month",
    "mistake",
    "formula",
    "value",
    "right",
    "right_value",
    "error",
    "reason",
    "complete",
)
_NOT_OF_COHORTS: Final = ("unit", "reached")


def dimensions(table: pa.Table) -> list[str]:
    """The columns of a table of metrics by which it was asked for."""
    return [name for name in table.column_names if name not in _METRIC_COLUMNS]


def metric_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each value; `reason`, `complete` and `note` where there is something to say."""
    by = dimensions(table)
    return [_metric_row(row, by) for row in table.to_pylist()]


def _metric_row(row: Mapping[str, Any], by: Sequence[str]) -> dict[str, Any]:
    plain = {"month": row["month"], **{name: row[name] for name in by}, "metric": row["metric"]}
    plain["value"] = figure(row["value"], row["unit"])
    if row["value"] is None:
        plain["reason"] = row["reason"]
    if not row["complete"]:
        plain["complete"] = False
    if row["note"] is not None:
        plain["note"] = row["note"]
    return plain


def retention_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each figure of the family."""
    return [row | {"value": number(row["value"])} for row in table.to_pylist()]


def mistake_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each wrong formula, with the right figure beside it."""
    rates = ("value", "right_value", "error")
    return [
        {name: number(row[name]) if name in rates else row[name] for name in MISTAKE_COLUMNS}
        for row in table.to_pylist()
    ]


def cohort_columns(table: pa.Table) -> list[str]:
    """The columns of the objects of `cohort_rows`."""
    return [name for name in table.column_names if name not in _NOT_OF_COHORTS]


def cohort_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each cohort and age."""
    columns = cohort_columns(table)
    return [
        {name: row[name] for name in columns} | {"value": figure(row["value"], row["unit"]), "base": exact(row["base"])}
        for row in table.to_pylist()
    ]


def revenue_rows(bridge: RevenueBridge) -> list[dict[str, Any]]:
    """One object for each line from MRR to money."""
    return [
        {
            "month": bridge.month,
            "line": line.name,
            "amount": exact(line.amount),
            "is_total": line.is_total,
            "reason": line.reason,
        }
        for line in bridge.lines
    ]


def contribution_rows(found: Explanation, *, details: int) -> list[dict[str, Any]]:
    """What the largest `details` customers (0: all) give to a figure."""
    return [
        {
            "customer_id": part.customer_id,
            "customer_name": part.customer_name,
            "value": exact(part.value),
            "base": exact(part.base),
            "reason": part.reason,
            "movements": part.movements,
            "movement_id": part.movement_id,
        }
        for part in found.contributions[: details or None]
    ]


def explanation(found: Explanation, *, details: int) -> dict[str, Any]:
    """A figure with what the largest `details` customers (0: all) give to it."""
    return {
        "metric": found.metric,
        "month": found.month,
        "formula": found.formula,
        "value": explained_figure(found),
        "reason": found.reason,
        "total": exact(found.total),
        "base": exact(found.base),
        "currency": found.workspace_currency,
        "customers": len(found.contributions),
        "contributions": contribution_rows(found, details=details),
    }


def explained_figure(found: Explanation) -> str | None:
    """The figure that is explained, as text whatever its unit."""
    if found.value is None:
        return None
    return exact_text(found.value, decimals_min=MONEY_DECIMALS if entry(found.metric).unit == "money" else 0)


def customer_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each customer, with what it pays and by how much it expanded in a year."""
    return [row | {"mrr": exact(row["mrr"]), "expansion_12m": exact(row["expansion_12m"])} for row in table.to_pylist()]


def customer(sheet: CustomerSheet) -> dict[str, Any]:
    """What a customer pays month by month, holds, uses and paid."""
    months = [asdict(each) | {"value": exact(each.value)} for each in sheet.months]
    return asdict(sheet) | {"mrr": exact(sheet.mrr), "expansion_12m": exact(sheet.expansion_12m), "months": months}
