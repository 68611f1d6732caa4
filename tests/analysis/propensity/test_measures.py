"""How right scores were, against plain loops over pairs and rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats  # noqa: F401 -- its loading is no part of what a test takes
from hypothesis import given
from hypothesis import strategies as st

from upswell.analysis.rolling.measures import (
    auc,
    brier,
    calibration,
    calibration_error,
    caught_by_top,
    top_weights,
)

SCORED = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


@given(SCORED)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    pairs = [(one, two) for one, did in rows for two, other in rows if did and not other]
    found = auc(np.array([score for score, _ in rows]), np.array([did for _, did in rows]))
    if not pairs:
        assert found is None
    else:
        assert found == pytest.approx(sum(1.0 if one > two else 0.5 * (one == two) for one, two in pairs) / len(pairs))


@given(SCORED)
def test_equal_scores_count_in_part_so_that_no_order_of_rows_decides(rows: list[tuple[int, bool]]) -> None:
    scores, amounts = np.array([score for score, _ in rows]), np.array([float(did) for _, did in rows])
    weights = top_weights(scores)
    assert weights.sum() == pytest.approx(len(rows) / 10)
    assert all(0 <= weight <= 1 for weight in weights)
    turned = caught_by_top(scores[::-1], amounts[::-1])
    assert caught_by_top(scores, amounts) == pytest.approx(turned)


def test_the_top_tenth_of_ten_is_the_best_one() -> None:
    scores = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    assert caught_by_top(scores, np.arange(10.0)) == 5.0
    # Two tie for it: half of each.
    assert caught_by_top(np.array([9, 9, *range(8)]), np.array([100.0, 40.0, *[0.0] * 8])) == 70.0


def test_calibration_by_hand() -> None:
    said = np.array([0.1, 0.9, 0.2, 0.8])
    came = np.array([False, True, True, True])
    low, high = calibration(said, came, parts=2)
    assert [low.predicted, low.observed] == pytest.approx([0.15, 0.5])
    assert [high.predicted, high.observed] == pytest.approx([0.85, 1.0])
    assert (low.customers, high.customers) == (2, 2)
    assert calibration_error((low, high)) == pytest.approx((0.35 + 0.15) / 2)
    assert brier(said, came) == pytest.approx((0.01 + 0.01 + 0.64 + 0.04) / 4)
