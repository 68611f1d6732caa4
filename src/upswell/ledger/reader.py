"""Reading a book: the views that queries see, whatever the number of policies or imports behind them.

`open_book(folder, manifest, "strict")` gives a locked connection with

    movements       one row for each booked change, with movement_id and source rows
    item_versions   one row for each span of an item, with the texts that its keys stand for
    monthly_totals, item_keys, offer_keys, plan_keys, terms_keys, customers, customer_spans, monthly_usage, daily_usage,
    touches, feedback, price_answers, limits, rate_spans, costs, evidence, import_files, recognised_revenue, billings,
    receipts, failed_charges, contract_ends, clock, policy

and, for queries that need no texts, the stored relations behind the first two: `booked_movements` and
`booked_versions`.

A movement's id is made from what it is about (`20240315-5f0c...`: its day, then a hash of customer, item,
plan, kind, driver, currency and rule), so the same movement keeps its id over rebuilds and later imports.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from upswell.engines.chain import create_settings
from upswell.engines.duckdb import path_literal, query_connection
from upswell.engines.running import running_on
from upswell.ledger.books import BookManifest
from upswell.ledger.build import SHARED, create_clock, policy_row
from upswell.policy import Policy

# A span id is its source row times 4 plus the part of the version (ledger/models/item_spans.sql).
SPAN_PARTS: Final = 4

_WORD: Final = re.compile(r"\w+")
# Answers are small; a few of them can be large.
_ROWS_KEPT: Final = 500_000
_COMBINATIONS_MAX: Final = 2_000
_RELATIONS_MAX: Final = 4
_TOTALS_WITH: Final = """
create temp table {name} as
select month, product_id, plan_id, kind, driver, currency, scheduled, amount, workspace_amount,
    struct_pack({fields}) as customer
from (
    select
        cast(date_trunc('month', date) as date) as month,
        plan_key, kind, driver, currency, scheduled, {named},
        cast(sum(amount) as decimal(38, 6)) as amount,
        case when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38, 18)) end as workspace_amount
    from booked_movements
    left join customers as customer on customer.customer_key = booked_movements.customer_key
    group by all
)
inner join plan_keys using (plan_key)
"""
# The id of a movement `booked` whose keys are joined to item_keys, plan_keys and (as former_plans) plan_keys again.
MOVEMENT_ID: Final = """
    strftime(booked.date, '%Y%m%d') || '-' || substr(md5(concat_ws(
        chr(31), item_keys.customer_id, item_keys.subscription_id, item_keys.item_id, plan_keys.product_id,
        plan_keys.plan_id, coalesce(former_plans.plan_id, ''), booked.kind, coalesce(booked.driver, ''),
        booked.currency, booked.rule, booked.scheduled, booked.amount > 0, booked.moment_at
    )), 1, 16)"""

_MOVEMENTS: Final = f"""
create temp view movements as
select
    {MOVEMENT_ID} as movement_id,
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
create temp view item_versions as
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
# The views made of others: their SQL and what they are made of.
_MADE: Final = {
    "movements": (_MOVEMENTS, ("booked_movements", "item_keys", "plan_keys")),
    "item_versions": (_ITEM_VERSIONS, ("booked_versions", "offer_keys", "terms_keys")),
}
# Where a policy decides by families, the customer of every view is the head of the family, with its attributes; the
# other members of the family have no key of the ledger then.
_OF_HEADS: Final = """
    select stored.* replace (families.family_key as customer_key)
    from {stored} as stored
    left join (select distinct family_key, family_id from {keys}) as families on families.family_id = stored.customer_id
"""
_OF_MEMBERS: Final = """
    select stored.* replace (coalesce(families.family_id, stored.customer_id) as customer_id)
    from {stored} as stored
    left join (select distinct customer_id, family_id from {keys}) as families
        on families.customer_id = stored.customer_id
"""
_USED_BY_FAMILIES: Final = """
    select families.family_key as customer_key, {period}, metric, cast(sum(quantity) as decimal(38, 6)) as quantity
    from {{stored}} as stored
    inner join (select distinct customer_key, family_key from {{keys}}) as families
        on families.customer_key = stored.customer_key
    group by all
"""
# Of rows that name a customer, with an item or without.
_OF_CUSTOMERS: Final = """
    select stored.* replace (
        coalesce(families.family_key, stored.customer_key) as customer_key,
        coalesce(families.family_id, stored.customer_id) as customer_id
    )
    from {stored} as stored
    left join (select distinct customer_id, family_key, family_id from {keys}) as families
        on families.customer_id = stored.customer_id
"""
_OF_FAMILIES: Final = {
    "recognised_revenue": _OF_MEMBERS,
    "billings": _OF_MEMBERS,
    "receipts": _OF_MEMBERS,
    "failed_charges": _OF_MEMBERS,
    "price_answers": _OF_MEMBERS,
    "item_keys": "select * replace (family_key as customer_key, family_id as customer_id) from {stored}",
    "touches": _OF_CUSTOMERS,
    "feedback": _OF_CUSTOMERS,
    "customers": _OF_HEADS,
    "customer_spans": _OF_HEADS,
    "monthly_usage": _USED_BY_FAMILIES.format(period="month"),
    "daily_usage": _USED_BY_FAMILIES.format(period="day"),
}


