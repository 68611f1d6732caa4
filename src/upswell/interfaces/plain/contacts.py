"""Offers and contacts as plain values: offers, touches, quiet times, whom to leave alone, funnel, effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from upswell.errors import UsageError
from upswell.growth.contacts import Contact
from upswell.growth.effect import ArmSeen, Effect, Interval
from upswell.growth.funnel import Funnel, FunnelRow
from upswell.growth.guardrails import GUARDRAILS, Suppressed, Suppression
from upswell.interfaces.plain.values import exact, number
from upswell.money.amount import exact_text
from upswell.state import Offer, Quiet, Touch

_MONEY: Final = ("expanded_mrr", "lasting_mrr", "still_there_mrr")


def offer(one: Offer) -> dict[str, Any]:
    """An offer as it was saved last."""
    percent = one.discount_percent
    return asdict(one) | {
        "channels": list(one.channels),
        "discount_percent": None if percent is None else exact_text(percent),
    }


def offer_rows(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """One object an offer."""
    return [offer(each) for each in offers]


def contact_rows(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """One object a contact; `touch` is null where it was only imported."""
    return [
        {
            "touch": each.touch_id,
            "customer_id": each.customer_id,
            "at": each.at,
            "offer": each.offer,
            "channel": each.channel,
            "discount_percent": None if each.discount_percent is None else exact_text(each.discount_percent),
            "outcome": each.outcome,
            "clicked": each.clicked,
            "answered_on": each.answered_on,
            "reason": each.reason,
            "author": each.author,
        }
        for each in contacts
    ]


def touch(one: Touch) -> dict[str, Any]:
    """A recorded touch with all of its outcomes."""
    percent = one.discount_percent
    shown = asdict(one) | {"discount_percent": None if percent is None else exact_text(percent)}
    return shown | {"outcome": one.outcome, "outcomes": [asdict(each) for each in one.outcomes]}


def quiet_rows(rows: Iterable[Quiet]) -> list[dict[str, Any]]:
    """One object a quiet time; `customer_id` is null where it is everybody's."""
    return [asdict(each) for each in rows]


def suppressed_rows(rows: Iterable[Suppressed]) -> list[dict[str, Any]]:
    """One object a customer: every reason, and until when; null until something changes."""
    return [
        {
            "customer_id": each.customer_id,
            "until": each.until,
            "reasons": [reason_row(reason) for reason in each.reasons],
        }
        for each in rows
    ]


def reason_row(each: Suppression) -> dict[str, Any]:
    """A guardrail that keeps offers back, why, and until when."""
    return {"guardrail": each.guardrail, "reason": each.reason, "until": each.until}


def guardrail_rows(counts: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """One object a guardrail: what it is for, how many customers it kept offers from, on how many customer-days."""
    return [
        {
            "guardrail": name,
            "protects": what,
            "customers": counts.get(name, (0, 0))[0],
            "days": counts.get(name, (0, 0))[1],
        }
        for name, what in GUARDRAILS.items()
    ]


def funnel_row(row: FunnelRow) -> dict[str, Any]:
    """What came of offers; money as text, null with `reason` where it cannot be told."""
    shown = asdict(row) | {name: exact(getattr(row, name)) for name in _MONEY}
    reasons = [{"reason": text, "times": times} for text, times in row.reasons]
    return shown | {"answer_days": number(row.answer_days), "reasons": reasons}


def funnel(answer: Funnel) -> dict[str, Any]:
    """The funnel by one dimension, and of all offers together."""
    return {"by": answer.by, "rows": [funnel_row(row) for row in answer.rows], "whole": funnel_row(answer.whole)}


def effect(answer: Effect) -> dict[str, Any]:
    """The effect against the holdout; null with `reason` until there is enough to measure."""
    return {
        "what": answer.what,
        "is_measured": answer.is_measured,
        "mrr": _interval(answer.mrr, money=True),
        "share": _interval(answer.share, money=False),
        "offered": _arm(answer.offered),
        "holdout": _arm(answer.holdout),
        "moved": answer.moved,
        "reason": answer.reason,
    }


def _arm(arm: ArmSeen) -> dict[str, Any]:
    return asdict(arm) | {"expanded_mrr": exact(arm.expanded_mrr)}


def _interval(interval: Interval | None, *, money: bool) -> dict[str, Any] | None:
    if interval is None:
        return None
    told = exact if money else number
    return {name: told(value) for name, value in asdict(interval).items()}


def moment_of(text: str | None, option: str) -> datetime | None:
    """The time that `option` says. Raises `UsageError` for what is none."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text} is not a time",
            code="time_malformed",
            expected="2026-01-31, or 2026-01-31T09:30, with an offset or without",
            found=text,
            remedy="write year-month-day, then T and the time",
        ) from error


def percent_of(text: str | None, option: str) -> Decimal | None:
    """The percent that `option` says. Raises `UsageError` for what is no number."""
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise UsageError(
            f"{option} {text} is not a number",
            code="number_malformed",
            expected="a percent from 0 to 100, such as 12.5",
            found=text,
            remedy="write digits, and a point before decimals",
        ) from error
