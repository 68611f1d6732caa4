"""One company at three moments: a book; two later files imported and not yet built; the book with them.

Each is a folder that tests copy and never touch, made once for each process of the test run.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.durability.state import Says, movements
from tests.oracles.values import ItemRow
from tests.properties.company import (
    build,
    import_items,
    new_workspace,
    numbered,
    random_company,
    write_items,
)

CUSTOMERS: Final = 420


@dataclass(frozen=True)
class Company:
    """`before` has a book; `imported` has the `files` too, unbuilt; `after` has the book with them beside the former.

    `says_before` and `says_after` are the movements of the two books by policy.
    """

    before: Path
    imported: Path
    after: Path
    files: tuple[Path, ...]
    says_before: Says
    says_after: Says


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    home = tmp_path_factory.mktemp("company")
    rows = random_company([f"durability {number}" for number in range(CUSTOMERS)])
    assert len(rows) > 2000
    workspace = new_workspace(home / "before")
    import_items(workspace, rows)
    says_before = movements(build(workspace))
    files = later_files(home, rows)
    imported = upswell.open(shutil.copytree(workspace.folder, home / "imported"))
    assert imported.import_file(list(files), table="items").held_back == 0
    after = upswell.open(shutil.copytree(imported.folder, home / "after"))
    says_after = movements(build(after))
    assert not says_after["strict"].equals(says_before["strict"])
    return Company(workspace.folder, imported.folder, after.folder, files, says_before, says_after)


def later_files(home: Path, rows: list[ItemRow]) -> tuple[Path, Path]:
    """Two files of one later export: rows as they were, quantities that changed, customers who are new."""
    changed = [replace(row, quantity=row.quantity + 1) if row.quantity < 20 else row for row in rows[::2]]
    newcomers = random_company([f"newcomer {number}" for number in range(CUSTOMERS // 2)], name="+")
    return (
        write_items(home / "later-1.csv", numbered(changed)),
        write_items(home / "later-2.csv", numbered(newcomers)),
    )
