"""Rendering a comparison of policies: the figures beside each other, then each bridge, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, assert_never

from rich.table import Table

from upswell.interfaces.cli.output import Format, print_json, print_rows, printable, say, stdout
from upswell.interfaces.plain.comparing import comparison_of
from upswell.interfaces.plain.values import exact
from upswell.ledger.bridge import Bridge, BridgeLine, Figure, MovementDifference
from upswell.money.amount import display_text
from upswell.policy.explain import shown
from upswell.workspace.comparing import ComparedMonth, PolicyComparison, PolicyFigure

# One row for each figure of a policy, end of a bridge and switch; `part` says which.
_CSV_COLUMNS: Final = (
    *("month", "policy", "part", "name", "value_before", "value_after", "amount", "customers", "reason"),
)


def show_comparison(comparison: PolicyComparison, output: Format) -> None:
    """Every month: a table of figures and a bridge to each policy; details are printed if they were asked for."""
    if output is Format.json:
        print_json(comparison_of(comparison))
    elif output is Format.csv:
        print_rows(list(_csv_rows(comparison)), columns=_CSV_COLUMNS, output=output)
    else:
        say(f"book {comparison.book_id} as of {comparison.as_of.isoformat()}, money in {comparison.workspace_currency}")
        for month in comparison.months:
            _print_figures(comparison, month)
            for bridge in month.bridges:
                _print_bridge(bridge, comparison.workspace_currency)


def _print_figures(comparison: PolicyComparison, month: ComparedMonth) -> None:
    names = [found.policy.name for found in comparison.policies]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(month.month if month.complete else f"{month.month} (incomplete)")
    for name in names:
        table.add_column(name, justify="right")
    values = {(figure.metric, figure.policy): figure for figure in month.figures}
    for metric in dict.fromkeys(figure.metric for figure in month.figures):
        cells = [_shown(values[metric, name], comparison.workspace_currency) for name in names]
        table.add_row(metric, *cells)
    stdout().print(table)
    for reason in dict.fromkeys(figure.reason for figure in month.figures if figure.reason):
        say(f"n/a: {reason}")


def _shown(figure: PolicyFigure, currency: str) -> str:
    if figure.value is None:
        return "n/a"
    return display_text(figure.value, currency=currency) if figure.unit == "money" else f"{figure.value:.4f}"


def _print_bridge(bridge: Bridge, currency: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(bridge.metric, overflow="fold")
    table.add_column("from", overflow="fold")
    table.add_column("to", overflow="fold")
    table.add_column("amount", justify="right")
    table.add_column("customers", justify="right")
    table.add_row(bridge.base, "", "", _amount(bridge.start.value, currency))
    for line in bridge.lines:
        if line.figures.customers:
            for cells in _line_rows(line, currency):
                table.add_row(*(printable(cell) for cell in cells))
    table.add_row(bridge.target, "", "", _amount(bridge.end.value, currency))
    table.add_row("unexplained", "", "", _amount(bridge.unexplained.value, currency))
    console = stdout()
    console.print()
    console.print(table)
    idle = [change.switch for line in bridge.lines if not line.figures.customers for change in line.changes]
    if idle:
        console.print(f"no effect: {', '.join(idle)}", soft_wrap=True)
    if not bridge.lines:
        console.print("the rules agree: nothing to explain")
    for reason in _reasons(bridge):
        say(f"n/a: {reason}")


def _line_rows(line: BridgeLine, currency: str) -> Iterator[tuple[str, ...]]:
    for place, change in enumerate(line.changes):
        told = (change.switch, shown(change.before), shown(change.after))
        if place == 0:
            yield (*told, _amount(line.figures.amount, currency), f"{line.figures.customers:,}")
        else:
            yield told
    for customer in line.figures.details:
        yield (f"  {customer.customer_id}", "", "", _amount(customer.amount, currency))
        for movement in customer.movements:
            what = " ".join(filter(None, (movement.change, movement.kind, movement.driver)))
            yield (f"    {movement.movement_id}", what, _told(movement, currency))
    if line.figures.details and line.figures.left_out.customers:
        left_out = line.figures.left_out
        yield (f"  {left_out.customers:,} customers more", "", "", _amount(left_out.amount, currency))


def _told(movement: MovementDifference, currency: str) -> str:
    match movement.change:
        case "gone":
            return _amount(movement.amount_before, currency)
        case "came":
            return _amount(movement.amount_after, currency)
        case "changed":
            before = _amount(movement.amount_before, currency)
            return f"{before} -> {_amount(movement.amount_after, currency)}"
        case _:
            assert_never(movement.change)


def _amount(value: Decimal | None, currency: str) -> str:
    return "n/a" if value is None else display_text(value, currency=currency)


def _reasons(bridge: Bridge) -> list[str]:
    told = (bridge.start.reason, bridge.end.reason, *(line.figures.reason for line in bridge.lines))
    return list(dict.fromkeys(reason for reason in told if reason))


def _csv_rows(comparison: PolicyComparison) -> Iterator[dict[str, Any]]:
    for month in comparison.months:
        for figure in month.figures:
            yield {
                "month": month.month,
                "policy": figure.policy,
                "part": "figure",
                "name": figure.metric,
                "amount": exact(figure.value) if figure.unit == "money" else figure.value,
                "reason": figure.reason,
            }
        for bridge in month.bridges:
            yield from _csv_bridge(month.month, bridge)


def _csv_bridge(month: str, bridge: Bridge) -> Iterator[dict[str, Any]]:
    of_bridge = {"month": month, "policy": bridge.target}
    yield {**of_bridge, "part": "start", "name": bridge.base, **_csv_figure(bridge.start)}
    for line in bridge.lines:
        yield {
            **of_bridge,
            "part": "switch",
            "name": " ".join(change.switch for change in line.changes),
            "value_before": " ".join(shown(change.before) for change in line.changes),
            "value_after": " ".join(shown(change.after) for change in line.changes),
            "amount": exact(line.figures.amount),
            "customers": line.figures.customers,
            "reason": line.figures.reason,
        }
    yield {**of_bridge, "part": "end", "name": bridge.target, **_csv_figure(bridge.end)}
    yield {**of_bridge, "part": "unexplained", "name": bridge.metric, **_csv_figure(bridge.unexplained)}


def _csv_figure(figure: Figure) -> dict[str, str | None]:
    return {"amount": exact(figure.value), "reason": figure.reason}
