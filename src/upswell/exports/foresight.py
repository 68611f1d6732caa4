"""What lasts, as tables with what is known about them: one row for each share, and for each expansion at risk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import pyarrow as pa

from upswell.analysis.durability.at_risk import AtRisk
from upswell.analysis.durability.report import Durability
from upswell.exports.about import COUNT, RATE, described, money
from upswell.exports.answers import about_answer
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_MONEY: Final = pa.decimal128(38, 18)
_SHARE: Final = pa.decimal128(38, 18)
_DURABILITY: Final = pa.schema(
    [
        ("driver", pa.string()),
        ("value", pa.string()),
        ("days", pa.int64()),
        *((name, _SHARE) for name in ("share", "low", "high")),
        *((name, pa.int64()) for name in ("expansions", "customers")),
        ("expanded", _MONEY),
        ("customers_seen", pa.int64()),
        ("money_seen", _MONEY),
        ("reason", pa.string()),
    ]
)
_AT_RISK: Final = pa.schema(
    [
        ("movement_id", pa.string()),
        ("date", pa.date32()),
        *((name, pa.string()) for name in ("customer_id", "owner", "plan_id", "driver")),
        *((name, _MONEY) for name in ("expanded", "left")),
        ("reasons", pa.string()),
    ]
)


def describe_durability(answer: Durability, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each driver, value and number of days, as `DurabilityRow` has it; shares are decimal128(38, 18)."""
    about = about_answer(
        facts,
        policy,
        question="durability of expansion",
        asked={"by": answer.by or "driver", "how sure": " ".join(answer.how_sure)},
        metrics=["expansion_mrr"],
        columns={
            **dict.fromkeys(("share", "low", "high"), RATE),
            **dict.fromkeys(("days", "expansions", "customers", "customers_seen"), COUNT),
            **dict.fromkeys(("expanded", "money_seen"), money(answer.currency)),
        },
    )
    return described(pa.Table.from_pylist([asdict(row) for row in answer.rows], schema=_DURABILITY), about)


def describe_at_risk(answer: AtRisk, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each expansion at risk, its reasons in one text."""
    rows = [asdict(row) | {"reasons": "; ".join(row.reasons)} for row in answer.rows]
    about = about_answer(
        facts,
        policy,
        question="expansions at risk",
        metrics=["expansion_mrr"],
        columns=dict.fromkeys(("expanded", "left"), money(answer.currency)),
    )
    return described(pa.Table.from_pylist(rows, schema=_AT_RISK), about)
