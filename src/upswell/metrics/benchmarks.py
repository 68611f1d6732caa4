"""Bands for metrics (`benchmarks.toml`): 1.127 of nrr_12m reads `good`, 1.00 sharp is not `healthy`.

What a company itself did over its last quarters matters more, so reports show that beside a band. Only a metric with an
entry has bands. A one-month retention is not held against yearly bands, and
gross retention cannot pass 1.00, so the NRR bands say nothing about it.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

_STRICT: Final = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class Band:
    """A label and the value from which it holds: `above` it, or `at_least` it."""

    label: str
    above: Decimal | None = None
    at_least: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.above is None) == (self.at_least is None):
            raise ValueError("a band has either `above` or `at_least`")

    def holds(self, value: Decimal) -> bool:
        """Whether `value` reaches this band."""
        if self.above is not None:
            return value > self.above
        return self.at_least is not None and value >= self.at_least


@dataclass(frozen=True, config=_STRICT)
class Benchmark:
    """The bands of one metric, from the lowest up, with their source, its date and a caveat."""

    metric: str
    below: str
    bands: tuple[Band, ...]
    source: str
    date: str
    caveat: str

    def label(self, value: Decimal) -> str:
        """The highest band that `value` reaches, or the word for none of them."""
        reached = [band.label for band in self.bands if band.holds(value)]
        return reached[-1] if reached else self.below


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """All benchmarks of this release."""
    text = files("upswell.metrics").joinpath("benchmarks.toml").read_text(encoding="utf-8")
    return tuple(TypeAdapter(list[Benchmark]).validate_python(tomllib.loads(text)["benchmark"]))


def benchmark_of(metric: str) -> Benchmark | None:
    """The benchmark of `metric`, if there is one."""
    return next((found for found in benchmarks() if found.metric == metric), None)
