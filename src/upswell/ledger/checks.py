"""The named list of invariants, checked before a book is published and again by `upswell check`.

Each invariant is one query that returns the rows which break it; an empty answer is a pass. For example
`customers_roll_forward` adds up, for every customer, currency and month, the MRR of the spans that
began less those that ended, and sets it against the movements booked: 160.00 begun, 100.00 ended and a movement of
+60.00 leave nothing; a movement lost or booked twice leaves its amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from upswell.errors import CheckFailedError


@dataclass(frozen=True)
class Invariant:
    """A promise of every book: `query` returns the rows that break it (at most a few)."""

    name: str
    promise: str
    query: str


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one invariant: how many rows broke it and what the first of them looks like."""

    name: str
    promise: str
    broken: int
    example: str | None = None

    @property
    def passed(self) -> bool:
        """True when nothing broke the invariant."""
        return self.broken == 0


def _roll_forward(column: str) -> str:
    """Movements of a slice less what its versions say, by currency and month; the two must cancel."""
    return f"""
        select {column}, currency, month, scheduled, sum(amount) as difference
        from (
            select {column}, currency, date_trunc('month', date) as month, scheduled, amount
            from movements
            union all
            select versions.{column}, versions.currency, versions.month, versions.scheduled, versions.amount
            from (
                select
                    item_versions.customer_key, offer_keys.plan_key, offer_keys.currency,
                    date_trunc('month', item_versions.starts_on) as month,
                    item_versions.starts_at > clock.as_of as scheduled,
                    -item_versions.mrr as amount
                from item_versions, offer_keys, clock
                where item_versions.offer_key = offer_keys.offer_key and item_versions.mrr > 0
                union all
                select
                    item_versions.customer_key, offer_keys.plan_key, offer_keys.currency,
                    date_trunc('month', item_versions.ends_on) as month,
                    item_versions.ends_at > clock.as_of as scheduled,
                    item_versions.mrr as amount
                from item_versions, offer_keys, clock
                where item_versions.offer_key = offer_keys.offer_key
                    and item_versions.mrr > 0 and item_versions.ends_at is not null
            ) as versions
        )
        group by all
        having sum(amount) <> 0
        """


