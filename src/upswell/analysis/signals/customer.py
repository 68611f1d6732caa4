"""The signals of one customer: each with its value, or with the reason why it has none.

seats_used_share    0.92    people_active / seats
last_nps                    no such answer in 180 days
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from upswell.analysis.signals.catalogue import Signal

Value = float | Decimal | bool | str | date


@dataclass(frozen=True)
class SignalValue:
    """A signal of a customer: `value` is typed by the signal's kind; None has a `reason`."""

    signal: Signal
    value: Value | None
    reason: str | None


@dataclass(frozen=True)
class CustomerSignals:
    """What was known of a customer before `day`; without an item in force then, no signal has a value."""

    customer_id: str
    day: date
    policy: str
    book_id: str
    currency: str
    values: tuple[SignalValue, ...]


def value_of(signal: Signal, row: Mapping[str, Any] | None) -> SignalValue:
    """The signal in a row of `read_signals` with reasons; None: the customer has no row."""
    if row is None:
        return SignalValue(signal, None, "it has no item in force")
    value = row[signal.name]
    return SignalValue(signal, value, None if value is not None else why_absent(signal, row))


def why_absent(signal: Signal, row: Mapping[str, Any]) -> str:
    """Why the signal has no value in a row of `read_signals` with reasons."""
    return row.get(f"{signal.name}_reason") or signal.absent
