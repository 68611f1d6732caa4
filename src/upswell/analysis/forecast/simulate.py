"""The simulation: cells of customers go through the months to come, a thousand times.

200 customers of one cell with a rate of 2 % lose about 4, in one simulation 2, in another 7: a binomial draw of a cell,
not of each customer, so that 100,000 customers cost what 1,000 do. What the leavers paid is a gamma draw of that many
events. Each simulation draws its own rates from their posteriors and its own shock common to all, so that what is not
known well is not told as if it were. Who had said by today that they leave, leave when they said.

    paths = simulate(history, learn(history), months=12, simulations=1000, seed=1)
    paths["closing_mrr"]        # 1000 x 12

The month: announced leavers go, others leave, grow and shrink by their rates, former customers come back, new ones
come; then rates of exchange move. Every path adds up: closing = opening + new + expansion + reactivation -
contraction - churned + fx.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.cells import AgeClasses, lapsed_at, paying_at, share_of, told_at
from upswell.analysis.forecast.classes import TERMS
from upswell.analysis.forecast.drawn import DrawnKind, DrawnReturns, gamma_sums
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.rates import Learned
from upswell.analysis.forecast.reading import AGES
from upswell.analysis.forecast.scenario import Scenario

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

AS_IT_IS: Final = Scenario()
_YEAR: Final = 12
_SHRINKS_MOST: Final = 0.9  # of what a class pays
_HALF: Final = 0.5
# The axes of paying customers but the first: there since the origin or not, term, had left before, size, age.
_CELLS: Final = (1, 2, 3, 4, 5)


def simulate(
    history: History,
    learned: Learned,
    *,
    months: int,
    simulations: int = 1000,
    seed: int = 1,
    scenario: Scenario = AS_IT_IS,
) -> dict[str, Array]:
    """Sample paths from the last month of `history` on: for each target an array of simulations x months.

    Targets: closing_mrr, customers, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr (losses
    positive), fx_mrr, and nrr: what the origin's customers that never left still pay, over what they paid then.
    """
    import numpy as np  # noqa: PLC0415 -- part of an extra

    rng = np.random.default_rng(seed)
    run = _Run(history, learned, scenario, months=months, simulations=simulations, rng=rng)
    found: dict[str, list[Array]] = {}
    for answers in run.months():
        for name, answer in answers.items():
            found.setdefault(name, []).append(answer)
    return {name: np.stack(each, axis=1) for name, each in found.items()}


class _Run:
    """One run: the state of all simulations, and the events of a month one after the other."""

    def __init__(
        self,
        history: History,
        learned: Learned,
        scenario: Scenario,
        *,
        months: int,
        simulations: int,
        rng: np.random.Generator,
    ) -> None:
        self._rng, self._learned, self._scenario = rng, learned, scenario
        self._months, self._simulations, self._last = months, simulations, history.last
        self._paying = paying_at(history, sizes=learned.sizes, simulations=simulations)
        self._told = told_at(history, sizes=learned.sizes, months=months)
        self._lapsed = lapsed_at(history, sizes=learned.sizes, simulations=simulations)
        self._classes = AgeClasses()
        self._churn, self._expansion, self._contraction = (
            DrawnKind(kind, rng, simulations=simulations, months=months, sizes=learned.sizes)
            for kind in (learned.churn, learned.expansion, learned.contraction)
        )
        self._returns = DrawnReturns(learned.returns, rng, simulations=simulations, months=months, sizes=learned.sizes)
        self._arriving = learned.arrivals.draw(rng, simulations, months)
        self._rates_move = learned.rate_moves * rng.normal(size=(simulations, months))
        self._opening = float(history.closing[-1])

    def months(self) -> Iterator[dict[str, Array]]:
        """Each month's targets, by simulation."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        value = np.ones(self._simulations)
        for month in range(self._months):
            flows = self._month(month)
            waiting = self._told.mrr[:, :, month + 1 :].sum()
            held = self._paying.mrr.sum(axis=_CELLS) + waiting
            stayed = self._paying.mrr[:, 0].sum(axis=(1, 2, 3, 4)) + waiting
            answers = {name: flow * value for name, flow in flows.items()}
            answers["fx_mrr"] = held * value * self._rates_move[:, month]
            value = value * (1 + self._rates_move[:, month])
            answers["closing_mrr"] = held * value
            answers["nrr"] = stayed * value / self._opening if self._opening > 0 else np.full(len(held), np.nan)
            answers["customers"] = (
                self._paying.customers.sum(axis=_CELLS) + self._told.customers[:, :, month + 1 :].sum()
            )
            yield answers

    def _month(self, month: int) -> dict[str, Array]:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        learned, season = self._learned, (self._last + 1 + month) % _YEAR
        opening = self._paying.mrr.sum(axis=_CELLS)
        due_customers, due = self._told.customers[:, :, month], self._told.mrr[:, :, month]
        left_customers, left = self._leave(month, season)
        expansion = self._change(self._expansion, month, season, sign=1)
        contraction = self._change(self._contraction, month, season, sign=-1)
        expansion = expansion + self._assumed(month)
        back_customers, back = self._come_back(month, season)
        self._lapsed.enter(left_customers + due_customers, left + due)
        self._paying.grow_older()
        new_customers, new = self._arrive(month)
        for before, customers, mrr in ((0, new_customers, new), (1, back_customers, back)):
            self._paying.customers[:, 1, :, before, :, 0] += customers
            self._paying.mrr[:, 1, :, before, :, 0] += mrr
        # What left and was back within the month, and new customers that did not stay to its end, or grew by then.
        blips = learned.blips * opening
        fresh = new.sum(axis=(1, 2))
        booked = fresh * learned.new_share
        came, went = learned.new_parts * expansion, learned.lost_parts * contraction
        return {
            "new_mrr": booked + came,
            "expansion_mrr": expansion - came + np.maximum(fresh - booked, 0),
            "contraction_mrr": contraction - went,
            "churned_mrr": left.sum(axis=(1, 2)) + due.sum() + went + blips + np.maximum(booked - fresh, 0),
            "reactivation_mrr": back.sum(axis=(1, 2)) + blips,
        }

    def _leave(self, month: int, season: int) -> tuple[Array, Array]:
        """Who leaves, by simulation, term and size, and what they paid."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        customers, mrr = self._classes.sums(self._paying.customers), self._classes.sums(self._paying.mrr)
        rate = self._churn.rate(month, season) * self._scenario.churn_factor
        ahead = min(month + 1, self._learned.announced.shape[1] - 1)
        unsaid = (1 - self._learned.announced[:, ahead])[:, None, None, None]
        # Of the origin's customers those are left who have said nothing by then: only who says so later leaves.
        rate = np.concatenate([rate * unsaid, rate], axis=1)
        gone = np.minimum(self._churn.events(self._rng, customers, rate), customers)
        lost = np.minimum(self._churn.amounts(self._rng, gone, share_of(mrr, customers)), mrr)
        last_one = customers - gone < _HALF
        gone, lost = np.where(last_one, customers, gone), np.where(last_one, mrr, lost)
        kept, kept_mrr = (self._classes.spread(1 - share_of(*each)) for each in ((gone, customers), (lost, mrr)))
        self._paying.keep(kept, kept_mrr)
        return gone.sum(axis=(1, 3, 5)), lost.sum(axis=(1, 3, 5))

    def _change(self, kind: DrawnKind, month: int, season: int, *, sign: int) -> Array:
        """What customers expand (sign 1) or contract by, in all."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        customers, mrr = self._classes.sums(self._paying.customers), self._classes.sums(self._paying.mrr)
        events = kind.events(self._rng, customers, kind.rate(month, season))
        amount = kind.amounts(self._rng, events, share_of(mrr, customers))
        if sign < 0:
            amount = np.minimum(amount, _SHRINKS_MOST * mrr)
        self._paying.mrr *= self._classes.spread(1 + sign * share_of(amount, mrr))
        found: Array = amount.sum(axis=_CELLS)
        return found

    def _assumed(self, month: int) -> Array:
        """What a scenario's price and add-on bring in, each once for each customer."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        before = self._paying.mrr.sum(axis=_CELLS)
        for term, (rise, length) in enumerate(zip(self._scenario.rises, TERMS, strict=True)):
            if rise and month < length:
                renews = (np.arange(AGES) + 1) % length == 0
                # Who came under the scenario pays the new price already.
                self._paying.mrr[:, 0, term] *= np.where(renews, 1 + rise, 1).astype(np.float32)
        if self._scenario.addon and month < _YEAR:
            self._paying.mrr += self._paying.customers * np.float32(self._scenario.addon / _YEAR)
        found: Array = self._paying.mrr.sum(axis=_CELLS) - before
        return found

    def _come_back(self, month: int, season: int) -> tuple[Array, Array]:
        """Who comes back, by simulation, term and size, and what they pay."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        customers, mrr = self._lapsed.customers, self._lapsed.mrr
        back = np.minimum(self._returns.events(self._rng, customers, month, season), customers)
        share = share_of(back, customers)
        money = (mrr * share).sum(axis=3) * self._learned.returns.amounts.share[None]
        self._lapsed.keep(1 - share, 1 - share)
        return back.sum(axis=3), money

    def _arrive(self, month: int) -> tuple[Array, Array]:
        """Who comes for the first time, by simulation, term and size, and what they pay."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        entering = self._learned.entering
        seen = entering.share_events + 0.05 / entering.share_events.size
        mix = self._rng.gamma(seen, size=(self._simulations, *seen.shape))
        mix /= np.maximum(mix.sum(axis=(1, 2), keepdims=True), 1e-9)
        came = self._rng.poisson(self._arriving[:, month, None, None] * mix).astype(np.float32) * (entering.paid > 0)
        paid = entering.paid * (1 + np.array(self._scenario.rises))[:, None]
        return came, gamma_sums(self._rng, came, paid[None], entering.spread)
