"""How often the intervals of van Westendorp's points hold the truth, in surveys of people whose prices are known.

    python -m benchmarks.willingness_coverage

Each person has a fair price, log-normal around 20.00, and calls 0.6, 0.8, 1.2 and 1.5 times that too cheap, cheap,
expensive and too expensive: either to a tenth of a unit, or to a whole unit with noise of its own on each answer. The
truth is the points of 100,000 such people; 400 surveys of each size ask others. docs/pricing.md has the table; it takes
50 seconds on one core.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from upswell.analysis.pricing.van_westendorp import POINTS, Answer, Point, points

SIZES: Final = (30, 80, 200)
SURVEYS: Final = 400
_EVERYONE: Final = 100_000
_FACTORS: Final = (0.6, 0.8, 1.2, 1.5)


def survey(size: int, seed: int, *, is_round: bool) -> list[Answer]:
    """The answers of `size` people."""
    chance, noise = random.Random(seed), random.Random(seed + 1_000_000)
    answers: list[Answer] = []
    for _ in range(size):
        fair = 20.0 * chance.lognormvariate(0.0, 0.25)
        given = [fair * factor for factor in _FACTORS]
        if is_round:
            one, two, three, four = sorted(float(round(each * noise.lognormvariate(0.0, 0.15))) for each in given)
        else:
            one, two, three, four = (round(each, 1) for each in given)
        answers.append((one, two, three, four))
    return answers


def coverage(size: int, truth: Mapping[str, Point], *, is_round: bool) -> dict[str, float]:
    """The share of surveys whose interval holds the truth, by point."""
    held = dict.fromkeys(POINTS, 0)
    for seed in range(SURVEYS):
        # The seed of the truth is nobody's.
        for name, point in points(survey(size, seed + 100, is_round=is_round)).items():
            held[name] += point.low <= truth[name].price <= point.high
    return {name: count / SURVEYS for name, count in held.items()}


def main() -> None:
    """Print the table."""
    for is_round in (False, True):
        truth = points(survey(_EVERYONE, 9, is_round=is_round))
        for size in SIZES:
            shares = coverage(size, truth, is_round=is_round)
            print("whole units" if is_round else "tenths", size, *(f"{name} {shares[name]:.3f}" for name in shares))


if __name__ == "__main__":
    main()
