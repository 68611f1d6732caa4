"""How long all signals of one day take: 100,000 customers with three metrics of use, told four times a month.

    python -m benchmarks.signals_speed

The company is that of the other benchmarks (two items of four versions each over 60 months), with 36 months of use:
43 million rows. Every signal of a day should take at most 6 s and 2 GB on two cores.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import duckdb

import upswell
from benchmarks.company import Company, write_customers, write_items
from upswell.analysis.signals import read_signals

CUSTOMERS: Final = 100_000
MOST: Final = 6.0
MEMORY: Final = 2.0
_RUNS: Final = 3
_DAY: Final = date(2024, 12, 20)
_USAGE: Final = """
select 'cus_' || lpad(customer::varchar, 9, '0') as customer_id, metric,
    cast(date '2022-01-01' + to_months(cast(month as integer)) + to_days(cast(week * 7 + 6 as integer)) as date) as day,
    1 + hash(customer, metric, month, week) % 400 + month * (customer % 7) as quantity
from range($customers) as customers(customer), range(36) as months(month), range(4) as weeks(week),
    (values ('calls'), ('exports'), ('active_users')) as metrics(metric)
"""
_LIMITS: Final = "plan_id,metric,limit\n" + "".join(
    f"plan_{product}_{size},{metric},{1000 * (size + 1)}\n"
    for product in range(5)
    for size in range(3)
    for metric in ("calls", "exports")
)


def main(customers: int = CUSTOMERS) -> None:
    """Make the company and read its signals, each in a process of its own: the peak is that of the signals alone."""
    with tempfile.TemporaryDirectory() as folder:
        for work in (["prepare", folder, str(customers)], ["read", folder]):
            subprocess.run([sys.executable, "-m", "benchmarks.signals_speed", *work], check=True)


def prepare(folder: Path, customers: int) -> None:
    """A built workspace in `folder`."""
    company = Company(customers=customers)
    workspace = upswell.init(folder / "w")
    write_items(folder / "items.parquet", company)
    write_customers(folder / "customers.parquet", company)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({_USAGE}) to '{folder}/usage.parquet'", {"customers": customers})
    (folder / "limits.csv").write_text(_LIMITS, encoding="utf-8")
    for file in ("items.parquet", "customers.parquet", "usage.parquet", "limits.csv"):
        workspace.import_file(folder / file, table=file.split(".")[0])
    workspace.build(as_of=datetime(2025, 1, 1, tzinfo=UTC))


def read(folder: Path) -> None:
    """Print the median time of all signals of one day, and the process's memory at its peak."""
    took, rows, signals = [], 0, 0
    with upswell.open(folder / "w")._asking(None) as (connection, facts, _):
        for _ in range(_RUNS):
            started = perf_counter()
            table = read_signals(connection, _DAY, facts=facts)
            took.append(perf_counter() - started)
            rows, signals = table.num_rows, table.num_columns - 2
    median = sorted(took)[_RUNS // 2]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{rows:,} customers with an item in force, {signals} signals")
    told = "good" if median <= MOST and memory <= MEMORY else "BAD"
    print(f"{median:.1f} s (at most {MOST:.0f}), {memory:.1f} GB at its peak (at most {MEMORY:.0f}): {told}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", folder, customers]:
            prepare(Path(folder), int(customers))
        case ["read", folder]:
            read(Path(folder))
        case given:
            main(*(int(each) for each in given[:1]))
