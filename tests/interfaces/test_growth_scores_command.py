"""`propensity` and `health` where there is little to learn from: they say so, and show what is known."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from tests.analysis.signals.small import pressed_company, workspace_of
from tests.interfaces.command import done, upswell_command
from upswell.analysis.propensity.total import Total
from upswell.errors import UsageError
from upswell.workspace import Workspace, kept_models


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


def test_who_asked_to_leave_is_said_without_points_too_and_who_is_left_out(tmp_path: Path) -> None:
    workspace = workspace_of(
        tmp_path, "Acme,crm,Team,2025-01-01,,3,20.00,,,,,,,,\nYen,crm,Team,2025-01-01,,3,20.00,JPY,,,,,,,"
    )
    path = tmp_path / "asked.csv"
    path.write_text(
        "customer_id,product_id,plan_id,starts_at,ends_at,quantity,unit_amount,cancel_requested_at\n"
        "Abe,crm,Team,2025-01-01,2026-01-01,9,20.00,2025-08-01\n",
        "utf-8",
    )
    assert workspace.import_file(path, table="items").held_back == 0
    workspace.build(as_of=datetime(2025, 9, 1, tzinfo=UTC))
    answer = done("-w", workspace.folder, "health")
    assert "2 of 2 paying customers, 1 of whom are leaving" in answer.err
    assert "left out: 1 whose MRR is not known, for want of an exchange rate" in answer.err
    rows = done("-w", workspace.folder, "health", "--format", "json").json()["rows"]
    assert [(row["customer_id"], row["leaving"], row["points"]) for row in rows] == [
        ("Acme", False, None),
        ("Abe", True, None),
    ]
    for ask in (workspace.health, workspace.propensity):
        with pytest.raises(UsageError, match="limit -1 is no number of customers"):
            ask(limit=-1)


def test_a_total_that_nobody_gets_a_part_of_is_said_to_be_shared_out_to_nobody(
    pressed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = Total(("2025-09", "2025-11"), Decimal(540), Decimal(100), Decimal(900), Decimal(600), Decimal("0.9"))
    monkeypatch.setattr(Workspace, "_total", lambda *_: total)
    scores = upswell.open(pressed).propensity()
    assert (scores.total.value, scores.is_shared_out) == (Decimal(540), False)
    assert set(scores.table["allocated"].to_pylist()) == {None}


def test_a_kept_card_is_of_no_use_once_people_are_counted_otherwise(tmp_path: Path) -> None:
    workspace = pressed_company(tmp_path)
    kept = workspace.scorecard()
    signals = kept_models.made_of(workspace.settings.growth.seat_metrics)
    assert kept_models.read_health(workspace.folder, policy_hash=kept.policy_hash, signals=signals) == kept
    other = kept_models.made_of(("calls",))
    assert kept_models.read_health(workspace.folder, policy_hash=kept.policy_hash, signals=other) is None
