"""Rendering what lasts: shares by driver, expansions at risk, expanders beside matched customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from upswell.analysis.durability.at_risk import AtRisk
from upswell.analysis.durability.expanders import Compared
from upswell.analysis.durability.report import DAYS, Durability, DurabilityRow
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.foresight import at_risk, compared, durability, risk_rows, share_rows
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text

_SHARE_COLUMNS: Final = (
    *("driver", "value", "days", "share", "low", "high", "expansions", "customers", "expanded"),
    *("customers_seen", "money_seen", "reason"),
)
_RISK_COLUMNS: Final = (
    *("date", "customer_id", "owner", "plan_id", "driver", "expanded", "left", "reasons", "movement_id"),
)
_NONE: Final = "n/a"


def show_durability(answer: Durability, manifest: BookManifest, policy: str, output: Format) -> None:
    """A line for each driver (and value), a column for each number of days; what is not known says why below."""
    if output is Format.json:
        print_json(durability(answer))
        return
    if output is Format.csv:
        print_rows(share_rows(answer), columns=_SHARE_COLUMNS, output=output)
        return
    say(f"policy {policy}, book {manifest.book_id} as of {manifest.as_of.isoformat()}, money in {answer.currency}")
    say_held_back(manifest)
    lines: dict[tuple[str, str | None], dict[str, Any]] = {}
    for row in answer.rows:
        line = lines.setdefault((row.driver, row.value), _line(row, answer))
        line[f"{row.days} days"] = _share(row)
    by = () if answer.by is None else (answer.by,)
    columns = ("driver", *by, "expansions", "customers", "expanded", *(f"{days} days" for days in DAYS))
    if lines:
        print_rows(list(lines.values()), columns=columns, output=output, right=columns[1 + len(by) :])
    for reason in dict.fromkeys(_why(row, answer) for row in answer.rows if row.reason is not None):
        say(f"{_NONE}: {reason}")
    say("How sure are we?")
    for sentence in answer.how_sure:
        say(f"  {sentence}")


def show_at_risk(answer: AtRisk, output: Format) -> None:
    """One line for each expansion at risk, the largest first."""
    if output is Format.json:
        print_json(at_risk(answer))
        return
    if output is Format.csv:
        rows = [row | {"reasons": "; ".join(row["reasons"])} for row in risk_rows(answer)]
        print_rows(rows, columns=_RISK_COLUMNS, output=output)
        return
    rows = [
        {
            "date": row.date,
            "customer": row.customer_id,
            "owner": row.owner,
            "plan": row.plan_id,
            "driver": row.driver,
            "left": display_text(row.left, currency=answer.currency),
            "why": "; ".join(row.reasons),
        }
        for row in answer.rows
    ]
    if rows:
        print_rows(rows, columns=tuple(rows[0]), output=output, right=["left"])
    left, recent = (display_text(each, currency=answer.currency) for each in (answer.left, answer.recent_left))
    count = answer.expansions
    what = "1 expansion of the last year is" if count == 1 else f"{count} expansions of the last year are"
    say(f"{what} at risk: {left} of {recent} {answer.currency} still there")
    say("A reason is a fact that the book knows, no forecast; who has none may leave as well.")


def show_compared(answer: Compared, output: Format) -> None:
    """Two lines and the difference, or why there is none."""
    if output is not Format.table:
        row = compared(answer)
        if output is Format.json:
            print_json(row)
        else:
            print_rows([row], columns=tuple(row), output=output)
        return
    if answer.reason is not None:
        say(f"{_NONE}: {answer.reason}")
        return
    rows = [
        _side("expanded", answer.expanders - answer.unmatched, answer.paying, answer.kept),
        _side("like them", answer.matched, answer.paying_matched, answer.kept_matched),
    ]
    columns = ("customers", "number", "still pay", "MRR kept")
    print_rows(rows, columns=columns, output=output, right=columns[1:])
    low, high = _percent(answer.low), _percent(answer.high)
    say(f"of those who paid at the close of {answer.landmark}, {answer.months} months later")
    say(f"difference in who still pays: {_percent(answer.difference)} ({low} to {high} at 95 %)")
    if answer.unmatched:
        say(f"{answer.unmatched} expanders have nobody like them and are left out")
    say("A comparison of customers of one size, age and term; no experiment: what makes one expand may make it stay.")


def _line(row: DurabilityRow, answer: Durability) -> dict[str, Any]:
    line: dict[str, Any] = {"driver": row.driver}
    if answer.by is not None:
        line[answer.by] = row.value or "(none)"
    line |= {"expansions": row.expansions, "customers": row.customers}
    return line | {"expanded": display_text(row.expanded, currency=answer.currency)}


def _share(row: DurabilityRow) -> str:
    if row.share is None or row.low is None or row.high is None:
        return _NONE
    return f"{row.share * 100:.1f} % ({row.low * 100:.1f}-{row.high * 100:.1f})"


def _why(row: DurabilityRow, answer: Durability) -> str:
    value = "" if answer.by is None else f", {row.value or '(none)'}"
    return f"{row.driver}{value}: {row.reason}"


def _side(customers: str, count: int, paying: Decimal | None, kept: Decimal | None) -> dict[str, Any]:
    return {"customers": customers, "number": count, "still pay": _percent(paying), "MRR kept": _percent(kept)}


def _percent(share: Decimal | None) -> str:
    return _NONE if share is None else percent_text(share)
