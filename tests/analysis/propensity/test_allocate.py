"""A total shared out: nothing is lost, nothing is made, and more weight never gets less."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from upswell.analysis.propensity.allocate import allocate

WEIGHTS = st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=200)


@given(st.integers(0, 10**12), WEIGHTS, st.sampled_from([0, 2, 3]))
def test_parts_add_up_to_the_total_exactly(pieces: int, weights: list[float], decimals: int) -> None:
    assume(max(weights) > 0)
    total = Decimal(pieces).scaleb(-decimals)
    parts = allocate(total, weights, decimals=decimals)
    assert sum(parts) == total
    assert all(part >= 0 and part == round(part, decimals) for part in parts)
    exact = [float(total) * weight / sum(weights) for weight in weights]
    step = float(Decimal(1).scaleb(-decimals))
    assert all(abs(float(part) - share) <= step + 1e-9 * float(total) for part, share in zip(parts, exact, strict=True))


def test_the_cents_left_over_go_to_those_cut_most() -> None:
    assert allocate(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert allocate(Decimal("0.05"), [1, 2, 1]) == [Decimal("0.01"), Decimal("0.03"), Decimal("0.01")]
    assert allocate(Decimal(0), [0, 0]) == [Decimal("0.00")] * 2


def test_what_cannot_be_shared_out_is_refused() -> None:
    for total, weights in (("1.00", [0.0]), ("-1.00", [1.0]), ("0.001", [1.0]), ("1.00", [1.0, -1.0]), ("1.00", [])):
        with pytest.raises(ValueError, match=r"total|shared"):
            allocate(Decimal(total), weights)