def open_book(folder: Path, manifest: BookManifest, policy: Policy) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to one policy of the book in `folder`."""
    connection = query_connection([folder])
    for view in _files(policy):
        connection.execute(_view_sql(view, policy, lambda file: folder / file))
    for sql, _ in _MADE.values():
        connection.execute(sql)
    create_clock(connection, manifest.as_of, manifest.currency, manifest.timezone)
    create_settings(connection, "policy", policy_row(policy))
    return connection


@dataclass(frozen=True)
class KeptRows:
    """The answer to one query, read to its end."""

    description: Sequence[tuple[Any, ...]]
    rows: tuple[tuple[Any, ...], ...]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return list(self.rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""
        return self.rows[0] if self.rows else None


class BookReader:
    """A locked connection to one policy of a book that verifies what a query reads, and keeps its answers.

    `verified(name)` gives the path of a file of the book, verified, or raises `BookError`. A view comes into being when
    a query first names it, and its file is looked at again before every answer: so nothing is answered from a file
    that is not what was written, and a question costs the verifying of what it reads alone.
    """

    def __init__(self, manifest: BookManifest, policy: Policy, *, verified: Callable[[str], Path]) -> None:
        self._verified = verified
        self._files = _files(policy)
        self._policy = policy
        folder = verified("rate_spans.parquet").parent
        self._connection = query_connection([folder])
        self._views: set[str] = set()
        self._kept: OrderedDict[str, KeptRows] = OrderedDict()
        self._asked: dict[tuple[str, ...], int] = {}
        self._rolled_up: dict[tuple[str, ...], str | None] = {}
        self._relations: OrderedDict[str, str] = OrderedDict()
        self._number = 0
        create_clock(self._connection, manifest.as_of, manifest.currency, manifest.timezone)
        create_settings(self._connection, "policy", policy_row(policy))

    def execute(self, query: str, parameters: Any = None) -> KeptRows:
        """The rows of one query; an answer given before is given again."""
        self._use(query)
        key = f"{query}\0{sorted(parameters.items()) if isinstance(parameters, dict) else parameters!r}"
        answer = self._kept.pop(key, None)
        if answer is None:
            with running_on(self._connection):
                cursor = self._connection.execute(query, parameters)
                answer = KeptRows(cursor.description or (), tuple(cursor.fetchall()))
        self._kept[key] = answer
        while len(self._kept) > 1 and sum(len(kept.rows) for kept in self._kept.values()) > _ROWS_KEPT:
            self._kept.popitem(last=False)
        return answer

    def table(self, query: str, parameters: Any = None) -> pa.Table:
        """The rows of one query as an Arrow table, not kept: for answers of a row for each customer."""
        self._use(query)
        with running_on(self._connection):
            return self._connection.sql(query, params=parameters).to_arrow_table()

    def totals_with(self, attributes: Sequence[str]) -> str | None:
        """The name of monthly totals that have these columns of customers too, as the struct `customer`.

        None when they are asked for the first time, since to make them costs more than one answer, and where the
        customers are too different to be rolled up.
        """
        key = tuple(sorted(attributes))
        self._use("booked_movements plan_keys customers")
        self._asked[key] = self._asked.get(key, 0) + 1
        if self._asked[key] > 1 and key not in self._rolled_up:
            self._rolled_up[key] = self._roll_up(key)
        return self._rolled_up.get(key)

    def make(self, prefix: str, query: str) -> str:
        """The name, beginning with `prefix`, of a relation with the rows of `query`, made when first asked for.

        The oldest of them go when there are many. A query may name another such relation, which is then kept with it.
        """
        self._use(query)
        name = self._relations.pop(query, None)
        if name is None:
            self._number += 1
            name = f"{prefix}_{self._number}"
            with running_on(self._connection):
                self._connection.execute(f"create temp table {name} as {query}")
        self._relations[query] = name
        while len(self._relations) > _RELATIONS_MAX:
            _, oldest = self._relations.popitem(last=False)
            self._connection.execute(f"drop table {oldest}")
        return name

    def close(self) -> None:
        """Let go of the connection; the reader is of no use after it."""
        self._connection.close()

    def _use(self, query: str) -> None:
        words = set(_WORD.findall(query))
        made = sorted(words & _MADE.keys())
        for view in sorted((words & self._files.keys()).union(*(_MADE[each][1] for each in made))):
            sql = _view_sql(view, self._policy, self._verified)
            if view not in self._views:
                self._connection.execute(sql)
                self._views.add(view)
        for view in made:
            if view not in self._views:
                self._connection.execute(_MADE[view][0])
                self._views.add(view)

    def _roll_up(self, attributes: tuple[str, ...]) -> str | None:
        columns = ", ".join(f"customer.{_quoted(name)}" for name in attributes)
        different = f"select count(*) from (select distinct {columns} from customers as customer)"
        (combinations,) = self._connection.execute(different).fetchone() or (0,)
        if combinations > _COMBINATIONS_MAX:
            return None
        name = f"monthly_totals_{len(self._rolled_up) + 1}"
        fields = ", ".join(f"{_quoted(each)} := {_quoted(f'attribute {each}')}" for each in attributes)
        named = ", ".join(f"customer.{_quoted(each)} as {_quoted(f'attribute {each}')}" for each in attributes)
        with running_on(self._connection):
            self._connection.execute(_TOTALS_WITH.format(name=name, fields=fields, named=named))
        return name


def _files(policy: Policy) -> dict[str, str]:
    """The file behind each view that is stored, by its path in the book."""
    of_policy = {
        "booked_movements": "movements",
        "monthly_totals": "monthly_totals",
        "booked_versions": "item_versions",
    }
    shared = (
        *SHARED,
        "customers",
        "customer_spans",
        "monthly_usage",
        "daily_usage",
        "touches",
        "feedback",
        "price_answers",
        "limits",
        "costs",
        "evidence",
        "import_files",
    )
    return {view: f"{policy.name}/{file}.parquet" for view, file in of_policy.items()} | {
        name: f"{name}.parquet" for name in shared
    }


def _view_sql(view: str, policy: Policy, path_of: Callable[[str], Path]) -> str:
    """The statement that creates a view; `path_of` gives the path of each file that it reads."""
    stored = f"select * from {_stored(path_of(_files(policy)[view]))}"
    if policy.level == "family" and view in _OF_FAMILIES:
        keys = _stored(path_of("item_keys.parquet"))
        stored = _OF_FAMILIES[view].format(stored=_stored(path_of(_files(policy)[view])), keys=keys)
    return f"create temp view {view} as {stored}"


def _stored(path: Path) -> str:
    return f"read_parquet({path_literal(path.resolve())}, hive_partitioning = false)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
