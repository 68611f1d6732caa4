"""The pages are true: generated parts and examples are what the program says today, and nothing is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs import generate
from docs.examples import replay
from docs.generated.books import MEANINGS, book_columns
from docs.generated.commands import command_names
from docs.generated.file_errors import refusals
from docs.generated.ledger import what_a_row_is
from tests.docs.estimates import unlike
from upswell.contract.findings import CODES
from upswell.contract.schema import TABLES
from upswell.errors import ExitCode
from upswell.ledger.build import MODELS
from upswell.ledger.checks import INVARIANTS
from upswell.ledger.query import DRIVERS, KINDS
from upswell.ledger.trace import RULES
from upswell.metrics.catalogue import entries
from upswell.policy import Policy, preset_names

ROOT = generate.ROOT
EVERY_PAGE = (*generate.PAGES, "CHANGELOG.md")
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_parts_are_current(name: str) -> None:
    assert generate.with_parts(read(name)) == read(name), "run: python -m docs.generate"


EXAMPLES = [name for name in generate.PAGES if "```console" in read(name)]
# Draws depend on the last digits of a logarithm, which processors compute differently; so do the figures made of them.
ESTIMATES = ("docs/forecast.md",)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ESTIMATES])
def test_examples_print_what_the_page_shows(name: str) -> None:
    assert replay(read(name)) == read(name), "read the difference, then run: python -m docs.generate --examples"


@pytest.mark.parametrize("name", ESTIMATES)
def test_examples_print_the_estimates_that_the_page_shows(name: str) -> None:
    assert unlike(replay(read(name)), read(name)) == [], "read the difference: python -m docs.generate --examples"


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_links_lead_somewhere(name: str) -> None:
    for link in LINK.finditer(prose_of(read(name))):
        target = (ROOT / name).parent / link["path"] if link["path"] else ROOT / name
        assert target.exists(), f"{name} links to {link['path']}, which is not there"
        if link["anchor"] and target.suffix == ".md":
            assert link["anchor"] in anchors(target), f"{name} links to #{link['anchor']} in {target.name}"


def test_every_page_is_looked_after() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert pages == {Path(name).name for name in generate.PAGES if name.startswith("docs/")}


def test_every_part_stands_in_a_page() -> None:
    text = "".join(read(name) for name in generate.PAGES)
    assert {name for name in generate.PARTS if f"<!-- generated: {name} -->" not in text} == set()


def test_no_page_names_a_place_outside_the_repository() -> None:
    for name in EVERY_PAGE:
        for word in ("/tmp/", "/home/", "/root/", "DESIGN"):
            assert word not in re.sub(r"- source: .*", "", read(name)), f"{name} says {word}"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("docs/reference.md", [f"### {name}" for name in command_names()]),
        ("docs/reference.md", [f"| {code.value} |" for code in ExitCode]),
        ("docs/metrics.md", [f"### {metric.name}\n" for metric in entries()]),
        ("docs/ledger.md", [f"`{name}`" for name in (*MODELS, *RULES, *(each.name for each in INVARIANTS))]),
        ("docs/ledger.md", [*DRIVERS, *KINDS]),
        ("docs/import.md", [f"| `{code}` |" for code in CODES]),
        ("docs/import.md", [f"### {table.name}\n" for table in TABLES]),
        ("docs/policies.md", [f"`{name}`" for name in (*Policy(name="any").switches(), *preset_names())]),
        ("docs/reference.md", ["UPSWELL_WORKSPACE", "UPSWELL_LOCK_WAIT", "UPSWELL_MEMORY_LIMIT"]),
    ],
)
def test_everything_is_named(page: str, names: list[str]) -> None:
    text = read(page)
    assert [name for name in names if name not in text] == []


def test_every_environment_variable_is_named() -> None:
    sources = (ROOT / "src").rglob("*.py")
    read_there = {name for path in sources for name in re.findall(r"UPSWELL_[A-Z_]+", path.read_text("utf-8"))}
    assert {name for name in read_there if f"`{name}`" not in read("docs/reference.md")} == set()


def test_every_model_says_what_its_row_is() -> None:
    assert [name for name in MODELS if not what_a_row_is(name).startswith("One row is ")] == []


def test_every_column_of_a_book_has_a_meaning() -> None:
    columns = {column for described in book_columns().values() for column, _ in described}
    assert columns == set(MEANINGS)


def test_each_refused_file_has_one_clear_error() -> None:
    for story, error in refusals():
        assert error.exit_code in {ExitCode.UNUSABLE, ExitCode.WRONG_USAGE}, story
        assert error.remedy, story
        assert error.where, story


def test_check_names_the_stale_page(tmp_path: Path) -> None:
    # The pages are looked for beside the package, so a copy of both can go stale without harm.
    generated = (ROOT / "docs" / "generated").glob("*.toml")
    stories = (ROOT / "tests" / "stories").glob("published.story")
    for path in (*(ROOT / "docs").rglob("*.py"), *generated, *stories, *(ROOT / name for name in generate.PAGES)):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    page = tmp_path / "docs" / "metrics.md"
    page.write_text(page.read_text("utf-8").replace("12 x closing_mrr", "13 x closing_mrr"), encoding="utf-8")
    command = [sys.executable, "-m", "docs.generate", "--check"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.splitlines() == ["docs/metrics.md: a generated part is stale; run: python -m docs.generate"]


@pytest.mark.parametrize(
    ("page", "fault"),
    [("```console\n$ rm -r .\n```\n", "may not run: rm -r ."), ("```python\n>>> 1\n", "never closed")],
)
def test_an_example_that_cannot_be_run_is_refused(page: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        replay(page)


def test_an_example_shows_both_streams_the_exit_code_and_errors_of_python() -> None:
    page = """
```console
$ upswell -w w \\
>     report
$ echo $?
```
```python
>>> for number in range(2):
...     print(number)
>>> 1 / 0
```
"""
    assert (
        replay(page)
        == """
```console
$ upswell -w w \\
>     report
error: w is not an Upswell workspace
  where:    w
  expected: a folder with upswell.toml
  found:    none
  remedy:   run `upswell init w`, or name a workspace with -w or UPSWELL_WORKSPACE
$ echo $?
4
```
```python
>>> for number in range(2):
...     print(number)
0
1
>>> 1 / 0
builtins.ZeroDivisionError: division by zero
```
"""
    )


def prose_of(page: str) -> str:
    """The page without what stands between fences."""
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(path.read_text("utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
