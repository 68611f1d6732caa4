"""Exchange rates and the days that lack one, printed."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.feeding import rate_rows, rates_and_lacking
from upswell.metrics.rates import Rates

_COLUMNS: Final = ("currency", "starts_on", "ends_on", "rate", "import_id", "file", "row")
_DAYS_SHOWN: Final = 10


def show_rates(rates: Rates, output: Format) -> None:
    """One row a rate; the days that lack one after it (in CSV on stderr alone)."""
    if output is Format.json:
        print_json(rates_and_lacking(rates))
    else:
        print_rows(rate_rows(rates), columns=_COLUMNS, output=output, right=["rate", "row"])
    for currency, lacking in groupby(rates.lacking, key=lambda each: each.currency):
        days = [f"{each.day} ({each.needed_for})" for each in lacking]
        more = f" and {len(days) - _DAYS_SHOWN} more" if len(days) > _DAYS_SHOWN else ""
        say(f"{currency} has no rate on {', '.join(days[:_DAYS_SHOWN])}{more}; import rates of these days")
