"""Opportunities as a table that a CRM can take in, and whom to leave alone.

    customer_id  name  owner  step      amount  currency  likelihood  by          why
    Acme         Acme  Ada    Business  75.00   USD       0.12        2026-04-30  at the present pace you pass ...

`amount` is a month's change in the workspace's currency at list price, `price_...` the same in the customer's own.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from upswell.exports.about import COUNT, RATE, described, money
from upswell.exports.answers import about_answer
from upswell.growth.answers import LeaveAlone, Opportunities
from upswell.growth.opportunities import Opportunity
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_MONEY: Final = pa.decimal128(38, 18)
_SHARE: Final = pa.decimal128(18, 6)
_LIST: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("customer_id", "name", "owner", "step")),
        ("amount", _MONEY),
        ("currency", pa.string()),
        ("likelihood", _SHARE),
        ("by", pa.date32()),
        *((name, pa.string()) for name in ("when", "why", "evidence", "kind", "what", "plan_id", "product_id")),
        ("quantity", pa.decimal128(38, 4)),
        ("term", pa.string()),
        *((name, _MONEY) for name in ("price_per_month", "price_per_interval", "due_today")),
        ("price_currency", pa.string()),
        ("expected_value", _MONEY),
        ("base_rate", _SHARE),
        ("driver", pa.string()),
        ("for_sales", pa.bool_()),
        *((name, pa.string()) for name in ("handed_over_to", "reason")),
    ]
)
_ALONE: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("customer_id", "name", "owner", "guardrails", "reasons")),
        ("until", pa.date32()),
    ]
)
LIST_COLUMNS: Final = tuple(_LIST.names)
ALONE_COLUMNS: Final = tuple(_ALONE.names)


def opportunity_row(each: Opportunity, currency: str) -> dict[str, Any]:
    """One line of the list, of plain values; why and evidence are texts."""
    step, outlook = each.step, each.outlook
    price = step.amounts
    return {
        "customer_id": each.customer_id,
        "name": each.name,
        "owner": each.owner,
        "step": step.title,
        "amount": step.worth,
        "currency": currency,
        "likelihood": outlook.likelihood,
        "by": each.when.by,
        "when": each.when.why,
        "why": "; ".join(each.why),
        "evidence": "; ".join(map(str, each.evidence)),
        "kind": each.kind,
        "what": step.what,
        "plan_id": step.plan_id,
        "product_id": step.product_id,
        "quantity": step.quantity,
        "term": step.term,
        "price_per_month": None if price is None else price.mrr,
        "price_per_interval": None if price is None else price.interval,
        "due_today": None if price is None else price.due_today,
        "price_currency": step.currency,
        "expected_value": outlook.value,
        "base_rate": outlook.base_rate,
        "driver": outlook.driver,
        "for_sales": each.is_for_sales,
        "handed_over_to": None if each.handover is None else each.handover.owner,
        "reason": step.why_no_worth,
    }


def alone_rows(answer: LeaveAlone) -> list[dict[str, Any]]:
    """One line for each customer to leave alone, its guardrails and reasons as texts."""
    return [
        {
            "customer_id": each.customer_id,
            "name": each.name,
            "owner": each.owner,
            "guardrails": ", ".join(dict.fromkeys(reason.guardrail for reason in each.reasons)),
            "reasons": "; ".join(dict.fromkeys(reason.reason for reason in each.reasons)),
            "until": each.until,
        }
        for each in answer.rows
    ]


def describe_opportunities(answer: Opportunities, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each opportunity of the answer, what is asked of it, and how it is ranked."""
    asked = {
        "ranking": answer.ranking,
        "rows": f"{len(answer.rows)} of {answer.total}",
        "how sure": " ".join(answer.how_sure),
        **{f"kept back by {name}": str(count) for name, count in answer.suppressed.items() if count},
    }
    about = about_answer(
        facts,
        policy,
        question="opportunities",
        asked=asked,
        columns={
            **dict.fromkeys(("likelihood", "base_rate"), RATE),
            "quantity": COUNT,
            **dict.fromkeys(("amount", "expected_value"), money(answer.currency)),
            **dict.fromkeys(
                ("price_per_month", "price_per_interval", "due_today"), money(currency_column="price_currency")
            ),
        },
    )
    rows = [opportunity_row(each, answer.currency) for each in answer.rows]
    return described(pa.Table.from_pylist(rows, schema=_LIST), about)


def describe_leave_alone(answer: LeaveAlone, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each customer to leave alone."""
    about = about_answer(facts, policy, question="leave alone", asked={"rows": f"{len(answer.rows)} of {answer.total}"})
    return described(pa.Table.from_pylist(alone_rows(answer), schema=_ALONE), about)
