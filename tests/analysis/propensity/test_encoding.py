"""Signals as numbers: what is not known stays so, and what was learned can be kept."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from upswell.analysis.rolling.encoding import Encoding, Scaling

TABLE = pa.table(
    {
        "mrr": pa.array([Decimal("120.50"), None, Decimal("3.00")], pa.decimal128(38, 6)),
        "near": pa.array([True, False, None]),
        "renews_on": pa.array([date(2026, 3, 1), None, date(2025, 12, 31)], pa.date32()),
        "plan": pa.array(["Team", "Business", None]),
        "same": pa.array([1.0, 1.0, None]),
        "unknown": pa.array([None, None, None], pa.float64()),
    }
)


def test_each_kind_of_signal_by_hand() -> None:
    encoding = Encoding.of([TABLE], TABLE.column_names)
    assert encoding.columns == (
        ("mrr", None), ("near", None), ("renews_on", None), ("plan", "Business"), ("plan", "Team"),
    )  # fmt: skip
    found = encoding.matrix(TABLE, date(2026, 1, 1))
    nan = np.nan
    np.testing.assert_array_equal(found, [[120.5, 1, 59, 0, 1], [nan, 0, nan, 1, 0], [3, nan, -1, nan, nan]])
    assert Encoding.from_json(json.loads(json.dumps(encoding.as_json()))) == encoding


def test_a_regression_reads_gaps_as_marks_and_cuts_far_ends() -> None:
    matrix = np.column_stack([np.arange(1000.0), np.where(np.arange(1000) % 2, np.nan, 5.0 + np.arange(1000) % 4)])
    scaling = Scaling.of(matrix)
    rows = scaling.of_rows(matrix)
    assert rows.shape == (1000, 3)
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(rows[:, 2], np.arange(1000) % 2)
    assert rows[:, 0].mean() == pytest.approx(0, abs=0.01)
    assert scaling.of_rows(np.array([[1e9, 5.0]]))[0, 0] == pytest.approx(rows[:, 0].max())
    kept = Scaling.from_json(json.loads(json.dumps(scaling.as_json())))
    np.testing.assert_array_equal(kept.of_rows(matrix), rows)
