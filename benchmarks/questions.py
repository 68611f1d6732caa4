"""Questions about figures, as the program answers them and as SQL written by hand on the same tables.

    flows      two flows and a balance by country and plan where sector = 'transport', of one month
    retention  nrr_12m and grr_12m of one month
    kept       the same asked again

`triangle` is a table of cohorts, `upswell cohorts MEASURE`; `lasting` is `upswell durability`, with 200 draws.

Warm: the book is open and another month was asked before; no answer of the month itself is kept but in `kept`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import duckdb

import upswell
from upswell.ledger.reader import open_book

_FLOWS: Final = """
select
    customers.country, movements.plan_id,
    sum(amount * rate) filter (where kind = 'expansion' and date >= $first) as expansion,
    sum(amount * rate) filter (where kind <> 'transfer' and date >= $first) as net_new,
    sum(amount) as closing
from movements
inner join customers on customers.customer_key = movements.customer_key
where not scheduled and date <= last_day($first) and customers.sector = 'transport'
group by all
"""
_RETENTION: Final = """
with held as (
    select
        customer_key,
        coalesce(sum(amount) filter (where date <= last_day($first - interval 12 month)), 0) as paid_then,
        sum(amount) as pays_now
    from movements
    where not scheduled and date <= last_day($first)
    group by customer_key
),
gone as (
    select distinct customer_key
    from movements
    where kind = 'churn' and amount < 0 and not scheduled
        and date > last_day($first - interval 12 month) and date <= last_day($first)
)
select
    sum(case when gone.customer_key is null then pays_now else 0 end) / sum(paid_then) as nrr,
    sum(case when gone.customer_key is null then least(pays_now, paid_then) else 0 end) / sum(paid_then) as grr
from held
left join gone on gone.customer_key = held.customer_key
where paid_then > 0
"""
_BY_HAND: Final = {"flows": _FLOWS, "retention": _RETENTION}
_ASKED: Final[dict[str, dict[str, Any]]] = {
    "flows": {
        "names": ["expansion_mrr", "net_new_mrr", "closing_mrr"],
        "by": ["country", "plan"],
        "where": "sector = 'transport'",
    },
    "retention": {"names": ["nrr_12m", "grr_12m"]},
}
_WARMING: Final = ("2022-01", "2022-02", "2022-03")
_MONTH: Final = "2023-06"


def ask(folder: str, question: str) -> float:
    """Seconds of one question to an open workspace."""
    workspace = upswell.open(folder)
    request = _ASKED["retention" if question == "kept" else question]
    warming = (*_WARMING, _MONTH) if question == "kept" else _WARMING
    for month in warming:
        workspace.metrics(**request, month_from=month, month_to=month)
    return _timed(lambda: workspace.metrics(**request, month_from=_MONTH, month_to=_MONTH))


def written(folder: str, question: str) -> float:
    """Seconds of the SQL by hand on an open book."""
    workspace = upswell.open(folder)
    manifest = workspace.book()
    connection = open_book(workspace.folder / "books" / manifest.book_id, manifest, workspace.policy())

    def run(month: str) -> duckdb.DuckDBPyConnection:
        query = _BY_HAND[question].replace("$first", f"date '{month}-01'")
        return connection.execute(query)

    for month in _WARMING:
        run(month).fetchall()
    return _timed(lambda: run(_MONTH).fetchall())


def triangle(folder: str, measure: str) -> float:
    """Seconds of a table of cohorts by month, twelve months on, of an open workspace."""
    workspace = upswell.open(folder)
    workspace.cohorts(measure, month_to="2020-02")
    return _timed(lambda: workspace.cohorts(measure))


def lasting(folder: str, by: str) -> float:
    """Seconds of durability by driver and `by` ("driver": nothing more), of a workspace that was just opened."""
    workspace = upswell.open(folder)
    return _timed(lambda: workspace.durability(by=None if by == "driver" else by))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
