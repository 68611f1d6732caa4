"""`upswell trace`: a movement, the rule that booked it, and the file rows it comes from, as short sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from upswell.interfaces.cli.output import Format, print_json, printable, stdout
from upswell.ledger.trace import SourceVersion, Trace
from upswell.money.amount import exact_text


def show_trace(trace: Trace, zone: ZoneInfo, output: Format) -> None:
    """The movement down to its rows; CSV has no good form for this and gives JSON."""
    if output is not Format.table:
        print_json(asdict(trace))
        return
    console = stdout()
    movement = trace.movement
    console.print(printable(f"{movement['movement_id']}  {_sentence(movement)}"))
    console.print(printable(f"  rule    {trace.rule}: {trace.explanation}"))
    for sister in trace.together_with:
        console.print(printable(f"  beside  {_sentence(sister)}  ({sister['movement_id']})"))
    for source in trace.sources:
        console.print(printable(f"  {source.side:<7} {source.file} row {source.row} ({source.import_id})"))
        console.print(printable(f"          {_version(source, zone)}"))
        if source.evidence:
            console.print(printable(f"          shown by {source.evidence}"))


def _sentence(movement: Mapping[str, Any]) -> str:
    driver = f" by {movement['driver']}" if movement["driver"] else ""
    plan = f"{movement['from_plan_id']} -> {movement['plan_id']}" if movement["from_plan_id"] else movement["plan_id"]
    scheduled = ", scheduled" if movement["scheduled"] else ""
    amount = exact_text(movement["amount"], decimals_min=2)
    return (
        f"{movement['date']}  {movement['customer_id']}  {movement['kind']}{driver}  {amount} {movement['currency']}"
        f"  ({plan}{scheduled})"
    )


def _version(source: SourceVersion, zone: ZoneInfo) -> str:
    until = f" to {_time(source.ends_at, zone)}" if source.ends_at else " on"
    return (
        f"{source.plan_id}: {_price(source)}{_discount(source)} = {exact_text(source.mrr, decimals_min=2)} a month; "
        f"{source.item_type}, {source.status}, from {_time(source.starts_at, zone)}{until}"
    )


def _price(source: SourceVersion) -> str:
    quantity = exact_text(source.quantity)
    if source.unit_amount is None:
        return f"MRR {_exact(source.given_mrr)} {source.currency} as given, quantity {quantity}"
    count = "" if source.interval_count == 1 else f"{source.interval_count} x "
    return f"{quantity} x {_exact(source.unit_amount)} {source.currency} every {count}{source.billing_interval}"


def _discount(source: SourceVersion) -> str:
    percent = f" - {exact_text(source.discount_percent)} %" if source.discount_percent else ""
    amount = f" - {exact_text(source.discount_amount, decimals_min=2)}" if source.discount_amount else ""
    return percent + amount


def _exact(amount: Decimal | None) -> str:
    return "unknown" if amount is None else exact_text(amount, decimals_min=2)


def _time(moment: datetime, zone: ZoneInfo) -> str:
    # A book stores UTC without offset; the day of a change is the workspace's.
    instant = moment.replace(tzinfo=UTC).astimezone(zone)
    midnight = (instant.hour, instant.minute, instant.second) == (0, 0, 0)
    return instant.date().isoformat() if midnight else instant.isoformat(sep=" ")
