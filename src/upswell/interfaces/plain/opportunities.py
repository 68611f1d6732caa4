"""Whom to speak with, whom to leave alone, what a product may show now, and who is with sales."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from upswell.exports.opportunities import opportunity_row
from upswell.growth.answers import LeaveAlone, NoOffer, OfferNow, Opportunities
from upswell.growth.changes import Amounts
from upswell.growth.opportunities import KeptBack, Opportunity
from upswell.growth.step import Step
from upswell.interfaces.plain.contacts import reason_row
from upswell.interfaces.plain.values import exact, number
from upswell.money.amount import exact_text
from upswell.state.growth_records import Handover


def opportunities(answer: Opportunities) -> dict[str, Any]:
    """The list with what it stands on: its ranking, what was kept back by which guardrail, who has no headroom."""
    headroom = answer.without_headroom
    return {
        "day": answer.day,
        "currency": answer.currency,
        "basis": answer.basis,
        "ranking": answer.ranking,
        "base_rate": number(answer.base_rate),
        "total": answer.total,
        "rows": [_opportunity(each, answer.currency) for each in answer.rows],
        "suppressed": dict(answer.suppressed),
        "not_checked": dict(answer.not_checked),
        "without_headroom": {
            "customers": headroom.customers,
            "mrr": exact(headroom.mrr),
            "share": number(headroom.share),
        },
        "how_sure": list(answer.how_sure),
        "not_recorded": answer.not_recorded,
    }


def leave_alone(answer: LeaveAlone) -> dict[str, Any]:
    """Whom to leave alone, each reason with its guardrail and its end."""
    return {
        "day": answer.day,
        "total": answer.total,
        "rows": [_kept_back(each) for each in answer.rows],
        "suppressed": dict(answer.suppressed),
        "not_checked": dict(answer.not_checked),
    }


def offer(answer: OfferNow | NoOffer) -> dict[str, Any]:
    """The one offer with its price, or null and the reasons."""
    if isinstance(answer, NoOffer):
        reasons = [reason_row(each) for each in answer.reasons]
        return {"customer_id": answer.customer_id, "day": answer.day, "offer": None, "reasons": reasons}
    saved, step = answer.offer, answer.step
    return {
        "customer_id": answer.customer_id,
        "day": answer.day,
        "offer": {
            "name": saved.name,
            "title": saved.title,
            "text": saved.text,
            "what": step.what,
            "step": step.title,
            "plan_id": step.plan_id,
            "product_id": step.product_id,
            "quantity": exact_text(step.quantity),
            "discount_percent": None if saved.discount_percent is None else exact_text(saved.discount_percent),
            "why": list(answer.why),
            "price": _price(step, answer.amounts),
            "until": answer.until,
        },
        "reasons": [],
    }


def handover(row: Handover) -> dict[str, Any]:
    """One step of a handover."""
    return asdict(row) | {"amount": exact(row.amount)}


def _opportunity(each: Opportunity, currency: str) -> dict[str, Any]:
    row = opportunity_row(each, currency)
    for name in ("price_per_month", "price_per_interval", "due_today", "price_currency"):
        del row[name]
    return row | {
        "amount": exact(row["amount"]),
        "likelihood": number(row["likelihood"]),
        "base_rate": number(row["base_rate"]),
        "expected_value": exact(row["expected_value"]),
        "quantity": exact_text(each.step.quantity),
        "why": list(each.why),
        "evidence": [{"signal": fact.signal, "value": _value(fact.value)} for fact in each.evidence],
        "price": _price(each.step, each.step.amounts),
    }


def _price(step: Step, amounts: Amounts | None) -> dict[str, Any]:
    """What a step changes in the customer's currency; null with a reason where that is not known."""
    period = None if step.change is None else step.change.period
    return {
        "currency": step.currency,
        "term": step.term,
        "per_month": None if amounts is None else exact(amounts.mrr),
        "per_interval": None if amounts is None else exact(amounts.interval),
        "due_today": None if amounts is None or amounts.due_today is None else f"{amounts.due_today:f}",
        "period_starts_on": None if period is None else period.starts_on,
        "period_ends_on": None if period is None else period.ends_on,
        "reason": step.reason if amounts is None else amounts.reason,
    }


def _kept_back(each: KeptBack) -> dict[str, Any]:
    return {
        "customer_id": each.customer_id,
        "name": each.name,
        "owner": each.owner,
        "reasons": [reason_row(reason) for reason in each.reasons],
        "until": each.until,
    }


def _value(value: Any) -> str | float | bool | None:
    if isinstance(value, date):
        return value.isoformat()
    return exact(value) if isinstance(value, Decimal) else value
