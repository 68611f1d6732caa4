"""The catalogue of metrics: entries are data (`catalogue.toml`), loaded and checked here.

    >>> entry("expansion_rate").formula
    'expansion_mrr / opening_mrr'

A metric that the design names and this release does not compute is refused as `not built yet`; any
other unknown name is answered with the nearest known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from upswell.errors import UsageError
from upswell.metrics.suggest import unknown_name

Unit = Literal["money", "rate", "count", "ratio"]
Need = Literal[
    "transfers", "paying", "kind_customers", "leavers", "cohort_1m", "cohort_12m",
    "terms", "contracted", "arrears", "activations", "costs",
]  # fmt: skip

# Named by the design, with the import each waits for.
_NOT_BUILT: Final = {
    "quality_mrr": "payments",
    "total_revenue": "invoice_lines",
    "recurring_revenue": "invoice_lines",
    "actual_revenue": "payments",
}


class MetricEntry(BaseModel):
    """One metric; the fields are explained at the head of `catalogue.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    formula: str
    unit: Unit
    grain: Literal["balance", "flow"]
    additive: bool
    dimensions: Literal["all", "slices", "customers", "company"]
    per_30_days: Literal["scaled", "compared", "unchanged", "refused"]
    looks_back: int = 1
    needs: tuple[Need, ...] = ()
    kinds: tuple[str, ...] = ()
    running: str = ""
    caveat: str = ""
    source: str
    sql: str


@cache
def entries() -> tuple[MetricEntry, ...]:
    """All metrics in the order of the catalogue."""
    text = files("upswell.metrics").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tuple(MetricEntry.model_validate(row) for row in tomllib.loads(text)["metric"])


def entry(name: str) -> MetricEntry:
    """The metric called `name`; raises `UsageError` if there is none or it is not built."""
    known = {metric.name: metric for metric in entries()}
    if name in known:
        return known[name]
    if name in _NOT_BUILT:
        raise UsageError(
            f"the metric {name} is not built yet: it will need the import {_NOT_BUILT[name]}",
            code="metric_not_built",
            expected=f"one of: {', '.join(known)}",
            found=name,
            remedy="choose one of the metrics of this release",
        )
    raise unknown_name("metric", name, known=tuple(known), code="unknown_metric")


def chosen(names: Sequence[str]) -> tuple[MetricEntry, ...]:
    """The metrics called `names`, each once, in the order asked; at least one."""
    if not names:
        raise UsageError(
            "no metric is named",
            code="no_metric",
            expected="one or more metric names",
            remedy="name a metric, such as expansion_mrr",
        )
    return tuple(entry(name) for name in dict.fromkeys(names))
