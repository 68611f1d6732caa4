"""Signals of random companies beside a plain loop over the same rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests.analysis.signals.oracle import Oracle
from tests.analysis.signals.random_company import AS_OF, random_rows, workspace_of
from upswell.analysis.signals import read_signals

DAYS: Final = (date(2024, 12, 1), date(2025, 3, 31), date(2025, 6, 9), AS_OF)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_customer_has_the_signals_that_a_plain_loop_finds(seed: int, tmp_path: Path) -> None:
    rows = random_rows(seed)
    workspace = workspace_of(tmp_path, rows)
    seen = 0
    for day in DAYS:
        oracle = Oracle(rows, day)
        with workspace._asking(None) as (connection, facts, _):
            table = read_signals(connection, day, facts=facts)
        assert table["customer_id"].to_pylist() == oracle.customers()
        for row in table.to_pylist():
            expected = oracle.signals(row["customer_id"])
            if day == AS_OF:
                del expected["known_end_on"]  # as of now an end is known without a request
            got = {name: row[name] for name in expected}
            assert got == {name: _close(value, got[name]) for name, value in expected.items()}, (
                row["customer_id"],
                day,
            )
            seen += 1
    assert seen > 60


def _close(expected: object, got: object) -> object:
    """What is expected, or what was got where it is as good as that."""
    if isinstance(expected, bool) or not isinstance(expected, int | float | Decimal) or got is None:
        return expected
    assert isinstance(got, int | float | Decimal)
    return got if abs(float(expected) - float(got)) < 1e-6 else expected
