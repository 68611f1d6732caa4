"""Signals as plain values: rows of customers, one customer's, the company's, and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from upswell.analysis.signals.catalogue import Signal
from upswell.analysis.signals.customer import CustomerSignals, SignalValue
from upswell.analysis.signals.overview import Overview
from upswell.interfaces.plain.values import exact, number


def signal_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each customer: money as text, numbers as they are, and the reason of what has no value."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def customer_signal_rows(answer: CustomerSignals) -> list[dict[str, Any]]:
    """One object for each signal of a customer."""
    return [_value(each) for each in answer.values]


def customer_signals(answer: CustomerSignals) -> dict[str, Any]:
    """One customer's signals, with the day they are as of."""
    return {
        "customer_id": answer.customer_id,
        "day": answer.day,
        "currency": answer.currency,
        "signals": customer_signal_rows(answer),
    }


def overview(answer: Overview) -> dict[str, Any]:
    """The company's figures, and of how many customers each signal is known."""
    return {
        "day": answer.day,
        "currency": answer.currency,
        "customers": answer.customers,
        "mrr": exact(answer.mrr),
        "reason": answer.reason,
        "groups": overview_rows(answer),
        "signals": [
            {
                "signal": each.signal.name,
                "title": each.signal.title,
                "known": each.known,
                "typical": _plain(each.typical),
            }
            for each in answer.coverage
        ],
    }


def overview_rows(answer: Overview) -> list[dict[str, Any]]:
    """One object for each group of customers."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "customers": each.customers,
            "known": each.known,
            "mrr": exact(each.mrr),
            "share_of_mrr": number(each.share_of_mrr),
            "reason": each.reason,
        }
        for each in answer.groups
    ]


def catalogue_rows(signals: Sequence[Signal]) -> list[dict[str, Any]]:
    """One object for each signal: what it is, and what to mind."""
    return [{**each.model_dump(exclude={"relation", "source"}), "source": list(each.source)} for each in signals]


def _value(each: SignalValue) -> dict[str, Any]:
    signal = each.signal
    return {
        "signal": signal.name,
        "title": signal.title,
        "value": _plain(each.value),
        "kind": signal.kind,
        "unit": signal.unit,
        "reason": each.reason,
        "formula": signal.formula,
        "window": signal.window,
        "caveat": signal.caveat,
    }


def _plain(value: float | Decimal | bool | str | date | None) -> Any:
    return exact(value) if isinstance(value, Decimal) else value
