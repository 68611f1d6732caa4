"""Signals as tables with what is known about them: their formulas, windows and caveats, and the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import pyarrow as pa

from upswell.analysis.signals.catalogue import Signal
from upswell.analysis.signals.customer import CustomerSignals
from upswell.analysis.signals.overview import Overview
from upswell.exports.about import COUNT, RATE, About, Shown, described, money
from upswell.exports.answers import about_answer
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_TEXT: Final = pa.string()
_CUSTOMER: Final = pa.schema(
    [(name, _TEXT) for name in ("signal", "title", "value", "unit", "reason", "formula", "window", "caveat")]
)
_OVERVIEW: Final = pa.schema(
    [
        ("name", _TEXT),
        ("title", _TEXT),
        ("customers", pa.int64()),
        ("known", pa.int64()),
        ("mrr", pa.decimal128(38, 6)),
        ("share_of_mrr", pa.decimal128(38, 12)),
        ("reason", _TEXT),
    ]
)


def about_signals(
    facts: BookFacts,
    policy: Policy,
    *,
    day: date,
    signals: Sequence[Signal],
    where: str | None = None,
) -> About:
    """What there is to know about a table of signals: each with its formula."""
    columns: dict[str, Shown] = {each.name: money(facts.workspace_currency) for each in signals if each.kind == "money"}
    about = about_answer(
        facts,
        policy,
        question="signals",
        asked={"day": day, "where": where},
        columns=columns,
    )
    formulas = tuple((f"formula of {each.name}", each.formula) for each in signals)
    caveats = tuple((f"caveat of {each.name}", each.caveat) for each in signals if each.caveat)
    return About((*about.pairs, *formulas, *caveats), about.columns)


def describe_customer_signals(answer: CustomerSignals, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each signal of a customer; values are texts, since they are of several kinds."""
    rows = [
        {
            "signal": each.signal.name,
            "title": each.signal.title,
            "value": None if each.value is None else plain_text(each.value),
            "unit": each.signal.unit or each.signal.kind,
            "reason": each.reason,
            "formula": each.signal.formula,
            "window": each.signal.window,
            "caveat": each.signal.caveat,
        }
        for each in answer.values
    ]
    asked = {"customer": answer.customer_id, "day": answer.day}
    about = about_answer(facts, policy, question="signals of a customer", asked=asked)
    return described(pa.Table.from_pylist(rows, schema=_CUSTOMER), about)


def describe_overview(answer: Overview, facts: BookFacts, policy: Policy) -> pa.Table:
    """One row for each group of customers."""
    rows = [{name: getattr(each, name) for name in _OVERVIEW.names} for each in answer.groups]
    about = about_answer(
        facts,
        policy,
        question="signals of the company",
        asked={"day": answer.day},
        columns={"customers": COUNT, "known": COUNT, "mrr": money(answer.currency), "share_of_mrr": RATE},
    )
    return described(pa.Table.from_pylist(rows, schema=_OVERVIEW), about)


def plain_text(value: float | Decimal | bool | str | date) -> str:
    """A value as text, with every digit."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.12g}"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)
