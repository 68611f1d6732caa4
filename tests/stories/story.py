"""Stories: business histories as text, with the movements and metrics that must follow.

    # Seats added in March, one given back in May
    customer Acme USD
      2024-01-10  start  Team, 5 seats at 20.00 a month
      2024-03-15  seats  8
      2024-05-02  seats  7
    movements
      2024-01-10  new          100.00
      2024-03-15  expansion     60.00  seats
      2024-05-02  contraction  -20.00  seats
    metrics 2024-03
      nrr_1m  1.60

A file holds many stories, each from its title line. Headings stand at the margin, their lines are
indented, `;` opens a comment. README.md in this folder lists all headings and verbs. The reader is
strict: what it does not know is an error that names file and line.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stories.expected import (
    Metric,
    Movement,
    UnreadableLineError,
    read_metric,
    read_movement,
)
from tests.stories.history import customer_rows
from tests.stories.lines import Block, Line, blocks, meaningful
from tests.stories.terms import Columns, UnknownWordsError
from upswell.errors import UpswellError
from upswell.policy import Policy, find


@dataclass(frozen=True)
class Import:
    """Import the rows of an export as one table of the contract."""

    name: str
    table: str
    rows: tuple[Columns, ...]
    source: str = "files"
    replace: bool = False


@dataclass(frozen=True)
class Undo:
    """Undo the import of that name."""

    name: str


@dataclass(frozen=True)
class ExpectMovements:
    """All movements of the book, or those from a date on, under a policy."""

    movements: tuple[Movement, ...]
    since: str
    policy: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ExpectMetrics:
    """Metrics of one month."""

    month: str
    metrics: tuple[Metric, ...]
    policy: str


@dataclass(frozen=True)
class ExpectHeldBack:
    """Codes of the quarantined rows, all of them, in any order."""

    codes: tuple[str, ...]


Step = Import | Undo | ExpectMovements | ExpectMetrics | ExpectHeldBack


@dataclass
class Story:
    """One business situation: its settings and its steps in order."""

    title: Line
    timezone: str = "UTC"
    currency: str = "USD"
    policy: str = "strict"
    as_of: str = ""
    rates: list[Columns] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.title.text.removeprefix("#").strip()

    def policy_called(self, name: str) -> Policy:
        """Return a policy of the story's own or a preset; it need not run in this release."""
        own: dict[str, dict[str, Any]] = {
            each: tomllib.loads(f"rules = {{ {text} }}")["rules"] for each, text in self.rules.items()
        }
        return find(name, own=own).policy

    @property
    def place(self) -> str:
        return f"{self.title.file.name}:{self.title.number}"


SETTINGS = ("timezone", "currency", "policy", "as_of")


