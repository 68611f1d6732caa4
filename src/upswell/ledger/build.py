"""Building a book: the chain of models run once for each policy, checked, written, then published.

A book is a folder of Parquet files that never changes again:

    books/b-000007/book.json              what it was built from, digests of every file
    books/b-000007/customers.parquet      attributes, rates, costs, keys, imported files: shared by its policies
    books/b-000007/strict/movements.parquet, monthly_totals.parquet, item_versions.parquet

The folder is written under a temporary name and renamed when it is whole and has passed every
check; only then does the pointer `books/current` move. A killed build leaves a temporary folder that the
next one sweeps away, and the former book as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from upswell.contract.cells import to_utc
from upswell.engines.chain import Chain, run_chain, supply_functions
from upswell.ledger.attributes import customer_relations
from upswell.ledger.books import BookManifest, BookShelf, PolicyRecord
from upswell.ledger.checks import failed_checks, run_checks
from upswell.ledger.corrections import reclassify
from upswell.money.currency import currency_codes, minor_units
from upswell.policy import Policy

MODELS: Final = (
    "interval_factors",
    "item_keys",
    "offer_keys",
    "plan_keys",
    "terms_keys",
    "rate_spans",
    "early_ends",
    "timed_versions",
    "lapses",
    "version_parts",
    "item_spans",
    "valued_spans",
    "usage_means",
    "item_versions",
    "day_moments",
    "item_changes",
    "turning_points",
    "dropped_moments",
    "unit_turns",
    "day_rates",
    "pairs",
    "first_days",
    "changes",
    "product_turns",
    "shaped_changes",
    "netted_totals",
    "judged_changes",
    "change_steps",
    "named_steps",
    "movements",
    "monthly_totals",
    "billed_lines",
    "recognised_revenue",
    "billed_invoices",
    "billings",
    "dated_payments",
    "failed_charges",
    "receipts",
    "contract_ends",
)

# What a book keeps; the rest of the chain is scaffolding. Keys, rates, invoices and payments are the same under every
# policy.
KEPT: Final = ("movements", "monthly_totals", "item_versions")
SHARED: Final = (
    *("item_keys", "offer_keys", "plan_keys", "terms_keys", "rate_spans"),
    *("recognised_revenue", "billings", "receipts", "failed_charges", "contract_ends"),
)
# Read once or twice, or for a few columns at a time: as tables they would only be written out to be read back.
_VIEWS: Final = frozenset(
    {"timed_versions", "item_spans", "item_versions", "shaped_changes", "judged_changes", "named_steps"}
)
_MONTHS: Final = {"52/12": (52, 12), "4": (4, 1), "365/12": (365, 12), "30": (30, 1)}

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class BuildInputs:
    """Everything that decides what a book says; the same inputs give the same rows."""

    as_of: datetime
    currency: str
    timezone: str
    fingerprint: str
    policies: tuple[Policy, ...]
    held_back: int = 0


def models_folder() -> resources.abc.Traversable:
    """The folder of the ledger's SQL models."""
    return resources.files("upswell.ledger") / "models"


