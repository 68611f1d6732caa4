"""What may be done to a company's files without changing what its ledger says.

Each property is tried on random companies (tests/properties/company.py), under `strict` and `recurly`, and speaks of
every column of every movement and of the movement_ids; "apart from sources" leaves out only the file rows they name.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

import upswell
from tests.oracles.values import ItemRow
from tests.properties.company import (
    AS_OF,
    POLICIES,
    apart_from_sources,
    books,
    build,
    by_customer,
    import_items,
    new_workspace,
    numbered,
    random_company,
)
from upswell import Workspace

SEED: Final = 1
TIMEZONE: Final = "America/New_York"
CUSTOMERS: Final = 150
LONG_ENOUGH: Final = timedelta(days=4)
MARGIN: Final = timedelta(hours=26)  # no half of a split version may look like impossible money

New = Callable[[], Workspace]


@pytest.fixture(scope="module")
def rows() -> list[ItemRow]:
    return company()


@pytest.fixture(scope="module")
def original(rows: list[ItemRow], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company of `rows`, imported and built; tests copy it before they write."""
    workspace = new_workspace(tmp_path_factory.mktemp("original") / "company", timezone=TIMEZONE)
    import_items(workspace, rows)
    return build(workspace)


@pytest.fixture
def new(tmp_path: Path) -> New:
    """Makes workspaces like the original's, with rates and without items."""
    return lambda: new_workspace(tmp_path / f"another-{len(list(tmp_path.iterdir()))}" / "company", timezone=TIMEZONE)


@pytest.fixture
def copied(original: Workspace, tmp_path: Path) -> Workspace:
    return upswell.open(shutil.copytree(original.folder, tmp_path / "copied" / "company"))


def company(*, name: str = "", customers: int = CUSTOMERS) -> list[ItemRow]:
    return random_company([f"{name} {SEED} {number}" for number in range(customers)], name=name)


def test_movement_ids_are_unique_in_a_book(original: Workspace) -> None:
    for found in books(original).values():
        ids = Counter(entry.movement_id for entry in found.elements())
        assert len(ids) > CUSTOMERS
        assert max(ids.values()) == 1


def test_the_order_of_the_rows_does_not_matter(rows: list[ItemRow], original: Workspace, new: New) -> None:
    shuffled = list(rows)
    Random(SEED).shuffle(shuffled)
    workspace = new()
    import_items(workspace, shuffled)
    build(workspace)
    assert apart_from_sources(books(workspace)) == apart_from_sources(books(original))


def test_splitting_versions_changes_no_movement(rows: list[ItemRow], original: Workspace, new: New) -> None:
    """A version in two parts that agree on everything is that version; half of all are split, some of them twice."""
    rng = Random(SEED)
    parts = [part for row in rows for half in split(rng, row) for part in split(rng, half)]
    assert len(parts) > len(rows) * 1.4
    workspace = new()
    import_items(workspace, numbered(parts))
    build(workspace)
    assert apart_from_sources(books(workspace)) == apart_from_sources(books(original))


def split(rng: Random, row: ItemRow) -> list[ItemRow]:
    """The version in two at a random instant, or as it is: each as likely."""
    length = LONG_ENOUGH * 100 if row.ends_at is None else row.ends_at - row.starts_at
    if length < LONG_ENOUGH or rng.random() < 0.5:
        return [row]
    instant = row.starts_at + MARGIN + (length - 2 * MARGIN) * rng.random()
    if rng.random() < 0.5:
        instant = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return [replace(row, ends_at=instant), replace(row, starts_at=instant)]


def test_importing_the_same_file_again_changes_nothing(rows: list[ItemRow], copied: Workspace) -> None:
    before = books(copied)
    for replace_all in (False, True):
        result = import_items(copied, rows, replace_all=replace_all)
        assert (result.unchanged, result.added, result.changed, result.withdrawn) == (len(rows), 0, 0, 0)
        build(copied)
        assert books(copied) == before


def test_unrelated_customers_change_nobody_elses_movements(rows: list[ItemRow], copied: Workspace, new: New) -> None:
    """Neither as another import nor as rows of the same file; their ids sort before, between and after the others."""
    before = books(copied)
    strangers = company(name="~", customers=25)
    strangers += [replace(row, customer_id=f"!{row.customer_id}") for row in strangers]
    import_items(copied, numbered(strangers), name="strangers.csv")
    together = new()
    import_items(together, numbered([*rows, *strangers]))
    theirs = set(by_customer(strangers))
    for workspace in (copied, together):
        for policy, found in books(build(workspace)).items():
            mine = {entry: count for entry, count in found.items() if entry.movement.customer_id not in theirs}
            assert mine == before[policy]
            assert found.total() > sum(mine.values()) + len(theirs) // 2


def test_undo_is_as_if_the_import_had_never_been(rows: list[ItemRow], copied: Workspace) -> None:
    """The import that is undone changes rows, adds some, and with `replace` withdraws the others."""
    before, fingerprint = books(copied), copied.book().fingerprint
    for replace_all in (False, True):
        result = import_items(copied, revised(rows), name="revised.csv", replace_all=replace_all)
        assert min(result.added, result.changed, result.unchanged) > 10
        assert (result.withdrawn > 10) == replace_all
        build(copied)
        assert books(copied) != before
        undone = copied.undo(result.import_ids[0])
        assert undone.removed == result.added + result.changed
        assert undone.restored == result.changed + result.withdrawn
        assert build(copied).book().fingerprint == fingerprint
        assert books(copied) == before


def test_undo_of_an_earlier_import_leaves_the_later_ones(rows: list[ItemRow], original: Workspace, new: New) -> None:
    """Undoing the first of two is as if only the second had been imported, source rows too."""
    second = revised(rows)
    both, alone = new(), new()
    first_id = import_items(both, rows).import_ids[0]
    import_items(both, second, name="revised.csv")
    both.undo(first_id)
    import_items(alone, second, name="revised.csv")
    assert books(build(both)) == books(build(alone))
    assert books(both) != books(original)
    assert both.book().fingerprint == alone.book().fingerprint


def test_replaying_the_imports_elsewhere_gives_the_same_book(rows: list[ItemRow], new: New) -> None:
    def play() -> Workspace:
        workspace = new()
        import_items(workspace, rows)
        undone = import_items(workspace, company(name="~", customers=9), name="undone.csv").import_ids[0]
        import_items(workspace, revised(rows), name="revised.csv", replace_all=True)
        workspace.undo(undone)
        return build(workspace)

    once, again = play(), play()
    assert books(once) == books(again)
    assert once.book().fingerprint == again.book().fingerprint
    rebuilt = build(once)
    assert books(rebuilt) == books(again)
    assert rebuilt.book().fingerprint == again.book().fingerprint


def revised(rows: list[ItemRow]) -> list[ItemRow]:
    """A later file: some customers gone, some quantities other, and customers nobody knew."""
    rng = Random(f"revised {SEED}")
    later: list[ItemRow] = []
    for history in by_customer(rows).values():
        match rng.randrange(3):
            case 0:
                later += history
            case 1:
                later += [replace(row, quantity=row.quantity + 1) if row.quantity < 20 else row for row in history]
            case _:
                continue
    return numbered([*later, *company(name="+", customers=15)])


def test_as_of_and_policies_are_those_asked_for(original: Workspace) -> None:
    """Guards the tests above: books of another instant or of one policy alone would make them say less."""
    manifest = original.book()
    assert manifest.as_of.astimezone(UTC) == AS_OF
    assert [record.name for record in manifest.policies] == list(POLICIES)
    assert {entry.movement.scheduled for entry in books(original)["recurly"]} == {True, False}
