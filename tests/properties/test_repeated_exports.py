"""A billing system is exported again and again, and contracts are renewed again and again: nothing is booked twice.

Each month the whole list is written out. An item that ends in May stands in April's file without an end and in May's
with one; in the files imported with `replace` a row may also be gone, because somebody deleted it. The ledger is that
of the last file alone, and with the last one undone that of the one before.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tests.oracles.policies import STRICT
from tests.oracles.values import ItemRow, line_value, months_factor
from tests.properties.company import (
    POLICIES,
    Book,
    apart_from_sources,
    book,
    books,
    build,
    import_items,
    new_workspace,
    numbered,
    random_company,
)
from upswell import Workspace

EXPORTS: Final = 12
MONTH: Final = timedelta(days=30)
FIRST_EXPORT: Final = datetime(2024, 2, 6, 18, tzinfo=UTC)  # the last one is just after New Year
AFTER_THE_LAST: Final = FIRST_EXPORT + MONTH * EXPORTS
SHORT: Final = timedelta(hours=26)  # what is shorter may be held back until the customer's larger items begin

ZONE: Final = ZoneInfo("Europe/Berlin")
END_OF_2028: Final = datetime(2029, 1, 1, tzinfo=ZONE)
FLOWS: Final = ("expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr")


def exports(*, deletions: bool) -> list[list[ItemRow]]:
    """Twelve lists of one growing company: what has begun by then, with the ends that have come by then."""
    rng = Random("exports")
    lasting = [
        row
        for row in random_company([f"exports {number}" for number in range(120)])
        if row.ends_at is None or row.ends_at - row.starts_at >= SHORT
    ]
    # The number of the first export that lacks the row; most rows are in all twelve.
    deleted = [rng.randrange(EXPORTS) if deletions and rng.random() < 0.2 else EXPORTS for _ in lasting]
    lists = []
    for number in range(EXPORTS):
        at = FIRST_EXPORT + MONTH * number
        known = [row for row, gone in zip(lasting, deleted, strict=True) if row.starts_at <= at and number < gone]
        lists.append(numbered(replace(row, ends_at=None) if row.ends_at and row.ends_at > at else row for row in known))
    return lists


@pytest.mark.parametrize("replace_all", [False, True], ids=["without_replace", "with_replace"])
def test_the_ledger_is_that_of_the_last_export(replace_all: bool, tmp_path: Path) -> None:
    files = exports(deletions=replace_all)
    assert len({len(rows) for rows in files}) > EXPORTS // 2, "a growing company"

    def only(number: int) -> Workspace:
        workspace = new_workspace(tmp_path / f"only-{number}", timezone="Europe/Berlin")
        import_items(workspace, files[number])
        return build(workspace, as_of=AFTER_THE_LAST)

    workspace = new_workspace(tmp_path / "all", timezone="Europe/Berlin")
    results = [
        import_items(workspace, rows, name=f"export-{number}.csv", replace_all=replace_all)
        for number, rows in enumerate(files)
    ]
    twelfth, eleventh = apart_from_sources(books(only(EXPORTS - 1))), apart_from_sources(books(only(EXPORTS - 2)))
    assert twelfth != eleventh
    assert apart_from_sources(books(build(workspace, as_of=AFTER_THE_LAST))) == twelfth
    workspace.undo(results[-1].import_ids[0])
    assert apart_from_sources(books(build(workspace, as_of=AFTER_THE_LAST))) == eleventh


def test_twelve_spreadsheets_of_month_ends(tmp_path: Path) -> None:
    """The same with snapshots: each file has one month more than the last, given together as one import of twelve."""
    rng = Random("spreadsheets")
    cells = [
        {"customer_id": f"c{customer}", "month": f"2024-{month:02d}", "plan_id": rng.choice(("s", "m")), "mrr": mrr}
        for customer in range(40)
        for month in range(1, EXPORTS + 1)
        if (mrr := rng.choice(("", "10", "20", "30.50")))
    ]
    paths = []
    for number in range(1, EXPORTS + 1):
        paths.append(tmp_path / f"to-{number}.csv")
        with paths[-1].open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(cells[0]))
            writer.writeheader()
            writer.writerows(cell for cell in cells if int(cell["month"][5:]) <= number)

    def imported(name: str, files: Sequence[Path]) -> Workspace:
        workspace = new_workspace(tmp_path / name)
        assert workspace.import_file(list(files), table="snapshots").held_back == 0
        return workspace

    def ledger_of(workspace: Workspace) -> dict[str, Book]:
        return apart_from_sources(books(build(workspace, as_of=AFTER_THE_LAST)))

    together = imported("all", paths)
    twelfth = ledger_of(imported("twelfth", paths[-1:]))
    assert ledger_of(together) == twelfth
    together.undo(together.imports()[-1].import_id)
    eleventh = ledger_of(imported("eleventh", paths[-2:-1]))
    assert ledger_of(together) == eleventh
    assert twelfth != eleventh


Style = Callable[[Random, datetime, str], list[ItemRow]]


def running(rng: Random, start: datetime, customer_id: str) -> list[ItemRow]:
    return [contract(rng, customer_id, start)]


def fixed_term(rng: Random, start: datetime, customer_id: str) -> list[ItemRow]:
    return [replace(contract(rng, customer_id, start), ends_at=anniversary(start, 6))]


def renewed(rng: Random, start: datetime, customer_id: str) -> list[ItemRow]:
    whole = contract(rng, customer_id, start)
    return [
        replace(whole, starts_at=anniversary(start, year), ends_at=anniversary(start, year + 1)) for year in range(7)
    ]


def renewed_under_new_ids(rng: Random, start: datetime, customer_id: str) -> list[ItemRow]:
    return [
        replace(row, subscription_id=f"s{number}", item_id=f"i{number}", price_id=f"p{number}")
        for number, row in enumerate(renewed(rng, start, customer_id))
    ]


def renewed_in_other_words(rng: Random, start: datetime, customer_id: str) -> list[ItemRow]:
    """A year, twelve months and four quarters are the same term and, at this price, the same MRR."""
    words = (("year", 1), ("month", 12), ("quarter", 4))
    renewals = enumerate(renewed(rng, start, customer_id))
    return [replace(row, interval=words[at % 3][0], interval_count=words[at % 3][1]) for at, row in renewals]


STYLES: Final[tuple[Style, ...]] = (running, fixed_term, renewed, renewed_under_new_ids, renewed_in_other_words)


def contract(rng: Random, customer_id: str, start: datetime) -> ItemRow:
    """A flat yearly contract without an end."""
    return ItemRow(
        customer_id=customer_id,
        subscription_id="s",
        item_id="i",
        product_id="crm",
        plan_id="crm-year",
        price_id=None,
        starts_at=start,
        ends_at=None,
        quantity=Decimal(rng.choice(("1", "3", "0.3333"))),
        unit_amount=Decimal(rng.choice(("9.99", "1200", "365", "100"))),
        mrr=None,
        currency="USD",
        interval="year",
        interval_count=1,
        discount_percent=Decimal(rng.choice(("0", "37.5"))),
        discount_amount=None,
        discount_until=None,
        item_type="plan",
        status="active",
        trial_until=None,
        row=0,
    )


def anniversary(start: datetime, years: int) -> datetime:
    """The local midnight so many years later; 29 February has its anniversary on the 28th."""
    leap = (start.month, start.day) == (2, 29) and (start.year + years) % 4
    return start.replace(year=start.year + years, day=28 if leap else start.day)


def test_a_flat_yearly_contract_books_one_new_and_nothing_else(tmp_path: Path) -> None:
    """Begun on any day of 2023 or on a leap day, renewed in any way, in force from then to the end of 2028."""
    rng = Random("yearly")
    starts: dict[str, datetime] = {}
    rows: list[ItemRow] = []
    for number in range(100):
        day = date(2024, 2, 29) if number % 10 == 0 else date(2023, 1, 1) + timedelta(days=rng.randrange(365))
        customer_id = f"c{number}"
        starts[customer_id] = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        rows += STYLES[number % len(STYLES)](rng, starts[customer_id], customer_id)
    workspace = new_workspace(tmp_path / "company", timezone=ZONE.key, rates=None)
    import_items(workspace, numbered(rows))
    build(workspace, as_of=END_OF_2028)
    worth = {row.customer_id: yearly(row) for row in rows}
    for policy in POLICIES:
        actual = [entry.movement for entry in book(workspace, policy).elements() if not entry.movement.scheduled]
        assert sorted(movement.customer_id for movement in actual) == sorted(starts)
        assert {(movement.kind, movement.rule) for movement in actual} == {("new", "first_payment")}
        assert {movement.customer_id: movement.amount for movement in actual} == worth
        assert_flat(workspace, policy, worth)
        if policy == "strict":
            assert {each.customer_id: each.date for each in actual} == {key: at.date() for key, at in starts.items()}


def assert_flat(workspace: Workspace, policy: str, worth: dict[str, Decimal]) -> None:
    table = workspace.metrics([*FLOWS, "new_mrr", "closing_mrr"], policy=policy).to_pylist()
    assert {row["month"] for row in table} >= {
        f"{year}-{month:02d}" for year in range(2024, 2029) for month in range(1, 13)
    }
    for row in table:
        if row["metric"] in FLOWS or (row["metric"] == "new_mrr" and row["month"] > "2024-02"):
            assert row["value"] == 0, row
        if row["metric"] == "closing_mrr" and row["month"] >= "2024-02":
            assert row["value"] == sum(worth.values()), row


def yearly(row: ItemRow) -> Decimal:
    return line_value(
        quantity=row.quantity,
        unit_amount=row.unit_amount or Decimal(0),
        factor=months_factor("year", 1, policy=STRICT),
        percent=row.discount_percent or Decimal(0),
    )
