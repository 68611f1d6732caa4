"""Exchange rates and the days that lack one, printed."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import Final

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.metrics.rates import Rates
from upswell.money.amount import exact_text

_COLUMNS: Final = ("currency", "starts_on", "ends_on", "rate", "import_id", "file", "row")
_DAYS_SHOWN: Final = 10


def show_rates(rates: Rates, output: Format) -> None:
    """One row a rate; the days that lack one after it (in CSV on stderr alone)."""
    rows = [row | {"rate": exact_text(row["rate"])} for row in rates.given.to_pylist()]
    if output is Format.json:
        print_json({"rates": rows, "lacking": [asdict(each) for each in rates.lacking]})
    else:
        print_rows(rows, columns=_COLUMNS, output=output, right=["rate", "row"])
    for currency, lacking in groupby(rates.lacking, key=lambda each: each.currency):
        days = [f"{each.day} ({each.needed_for})" for each in lacking]
        more = f" and {len(days) - _DAYS_SHOWN} more" if len(days) > _DAYS_SHOWN else ""
        say(f"{currency} has no rate on {', '.join(days[:_DAYS_SHOWN])}{more}; import rates of these days")
