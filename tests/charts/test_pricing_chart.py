"""Pictures of the price review: exact figures in the labels, nothing of what has no list price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.charts.drawing import drawn, labels, texts
from upswell.charts.pricing import demand_chart, draw, meter_chart, realised_chart
from upswell.errors import UsageError


def share(method: str, curve: str, price: str, value: str) -> dict[str, Any]:
    return {
        "survey": "2025",
        "plan_id": "Team",
        "method": method,
        "curve": curve,
        "price": Decimal(price),
        "currency": "EUR",
        "share": Decimal(value),
        "share_low": Decimal("0.1"),
        "share_high": Decimal("0.9"),
    }


def test_realised_stands_beside_list_and_the_unknown_is_not_drawn() -> None:
    rows: list[dict[str, Any]] = [
        {"plan": "Team", "list_mrr": Decimal("440"), "realised_mrr": Decimal("384.126")},
        {"plan": None, "list_mrr": Decimal("10"), "realised_mrr": Decimal("10")},
        {"plan": "Pro", "list_mrr": None, "realised_mrr": None},
    ]
    drawing = drawn(realised_chart(rows, dimension="plan", currency="USD"))
    assert sorted(labels(drawing, "bar")) == [
        "(none), List MRR: 10.00 USD",
        "(none), Realised MRR: 10.00 USD",
        "Team, List MRR: 440.00 USD",
        "Team, Realised MRR: 384.13 USD",
    ]
    assert "Pro" not in texts(drawing)


def test_a_point_of_a_curve_tells_its_share_and_interval() -> None:
    rows = [
        share("van Westendorp", "too_cheap", "10", "0.5"),
        share("van Westendorp", "expensive", "20.50", "0.25"),
        share("Gabor-Granger", "would_buy", "15", "0.75"),
    ]
    assert labels(drawn(meter_chart(rows)), "point") == [
        "too cheap at 10.00 EUR: 50.0 % (10.0 % to 90.0 % at 95 %)",
        "expensive at 20.50 EUR: 25.0 % (10.0 % to 90.0 % at 95 %)",
    ]
    assert labels(drawn(demand_chart(rows)), "point") == ["would buy at 15.00 EUR: 75.0 % (10.0 % to 90.0 % at 95 %)"]


def test_charts_have_names_and_take_what_they_show() -> None:
    rows: list[dict[str, Any]] = [
        {"plan": "Team", "list_mrr": Decimal(2), "realised_mrr": Decimal(1)},
        {"plan": "all", "list_mrr": Decimal(2), "realised_mrr": Decimal(1)},
    ]
    shown = labels(drawn(draw("realised", rows, dimension="plan", currency="USD")), "bar")
    assert shown == ["Team, List MRR: 2.00 USD", "Team, Realised MRR: 1.00 USD"], "not what all come to"
    other = share("van Westendorp", "cheap", "99", "0.5") | {"plan_id": "Pro"}
    drawing = drawn(draw("meter", [share("van Westendorp", "cheap", "10", "0.5"), other], dimension="", currency=""))
    assert labels(drawing, "point") == ["cheap at 10.00 EUR: 50.0 % (10.0 % to 90.0 % at 95 %)"]
    assert "How prices are seen, 2025 Team, % of respondents" in texts(drawing)
    with pytest.raises(UsageError, match="there is no chart of prices 'bars'"):
        draw("bars", rows, dimension="plan", currency="USD")


def test_nothing_known_is_an_empty_chart_with_a_size() -> None:
    assert labels(drawn(realised_chart([], dimension="plan", currency="USD")), "bar") == []
    assert labels(drawn(meter_chart([])), "point") == []