class Reader:
    """Reads the blocks of one story in order."""

    def __init__(self, title: Line) -> None:
        self.story = Story(title)
        self.exports: dict[str, list[tuple[str, list[Columns]]]] = {}
        self.export = ""
        self.imported = False
        self.currencies: dict[str, str] = {}

    def read(self, block: Block) -> None:
        """Read one block by its first word."""
        word = block.words[0]
        if word in SETTINGS:
            _, value = self.arguments(block, 2)
            setattr(self.story, word, value)
            return
        readers = {
            "rate": self.rate,
            "rules": self.rules,
            "export": self.open_export,
            "customer": self.customer,
            "customers": self.customers,
            "snapshots": self.snapshots,
            "import": self.take_in,
            "undo": self.undo,
            "movements": self.movements,
            "metrics": self.metrics,
            "held": self.held_back,
        }
        if word not in readers:
            raise block.heading.wrong(f"no such heading: {word!r}; known: {', '.join(readers)}")
        readers[word](block)

    def arguments(self, block: Block, count: int) -> list[str]:
        if len(block.words) != count or (block.words[0] in SETTINGS and block.lines):
            raise block.heading.wrong(f"expected {count} words and no lines below")
        return block.words

    def rate(self, block: Block) -> None:
        _, date, currency, rate = self.arguments(block, 4)
        self.story.rates.append({"date": date, "currency": currency, "rate": rate})

    def rules(self, block: Block) -> None:
        """`rules NAME: netting = "subscription", grouping = "60min"`: a policy that differs from strict in this."""
        found = re.fullmatch(r"rules (?P<name>[^\s:]+): (?P<switches>.+)", block.plain)
        if found is None or block.lines:
            raise block.heading.wrong('expected `rules NAME: SWITCH = "VALUE", ...` and no lines below')
        if found["name"] in self.story.rules:
            raise block.heading.wrong(f"rules {found['name']} twice")
        self.story.rules[found["name"]] = found["switches"]
        try:
            self.story.policy_called(found["name"])
        except (UpswellError, tomllib.TOMLDecodeError) as error:
            raise block.heading.wrong(error) from error

    def open_export(self, block: Block) -> None:
        _, name = self.arguments(block, 2)
        if name in self.exports:
            raise block.heading.wrong(f"export {name} twice")
        self.exports[name] = []
        self.export = name

    def add(self, table: str, rows: Iterable[Columns]) -> None:
        self.exports.setdefault(self.export, []).append((table, list(rows)))

    def customer(self, block: Block) -> None:
        found = re.fullmatch(r"customer (?P<name>\S+)(?: (?P<currency>[A-Z]{3}))?", block.plain)
        if found is None:
            raise block.heading.wrong("expected `customer NAME [CURRENCY]`")
        self.one_customer(block, found["name"], found["currency"] or "")

    def customers(self, block: Block) -> None:
        """`customers 50 named m{n}`: the same history fifty times."""
        found = re.fullmatch(r"customers (?P<count>\d+) named (?P<name>\S*\{n\}\S*)", block.plain)
        if found is None:
            raise block.heading.wrong("expected `customers COUNT named NAME{n}`")
        for number in range(1, int(found["count"]) + 1):
            self.one_customer(block, found["name"].replace("{n}", str(number)), "")

    def one_customer(self, block: Block, name: str, currency: str) -> None:
        rows: list[Columns] = []
        for line in block.lines:  # a wrong line is found by reading one line more each time
            try:
                rows = customer_rows(name, currency, block.texts(until=line))
            except UnknownWordsError as error:
                raise line.wrong(error) from error
        self.currencies[name] = currency or self.story.currency
        self.add("items", rows)

    def snapshots(self, block: Block) -> None:
        """A spreadsheet of month-end MRR: a column for each customer, or CUSTOMER/PLAN."""
        if not block.lines:
            raise block.heading.wrong("a spreadsheet needs a line of headings")
        names = block.lines[0].text.split()[1:]
        for name in names:
            self.currencies[name.partition("/")[0]] = self.story.currency
        rows: list[Columns] = []
        for line in block.lines[1:]:
            month, *cells = line.text.split()
            if len(cells) != len(names):
                raise line.wrong(f"{len(names)} columns, {len(cells)} cells")
            rows += snapshot_rows(month, zip(names, cells, strict=True))
        self.add("snapshots", rows)

    def take_in(self, block: Block) -> None:
        """`import January`, with `from SOURCE` and `replace`."""
        found = re.fullmatch(r"import (?P<name>\S+)(?: from (?P<source>\S+))?(?P<replace> replace)?", block.plain)
        if found is None or found["name"] not in self.exports:
            raise block.heading.wrong("expected `import EXPORT [from SOURCE] [replace]`")
        for table, rows in joined(self.exports[found["name"]]):
            source = found["source"] or "files"
            replace = bool(found["replace"])
            self.story.steps.append(Import(found["name"], table, rows, source, replace))
        self.imported = True

    def undo(self, block: Block) -> None:
        _, name = self.arguments(block, 2)
        self.story.steps.append(Undo(name))

    def expecting(self, block: Block) -> str:
        """Import what a story without `import` lines told; return the policy `under` names."""
        if not self.imported:
            for table, rows in joined(self.exports.get("", [])):
                self.story.steps.append(Import("", table, rows))
            self.imported = True
        words = block.words
        return words[words.index("under") + 1] if "under" in words else ""

    def movements(self, block: Block) -> None:
        """`movements [from DATE] [under POLICY]`."""
        heading = re.fullmatch(r"movements(?: from (?P<since>\S+))?(?: under \S+)?", block.plain)
        if heading is None:
            raise block.heading.wrong("expected `movements [from DATE] [under POLICY]`")
        policy = self.expecting(block)
        lines: list[Movement] = []
        for line in block.lines:
            try:
                lines.append(read_movement(line.text, currencies=self.currencies))
            except UnreadableLineError as error:
                raise line.wrong(error) from error
        since = heading["since"] or ""
        self.story.steps.append(ExpectMovements(tuple(lines), since, policy, block.lines))

    def metrics(self, block: Block) -> None:
        """`metrics MONTH [under POLICY]`."""
        heading = re.fullmatch(r"metrics (?P<month>\d{4}-\d{2})(?: under \S+)?", block.plain)
        if heading is None:
            raise block.heading.wrong("expected `metrics MONTH [under POLICY]`")
        policy = self.expecting(block)
        lines: list[Metric] = []
        for line in block.lines:
            try:
                lines.append(read_metric(line.text))
            except UnreadableLineError as error:
                raise line.wrong(error) from error
        self.story.steps.append(ExpectMetrics(heading["month"], tuple(lines), policy))

    def held_back(self, block: Block) -> None:
        """`held back`: the code of each quarantined row on a line."""
        if block.plain != "held back":
            raise block.heading.wrong("expected `held back`")
        self.expecting(block)
        codes = tuple(line.text.strip() for line in block.lines)
        self.story.steps.append(ExpectHeldBack(codes))


def snapshot_rows(month: str, cells: Iterable[tuple[str, str]]) -> Iterator[Columns]:
    """Yield a row for each cell; `-` is an empty cell."""
    for name, mrr in cells:
        customer, _, plan = name.partition("/")
        if mrr != "-":
            yield {"customer_id": customer, "plan_id": plan, "month": month, "mrr": mrr}


def joined(parts: Iterable[tuple[str, list[Columns]]]) -> Iterator[tuple[str, tuple[Columns, ...]]]:
    """Join the rows of one export that go to the same table."""
    tables: dict[str, list[Columns]] = {}
    for table, rows in parts:
        tables.setdefault(table, []).extend(rows)
    for table, rows in tables.items():
        yield table, tuple(rows)


def read_stories(path: Path) -> list[Story]:
    """Read all stories of a file, in order."""
    readers: list[Reader] = []
    for block in blocks(meaningful(path)):
        if block.heading.text.startswith("#"):
            readers.append(Reader(block.heading))
        elif not readers:
            raise block.heading.wrong("a story opens with its title: `# ...`")
        else:
            readers[-1].read(block)
    for reader in readers:
        expects = (ExpectMovements, ExpectMetrics, ExpectHeldBack)
        if not any(isinstance(step, expects) for step in reader.story.steps):
            raise reader.story.title.wrong("a story that expects nothing")
    return [reader.story for reader in readers]
