"""Playing a story: its rows go through import and build, what comes out is held against it.

Most stories ask for movements only and have the usual settings. They share one book (`SharedBook`),
their customers kept apart by a prefix, `plans.story:3|Acme`; that is an import and a build for 150
stories instead of 150. Every other story has a workspace of its own (`OwnBook`).
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import upswell
from tests.stories.balance import (
    Balances,
    item_balances,
    snapshot_balances,
    standing_rows,
    without_zeros,
)
from tests.stories.expected import Figure, Metric, Movement, compare
from tests.stories.spans import instant
from tests.stories.story import ExpectHeldBack, ExpectMetrics, ExpectMovements, Import, Story, Undo
from tests.stories.terms import Columns

Rows = Sequence[Mapping[str, Any]]


def after_the_last_date(story: Story) -> str:
    """Return an instant after all that a story tells, so that no test depends on today."""
    told = re.findall(r"\d{4}-\d{2}-\d{2}", repr((story.steps, story.rates)))
    months = re.findall(r"(?<![\d-])\d{4}-\d{2}(?![\d-])", repr(story.steps))
    last = max(date.fromisoformat(text) for text in [*told, *(f"{month}-01" for month in months)])
    return (last + timedelta(days=62)).replace(day=1).isoformat()


def write_csv(path: Path, rows: Iterable[Columns]) -> Path:
    """Write rows under the headings that some row fills."""
    rows = list(rows)
    headings = list(dict.fromkeys(name for row in rows for name, cell in row.items() if cell))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


class OwnBook:
    """A story played in a workspace of its own, step by step."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.as_of = story.as_of or after_the_last_date(story)
        self.workspace = workspace_of(story, folder / "workspace")
        self.imports: list[tuple[Import, str]] = []
        self.built = False
        self.differences: list[str] = []

    def play(self) -> list[str]:
        """Take all steps in order and return what differs."""
        if self.story.rates:
            rates = write_csv(self.folder / "rates.csv", self.story.rates)
            self.workspace.import_file(rates, table="rates")
        for step in self.story.steps:
            match step:
                case Import():
                    self.take_in(step)
                case Undo():
                    self.undo(step)
                case ExpectMovements():
                    self.build()
                    rows = self.workspace.movements(policy=step.policy or None).to_pylist()
                    self.differences += movement_differences(step, rows)
                case ExpectMetrics():
                    self.build()
                    self.expect_metrics(step)
                case ExpectHeldBack():
                    self.expect_held_back(step)
                case _:
                    assert_never(step)
        return self.differences

    def take_in(self, step: Import) -> None:
        path = write_csv(self.folder / f"{step.table}-{len(list(self.folder.iterdir()))}.csv", step.rows)
        result = self.workspace.import_file(path, table=step.table, source=step.source, replace=step.replace)
        self.imports.append((step, result.import_ids[0]))
        self.built = False

    def undo(self, step: Undo) -> None:
        for taken, import_id in [pair for pair in self.imports if pair[0].name == step.name]:
            self.workspace.undo(import_id)
            self.imports.remove((taken, import_id))
        self.built = False

    def build(self) -> None:
        """Build once after each change of the rows, and check what is always true."""
        if self.built:
            return
        under = {getattr(step, "policy", "") for step in self.story.steps}
        others = sorted(under - {"", self.story.policy})
        self.workspace.build(as_of=datetime.fromisoformat(self.as_of), policies=others)
        self.built = True
        for policy in [self.story.policy, *others]:
            self.differences += failed_checks(self.workspace, policy)
            if not any(isinstance(step, ExpectHeldBack) for step in self.story.steps):
                rows = self.workspace.movements(policy=policy).to_pylist()
                imports = [step for step, _ in self.imports]
                self.differences += balance_differences(self.story, imports, rows, policy=policy, as_of=self.as_of)

    def expect_metrics(self, step: ExpectMetrics) -> None:
        for by in dict.fromkeys(metric.by for metric in step.metrics):
            asked = [metric for metric in step.metrics if metric.by == by]
            table = self.workspace.metrics(
                list(dict.fromkeys(metric.name for metric in asked)),
                month_from=step.month,
                month_to=step.month,
                by=(by,) if by else (),
                policy=step.policy or None,
            )
            for metric in asked:
                self.differences += metric_differences(step.month, metric, table.to_pylist())

    def expect_held_back(self, step: ExpectHeldBack) -> None:
        found = sorted(finding.code for finding in self.workspace.quarantine())
        if found != sorted(step.codes):
            self.differences.append(f"  held back: expected {sorted(step.codes)}, found {found}")


def workspace_of(story: Story, folder: Path) -> upswell.Workspace:
    """Make a workspace with the story's settings and its own rules in upswell.toml."""
    upswell.init(folder, currency=story.currency, timezone=story.timezone)
    path = folder / "upswell.toml"
    settings = path.read_text("utf-8").replace('policy = "strict"', f'policy = "{story.policy}"')
    own = [f"{name} = {{ {switches} }}" for name, switches in story.rules.items()]
    path.write_text("\n".join([settings, "[policies]", *own, ""]), "utf-8")
    return upswell.open(folder)


