"""docs/signals.md: the catalogue of signals, a table for each group."""

from __future__ import annotations

from docs.generated.tables import code, markdown_table
from upswell.analysis.signals.catalogue import GROUPS, SIGNALS, Group, Signal


def sections() -> str:
    """A section for each group, a row for each signal."""
    return "\n\n".join(f"### {title}\n\n{_table(group)}" for group, title in GROUPS.items())


def _table(group: Group) -> str:
    rows = [_row(each) for each in SIGNALS if each.group == group]
    return markdown_table(("signal", "what it is", "window", "made of", "mind"), rows)


def _row(each: Signal) -> list[str]:
    unit = each.unit or {"flag": "yes or no"}.get(each.kind, each.kind)
    feature = "" if each.is_feature else " Models do not learn from it."
    return [
        f"{code(each.name)}<br>{unit}",
        each.formula,
        each.window,
        ", ".join(each.source),
        f"{each.caveat}{feature}".strip(),
    ]
