"""A figure and the customers behind it, printed."""

from __future__ import annotations

from decimal import Decimal

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.metrics.catalogue import entry
from upswell.metrics.explaining import Explanation
from upswell.money.amount import display_text, exact_text

_DECIMALS_MIN = 6


def show_explanation(found: Explanation, output: Format, *, details: int) -> None:
    """The figure on stderr, then the largest `details` parts (0: all) and the sum of the others."""
    currency = found.workspace_currency
    shown = found.contributions[:details] if details else found.contributions
    if output is not Format.table:
        parts = [
            {
                "customer_id": part.customer_id,
                "customer_name": part.customer_name,
                "value": _exact(part.value),
                "base": _exact(part.base),
                "reason": part.reason,
                "movements": part.movements,
                "movement_id": part.movement_id,
            }
            for part in (found.contributions if output is Format.csv else shown)
        ]
        if output is Format.csv:
            print_rows(parts, columns=tuple(parts[0]) if parts else (), output=output)
            return
        print_json(
            {
                "metric": found.metric,
                "month": found.month,
                "formula": found.formula,
                "value": _figure(found),
                "reason": found.reason,
                "total": _exact(found.total),
                "base": _exact(found.base),
                "currency": currency,
                "customers": len(found.contributions),
                "contributions": parts,
            }
        )
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
        return said + f"{total} / {base} = {_figure(found)}: the sums of {len(found.contributions):,} customers"
    shown = display_text(found.value, currency=found.workspace_currency)
    return said + f"{shown} {found.workspace_currency}: the sum of {len(found.contributions):,} customers"


def _figure(found: Explanation) -> str | None:
    if found.value is None:
        return None
    return exact_text(found.value, decimals_min=_DECIMALS_MIN if entry(found.metric).unit == "money" else 0)


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else exact_text(value, decimals_min=_DECIMALS_MIN)