def build_book(
    connection: duckdb.DuckDBPyConnection,
    shelf: BookShelf,
    inputs: BuildInputs,
    *,
    progress: Progress | None = None,
) -> BookManifest:
    """Build, check and publish one book from the `current_*` views of `connection`.

    Raises `CheckFailedError` when an invariant does not hold (the former book stays) and
    `WorkspaceError` when the disk is full or the folder cannot be written.
    """
    prepare(connection, as_of=inputs.as_of, currency=inputs.currency, timezone=inputs.timezone)
    with shelf.new_book() as draft:
        _write(connection, "select * from import_files", draft.folder / "import_files.parquet")

        def finish(number: int) -> None:
            policy = inputs.policies[number]
            named = _prefixed(progress, policy.name)
            named("checks")
            failed_checks(run_checks(connection))
            folder = draft.folder / policy.name
            folder.mkdir()
            for name in KEPT:
                named(f"writing {name}")
                _write(connection, f"select * from {name}", folder / f"{name}.parquet")

        run_policies(connection, inputs.policies, done=finish, progress=progress)
        for name in SHARED:
            _write(connection, f"select * from {name}", draft.folder / f"{name}.parquet")
        for name, query in customer_relations(connection).items():
            _write(connection, query, draft.folder / f"{name}.parquet")
        _write(connection, _USAGE, draft.folder / "monthly_usage.parquet")
        _write(connection, _DAILY_USAGE, draft.folder / "daily_usage.parquet")
        _write(connection, _TOUCHES, draft.folder / "touches.parquet")
        _write(connection, _FEEDBACK, draft.folder / "feedback.parquet")
        _write(connection, _PRICE_ANSWERS, draft.folder / "price_answers.parquet")
        _write(connection, _LIMITS, draft.folder / "limits.parquet")
        _write(connection, _COSTS, draft.folder / "costs.parquet")
        _write(connection, _EVIDENCE, draft.folder / "evidence.parquet")
        if progress is not None:
            progress("publishing")
        return draft.publish(
            as_of=inputs.as_of,
            currency=inputs.currency,
            timezone=inputs.timezone,
            fingerprint=inputs.fingerprint,
            policies=tuple(PolicyRecord.of(policy) for policy in inputs.policies),
            held_back=inputs.held_back,
        )


def prepare(connection: duckdb.DuckDBPyConnection, *, as_of: datetime, currency: str, timezone: str) -> None:
    """Give a connection that has the `current_*` views what the models read besides: functions, clock, local days."""
    supply_functions(connection)
    create_clock(connection, as_of, currency, timezone)
    midnight = to_utc("cast(day as timestamp)", timezone=timezone)
    connection.execute(
        f"""create or replace temp view local_days as
            select cast(day as date) as day, {midnight} as starts_at
            from range(date '1900-01-01', date '3001-01-01', interval 1 day) as days(day)"""
    )
    digits = ", ".join(f"('{code}', {minor_units(code)})" for code in currency_codes())
    connection.execute(
        f"create or replace temp table minor_units as select * from (values {digits}) as codes(currency, digits)"
    )
    # Order is no part of a book; keeping it would cost memory and a core.
    connection.execute("set preserve_insertion_order = false")


def run_policies(
    connection: duckdb.DuckDBPyConnection,
    policies: Sequence[Policy],
    *,
    kept: Sequence[str] = (*KEPT, *SHARED),
    done: Callable[[int], None] | None = None,
    progress: Progress | None = None,
) -> None:
    """Run the models for each policy on a connection that was prepared; after each, `done` may read those `kept`.

    Models whose inputs agree between policies are computed once. After the last run its relations stay.
    """
    chain = Chain(models_folder(), MODELS, settings="policy", views=_VIEWS, kept=frozenset(kept)).needed()

    def corrected(number: int) -> None:
        reclassify(connection, totals="monthly_totals" in kept)
        if done is not None:
            done(number)

    run_chain(
        connection,
        chain,
        [policy_row(policy) for policy in policies],
        done=corrected,
        progress=None if progress is None else lambda number, text: _prefixed(progress, policies[number].name)(text),
    )


def create_clock(connection: duckdb.DuckDBPyConnection, as_of: datetime, currency: str, timezone: str) -> None:
    """The one-row relation `clock`: as_of (UTC, without offset), its local day, the workspace currency."""
    instant = as_of.astimezone(UTC).replace(tzinfo=None)
    connection.execute(
        """create or replace temp table clock as
            select
                cast(? as timestamp) as as_of,
                cast(? as date) as as_of_day,
                cast(? as varchar) as workspace_currency""",
        [instant, as_of.astimezone(ZoneInfo(timezone)).date(), currency],
    )


