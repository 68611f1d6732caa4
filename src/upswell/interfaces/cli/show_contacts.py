"""Rendering offers and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from upswell.growth.contacts import Contact
from upswell.growth.effect import ArmSeen, Effect
from upswell.growth.funnel import Funnel, FunnelRow
from upswell.growth.guardrails import Suppressed
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.contacts import (
    contact_rows,
    effect,
    funnel,
    funnel_row,
    guardrail_rows,
    offer_rows,
    quiet_rows,
    suppressed_rows,
)
from upswell.money.amount import display_text
from upswell.state import Offer, Quiet

_OFFER_COLUMNS: Final = (
    *("name", "title", "what", "plan_id", "product_id", "eligibility", "channels", "discount_percent", "owner"),
    *("starts_on", "ends_on", "priority", "retired_at", "text", "author", "saved_at"),
)
_TOUCH_COLUMNS: Final = (
    *("touch", "customer_id", "at", "offer", "channel", "discount_percent", "outcome", "clicked", "answered_on"),
    *("reason", "author"),
)
_QUIET_COLUMNS: Final = (
    *("id", "customer_id", "kind", "reason", "starts_on", "until", "author", "at", "ended_at", "ended_by"),
)
_FUNNEL_COLUMNS: Final = (
    *("value", "shown", "clicked", "accepted", "declined", "ignored", "pending", "hesitated", "old_enough"),
    *("too_young", "expanded", "expanded_mrr", "lasting", "lasting_mrr", "still_there", "still_there_mrr"),
    *("too_young_to_last", "answer_days", "reasons", "reason"),
)
_NONE: Final = "n/a"


def show_offers(offers: Sequence[Offer], output: Format) -> None:
    """One row an offer; a table leaves out what the customer reads."""
    rows = offer_rows(offers)
    if output is Format.table:
        rows = [
            row | {"channels": ", ".join(row["channels"]), "retired": row["retired_at"] and "retired"} for row in rows
        ]
    shown = ("name", "title", "what", "eligibility", "channels", "discount_percent", "owner", "starts_on", "ends_on")
    print_rows(rows, columns=_OFFER_COLUMNS, output=output, shown=(*shown, "retired"), right=("discount_percent",))


def show_touches(contacts: Sequence[Contact], output: Format) -> None:
    """One row a contact; of an imported one there is no number."""
    rows = contact_rows(contacts)
    if output is Format.table:
        rows = [row | {"at": f"{row['at']:%Y-%m-%d %H:%M}"} for row in rows]
    shown = tuple(each for each in _TOUCH_COLUMNS if each != "clicked")
    print_rows(rows, columns=_TOUCH_COLUMNS, output=output, shown=shown)


def show_quiet(rows: Sequence[Quiet], output: Format) -> None:
    """One row a quiet time."""
    shown = ("id", "customer_id", "kind", "reason", "starts_on", "until", "author", "ended")
    found = quiet_rows(rows)
    if output is Format.table:
        found = [
            row | {"customer_id": row["customer_id"] or "everybody", "ended": row["ended_at"] and "ended"}
            for row in found
        ]
    print_rows(found, columns=_QUIET_COLUMNS, output=output, shown=shown)


def show_suppressed(rows: Sequence[Suppressed], output: Format) -> None:
    """One row a customer, with every reason."""
    found = suppressed_rows(rows)
    if output is not Format.json:
        found = [row | {"reasons": "; ".join(each["reason"] for each in row["reasons"])} for row in found]
    print_rows(found, columns=("customer_id", "until", "reasons"), output=output)


def show_guardrails(counts: Mapping[str, tuple[int, int]], days: tuple[date, date], output: Format) -> None:
    """One row a guardrail."""
    if output is Format.table:
        say(f"from {days[0]} to {days[1]}")
    columns = ("guardrail", "protects", "customers", "days")
    print_rows(guardrail_rows(counts), columns=columns, output=output, right=("customers", "days"))


def show_funnel(answer: Funnel, currency: str, output: Format) -> None:
    """One row a value of the dimension, and all of them."""
    if output is Format.json:
        print_json(funnel(answer))
        return
    if output is Format.csv:
        print_rows([funnel_row(row) for row in answer.rows], columns=_FUNNEL_COLUMNS, output=output)
        return
    lines = [_line(row, answer.by, currency) for row in answer.rows]
    lines.append(_line(answer.whole, answer.by, currency) | {answer.by: "all"})
    print_rows(lines, columns=tuple(lines[0]), output=output, right=tuple(lines[0])[1:])
    whole = answer.whole
    say(f"of {whole.old_enough} made 90 days ago or longer; {whole.too_young} are too young to tell")
    say(f"lasted: of {whole.lasting} that expanded 180 days ago or longer; {whole.too_young_to_last} are too young")
    say(f"hesitated: {whole.hesitated} clicked and did not accept")
    if whole.answer_days is not None:
        say(f"an answer came after {whole.answer_days.normalize():f} days, in the middle")
    for text, times in whole.reasons:
        say(f"declined: {text} ({times})")
    if whole.reason is not None:
        say(f"{_NONE}: {whole.reason}")
    say("An expansion belongs to the last offer accepted in the 90 days up to it, or else to the last made.")


def show_effect(answer: Effect, currency: str, output: Format) -> None:
    """Both arms, and the difference with its interval, or why there is none."""
    if output is not Format.table:
        found = effect(answer)
        if output is Format.json:
            print_json(found)
        else:
            print_rows([found], columns=tuple(found), output=output)
        return
    rows = [_arm("offered", answer.offered, currency), _arm("held out", answer.holdout, currency)]
    print_rows(rows, columns=tuple(rows[0]), output=output, right=tuple(rows[0])[1:])
    if answer.mrr is None or answer.share is None:
        say(f"no effect yet: {answer.reason}")
        return
    value, low, high = (
        display_text(each, currency=currency) for each in (answer.mrr.value, answer.mrr.low, answer.mrr.high)
    )
    say(f"effect: {value} {currency} a month for each family ({low} to {high} at 95 %)")
    points, least, most = (f"{each * 100:.1f}" for each in (answer.share.value, answer.share.low, answer.share.high))
    say(f"effect: {points} points more families expanding ({least} to {most} at 95 %)")


def _line(row: FunnelRow, by: str, currency: str) -> dict[str, Any]:
    return {
        by: row.value or "(none)",
        "shown": row.shown,
        "clicked": row.clicked,
        "accepted": row.accepted,
        "declined": row.declined,
        "ignored": row.ignored,
        "no answer": row.pending,
        "expanded": f"{row.expanded} of {row.old_enough}",
        "by": _money(row.expanded_mrr, currency),
        "lasted": f"{row.still_there} of {row.lasting}",
        "left": _money(row.still_there_mrr, currency),
    }


def _arm(name: str, arm: ArmSeen, currency: str) -> dict[str, Any]:
    return {
        "arm": name,
        "families": arm.families,
        "expanded": arm.expanded,
        "by": _money(arm.expanded_mrr, currency),
        "too young": arm.too_young,
    }


def _money(amount: Decimal | None, currency: str) -> str:
    return _NONE if amount is None else display_text(amount, currency=currency)
