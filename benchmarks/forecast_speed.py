"""How long a forecast of a large company takes: 100,000 customers, 12 months ahead, 1,000 simulations.

    python -m benchmarks.forecast_speed

The company is that of the other benchmarks (two items of four versions each over 60 months). Reading the history is
one query over the book; the simulation moves cells, so that it should take at most 5 s, fitting the rates included,
whatever the number of customers.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import upswell
from benchmarks.company import Company, write_customers, write_items
from upswell.analysis.forecast.history import read_history
from upswell.analysis.forecast.rates import learn
from upswell.analysis.forecast.simulate import simulate

CUSTOMERS: Final = 100_000
MONTHS: Final = 12
SIMULATIONS: Final = 1000
MOST: Final = 5.0
_RUNS: Final = 3


def main(customers: int = CUSTOMERS) -> None:
    """Print the time of each step; of the simulation the median of three."""
    company = Company(customers=customers)
    with tempfile.TemporaryDirectory() as folder:
        workspace = upswell.init(Path(folder) / "w")
        items, people = Path(folder) / "items.parquet", Path(folder) / "customers.parquet"
        write_items(items, company)
        write_customers(people, company)
        workspace.import_file(people, table="customers")
        workspace.import_file(items, table="items")
        workspace.build(as_of=datetime(2025, 1, 1, tzinfo=UTC))
        with workspace._asking(None) as (connection, facts, policy):
            started = perf_counter()
            history = read_history(connection, facts=facts, policy=policy)
            read = perf_counter() - started
    took = []
    for seed in range(_RUNS):
        started = perf_counter()
        simulate(history, learn(history), months=MONTHS, simulations=SIMULATIONS, seed=seed)
        took.append(perf_counter() - started)
    median = sorted(took)[_RUNS // 2]
    print(f"{customers:,} customers, {int(history.customers[-1]):,} at the origin, {history.months} months")
    print(f"history read in {read:.1f} s: {len(history.states):,} cells of customers that paid")
    told = "good" if median <= MOST else "BAD"
    print(f"{MONTHS} months x {SIMULATIONS:,} simulations in {median:.1f} s (at most {MOST:.0f}): {told}")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
