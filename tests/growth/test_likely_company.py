"""Who is likely to expand, and to stay, in a simulated company whose mechanism is known.

Need, health and pressure decide what its customers do, and show in seats, use and feedback: a model that reads these
must do better than the segment and than plain rules, at former days that it has not learned from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import upswell
from upswell import Workspace
from upswell.analysis.propensity import fitting
from upswell.analysis.propensity.fitted import RULES, SEGMENT
from upswell.analysis.propensity.fitting import NAMES
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.target import read_expanded
from upswell.analysis.rolling.origins import former_origins
from upswell.analysis.signals.catalogue import SIGNALS, Signal
from upswell.analysis.signals.known import Relation
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.workspace.simulated import make_simulated

DAY = date(2025, 7, 1)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("likely") / "w"
    return make_simulated(folder, company="contract", customers=1500, months=36, seed=1)


@pytest.fixture(scope="module")
def tested(company: Workspace) -> Backtest:
    return company.fit_propensity()


def test_the_model_beats_the_segment_and_the_rules(tested: Backtest) -> None:
    assert len(tested.origins) >= 6
    assert tested.leaks == ()
    mine, segment, rules = (tested.of(str(name)) for name in (tested.chosen, SEGMENT, RULES))
    assert mine.auc is not None
    assert mine.dollars is not None
    for other in (segment, rules):
        assert other.auc is not None
        assert other.dollars is not None
        assert mine.auc > other.auc + 0.02
        assert mine.dollars > other.dollars
        assert mine.precision > other.precision
        assert mine.brier < other.brier
    assert tested.beats_segment_base_rate
    assert tested.calibration_error is not None
    assert tested.calibration_error < 5
    assert "The model beats the segment base rate" in " ".join(tested.sentences)


def test_origins_learn_only_from_what_was_over(tested: Backtest) -> None:
    for origin in tested.origins:
        assert (origin.day - origin.learned_to).days >= 90
        assert origin.base_rate == pytest.approx(origin.expanded / origin.customers)
    # Calibration is of every customer that was scored, in ten groups.
    assert sum(each.customers for each in tested.calibration) == sum(each.customers for each in tested.origins)


def test_what_came_is_what_a_plain_loop_over_movements_finds(company: Workspace) -> None:
    until = date(2025, 9, 29)
    by_customer: dict[str, dict[str, Decimal]] = {}
    rates = company.rates().given.to_pylist()
    for row in company.movements(kind="expansion", date_from=DAY, date_to=date(2025, 9, 28)).to_pylist():
        if row["driver"] in ("price", "discount") or row["scheduled"]:
            continue
        assert DAY <= row["date"] < until
        drivers = by_customer.setdefault(row["customer_id"], {})
        drivers[row["driver"]] = drivers.get(row["driver"], Decimal(0)) + row["amount"] * _rate(rates, row)
    with company._asking(None) as (connection, _, _):
        found = read_expanded(connection, DAY)
        ids = dict(connection.execute("select distinct customer_key, customer_id from item_keys").fetchall())
    # Of one expansion some rows may point down: what they come to is what was added.
    by_customer = {customer: drivers for customer, drivers in by_customer.items() if sum(drivers.values()) > 0}
    assert {ids[key] for key in found} == by_customer.keys()
    assert len(found) > 50
    for key, each in found.items():
        drivers = by_customer[ids[key]]
        assert each.dollars == pytest.approx(float(sum(drivers.values())))
        assert drivers[each.driver] == max(drivers.values())


def _rate(rates: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> Decimal:
    if row["currency"] == "USD":
        return Decimal(1)
    [rate] = [
        each["rate"]
        for each in rates
        if each["currency"] == row["currency"]
        and each["starts_on"] <= row["date"]
        and (each["ends_on"] is None or row["date"] < each["ends_on"])
    ]
    return Decimal(rate)


def test_scores_share_the_forecast_out_to_the_cent(company: Workspace, tested: Backtest) -> None:
    scores = company.propensity(limit=20)
    rows = scores.table.to_pylist()
    assert scores.ranked_by == "model"
    assert [row["rank"] for row in rows] == list(range(1, scores.customers + 1))
    assert sum(row["allocated"] for row in rows) == scores.total.value
    assert scores.total.share is not None
    forecast = company.forecast(months=3)
    medians = [row.median for row in forecast.rows if row.target == "expansion_mrr"]
    assert scores.total.forecast == sum(medians)
    assert scores.total.value == pytest.approx(sum(medians) * scores.total.share, rel=Decimal("0.001"))
    worth = [row["likelihood"] * float(row["amount"]) for row in rows]
    assert worth == sorted(worth, reverse=True) or np.allclose(worth, sorted(worth, reverse=True), atol=0.02)
    assert all(rows[place]["reasons"] for place in range(5))
    assert all(reason.endswith(("points", "point")) for row in rows[:20] for reason in row["reasons"])
    assert not any(row["reasons"] for row in rows[20:])
    assert {row["driver"] for row in rows} <= {"seats", "plan", "addon", "cross_sell", "usage", "term", "subscription"}


def test_a_filter_chooses_rows_of_the_same_list(company: Workspace, tested: Backtest) -> None:
    everybody = {row["customer_id"]: row for row in company.propensity(limit=1).table.to_pylist()}
    chosen = company.propensity(where="segment = 'small'", limit=5).table.to_pylist()
    assert 50 < len(chosen) < len(everybody)
    for row in chosen:
        assert (row["rank"], row["allocated"]) == tuple(
            everybody[row["customer_id"]][name] for name in ("rank", "allocated")
        )


def test_a_kept_model_gives_the_same_scores_and_a_broken_one_is_fitted_again(
    company: Workspace, tested: Backtest
) -> None:
    first = company.propensity(limit=3)
    again = upswell.open(company.folder).propensity(limit=3)
    assert again.table.equals(first.table)
    assert again.backtest == tested
    [about] = (company.folder / "models").glob("propensity-*.json")
    [estimators] = (company.folder / "models").glob("propensity-*.skops")
    kept = json.loads(about.read_text("utf-8"))
    whole = estimators.read_bytes()
    assert kept["fitted"]["method"] == tested.chosen
    estimators.write_bytes(whole[:-100])
    assert _kept(company) is None
    estimators.write_bytes(whole)
    changes: tuple[dict[str, Any], ...] = ({"release": "0.0.0"}, {"signals": "others"}, {"fitted": {}})
    for change in changes:
        about.write_text(json.dumps(kept | change), "utf-8")
        assert _kept(company) is None
    about.write_text("{", "utf-8")
    assert _kept(company) is None
    about.write_text(json.dumps(kept), "utf-8")
    assert _kept(company) is not None


def _kept(company: Workspace) -> object:
    return upswell.open(company.folder)._kept(None, None, days=timedelta(days=35))


def test_health_tells_who_loses_mrr_better_than_a_score_weighed_by_hand(company: Workspace) -> None:
    answer = company.health(limit=1_000_000)
    card = answer.health
    assert len(card.origins) >= 6
    assert card.auc is not None
    assert card.auc_by_hand is not None
    assert card.auc > card.auc_by_hand + 0.03
    rates = {each.band: each.rate for each in card.bands}
    assert rates["low"] is not None
    assert rates["high"] is not None
    assert rates["low"] > 1.3 * rates["high"]
    assert card.card is not None
    assert sum(max(line.points) for line in card.card.lines) == 100
    assert all(isinstance(point, int) and point >= 0 for line in card.card.lines for point in line.points)
    staying = [row.points for row in answer.rows if not row.points.leaving]
    assert [each.points for each in staying] == sorted(each.points or 0 for each in staying)
    assert all(each.points is not None and 0 <= each.points <= 100 for each in staying)
    assert [row.points.leaving for row in answer.rows] == sorted(row.points.leaving for row in answer.rows)
    [one] = company.health(customer=staying[0].customer_id).rows
    assert one.points == staying[0]
    assert company.health_points()[staying[0].customer_id] == staying[0]


def test_points_are_those_of_the_card_added_up(company: Workspace) -> None:
    answer = company.health(limit=40)
    assert answer.health.card is not None
    with company._asking(None) as (connection, facts, _):
        table = read_signals(connection, answer.health.day, facts=facts, names=[*NAMES])
    signals = {row["customer_id"]: row for row in table.to_pylist()}
    for row in answer.rows:
        if row.points.leaving:
            continue
        total = 0
        for line in answer.health.card.lines:
            value = signals[row.points.customer_id][line.signal]
            place = -1 if value is None else sum(float(value) >= edge for edge in line.edges)
            total += line.points[place]
        assert total == row.points.points


def test_a_signal_that_looks_ahead_ranks_nobody(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = Signal(
        name="expansion_to_come", title="Expansion to come", kind="number", group="use", formula="-", window="-",
        source=("usage",), is_feature=True,
        relation=Relation(
            "planted",
            """select customer_key, cast(sum(amount) as double) as expansion_to_come from booked_movements
            where kind = 'expansion' and date >= $day and date < cast($day as date) + 90 group by customer_key""",
        ),
    )  # fmt: skip
    monkeypatch.setattr(fitting, "NAMES", ("expansion_to_come", "mrr"))
    monkeypatch.setattr(fitting, "SIGNALS", (*SIGNALS, planted))
    with company._asking(None) as (connection, facts, _):
        days = former_origins(first_unknown_day(facts), first=date(2021, 1, 1))[-1:]
        found = fitting._leaks(connection, days, {days[0].day: range(1000)}, facts)  # type: ignore[dict-item]
    assert found == ("expansion_to_come",)
