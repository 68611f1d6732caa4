"""The catalogue of metrics: entries are data (`catalogue.toml`), loaded and checked here.

    >>> entry("expansion_rate").formula
    'expansion_mrr / opening_mrr'

An unknown name is answered with the nearest known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from upswell.errors import UsageError
from upswell.metrics.suggest import unknown_name

Unit = Literal["money", "rate", "count", "ratio"]
Need = Literal[
    "transfers", "paying", "kind_customers", "leavers", "cohort_1m", "cohort_1m_trailing", "cohort_3m", "cohort_12m",
    "largest_expansions", "terms", "contracted", "arrears", "activations", "costs", "earned", "received", "quality",
    "durable",
]  # fmt: skip


class MetricEntry(BaseModel):
    """One metric; the fields are explained at the head of `catalogue.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    formula: str
    unit: Unit
    grain: Literal["balance", "flow"]
    additive: bool
    dimensions: Literal["all", "slices", "lines", "payments", "customers", "company"]
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
    """The metric called `name`; raises `UsageError` if there is none."""
    known = {metric.name: metric for metric in entries()}
    if name in known:
        return known[name]
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
