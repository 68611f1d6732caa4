"""The forecast of a book: asked, answered, or refused.

    answer = run(connection, ForecastRequest(months=12), facts=facts, policy=policy)
    answer.row("closing_mrr", "2026-12").median

From 24 complete months on the simulation and AutoETS are pooled by what former origins teach, and the backtest stands
beside the forecast. From 6 to 23 months the simulation goes on alone by plain rates, without seasons, and says so. With
fewer months, or fewer than 20 customers at the origin, there is no forecast, and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.answer import (
    Committed,
    Forecast,
    rounded,
)
from upswell.analysis.forecast.backtest import Backtest, backtest, former_origins
from upswell.analysis.forecast.history import History, read_history
from upswell.analysis.forecast.notes import notes_of, why_not
from upswell.analysis.forecast.planned import plan_shares
from upswell.analysis.forecast.rates import learn
from upswell.analysis.forecast.rows import rows_ahead, rows_known, rows_scored, rows_tried
from upswell.analysis.forecast.scenario import Scenario, parse_scenario
from upswell.analysis.forecast.scores import quantiles_of
from upswell.analysis.forecast.simulate import AS_IT_IS, simulate
from upswell.analysis.forecast.sureness import sure_of
from upswell.analysis.forecast.telling import NRR, SEASONAL, TARGETS, YEAR, tell
from upswell.errors import UsageError
from upswell.metrics import planner
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy.model import Policy

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MONTHS: Final = 12
SIMULATIONS: Final = 1000
_MONTHS_MOST: Final = 18
_RETAINED: Final = "nrr"


@dataclass(frozen=True)
class ForecastRequest:
    """One question: how many months ahead (1 to 18), of which customers, under which scenario (see `scenario`)."""

    months: int = MONTHS
    where: str | None = None
    scenario: tuple[str, ...] = ()
    seed: int = 1


@dataclass(frozen=True)
class Known:
    """All that a forecast needs of a book, read in a moment; what follows from it takes longer and needs no book.

    `empty` is the answer without a forecast: what is known, committed and assumed, and why there is none, if so.
    """

    request: ForecastRequest
    policy: Policy
    history: History
    scenario: Scenario
    empty: Forecast


def run(connection: Readable, request: ForecastRequest, *, facts: BookFacts, policy: Policy) -> Forecast:
    """The forecast from the last complete month on. The same request of the same book gives the same figures.

    A history too short or with too few customers gives no rows, and the reason. Raises what `read_known` raises.
    """
    return answered(read_known(connection, request, facts=facts, policy=policy))


def read_known(connection: Readable, request: ForecastRequest, *, facts: BookFacts, policy: Policy) -> Known:
    """What a book knows of a request.

    Raises `UsageError` for a number of months, a filter or a scenario that is none, and where nobody paid at all.
    """
    _require_months(request.months)
    history = read_history(connection, facts=facts, policy=policy, where=request.where)
    scenario = _scenario(connection, request, history, facts)
    empty = Forecast(
        policy=policy.name,
        book_id=facts.book_id,
        origin=str(Month(history.last)),
        months_ahead=request.months,
        currency=facts.workspace_currency,
        method="none",
        reason=why_not(history),
        months_known=history.months,
        customers=int(history.customers[-1]),
        simulations=SIMULATIONS,
        rows=(),
        known=rows_known(history),
        backtest=(),
        tried=(),
        origins=(),
        committed=_committed(connection, request, facts=facts, policy=policy),
        sure=(),
        assumes=scenario.assumes,
        notes=(),
    )
    return Known(request, policy, history, scenario, empty)


def answered(known: Known) -> Forecast:
    """The forecast that follows from what is known, or the reason why there is none."""
    if known.empty.reason is not None:
        return known.empty
    history, request = known.history, known.request
    pooled = history.months >= SEASONAL
    tried = backtest(history, months=request.months, origins=former_origins(history))
    shown = _shown(history, request, tried)
    if known.scenario.assumes:
        shown = _under(known.scenario, shown, history, request)
    rows, scores = rows_ahead(shown, history.last), rows_scored(tried)
    return replace(
        known.empty,
        method="pooled" if pooled else "plain rates",
        rows=rows,
        backtest=scores,
        tried=rows_tried(tried),
        origins=tuple(str(origin) for origin in tried.origins),
        sure=sure_of(rows, scores, origins=len(tried.origins), largest_share=history.largest_share),
        notes=notes_of(history, request.months, known.policy, pooled=pooled),
    )


# -- what is shown


def _shown(history: History, request: ForecastRequest, tried: Backtest) -> dict[str, Array]:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    told = tell(history, months=request.months, simulations=SIMULATIONS, seed=request.seed)
    found = {target: tried.pool(target).of(each) for target, each in told.items()}
    return {target: np.maximum(quantiles, 0) for target, quantiles in found.items()}


def _simulated(history: History, request: ForecastRequest, scenario: Scenario) -> dict[str, Array]:
    learned = learn(history, seasons=history.months >= SEASONAL)
    paths = simulate(
        history,
        learned,
        months=request.months,
        simulations=SIMULATIONS,
        seed=request.seed,
        scenario=scenario,
    )
    found = {target: quantiles_of(paths[target]) for target in TARGETS}
    if request.months >= YEAR:
        found[NRR] = quantiles_of(paths[_RETAINED][:, YEAR - 1 : YEAR])
    return found


def _under(
    scenario: Scenario, shown: Mapping[str, Array], history: History, request: ForecastRequest
) -> dict[str, Array]:
    """What is shown, moved by what the scenario moves in the simulation, quantile by quantile."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    before, after = (_simulated(history, request, each) for each in (AS_IT_IS, scenario))
    return {target: np.maximum(each + after[target] - before[target], 0) for target, each in shown.items()}


# -- what else belongs to the question


def _scenario(connection: Readable, request: ForecastRequest, history: History, facts: BookFacts) -> Scenario:
    if not request.scenario:
        return AS_IT_IS
    if request.where is not None and any(text.startswith("price") for text in request.scenario):
        raise UsageError(
            "a price rises for all customers of a plan",
            code="scenario_of_a_part",
            where="--scenario price with --where or --segment",
            expected="a price rise of the whole, or another scenario of a part",
            found=request.where,
            remedy="leave the filter out, or ask for churn or an add-on",
        )
    year = history.states.where(
        (history.states["month"] < history.last) & (history.states["month"] >= history.last - YEAR)
    )
    customers = float(year["customers"].sum())
    return parse_scenario(
        request.scenario,
        plan_shares=plan_shares(connection, Month(history.last)),
        monthly_churn=float(year["left_"].sum()) / customers if customers else 0.0,
        currency=facts.workspace_currency,
    )


def _committed(connection: Readable, request: ForecastRequest, *, facts: BookFacts, policy: Policy) -> Committed:
    month = str(Month.of(facts.as_of_day))
    asked = MetricRequest(names=("cmrr",), month_from=month, month_to=month, where=request.where)
    row = planner.run(connection, asked, facts=facts, policy=policy).to_pylist()[0]
    value = None if row["value"] is None else rounded(float(row["value"]), "money")
    return Committed(value, row["reason"])


def _require_months(months: int) -> None:
    if not 1 <= months <= _MONTHS_MOST:
        raise UsageError(
            f"{months} is no number of months to forecast",
            code="forecast_months_out_of_range",
            expected=f"1 to {_MONTHS_MOST}",
            found=str(months),
            remedy=f"ask for 1 to {_MONTHS_MOST} months",
        )
