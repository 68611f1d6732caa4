"""Rates of rare events as products of factors, each pulled towards 1 where little was seen.

Of 400 customer-months 8 ended: 2 in 100 on the average. In Decembers 3 of 40 ended, where 0.8 were expected; with a
weight of 8 events for "December is a month like others" the factor of December is (3 + 8) / (0.8 + 8) = 1.25 and not
3.75. Each factor is the mean of a gamma posterior (events + k, expected + k): Poisson events, a gamma prior of mean 1
and k events (empirical Bayes as in Clayton and Kaldor, Biometrics 1987), found by going through the factors in turn
until they hold still. A simulation draws each factor from its posterior, so that what little was seen stays unsure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_ROUNDS: Final = 12
_SLOPE: Final = 0.3  # the prior deviation of a slope


@dataclass(frozen=True)
class Factor:
    """What makes a factor (names of places) and how many events it takes to move it half way (`prior`)."""

    places: tuple[str, ...]
    prior: float


@dataclass(frozen=True)
class Slope:
    """A log-linear trend along one place: exp(slope x (place - middle)), and the deviation of the slope."""

    place: str
    slope: float
    deviation: float
    middle: float

    def at(self, place: Array) -> Array:
        """The factor of each place."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        found: Array = np.exp(self.slope * (place - self.middle))
        return found

    def draw(self, rng: np.random.Generator, simulations: int, length: int) -> Array:
        """The factor by simulation and place."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        drawn = self.slope + self.deviation * rng.normal(size=simulations)
        found: Array = np.exp(drawn[:, None] * (np.arange(length) - self.middle))
        return found


@dataclass(frozen=True)
class Fitted:
    """A product of factors: for each its posterior as events (`shape`) and expected events (`rate`), by place."""

    base: float
    factors: tuple[Factor, ...]
    shapes: tuple[Array, ...]
    rates: tuple[Array, ...]
    means: tuple[Array, ...]
    base_events: float
    slope: Slope

    def expected(self, places: Mapping[str, Array], exposure: Array) -> Array:
        """The events expected of each row."""
        found = self.base * exposure * self.slope.at(places[self.slope.place])
        for factor, mean in zip(self.factors, self.means, strict=True):
            found = found * mean[tuple(places[name] for name in factor.places)]
        return found

    def draw(self, rng: np.random.Generator, simulations: int) -> tuple[Array, tuple[Array, ...]]:
        """The base rate of each simulation, and each factor with a first axis of simulations."""
        base = self.base * rng.gamma(self.base_events, size=simulations) / self.base_events
        drawn = []
        for shape, rate, mean in zip(self.shapes, self.rates, self.means, strict=True):
            gammas = rng.gamma(shape, size=(simulations, *shape.shape)) / rate
            # The posterior's spread around the fitted mean: the mean is that of all factors held together.
            drawn.append(gammas * (mean * rate / shape))
        return base, tuple(drawn)


def fit_factors(
    places: Mapping[str, Array],
    exposure: Array,
    events: Array,
    *,
    factors: Sequence[Factor],
    sizes: Mapping[str, int],
    along: str,
    prior_rate: float = 0.01,
) -> Fitted:
    """Fit `events` of `exposure` (both weighted alike) by the factors, over rows with these places.

    `along` is a place with an order (sizes): neighbours are alike, so a trend is fitted along it beside the factors.
    `prior_rate` is the rate that one event's worth of doubt is put on, so that what never happened is rare, not
    impossible.
    """
    import numpy as np  # noqa: PLC0415 -- part of an extra

    total = float(events.sum()) + 1.0
    base = total / (float(exposure.sum()) + 1.0 / prior_rate)
    at = [tuple(places[name] for name in factor.places) for factor in factors]
    shapes_of = [tuple(sizes[name] for name in factor.places) for factor in factors]
    means = [np.ones(shape) for shape in shapes_of]
    posteriors = [(np.ones(shape), np.ones(shape)) for shape in shapes_of]
    fitted = base * exposure
    slope = Slope(along, 0.0, _SLOPE, float((places[along] * exposure).sum() / max(float(exposure.sum()), 1e-9)))
    for _ in range(_ROUNDS):
        slope, fitted = _steepened(slope, places[along], events, fitted)
        for number, factor in enumerate(factors):
            others = fitted / means[number][at[number]]
            seen = _summed(events, at[number], shapes_of[number]) + factor.prior
            expected = _summed(others, at[number], shapes_of[number]) + factor.prior
            posteriors[number] = (seen, expected)
            means[number] = seen / expected
            fitted = others * means[number][at[number]]
    return Fitted(
        base,
        tuple(factors),
        tuple(seen for seen, _ in posteriors),
        tuple(expected for _, expected in posteriors),
        tuple(means),
        total,
        slope,
    )


def _steepened(slope: Slope, place: Array, events: Array, fitted: Array) -> tuple[Slope, Array]:
    """One Newton step of the slope's Poisson likelihood with a normal prior of mean 0, and what is fitted then."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    off = place - slope.middle
    information = float((fitted * off**2).sum()) + 1 / _SLOPE**2
    step = (float(((events - fitted) * off).sum()) - slope.slope / _SLOPE**2) / information
    step = float(np.clip(step, -0.2, 0.2))
    return Slope(slope.place, slope.slope + step, information**-0.5, slope.middle), fitted * np.exp(step * off)


def _summed(values: Array, at: tuple[Array, ...], shape: tuple[int, ...]) -> Array:
    import numpy as np  # noqa: PLC0415 -- part of an extra

    flat = np.ravel_multi_index(at, shape)
    return np.bincount(flat, values, int(np.prod(shape))).reshape(shape)
