"""A forecast as a table with what is known about it: one row for each target and month."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from upswell.analysis.forecast.answer import INTERVALS, Forecast, ForecastRow
from upswell.exports.about import MONTH, described, figures
from upswell.exports.answers import about_answer
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_VALUE: Final = pa.decimal128(38, 18)
VALUES: Final = (
    "median",
    "mean",
    *(f"{end}_{percent}" for percent in INTERVALS for end in ("low", "high")),
)
_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("month", "target", "unit")),
        *((name, _VALUE) for name in VALUES),
    ]
)


def describe_forecast(answer: Forecast, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each target and month; medians, means and ends of intervals are decimal128(38, 18)."""
    about = about_answer(
        facts,
        policy,
        question="forecast",
        asked={
            "origin": answer.origin,
            "months": str(answer.months_ahead),
            "method": answer.method,
            "assumed": " ".join(answer.assumes) or "nothing",
            "why there is none": answer.reason,
            "how sure": " ".join(answer.sure) or None,
        },
        columns={"month": MONTH, **dict.fromkeys(VALUES, figures(answer.currency))},
    )
    return described(pa.Table.from_pylist([flat_row(row) for row in answer.rows], schema=_SCHEMA), about)


def flat_row(row: ForecastRow) -> dict[str, Any]:
    """A row with its intervals as columns: low_50, high_50, low_80 ..."""
    ends = {
        name: end
        for each in row.intervals
        for name, end in ((f"low_{each.percent}", each.low), (f"high_{each.percent}", each.high))
    }
    return {
        "month": row.month,
        "target": row.target,
        "unit": row.unit,
        "median": row.median,
        "mean": row.mean,
        **ends,
    }
