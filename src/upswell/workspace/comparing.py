"""One month under several policies: what each prints, and why, switch by switch.

    workspace.compare_policies(["strict", "stripe"], month_from="2025-03", month_to="2025-03")

                        strict  stripe          expansion_mrr   strict        70.00
    expansion_mrr        70.00   30.00          netting   item -> customer   -40.00
    contraction_mrr     -40.00    0.00          stripe                        30.00
    ...                                         unexplained                    0.00

The figures come from the ordinary planner, out of each policy's own ledger in the book; the bridge between two of them
from ledgers computed for it alone (`ledger.bridge`). That they meet is checked, and is what makes the bridge a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

from upswell.errors import UsageError
from upswell.ledger.books import BookManifest
from upswell.ledger.bridge import (
    Bridge,
    BridgeLine,
    Figure,
    LineFigures,
    bridge_lines,
    closed_bridge,
    kinds_of,
    steps_between,
)
from upswell.metrics.monthly import ROLL_FORWARD
from upswell.metrics.months import Month
from upswell.policy import FoundPolicy, Policy

COMPARED_METRICS: Final = (*ROLL_FORWARD, "net_expansion_mrr", "nrr_1m", "grr_1m", "customer_churn_rate")
DETAILS: Final = 20

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PolicyFigure:
    """What a policy prints for one metric: its value, or none and the reason; `unit` is money or rate."""

    policy: str
    metric: str
    value: Decimal | None
    unit: str
    reason: str | None


@dataclass(frozen=True)
class ComparedMonth:
    """A month: the figures of every policy, and a bridge from the base to each of the others."""

    month: str
    complete: bool
    figures: tuple[PolicyFigure, ...]
    bridges: tuple[Bridge, ...]


@dataclass(frozen=True)
class PolicyComparison:
    """The answer: `policies` begins with the base; `metric` is what the bridges explain; money is exact."""

    metric: str
    workspace_currency: str
    book_id: str
    as_of: datetime
    held_back: int
    policies: tuple[FoundPolicy, ...]
    months: tuple[ComparedMonth, ...]


def compared_policies(names: Sequence[str], *, find: Callable[[str], FoundPolicy]) -> dict[str, FoundPolicy]:
    """The policies of `names` by what they were asked as, each once. Raises `UsageError` if fewer than two are left."""
    asked: dict[str, FoundPolicy] = {}
    for name in dict.fromkeys(names):
        found = find(name)
        same = next((each for each in asked.values() if each.policy.name == found.policy.name), None)
        if same is None:
            asked[name] = found
        elif same.policy.content_hash() != found.policy.content_hash():
            raise UsageError(
                f"{same.source} and {found.source} are two policies of one name, {found.policy.name}",
                code="policy_name_taken",
                where=found.source,
                found=found.policy.name,
                remedy="give one of them another name",
            )
    if len(asked) < 2:  # noqa: PLR2004 -- a comparison has two sides
        raise UsageError(
            "there is nothing to compare" + (f": {names[0]} is the base itself" if names else ""),
            code="nothing_to_compare",
            expected="two policies, or one beside the workspace's own",
            found=", ".join(dict.fromkeys(names)) or "none",
            remedy="name another policy; `upswell policies` lists them",
        )
    grains = {found.policy.level == "family" for found in asked.values()}
    if len(grains) > 1:
        # A bridge is a sum over customers, and a family is not one of them.
        raise UsageError(
            "policies that decide by families cannot be set beside others customer by customer",
            code="grains_differ",
            expected="policies of one grain: all by families, or none",
            found=", ".join(found.policy.name for found in asked.values()),
            remedy="name each with +family, or none",
        )
    return asked


def compare(
    asked: Mapping[str, FoundPolicy],
    *,
    metric: str,
    details: int | None,
    manifest: BookManifest,
    figures: Callable[[str, str | None, str | None], pa.Table],
    connection: duckdb.DuckDBPyConnection,
    months: tuple[str | None, str | None],
    progress: Progress | None = None,
) -> PolicyComparison:
    """Put the comparison together. `figures` asks the planner for the months under one policy; `connection` has the
    inputs of the book, prepared to run the models. Raises `CheckFailedError` if a bridge does not end at 0.
    """
    base, *targets = [found.policy for found in asked.values()]
    tables = _tables(asked, figures, months)
    known = {
        (policy, row["month"], row["metric"]): Figure(row["value"], row["reason"])
        for policy, rows in tables.items()
        for row in rows
    }
    complete = {row["month"]: row["complete"] for row in tables[base.name]}
    asked_months = [Month.parse(month) for month in complete]
    ways = [steps_between(base, target) for target in targets]
    lines = bridge_lines(
        connection,
        ways,
        kinds=kinds_of(metric),
        first_day=asked_months[0].first_day,
        last_day=asked_months[-1].last_day,
        details=details,
        progress=progress,
    )

    def bridge(month: Month, number: int, target: Policy) -> Bridge:
        return closed_bridge(
            base.name,
            target.name,
            metric=metric,
            month=str(month),
            start=known[base.name, str(month), metric],
            lines=[
                BridgeLine(step.changes, line.get(month.first_day, LineFigures()))
                for step, line in zip(ways[number], lines[number], strict=True)
            ],
            end=known[target.name, str(month), metric],
        )

    return PolicyComparison(
        metric=metric,
        workspace_currency=manifest.currency,
        book_id=manifest.book_id,
        as_of=manifest.as_of,
        held_back=manifest.held_back,
        policies=tuple(asked.values()),
        months=tuple(
            ComparedMonth(
                month=str(month),
                complete=complete[str(month)],
                figures=_figures_of(tables, str(month)),
                bridges=tuple(bridge(month, number, target) for number, target in enumerate(targets)),
            )
            for month in asked_months
        ),
    )


def _tables(
    asked: Mapping[str, FoundPolicy],
    figures: Callable[[str, str | None, str | None], pa.Table],
    months: tuple[str | None, str | None],
) -> dict[str, list[dict[str, Any]]]:
    """The planner's rows by policy. Which months are looked at where one end is open, the base decides for all."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, found in asked.items():
        rows = figures(name, *months).to_pylist()
        months = rows[0]["month"], rows[-1]["month"]
        tables[found.policy.name] = rows
    return tables


def _figures_of(tables: Mapping[str, list[dict[str, Any]]], month: str) -> tuple[PolicyFigure, ...]:
    return tuple(
        PolicyFigure(policy, row["metric"], row["value"], row["unit"], row["reason"])
        for policy, rows in tables.items()
        for row in rows
        if row["month"] == month
    )
