"""docs/reference.md: every command as its own `--help` prints it, the exit codes and the settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final
from unittest import mock

from typer.main import get_command

from docs.examples import run_upswell
from docs.generated.tables import code, markdown_table
from upswell.errors import ExitCode
from upswell.interfaces.cli import (  # noqa: F401 -- their commands join
    closing,
    cohorts,
    corrections,
    durability,
    erasure,
    exporting,
    health,
    offers,
    opportunities,
    pricing,
    propensity,
    rates,
    revenue,
    signals,
    sources,
    state,
    touches,
    users,
)
from upswell.interfaces.cli.app import app
from upswell.workspace.settings import Settings

_EXIT_CODES: Final = {
    ExitCode.DONE: "done",
    ExitCode.CHECK_FAILED: "a check failed: an invariant does not hold, and nothing was published",
    ExitCode.WRONG_USAGE: "wrong usage: an unknown name, a malformed option, an impossible combination",
    ExitCode.ROWS_HELD_BACK: "done, but rows were held back",
    ExitCode.UNUSABLE: "the input or the workspace cannot be used",
}
_SETTINGS: Final = {
    "currency": "what figures are shown in; ISO 4217. Fixed once rows are imported",
    "timezone": "decides the day of a change; an IANA name. Fixed once rows are imported",
    "policy": "the policy of every figure unless `--policy` says otherwise: a preset or a name below",
    "state": "URL of the store for segments, closings, corrections, notes, audit log, users; see [the state](state.md)",
    "sources": "billing systems to read, one table each; see [Stripe](stripe.md)",
    "quality": "weights of [quality MRR](revenue.md#quality-mrr)",
    "growth": "limits of contacting customers; see [offers](offers.md#guardrails)",
    "list_prices": "list prices that rule over what the last sales tell; see [pricing](pricing.md#list-prices)",
    "policies": "policies of your own, one table each; see [policies](policies.md)",
}
_IF_ABSENT: Final = {
    "policies": "none",
    "state": "`state.db` in the workspace",
    "sources": "none",
    "quality": "0.5, 0.75 over 0.3, 0.25",
    "list_prices": "read off the last sales",
    "growth": "see [offers](offers.md#guardrails)",
}


def command_names() -> tuple[str, ...]:
    """Every command as it is typed, sub-commands after their command: `imports`, `imports undo`."""
    return tuple(_names(get_command(app), ()))


def helps() -> str:
    """A section for each command with its help."""
    root = f"```text\n{_help()}\n```"
    return "\n\n".join([root, *(f"### {name}\n\n```text\n{_help(*name.split())}\n```" for name in command_names())])


def exit_codes() -> str:
    """One line for each exit code."""
    return markdown_table(("code", "meaning"), [[str(each.value), _EXIT_CODES[each]] for each in ExitCode])


def settings() -> str:
    """One line for each setting of upswell.toml."""
    rows = [
        [code(name), _IF_ABSENT.get(name) or code(field.default), _SETTINGS[name]]
        for name, field in Settings.model_fields.items()
    ]
    return markdown_table(("setting", "if absent", "what it is"), rows)


def _names(command: object, path: tuple[str, ...]) -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():
        yield " ".join((*path, name))
        yield from _names(child, (*path, name))


def _help(*path: str) -> str:
    with mock.patch.dict(os.environ, {"COLUMNS": "80"}):
        _, printed = run_upswell(*path, "--help")
    return "\n".join(line.rstrip() for line in printed.strip().splitlines())
