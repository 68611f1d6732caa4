"""The scorecard by hand: whole points, in the direction that is known, nothing where nothing is told."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from upswell.analysis.rolling.wording import as_told, worded
from upswell.growth.health.bins import learn_bins, pooled
from upswell.growth.health.hand import hand_weighted
from upswell.growth.health.plainly import bin_texts
from upswell.growth.health.report import Health
from upswell.growth.health.scorecard import BEST, Line, Scorecard, fit_scorecard
from upswell.growth.health.stored import read_stored_health, stored_health

ROWS = 4000


def company() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Seats in use decide who loses MRR, an open charge makes it likelier, answers are chance and often lacking."""
    chance = np.random.default_rng(7)
    seats = chance.uniform(0.2, 1.0, ROWS)
    charges = (chance.random(ROWS) < 0.1).astype(float)
    nps = np.where(chance.random(ROWS) < 0.6, np.nan, chance.integers(0, 11, ROWS))
    lost = chance.random(ROWS) < 0.25 - 0.22 * seats + 0.25 * charges
    return {"seats_used_share": seats, "open_failed_charges": charges, "last_nps": nps}, lost


def test_a_card_has_whole_points_that_add_up_to_100_and_fall_with_what_is_worse() -> None:
    values, lost = company()
    card = fit_scorecard(values, lost)
    assert card is not None
    lines = {line.signal: line for line in card.lines}
    assert sum(max(line.points) for line in card.lines) == BEST
    assert all(min(line.points) == 0 for line in card.lines)
    seats = lines["seats_used_share"]
    assert list(seats.points[:-1]) == sorted(seats.points[:-1])
    assert lines["open_failed_charges"].points[0] > lines["open_failed_charges"].points[1] == 0
    # What is chance has little to say.
    assert max(lines["last_nps"].points) < 10 if "last_nps" in lines else True
    points = card.points(values, rows=ROWS)
    assert lost[points <= card.low_to].mean() > 1.5 * lost.mean()
    assert lost[points >= card.high_from].mean() < 0.7 * lost.mean()
    assert {card.band(0), card.band(BEST)} == {"low", "high"}


def test_points_of_a_row_are_added_by_hand() -> None:
    lines = (Line("seats_used_share", (0.5, 0.9), (0, 20, 60, 30)), Line("open_failed_charges", (1.0,), (40, 0, 25)))
    card = Scorecard(lines, 39, 80)
    values = {
        "seats_used_share": np.array([0.49, 0.5, 0.9, np.nan]),
        "open_failed_charges": np.array([0.0, 1.0, np.nan, 0.0]),
    }
    assert card.points(values, rows=4).tolist() == [40, 20, 85, 70]
    assert [card.band(each) for each in (39, 40, 79, 80)] == ["low", "medium", "medium", "high"]
    # A signal that is not there at all is not known.
    assert card.points({}, rows=1).tolist() == [55]
    assert bin_texts(card.lines[0]) == (
        ("under 50 %", 0), ("50 % to under 90 %", 20), ("90 % and more", 60), ("not known", 30),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["use_30d_vs_90d", "seats_used_share", "tenure_days", "use_per_seat"])
def test_on_which_side_of_a_bound_a_value_is_can_be_read(name: str) -> None:
    """`0.8 times and more` has everybody whose own value reads 0.8 times or more, and nobody else."""
    chance = np.random.default_rng(11)
    scale = 700.0 if name in ("tenure_days", "use_per_seat") else 1.4
    values = chance.uniform(0.0, scale, ROWS)
    bins = learn_bins(name, values, chance.random(ROWS) < 0.4 - 0.3 * values / scale)
    assert bins is not None
    assert bins.edges
    for edge in bins.edges:
        assert edge == as_told(name, edge)
        for value in (*values, edge, edge - 1e-12):
            assert (as_told(name, float(value)) >= edge) == (round(float(value), 9) >= edge), (edge, value)
    texts = [text for text, _ in bin_texts(Line(name, bins.edges, (0,) * (len(bins.edges) + 2)))]
    assert len(set(texts)) == len(texts)


def test_numbers_are_cut_off_and_not_rounded_up() -> None:
    assert worded("use_30d_vs_90d", 0.796, titled=False) == "0.7 times"
    assert worded("seats_used_share", 0.29, titled=False) == "29 %"
    assert worded("seats_used_share", 0.999, titled=False) == "99 %"
    assert worded("tenure_days", 508.9, titled=False) == "508 days"


def test_neighbours_that_say_otherwise_are_taken_together() -> None:
    rates = pooled(np.array([0.3, 0.1, 0.2, 0.05]), np.array([100, 100, 100, 100]), rising=False)
    assert rates == pytest.approx([0.3, 0.15, 0.15, 0.05])


def test_a_signal_that_is_always_the_same_has_no_bins() -> None:
    lost = np.arange(100) % 4 == 0
    assert learn_bins("seats_used_share", np.where(np.arange(100) < 90, np.nan, 0.5), lost) is None
    assert fit_scorecard({"seats_used_share": np.full(100, np.nan)}, lost) is None


def test_a_score_weighed_by_hand() -> None:
    values = {
        "use_30d_vs_90d": np.array([1.2, 0.6, np.nan]),
        "seats_used_share": np.array([2.0, 0.5, np.nan]),
        "last_nps": np.array([10.0, 5.0, np.nan]),
        "open_failed_charges": np.array([0.0, 2.0, np.nan]),
    }
    assert hand_weighted(values, rows=3).tolist() == [100, 45, 50]


def test_a_kept_card_that_could_be_none_is_none() -> None:
    line = Line("tenure_days", (90.0,), (0, 60, 100))
    health = Health(
        "strict", "hash", "b-1", date(2026, 1, 1), Scorecard((line,), 40, 70), None, None, 0.1, (), None, None, (), None
    )
    kept = stored_health(health, signals="these")
    assert read_stored_health(kept, signals="these") == health
    assert read_stored_health(kept, signals="others") is None
    for former, damaged in ((b"tenure_days", b"no_signal"), (b"90.0", b"90.0, 91.0"), (b"100\n", b"null\n")):
        assert former in kept
        assert read_stored_health(kept.replace(former, damaged), signals="these") is None
    assert read_stored_health(b"[" * 200_000, signals="these") is None
