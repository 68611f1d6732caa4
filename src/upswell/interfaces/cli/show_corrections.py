"""Corrections and what they change, printed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.said import PREVIEW_COLUMNS, correction_rows, preview
from upswell.money.amount import display_text, exact_text
from upswell.state import Correction
from upswell.workspace.correcting import CorrectionPreview

_LIST: Final = ("number", "at", "author", "kind", "what", "reason", "state")
_AMOUNTS: Final = ("former", "later", "difference")
_SUMS: Final = ("month", "kind", "driver", "currency", *_AMOUNTS, "customers")
_LARGEST: Final = ("customer_id", "month", "kind", "driver", "currency", *_AMOUNTS)
_LARGEST_SHOWN: Final = 10


def show_corrections(corrections: Sequence[Correction], idle: Collection[int], output: Format) -> None:
    """One row an entry; `state` says whether it is in force, undone, or undoes another, and whether it matches nothing
    (`idle`)."""
    print_rows(correction_rows(corrections, idle), columns=_LIST, output=output)
    if not corrections:
        say("nothing is corrected yet: upswell correct --help")


def show_preview(found: CorrectionPreview, output: Format) -> None:
    """What the correction changes: sums by month and kind, and the customers most concerned."""
    sums = found.by_month()
    rows = found.lines.to_pylist()
    entered = found.correction
    if output is Format.json:
        print_json(preview(found))
    elif output is Format.csv:
        plain = [row | {name: exact_text(row[name]) for name in _AMOUNTS} for row in rows]
        print_rows(plain, columns=PREVIEW_COLUMNS, output=output)
    else:
        say(f"{found.kind}: {found.text}")
        if rows:
            print_rows([_shown(row) for row in sums], columns=_SUMS, output=output, right=(*_AMOUNTS, "customers"))
            largest = sorted(rows, key=lambda row: -abs(row["difference"]))[:_LARGEST_SHOWN]
            print_rows([_shown(row) for row in largest], columns=_LARGEST, output=output, right=_AMOUNTS)
        else:
            say(f"nothing changes in any month under policy {found.policy}; what is only scheduled is not shown")
        revalued = sum(not row["difference"] for row in rows)
        if revalued:
            lines = "1 line changes" if revalued == 1 else f"{revalued:,} lines change"
            say(f"{lines} in the workspace's currency alone: another day, another rate")
    if entered is None:
        say("not entered: this was a dry run")
    else:
        say(f"correction {entered.id} entered by {entered.author}: {entered.reason}; `upswell build` makes it count")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: display_text(row[name], currency=row["currency"]) for name in _AMOUNTS}
