"""A figure and the customers behind it, printed."""

from __future__ import annotations

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.figures import contribution_rows, explained_figure, explanation
from upswell.metrics.explaining import Explanation
from upswell.money.amount import display_text


def show_explanation(found: Explanation, output: Format, *, details: int) -> None:
    """The figure on stderr, then the largest `details` parts (0: all) and the sum of the others."""
    currency = found.workspace_currency
    shown = found.contributions[: details or None]
    if output is Format.csv:
        parts = contribution_rows(found, details=0)
        print_rows(parts, columns=tuple(parts[0]) if parts else (), output=output)
        return
    if output is Format.json:
        print_json(explanation(found, details=details))
        return
    rows = [
        {
            "customer": part.customer_id,
            "name": part.customer_name,
            "value": display_text(part.value, currency=currency) if part.value is not None else part.reason,
            "of": None if part.base is None else display_text(part.base, currency=currency),
            "movements": part.movements,
            "last_movement": part.movement_id,
        }
        for part in shown
    ]
    columns = ("customer", "name", "value", *(("of",) if found.base is not None else ()), "movements", "last_movement")
    print_rows(rows, columns=columns, output=output, right=("value", "of", "movements"))
    if len(shown) < len(found.contributions):
        say(f"... and {len(found.contributions) - len(shown):,} customers more; --details 0 names all")
    say(_sentence(found))


def _sentence(found: Explanation) -> str:
    said = f"{found.metric} {found.month} = "
    if found.value is None:
        return said + f"n/a: {found.reason}"
    if found.total is not None and found.base is not None:
        total, base = (display_text(each, currency=found.workspace_currency) for each in (found.total, found.base))
        return (
            said + f"{total} / {base} = {explained_figure(found)}: the sums of {len(found.contributions):,} customers"
        )
    shown = display_text(found.value, currency=found.workspace_currency)
    return said + f"{shown} {found.workspace_currency}: the sum of {len(found.contributions):,} customers"
