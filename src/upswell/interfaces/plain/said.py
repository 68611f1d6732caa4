"""What people said: closings, corrections and what they change, policies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from upswell.ledger.corrections import original, parse, undone_by
from upswell.money.amount import display_text
from upswell.policy import FoundPolicy, Policy
from upswell.policy.explain import means
from upswell.state import Closing, Correction
from upswell.workspace.correcting import CorrectionPreview

# Of what was reported, in the list of closings.
CLOSING_FIGURES: Final = ("expansion_mrr", "closing_mrr")
PREVIEW_COLUMNS: Final = (
    *("month", "customer_id", "plan_id", "kind", "driver", "currency", "former", "later", "difference"),
)


def closing_row(closing: Closing) -> dict[str, Any]:
    """A closing or reopening, with two of the figures that were reported."""
    figures: Mapping[str, str | None] = next(iter(closing.record.get("figures", {}).values()), {})
    return {
        "month": closing.month,
        "action": closing.action,
        "at": f"{closing.at:%Y-%m-%dT%H:%M:%SZ}",
        "author": closing.author,
        "reason": closing.reason,
        "book": closing.record.get("book"),
        "as_of": closing.record.get("as_of"),
        **{name: _amount(figures.get(name), closing.record.get("currency")) for name in CLOSING_FIGURES},
    }


def _amount(text: str | None, currency: str | None) -> str | None:
    return None if text is None or currency is None else display_text(Decimal(text), currency=currency)


def correction_rows(corrections: Sequence[Correction], idle: Collection[int]) -> list[dict[str, Any]]:
    """One object for each entry; `state` says whether it is in force, undone, undoes another, or matches nothing."""
    undone = undone_by(corrections)
    known = {entry.id: entry for entry in corrections}
    return [_correction_row(entry, undone, idle, known) for entry in corrections]


def _correction_row(
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


def preview(found: CorrectionPreview) -> dict[str, Any]:
    """A correction and what it changes: sums by month, then line by line."""
    return {
        "correction": None if found.correction is None else asdict(found.correction),
        "kind": found.kind,
        "what": found.text,
        "policy": found.policy,
        "changes": found.by_month(),
        "lines": [{name: row[name] for name in PREVIEW_COLUMNS} for row in found.lines.to_pylist()],
    }


def policy_row(found: FoundPolicy) -> dict[str, Any]:
    """A policy with its differences from strict."""
    return {
        "policy": found.policy.name,
        "source": found.source,
        "summary": found.policy.summary,
        "hash": found.policy.content_hash(),
        "differs": found.policy.differences(),
    }


def switch_rows(found: FoundPolicy) -> list[dict[str, Any]]:
    """One object for each switch of a policy: its value, strict's, whether they differ, and what the value means."""
    policy, strict = found.policy, Policy(name="strict").switches()
    return [
        {
            "policy": policy.name,
            "source": found.source,
            "hash": policy.content_hash(),
            "switch": switch,
            "value": value,
            "strict": strict[switch],
            "differs": value != strict[switch],
            "meaning": means(switch, value),
        }
        for switch, value in policy.switches().items()
    ]
