"""Booked rows given another kind or driver by a correction; amounts, days and sources stay."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Final

import duckdb

from upswell.engines.chain import model_text
from upswell.ledger.corrections.model import CorrectionInForce, Reclassify

RULE: Final = "reclassified"
_TABLE: Final = "reclassifications"
_CREATE: Final = f"""
create temp table {_TABLE} (
    number integer, customer_id varchar, subscription_id varchar, item_id varchar, date date, kind varchar,
    driver varchar, to_kind varchar, to_driver varchar
)
"""
_ONE: Final = f"""
insert into {_TABLE}
values ($number, $customer, $subscription, $item, $date, $kind, $driver, $to_kind, $to_driver)
"""
# A return that a policy nets into churn is a gain of a kind of losses: it has no other kind.
_CHANGE: Final = f"""
update changed_movements as changed
set kind = asked.to_kind, driver = asked.to_driver, rule = $rule
from (
    select item_keys.item_key, {_TABLE}.* exclude (customer_id, subscription_id, item_id)
    from {_TABLE} inner join item_keys using (customer_id, subscription_id, item_id)
    where {_TABLE}.number = $number
) as asked
where asked.item_key = changed.item_key and asked.date = changed.date and asked.kind = changed.kind
    and not (changed.kind = 'churn' and changed.amount > 0)
    and (asked.driver is null or asked.driver = changed.driver)
"""
# Two rows of one change that come to have one kind and driver are one row.
_MOVEMENTS: Final = """
create or replace temp table reclassified_movements as
select * from changed_movements where rule <> $rule
union all by name
select * exclude (amount), cast(sum(amount) as decimal(24, 6)) as amount
from changed_movements where rule = $rule
group by all
having sum(amount) <> 0
"""


def prepare_reclassification(connection: duckdb.DuckDBPyConnection, corrections: Sequence[CorrectionInForce]) -> None:
    """Write down for `reclassify` what is asked, in the order in which it was."""
    changes = [each.change for each in corrections if isinstance(each.change, Reclassify)]
    if changes:
        connection.execute(_CREATE)
    for number, change in enumerate(changes):
        connection.execute(_ONE, {"number": number, **change.model_dump()})


def reclassify(connection: duckdb.DuckDBPyConnection, *, totals: bool) -> None:
    """Put reclassified rows in the place of `movements`, and sum `monthly_totals` again where `totals` are wanted.

    One that means no row of this policy's book does nothing; nor does this where no reclassification was prepared.
    """
    known = connection.execute("select 1 from duckdb_tables() where temporary and table_name = ?", [_TABLE]).fetchone()
    if known is None:
        return
    (count,) = connection.execute(f"select count(*) from {_TABLE}").fetchone() or (0,)
    connection.execute("create or replace temp table changed_movements as select * from movements")
    for number in range(count):
        connection.execute(_CHANGE, {"number": number, "rule": RULE})
    connection.execute(_MOVEMENTS, {"rule": RULE})
    connection.execute("drop table changed_movements")
    connection.execute("create or replace temp view movements as select * from reclassified_movements")
    if totals:
        text = model_text(resources.files("upswell.ledger") / "models", "monthly_totals")
        connection.execute(f"create or replace temp table reclassified_totals as {text}")
        connection.execute("create or replace temp view monthly_totals as select * from reclassified_totals")
