"""Reading a book: the views that queries see, whatever the number of policies or imports behind them.

`open_book(folder, manifest, "strict")` gives a locked connection with

    movements       one row for each booked change, with movement_id and source rows
    monthly_totals, item_versions, item_keys, customers, rate_spans, costs, import_files, clock, policy

A movement's id is made from what it is about (`20240315-5f0c...`: its day, then a hash of customer, item,
plan, kind, driver, currency and rule), so the same movement keeps its id over rebuilds and later imports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from upswell.engines.duckdb import path_literal, query_connection
from upswell.ledger.books import BookManifest
from upswell.ledger.build import create_clock, create_policy_relation
from upswell.policy import Policy

# A span id is its source row times 4 plus the part of the version (ledger/models/item_spans.sql).
SPAN_PARTS: Final = 4

_MOVEMENTS: Final = f"""
create or replace temp view movements as
select
    strftime(date, '%Y%m%d') || '-' || substr(md5(concat_ws(
        chr(31), customer_id, subscription_id, item_id, product_id, plan_id, coalesce(from_plan_id, ''),
        kind, coalesce(driver, ''), currency, rule, scheduled, amount > 0
    )), 1, 16) as movement_id,
    *,
    before_span // {SPAN_PARTS} as before_source,
    after_span // {SPAN_PARTS} as after_source
from booked_movements
"""


def open_book(folder: Path, manifest: BookManifest, policy: Policy) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to one policy of the book in `folder`."""
    connection = query_connection([folder])
    views = {
        "booked_movements": folder / policy.name / "movements.parquet",
        "monthly_totals": folder / policy.name / "monthly_totals.parquet",
        "item_versions": folder / policy.name / "item_versions.parquet",
        "item_keys": folder / policy.name / "item_keys.parquet",
        "customers": folder / "customers.parquet",
        "rate_spans": folder / "rate_spans.parquet",
        "costs": folder / "costs.parquet",
        "import_files": folder / "import_files.parquet",
    }
    for name, path in views.items():
        source = f"read_parquet({path_literal(path.resolve())}, hive_partitioning = false)"
        connection.execute(f"create temp view {name} as select * from {source}")
    connection.execute(_MOVEMENTS)
    create_clock(connection, manifest.as_of, manifest.currency, manifest.timezone)
    create_policy_relation(connection, policy)
    return connection
