"""What lasts: shares of expansion, expansions at risk, and expanders beside matched customers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from upswell.analysis.durability.at_risk import AtRisk
from upswell.analysis.durability.expanders import Compared
from upswell.analysis.durability.report import Durability
from upswell.interfaces.plain.values import exact, number

_SHARES: Final = ("share", "low", "high")
_COMPARED: Final = ("paying", "paying_matched", "kept", "kept_matched", "difference", "low", "high")


def share_rows(answer: Durability) -> list[dict[str, Any]]:
    """One object for each driver, value and number of days; a share that cannot be told is null, with its reason."""
    return [
        asdict(row)
        | {name: number(getattr(row, name)) for name in _SHARES}
        | {"expanded": exact(row.expanded), "money_seen": exact(row.money_seen)}
        for row in answer.rows
    ]


def durability(answer: Durability) -> dict[str, Any]:
    """Shares, the points of their curves, and how sure they are."""
    points = [asdict(each) | {name: number(getattr(each, name)) for name in _SHARES} for each in answer.points]
    return {
        "by": answer.by,
        "currency": answer.currency,
        "rows": share_rows(answer),
        "points": points,
        "how_sure": list(answer.how_sure),
    }


def risk_rows(answer: AtRisk) -> list[dict[str, Any]]:
    """One object for each expansion at risk."""
    return [
        asdict(row) | {"expanded": exact(row.expanded), "left": exact(row.left), "reasons": list(row.reasons)}
        for row in answer.rows
    ]


def at_risk(answer: AtRisk) -> dict[str, Any]:
    """Expansions at risk, and their money beside all that expanded in a year and is still there."""
    return {
        "currency": answer.currency,
        "expansions": answer.expansions,
        "left": exact(answer.left),
        "recent_left": exact(answer.recent_left),
        "rows": risk_rows(answer),
    }


def compared(answer: Compared) -> dict[str, Any]:
    """Expanders beside matched customers; without an answer every share is null, with the reason."""
    return asdict(answer) | {name: number(getattr(answer, name)) for name in _COMPARED}
