"""The tables that the review answers with: plain rows, each column of one type, null where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pyarrow as pa

from upswell.metrics.figures import decimal_of

TEXT: Final = pa.string()
COUNT: Final = pa.int64()
DATE: Final = pa.date32()
# Decimals tell by their type what they are: of the workspace's currency, of that of their row, a share, a multiple ...
MONEY: Final = pa.decimal128(38, 18)
PRICE: Final = pa.decimal128(38, 12)
QUANTITY: Final = pa.decimal128(38, 6)
RATE: Final = pa.decimal128(18, 6)
RATIO: Final = pa.decimal128(24, 6)
DAYS: Final = pa.decimal128(12, 1)
RATE_DECIMALS: Final = 6


def table_of(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.DataType]) -> pa.Table:
    """The rows as a table of `columns`, in this order; a key that a row lacks is null."""
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})


def segment_columns(names: Sequence[str]) -> dict[str, pa.DataType]:
    """A text column for each dimension of an answer."""
    return dict.fromkeys(names, TEXT)


def rate(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """`part` / `whole` to six decimals, half to even; None where `whole` is 0."""
    if not whole:
        return None
    return decimal_of(Fraction(part) / Fraction(whole), decimals=RATE_DECIMALS)
