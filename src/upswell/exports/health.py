"""Customers by health as a table with what is known about it."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from upswell.exports.about import COUNT, described, money
from upswell.exports.answers import about_answer
from upswell.growth.health.listing import HealthList
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_HEALTH: Final = pa.schema(
    [
        ("customer_id", pa.string()),
        ("mrr", pa.decimal128(38, 6)),
        ("points", pa.int64()),
        ("band", pa.string()),
        ("leaving", pa.bool_()),
        ("reasons", pa.string()),
        ("signals", pa.string()),
    ]
)


def describe_health(answer: HealthList, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each customer, the worst first; reasons and signals in a text each."""
    rows = [
        {
            "customer_id": row.points.customer_id,
            "mrr": row.points.mrr,
            "points": row.points.points,
            "band": row.points.band,
            "leaving": row.points.leaving,
            "reasons": "; ".join(row.points.reasons),
            "signals": "; ".join(f"{each.title}: {each.value or 'n/a'}" for each in row.signals),
        }
        for row in answer.rows
    ]
    card = answer.health
    if card.card is None:
        sure = f"no points: {card.reason}"
    else:
        sure = (
            f"AUC {card.auc or 0:.2f} at {len(card.origins)} former days, weighed by hand {card.auc_by_hand or 0:.2f}"
        )
    about = about_answer(
        facts,
        policy,
        question="health",
        asked={"scorecard": f"as of {card.day} on book {card.book_id}", "how sure": sure},
        columns={"points": COUNT, "mrr": money(answer.currency)},
    )
    return described(pa.Table.from_pylist(rows, schema=_HEALTH), about)
