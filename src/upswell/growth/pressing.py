"""What presses on a customer, read off its signals: the limit of its plan, and its seats.

Team allows 10,000 calls a month. Acme made 8,000 in the last complete month, is at a pace of 9,000 in the running one,
and makes 1,000 more each month:

    used         the larger of 8,000 and 9,000               9,000
    projected    9,000 and three months of 1,000 more       12,000

Calls that the limit blocked were wanted: those of the last 30 days count with the last complete month. Use that does
not grow is projected as it is. 90 days are the time that likelihoods are told for.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from upswell.growth.step import Pressure

MONTHS_AHEAD: Final = 3


def pressures_of(signals: Mapping[str, Any]) -> tuple[Pressure, ...]:
    """The fullest limit of a customer; nothing where no limit or no use is known."""
    limit, metric = signals.get("limit"), signals.get("limit_metric")
    use, pace = signals.get("limit_use"), signals.get("limit_pace")
    if limit is None or metric is None or (use is None and pace is None):
        return ()
    wanted = max((use or 0.0) + (signals.get("blocked_30d") or 0.0), (pace or 0.0) * limit)
    grows = max(signals.get("limit_trend") or 0.0, 0.0) * limit
    return (
        Pressure(
            plan_id=signals["plan"],
            metric=metric,
            used=_measured(wanted),
            projected=_measured(wanted + MONTHS_AHEAD * grows),
            limit=Decimal(str(limit)),
            crosses_on=signals.get("limit_crossing_on"),
        ),
    )


def _measured(quantity: float) -> Decimal:
    """Use may be of halves (1.6 TB of 2 are no 2); of the digits of a double those behind the sixth are noise."""
    return Decimal(f"{quantity:.6f}")


def people_of(signals: Mapping[str, Any]) -> Decimal | None:
    """How many people worked with its seats in the last month, as far as use tells."""
    people = signals.get("people_active")
    return None if people is None else Decimal(round(people))
