"""Rows of cells as columns: what a query gave, for sums over many rows at once.

rows["mrr"][rows["term"] == 12].sum()        what customers with a yearly term paid, over all months
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Rows:
    """Columns of equal length: places are integers, amounts are floats."""

    columns: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def where(self, kept: Array) -> Rows:
        """The rows where `kept` is true."""
        return Rows({name: column[kept] for name, column in self.columns.items()})

    def __len__(self) -> int:
        return len(self.columns["month"])
