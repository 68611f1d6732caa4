"""What an answer says of itself: under which rules, from which book, to which question, and what its numbers are.

An answer is an Arrow table or a stream of record batches; its `About` is the metadata of its schema, one key for each
pair (`upswell.policy`, `upswell.book` ...) and one for the columns. So a figure never travels without them: Parquet
keeps them as they are, XLSX has a sheet of them.

    table = described(table, About((("policy", "strict"),), {"amount": money("USD")}))
    about_of(table.schema).text("policy")      'strict'
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

import pyarrow as pa

from upswell.errors import UsageError

_PREFIX: Final = "upswell."
_COLUMNS: Final = "upswell.columns"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the numbers of a column are: their unit, and for money its currency.

    Where rows differ, `unit_column` and `currency_column` name the columns that say so row by row.
    """

    unit: Literal["", "money", "rate", "ratio", "count", "month"] = ""
    unit_column: str = ""
    currency: str = ""
    currency_column: str = ""


RATE: Final = Shown(unit="rate")
RATIO: Final = Shown(unit="ratio")
COUNT: Final = Shown(unit="count")
MONTH: Final = Shown(unit="month")


def money(currency: str = "", *, currency_column: str = "") -> Shown:
    """Amounts in one currency, or each in that of its row."""
    return Shown(unit="money", currency=currency, currency_column=currency_column)


def figures(currency: str, *, unit_column: str = "unit") -> Shown:
    """Figures of several units, each row's named by `unit_column` (money, rate, ratio, count)."""
    return Shown(unit_column=unit_column, currency=currency)


@dataclass(frozen=True)
class About:
    """Labels, each once, with their texts; and what columns hold, where their type alone does not tell."""

    pairs: tuple[tuple[str, str], ...] = ()
    columns: Mapping[str, Shown] = field(default_factory=dict)

    def text(self, label: str) -> str | None:
        """The text beside `label`, if there is one."""
        return dict(self.pairs).get(label)

    def metadata(self) -> dict[str, str]:
        """The same as metadata of an Arrow schema or a Parquet file."""
        columns = {
            name: {key: value for key, value in asdict(each).items() if value} for name, each in self.columns.items()
        }
        return {**{_PREFIX + label: text for label, text in self.pairs}, _COLUMNS: json.dumps(columns)}


def described(answer: pa.Table, about: About) -> pa.Table:
    """The table with what is known about it."""
    return answer.replace_schema_metadata(about.metadata())


def described_stream(schema: pa.Schema, batches: Iterable[pa.RecordBatch], about: About) -> pa.RecordBatchReader:
    """Batches of that schema as one stream, with what is known about it."""
    return pa.RecordBatchReader.from_batches(schema.with_metadata(about.metadata()), batches)


def about_of(schema: pa.Schema) -> About:
    """What the schema of an answer says of it; nothing for a table that no question gave."""
    # Others write metadata, too, and not always text.
    ours = {key: text for key, text in (schema.metadata or {}).items() if key.startswith(_PREFIX.encode())}
    known = {key.decode(): text.decode() for key, text in ours.items()}
    columns = json.loads(known.pop(_COLUMNS, "{}"))
    pairs = tuple((key.removeprefix(_PREFIX), text) for key, text in known.items())
    return About(pairs, {name: Shown(**each) for name, each in columns.items() if name in schema.names})


def require_columns(schema: pa.Schema, columns: Mapping[str, Shown]) -> None:
    """Raise `UsageError` where a column is said to be told by one that is not there (it was taken out of the table)."""
    for name, shown in columns.items():
        for needed in (shown.unit_column, shown.currency_column):
            if needed and needed not in schema.names:
                raise UsageError(
                    f"the column {name} cannot be written without {needed}",
                    code="column_missing",
                    expected=f"the column {needed}, which says what the numbers of {name} are",
                    found=", ".join(schema.names),
                    remedy=f"keep {needed} beside {name}",
                )
