"""Corrections and what they change, printed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.ledger.corrections import original, parse, undone_by
from upswell.money.amount import display_text, exact_text
from upswell.state import Correction
from upswell.workspace.correcting import CorrectionPreview

_LIST: Final = ("number", "at", "author", "kind", "what", "reason", "state")
_AMOUNTS: Final = ("former", "later", "difference")
_SUMS: Final = ("month", "kind", "driver", "currency", *_AMOUNTS, "customers")
_LARGEST: Final = ("customer_id", "month", "kind", "driver", "currency", *_AMOUNTS)
_LINES: Final = ("month", "customer_id", "plan_id", "kind", "driver", "currency", *_AMOUNTS)
_LARGEST_SHOWN: Final = 10


def show_corrections(corrections: Sequence[Correction], idle: Collection[int], output: Format) -> None:
    """One row an entry; `state` says whether it is in force, undone, or undoes another, and whether it matches nothing
    (`idle`)."""
    undone = undone_by(corrections)
    known = {entry.id: entry for entry in corrections}
    print_rows([_row(entry, undone, idle, known) for entry in corrections], columns=_LIST, output=output)
    if not corrections:
        say("nothing is corrected yet: upswell correct --help")


def show_preview(preview: CorrectionPreview, output: Format) -> None:
    """What the correction changes: sums by month and kind, and the customers most concerned."""
    sums = preview.by_month()
    rows = preview.lines.to_pylist()
    entered = preview.correction
    if output is Format.json:
        print_json(
            {
                "correction": None if entered is None else asdict(entered),
                "kind": preview.kind,
                "what": preview.text,
                "policy": preview.policy,
                "changes": sums,
                "lines": [{name: row[name] for name in _LINES} for row in rows],
            }
        )
    elif output is Format.csv:
        plain = [row | {name: exact_text(row[name]) for name in _AMOUNTS} for row in rows]
        print_rows(plain, columns=_LINES, output=output)
    else:
        say(f"{preview.kind}: {preview.text}")
        if rows:
            print_rows([_shown(row) for row in sums], columns=_SUMS, output=output, right=(*_AMOUNTS, "customers"))
            largest = sorted(rows, key=lambda row: -abs(row["difference"]))[:_LARGEST_SHOWN]
            print_rows([_shown(row) for row in largest], columns=_LARGEST, output=output, right=_AMOUNTS)
        else:
            say(f"nothing changes in any month under policy {preview.policy}; what is only scheduled is not shown")
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


def _row(
    entry: Correction, undone: Mapping[int, int], idle: Collection[int], known: Mapping[int, Correction]
) -> dict[str, Any]:
    said = original(entry, known)
    return {
        "number": entry.id,
        "at": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
        "author": entry.author,
        "kind": entry.kind,
        "what": parse(said.kind, said.payload).text(),
        "reason": entry.reason,
        "state": _state(entry, undone, idle),
    }


def _state(entry: Correction, undone: Mapping[int, int], idle: Collection[int]) -> str:
    if entry.id in undone:
        return f"undone by {undone[entry.id]}"
    if entry.undoes is not None:
        return f"undoes {entry.undoes}"
    return "in force, matches nothing" if entry.id in idle else "in force"
