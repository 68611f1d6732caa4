"""The ledger's relations on one connection, built from random histories without files or folders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import duckdb

import upswell
from tests.properties.histories import as_csv_rows, random_history
from upswell.contract.import_log import ImportLog
from upswell.engines.duckdb import work_connection
from upswell.ledger.build import MODELS, prepare, run_policies
from upswell.policy import load
from upswell.sources import read_file


def book_connection(folder: Path, *, policy: str = "strict", seed: int = 1) -> duckdb.DuckDBPyConnection:
    """A connection that holds every relation of the chain for thirty random customers."""
    rng = Random(seed)
    rows = [row for number in range(30) for row in as_csv_rows(random_history(rng, customer_id=f"customer {number}"))]
    path = folder / "items.csv"
    path.write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n", "utf-8")
    workspace = upswell.init(folder / "workspace")
    workspace.import_file(path, table="items")
    log = ImportLog(
        workspace.folder / "imports", timezone="UTC", currency="USD", spill_folder=folder, read_file=read_file
    )
    connection = work_connection(folder)
    log.create_views(connection)
    prepare(connection, as_of=datetime(2025, 1, 15, tzinfo=UTC), currency="USD", timezone="UTC")
    run_policies(connection, [load(policy)], kept=MODELS)
    return connection
