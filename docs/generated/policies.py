"""docs/policies.md: every switch with its values in plain words, and what each preset says."""

from __future__ import annotations

from typing import Final, get_args

from docs.generated.tables import code, markdown_table
from upswell.policy import Policy, find_all
from upswell.policy.explain import decides, means, shown

_SOME_DAYS: Final = 30
_Value = str | int | None


def presets() -> str:
    """One line for each preset: its summary, how it differs from strict, and the first digits of its hash."""
    rows = [
        [code(each.name), each.summary, _told(each.differences()), code(each.content_hash()[:12])]
        for each in _presets()
    ]
    return markdown_table(("preset", "in one sentence", "differs from strict in", "hash begins"), rows)


def switches() -> str:
    """One line for each value of each switch: what the switch decides, what the value means."""
    rows = [
        [
            code(switch) if first else "",
            decides(switch) if first else "",
            _named(switch, value),
            _meaning(switch, value),
        ]
        for switch in Policy(name="any").switches()
        for first, value in _firsts(_values(switch))
    ]
    return markdown_table(("switch", "what it decides", "value", "what the value means"), rows)


def preset_values() -> str:
    """One line for each switch: its value in each preset, in bold where it is not strict's."""
    loaded = _presets()
    rows = [
        [code(switch), *(_marked(each.switches()[switch], strict=value) for each in loaded)]
        for switch, value in Policy(name="strict").switches().items()
    ]
    return markdown_table(("switch", *(each.name for each in loaded)), rows)


def _presets() -> list[Policy]:
    return [found.policy for found in find_all()]


def _told(differences: dict[str, _Value]) -> str:
    return (
        ", ".join(f"{switch} {code(shown(value))}" for switch, value in differences.items()) or "nothing: the default"
    )


def _marked(value: _Value, *, strict: _Value) -> str:
    return code(shown(value)) if value == strict else f"**{code(shown(value))}**"


def _values(switch: str) -> list[_Value]:
    choices = get_args(Policy.model_fields[switch].annotation)
    # A switch that is a number of days has no list of values: it is off, or some days.
    return [None, _SOME_DAYS] if type(None) in choices else list(choices)


def _firsts(values: list[_Value]) -> list[tuple[bool, _Value]]:
    return [(place == 0, value) for place, value in enumerate(values)]


def _named(switch: str, value: _Value) -> str:
    name = "a number of days" if value == _SOME_DAYS else code(shown(value))
    return f"{name} (strict)" if value == Policy(name="strict").switches()[switch] else name


def _meaning(switch: str, value: _Value) -> str:
    return means(switch, value).replace(str(_SOME_DAYS), "N") if value == _SOME_DAYS else means(switch, value)
