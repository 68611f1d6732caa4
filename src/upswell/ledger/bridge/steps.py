"""The way from one policy to another: one switch at a time, in the order of `Policy`, each step a policy of its own.

From `strict` to `recurly`:

    netting                     item -> customer
    grouping                    day -> month
    usage                       include -> exclude
    day                         365/12 -> 30
    retention_cohort            reactivated_zero -> included

The policy after each step is the one before it with that switch set; after the last it has recurly's rules. A number of
days goes with its switch in one step, because neither may be set alone: `reactivation` and
`reactivation_new_after_days`, `past_due` and `past_due_churn_days`.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from upswell.errors import UsageError
from upswell.policy import Policy

Value = str | int | None

# What a bridge can explain: the money that flows in a month, each by the kinds of movement that it is the sum of.
METRIC_KINDS: Final = {
    "expansion_mrr": ("expansion",),
    "net_expansion_mrr": ("expansion", "contraction"),
    "new_mrr": ("new",),
    "contraction_mrr": ("contraction",),
    "churned_mrr": ("churn",),
    "reactivation_mrr": ("reactivation",),
}
# Read by metrics and by no model of the ledger: policies that differ in nothing else have one ledger.
METRIC_SWITCHES: Final = ("retention_cohort", "customer_churn_denominator")
_COMPANIONS: Final = {"reactivation_new_after_days": "reactivation", "past_due_churn_days": "past_due"}


@dataclass(frozen=True)
class SwitchChange:
    """A switch and its value before and after the step."""

    switch: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Step:
    """What is switched (two at most: a switch and its number of days), and the policies before and after."""

    changes: tuple[SwitchChange, ...]
    former: Policy
    policy: Policy

    def changes_rates(self) -> bool:
        """Whether the step takes other exchange rates, so that what was booked alike may be worth something else."""
        return any(change.switch == "fx" for change in self.changes)


def steps_between(base: Policy, target: Policy) -> tuple[Step, ...]:
    """The steps from `base` to `target`; none if their rules agree."""
    now, wanted = base.switches(), target.switches()
    steps: list[Step] = []
    former = base
    for switch in now:
        if switch in _COMPANIONS:
            continue
        together = (switch, *(days for days, of in _COMPANIONS.items() if of == switch))
        changes = tuple(SwitchChange(each, now[each], wanted[each]) for each in together if now[each] != wanted[each])
        if changes:
            switched = {change.switch: change.after for change in changes}
            policy = Policy.model_validate({**former.switches(), **switched, "name": base.name})
            steps.append(Step(changes, former, policy))
            former = policy
    return tuple(steps)


def ledger_key(policy: Policy) -> tuple[Value, ...]:
    """The switches that decide the ledger: two policies with equal keys have equal movements."""
    return tuple(value for switch, value in policy.switches().items() if switch not in METRIC_SWITCHES)


def kinds_of(metric: str) -> tuple[str, ...]:
    """The kinds of movement that `metric` is the sum of. Raises `UsageError` for one that no bridge explains."""
    if metric not in METRIC_KINDS:
        near = difflib.get_close_matches(metric, METRIC_KINDS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"there is no bridge for {metric}",
            code="metric_without_bridge",
            expected=f"one of: {', '.join(METRIC_KINDS)}",
            found=metric,
            remedy=f"{hint}name money that flows in a month: its movements are what a bridge is made of",
        )
    return METRIC_KINDS[metric]
