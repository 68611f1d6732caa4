"""The catalogue of signals: entries are data (`catalogue.toml`), loaded and checked here.

    >>> signal("seats_used_share").formula
    'people_active / seats'

An unknown name is answered with the nearest known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from upswell.analysis.signals import holding, past, room, use
from upswell.analysis.signals.known import Relation
from upswell.metrics.suggest import unknown_name

Kind = Literal["number", "money", "flag", "category", "names", "day"]
Group = Literal["holding", "seats", "limit", "use", "renewal", "headroom", "history", "payments", "contact"]
# The groups in the order in which they are told, with their titles.
GROUPS: Final[Mapping[Group, str]] = {
    "limit": "Use against the limit",
    "seats": "Seats",
    "use": "Use",
    "holding": "What it holds",
    "headroom": "What is left to buy",
    "renewal": "Renewal",
    "history": "History",
    "payments": "Payments",
    "contact": "Contact",
}

PARTS: Final = {each.name: each for each in (*holding.RELATIONS, *use.RELATIONS, *room.RELATIONS, *past.RELATIONS)}
_TYPES: Final[dict[Kind, tuple[str, pa.DataType]]] = {
    "number": ("double", pa.float64()),
    "money": ("decimal(38, 6)", pa.decimal128(38, 6)),
    "flag": ("boolean", pa.bool_()),
    "category": ("varchar", pa.string()),
    "names": ("varchar", pa.string()),
    "day": ("date", pa.date32()),
}


class Signal(BaseModel):
    """One signal; the fields are explained at the head of `catalogue.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    title: str
    kind: Kind
    unit: str = ""
    group: Group
    relation: Relation
    formula: str
    window: str
    caveat: str = ""
    source: tuple[str, ...]
    is_feature: bool
    absent: str = ""

    @property
    def sql_type(self) -> str:
        """The type its values have in SQL."""
        return _TYPES[self.kind][0]

    @property
    def type(self) -> pa.DataType:
        """The type of its column."""
        return _TYPES[self.kind][1]

    @property
    def tells_why_absent(self) -> bool:
        """Whether its relation has a column `<name>_reason`: why this customer has no value."""
        return f"{self.name}_reason" in self.relation.sql


def _entries() -> tuple[Signal, ...]:
    text = files("upswell.analysis.signals").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tuple(
        Signal(relation=PARTS[row.pop("part")], source=tuple(row.pop("source")), **row)
        for row in tomllib.loads(text)["signal"]
    )


SIGNALS: Final[tuple[Signal, ...]] = _entries()


def signal(name: str) -> Signal:
    """The signal called `name`; raises `UsageError` if there is none."""
    return chosen((name,))[0]


def chosen(names: Sequence[str], signals: Sequence[Signal] = SIGNALS) -> tuple[Signal, ...]:
    """The signals called `names`, each once, in the order asked; all of them where none is named."""
    known = {each.name: each for each in signals}
    for name in names:
        if name not in known:
            raise unknown_name("signal", name, known=tuple(known), code="unknown_signal")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else tuple(signals)
