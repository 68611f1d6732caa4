"""Rates and amounts as drawn for a run: each simulation has its own, from the posterior of what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.forecast.rates import Kind

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_RATE_MOST: Final = 0.97


class DrawnKind:
    """What happens to paying customers. The axes of rates: simulation, 1, term, had left before, size, age class."""

    def __init__(self, kind: Kind, rng: np.random.Generator, *, simulations: int, months: int, sizes: int) -> None:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        self._base, factors = kind.often.draw(rng, simulations)
        self._term, self._class, by_size, self._returned, self._season, self._return_season = factors
        self._size = by_size * kind.often.slope.draw(rng, simulations, sizes)[:, None]
        self._shock = kind.shock.draw(rng, simulations, months)
        share = kind.amounts.share[None] * kind.amounts.draw(rng, simulations)[:, None, None]
        self._share = share.astype(np.float32)[:, None, :, None, :, None]
        self._spread = kind.amounts.spread

    def rate(self, month: int, season: int) -> Array:
        """The rates of a month ahead (0: the next), which is this month of the year (0: January)."""
        common = (self._base * self._shock[:, month])[:, None] * self._term * self._season[:, :, season]
        by_return = common[:, :, None] * self._returned * self._return_season[:, :, :, season]
        by_size = by_return[:, :, :, None] * self._size[:, :, None, :]
        found: Array = by_size[:, None, ..., None] * self._class[:, None, :, None, None, :]
        return found

    def events(self, rng: np.random.Generator, customers: Array, rate: Array) -> Array:
        """To how many of the customers of each class it happens."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        return rng.binomial(whole(rng, customers), np.minimum(rate, _RATE_MOST)).astype(np.float32)

    def amounts(self, rng: np.random.Generator, events: Array, mean: Array) -> Array:
        """What these events come to, where the customers of a class pay `mean` on the average."""
        return gamma_sums(rng, events, mean * self._share, self._spread)


class DrawnReturns:
    """Who comes back. The axes of rates: simulation, term, size, months since it left."""

    def __init__(self, kind: Kind, rng: np.random.Generator, *, simulations: int, months: int, sizes: int) -> None:
        self._base, (self._term, self._lag, self._season, self._lag_season) = kind.often.draw(rng, simulations)
        self._size = kind.often.slope.draw(rng, simulations, sizes)
        self._shock = kind.shock.draw(rng, simulations, months)

    def events(self, rng: np.random.Generator, customers: Array, month: int, season: int) -> Array:
        """How many of the lapsed come back in a month ahead."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        common = (self._base * self._season[:, season] * self._shock[:, month])[:, None] * self._term
        by_lag = (self._lag * self._lag_season[:, :, season])[:, None, None, 1:]
        rate = common[:, :, None, None] * self._size[:, None, :, None] * by_lag
        return rng.binomial(whole(rng, customers), np.minimum(rate, _RATE_MOST)).astype(np.float32)


def whole(rng: np.random.Generator, customers: Array) -> Array:
    """Whole customers: 2.4 are 2 in six simulations of ten, and 3 in four."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    return (customers + rng.random(customers.shape, dtype=np.float32)).astype(np.int64)


def gamma_sums(rng: np.random.Generator, events: Array, mean: Array, spread: float) -> Array:
    """The sum of `events` amounts of this mean, each of the squared variation `spread`: a gamma of the same moments."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    drawn = np.zeros_like(events)
    some = events > 0
    drawn[some] = rng.standard_gamma(events[some] / spread, dtype=np.float32) * spread
    found: Array = drawn * mean
    return found
