"""A company as a whole looks like those that benchmarks are made of, and docs/simulator.md says the same figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from docs.generated.simulator import measured
from tests.sources.simulator.desk import PRESETS
from upswell.sources.simulator import preset_named


@pytest.mark.parametrize("preset", PRESETS)
def test_figures_lie_in_published_ranges(preset: str) -> None:
    ranges = preset_named(preset).ranges
    assert {name: value for name, value in measured(preset).items() if not is_within(preset, name, value)} == {}
    assert set(measured(preset)) == set(ranges)


def test_contracts_keep_the_ranges_asked_of_them() -> None:
    ranges = preset_named("contract").ranges
    assert (ranges["nrr_12m"].low, ranges["nrr_12m"].high) == (Decimal("1.00"), Decimal("1.10"))
    assert (ranges["grr_12m"].low, ranges["grr_12m"].high) == (Decimal("0.84"), Decimal("0.93"))


def is_within(preset: str, name: str, value: Decimal) -> bool:
    within = preset_named(preset).ranges[name]
    return within.low <= value <= within.high
