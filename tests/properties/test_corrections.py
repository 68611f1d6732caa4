"""Random corrections against the plainest oracle: the same rows, corrected by hand before they are imported.

A company of forty customers with a few items each is corrected at random: customers merged and left out, changes dated
anew. The book must be that of a file in which a loop did the same to the rows; with every correction undone it must be
the first one again. That every invariant holds is checked by each build. Corrections of every kind, links and
reclassifications among them, are undone in any order, too.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import upswell
from upswell.errors import UsageError
from upswell.workspace import Workspace

AS_OF = datetime(2026, 1, 2, tzinfo=UTC)
FIELDS = ("customer_id", "subscription_id", "item_id", "plan_id", "quantity", "unit_amount", "starts_at", "ends_at")
CUSTOMERS, ROUNDS, STEPS = 40, 5, 6
POLICIES = ("strict", "chargebee", "recurly")
DRIVERS = ("seats", "plan", "price", "term", "addon", "cross_sell", "subscription", "usage", "discount")


@dataclass(frozen=True)
class Line:
    """A version of an item: one row of the file."""

    customer: str
    subscription: str
    item: str
    plan: str
    quantity: int
    price: str
    starts_on: date
    ends_on: date | None


def company(rng: Random) -> list[Line]:
    lines: list[Line] = []
    for number in range(CUSTOMERS):
        for item in range(rng.randrange(1, 4)):
            day = date(2025, 1, 1) + timedelta(days=rng.randrange(150))
            plan, quantity = rng.choice("abc"), rng.randrange(1, 9)
            for _ in range(rng.randrange(1, 4)):
                ends = day + timedelta(days=rng.randrange(25, 90))
                last = rng.random() < 0.3
                names = (f"c{number}", f"s{number}-{item}", f"i{number}-{item}")
                lines.append(Line(*names, plan, quantity, f"{rng.choice((9, 20, 35))}.00", day, None if last else ends))
                if last:
                    break
                day, quantity = ends, max(1, quantity + rng.randrange(-2, 4))
    return lines


Step = tuple[str, dict[str, Any], Callable[[list[Line]], list[Line]]]


def merged(lines: list[Line], rng: Random) -> Step | None:
    former, into = rng.sample(sorted({line.customer for line in lines}), 2)

    def by_hand(given: list[Line]) -> list[Line]:
        return [replace(line, customer=into) if line.customer == former else line for line in given]

    return "merge", {"customers": {former: into}}, by_hand


def excluded(lines: list[Line], rng: Random) -> Step | None:
    gone = rng.choice(sorted({line.customer for line in lines}))
    return "exclude", {"customers": [gone]}, lambda given: [line for line in given if line.customer != gone]


def redated(lines: list[Line], rng: Random) -> Step | None:
    """One change of one item, to a day between the starts and ends beside it."""
    line = rng.choice([each for each in lines if each.ends_on is not None] or lines)
    if line.ends_on is None:
        return None
    at, to = line.ends_on, line.ends_on + timedelta(days=rng.randrange(-12, 13))
    if to == at:
        return None

    def by_hand(given: list[Line]) -> list[Line]:
        def moved(day: date) -> date:
            return to if day == at else day

        return [
            replace(each, starts_on=moved(each.starts_on), ends_on=each.ends_on and moved(each.ends_on))
            if each.item == line.item
            else each
            for each in given
        ]

    days = {"at": at.isoformat(), "to": to.isoformat()}
    return "redate", {"customer": line.customer, "item": line.item, **days}, by_hand


def written(lines: list[Line], file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(FIELDS)
        for line in lines:
            ends = "" if line.ends_on is None else line.ends_on.isoformat()
            names = (line.customer, line.subscription, line.item, line.plan)
            writer.writerow((*names, line.quantity, line.price, line.starts_on.isoformat(), ends))
    return file


def built(lines: list[Line], folder: Path) -> Workspace:
    workspace = upswell.init(folder)
    result = workspace.import_file(written(lines, folder.with_suffix(".csv")), table="items")
    assert result.rows_held_back == 0
    workspace.build(as_of=AS_OF, policies=["chargebee"])
    return workspace


def booked(workspace: Workspace, policy: str) -> Counter[tuple[str, ...]]:
    names = ("date", "customer_id", "item_id", "plan_id", "kind", "driver", "amount", "rule", "scheduled")
    return Counter(tuple(str(row[name]) for name in names) for row in workspace.movements(policy=policy).to_pylist())


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_corrected_book_is_that_of_a_corrected_file(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    lines = company(rng)
    workspace = built(lines, tmp_path / "imported")
    first = {policy: booked(workspace, policy) for policy in ("strict", "chargebee")}

    numbers = []
    for _ in range(STEPS):
        step = rng.choice((merged, excluded, redated, redated))(lines, rng)
        if step is None:
            continue
        kind, payload, by_hand = step
        entered = workspace.correct(kind, payload=payload, reason="as it was").correction
        assert entered is not None
        numbers.append(entered.id)
        lines = by_hand(lines)
    workspace.build(as_of=AS_OF, policies=["chargebee"])
    by_hand_built = built(lines, tmp_path / "by_hand")
    for policy in first:
        assert booked(workspace, policy) == booked(by_hand_built, policy)

    for number in reversed(numbers):
        workspace.undo_correction(number, reason="to see the first book again")
    workspace.build(as_of=AS_OF, policies=["chargebee"])
    assert {policy: booked(workspace, policy) for policy in first} == first


def linked(lines: list[Line], rng: Random) -> tuple[str, dict[str, Any]]:
    """Any two subscriptions, whoever has them: most such pairs are none, and are refused."""
    former, later = sorted(rng.sample(lines, 2), key=lambda line: line.starts_on)
    pair = {"subscription": former.subscription, "successor": later.subscription}
    return "link", {"links": [pair], "max_gap_days": 400, "plans": {later.plan: former.plan}}


def reclassified(workspace: Workspace, rng: Random) -> tuple[str, dict[str, Any]]:
    """Any movement, as anything: what no ledger has is refused."""
    movement = rng.choice(workspace.movements(policy=rng.choice(POLICIES)).to_pylist())
    to_kind = rng.choice(("new", "expansion", "reactivation", "contraction", "churn", movement["kind"]))
    return "reclassify", {
        "customer": movement["customer_id"],
        "subscription": movement["subscription_id"],
        "item": movement["item_id"],
        "date": movement["date"].isoformat(),
        "kind": movement["kind"],
        "driver": movement["driver"] if to_kind == movement["kind"] else None,
        "to_kind": to_kind,
        "to_driver": rng.choice(DRIVERS) if to_kind in ("expansion", "contraction") else None,
    }


def tried(workspace: Workspace, kind: str, payload: dict[str, Any]) -> int | None:
    """The number of the entry, None where it was refused."""
    try:
        entered = workspace.correct(kind, payload=payload, reason="at random").correction
    except UsageError:
        return None
    assert entered is not None
    return entered.id


@pytest.mark.parametrize("seed", range(3))
def test_every_invariant_holds_under_corrections_of_every_kind_undone_in_any_order(tmp_path: Path, seed: int) -> None:
    rng = Random(100 + seed)
    lines = company(rng)
    workspace = built(lines, tmp_path / "imported")
    workspace.build(as_of=AS_OF, policies=POLICIES)
    first = {policy: booked(workspace, policy) for policy in POLICIES}

    entered: dict[int, str] = {}
    for number in range(40):
        step = (merged, excluded, redated)[number % 3](lines, rng) if number % 5 < 2 else None
        kind, payload = step[:2] if step else linked(lines, rng) if number % 2 else reclassified(workspace, rng)
        entry = tried(workspace, kind, payload)
        if entry is not None:
            entered[entry] = kind
            workspace.build(as_of=AS_OF, policies=POLICIES)
        if len(entered) == 10:
            break
    assert {"link", "reclassify"} < set(entered.values())
    for policy in POLICIES:
        assert all(result.passed for result in workspace.check(policy=policy))

    # One that others rest upon may have to wait until those are undone.
    left = rng.sample(sorted(entered), len(entered))
    while left:
        undone = [number for number in left if _undone(workspace, number)]
        assert undone, left
        left = [number for number in left if number not in undone]
    workspace.build(as_of=AS_OF, policies=POLICIES)
    assert {policy: booked(workspace, policy) for policy in POLICIES} == first


def _undone(workspace: Workspace, number: int) -> bool:
    try:
        workspace.undo_correction(number, reason="to see the first book again")
    except UsageError:
        return False
    return True
