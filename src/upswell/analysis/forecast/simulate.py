"""The simulation: cells of customers go through the months to come, a thousand times.

200 customers of one cell with a rate of 2 % lose about 4, in one simulation 2, in another 7: a binomial draw of a cell,
not of each customer, so that 100,000 customers cost what 1,000 do. What the leavers paid is a gamma draw of that many
events. Each simulation draws its own rates from their posteriors and its own shock common to all, so that what is not
known well is not told as if it were. Who had said by today that they leave, leave when they said.

    paths = simulate(history, learn(history), months=12, simulations=1000, seed=1)
    paths["closing_mrr"]        # 1000 x 12

The month: announced leavers go, others leave, grow and shrink by their rates, former customers come back, new ones come;
then rates of exchange move. Every path adds up: closing = opening + new + expansion + reactivation - contraction -
churned + fx.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.classes import AGE_CLASSES, TERMS, age_classes, term_index
from upswell.analysis.forecast.history import History
from upswell.analysis.forecast.rates import Kind, Learned
from upswell.analysis.forecast.reading import AGES, LAGS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_YEAR: Final = 12
_MOST: Final = 0.97
_TINY: Final = 1e-9
# Axes of paying customers: simulation, there since the origin (0) or not (1), term, had left before, size, age.
_STAYED: Final = 2


@dataclass
class _Cells:
    """Customers and what they pay, by simulation and cell."""

    customers: Array
    mrr: Array

    def scale(self, kept: Array) -> None:
        """Keep a share of both."""
        self.customers *= kept
        self.mrr *= kept


def simulate(
    history: History, learned: Learned, *, months: int, simulations: int = 1000, seed: int = 1
) -> dict[str, Array]:
    """Sample paths from the last month of `history` on: for each target an array of simulations x months.

    Targets: closing_mrr, customers, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr (losses
    positive), fx_mrr, and nrr: what the origin's customers that never left still pay, over what they paid then.
    """
    import numpy as np  # noqa: PLC0415 -- part of an extra

    run = _Run(history, learned, months=months, simulations=simulations, rng=np.random.default_rng(seed))
    return run.paths()


class _Run:
    """One run: the state of all simulations, and the month's events one after the other."""

    def __init__(
        self, history: History, learned: Learned, *, months: int, simulations: int, rng: np.random.Generator
    ) -> None:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        self._np, self._rng = np, rng
        self._learned, self._months, self._simulations = learned, months, simulations
        self._last = history.last
        # Sizes at the edge of what was ever seen have a cell of their own.
        shape = (_STAYED, len(TERMS), 2, learned.sizes, AGES)
        self._paying = self._start(history, shape)
        self._told_customers, self._told_mrr = self._told(history)
        self._lapsed = self._former(history)
        self._one_hot = np.zeros((len(TERMS), AGES, AGE_CLASSES), dtype=np.float32)
        for term, classes in enumerate(age_classes()):
            self._one_hot[term, np.arange(AGES), classes] = 1.0
        self._back = np.ascontiguousarray(self._one_hot.transpose(0, 2, 1))
        self._rates = {
            name: _drawn(getattr(learned, name), rng, simulations, months, sizes=learned.sizes)
            for name in ("churn", "expansion", "contraction")
        }
        self._worth = {name: getattr(learned, name).amounts.draw(rng, simulations) for name in self._rates}
        self._returns = _drawn(learned.returns, rng, simulations, months, sizes=learned.sizes)
        self._arriving = learned.arrivals.draw(rng, simulations, months)
        self._moves = learned.rate_moves * rng.normal(size=(simulations, months))
        self._opening = float(history.closing[-1])

    def paths(self) -> dict[str, Array]:
        """All months, target by target."""
        np = self._np
        found: dict[str, list[Array]] = {}
        value = np.ones(self._simulations)
        for month in range(self._months):
            flows = self._month(month)
            told = self._told_mrr[:, :, month + 1 :].sum(axis=(0, 1, 2))
            held = self._paying.mrr.sum(axis=(1, 2, 3, 4, 5)) + told
            stayed = self._paying.mrr[:, 0].sum(axis=(1, 2, 3, 4)) + told
            fx = held * value * self._moves[:, month]
            answers = {name: flow * value for name, flow in flows.items()}
            value = value * (1 + self._moves[:, month])
            answers["fx_mrr"] = fx
            answers["closing_mrr"] = held * value
            answers["nrr"] = stayed * value / self._opening if self._opening > 0 else np.full(len(stayed), np.nan)
            waiting = self._told_customers[:, :, month + 1 :].sum()
            answers["customers"] = self._paying.customers.sum(axis=(1, 2, 3, 4, 5)) + waiting
            for name, answer in answers.items():
                found.setdefault(name, []).append(answer)
        return {name: np.stack(each, axis=1) for name, each in found.items()}

    # -- a month

    def _month(self, month: int) -> dict[str, Array]:
        np, learned = self._np, self._learned
        season = (self._last + 1 + month) % _YEAR
        opening = self._paying.mrr.sum(axis=(1, 2, 3, 4, 5))
        due_customers, due = self._told_customers[:, :, month], self._told_mrr[:, :, month]
        left_customers, left = self._leave(month, season)
        expansion = self._change("expansion", month, season)
        contraction = self._change("contraction", month, season)
        back_customers, back = self._come_back(month, season)
        self._lapse(left_customers + due_customers, left + due)
        self._grow_older()
        new_customers, new = self._arrive(month)
        self._paying.customers[:, 1, :, 0, :, 0] += new_customers
        self._paying.mrr[:, 1, :, 0, :, 0] += new
        self._paying.customers[:, 1, :, 1, :, 0] += back_customers
        self._paying.mrr[:, 1, :, 1, :, 0] += back
        blips = learned.blips * opening
        fresh = new.sum(axis=(1, 2))
        booked = fresh * learned.new_share
        return {
            "new_mrr": booked,
            "expansion_mrr": expansion + np.maximum(fresh - booked, 0),
            "contraction_mrr": contraction,
            "churned_mrr": left.sum(axis=(1, 2)) + due.sum() + blips + np.maximum(booked - fresh, 0),
            "reactivation_mrr": back.sum(axis=(1, 2)) + blips,
        }

    def _leave(self, month: int, season: int) -> tuple[Array, Array]:
        """Who leaves, by simulation, term and size, and what they paid."""
        np = self._np
        customers, mrr = self._by_class(self._paying.customers), self._by_class(self._paying.mrr)
        rate = self._rate("churn", month, season)
        ahead = min(month + 1, self._learned.announced.shape[1] - 1)
        unsaid = 1 - self._learned.announced[:, ahead]
        # Of the origin's customers, those are left who have said nothing: only who says so later leaves.
        rate = np.stack([rate * unsaid[None, :, None, None, None], rate], axis=1)
        gone = self._rng.binomial(self._whole(customers), np.minimum(rate, _MOST)).astype(np.float32)
        gone = np.minimum(gone, customers)
        share = self._shares("churn")
        mean = np.divide(mrr, customers, out=np.zeros_like(mrr), where=customers > _TINY)
        lost = np.minimum(self._sums(gone, mean * share, self._learned.churn.amounts.spread), mrr)
        lost = np.where(customers - gone < 0.5, mrr, lost)
        gone = np.where(customers - gone < 0.5, customers, gone)
        kept = 1 - np.divide(gone, customers, out=np.zeros_like(gone), where=customers > _TINY)
        kept_mrr = 1 - np.divide(lost, mrr, out=np.zeros_like(lost), where=mrr > _TINY)
        self._paying.customers *= self._by_age(kept)
        self._paying.mrr *= self._by_age(kept_mrr)
        return gone.sum(axis=(1, 3, 5)), lost.sum(axis=(1, 3, 5))

    def _change(self, name: str, month: int, season: int) -> Array:
        """What customers expand or contract by, in all."""
        np = self._np
        customers, mrr = self._by_class(self._paying.customers), self._by_class(self._paying.mrr)
        kind: Kind = getattr(self._learned, name)
        rate = np.minimum(self._rate(name, month, season), _MOST)[:, None]
        events = self._rng.binomial(self._whole(customers), rate).astype(np.float32)
        mean = np.divide(mrr, customers, out=np.zeros_like(mrr), where=customers > _TINY)
        amount = self._sums(events, mean * self._shares(name), kind.amounts.spread)
        if name == "contraction":
            amount = np.minimum(amount, 0.9 * mrr)
        sign = -1 if name == "contraction" else 1
        factor = 1 + sign * np.divide(amount, mrr, out=np.zeros_like(mrr), where=mrr > _TINY)
        self._paying.mrr *= self._by_age(factor)
        return amount.sum(axis=(1, 2, 3, 4, 5))

    def _come_back(self, month: int, season: int) -> tuple[Array, Array]:
        np = self._np
        base, (by_term, by_lag, by_season, by_both), by_size, shock = self._returns
        rate = (base * by_season[:, season] * shock[:, month])[:, None, None] * by_term[:, :, None]
        rate = rate * (by_lag * by_both[:, :, season])[:, None, 1:]
        customers, mrr = self._lapsed.customers, self._lapsed.mrr
        back = self._rng.binomial(self._whole(customers), np.minimum(rate[:, :, None, :] * by_size[:, None, :, None], _MOST)).astype(np.float32)
        back = np.minimum(back, customers)
        kept = np.divide(back, customers, out=np.zeros_like(back), where=customers > _TINY)
        money = mrr * kept
        self._lapsed.scale(1 - kept)
        share = self._learned.returns.amounts.share[None]
        return back.sum(axis=3), money.sum(axis=3) * share

    def _arrive(self, month: int) -> tuple[Array, Array]:
        entering = self._learned.entering
        mix = self._rng.gamma(entering.share_events + 0.05 / entering.share_events.size, size=(
            self._simulations, *entering.share_events.shape
        ))
        mix /= self._np.maximum(mix.sum(axis=(1, 2), keepdims=True), _TINY)
        came = self._rng.poisson(self._arriving[:, month, None, None] * mix).astype(self._np.float32)
        came = came * (entering.paid > 0)
        return came, self._sums(came, entering.paid[None].astype(self._np.float32), entering.spread)

    def _lapse(self, customers: Array, mrr: Array) -> None:
        for cells, entered in ((self._lapsed.customers, customers), (self._lapsed.mrr, mrr)):
            cells[..., 1:] = cells[..., :-1]
            cells[..., 0] = entered

    def _grow_older(self) -> None:
        for cells in (self._paying.customers, self._paying.mrr):
            oldest = cells[..., -1].copy()
            cells[..., 1:] = cells[..., :-1]
            cells[..., 0] = 0
            cells[..., AGES - _YEAR] += oldest

    # -- draws

    def _shares(self, name: str) -> Array:
        """What an event of this kind is worth, as a share, along the axes of paying customers."""
        share = getattr(self._learned, name).amounts.share[None] * self._worth[name][:, None, None]
        return share.astype(self._np.float32)[:, None, :, None, :, None]

    def _rate(self, name: str, month: int, season: int) -> Array:
        """simulations x term x returned x size x class, in this month."""
        base, (by_term, by_class, by_size, by_returned, by_season, by_return_season), by_slope, shock = self._rates[name]
        of_month = base[:, None] * shock[:, month, None] * by_term * by_season[:, :, season]
        of_month = of_month[:, :, None] * by_returned * by_return_season[:, :, :, season]
        return of_month[:, :, :, None, None] * (by_size * by_slope[:, None])[:, :, None, :, None] * by_class[:, :, None, None, :]

    def _whole(self, customers: Array) -> Array:
        """Whole customers: a part of one is there in that part of the simulations."""
        return (customers + self._rng.random(customers.shape, dtype=self._np.float32)).astype(self._np.int64)

    def _sums(self, events: Array, mean: Array, spread: float) -> Array:
        """The sum of `events` amounts of this mean, each of the squared variation `spread`: a gamma of the moments."""
        np = self._np
        drawn = np.zeros_like(events)
        some = events > 0
        drawn[some] = self._rng.standard_gamma(events[some] / spread, dtype=np.float32) * spread
        return drawn * mean

    def _by_class(self, cells: Array) -> Array:
        return self._np.matmul(cells, self._one_hot[:, None])

    def _by_age(self, classes: Array) -> Array:
        return self._np.matmul(classes.astype(self._np.float32, copy=False), self._back[:, None])

    # -- the origin

    def _start(self, history: History, shape: tuple[int, ...]) -> _Cells:
        np = self._np
        today = history.states.where((history.states["month"] == history.last) & (history.states["lead"] == 0))
        cells = np.zeros((2, *shape), dtype=np.float32)
        at = (0, term_index(today["term"]), today["returned"], today["size"], today["age"])
        for number, name in enumerate(("customers", "mrr")):
            np.add.at(cells[number], at, today[name])
        wide = np.repeat(cells[:, None], self._simulations, axis=1)
        return _Cells(wide[0], wide[1])

    def _told(self, history: History) -> tuple[Array, Array]:
        """Who said that they leave: term x size x months ahead."""
        np = self._np
        told = history.states.where((history.states["month"] == history.last) & (history.states["lead"] > 0))
        found = np.zeros((2, len(TERMS), self._learned.sizes, max(self._months, int(max(told["lead"], default=0)))))
        at = (term_index(told["term"]), told["size"], told["lead"] - 1)
        for number, name in enumerate(("customers", "mrr")):
            np.add.at(found[number], at, told[name])
        return found[0], found[1]

    def _former(self, history: History) -> _Cells:
        np = self._np
        today = history.lapsed.where(history.lapsed["month"] == history.last)
        cells = np.zeros((2, len(TERMS), self._learned.sizes, LAGS), dtype=np.float32)
        at = (term_index(today["term"]), today["size"], today["age"] - 1)
        for number, name in enumerate(("customers", "mrr")):
            np.add.at(cells[number], at, today[name])
        wide = np.repeat(cells[:, None], self._simulations, axis=1)
        return _Cells(wide[0], wide[1])


def _drawn(
    kind: Kind, rng: np.random.Generator, simulations: int, months: int, *, sizes: int
) -> tuple[Array, tuple[Array, ...], Array, Array]:
    base, factors = kind.often.draw(rng, simulations)
    slope = kind.often.slope.draw(rng, simulations, sizes)
    return base, factors, slope, kind.shock.draw(rng, simulations, months)
