"""The answer: what it has, what it says of itself, when it falls back and when it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import upswell
from tests.analysis.forecast.companies import LAST, book_of, rows_of
from upswell import Workspace
from upswell.analysis.forecast.answer import BacktestRow, Forecast, forecast_row, rounded
from upswell.analysis.forecast.forecast import ForecastRequest, run
from upswell.analysis.forecast.sureness import sure_of
from upswell.errors import UsageError
from upswell.metrics.months import Month

END: Final = Month.parse(LAST)
KINDS: Final = ("new_mrr", "expansion_mrr", "reactivation_mrr", "contraction_mrr", "churned_mrr")


def asked(workspace: Workspace, request: ForecastRequest) -> Forecast:
    with workspace._asking(None) as (connection, facts, policy):
        return run(connection, request, facts=facts, policy=policy)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return book_of(Path(tmp_path_factory.mktemp("long")) / "w", rows_of("contract", 120, 16, 17), last=END)


@pytest.fixture(scope="module")
def answer(company: Workspace) -> Forecast:
    return asked(company, ForecastRequest(months=12))


def small(folder: Path, *, customers: int, months: int) -> Workspace:
    """`customers` at 10.00 a month who began one after the other, as of 2026-01-01."""
    workspace = upswell.init(folder / "w")
    rows = ["customer_id,plan_id,starts_at,unit_amount"]
    for number in range(customers):
        rows.append(f"c{number},Team,{END.plus(1 - months + number % months).first_day},10.00")
    path = folder / "items.csv"
    path.write_text("\n".join(rows))
    workspace.import_file(path, table="items")
    workspace.build(as_of=datetime(2026, 1, 1, tzinfo=UTC))
    return workspace


def test_every_target_has_every_month_and_intervals_inside_each_other(answer: Forecast) -> None:
    months = {target: [row.month for row in answer.rows if row.target == target] for target in (*KINDS, "closing_mrr")}
    assert set(map(tuple, months.values())) == {tuple(str(END.plus(ahead)) for ahead in range(1, 13))}
    assert [row.month for row in answer.rows if row.target == "nrr_12m"] == ["2026-12"]
    for row in answer.rows:
        half, most, nearly = row.intervals
        assert nearly.low <= most.low <= half.low <= row.median <= half.high <= most.high <= nearly.high, row


def test_losses_are_negative_and_money_has_cents(answer: Forecast) -> None:
    for row in answer.rows:
        ends = [row.median, row.mean, *(end for each in row.intervals for end in (each.low, each.high))]
        assert {end.as_tuple().exponent for end in ends} == {-6 if row.unit == "rate" else -2}
        losses = row.target in ("churned_mrr", "contraction_mrr")
        assert all(end <= 0 if losses else end >= 0 for end in ends), row


def test_what_is_known_is_what_the_metrics_say(answer: Forecast, company: Workspace) -> None:
    names = ["closing_mrr", *KINDS, "nrr_12m"]
    wanted = {(row["month"], row["metric"]): row["value"] for row in company.metrics(names).to_pylist()}
    told = [row for row in answer.known if row.target in names]
    assert len(told) > 100
    for row in told:
        assert float(row.value) == pytest.approx(float(wanted[row.month, row.target]), abs=0.006), row


def test_committed_mrr_stands_apart_as_the_metric_says_it(answer: Forecast, company: Workspace) -> None:
    (row,) = company.metrics("cmrr", month_from="2026-01", month_to="2026-01").to_pylist()
    assert answer.committed.value == row["value"].quantize(Decimal("0.01"))
    assert not [each for each in answer.rows if each.target == "cmrr"]


def test_the_backtest_stands_beside_it_with_both_naive_forecasts(answer: Forecast) -> None:
    methods = {row.method for row in answer.backtest if row.target == "closing_mrr"}
    assert methods == {"shown", "simulation", "autoets", "naive", "seasonal_naive"}
    assert answer.origins == ("2024-09", "2024-12", "2025-03", "2025-06", "2025-09")
    (whole,) = (row for row in answer.backtest if (row.target, row.method, row.ahead) == ("closing_mrr", "shown", 0))
    assert whole.cases == 2 * 12 + 9 + 6 + 3, "two origins are a year old or older"
    assert f"held what came in {round(whole.within_80 * whole.cases)} of {whole.cases} cases" in answer.sure[0]


def test_the_same_question_has_the_same_answer(company: Workspace) -> None:
    request = ForecastRequest(months=2)
    assert asked(company, request) == asked(company, request)


def test_a_scenario_moves_the_forecast_and_says_what_it_assumes(company: Workspace) -> None:
    usual = asked(company, ForecastRequest(months=3))
    dearer = asked(company, ForecastRequest(months=3, scenario=("addon 100 at 60",)))
    assert dearer.assumes[0].startswith("an add-on of 100.00 USD a month is bought by 60 of 100 customers")
    assert usual.assumes == ()
    month = "2026-03"
    # Three months of a twelfth each, of about 60.00 for each customer that is there at the origin.
    added = dearer.row("closing_mrr", month).mean - usual.row("closing_mrr", month).mean
    assert float(added) == pytest.approx(3 * 60 / 12 * usual.customers, rel=0.35)
    assert dearer.backtest == usual.backtest, "a scenario has no past to be tried on"


def test_a_price_of_a_part_is_refused(company: Workspace) -> None:
    with pytest.raises(UsageError) as refused:
        asked(company, ForecastRequest(where="country = 'US'", scenario=("price team +5",)))
    assert refused.value.code == "scenario_of_a_part"


@pytest.mark.parametrize("months", [0, 19])
def test_a_number_of_months_that_cannot_be_told_is_refused(company: Workspace, months: int) -> None:
    with pytest.raises(UsageError) as refused:
        asked(company, ForecastRequest(months=months))
    assert refused.value.code == "forecast_months_out_of_range"


def test_a_short_history_goes_on_by_plain_rates_and_says_so(tmp_path: Path) -> None:
    answer = asked(small(tmp_path, customers=60, months=10), ForecastRequest(months=3))
    assert (answer.method, answer.months_known, answer.origins) == ("plain rates", 10, ())
    assert answer.notes[0].startswith("10 complete months are known and a season takes 24")
    assert answer.sure[0].startswith("No former forecast could be tried")
    assert answer.row("closing_mrr", "2026-01").median > 500


@pytest.mark.parametrize(
    ("customers", "months", "reason"),
    [
        (60, 5, "5 complete months are known, up to 2025-12; fewer than 6 do not tell chance from change"),
        (19, 12, "19 customers pay at the close of 2025-12; of fewer than 20 each one decides the whole"),
    ],
)
def test_what_nobody_can_say_has_a_reason_and_no_rows(tmp_path: Path, customers: int, months: int, reason: str) -> None:
    answer = asked(small(tmp_path, customers=customers, months=months), ForecastRequest())
    assert answer.method == "none"
    assert answer.reason is not None
    assert answer.reason.startswith(reason)
    assert (answer.rows, answer.backtest, answer.sure) == ((), (), ())
    assert answer.committed.value == customers * 10, "what is contracted is known all the same"


# -- rows and sentences by hand


def test_a_row_by_hand() -> None:
    """The quantiles 0 to 100 on a line: the median 50, half of all from 25 to 75; a loss has the other sign."""
    line = np.arange(0.5, 100)
    gain, loss = forecast_row("2026-01", "new_mrr", line), forecast_row("2026-01", "churned_mrr", line)
    assert (gain.median, gain.mean) == (Decimal("50.00"), Decimal("50.00"))
    assert [(each.low, each.high) for each in gain.intervals] == [(25, 75), (10, 90), (Decimal("2.5"), Decimal("97.5"))]
    assert (loss.intervals[1].low, loss.intervals[1].high) == (Decimal(-90), Decimal(-10))
    assert str(rounded(-0.0, "money")) == "0.00"


def line(method: str, crps: str, *, within: str = "0.8") -> BacktestRow:
    share = Decimal(within)
    return BacktestRow(*("closing_mrr", method, 0, 30, "money", Decimal(crps), None, Decimal(0)), share, share, share)


def test_how_sure_in_words() -> None:
    rows = [forecast_row("2026-12", "closing_mrr", np.arange(0.5, 100))]
    said = sure_of(
        rows, [line("shown", "80"), line("naive", "100"), line("seasonal_naive", "160")], origins=5, largest_share=0.05
    )
    assert said[:3] == (
        "At 5 former month ends the 80 % interval of MRR held what came in 24 of 30 cases (80%).",
        "For MRR its error (CRPS) was 20% smaller than that of saying last month's figure again.",
        "In 2026-12 the 80 % interval of MRR goes from 80% below the median to 80% above.",
    )
    worse = sure_of(rows, [line("shown", "120"), line("naive", "100")], origins=2, largest_share=0.6)
    assert "That is too few month ends to judge the intervals by" in worse[1]
    assert "it was no better than saying last month's figure again (its CRPS was 20% larger)" in worse[2]
    assert worse[4].startswith("The largest customer pays 60% of MRR.")
    much = sure_of(rows, [line("shown", "250"), line("naive", "100")], origins=5, largest_share=0)
    assert "(its CRPS was 2.5 times as large)" in much[1]


def test_rows_are_frozen() -> None:
    row = forecast_row("2026-01", "new_mrr", np.arange(0.5, 100))
    assert replace(row, month="2026-02").median == row.median
    with pytest.raises(AttributeError):
        row.month = "2026-03"  # type: ignore[misc]
