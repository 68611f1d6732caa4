"""The page of health: without a scorecard it says why, with one it shows card, backtest and the worst customers."""

from __future__ import annotations

from pathlib import Path

from tests.analysis.signals.small import pressed_company
from tests.interfaces.page import parsed
from tests.interfaces.server.people import served
from upswell.workspace.simulated import make_simulated


def test_without_a_scorecard_the_page_shows_signals_and_says_why(tmp_path: Path) -> None:
    with served(pressed_company(tmp_path).folder) as reader:
        text = parsed(reader.get("/health").text).text
        assert "No points: 0 former days can be looked at" in text
        assert "The scorecard" not in text
        assert "Use for each seat" in text
        assert reader.get("/health?where=colour%20%3D%201").status_code == 400


def test_the_card_its_backtest_and_the_worst_customers(tmp_path: Path) -> None:
    workspace = make_simulated(tmp_path / "w", company="self-serve", customers=250, months=14)
    found = workspace.health(limit=3)
    assert found.health.card is not None
    with served(workspace.folder) as reader:
        page = reader.get("/health").text
        text = parsed(page).text
    assert "The scorecard" in text
    assert f"AUC was {found.health.auc:.2f}" in text
    worst = found.rows[0].points
    assert f"{worst.customer_id} " in text
    assert worst.reasons[0] in text
    assert f'href="/customers/{worst.customer_id}"' in page
