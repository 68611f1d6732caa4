"""`upswell revenue`: the lines from MRR to money."""

from __future__ import annotations

from typing import Final

from rich.table import Table

from upswell.interfaces.cli.output import Format, print_rows, say, stdout
from upswell.interfaces.plain.figures import revenue_rows
from upswell.metrics.revenue_bridge import RevenueBridge, RevenueLine
from upswell.money.amount import display_text

_COLUMNS: Final = ("month", "line", "amount", "is_total", "reason")


def show_revenue(bridge: RevenueBridge, output: Format) -> None:
    """One line for each difference; a total after the lines that lead to it."""
    if output is not Format.table:
        print_rows(revenue_rows(bridge), columns=_COLUMNS, output=output)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"MRR to money {bridge.month}", overflow="fold")
    table.add_column(bridge.currency, justify="right")
    idle = [line.name for line in bridge.lines if line.amount == 0 and not line.is_total]
    for number, line in enumerate(bridge.lines):
        if line.name not in idle:
            table.add_row(f"= {line.name}" if line.is_total and number else line.name, _amount(bridge, line))
    stdout().print(table)
    if idle:
        stdout().print(f"no effect: {', '.join(idle)}", soft_wrap=True)
    for reason in dict.fromkeys(line.reason for line in bridge.lines if line.reason):
        say(f"n/a: {reason}")
    say(f"policy {bridge.policy}, book {bridge.book_id}, money in {bridge.currency}")


def _amount(bridge: RevenueBridge, line: RevenueLine) -> str:
    return "n/a" if line.amount is None else display_text(line.amount, currency=bridge.currency)
