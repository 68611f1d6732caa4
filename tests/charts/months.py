"""Trailing months written by hand, without a book: a figure for each month, or a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from upswell.metrics.trailing import MOVEMENT_METRICS, NET_CHANGE, MonthFigure, TrailingMonths

MONTHS: Final = ("2025-11", "2025-12", "2026-01")
REASON: Final = "no rate for EUR on 2025-12-31; import rates"
Values = Mapping[str, Sequence[str | None]]


def figures(values: Values, months: Sequence[str]) -> tuple[MonthFigure, ...]:
    return tuple(
        MonthFigure(
            month, name, None if text is None else Decimal(text), None if text is not None else f"{REASON} ({name})"
        )
        for name, texts in values.items()
        for month, text in zip(months, texts, strict=True)
    )


def made(
    *,
    movements: Values | None = None,
    drivers: Values | None = None,
    retention: Values | None = None,
    months: Sequence[str] = MONTHS,
    running: Sequence[str] = (),
    currency: str = "USD",
) -> TrailingMonths:
    """Three months in which nothing happened, but for what is given."""
    quiet = ["0"] * len(months)
    return TrailingMonths(
        months=tuple(months),
        running=tuple(running),
        workspace_currency=currency,
        movements=figures(
            {**dict.fromkeys((*MOVEMENT_METRICS, NET_CHANGE), quiet), **(movements or {})},
            months,
        ),
        drivers=figures(drivers or {}, months),
        retention=figures(retention or {"nrr_12m": ["1"] * len(months), "grr_12m": ["1"] * len(months)}, months),
    )
