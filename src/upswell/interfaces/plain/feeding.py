"""What a book is made of and how it was checked: imports, rates, invariants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from upswell.contract.import_log import ImportEntry
from upswell.ledger.checks import CheckResult
from upswell.metrics.rates import Rates
from upswell.money.amount import exact_text

IMPORT_COUNTS: Final = ("rows_read", "added", "changed", "unchanged", "withdrawn", "held_back", "holds")
IMPORT_COLUMNS: Final = ("import_id", "at", "table", "source", "file", *IMPORT_COUNTS, "state")


def import_rows(entries: Iterable[ImportEntry]) -> list[dict[str, Any]]:
    """One object for each import, with what of it is in force."""
    rows = ({**entry.model_dump(), "state": "undone" if entry.undone_at else "in force"} for entry in entries)
    return [{name: row[name] for name in IMPORT_COLUMNS} for row in rows]


def check_rows(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """One object for each invariant."""
    return [
        {
            "check": result.name,
            "result": "passed" if result.passed else "FAILED",
            "promise": result.promise,
            "broken": result.broken,
            "example": result.example,
        }
        for result in results
    ]


def rate_rows(rates: Rates) -> list[dict[str, Any]]:
    """One object for each rate in force."""
    return [row | {"rate": exact_text(row["rate"])} for row in rates.given.to_pylist()]


def rates_and_lacking(rates: Rates) -> dict[str, Any]:
    """The rates in force, and the days that lack one."""
    return {"rates": rate_rows(rates), "lacking": [asdict(each) for each in rates.lacking]}
