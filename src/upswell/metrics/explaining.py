"""A figure as the sum of what each customer gives to it, with the movement to look at next.

    closing_mrr 2026-02 = 118.80: Acme 108.00, Bolt 10.80
    nrr_12m 2026-02 = 108.00 / 170.00: Acme 108.00 of 100.00, Bolt 0.00 of 70.00

Money and counts of money add up to the figure exactly. A retention figure is a quotient of two such sums: what the
customers of the start pay now, each up to what it paid then in grr, over what they paid then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from upswell.errors import UsageError
from upswell.metrics.catalogue import MetricEntry, entry
from upswell.metrics.figures import EXACT, ZERO
from upswell.metrics.months import Month
from upswell.metrics.planner import asked_view, run
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.retention import cohort_steps
from upswell.metrics.view import fetch
from upswell.policy.model import Policy

_BALANCES: Final = ("closing_mrr", "arr", "opening_mrr")
_FLOWS: Final = {
    "new_mrr": ("new",),
    "expansion_mrr": ("expansion",),
    "contraction_mrr": ("contraction",),
    "churned_mrr": ("churn",),
    "reactivation_mrr": ("reactivation",),
    "net_expansion_mrr": ("expansion", "contraction"),
    "net_new_mrr": ("new", "expansion", "contraction", "churn", "reactivation"),
}
_RETENTION: Final = {"nrr_1m": 1, "nrr_12m": 12, "grr_1m": 1, "grr_12m": 12}
EXPLAINED: Final = (*_BALANCES, *_FLOWS, *_RETENTION)

_MOVED: Final = """
select movements.customer_id, any_value(customers.name) as name, count(*) as movements,
    max_by(movement_id, (date, movement_id)) as movement_id
from movements
left join customers on customers.customer_id = movements.customer_id
where not scheduled and date between $since and $last_day
    and ($any_kind or list_contains($kinds, cast(kind as varchar)))
