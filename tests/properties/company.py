"""A company of random customers: one billing file, imported and built, and its ledger read back.

    rows = random_company(range(300))                   # 300 histories, rows numbered as in the file
    workspace = new_workspace(folder, timezone="Europe/Berlin")
    import_items(workspace, rows)                       # asserts that no row is held back
    build(workspace)                                    # strict and recurly, unless others are named
    books(workspace)["strict"]                          # movements in the oracle's own type, with ids and files

Customers' ids are awkward on purpose (digits only, umlauts, commas and quotes).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import upswell
from tests.oracles.ledger import RECURLY, STRICT, OracleMovement, OraclePolicy, Rates, movements
from tests.oracles.values import ItemRow
from tests.properties.histories import RATES, WORKSPACE_CURRENCY, as_csv_rows, random_history
from tests.properties.policies_compared import as_settings
from upswell import Workspace
from upswell.contract.results import ImportResult

POLICIES: Final[Mapping[str, OraclePolicy]] = {"strict": STRICT, "recurly": RECURLY}
AS_OF: Final = datetime(2024, 7, 4, 12, tzinfo=UTC)
FIRST_ROW: Final = 2  # the heading of a CSV file is row 1
_PREFIXES: Final = ("c", "007", 'Smith, "Jo" & Co', "Ölmühle", "C")


class Entry(NamedTuple):
    """A booked movement with its id and the names of the files of its source rows."""

    movement_id: str
    files: frozenset[str]
    movement: OracleMovement


Book = Counter[Entry]


def random_company(
    seeds: Iterable[object], *, currency: str | None = None, first_row: int = FIRST_ROW, name: str = ""
) -> list[ItemRow]:
    """One history for each seed; with `currency`, all of it in that one. `name` keeps two companies' ids apart."""
    rows: list[ItemRow] = []
    for number, seed in enumerate(seeds):
        customer_id = f"{_PREFIXES[number % len(_PREFIXES)]}{name}-{number}"
        rows += random_history(Random(str(seed)), customer_id=customer_id)
    if currency is not None:
        rows = [replace(row, currency=currency) for row in rows]
    return numbered(rows, first_row=first_row)


def numbered(rows: Iterable[ItemRow], *, first_row: int = FIRST_ROW) -> list[ItemRow]:
    """The rows with the numbers that they have in a file of this order."""
    return [replace(row, row=number) for number, row in enumerate(rows, start=first_row)]


def by_customer(rows: Iterable[ItemRow]) -> dict[str, list[ItemRow]]:
    """The rows of each customer, in order."""
    histories: dict[str, list[ItemRow]] = {}
    for row in rows:
        histories.setdefault(row.customer_id, []).append(row)
    return histories


def oracle_ledger(
    rows: Iterable[ItemRow], *, policy: OraclePolicy, as_of: datetime, timezone: str
) -> Counter[OracleMovement]:
    """What the oracle books for all customers of the rows."""
    booked: Counter[OracleMovement] = Counter()
    for history in by_customer(rows).values():
        booked.update(
            movements(
                history,
                policy=policy,
                as_of=as_of,
                timezone=timezone,
                workspace_currency=WORKSPACE_CURRENCY,
                rates=RATES,
            )
        )
    return booked


def new_workspace(
    folder: Path,
    *,
    timezone: str = "UTC",
    rates: Rates | None = RATES,
    policies: Mapping[str, OraclePolicy] | None = None,
) -> Workspace:
    """An empty workspace in `folder` with exchange rates, policies of its own, and nothing else."""
    workspace = upswell.init(folder, timezone=timezone)
    if policies is not None:
        with (folder / "upswell.toml").open("a", encoding="utf-8") as settings:
            settings.write(as_settings(policies))
        workspace = upswell.open(folder)
    if rates is not None:
        path = _outside(workspace, "rates.csv")
        given = [
            {"date": day.isoformat(), "currency": currency, "rate": str(rate)}
            for currency, series in rates.items()
            for day, rate in series
        ]
        result = workspace.import_file(_write(path, given), table="rates")
        assert (result.added, result.held_back) == (len(given), 0)
    return workspace


def import_items(
    workspace: Workspace, rows: Sequence[ItemRow], *, name: str = "items.csv", replace_all: bool = False
) -> ImportResult:
    """Import the rows as one file; every one of them has to be accepted."""
    path = write_items(_outside(workspace, name), rows)
    result = workspace.import_file(path, table="items", replace=replace_all)
    assert result.held_back == 0, result.findings
    assert not result.conflicts_elsewhere
    assert result.rows_read == len(rows)
    return result


def write_items(path: Path, rows: Sequence[ItemRow]) -> Path:
    """Write the rows as a CSV file of the table `items`."""
    return _write(path, as_csv_rows(rows))


def import_attributes(workspace: Workspace, attributes: Sequence[Mapping[str, str]]) -> None:
    """Import customers with whatever attributes the rows have."""
    result = workspace.import_file(_write(_outside(workspace, "customers.csv"), attributes), table="customers")
    assert (result.added, result.held_back) == (len(attributes), 0)


def build(workspace: Workspace, *, as_of: datetime = AS_OF, policies: Iterable[str] = POLICIES) -> Workspace:
    """Build one book under all of the policies."""
    workspace.build(as_of=as_of, policies=list(policies))
    return workspace


def assert_checked(workspace: Workspace, *, policies: Iterable[str] = POLICIES) -> None:
    """Every invariant of the book holds when it is read back."""
    for policy in policies:
        assert all(result.passed for result in workspace.check(policy=policy))


def book(workspace: Workspace, policy: str) -> Book:
    """Everything the current book says under one policy, as a multiset."""
    rates = rates_carried(workspace, policy)
    return Counter(
        Entry(
            row["movement_id"],
            frozenset(source["file"] for source in row["sources"]),
            as_booked(row, rate=rates[row["movement_id"]]),
        )
        for row in workspace.movements(policy=policy).to_pylist()
    )


def rates_carried(workspace: Workspace, policy: str) -> dict[str, Fraction | None]:
    """The rate of each movement: the book has it, and the list of movements, all in their own currencies, has not."""
    with workspace._reading(policy) as (connection, _, _):
        rates = connection.sql("select movement_id, rate from movements").fetchall()
    return {movement_id: None if rate is None else Fraction(rate) for movement_id, rate in rates}


def books(workspace: Workspace) -> dict[str, Book]:
    """`book` for both policies."""
    return {policy: book(workspace, policy) for policy in POLICIES}


def apart_from_sources(found: Mapping[str, Book]) -> dict[str, Book]:
    """The same movements with the same ids, as if they had come from nowhere."""
    return {
        policy: Counter(
            Entry(entry.movement_id, frozenset(), replace(entry.movement, rows=frozenset()))
            for entry in entries.elements()
        )
        for policy, entries in found.items()
    }


def as_booked(row: Mapping[str, Any], *, rate: Fraction | None) -> OracleMovement:
    """A row of `Workspace.movements` as the oracle writes it."""
    named = {name: row[name] for name in OracleMovement.__dataclass_fields__ if name not in {"rows", "rate"}}
    assert isinstance(row["amount"], Decimal)
    assert isinstance(row["date"], date)
    return OracleMovement(**named, rate=rate, rows=frozenset(source["row"] for source in row["sources"]))


def _outside(workspace: Workspace, name: str) -> Path:
    """A place for a file beside the workspace, its own for each workspace."""
    folder = workspace.folder.with_name(f"{workspace.folder.name}-files")
    folder.mkdir(exist_ok=True)
    return folder / name


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
