"""Who is likely to expand, and how right such scores would have been."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import Scores
from upswell.interfaces.plain.values import exact, number


def score_rows(answer: Scores) -> list[dict[str, Any]]:
    """One object for each customer, the best first."""
    return [
        row | {"amount": exact(row["amount"]), "allocated": exact(row["allocated"])} for row in answer.table.to_pylist()
    ]


def propensity(answer: Scores) -> dict[str, Any]:
    """The scores with what stands beside them: base rate, total, and the backtest of what ranked them."""
    total = answer.total
    return {
        "day": answer.day,
        "currency": answer.currency,
        "ranked_by": answer.ranked_by,
        "base_rate": answer.base_rate,
        "customers": answer.customers,
        "unrated": answer.unrated,
        "fitted_on": answer.fitted_on,
        "fitted_book": answer.fitted_book,
        "total": {
            "months": list(total.months),
            **{name: exact(getattr(total, name)) for name in ("value", "low", "high", "forecast")},
            "share": number(total.share),
            "reason": total.reason,
        },
        "rows": score_rows(answer),
        "backtest": backtest(answer.backtest),
    }


def backtest(answer: Backtest) -> dict[str, Any]:
    """The backtest; dollars of an origin are a float: nothing is made of them but shares."""
    return asdict(answer) | {"base_rate": answer.base_rate}


def backtest_rows(answer: Backtest) -> list[dict[str, Any]]:
    """One row for each origin and way of ranking, then one for each way over all origins (origin: all)."""
    rows: list[dict[str, Any]] = []
    for origin in answer.origins:
        beside = {
            "origin": origin.day.isoformat(),
            "customers": origin.customers,
            "base_rate": origin.base_rate,
        }
        rows.extend(beside | asdict(each) for each in origin.scored)
    customers = sum(each.customers for each in answer.origins)
    everything = {"origin": "all", "customers": customers, "base_rate": answer.base_rate}
    return [*rows, *(everything | asdict(each) for each in answer.pooled)]
