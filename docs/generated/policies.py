"""docs/policies.md: every switch of a policy, its values, and what each preset says."""

from __future__ import annotations

from typing import Any, Final, get_args

from docs.generated.tables import code, markdown_table
from upswell.errors import UsageError
from upswell.policy import Policy, load, preset_names

_SOME_DAYS: Final = 30
_MEANINGS: Final = {
    "level": "where `new` and `churn` are decided",
    "netting": "what is added up before a change is called expansion or contraction",
    "grouping": "which changes of a customer are one moment",
    "reactivation": "what a return after churn is",
    "reactivation_new_after_days": "days after which a return is new",
    "discounts": "which discounts are subtracted",
    "usage": "whether items of type usage are MRR",
    "trialing": "whether a trial counts",
    "paused": "whether a paused item counts",
    "unpaid": "whether an unpaid item counts",
    "past_due": "whether a past due item counts",
    "past_due_churn_days": "days past due after which an item is churned",
    "churn_date": "when an item that was cancelled ends",
    "new_and_churned": "a customer new and gone in one month",
    "week": "weeks in a month",
    "day": "days in a month",
    "fx": "how moving rates are shown",
    "retention_cohort": "what a customer that left and came back counts in nrr and grr",
    "customer_churn_denominator": "what customer_churn_rate divides by",
}


def switches() -> str:
    """One line for each switch: meaning, values (those not built yet in parentheses), value in each preset."""
    presets = [load(name) for name in _presets()]
    headings = ("switch", "what it decides", "values", *(preset.name for preset in presets))
    rows = [
        [code(switch), _MEANINGS[switch], _values(switch), *(_shown(preset.switches()[switch]) for preset in presets)]
        for switch in Policy(name="any").switches()
    ]
    return markdown_table(headings, rows)


def presets() -> str:
    """One line for each preset: its summary and the first digits of its hash."""
    loaded = [load(name) for name in _presets()]
    rows = [[code(each.name), each.summary, code(each.content_hash()[:12])] for each in loaded]
    return markdown_table(("preset", "in one sentence", "hash begins"), rows)


def _presets() -> list[str]:
    return sorted(preset_names(), key=lambda name: (name != "strict", name))


def _values(switch: str) -> str:
    choices = get_args(Policy.model_fields[switch].annotation)
    # A switch that is a number of days has no list of values: it is off, or some days.
    values: list[Any] = [None, _SOME_DAYS] if type(None) in choices else list(choices)
    built = [_shown(value) for value in values if _is_built(switch, value)]
    planned = [_shown(value) for value in values if not _is_built(switch, value)]
    return ", ".join([*built, *(f"({value})" for value in planned)])


def _is_built(switch: str, value: object) -> bool:
    try:
        Policy.model_validate({"name": "any", switch: value}).require_built()
    except UsageError:
        return False
    return True


def _shown(value: object) -> str:
    if value is None:
        return "off"
    return "a number of days" if value == _SOME_DAYS else code(value)
