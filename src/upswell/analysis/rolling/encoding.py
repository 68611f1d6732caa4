"""Signals as numbers: what a model reads of a customer, from a table with numbers, flags, dates and texts.

    mrr 120.00, near_limit true, renews_on 2026-03-01, plan Team   on 2026-01-01
    mrr 120.0,  near_limit 1.0,  renews_on 59.0 (days from then),  plan = Business 0.0, plan = Team 1.0

What is not known is nan and stays so: trees read it as such, and `Scaling` gives a regression a column that says so.
Texts become a column for each of their commonest values. An encoding is learned from the tables of former days, and is
plain data: it is kept as JSON beside its model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_LEVELS_MAX: Final = 10
_LEVEL_SHARE_MIN: Final = 0.01
_EDGES: Final = (0.01, 0.99)
_SKEWED: Final = 8.0
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Encoding:
    """The signals that are read, in order; of texts the values that have a column."""

    names: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, tables: Sequence[pa.Table], names: Sequence[str]) -> Encoding:
        """Learn the values of texts from `tables`; of equally common ones the first by name come first.

        A signal with fewer than two values tells nothing apart, and is left out.
        """
        levels: dict[str, tuple[str, ...]] = {}
        varied: list[str] = []
        for name in names:
            if not _is_text(tables[0].schema.field(name).type):
                if _varies([table[name] for table in tables]):
                    varied.append(name)
                continue
            counts: Counter[str] = Counter()
            for table in tables:
                for each in table[name].value_counts().to_pylist():
                    if each["values"] is not None:
                        counts[each["values"]] += each["counts"]
            common = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_LEVELS_MAX]
            least = _LEVEL_SHARE_MIN * sum(table.num_rows for table in tables)
            often = tuple(sorted(level for level, count in common if count >= least))
            if len(often) > 1:
                varied.append(name)
                levels[name] = often
        return cls(tuple(varied), levels)

    @property
    def columns(self) -> tuple[tuple[str, str | None], ...]:
        """The signal behind each column of `matrix`, and of texts the value."""
        found: list[tuple[str, str | None]] = []
        for name in self.names:
            found.extend([(name, level) for level in self.levels[name]] if name in self.levels else [(name, None)])
        return tuple(found)

    def matrix(self, table: pa.Table, day: date) -> Array:
        """A row for each row of `table`, as known at the start of `day`; nan where nothing is known."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        columns: list[Array] = []
        for name in self.names:
            if name in self.levels:
                texts = table[name]
                columns.extend(_floats(pc.equal(texts, pa.scalar(level, texts.type))) for level in self.levels[name])
            else:
                columns.append(_number(table[name], day))
        return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"names": list(self.names), "levels": {name: list(each) for name, each in self.levels.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Encoding:
        """The encoding that was kept; raises KeyError or TypeError for what is none."""
        return cls(tuple(kept["names"]), {name: tuple(each) for name, each in kept["levels"].items()})


@dataclass(frozen=True)
class Scaling:
    """How a regression reads a matrix: skewed columns as logarithms, far ends cut, centred, gaps filled and marked.

    `gaps` are the columns that get a mark; a gap is filled with the middle, so that the mark alone speaks.
    """

    logged: Array
    low: Array
    high: Array
    middle: Array
    spread: Array
    gaps: Array

    @classmethod
    def of(cls, matrix: Array) -> Scaling:
        """Learn it from the rows of former days."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        known = np.isfinite(matrix)
        whole = np.where(known.any(axis=0), matrix, 0.0)
        low, high = np.nanquantile(whole, _EDGES, axis=0)
        half = np.nanmedian(whole, axis=0)
        logged = (np.nanmin(whole, axis=0) >= 0) & (high > _SKEWED * np.maximum(half, 1.0))
        low, high = (np.where(logged, np.log1p(np.maximum(each, 0)), each) for each in (low, high))
        # Of a column that is rarely not 0 both ends are 0: it is left as it is.
        flat = low == high
        low, high = np.where(flat, -np.inf, low), np.where(flat, np.inf, high)
        told = np.clip(_logged(whole, logged), low, high)
        spread = np.nanstd(told, axis=0)
        share = (~known).mean(axis=0)
        return cls(
            logged, low, high, np.nanmean(told, axis=0), np.where(spread > 0, spread, 1.0),
            np.flatnonzero((share >= _LEVEL_SHARE_MIN) & (share < 1)),
        )  # fmt: skip

    def of_rows(self, matrix: Array) -> Array:
        """The columns as a regression reads them, then the marks of gaps."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        told = (np.clip(_logged(matrix, self.logged), self.low, self.high) - self.middle) / self.spread
        gaps = ~np.isfinite(told)
        return np.column_stack([np.where(gaps, 0.0, told), gaps[:, self.gaps].astype(float)])

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads; ends that are not cut are null."""
        return {
            "logged": self.logged.tolist(),
            "low": [None if each == -float("inf") else each for each in self.low.tolist()],
            "high": [None if each == float("inf") else each for each in self.high.tolist()],
            "middle": self.middle.tolist(),
            "spread": self.spread.tolist(),
            "gaps": self.gaps.tolist(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Scaling:
        """The scaling that was kept; raises KeyError, TypeError or ValueError for what is none."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        low = np.array([-np.inf if each is None else each for each in kept["low"]], dtype=float)
        high = np.array([np.inf if each is None else each for each in kept["high"]], dtype=float)
        middle, spread = (np.array(kept[name], dtype=float) for name in ("middle", "spread"))
        return cls(np.array(kept["logged"], dtype=bool), low, high, middle, spread, np.array(kept["gaps"], dtype=int))


def _logged(matrix: Array, logged: Array) -> Array:
    import numpy as np  # noqa: PLC0415 -- of the extra

    return np.where(logged, np.log1p(np.maximum(matrix, 0)), matrix)


def _number(column: pa.ChunkedArray, day: date) -> Array:
    kind = column.type
    if pa.types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32())
        return _floats(pc.subtract(days, (day - _EPOCH).days))
    return _floats(column)


def _floats(column: pa.ChunkedArray) -> Array:
    import numpy as np  # noqa: PLC0415 -- of the extra

    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    found = column.cast(pa.float64()).to_numpy()
    return np.where(np.isfinite(found), found, np.nan)


def _varies(columns: Sequence[pa.ChunkedArray]) -> bool:
    ends = [pc.min_max(column).as_py() for column in columns]
    known = [each for each in ends if each["min"] is not None]
    return bool(known) and min(each["min"] for each in known) < max(each["max"] for each in known)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))