group by movements.customer_id
"""


@dataclass(frozen=True)
class Contribution:
    """What one customer gives to a figure, in the workspace's currency.

    `base` is what it paid at the start, of a retention figure; `movements` counts the movements behind it, of which
    `movement_id` is the last.
    """

    customer_id: str
    customer_name: str | None
    value: Decimal | None
    base: Decimal | None
    reason: str | None
    movements: int
    movement_id: str | None


@dataclass(frozen=True)
class Explanation:
    """A figure and its parts, the largest first; `total` and `base` are their sums."""

    metric: str
    month: str
    formula: str
    value: Decimal | None
    reason: str | None
    total: Decimal | None
    base: Decimal | None
    policy: str
    workspace_currency: str
    contributions: tuple[Contribution, ...]


def explain(
    connection: Readable, metric: str, month: str, *, where: str | None = None, facts: BookFacts, policy: Policy
) -> Explanation:
    """The customers behind `metric` in `month` (YYYY-MM); raises `UsageError` for a metric that has no such parts."""
    asked = entry(metric)
    if metric not in EXPLAINED:
        raise UsageError(
            f"{metric} is not a sum over customers",
            code="not_explained",
            expected=f"one of: {', '.join(EXPLAINED)}",
            found=metric,
            remedy="name a metric of the list; others are made of these by the formula in docs/metrics.md",
        )
    last = Month.parse(month)
    request = MetricRequest(names=(metric,), month_from=month, month_to=month, where=where)
    (figure,) = run(connection, request, facts=facts, policy=policy).to_pylist()
    if metric in _RETENTION:
        parts = _retained(connection, asked, last, where=where, facts=facts, policy=policy)
    else:
        parts = _valued(connection, metric, month, where=where, facts=facts, policy=policy)
    kinds = _FLOWS.get(metric, ())
    moved = _moved(connection, last if metric != "opening_mrr" else last.plus(-1), kinds)
    contributions = sorted((_with_movements(part, moved) for part in parts), key=_largest_first)
    return Explanation(
        metric=metric,
        month=month,
        formula=asked.formula,
        value=figure["value"],
        reason=figure["reason"],
        policy=policy.name,
        total=_sum([part.value for part in contributions]),
        base=_sum([part.base for part in contributions]) if metric in _RETENTION else None,
        workspace_currency=facts.workspace_currency,
        contributions=tuple(contributions),
    )


def _valued(
    connection: Readable, metric: str, month: str, *, where: str | None, facts: BookFacts, policy: Policy
) -> list[Contribution]:
    request = MetricRequest(names=(metric,), month_from=month, month_to=month, by=("customer",), where=where)
    rows = run(connection, request, facts=facts, policy=policy).to_pylist()
    return [
        Contribution(row["customer"], None, row["value"], None, row["reason"], 0, None)
        for row in rows
        if row["value"] != 0
    ]


def _retained(
    connection: Readable, asked: MetricEntry, month: Month, *, where: str | None, facts: BookFacts, policy: Policy
) -> list[Contribution]:
    lag = _RETENTION[asked.name]
    request = MetricRequest(
        names=(asked.name,), month_from=str(month), month_to=str(month), by=("customer",), where=where
    )
    if policy.retention_cohort == "movements":
        return _moved_since(connection, asked, month, where=where, facts=facts, policy=policy)
    view = asked_view(connection, request, facts=facts, policy=policy)
    found = cohort_steps(connection, view, lag=lag, policy=policy, foreign=True)
    parts = []
    for (customer, *_), steps in found.items():
        step = steps[month.number]
        if not step.members:
            continue
        kept = step.kept_money if asked.name.startswith("grr") else step.now_money
        reason = "a rate is unknown; import rates" if step.unknown else None
        parts.append(
            Contribution(
                str(customer), None, None if reason else kept, None if reason else step.then_money, reason, 0, None
            )
        )
    return parts


def _moved_since(
    connection: Readable, asked: MetricEntry, month: Month, *, where: str | None, facts: BookFacts, policy: Policy
) -> list[Contribution]:
    """By movements: what was in force at the start, and with it what moved since."""
    lag = _RETENTION[asked.name]
    start, first = str(month.plus(-lag)), str(month.plus(1 - lag))
    flows = ["contraction_mrr", "churned_mrr", *(["expansion_mrr"] if asked.name.startswith("nrr") else [])]
    base: dict[str, Decimal | None] = {}
    kept: dict[str, Decimal | None] = {}
    for names, since, to in ((["closing_mrr"], start, start), (flows, first, str(month))):
        request = MetricRequest(names=tuple(names), month_from=since, month_to=to, by=("customer",), where=where)
        for row in run(connection, request, facts=facts, policy=policy).to_pylist():
            for sums in (base, kept) if row["metric"] == "closing_mrr" else (kept,):
                sums[row["customer"]] = _sum([sums.get(row["customer"], ZERO), row["value"]])
    lacking = "a rate is unknown; import rates"
    return [
        Contribution(name, None, value, base.get(name, ZERO), lacking if value is None else None, 0, None)
        for name, value in kept.items()
        if value != 0 or base.get(name, ZERO) != 0
    ]


def _moved(connection: Readable, last: Month, kinds: Sequence[str]) -> Mapping[str, tuple[str | None, int, str]]:
    parameters = {
        "since": last.first_day if kinds else date.min,
        "last_day": last.last_day,
        "any_kind": not kinds,
        "kinds": list(kinds),
    }
    return {row[0]: (row[1], row[2], row[3]) for row in fetch(connection, _MOVED, parameters)}


def _with_movements(part: Contribution, moved: Mapping[str, tuple[str | None, int, str]]) -> Contribution:
    if part.customer_id not in moved:
        return part
    name, count, last = moved[part.customer_id]
    return replace(part, customer_name=name, movements=count, movement_id=last)


def _largest_first(part: Contribution) -> tuple[bool, Decimal, str]:
    value = part.value if part.base is None or part.value is None else max(part.value, part.base)
    return value is not None, abs(value or ZERO).copy_negate(), part.customer_id


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    total = ZERO
    for value in values:
        if value is None:
            return None
        total = EXACT.add(total, value)
    return total
