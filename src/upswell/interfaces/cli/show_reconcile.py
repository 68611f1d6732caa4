"""`upswell reconcile`: each bridge from Stripe's figure to ours, line by line, with the objects behind each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.table import Table

from upswell.interfaces.cli.output import Format, print_json, print_rows, printable, stdout
from upswell.interfaces.plain.reconciling import exact_money, part_of, reconciliation
from upswell.money.amount import display_text, exact_text
from upswell.sources.stripe.reconciliation.cash import CashBridge, CashPart
from upswell.workspace.reconciling import MonthReconciliation, Part, StripeBridge

_CSV_COLUMNS: Final = (
    *("month", "figure", "currency", "part", "name", "amount", "customer_id", "subscription_id", "item_id", "objects"),
)
_OBJECTS_SHOWN: Final = 4


def show_reconciliation(months: Sequence[MonthReconciliation], output: Format, *, details: int) -> None:
    """Every bridge; of each line the `details` largest parts (JSON and CSV: all)."""
    if output is Format.json:
        print_json([reconciliation(month) for month in months])
    elif output is Format.csv:
        print_rows([row for month in months for row in _csv_rows(month)], columns=_CSV_COLUMNS, output=output)
    else:
        for month in months:
            for bridge in month.bridges:
                idle = [line.name for line in bridge.lines if not line.parts]
                _print(_stripe_rows(bridge, month, details), idle, f"{bridge.figure} {month.month}", month.currency)
            for cash in month.cash:
                idle = [line.name for line in cash.lines if not line.parts and not line.is_total]
                _print(_cash_rows(cash, details), idle, f"MRR to cash {month.month}", cash.currency)


def _print(rows: Iterator[tuple[str, str, str]], idle: Sequence[str], title: str, currency: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, overflow="fold")
    table.add_column(currency, justify="right")
    table.add_column("of", overflow="fold")
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    console = stdout()
    console.print(table)
    if idle:
        console.print(f"no effect: {', '.join(idle)}", soft_wrap=True)
    console.print()


def _stripe_rows(bridge: StripeBridge, month: MonthReconciliation, details: int) -> Iterator[tuple[str, str, str]]:
    currency = month.currency
    yield ("Stripe's definition", display_text(bridge.theirs, currency=currency), "")
    counted = "item" if bridge.figure == "closing_mrr" else "customer"
    for line in bridge.lines:
        if not line.parts:
            continue
        yield (line.name, display_text(line.amount, currency=currency), _counted(len(line.parts), counted))
        for part in line.parts[:details]:
            yield (f"  {_who(part)}", display_text(part.amount, currency=currency), _objects(part.objects))
    yield (month.policy, display_text(bridge.ours, currency=currency), "")
    yield ("unexplained", display_text(bridge.unexplained, currency=currency), "")
    for part in bridge.unexplained_parts:
        yield (f"  {_who(part)}", exact_text(part.amount, decimals_min=2), "not as Stripe's objects say")


def _cash_rows(cash: CashBridge, details: int) -> Iterator[tuple[str, str, str]]:
    yield ("closing_mrr", display_text(cash.start, currency=cash.currency), "")
    for line in cash.lines:
        amount = display_text(line.amount, currency=cash.currency)
        if line.is_total:
            yield (f"= {line.name}", amount, "")
        elif line.parts:
            yield (line.name, amount, _counted(len(line.parts), "object"))
            for part in line.parts[:details]:
                yield (f"  {part.object_id}", display_text(part.amount, currency=cash.currency), _owner(part))
    yield ("= cash", display_text(cash.cash, currency=cash.currency), "")
    yield ("unexplained", display_text(cash.unexplained, currency=cash.currency), "")
    for part in cash.unexplained_parts:
        yield (f"  {part.object_id}", exact_text(part.amount, decimals_min=2), f"{_owner(part)}: {part.note}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _who(part: Part) -> str:
    return " ".join(name for name in (part.customer_id, part.subscription_id, part.item_id) if name)


def _owner(part: CashPart) -> str:
    return " ".join(dict.fromkeys(name for name in (part.customer_id, part.subscription_id, part.item_id) if name))


def _objects(objects: Sequence[str]) -> str:
    shown = ", ".join(objects[:_OBJECTS_SHOWN])
    return f"{shown} and {len(objects) - _OBJECTS_SHOWN} more" if len(objects) > _OBJECTS_SHOWN else shown


def _csv_rows(month: MonthReconciliation) -> Iterator[dict[str, Any]]:
    for bridge in month.bridges:
        base = {"month": month.month, "figure": bridge.figure, "currency": month.currency}
        yield {**base, "part": "stripe", "name": "definition", "amount": exact_money(bridge.theirs)}
        for line in bridge.lines:
            yield {**base, "part": "line", "name": line.name, "amount": exact_money(line.amount)}
            for part in line.parts:
                yield {
                    **base,
                    "part": "object",
                    "name": line.name,
                    **part_of(part),
                    "objects": " ".join(part.objects),
                }
        yield {**base, "part": "ours", "name": month.policy, "amount": exact_money(bridge.ours)}
        yield {**base, "part": "unexplained", "name": "unexplained", "amount": exact_money(bridge.unexplained)}
        for part in bridge.unexplained_parts:
            yield {**base, "part": "object", "name": "unexplained", **part_of(part), "objects": ""}
    for cash in month.cash:
        yield from _cash_csv_rows(cash, {"month": month.month, "figure": "cash", "currency": cash.currency})


def _cash_csv_rows(cash: CashBridge, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {**base, "part": "ours", "name": "closing_mrr", "amount": exact_money(cash.start)}
    for step in cash.lines:
        part = "total" if step.is_total else "line"
        yield {**base, "part": part, "name": step.name, "amount": exact_money(step.amount)}
        for each in step.parts:
            yield {**base, "part": "object", "name": step.name, **_cash_csv(each)}
    yield {**base, "part": "stripe", "name": "cash", "amount": exact_money(cash.cash)}
    yield {**base, "part": "unexplained", "name": "unexplained", "amount": exact_money(cash.unexplained)}
    for each in cash.unexplained_parts:
        yield {**base, "part": "object", "name": "unexplained", **_cash_csv(each)}


def _cash_csv(part: CashPart) -> dict[str, Any]:
    return {
        "amount": exact_money(part.amount),
        "customer_id": part.customer_id,
        "subscription_id": part.subscription_id,
        "item_id": part.item_id,
        "objects": part.object_id,
    }
