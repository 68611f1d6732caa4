"""What is said beside a forecast: why there is none, by which way it was made, and what is no part of it."""

from __future__ import annotations

from typing import Final

from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.telling import SEASONAL, YEAR
from upswell.metrics.months import Month
from upswell.policy.model import Policy

_MONTHS_LEAST: Final = 6
_CUSTOMERS_LEAST: Final = 20


def why_not(history: History) -> str | None:
    """Why nothing can be said, if so."""
    if history.months < _MONTHS_LEAST:
        return (
            f"{history.months} complete months are known, up to {Month(history.last)}; fewer than {_MONTHS_LEAST} do "
            "not tell chance from change"
        )
    customers = int(history.customers[-1])
    if customers < _CUSTOMERS_LEAST:
        return (
            f"{customers} customers pay at the close of {Month(history.last)}; of fewer than {_CUSTOMERS_LEAST} each "
            "one decides the whole, and no rate tells what it will do"
        )
    return None


def notes_of(history: History, months: int, policy: Policy, *, pooled: bool) -> tuple[str, ...]:
    """What else a reader must know of the answer."""
    notes = []
    if not pooled:
        notes.append(
            f"{history.months} complete months are known and a season takes {SEASONAL}: this goes on by plain rates, "
            "without seasons and without AutoETS"
        )
    if months >= YEAR and policy.retention_cohort != "reactivated_zero":
        notes.append(
            f"nrr_12m is told without customers that left and came back; the policy {policy.name} counts them otherwise"
        )
    if months < YEAR:
        notes.append("nrr_12m is told for the twelfth month ahead; ask for 12 months or more")
    notes.append(
        "who asked by the origin to end leaves on the day asked for; an end in the files that nobody asked for is a "
        "renewal, and counts by the rates of renewals"
    )
    notes.append(
        "committed MRR is what is in force and every change that is known to come; it is no part of the forecast"
    )
    return tuple(notes)
