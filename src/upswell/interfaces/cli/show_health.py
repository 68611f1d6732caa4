"""Rendering health: customers with points and reasons, one customer with its signals, and the scorecard."""

from __future__ import annotations

from typing import Any, Final

from upswell.analysis.signals.catalogue import signal
from upswell.growth.health.listing import CustomerHealth, HealthList
from upswell.growth.health.plainly import bin_texts
from upswell.growth.health.report import Health
from upswell.growth.health.scorecard import BEST
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.health import customer_health, health, health_rows, scorecard, scorecard_rows
from upswell.ledger.books import BookManifest
from upswell.money.amount import display_text

_COLUMNS: Final = ("customer_id", "mrr", "points", "band", "leaving", "reasons", "signals")
_CARD: Final = ("signal", "at_least", "below", "known", "points")
_NONE: Final = "n/a"


def show_health(answer: HealthList, manifest: BookManifest, output: Format) -> None:
    """A line for each customer, the worst first."""
    if output is Format.json:
        print_json(health(answer))
        return
    if output is Format.csv:
        rows = [row | {"reasons": "; ".join(row["reasons"]), "signals": _signals(row)} for row in health_rows(answer)]
        print_rows(rows, columns=_COLUMNS, output=output)
        return
    say(
        f"policy {answer.health.policy}, book {answer.book_id} as of {manifest.as_of.isoformat()}, money in "
        f"{answer.currency}"
    )
    say_held_back(manifest)
    lines = [_line(row, answer) for row in answer.rows]
    if lines:
        print_rows(lines, columns=tuple(lines[0]), output=output, right=("MRR", "points"))
    say(f"{len(lines)} of {answer.customers:,} paying customers, {answer.leaving:,} of whom are leaving")
    if answer.unrated:
        say(f"left out: {answer.unrated:,} whose MRR is not known, for want of an exchange rate")
    _say_card(answer.health)


def show_customer(answer: HealthList, output: Format) -> None:
    """One customer: points and reasons, and each signal of the scorecard."""
    row = answer.rows[0]
    if output is not Format.table:
        if output is Format.json:
            print_json(health(answer))
        else:
            told = customer_health(row)
            told |= {"reasons": "; ".join(told["reasons"]), "signals": _signals(told)}
            print_rows([told], columns=_COLUMNS, output=output)
        return
    points = row.points
    say(f"{points.customer_id}: {_NONE if points.points is None else points.points} points, {points.band or _NONE}")
    for reason in points.reasons:
        say(f"  {reason}")
    signals = [{"signal": each.title, "value": each.value or _NONE} for each in row.signals]
    print_rows(signals, columns=("signal", "value"), output=output)
    _say_card(answer.health)


def show_scorecard(found: Health, output: Format) -> None:
    """A line for each bin of each signal, and how right the card would have been."""
    if output is Format.json:
        print_json(scorecard(found))
        return
    if output is Format.csv:
        print_rows(scorecard_rows(found), columns=_CARD, output=output)
        return
    say(f"policy {found.policy}, book {found.book_id} as of {found.day}")
    lines = [
        {"signal": signal(line.signal).title, "value": value, "points": points}
        for line in (() if found.card is None else found.card.lines)
        for value, points in bin_texts(line)
    ]
    if lines:
        print_rows(lines, columns=("signal", "value", "points"), output=output, right=("points",))
    _say_card(found)
    for band in found.bands:
        if band.rate is not None:
            say(f"  {band.band}: {band.customers:,} customers over all origins, {100 * band.rate:.1f} % lost MRR")


def _line(row: CustomerHealth, answer: HealthList) -> dict[str, Any]:
    points = row.points
    return {
        "customer": points.customer_id,
        "MRR": _NONE if points.mrr is None else display_text(points.mrr, currency=answer.currency),
        "points": _NONE if points.points is None else points.points,
        "band": points.band or _NONE,
        "why": "; ".join(points.reasons),
    }


def _say_card(found: Health) -> None:
    if found.card is None:
        say(f"no points: {found.reason}; the signals are shown as they are")
        return
    low = f"low up to {found.card.low_to} points" if found.card.low_to >= 0 else "no band is low"
    high = f"high from {found.card.high_from}" if found.card.high_from <= BEST else "none is high"
    say(f"of all customers {100 * (found.base_rate or 0):.1f} % lose MRR within 90 days; {low}, {high}")
    if found.auc is not None and found.auc_by_hand is not None:
        say(
            f"AUC {found.auc:.2f} at {len(found.origins)} former days, {found.auc_by_hand:.2f} of a score weighed by "
            f"hand; 0.50 is chance. Fitted as of {found.day} on book {found.book_id}"
        )


def _signals(row: dict[str, Any]) -> str:
    return "; ".join(f"{each['title']}: {each['value'] or _NONE}" for each in row["signals"])
