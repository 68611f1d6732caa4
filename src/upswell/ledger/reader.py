"""Reading a book: the views that queries see, whatever the number of policies or imports behind them.

`open_book(folder, manifest, "strict")` gives a locked connection with

    movements       one row for each booked change, with movement_id and source rows
    monthly_totals, item_versions, item_keys, offer_keys, plan_keys, terms_keys
    customers, rate_spans, import_files, clock, policy

A movement's id is made from what it is about (`20240315-5f0c...`: its day, then a hash of customer, item,
plan, kind, driver, currency and rule), so the same movement keeps its id over rebuilds and later imports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from upswell.engines.chain import create_settings
from upswell.engines.duckdb import path_literal, query_connection
from upswell.ledger.books import BookManifest
from upswell.ledger.build import create_clock, policy_row
from upswell.policy import Policy

# A span id is its source row times 4 plus the part of the version (ledger/models/item_spans.sql).
SPAN_PARTS: Final = 4

_MOVEMENTS: Final = f"""
create or replace temp view movements as
select
    strftime(booked.date, '%Y%m%d') || '-' || substr(md5(concat_ws(
        chr(31), item_keys.customer_id, item_keys.subscription_id, item_keys.item_id, plan_keys.product_id,
        plan_keys.plan_id, coalesce(former_plans.plan_id, ''), booked.kind, coalesce(booked.driver, ''),
        booked.currency, booked.rule, booked.scheduled, booked.amount > 0, booked.moment_at
    )), 1, 16) as movement_id,
    booked.*,
    item_keys.customer_id,
    item_keys.subscription_id,
    item_keys.item_id,
    plan_keys.product_id,
    plan_keys.plan_id,
    former_plans.plan_id as from_plan_id,
    booked.before_span // {SPAN_PARTS} as before_source,
    booked.after_span // {SPAN_PARTS} as after_source
from booked_movements as booked
inner join item_keys on booked.item_key = item_keys.item_key
inner join plan_keys on booked.plan_key = plan_keys.plan_key
left join plan_keys as former_plans on booked.from_plan_key = former_plans.plan_key
"""

_ITEM_VERSIONS: Final = f"""
create or replace temp view item_versions as
select
    booked.*,
    booked.span_id // {SPAN_PARTS} as source_row,
    offer_keys.product_id,
    offer_keys.plan_id,
    offer_keys.item_type,
    offer_keys.currency,
    terms_keys.price_id,
    terms_keys.unit_amount,
    terms_keys.given_mrr,
    terms_keys.billing_interval,
    terms_keys.interval_count,
    case when booked.discounted then terms_keys.discount_percent else 0 end as discount_percent,
    case when booked.discounted then terms_keys.discount_amount else 0 end as discount_amount
from booked_versions as booked
inner join offer_keys on booked.offer_key = offer_keys.offer_key
inner join terms_keys on booked.terms_key = terms_keys.terms_key
"""


def open_book(folder: Path, manifest: BookManifest, policy: Policy) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to one policy of the book in `folder`."""
    connection = query_connection([folder])
    views = {
        "booked_movements": folder / policy.name / "movements.parquet",
        "monthly_totals": folder / policy.name / "monthly_totals.parquet",
        "booked_versions": folder / policy.name / "item_versions.parquet",
        "item_keys": folder / "item_keys.parquet",
        "offer_keys": folder / "offer_keys.parquet",
        "plan_keys": folder / "plan_keys.parquet",
        "terms_keys": folder / "terms_keys.parquet",
        "customers": folder / "customers.parquet",
        "rate_spans": folder / "rate_spans.parquet",
        "import_files": folder / "import_files.parquet",
    }
    for name, path in views.items():
        source = f"read_parquet({path_literal(path.resolve())}, hive_partitioning = false)"
        connection.execute(f"create temp view {name} as select * from {source}")
    connection.execute(_MOVEMENTS)
    connection.execute(_ITEM_VERSIONS)
    create_clock(connection, manifest.as_of, manifest.currency, manifest.timezone)
    create_settings(connection, "policy", policy_row(policy))
    return connection
