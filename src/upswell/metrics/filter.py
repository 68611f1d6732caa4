"""A filter as the queries of this room take it: a condition in SQL, its values bound by name.

`Filter()` lets everything through; `upswell.metrics.where` makes one of what a user wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from upswell.metrics.columns import Column


@dataclass(frozen=True)
class Filter:
    """A condition in SQL, the values to bind by name, and the columns it reads."""

    sql: str = "true"
    parameters: dict[str, object] = field(default_factory=dict)
    columns: frozenset[Column] = frozenset()
