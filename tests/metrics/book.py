"""A tiny book for the tests of this room: movements written by hand, the other views made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from upswell.metrics.planner import run
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy.model import Policy

STRICT = Policy(name="strict")
INCLUDED = Policy(name="included", retention_cohort="included")

_MOVEMENTS = """
create table movements (
    date date, customer_id varchar, customer_key integer, subscription_id varchar, item_id varchar, product_id varchar,
    plan_id varchar, from_plan_id varchar, kind varchar, driver varchar, amount decimal(38,6),
    currency varchar, rate decimal(24,12), rule varchar, scheduled boolean,
    before_span bigint, after_span bigint, item_key integer, plan_key integer, from_plan_key integer,
    moment_at timestamp
)"""
# What a book stores has keys for texts; the views above have both.
_STORED = (
    """create view booked_movements as
    select * exclude (customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id) from movements""",
    "create view booked_versions as select * exclude (product_id, plan_id, currency) from item_versions",
)
_PLANS = "create table plan_keys (plan_key integer, product_id varchar, plan_id varchar)"
_VERSIONS = """
create table item_versions (
    span_id bigint, item_key integer, customer_key integer, product_id varchar, plan_id varchar,
    starts_at timestamp, starts_on date, ends_at timestamp, ends_on date, status varchar,
    billing_interval varchar, interval_count integer, currency varchar, mrr decimal(24,6),
    quantity decimal(18,4), unit_amount decimal(24,12), discount_percent decimal(7,4), discount_amount decimal(24,12),
    source_row bigint
)"""
_KEYS = "create table item_keys (item_key integer, customer_id varchar, subscription_id varchar, item_id varchar)"
_COSTS = "create table costs (month date, kind varchar, amount decimal(38,12))"
# What is made of invoices and payments: nothing here, see test_revenue.py.
_REVENUE = (
    """create table recognised_revenue (
        month date, billed_month date, scheduled boolean, customer_id varchar, product_id varchar, plan_id varchar,
        currency varchar, line_type varchar, lines bigint, amount decimal(38,6), level_amount decimal(38,6),
        workspace_amount decimal(38,18), lacks_rate_on date
    )""",
    """create table receipts (
        month date, customer_id varchar, currency varchar, purpose varchar, recovered boolean, amount decimal(38,6),
        workspace_amount decimal(38,18), lacks_rate_on date, at_invoice_rate decimal(38,18)
    )""",
    """create table failed_charges (
        customer_id varchar, currency varchar, named boolean, failed_on date, amount decimal(24,6),
        recovered_on date, recovered decimal(38,6), rate decimal(24,12)
    )""",
    "create table contract_ends (source_row bigint, cancel_requested_on date, one_term boolean)",
)
_TOTALS = """
create table monthly_totals as
select cast(date_trunc('month', date) as date) as month, currency, product_id, plan_id, kind,
    driver, scheduled, cast(sum(amount) as decimal(38,6)) as amount,
    case when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38,18)) end
        as workspace_amount
from movements
group by all
"""
_CUSTOMERS = """
create table customers (
    customer_key integer, customer_id varchar, name varchar, parent_id varchar, owner varchar, country varchar,
    created_at timestamp, activated_at timestamp, valid_from timestamptz,
    seats varchar, plan varchar, "Group ""By"" it" varchar
)"""
_SPANS = "create table customer_spans (customer_key integer, customer_id varchar, starts_on date, ends_on date)"
_RATES = "create table rate_spans (currency varchar, starts_on date, ends_on date, rate decimal(24,12))"


@dataclass(frozen=True)
class Move:
    """One movement; `product` is the plan's and the ids are the customer's unless given."""

    day: str
    customer: str
    kind: str
    amount: str
    driver: str | None = None
    plan: str = "Team"
    product: str | None = None
    from_plan: str | None = None
    currency: str = "USD"
    scheduled: bool = False
    before_span: int | None = None


@dataclass(frozen=True)
class Version:
    """One item version, in UTC days; its item is the customer's on the plan."""

    customer: str
    starts: str
    ends: str | None
    mrr: str
    interval: str = "month"
    count: int = 1
    status: str = "active"
    plan: str = "Team"
    currency: str = "USD"
    span: int = 0


Rates = Sequence[tuple[str, str, str]]


