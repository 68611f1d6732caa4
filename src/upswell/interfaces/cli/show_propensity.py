"""Rendering propensity: customers with their likelihoods, and the backtest with its calibration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from upswell.analysis.propensity.report import Backtest, Scored
from upswell.analysis.propensity.scores import Scores
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.propensity import backtest, backtest_rows, propensity, score_rows
from upswell.ledger.books import BookManifest
from upswell.money.amount import display_text

SCORE_COLUMNS: Final = (
    *("rank", "customer_id", "segment", "likelihood", "segment_rate", "driver", "driver_likelihood", "amount"),
    *("allocated", "points", "reasons"),
)
_BACKTEST: Final = (
    *("origin", "customers", "base_rate", "method", "auc", "precision", "dollars", "dollars_by_value", "brier"),
    "log_loss",
)
_NONE: Final = "n/a"


def show_scores(answer: Scores, limit: int, manifest: BookManifest, output: Format) -> None:
    """A line for each customer, the best first; what the scores rest on goes to the messages."""
    shown = replace(answer, table=answer.table.slice(0, limit))
    if output is Format.json:
        print_json(propensity(shown))
        return
    if output is Format.csv:
        rows = [row | {"reasons": "; ".join(row["reasons"])} for row in score_rows(shown)]
        print_rows(rows, columns=SCORE_COLUMNS, output=output)
        return
    say(f"policy {answer.policy}, book {answer.book_id} as of {manifest.as_of.isoformat()}, money in {answer.currency}")
    say_held_back(manifest)
    lines = [_line(row, answer) for row in shown.table.to_pylist()]
    if lines:
        print_rows(lines, columns=tuple(lines[0]), output=output, right=tuple(lines[0])[2:7])
    say(f"{len(lines)} of {answer.customers:,} paying customers, ranked by {_ranked(answer)}")
    if answer.base_rate is not None:
        say(f"of all customers {_percent(answer.base_rate)} expand within 90 days")
    _say_total(answer)
    if answer.unrated:
        say(f"{answer.unrated} customers are left out: no rate is known for what they pay")
    say(
        f"fitted as of {answer.fitted_on} on book {answer.fitted_book}; `upswell propensity --backtest` tells how right"
    )


def show_backtest(answer: Backtest, output: Format) -> None:
    """A line for each origin and way of ranking, the calibration, and what follows, in sentences."""
    if output is Format.json:
        print_json(backtest(answer))
        return
    if output is Format.csv:
        print_rows(backtest_rows(answer), columns=_BACKTEST, output=output)
        return
    say(f"policy {answer.policy}, book {answer.book_id} as of {answer.as_of}, segments by {answer.by}")
    lines = [
        {"origin": origin.day.isoformat(), "customers": origin.customers, "expanded": _percent(origin.base_rate)}
        | _scores(each)
        for origin in answer.origins
        for each in origin.scored
    ]
    everything = {
        "origin": "all",
        "customers": sum(each.customers for each in answer.origins),
        "expanded": _percent(answer.base_rate),
    }
    lines += [everything | _scores(each) for each in answer.pooled]
    if lines:
        print_rows(lines, columns=tuple(lines[0]), output=output, right=[*tuple(lines[0])[1:3], *tuple(lines[0])[4:]])
    if answer.calibration:
        tenths = [
            {"tenth": place, "customers": each.customers}
            | {"said": _percent(each.predicted), "came": _percent(each.observed)}
            for place, each in enumerate(answer.calibration, 1)
        ]
        print_rows(tenths, columns=tuple(tenths[0]), output=output, right=tuple(tenths[0]))
    for sentence in answer.sentences:
        say(sentence)


def _line(row: dict[str, Any], answer: Scores) -> dict[str, Any]:
    return {
        "rank": row["rank"],
        "customer": row["customer_id"],
        "likely": _percent(row["likelihood"]),
        "segment": _percent(row["segment_rate"]),
        "driver": row["driver"] or _NONE,
        "if so": _money(row["amount"], answer),
        "of the total": _money(row["allocated"], answer),
        "why": "; ".join(row["reasons"]),
    }


def _ranked(answer: Scores) -> str:
    if answer.ranked_by == "model":
        return f"likelihood x amount ({answer.backtest.chosen})"
    why = answer.backtest.reason or "no model beats the segment base rate"
    return f"rules: {'signals look ahead' if answer.backtest.leaks else why}"


def _say_total(answer: Scores) -> None:
    total = answer.total
    if total.value is None or total.low is None or total.high is None:
        say(f"no total: {total.reason}")
        return
    money = [display_text(each, currency=answer.currency) for each in (total.value, total.low, total.high)]
    say(f"Expansion MRR of {total.months[0]} to {total.months[-1]} by drivers that customers choose: {money[0]}")
    shared = f"is shared out to all {answer.customers:,}"
    if not answer.is_shared_out:
        shared = "is shared out to nobody: there is no likelihood to share it out by"
    say(f"  at 80 % {money[1]} to {money[2]}; it comes from the forecast and {shared}")


def _scores(each: Scored) -> dict[str, Any]:
    return {
        "ranked by": each.method,
        "AUC": _NONE if each.auc is None else f"{each.auc:.3f}",
        "of top tenth": _percent(each.precision),
        "dollars": _percent(each.dollars),
        "by value": _percent(each.dollars_by_value),
        "Brier": f"{each.brier:.4f}",
    }


def _money(amount: Any, answer: Scores) -> str:
    return _NONE if amount is None else display_text(amount, currency=answer.currency)


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:.1f} %"