def policy_row(policy: Policy) -> dict[str, str | int | None]:
    """The columns of the one-row relation `policy`: one for each switch; weeks and days in a month as rationals."""
    week_numerator, week_denominator = _MONTHS[policy.week]
    day_numerator, day_denominator = _MONTHS[policy.day]
    return {
        **policy.switches(),
        "week_numerator": week_numerator,
        "week_denominator": week_denominator,
        "day_numerator": day_numerator,
        "day_denominator": day_denominator,
    }


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    # DuckDB takes no parameter for COPY's target; the path is ours, quoted as an SQL string. The second version of the
    # format has encodings for sorted integers: smaller files, written faster.
    target = str(path).replace("'", "''")
    connection.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd, parquet_version v2)")


def _prefixed(progress: Progress | None, name: str) -> Progress:
    return lambda text: None if progress is None else progress(f"{name}: {text}")


# One row a customer, month and metric, of those who ever had an item.
_USAGE: Final = """
    select keys.customer_key, cast(date_trunc('month', current_usage.day) as date) as month, current_usage.metric,
        cast(sum(current_usage.quantity) as decimal(38, 6)) as quantity
    from current_usage
    inner join clock on current_usage.day <= clock.as_of_day
    inner join (select distinct customer_key, customer_id from item_keys) as keys
        on current_usage.customer_id = keys.customer_id
    group by keys.customer_key, date_trunc('month', current_usage.day), current_usage.metric
    order by keys.customer_key, month, current_usage.metric
"""

# The same by day, for what is asked as of a day within a month.
_DAILY_USAGE: Final = """
    select keys.customer_key, current_usage.day, current_usage.metric,
        cast(sum(current_usage.quantity) as decimal(38, 6)) as quantity
    from current_usage
    inner join clock on current_usage.day <= clock.as_of_day
    inner join (select distinct customer_key, customer_id from item_keys) as keys
        on current_usage.customer_id = keys.customer_id
    group by keys.customer_key, current_usage.day, current_usage.metric
    order by current_usage.day, keys.customer_key, current_usage.metric
"""

# One row a time that a customer was made an offer, with the local day; who never had an item has no key.
_TOUCHES: Final = """
    select keys.customer_key, told.customer_id, told.at, local_days.day as touched_on, told.offer, told.channel,
        told.outcome, told.discount_percent
    from current_touches as told
    inner join clock on told.at <= clock.as_of
    asof join local_days on told.at >= local_days.starts_at
    left join (select distinct customer_key, customer_id from item_keys) as keys on told.customer_id = keys.customer_id
    order by told.customer_id, told.at, told.offer, told.channel
"""

# One row an answer to the question how a customer is pleased or whether it is open to more, with the local day.
_FEEDBACK: Final = """
    select keys.customer_key, told.customer_id, told.at, told.day as answered_on, told.kind, told.respondent,
        told.score, told.open_to_more
    from current_feedback as told
    inner join clock on told.at <= clock.as_of
    left join (select distinct customer_key, customer_id from item_keys) as keys on told.customer_id = keys.customer_id
    order by told.customer_id, told.at, told.kind, told.respondent
"""

# One row an answer to a price survey, with the local day: four prices, or whether the respondent would buy at one.
_PRICE_ANSWERS: Final = """
    select told.survey, told.plan_id, told.customer_id, coalesce(told.respondent, told.customer_id) as respondent,
        told.at, told.day as answered_on, told.currency, told.too_cheap, told.cheap, told.expensive, told.too_expensive,
        told.price, told.would_buy
    from current_price_answers as told
    inner join clock on told.at <= clock.as_of
    order by told.survey, told.plan_id, told.at, respondent, told.price
"""

# One row a plan and metric: how much of it a customer of the plan may use in a month.
_LIMITS: Final = """
    select plan_id, metric, "limit" from current_limits order by plan_id, metric
"""

# One row an imported row that says what shows it.
_EVIDENCE: Final = """
    select source_row, evidence
    from current_items
    where evidence is not null
    order by source_row
"""

# One row a month and kind, all sources together, in the workspace's currency.
_COSTS: Final = """
    select month, kind, cast(sum(amount) as decimal(38, 12)) as amount
    from current_costs
    group by month, kind
    order by month, kind
"""
