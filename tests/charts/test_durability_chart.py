"""Curves of durability: each told share once in its label, all drivers together nowhere, nothing of the unknown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tests.charts.drawing import drawn, labels, texts
from upswell.analysis.durability.report import ALL_DRIVERS, CurvePoint, Durability
from upswell.charts.durability import CURVES_MAX, durability_chart


def answer(points: Sequence[tuple[str, str | None, int, str, str, str]], *, by: str | None = None) -> Durability:
    found = tuple(
        CurvePoint(driver, value, days, Decimal(share), Decimal(low), Decimal(high))
        for driver, value, days, share, low, high in points
    )
    return Durability(by=by, policy="strict", book_id="b-000001", currency="USD", rows=(), points=found, how_sure=())


def test_a_share_stands_in_its_label_with_its_interval() -> None:
    chart = durability_chart(
        answer(
            [
                ("seats", None, 0, "1", "0.9", "1"),
                ("seats", None, 30, "0.955", "0.9", "0.99"),
                ("seats", None, 35, "0.95", "0.9", "0.98"),
                ("cross_sell", None, 30, "0.8", "0.7", "0.9"),
                (ALL_DRIVERS, None, 30, "0.9", "0.85", "0.95"),
            ]
        )
    )
    assert sorted(labels(drawn(chart), "point")) == [
        "Cross-sell, 30 days: 80.0 % (70.0 % to 90.0 % at 95 %)",
        "Seats, 30 days: 95.5 % (90.0 % to 99.0 % at 95 %)",
    ]


def test_values_are_told_apart_and_only_so_many_are_drawn() -> None:
    points = [("seats", f"plan {place}", 30, "0.5", "0.4", "0.6") for place in range(12)]
    drawing = drawn(durability_chart(answer(points, by="plan")))
    shown = labels(drawing, "point")
    assert len(shown) == CURVES_MAX
    assert "Seats, plan 0, 30 days: 50.0 % (40.0 % to 60.0 % at 95 %)" in shown


def test_nothing_known_is_an_empty_chart_with_a_size() -> None:
    drawing = drawn(durability_chart(answer([])))
    assert labels(drawing, "point") == []
    assert "Expansion dollars still there, by days since the expansion, %" in texts(drawing)
