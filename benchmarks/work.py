"""The pieces of work that the benchmarks compare; each runs in a process of its own and prints its seconds.

python -m benchmarks.work make ITEMS.parquet 1000 2 4 60   a made company
    python -m benchmarks.work prepare ITEMS.parquet WORKSPACE  import it
    python -m benchmarks.work floor ITEMS.parquet        sort by customer and day, one window pass
python -m benchmarks.work customers WORKSPACE 1000     give its customers attributes
python -m benchmarks.work ask WORKSPACE flows        a question, warm, in process (see `benchmarks.questions`)
python -m benchmarks.work written WORKSPACE flows    the same in SQL by hand, on the same tables
python -m benchmarks.work triangle WORKSPACE grr      cohorts by month, twelve months on, warm
python -m benchmarks.work lasting WORKSPACE plan      durability by driver and plan
python -m benchmarks.work build WORKSPACE            a whole `Workspace.build`: models, checks, files
python -m benchmarks.work spine ITEMS.parquet 60     the peers' shape: month-end totals over 60 months
python -m benchmarks.work ledger ITEMS.parquet 60    our models on the same rows, up to monthly totals
python -m benchmarks.work read ITEMS.csv             a bare CREATE TABLE AS SELECT * FROM read_csv
python -m benchmarks.work import ITEMS.csv           a whole `Workspace.import_file` into a new workspace
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

import upswell
from benchmarks.company import Company, write_customers, write_items
from benchmarks.questions import ask, lasting, triangle, written
from benchmarks.spine import STEPS
from upswell.engines.duckdb import work_connection
from upswell.ledger.build import prepare, run_policies
from upswell.policy import load

_AS_OF: Final = datetime(2099, 1, 1, tzinfo=UTC)

# The contract's columns over a made company's Parquet, typed as an import types them.
_CURRENT_ITEMS: Final = """
create temp table current_items as
select
    customer_id, subscription_id, item_id, product_id, plan_id, cast(null as varchar) as price_id,
    cast(starts_at as timestamp) as starts_at, starts_at as starts_on,
    cast(ends_at as timestamp) as ends_at, ends_at as ends_on,
    cast(quantity as decimal(18, 4)) as quantity, cast(unit_amount as decimal(24, 12)) as unit_amount,
    cast(null as decimal(24, 12)) as mrr, currency, interval, 1 as interval_count,
    cast(discount_percent as decimal(7, 4)) as discount_percent, cast(null as decimal(24, 12)) as discount_amount,
    cast(null as timestamp) as discount_until, cast(null as date) as discount_until_on,
    cast(null as timestamp) as cancel_requested_at, cast(null as date) as cancel_requested_on,
    item_type, 'active' as status, cast(null as timestamp) as trial_until, cast(null as date) as trial_until_on,
    file_row_number + 4294967296 as source_row
from read_parquet($path, file_row_number = true)
"""


def make(path: str, *sizes: str) -> float:
    """Write a made company of that many customers, items a customer, versions an item, and months."""
    customers, items, versions, months = (int(size) for size in sizes)
    company = Company(customers=customers, items=items, versions=versions, months=months)
    return _timed(lambda: write_items(Path(path), company))


def prepare_workspace(path: str, folder: str) -> float:
    """Import the items into a new workspace."""
    workspace = upswell.init(folder)
    return _timed(lambda: workspace.import_file(path, table="items"))


def customers(folder: str, count: str) -> float:
    """Import attributes of that many customers."""
    workspace = upswell.open(folder)
    path = Path(folder).with_name("customers.parquet")
    write_customers(path, Company(customers=int(count)))
    return _timed(lambda: workspace.import_file(path, table="customers"))


def floor(path: str) -> float:
    """Sort all rows by customer and day and look back one row: less than any ledger can do."""
    connection = duckdb.connect()
    connection.execute("create temp table items as select * from read_parquet($path)", {"path": path})
    return _timed(
        lambda: connection.execute(
            """create temp table looked_back as
            select *, lag(unit_amount) over (partition by customer_id order by starts_at) as former_amount
            from (select * from items order by customer_id, starts_at)"""
        )
    )


def build(folder: str) -> float:
    """Build and publish a book from a workspace's imports."""
    workspace = upswell.open(folder)
    return _timed(workspace.build)


def export(folder: str, path: str) -> float:
    """Write every movement of the workspace's book to a file."""
    workspace = upswell.open(folder)

    def run() -> None:
        print(f"{workspace.write(workspace.movement_batches(), to=path).rows:,} movements")

    return _timed(run)


def spine(path: str, months: str) -> float:
    """The peers' shape over the same rows, MRR of each item given for nothing."""
    connection = duckdb.connect()
    connection.execute(
        """create temp table items as
        select
            customer_id, starts_at as starts_on, ends_at as ends_on,
            cast(
                quantity * cast(unit_amount as decimal(18, 2)) * (100 - coalesce(cast(discount_percent as integer), 0))
                / case interval when 'year' then 1200 else 100 end as decimal(24, 6)
            ) as mrr
        from read_parquet($path)""",
        {"path": path},
    )

    def run() -> None:
        for name, query in STEPS.items():
            given = {"months": int(months)} if "$months" in query else None
            connection.execute(f"create temp table {name} as {query}", given)

    return _timed(run)


def ledger(path: str, _months: str) -> float:
    """Our chain over the same rows: items, drivers and source rows too, to movements and monthly totals."""
    with tempfile.TemporaryDirectory() as scratch:
        connection = work_connection(Path(scratch))
        connection.execute(_CURRENT_ITEMS, {"path": path})
        connection.execute(
            """create temp table current_rates (
                date date, currency varchar, rate decimal(24, 12), source_row bigint
            )"""
        )
        prepare(connection, as_of=_AS_OF, currency="USD", timezone="UTC")
        return _timed(lambda: run_policies(connection, [load("strict")]))


def read(path: str) -> float:
    """What reading the file costs at the least."""
    connection = duckdb.connect()
    return _timed(lambda: connection.execute("create table items as select * from read_csv($path)", {"path": path}))


def import_(path: str) -> float:
    """Import the file into a new workspace: every check, conflicts between rows, the commit."""
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        workspace = upswell.init(Path(folder) / "workspace")

        def run() -> None:
            result = workspace.import_file(path, table="items")
            if result.held_back:
                raise SystemExit(f"{result.held_back} rows were held back: {result.findings[0]}")

        return _timed(run)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


_WORK: Final[dict[str, Callable[..., float]]] = {
    "make": make,
    "prepare": prepare_workspace,
    "customers": customers,
    "ask": ask,
    "written": written,
    "triangle": triangle,
    "lasting": lasting,
    "floor": floor,
    "build": build,
    "export": export,
    "spine": spine,
    "ledger": ledger,
    "read": read,
    "import": import_,
}

if __name__ == "__main__":
    print(_WORK[sys.argv[1]](*sys.argv[2:]))
