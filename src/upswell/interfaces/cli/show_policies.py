"""Rendering policies: a list with what each changes, or every switch of one in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from upswell.interfaces.cli.output import Format, print_rows, say
from upswell.interfaces.plain.said import policy_row, switch_rows
from upswell.policy import FoundPolicy
from upswell.policy.explain import shown

_LIST_COLUMNS: Final = ("policy", "source", "summary", "hash", "differs")
_LIST_TABLE: Final = ("policy", "source", "summary", "differs from strict in")
_SWITCH_COLUMNS: Final = ("policy", "source", "hash", "switch", "value", "strict", "differs", "meaning")


def show_policies(found: Sequence[FoundPolicy], output: Format) -> None:
    """One row for each policy; JSON has its differences from strict as an object of switches."""
    rows = [policy_row(each) for each in found]
    if output is Format.table:
        for row in rows:
            told = [f"{switch} = {shown(value)}" for switch, value in row["differs"].items()]
            row["differs from strict in"] = ", ".join(told)
    print_rows(rows, columns=_LIST_COLUMNS, output=output, shown=_LIST_TABLE)


def show_policy(found: FoundPolicy, output: Format) -> None:
    """One row for each switch of a policy: its value, strict's, whether they differ, and what the value means."""
    policy, rows = found.policy, switch_rows(found)
    if output is Format.table:
        say(f"policy {policy.name}: {policy.summary}" if policy.summary else f"policy {policy.name}")
        say(f"source {found.source}, hash {policy.content_hash()}")
        for row in rows:
            row["value"] = shown(row["value"])
            row["not strict"] = "*" if row["differs"] else None
    print_rows(rows, columns=_SWITCH_COLUMNS, output=output, shown=("switch", "value", "not strict", "meaning"))