class SmallBook:
    """A connection with the views of one book, and the question-asking that tests repeat."""

    def __init__(
        self,
        moves: Sequence[Move],
        *,
        rates: Rates = (),
        customers: Sequence[dict[str, str]] = (),
        as_of: str = "2027-01-01",
        versions: Sequence[Version] = (),
        costs: Sequence[tuple[str, str, str]] = (),
        timezone: str = "UTC",
    ) -> None:
        self.moves = tuple(moves)
        self.rates = sorted((*rates, ("USD", "1900-01-01", "1")))
        self.facts = BookFacts(
            as_of=datetime.fromisoformat(as_of).replace(tzinfo=UTC),
            as_of_day=datetime.fromisoformat(as_of).date(),
            workspace_currency="USD",
            book_id="test",
            timezone=timezone,
        )
        self._customer_keys: dict[str, int] = {}
        self._item_keys: dict[str, int] = {}
        self._plan_keys: dict[tuple[str, str], int] = {}
        self.connection = duckdb.connect()
        created = (_MOVEMENTS, _CUSTOMERS, _SPANS, _RATES, _VERSIONS, _KEYS, _PLANS, _COSTS, *_REVENUE, *_STORED)
        for statement in created:
            self.connection.execute(statement)
        self._insert_movements()
        self._insert_rates()
        self._insert_versions(versions)
        for month, kind, amount in costs:
            self.connection.execute("insert into costs values (?, ?, ?)", [f"{month}-01", kind, Decimal(amount)])
        for customer in customers:
            columns = ", ".join('"' + name.replace('"', '""') + '"' for name in customer)
            marks = ", ".join("?" for _ in customer)
            self.connection.execute(f"insert into customers ({columns}) values ({marks})", list(customer.values()))
        for customer_id, key in self._customer_keys.items():
            self.connection.execute("update customers set customer_key = ? where customer_id = ?", [key, customer_id])
        self.connection.execute(_TOTALS)
        self.connection.execute("set enable_external_access = false")
        self.connection.execute("set lock_configuration = true")

    def rate(self, currency: str, day: date) -> Decimal | None:
        """The rate that holds on `day`, looked up the plain way."""
        held = [r for c, start, r in self.rates if c == currency and start <= day.isoformat()]
        return Decimal(held[-1]) if held else None

    def ask(self, *names: str, policy: Policy = STRICT, **request: Any) -> list[dict[str, Any]]:
        """The rows of an answer as dictionaries."""
        return list(self.table(*names, policy=policy, **request).to_pylist())

    def table(self, *names: str, policy: Policy = STRICT, **request: Any) -> Any:
        """The answer as it comes."""
        asked = MetricRequest(names=names, **request)
        return run(self.connection, asked, facts=self.facts, policy=policy)

    def one(self, name: str, month: str, **request: Any) -> Any:
        """The single value of a metric in a month, or its reason if there is no value."""
        (row,) = self.ask(name, month_from=month, month_to=month, **request)
        assert (row["value"] is None) == (row["reason"] is not None)
        return row["reason"] if row["value"] is None else row["value"]

    def _insert_movements(self) -> None:
        rows = [
            (
                move.day, move.customer, self._key(move.customer), move.customer, f"{move.customer}-{move.plan}",
                move.product or move.plan, move.plan, move.from_plan, move.kind, move.driver,
                Decimal(move.amount), move.currency,
                self.rate(move.currency, date.fromisoformat(move.day)),
                "item_changed", move.scheduled, move.before_span, None,
                self._item_key(move.customer, move.plan), self._plan_key(move.product or move.plan, move.plan),
                move.from_plan and self._plan_key(move.product or move.from_plan, move.from_plan), None,
            )
            for move in self.moves
        ]  # fmt: skip
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            self.connection.executemany(f"insert into movements values ({marks})", rows)

    def _insert_versions(self, versions: Sequence[Version]) -> None:
        for version in versions:
            row = [
                version.span, self._item_key(version.customer, version.plan), self._key(version.customer),
                version.plan, version.plan,
                version.starts, version.starts, version.ends, version.ends, version.status,
                version.interval, version.count, version.currency, Decimal(version.mrr),
                1, Decimal(version.mrr), 0, 0, version.span // 4,
            ]  # fmt: skip
            marks = ", ".join("?" for _ in row)
            self.connection.execute(f"insert into item_versions values ({marks})", row)

    def _key(self, customer: str) -> int:
        return self._customer_keys.setdefault(customer, len(self._customer_keys))

    def _item_key(self, customer: str, plan: str) -> int:
        item = f"{customer}-{plan}"
        if item not in self._item_keys:
            self._item_keys[item] = len(self._item_keys)
            keys = [self._item_keys[item], customer, customer, item]
            self.connection.execute("insert into item_keys values (?, ?, ?, ?)", keys)
        return self._item_keys[item]

    def _plan_key(self, product: str, plan: str) -> int:
        if (product, plan) not in self._plan_keys:
            self._plan_keys[product, plan] = len(self._plan_keys)
            keys = [self._plan_keys[product, plan], product, plan]
            self.connection.execute("insert into plan_keys values (?, ?, ?)", keys)
        return self._plan_keys[product, plan]

    def _insert_rates(self) -> None:
        for place, (currency, start, rate) in enumerate(self.rates):
            later = self.rates[place + 1] if place + 1 < len(self.rates) else ("", "", "")
            ends = later[1] if later[0] == currency else None
            self.connection.execute(
                "insert into rate_spans values (?, ?, ?, ?)", [currency, start, ends, Decimal(rate)]
            )
