"""A flipped byte in any file of a book is noticed before a figure made of it is shown, and a build makes it again.

Questions about figures verify what they read and no more: a byte flipped elsewhere changes nothing of what they show.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.damage import damaged, flipped, offsets
from tests.durability.processes import command
from tests.durability.state import assert_builds, assert_says, tree
from tests.properties.company import POLICIES
from upswell import Workspace
from upswell.errors import BookError, ExitCode
from upswell.ledger.build import KEPT, SHARED

CURRENT: Final = "b-000002"
FORMER: Final = "b-000001"
FILES: Final = (
    *("book.json", "costs.parquet", "customers.parquet", "evidence.parquet", "import_files.parquet"),
    *("customer_spans.parquet", "monthly_usage.parquet", "daily_usage.parquet", "touches.parquet", "feedback.parquet"),
    *("price_answers.parquet", "limits.parquet"),
    *(f"{name}.parquet" for name in SHARED),
    *(f"{policy}/{name}.parquet" for policy in POLICIES for name in KEPT),
)
READERS: Final[tuple[Callable[[Workspace], object], ...]] = (
    lambda workspace: workspace.movements(),
    lambda workspace: workspace.movements(policy="recurly"),
    lambda workspace: workspace.check(),
    lambda workspace: workspace.verify(),
)
# What a question cannot do without; book.json is read by all.
QUESTIONS: Final[tuple[tuple[Callable[[Workspace], object], frozenset[str]], ...]] = (
    (
        lambda workspace: workspace.metrics(["expansion_mrr"]),
        frozenset({"rate_spans.parquet", "strict/monthly_totals.parquet"}),
    ),
    (
        lambda workspace: workspace.metrics(["closing_mrr"], by=["plan"], policy="recurly"),
        frozenset({"rate_spans.parquet", "customers.parquet", "recurly/monthly_totals.parquet"}),
    ),
    (
        lambda workspace: workspace.metrics(["sales_efficiency", "nrr_1m", "acv"]),
        frozenset(
            {
                *("rate_spans.parquet", "costs.parquet", "strict/monthly_totals.parquet", "strict/movements.parquet"),
                *("strict/item_versions.parquet", "offer_keys.parquet", "terms_keys.parquet"),
            }
        ),
    ),
    (
        lambda workspace: workspace.trace(workspace.movement_page(limit=1).rows["movement_id"][0].as_py()),
        frozenset(
            {
                *("rate_spans.parquet", "item_keys.parquet", "plan_keys.parquet", "import_files.parquet"),
                *("strict/movements.parquet", "strict/item_versions.parquet", "offer_keys.parquet"),
                *("terms_keys.parquet", "evidence.parquet"),
            }
        ),
    ),
    (
        lambda workspace: workspace.report(),
        frozenset(
            {
                *("rate_spans.parquet", "customers.parquet", "strict/monthly_totals.parquet"),
                *("strict/movements.parquet", "strict/item_versions.parquet", "item_keys.parquet", "plan_keys.parquet"),
            }
        ),
    ),
)
COMMANDS: Final = (("movements",), ("check",))


@pytest.fixture
def workspace(company: Company, tmp_path: Path) -> Workspace:
    """A copy of the company with its two books."""
    return upswell.open(shutil.copytree(company.after, tmp_path / "company"))


def test_these_are_all_the_files_of_a_book(workspace: Workspace) -> None:
    assert set(tree(workspace.folder / "books" / CURRENT)) == set(FILES)
    assert set(tree(workspace.folder / "books")) == {
        "current",
        *(f"{book}/{name}" for book in (FORMER, CURRENT) for name in FILES),
    }


@pytest.mark.parametrize("name", FILES)
def test_damage_to_a_file_of_the_book(company: Company, workspace: Workspace, name: str) -> None:
    path = workspace.folder / "books" / CURRENT / name
    former = tree(workspace.folder / "books" / FORMER)
    answers = [ask(workspace) for ask, _ in QUESTIONS]
    sound, rng = path.read_bytes(), Random(name)
    damages: list[bytes | None] = [flipped(sound, at, rng.randint(1, 255)) for at in offsets(len(sound), rng)]
    damages += [None, b"", sound[: len(sound) // 2], sound + b"\0"]
    for content in damages:
        with damaged(path, content):
            for read in READERS:
                assert_refused(workspace, read, names=name)
            for (ask, reads), answer in zip(QUESTIONS, answers, strict=True):
                if name in {*reads, "book.json"}:
                    assert_refused(workspace, ask, names=name)
                else:
                    assert_refused_or_same(workspace, ask, answer, names=name)
    for words in COMMANDS:
        with damaged(path, damages[0]):
            answer = command("-w", workspace.folder, *words)
        assert (answer.exit_code, answer.stdout) == (ExitCode.UNUSABLE, ""), answer
        assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1
        assert Path(name).name in answer.stderr
    assert_says(workspace, says=company.says_after)
    assert tree(workspace.folder / "books" / FORMER) == former


@pytest.mark.parametrize("name", FILES)
def test_a_build_makes_the_book_again(company: Company, workspace: Workspace, name: str) -> None:
    path = workspace.folder / "books" / CURRENT / name
    former = tree(workspace.folder / "books" / FORMER)
    path.write_bytes(flipped(path.read_bytes(), path.stat().st_size // 2, 0x10))
    assert_refused(workspace, READERS[0], names=name)
    assert_builds(workspace, says=company.says_after)
    assert tree(workspace.folder / "books" / FORMER) == former


def test_damage_to_the_pointer(company: Company, workspace: Workspace) -> None:
    """Every byte of it, in every way that changes what a reader of text makes of it.

    Only a line end that becomes another blank leaves the pointer what it was; then the book is read as ever.
    """
    path = workspace.folder / "books" / "current"
    sound, manifest = path.read_bytes(), workspace.book()
    for offset, byte in enumerate(sound):
        for became in {byte ^ (1 << bit) for bit in range(8)} | {0, 10, 32, 47, 255}:
            content = sound[:offset] + bytes([became]) + sound[offset + 1 :]
            if content.split() == sound.split():
                continue
            with damaged(path, content):
                assert_refused(workspace, Workspace.book, names="")
    assert workspace.book() == manifest
    for content in (b"", sound[:9], sound[:-9], sound + sound):
        with damaged(path, content):
            for read in (*READERS, *(ask for ask, _ in QUESTIONS)):
                assert_refused(workspace, read, names="")
    path.write_bytes(flipped(sound, 12, 0x01))
    assert_builds(workspace, says=company.says_after)


def assert_refused(workspace: Workspace, read: Callable[[Workspace], object], *, names: str) -> None:
    """One error, of the code for a damaged book, that names the file."""
    with pytest.raises(BookError) as refused:
        read(workspace)
    error = refused.value
    assert (error.code, error.exit_code) == ("book_damaged", ExitCode.UNUSABLE)
    assert error.where is not None
    assert error.where.endswith(names)
    assert error.where.startswith(str(workspace.folder / "books"))
    assert error.remedy


def assert_refused_or_same(
    workspace: Workspace, read: Callable[[Workspace], object], answer: object, *, names: str
) -> None:
    """The damage does not concern the question, or it is named: never another answer."""
    try:
        found = read(workspace)
    except BookError:
        assert_refused(workspace, read, names=names)
    else:
        assert found == answer
