"""Months of a book beside the account it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb

from upswell.errors import UsageError
from upswell.ledger.books import BookManifest
from upswell.metrics.months import Month
from upswell.policy import Policy
from upswell.sources.stripe.reconciliation.billing import Billing, read_billing
from upswell.sources.stripe.reconciliation.cash import CashBridge, ItemMrr, cash_bridge
from upswell.sources.stripe.reconciliation.definition import figures_at
from upswell.sources.stripe.reconciliation.evidence import AccountEvidence, read_evidence
from upswell.workspace.reconciling.book import OurMonth, our_months
from upswell.workspace.reconciling.closing import closing_bridge
from upswell.workspace.reconciling.kinds import kind_bridges
from upswell.workspace.reconciling.rates import read_rates
from upswell.workspace.reconciling.results import MonthReconciliation


def reconcile(
    book: duckdb.DuckDBPyConnection,
    stripe: duckdb.DuckDBPyConnection,
    months: Sequence[Month],
    *,
    manifest: BookManifest,
    policy: Policy,
    imports: Sequence[int],
) -> tuple[MonthReconciliation, ...]:
    """Reconcile months of an open book with an account that is landed on another connection.

    `imports` are the numbers of the imports that came from the account; rows of others are nobody's here.
    """
    account = read_evidence(stripe)
    ends = _month_ends(account, months, ZoneInfo(manifest.timezone))
    rates = read_rates(book, ends, manifest.currency)
    ours = our_months(book, ends, imports)
    figures = {
        month: [
            found
            for item in account.items.values()
            # What is in force at a month's last instant.
            if (found := figures_at(account, item, end - timedelta(microseconds=1), policy)) is not None
        ]
        for month, end in ends.items()
    }
    billing = read_billing(stripe, manifest.timezone)
    return tuple(
        MonthReconciliation(
            str(month),
            policy.name,
            manifest.currency,
            (
                closing_bridge(figures[month], ours[month], month, rates),
                *kind_bridges(figures, ours, month, rates),
            ),
            _cash(account, billing, ours[month], month),
        )
        for month in months
    )


def _month_ends(account: AccountEvidence, months: Sequence[Month], zone: ZoneInfo) -> dict[Month, datetime]:
    """When each month was over (UTC), from the account's first on: who was ever a customer is part of a kind."""
    firsts = [min(item.moments) for item in account.items.values() if item.moments]
    start = min([*months, *(Month.of(first.replace(tzinfo=UTC).astimezone(zone).date()) for first in firsts)])
    asked = (start.plus(place) for place in range(max(months).number - start.number + 1))
    return {
        month: datetime.combine(month.plus(1).first_day, time(), zone).astimezone(UTC).replace(tzinfo=None)
        for month in asked
    }


def _cash(account: AccountEvidence, billing: Billing, ours: OurMonth, month: Month) -> tuple[CashBridge, ...]:
    mrr: dict[str, list[ItemMrr]] = defaultdict(list)
    for (customer, subscription, item_id), (currency, amount) in ours.items.items():
        item = account.items.get(item_id)
        metered = item is not None and item.metered
        mrr[currency].append(ItemMrr(item_id, subscription, customer, amount, metered))
    billed = {currency for number, currency in (*billing.lines, *billing.payments) if number == month.number}
    return tuple(
        cash_bridge(billing, month.number, currency, mrr.get(currency, ())) for currency in sorted({*mrr, *billed})
    )


def require_comparable(policy: Policy) -> None:
    """Raise `UsageError` where a policy has a rule that Stripe's objects cannot be led to."""
    for switch, value in (("level", "family"), ("usage", "trailing_3"), ("fx", "item_start"), ("fx", "fixed_rate")):
        if getattr(policy, switch) == value:
            raise _not_comparable(policy, switch, value)
    if policy.past_due_churn_days is not None:
        raise _not_comparable(policy, "past_due_churn_days", str(policy.past_due_churn_days))


def require_over(months: Sequence[Month], manifest: BookManifest) -> None:
    """Raise `UsageError` for a month that is not over: its end is nothing that Stripe or the book can know yet."""
    day = manifest.as_of.astimezone(ZoneInfo(manifest.timezone)).date()
    for month in months:
        if month.last_day >= day:
            raise UsageError(
                f"{month} is not over in the current book",
                code="month_not_over",
                where=f"book {manifest.book_id}, as of {day}",
                expected=f"a month up to {Month.of(day).plus(-1)}",
                found=str(month),
                remedy="ask for a month that is over; after a sync run `upswell build` for the latest",
            )


def _not_comparable(policy: Policy, switch: str, value: str) -> UsageError:
    return UsageError(
        f"policy {policy.name} cannot be held against Stripe: {switch} = {value}",
        code="policy_not_comparable",
        where=f"policy {policy.name}, {switch}",
        expected="a policy without usage = trailing_3, past_due_churn_days or an fx other than separate",
        found=value,
        remedy="reconcile under strict, and see `upswell compare-policies strict " + policy.name + "`",
    )