INVARIANTS: Final = (
    Invariant(
        "customers_roll_forward",
        "for every customer, currency and month: movements = MRR begun - MRR ended",
        _roll_forward("customer_key"),
    ),
    Invariant(
        "plans_roll_forward",
        "for every product, plan, currency and month: movements = MRR begun - MRR ended",
        _roll_forward("plan_key"),
    ),
    Invariant(
        "kinds_and_drivers",
        "expansion and contraction have a driver, the other kinds have none; no row is 0",
        """
        select date, customer_key, kind, driver, amount
        from movements
        where (kind in ('expansion', 'contraction')) <> (driver is not null) or amount = 0
        """,
    ),
    Invariant(
        "signs_follow_kinds",
        "new and reactivation are positive, churn is negative, row by row (a return netted into churn is positive)",
        """
        select date, customer_key, kind, amount
        from movements
        where (kind in ('new', 'reactivation') and amount < 0) or (kind = 'churn' and (amount > 0) <> (rule = 'return'))
        """,
    ),
    Invariant(
        "drivers_sum_to_kind",
        "the rows of a customer's expansion in a moment sum above 0, of a contraction below 0 (one currency)",
        """
        select customer_key, date, scheduled, kind, sum(amount) as total
        from movements
        where kind in ('expansion', 'contraction')
        group by customer_key, date, scheduled, kind
        having min(currency) = max(currency)
            and case kind when 'expansion' then sum(amount) <= 0 else sum(amount) >= 0 end
            and bool_and(rule <> 'currency_changed')
        """,
    ),
    Invariant(
        "transfers_cancel",
        "the two sides of every plan's move sum to 0 for each customer, day and currency",
        """
        select customer_key, date, scheduled, currency, sum(amount) as difference
        from movements
        where rule = 'plan_moved'
        group by customer_key, date, scheduled, currency
        having sum(amount) <> 0
        """,
    ),
    Invariant(
        "new_once",
        "a customer (a subscription, where the policy decides by it) pays for the first time at most once",
        """
        select
            movements.customer_key,
            case policy.level when 'subscription' then item_keys.subscription_key else 0 end as subscription_key,
            min(movements.date) as first_day,
            max(movements.date) as last_day
        from movements, item_keys, policy
        where movements.item_key = item_keys.item_key and movements.rule = 'first_payment'
        group by all
        having min(movements.date) <> max(movements.date) or min(movements.scheduled) <> max(movements.scheduled)
        """,
    ),
    Invariant(
        "every_movement_has_a_source",
        "each movement names at least one version, of a file that the book knows",
        """
        select movements.date, movements.customer_key, movements.kind, movements.before_span, movements.after_span
        from movements
        left join import_files as before_file on before_file.import_no = movements.before_span // 17179869184
        left join import_files as after_file on after_file.import_no = movements.after_span // 17179869184
        where (movements.before_span is null and movements.after_span is null)
            or (movements.before_span is not null and before_file.import_no is null)
            or (movements.after_span is not null and after_file.import_no is null)
        """,
    ),
    Invariant(
        "months_sum_movements",
        "monthly totals are the sums of the movements, by plan, product, kind, driver and currency",
        """
        select month, product_id, plan_id, kind, driver, currency, scheduled, sum(amount) as difference
        from (
            select
                cast(date_trunc('month', movements.date) as date) as month,
                plan_keys.product_id, plan_keys.plan_id,
                movements.kind, movements.driver, movements.currency, movements.scheduled, movements.amount
            from movements, plan_keys
            where movements.plan_key = plan_keys.plan_key
            union all
            select month, product_id, plan_id, kind, driver, currency, scheduled, -amount from monthly_totals
        )
        group by all
        having sum(amount) <> 0
        """,
    ),
    Invariant(
        "revenue_is_what_was_billed",
        "for every customer, currency and month of billing: what is earned over all months = what was billed",
        """
        select customer_id, currency, month, sum(amount) as difference
        from (
            select customer_id, currency, billed_month as month, amount
            from recognised_revenue
            where billed_month is not null
            union all
            select customer_id, currency, month, -amount
            from billings
            where month is not null
        )
        group by all
        having sum(amount) <> 0
        """,
    ),
)


def run_checks(connection: duckdb.DuckDBPyConnection) -> tuple[CheckResult, ...]:
    """Every invariant against the relations of one book and policy on `connection`.

    Needs movements, monthly_totals, item_versions, recognised_revenue, billings, the keys, import_files, policy and
    clock.
    """
    return tuple(_run(connection, invariant) for invariant in INVARIANTS)


def failed_checks(results: Sequence[CheckResult]) -> None:
    """Raise `CheckFailedError` naming every invariant that does not hold; do nothing if all do."""
    failed = [result for result in results if not result.passed]
    if failed:
        first = failed[0]
        raise CheckFailedError(
            f"the build broke {len(failed)} of {len(results)} invariants: "
            + ", ".join(result.name for result in failed),
            code="invariant_broken",
            where=first.name,
            expected=first.promise,
            found=f"{first.broken} rows, the first: {first.example}",
            remedy="the former book is still in use; report this with `upswell doctor`, it is a fault of Upswell",
        )


def _run(connection: duckdb.DuckDBPyConnection, invariant: Invariant) -> CheckResult:
    cursor = connection.execute(f"select count(*) over () as broken, * from ({invariant.query}) limit 1")
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    if row is None:
        return CheckResult(invariant.name, invariant.promise, 0)
    example = ", ".join(f"{name} {value}" for name, value in zip(names[1:], row[1:], strict=True))
    return CheckResult(invariant.name, invariant.promise, int(row[0]), example)
