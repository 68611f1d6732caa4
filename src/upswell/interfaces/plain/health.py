"""How customers are, and the scorecard that says so."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from upswell.growth.health.listing import CustomerHealth, HealthList
from upswell.growth.health.report import Health
from upswell.interfaces.plain.values import exact


def health_rows(answer: HealthList) -> list[dict[str, Any]]:
    """One object for each customer, the worst first."""
    return [customer_health(row) for row in answer.rows]


def customer_health(row: CustomerHealth) -> dict[str, Any]:
    """One customer: points, band, reasons, and the signals behind them; without a scorecard points are null."""
    return {
        "customer_id": row.points.customer_id,
        "mrr": exact(row.points.mrr),
        "points": row.points.points,
        "band": row.points.band,
        "leaving": row.points.leaving,
        "reasons": list(row.points.reasons),
        "signals": [asdict(each) for each in row.signals],
    }


def scorecard_rows(health: Health) -> list[dict[str, Any]]:
    """One row for each bin of each signal; `at_least` and `below` are null at the ends and where nothing is known."""
    rows: list[dict[str, Any]] = []
    for line in () if health.card is None else health.card.lines:
        starts, ends = (None, *line.edges), (*line.edges, None)
        for start, end, points in zip(starts, ends, line.points[:-1], strict=True):
            rows.append({"signal": line.signal, "at_least": start, "below": end, "known": True, "points": points})
        rows.append({"signal": line.signal, "at_least": None, "below": None, "known": False, "points": line.points[-1]})
    return rows


def scorecard(health: Health) -> dict[str, Any]:
    """The scorecard with what backs it; without one, the reason."""
    card = health.card
    return {
        "day": health.day,
        "learned_from": health.learned_from,
        "learned_to": health.learned_to,
        "base_rate": health.base_rate,
        "auc": health.auc,
        "auc_by_hand": health.auc_by_hand,
        "origins": [asdict(each) for each in health.origins],
        "bands": [asdict(each) for each in health.bands],
        "low_to": None if card is None else card.low_to,
        "high_from": None if card is None else card.high_from,
        "lines": scorecard_rows(health),
        "reason": health.reason,
    }


def health(answer: HealthList) -> dict[str, Any]:
    """The list and the scorecard behind it."""
    return {
        "currency": answer.currency,
        "customers": answer.customers,
        "leaving": answer.leaving,
        "unrated": answer.unrated,
        "rows": health_rows(answer),
        "scorecard": scorecard(answer.health),
    }
