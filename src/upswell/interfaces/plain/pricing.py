"""A section of the price review: its rows as plain values, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.sections import SECTIONS
from upswell.analysis.pricing.sureness import how_sure
from upswell.analysis.pricing.tables import DAYS, MONEY, PRICE, QUANTITY, RATE, RATIO
from upswell.exports.about import about_of
from upswell.interfaces.plain.values import exact, number

_WRITTEN: Final[Mapping[pa.DataType, Callable[[Any], Any]]] = {
    MONEY: exact,
    PRICE: exact,
    QUANTITY: number,
    RATE: number,
    RATIO: number,
    DAYS: number,
}


def pricing_rows(table: pa.Table) -> list[dict[str, Any]]:
    """One object for each row: money and prices as text, shares, ratios and quantities as numbers."""
    written = {field.name: _WRITTEN[field.type] for field in table.schema if field.type in _WRITTEN}
    return [row | {name: write(row[name]) for name, write in written.items()} for row in table.to_pylist()]


def pricing(section: str, table: pa.Table) -> dict[str, Any]:
    """The section whole; money is in `currency`, prices in that of their row."""
    return {
        "section": section,
        "title": SECTIONS[section].title,
        "currency": about_of(table.schema).text("currency"),
        "rows": pricing_rows(table),
        "how_sure": list(how_sure(section, table)),
    }
