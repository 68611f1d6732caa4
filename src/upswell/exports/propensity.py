"""Scores and their backtest as tables with what is known about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import pyarrow as pa

from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import Scores
from upswell.exports.about import COUNT, RATE, described, money
from upswell.exports.answers import about_answer
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_BACKTEST: Final = pa.schema(
    [
        *(("origin", pa.string()), ("customers", pa.int64()), ("base_rate", pa.float64()), ("method", pa.string())),
        *((name, pa.float64()) for name in ("auc", "precision", "dollars", "dollars_by_value", "brier", "log_loss")),
    ]
)


def describe_scores(answer: Scores, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each customer, the best first, its reasons in one text."""
    total = answer.total
    asked = {
        "ranked by": answer.ranked_by,
        "base rate": answer.base_rate,
        "total": total.reason if total.value is None else f"{total.value} ({total.low} to {total.high} at 80 %)",
        "fitted": f"as of {answer.fitted_on} on book {answer.fitted_book}",
        "how sure": " ".join(answer.backtest.sentences),
    }
    about = about_answer(
        facts,
        policy,
        question="propensity",
        asked=asked,
        columns={
            **dict.fromkeys(("likelihood", "segment_rate", "driver_likelihood"), RATE),
            **dict.fromkeys(("rank", "points"), COUNT),
            **dict.fromkeys(("amount", "allocated"), money(answer.currency)),
        },
    )
    place = answer.table.schema.get_field_index("reasons")
    texts = pa.array(["; ".join(each) for each in answer.table["reasons"].to_pylist()], pa.string())
    return described(answer.table.set_column(place, "reasons", texts), about)


def describe_backtest(answer: Backtest, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each origin and way of ranking, then one for each way over all origins (origin: all)."""
    rows = [
        {"origin": origin.day.isoformat(), "customers": origin.customers, "base_rate": origin.base_rate} | asdict(each)
        for origin in answer.origins
        for each in origin.scored
    ]
    customers = sum(each.customers for each in answer.origins)
    everything = {"origin": "all", "customers": customers, "base_rate": answer.base_rate}
    rows += [everything | asdict(each) for each in answer.pooled]
    about = about_answer(
        facts,
        policy,
        question="propensity, backtest",
        asked={"segments by": answer.by, "how sure": " ".join(answer.sentences)},
        columns={
            **dict.fromkeys(("base_rate", "precision", "dollars", "dollars_by_value"), RATE),
            "customers": COUNT,
        },
    )
    return described(pa.Table.from_pylist(rows, schema=_BACKTEST), about)
