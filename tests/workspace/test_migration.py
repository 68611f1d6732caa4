"""500 customers move from one billing system to another, and nothing happened to any of them.

The same five hundred lives are told twice: by one system throughout, and by two, of which the second knows every
customer, subscription, item, plan and product under another name and takes over on a day of its own for each customer,
up to five days after the first has let go of it, or before. Linked, the second telling books what the first does.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

import upswell
from tests.interfaces.command import done
from upswell.workspace import Workspace

CUSTOMERS = 500
FIRST_DAY, MOVED, AS_OF = date(2025, 1, 1), date(2025, 9, 1), datetime(2026, 1, 2, tzinfo=UTC)
PLANS = {"team": "20.00", "business": "35.00", "enterprise": "80.00"}
NEW_PLANS = {name: f"price_{number}" for number, name in enumerate(PLANS)}
FIELDS = (
    *("customer_id", "subscription_id", "item_id", "product_id", "plan_id", "quantity", "unit_amount"),
    *("starts_at", "ends_at", "discount_percent"),
)


@dataclass(frozen=True)
class Version:
    """A version of an item as one of the two systems knows it; `ends_on` None while it runs."""

    customer: int
    plan: str
    quantity: int
    discount: int
    starts_on: date
    ends_on: date | None

    def told_by_old(self) -> dict[str, str]:
        """The row of the old system."""
        return self._row(f"c{self.customer}", f"sub-{self.customer}", f"item-{self.customer}", "crm", self.plan)

    def told_by_new(self) -> dict[str, str]:
        """The row of the new one."""
        number = 9_000 + self.customer
        return self._row(f"cus_{number}", f"sub_{number}", f"si_{number}", "prod_1", NEW_PLANS[self.plan])

    def _row(self, customer: str, subscription: str, item: str, product: str, plan: str) -> dict[str, str]:
        ends = "" if self.ends_on is None else self.ends_on.isoformat()
        values = (customer, subscription, item, product, plan, str(self.quantity), PLANS[self.plan])
        return dict(zip(FIELDS, (*values, self.starts_on.isoformat(), ends, str(self.discount)), strict=True))


def life(rng: Random, customer: int) -> list[Version]:
    """One customer: comes, changes seats, plan or discount now and then, and leaves in one case of six."""
    day = FIRST_DAY + timedelta(days=rng.randrange(200))
    now = Version(customer, rng.choice(list(PLANS)), rng.randrange(1, 30), rng.choice((0, 0, 0, 10, 25)), day, None)
    versions: list[Version] = []
    for _ in range(rng.randrange(4)):
        day = now.starts_on + timedelta(days=rng.randrange(20, 120))
        # Around the move nothing changes: the two systems could not agree on the day of it.
        if abs((day - MOVED).days) < 15:
            continue
        versions.append(replace(now, ends_on=day))
        changed = {
            "quantity": max(1, now.quantity + rng.randrange(-4, 9)),
            "plan": rng.choice(list(PLANS)),
            "discount": rng.choice((0, 10)),
        }
        field = rng.choice(list(changed))
        now = replace(now, starts_on=day, **{field: changed[field]})  # type: ignore[arg-type]
    leaves = now.starts_on + timedelta(days=rng.randrange(30, 200))
    gone = rng.random() < 1 / 6 and abs((leaves - MOVED).days) >= 15
    return [*versions, replace(now, ends_on=leaves if gone else None)]


def moves_on(rng: Random) -> tuple[date, date]:
    """When the new system takes over and when the old one lets go: a few days earlier or later."""
    takes_over = MOVED + timedelta(days=rng.randrange(8))
    return takes_over, takes_over + timedelta(days=rng.randrange(-5, 4))


def split(versions: Iterable[Version], takes_over: date, lets_go: date) -> tuple[list[Version], list[Version]]:
    """What the old and what the new system tell of one customer."""
    old, new = [], []
    for version in versions:
        if version.starts_on < takes_over:
            crosses = version.ends_on is None or version.ends_on > takes_over
            old.append(replace(version, ends_on=lets_go) if crosses else version)
            if crosses:
                new.append(replace(version, starts_on=takes_over))
        else:
            new.append(version)
    return old, new


@pytest.fixture(scope="module")
def told_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace, Path]:
    """The workspace told by one system, the one told by two, and the file of links."""
    rng, folder = Random(500), tmp_path_factory.mktemp("migration")
    lives = [life(rng, customer) for customer in range(CUSTOMERS)]
    parts = [split(versions, *moves_on(rng)) for versions in lives]
    links = [
        {"subscription": old[0].told_by_old()["subscription_id"], "successor": new[0].told_by_new()["subscription_id"]}
        for old, new in parts
        if old and new
    ]
    write(folder / "links.csv", ("subscription", "successor"), links)
    one, two = upswell.init(folder / "one"), upswell.init(folder / "two")
    give(one, folder / "all.csv", (each.told_by_old() for versions in lives for each in versions))
    give(two, folder / "old.csv", (each.told_by_old() for old, _ in parts for each in old))
    give(two, folder / "new.csv", (each.told_by_new() for _, new in parts for each in new), source="new")
    for workspace in (one, two):
        workspace.build(as_of=AS_OF)
    return one, two, folder / "links.csv"


def write(file: Path, fields: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, tuple(fields))
        writer.writeheader()
        writer.writerows(rows)


def give(workspace: Workspace, file: Path, rows: Iterator[dict[str, str]], *, source: str = "files") -> None:
    write(file, FIELDS, rows)
    result = workspace.import_file(file, table="items", source=source)
    assert result.rows_held_back == 0


def totals(workspace: Workspace) -> dict[tuple[str, str, str | None], Decimal]:
    """The sum of movements by month, kind and driver."""
    found: dict[tuple[str, str, str | None], Decimal] = {}
    for row in workspace.movements().to_pylist():
        key = (f"{row['date']:%Y-%m}", row["kind"], row["driver"])
        found[key] = found.get(key, Decimal(0)) + row["amount"]
    return found


def around_the_move(workspace: Workspace) -> int:
    return int(workspace.movements(date_from=date(2025, 8, 20), date_to=date(2025, 9, 14)).num_rows)


def test_a_migration_of_500_customers_books_no_movement(told_twice: tuple[Workspace, Workspace, Path]) -> None:
    one, two, file = told_twice
    with file.open(encoding="utf-8", newline="") as opened:
        links = list(csv.DictReader(opened))
    assert len(links) > 400
    assert around_the_move(one) == 0
    assert around_the_move(two) == 2 * len(links)  # as many churn as are new

    names = {new: old for old, new in NEW_PLANS.items()}
    payload = {"links": links, "plans": names, "products": {"prod_1": "crm"}}
    preview = two.correct("link", payload=payload, reason="moved to the new billing system", author="kim")
    assert sum(row["difference"] for row in preview.by_month() if row["kind"] == "churn") > 0
    two.build(as_of=AS_OF)

    assert around_the_move(two) == 0
    assert totals(two) == totals(one)
    names_of_months = [f"2025-{month:02}" for month in range(1, 13)]
    metrics = ("closing_mrr", "customers", "nrr_1m", "grr_1m", "expansion_mrr")
    for month in names_of_months:
        figures = [book.metrics(metrics, month_from=month, month_to=month).to_pylist() for book in (one, two)]
        assert figures[0] == figures[1], month

    two.undo_correction(1, reason="to see what it did")
    two.build(as_of=AS_OF)
    assert around_the_move(two) == 2 * len(links)


def test_one_command_says_that_they_moved(told_twice: tuple[Workspace, Workspace, Path]) -> None:
    _, two, file = told_twice
    names = [word for old, new in NEW_PLANS.items() for word in ("--plan", f"{new}={old}")]
    words = ("--file", file, *names, "--product", "prod_1=crm", "--reason", "moved", "--dry-run", "--format", "json")
    said = json.loads(done("-w", two.folder, "correct", "link", *words).out)
    moved = len(file.read_text("utf-8").splitlines()) - 1
    gone = [row for row in said["lines"] if Decimal(row["later"]) == 0]
    # Who leaves the new system for good does so under the old id: that churn changes hands and does not go.
    left = {row["customer_id"] for row in gone if row["kind"] == "churn" and not row["customer_id"].startswith("cus_")}
    came = {row["customer_id"] for row in gone if row["kind"] == "new" and row["customer_id"].startswith("cus_")}
    assert (len(left), len(came)) == (moved, moved)
    assert around_the_move(two) == 2 * moved
