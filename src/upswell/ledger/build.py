"""Building a book: the chain of models run once for each policy, checked, written, then published.

A book is a folder of Parquet files that never changes again:

    books/b-000007/book.json              what it was built from, digests of every file
    books/b-000007/customers.parquet      attributes, rates, costs, names of imported files: shared by its policies
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

from upswell.engines.chain import run_chain, supply_functions
from upswell.ledger.books import BookManifest, BookShelf, PolicyRecord
from upswell.ledger.checks import failed_checks, run_checks
from upswell.policy import Policy

MODELS: Final = (
    "interval_factors",
    "item_keys",
    "product_keys",
    "item_spans",
    "item_versions",
    "item_changes",
    "customer_moments",
    "rate_spans",
    "day_rates",
    "pairs",
    "changes",
    "product_turns",
    "change_steps",
    "netted_totals",
    "judged_steps",
    "movements",
    "monthly_totals",
)

# What a book keeps of each policy; the rest of the chain is scaffolding.
KEPT: Final = ("movements", "monthly_totals", "item_versions", "item_keys")
# Read once, by the model after them: as tables they would only be written out to be read back.
_VIEWS: Final = frozenset({"item_spans"})
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
    supply_functions(connection)
    create_clock(connection, inputs.as_of, inputs.currency, inputs.timezone)
    # Order is no part of a book; keeping it would cost memory and a core.
    connection.execute("set preserve_insertion_order = false")
    with shelf.new_book() as draft:
        _write(connection, "select * from import_files", draft.folder / "import_files.parquet")
        _write(connection, _CUSTOMERS, draft.folder / "customers.parquet")
        _write(connection, _COSTS, draft.folder / "costs.parquet")
        for policy in inputs.policies:
            _build_policy(connection, draft.folder / policy.name, policy, progress=progress)
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


def _build_policy(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    policy: Policy,
    *,
    progress: Progress | None,
) -> None:
    folder.mkdir()
    create_policy_relation(connection, policy)
    named = None if progress is None else _prefixed(progress, policy.name)
    run_models(connection, MODELS, keep=frozenset(KEPT) | {"rate_spans"}, progress=named)
    if named is not None:
        named("checks")
    failed_checks(run_checks(connection))
    for name in KEPT:
        if named is not None:
            named(f"writing {name}")
        _write(connection, f"select * from {name}", folder / f"{name}.parquet")
    _write(connection, "select * from rate_spans", folder.parent / "rate_spans.parquet")


def run_models(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    *,
    keep: frozenset[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Run the named models in order on a connection that has the inputs, policy and clock."""
    run_chain(connection, models_folder(), names, views=_VIEWS, keep=keep, progress=progress)


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


def create_policy_relation(connection: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """The one-row relation `policy`: a column for each switch; weeks and days in a month as rationals."""
    week_numerator, week_denominator = _MONTHS[policy.week]
    day_numerator, day_denominator = _MONTHS[policy.day]
    row: dict[str, str | int | None] = {
        **policy.switches(),
        "week_numerator": week_numerator,
        "week_denominator": week_denominator,
        "day_numerator": day_numerator,
        "day_denominator": day_denominator,
    }
    # Column names are the fields of Policy, a closed list; the values are bound.
    columns = ", ".join(f'? as "{name}"' for name in row)
    connection.execute(f"create or replace temp table policy as select {columns}", list(row.values()))


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    # DuckDB takes no parameter for COPY's target; the path is ours, quoted as an SQL string.
    target = str(path).replace("'", "''")
    connection.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")


def _prefixed(progress: Progress, name: str) -> Progress:
    return lambda text: progress(f"{name}: {text}")


# One row a customer, as known at as_of: the row with the latest valid_from that had come by then.
_CUSTOMERS: Final = """
    select * exclude (recency__, source_row)
    from (
        select
            current_customers.*,
            row_number() over (
                partition by customer_id order by valid_from desc nulls last, source_row desc
            ) as recency__
        from current_customers, clock
        where valid_from is null or valid_from <= clock.as_of_day
    )
    where recency__ = 1
"""

# One row a month and kind, all sources together, in the workspace's currency.
_COSTS: Final = """
    select month, kind, cast(sum(amount) as decimal(38, 12)) as amount
    from current_costs
    group by month, kind
    order by month, kind
"""
