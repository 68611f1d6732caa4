"""A chain run for several settings: what agrees is computed once, what nobody reads any more goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from upswell.engines.chain import Chain, run_chain

MODELS: Mapping[str, str] = {
    "prices": "select 1 as item, 100 as price union all select 2 as item, 50 as price",
    "counted": "select * from prices left join policy on true where policy.small = 'counts' or price >= 100",
    "named": "select item, price from counted",
    "totals": "select policy.label, sum(price) as total from named left join policy on true group by policy.label",
}
RUNS = (
    {"small": "counts", "label": "all"},
    {"small": "zero", "label": "large"},
    {"small": "counts", "label": "again"},
    {"small": "counts", "label": "all"},
)


class Recorded:
    """A connection that remembers which tables were created."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.created: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        if query.startswith("create temp table "):
            self.created.append(query.split()[3])
        return self._connection.execute(query, *parameters)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    for name, text in MODELS.items():
        (tmp_path / f"{name}.sql").write_text(text, "utf-8")
    return Chain(tmp_path, tuple(MODELS), settings="policy", views=frozenset({"named"}), kept=frozenset({"totals"}))


@pytest.fixture
def connection() -> Iterator[Recorded]:
    with duckdb.connect() as opened:
        yield Recorded(opened)


def tables(connection: Recorded) -> set[str]:
    rows = connection.execute("select table_name from duckdb_tables() where table_name <> 'policy'").fetchall()
    return {name for (name,) in rows}


def test_each_run_has_its_own_figures(chain: Chain, connection: Recorded) -> None:
    seen: list[tuple[str, int]] = []
    run_chain(
        connection,  # type: ignore[arg-type]  # what a connection does, and a memory
        chain,
        RUNS,
        done=lambda _: seen.extend(connection.execute("select label, total from totals").fetchall()),
    )
    assert seen == [("all", 150), ("large", 100), ("again", 150), ("all", 150)]


def test_a_model_is_computed_once_for_all_runs_whose_settings_agree(chain: Chain, connection: Recorded) -> None:
    run_chain(connection, chain, RUNS)  # type: ignore[arg-type]
    assert [name.split("_in_run_")[0] for name in connection.created] == [
        *("prices", "counted", "totals"),  # the first run computes all
        *("counted", "totals"),  # the second shares the prices alone
        "totals",  # the third has the first one's counted rows
        # the fourth is the first
    ]


def test_a_table_goes_with_its_last_reader(chain: Chain, connection: Recorded) -> None:
    left: list[set[str]] = []
    run_chain(connection, chain, RUNS[:3], done=lambda _: left.append(tables(connection)))  # type: ignore[arg-type]
    assert left == [
        {"prices_in_run_0", "counted_in_run_0", "totals_in_run_0"},
        {"counted_in_run_0", "totals_in_run_1"},
        {"totals_in_run_2"},
    ]


def test_what_is_kept_of_the_last_run_stays(chain: Chain, connection: Recorded) -> None:
    run_chain(connection, chain, RUNS[:2])  # type: ignore[arg-type]
    assert connection.execute("select label, total from totals").fetchall() == [("large", 100)]


def test_a_chain_can_do_without_what_nothing_kept_is_made_of(chain: Chain) -> None:
    assert chain.needed().names == chain.names
    assert replace(chain, kept=frozenset({"counted"})).needed().names == ("prices", "counted")