def can_share(story: Story) -> bool:
    """Say whether a story has the usual settings, one import and asks for strict movements only."""
    usual = Story(story.title)
    settings = ("timezone", "currency", "policy", "as_of", "rates", "rules")
    if any(getattr(story, name) != getattr(usual, name) for name in settings):
        return False
    first, *others = story.steps
    plain = isinstance(first, Import) and first.table == "items"
    return plain and all(isinstance(step, ExpectMovements) and not step.policy for step in others)


class SharedBook:
    """One book for all stories that can share it."""

    def __init__(self, stories: Iterable[Story], folder: Path) -> None:
        sharing = [story for story in stories if can_share(story)]
        self.as_of = max(after_the_last_date(story) for story in sharing)
        self.workspace = upswell.init(folder / "workspace")
        told = write_csv(folder / "items.csv", [row for story in sharing for row in prefixed(story)])
        self.workspace.import_file(told, table="items")
        self.workspace.build(as_of=datetime.fromisoformat(self.as_of))
        self.failed = failed_checks(self.workspace, "strict")
        self.rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.workspace.movements().to_pylist():
            place, _, customer = row["customer_id"].partition("|")
            self.rows[place].append({**row, "customer_id": customer})

    def play(self, story: Story) -> list[str]:
        """Return what differs in the part of the book that is this story's."""
        rows = self.rows[story.place]
        imports = [step for step in story.steps if isinstance(step, Import)]
        differences = balance_differences(story, imports, rows, policy="strict", as_of=self.as_of)
        for step in story.steps:
            if isinstance(step, ExpectMovements):
                differences += movement_differences(step, rows)
        return [*self.failed, *differences]


def prefixed(story: Story) -> Iterable[Columns]:
    """Yield the rows of a story, its customers prefixed by its place."""
    for step in story.steps:
        if isinstance(step, Import):
            for row in step.rows:
                yield {**row, "customer_id": f"{story.place}|{row['customer_id']}"}


def failed_checks(workspace: upswell.Workspace, policy: str) -> list[str]:
    results = workspace.check(policy=policy)
    return [f"  check failed under {policy}: {result}" for result in results if not result.passed]


def balance_differences(story: Story, imports: Sequence[Import], rows: Rows, *, policy: str, as_of: str) -> list[str]:
    """Compare what the movements of each customer add up to with what is in force at the end."""
    sums: Balances = defaultdict(Decimal)
    for row in rows:
        if not row["scheduled"]:
            sums[row["customer_id"], row["currency"]] += row["amount"]
    found, wanted = without_zeros(sums), without_zeros(in_force(story, imports, policy=policy, as_of=as_of))
    if found == wanted:
        return []
    return [f"  balance under {policy}: {wanted}", f"  movements add up to: {found}"]


def in_force(story: Story, imports: Sequence[Import], *, policy: str, as_of: str) -> Balances:
    """Return each customer's MRR at the end, from the rows that stand after all imports."""
    zone, rules = ZoneInfo(story.timezone), story.policy_called(policy)
    sources: dict[tuple[str, str], list[Import]] = defaultdict(list)
    for step in imports:
        sources[step.source, step.table].append(step)
    total: Balances = defaultdict(Decimal)
    for (_, table), steps in sources.items():
        if table == "snapshots":
            part = snapshot_balances(steps[-1].rows, currency=story.currency)
        else:
            rows = standing_rows((step.rows, step.replace) for step in steps)
            part = item_balances(rows, at=instant(as_of, zone), zone=zone, policy=rules, currency=story.currency)
        for key, amount in part.items():
            total[key] += amount
    return total


def movement_differences(step: ExpectMovements, rows: Rows) -> list[str]:
    """Return the story's lines and what differs from them, or nothing."""
    found = [found_movement(row) for row in rows if str(row["date"]) >= step.since]
    differences = compare(step.movements, found)
    if not differences:
        return []
    heading = f"  movements{f' from {step.since}' * bool(step.since)}{f' under {step.policy}' * bool(step.policy)}"
    return [heading, *(f"    {line.number}: {line.text.strip()}" for line in step.lines), *differences]


def found_movement(row: Mapping[str, Any]) -> Movement:
    """Turn a row of the book into the words of a story."""
    return Movement(
        date=str(row["date"])[:10],
        customer=row["customer_id"],
        kind=row["kind"],
        driver=row["driver"] or "",
        currency=row["currency"],
        scheduled=row["scheduled"],
        plan=row["plan_id"] or "",
        from_plan=row["from_plan_id"] or "",
        amount=Figure(row["amount"], str(row["amount"])),
    )


def metric_differences(month: str, metric: Metric, rows: Rows) -> list[str]:
    """Return a line where a metric's value is not the one written."""
    mine = [row for row in rows if row["metric"] == metric.name and row["month"] == month]
    if metric.by:
        mine = [row for row in mine if row[metric.by] == metric.slice]
    name = f"{month} {metric.name} {metric.by} {metric.slice}".rstrip()
    if len(mine) != 1:
        return [f"  {name}: {len(mine)} values found, 1 expected"]
    value, reason = mine[0]["value"], mine[0]["reason"]
    shown = metric.value.shown if metric.value else "none, with a reason"
    return [] if as_written(metric, mine[0]) else [f"  {name}: expected {shown}, found {value} {reason or ''}".rstrip()]


def as_written(metric: Metric, row: Mapping[str, Any]) -> bool:
    """Say whether a row has the value written, or none and a reason where none is written."""
    if metric.value is None:
        return row["value"] is None and bool(row["reason"])
    return row["value"] is not None and metric.value.fits(row["value"])
