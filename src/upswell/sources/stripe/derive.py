"""From landed Stripe objects to the tables of the import contract: items, customers, invoice lines and payments.

Stripe keeps no past: its subscriptions are what they are today, its events last 30 days. Its invoices remember, though.
A line of 2026-01-10 for 5 seats until 2026-02-10, a prorated charge for 8 seats from 2026-01-25 and a line of 8 seats
from 2026-02-10 are three claims about one item, and two versions of it: 5 seats until the 25th, 8 from there on. The
models turn every line, event and sighting into such a claim, let the best founded one rule at each moment, and split
the result where a discount or the subscription's status changes. Each version says which evidence made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.schema import CUSTOMERS, INVOICE_LINES, ITEMS, PAYMENTS
from upswell.contract.sqltext import literal, name
from upswell.engines.chain import Chain, run_chain
from upswell.engines.duckdb import path_literal, storage_errors, work_connection
from upswell.errors import WorkspaceBusyError
from upswell.sources.stripe.currencies import currency_digits
from upswell.sources.stripe.settings import Offer

_MODELS: Final = (
    "latest_objects",
    "invoices",
    "line_texts",
    "subscription_versions",
    "subscription_items",
    "lines",
    "prices",
    "price_amounts",
    "phase_items",
    "price_totals",
    "payments",
    "included_taxes",
    "line_claims",
    "seen_claims",
    "item_claims",
    "item_ends",
    "status_spans",
    "discounts",
    "line_discounts",
    "item_history",
    "items_table",
    "invoice_lines_table",
    "payments_table",
    "customers_table",
)
# In the order in which they are imported.
_TABLES: Final = {
    ITEMS.name: "items_table",
    CUSTOMERS.name: "customers_table",
    INVOICE_LINES.name: "invoice_lines_table",
    PAYMENTS.name: "payments_table",
}
_ATTRIBUTES_MAX: Final = 50


@dataclass(frozen=True)
class Derivation:
    """How landed objects are read: `offers` by the id of a Stripe product or price; `now` tells what is long past."""

    timezone: str = "UTC"
    offers: Mapping[str, Offer] = field(default_factory=dict)
    now: datetime | None = None


def write_tables(landing: Path, folder: Path, derivation: Derivation) -> dict[str, Path]:
    """Derive the contract's tables from the landing file and write one Parquet file for each into `folder`.

    Returns table name -> file, in the order in which they are to be imported. Raises `WorkspaceError` where the landing
    file cannot be read or the disk is full.
    """
    with landed(landing, folder, derivation) as connection:
        files = {}
        for table, relation in _TABLES.items():
            columns = "*"
            if table == CUSTOMERS.name:
                columns = _customer_columns(connection)
            elif table == INVOICE_LINES.name:
                columns = _with_local_days(derivation.timezone)
            path = folder / f"stripe-{table.replace('_', '-')}.parquet"
            connection.execute(f"copy (select {columns} from {relation}) to {path_literal(path)} (format parquet)")
            files[table] = path
        return files


@contextmanager
def landed(landing: Path, scratch: Path, derivation: Derivation) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which every model of the derivation stands as a relation over what `landing` holds."""
    with storage_errors(landing):
        connection = work_connection(scratch)
        try:
            _attach(connection, landing)
            _prepare(connection, derivation)
            folder = resources.files("upswell.sources.stripe") / "models"
            chain = Chain(folder, _MODELS, settings="stripe_settings", kept=frozenset(_MODELS))
            read_at = (derivation.now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
            run_chain(connection, chain, [{"read_at": read_at.isoformat(sep=" ")}])
            yield connection
        finally:
            connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
    try:
        connection.execute(f"attach {literal(str(landing))} as landing (read_only)")
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise WorkspaceBusyError(
            "the account is being read just now",
            code="source_busy",
            where=str(landing),
            expected="no sync at work",
            found="another process that writes what it reads",
            remedy="try again when the sync is done",
        ) from error


def _prepare(connection: duckdb.DuckDBPyConnection, derivation: Derivation) -> None:
    functions = resources.files("upswell.sources.stripe") / "functions.sql"
    connection.execute(functions.read_text("utf-8"))
    connection.execute("create temp view objects as select * from landing.objects")
    connection.execute("""
        create temp table readings as
        select started_at, lag(started_at) over (order by started_at) as former_started_at
        from (select distinct started_at from landing.syncs where finished_at is not null and kind <> 'webhook')""")
    _table(connection, "currency_digits", "currency varchar, digits integer", currency_digits())
    offers = [(stripe_id, offer.plan, offer.product, offer.type) for stripe_id, offer in derivation.offers.items()]
    columns = "stripe_id varchar, plan_id varchar, product_id varchar, item_type varchar"
    _table(connection, "plan_settings", columns, offers)


def _table(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> None:
    connection.execute(f"create temp table {relation}({columns})")
    values = list(rows)
    if values:
        places = ", ".join("?" for _ in values[0])
        connection.executemany(f"insert into {relation} values ({places})", values)


def _with_local_days(timezone: str) -> str:
    """The columns of invoice lines as the import reads them: their days are those of the workspace's time zone."""
    local = "{0} at time zone 'UTC' at time zone " + literal(timezone)
    days = ", ".join(f"strftime({local.format(each)}, '%Y-%m-%d') as {each}" for each in ("period_start", "period_end"))
    instants = ", ".join(f"strftime({each}, '%Y-%m-%dT%H:%M:%SZ') as {each}" for each in ("issued_at", "paid_at"))
    return f"* replace ({days}, {instants})"


def _customer_columns(connection: duckdb.DuckDBPyConnection) -> str:
    """Customers with the keys of their metadata as attributes; `owner` and `parent_id` there are the contract's."""
    own = {"customer_id", "name", "country", "created_at", "email", "metadata"}
    keys = [
        str(row[0])
        for row in connection.execute(f"""
            select key from (select unnest(json_keys(metadata)) as key from customers_table)
            group by key order by count(*) desc, key limit {_ATTRIBUTES_MAX}""").fetchall()
    ]
    taken: dict[str, str] = {}
    for key in keys:
        heading = key.strip()
        if heading and heading.casefold() not in own | {each.casefold() for each in taken}:
            taken[heading] = key
    attributes = "".join(
        f", json_extract_string(metadata, {literal(_json_path(key))}) as {name(heading)}"
        for heading, key in taken.items()
    )
    return f"* exclude (metadata){attributes}"


def _json_path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'
