"""The fan and the former fans: each told month once in its label, an outcome outside its interval by another mark."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from tests.charts.drawing import drawn, labels, texts
from upswell.analysis.forecast.answer import Committed, Forecast, KnownRow, TriedRow, forecast_row
from upswell.charts.forecast import fan_chart, tried_chart


def answer(*, told: bool = True) -> Forecast:
    line = np.arange(1000.5, 1100, 1.0)
    tried = [
        TriedRow("2025-09", "2025-10", 1, "closing_mrr", "money", *(Decimal(each) for each in (1000, 950, 1050, came)))
        for came in (1010, 1060)
    ]
    return Forecast(
        book_id="b-000001",
        policy="strict",
        origin="2025-12",
        months_ahead=2,
        currency="USD",
        method="pooled" if told else "none",
        reason=None if told else "5 complete months are known",
        months_known=30,
        customers=100,
        simulations=1000,
        rows=tuple(forecast_row(month, "closing_mrr", line) for month in ("2026-01", "2026-02")) if told else (),
        known=(KnownRow("2025-11", "closing_mrr", "money", Decimal("1000.004")),),
        backtest=(),
        tried=tuple(tried),
        origins=("2025-09",),
        committed=Committed(Decimal(0), None),
        sure=(),
        assumes=(),
        notes=(),
    )


def test_what_was_and_what_may_come_stand_in_labels() -> None:
    assert sorted(labels(drawn(fan_chart(answer(), target="closing_mrr")), "point")) == [
        "2025-11: 1,000.00 USD",
        "2026-01: 1,050.00 USD (1,010.00 USD to 1,090.00 USD at 80 %)",
        "2026-02: 1,050.00 USD (1,010.00 USD to 1,090.00 USD at 80 %)",
    ]


def test_without_a_forecast_only_what_was_is_drawn() -> None:
    drawing = drawn(fan_chart(answer(told=False), target="closing_mrr"))
    assert labels(drawing, "point") == ["2025-11: 1,000.00 USD"]


def test_what_came_outside_is_told_apart() -> None:
    drawing = drawn(tried_chart(answer(), target="closing_mrr", ahead=1))
    assert sorted(labels(drawing, "point")) == [
        "2025-10, told 2025-09: 950.00 USD to 1,050.00 USD; 1,010.00 USD came",
        "2025-10, told 2025-09: 950.00 USD to 1,050.00 USD; 1,060.00 USD came",
    ]
    assert {"inside the interval", "outside"} <= set(texts(drawing))


def test_nothing_tried_is_an_empty_chart_with_a_title() -> None:
    drawing = drawn(tried_chart(answer(), target="expansion_mrr", ahead=12))
    assert labels(drawing, "point") == []
    assert "Expansion: 80 % intervals told 12 months before, and what came" in texts(drawing)
