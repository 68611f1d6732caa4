"""`propensity` and `health` where there is little to learn from: they say so, and show what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.signals.small import pressed_company
from tests.interfaces.command import done, upswell_command


@pytest.fixture(scope="module")
def pressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = pressed_company(tmp_path_factory.mktemp("pressed")).folder
    return folder


def test_without_a_history_customers_are_ranked_by_rules(pressed: Path) -> None:
    answer = done("-w", pressed, "propensity")
    assert "ranked by rules: the history is too short" in answer.err
    assert "no total: there is no forecast" in answer.err
    rows = done("-w", pressed, "propensity", "--format", "json").json()
    assert rows["ranked_by"] == "rules"
    assert rows["total"]["value"] is None
    assert rows["backtest"]["chosen"] is None
    points = [row["points"] for row in rows["rows"]]
    assert points == sorted(points, reverse=True)
    # What cannot be known is no 0.
    unknown = ("likelihood", "segment_rate", "driver", "amount", "allocated")
    assert {row[name] for row in rows["rows"] for name in unknown} == {None}
    tested = done("-w", pressed, "propensity", "--backtest")
    assert tested.out == ""
    assert "No model: the history is too short" in tested.err


def test_with_too_few_losses_signals_stand_without_points(pressed: Path) -> None:
    answer = done("-w", pressed, "health")
    assert "no points: 0 former days can be looked at, and 3 are needed" in answer.err
    assert len(answer.out.splitlines()) == 6
    rows = done("-w", pressed, "health", "--format", "json").json()
    assert {row["points"] for row in rows["rows"]} == {None}
    assert rows["scorecard"]["lines"] == []
    one = done("-w", pressed, "health", "--customer", "Acme")
    assert "Acme: n/a points, n/a" in one.err
    assert "Use for each seat" in one.out
    card = done("-w", pressed, "health", "--scorecard", "--format", "csv")
    assert card.out.splitlines() == ["signal,at_least,below,known,points"]


def test_a_customer_that_does_not_pay_has_no_health(pressed: Path) -> None:
    answer = upswell_command("-w", pressed, "health", "--customer", "Nobody")
    assert answer.code == 2
    assert "Nobody has no health" in answer.err
