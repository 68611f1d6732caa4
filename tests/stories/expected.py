"""What a story expects: movement lines and metric lines, and the comparison with what was found.

    movements
      2024-01-10  new          100.00
      2024-03-15  expansion     60.00  seats
      2024-05-01  expansion     40.00  plan   Team -> Pro
    metrics 2024-03
      nrr_1m         1.60
      expansion_mrr  60.00  driver seats

A line names the customer after the date where a story has several. One line stands for all rows
of its date, customer, kind, driver, currency and, where it names one, plan: their amounts are
added. An amount is exact to the last digit; `~166.67` is right to the digits shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

KINDS = ("new", "expansion", "contraction", "churn", "reactivation", "transfer")
DRIVERS = ("seats", "plan", "price", "term", "addon", "cross_sell", "subscription", "usage", "discount")
MOVEMENT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2}) (?:(?P<customer>\S+) )??"
    rf"(?P<kind>{'|'.join(KINDS)}) (?P<amount>~?-?[\d.]+)(?: (?P<currency>[A-Z]{{3}}))?"
    rf"(?: (?P<driver>{'|'.join(DRIVERS)}))?"
    r"(?: (?:(?P<source>\S+) -> (?P<target>\S+)|on (?P<plan>\S+)))?(?P<scheduled> scheduled)?"
)
METRIC = re.compile(r"(?P<name>[a-z0-9_]+) (?P<value>none|~?-?[\d.]+)(?: (?P<by>[a-z_]+) (?P<slice>\S+))?")


class UnreadableLineError(ValueError):
    """A line that is neither a movement nor a metric; the reader adds file and line."""


@dataclass(frozen=True)
class Figure:
    """A figure as written: exact, or right to the digits shown."""

    value: Decimal
    shown: str

    @classmethod
    def read(cls, shown: str) -> "Figure":
        """Read `60.00` or `~166.67`."""
        return cls(Decimal(shown.removeprefix("~")), shown)

    def fits(self, found: Decimal) -> bool:
        """Say whether a found figure is the one written."""
        if not self.shown.startswith("~"):
            return found == self.value
        exponent = self.value.as_tuple().exponent
        half = Decimal(5).scaleb(int(exponent) - 1)
        return abs(found - self.value) <= half


@dataclass(frozen=True)
class Movement:
    """A movement line of a story, or one row of a book in the same words."""

    date: str
    customer: str
    kind: str
    driver: str
    currency: str
    scheduled: bool
    plan: str
    from_plan: str
    amount: Figure

    @property
    def group(self) -> tuple[object, ...]:
        """What a line is about, the plan left out."""
        who = (self.date, self.customer, self.kind, self.driver)
        return (*who, self.currency, self.scheduled)

    def __str__(self) -> str:
        moved = f"{self.from_plan} -> {self.plan}" if self.from_plan else f"on {self.plan}"
        last = f"{moved if self.plan else ''}{'  scheduled' if self.scheduled else ''}"
        amount = f"{self.amount.shown:>14} {self.currency}"
        head = f"{self.date}  {self.customer:<8} {self.kind:<12} {amount}"
        return f"{head}  {self.driver:<12} {last}".rstrip()


@dataclass(frozen=True)
class Metric:
    """A metric line: name, value (None where there is none), and the slice it is of."""

    name: str
    value: Figure | None
    by: str = ""
    slice: str = ""


def read_movement(words: str, *, currencies: Mapping[str, str]) -> Movement:
    """Read a movement line; `currencies` gives each customer's own currency."""
    found = MOVEMENT.fullmatch(" ".join(words.split()))
    if found is None:
        raise UnreadableLineError(f"not a movement line: {words!r}")
    part = {name: text or "" for name, text in found.groupdict().items()}
    customer = part["customer"] or sole(currencies)
    if customer not in currencies:
        raise UnreadableLineError(f"no customer {customer!r} in this story")
    return Movement(
        date=part["date"],
        customer=customer,
        kind=part["kind"],
        driver=part["driver"],
        currency=part["currency"] or currencies[customer],
        scheduled=bool(part["scheduled"]),
        plan=part["target"] or part["plan"],
        from_plan=part["source"],
        amount=Figure.read(part["amount"]),
    )


def sole(currencies: Mapping[str, str]) -> str:
    """Return the story's only customer."""
    if len(currencies) != 1:
        raise UnreadableLineError("name the customer: this story has several")
    return next(iter(currencies))


def read_metric(words: str) -> Metric:
    """Read a metric line."""
    found = METRIC.fullmatch(" ".join(words.split()))
    if found is None:
        raise UnreadableLineError(f"not a metric line: {words!r}")
    value = None if found["value"] == "none" else Figure.read(found["value"])
    return Metric(found["name"], value, found["by"] or "", found["slice"] or "")


def compare(expected: Sequence[Movement], found: Sequence[Movement]) -> list[str]:
    """Return one line for each difference; an empty list says that the story holds.

    Where a story lists no transfer, transfers are not compared one by one: they must add up to 0
    for each customer and currency.
    """
    differences: list[str] = []
    if all(line.kind != "transfer" for line in expected):
        differences += unbalanced_transfers(found)
        found = [row for row in found if row.kind != "transfer"]
    with_plan = {line.group for line in expected if line.plan}
    wanted, got = (added(rows, with_plan) for rows in (expected, found))
    for key in sorted(wanted.keys() | got.keys(), key=str):
        differences += difference(wanted.get(key, []), got.get(key, []))
    return differences


def unbalanced_transfers(found: Iterable[Movement]) -> list[str]:
    """Return the customers whose transfers do not add up to 0."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in found:
        if row.kind == "transfer":
            sums[row.customer, row.currency] += row.amount.value
    return [
        f"  transfers of {customer} in {currency} add up to {total}, not to 0"
        for (customer, currency), total in sums.items()
        if total
    ]


def added(rows: Iterable[Movement], with_plan: set[tuple[object, ...]]) -> dict[tuple[object, ...], list[Movement]]:
    """Group rows by what a line is about, split by plan where the story names plans."""
    groups: dict[tuple[object, ...], list[Movement]] = defaultdict(list)
    for row in rows:
        plans = (row.from_plan, row.plan) if row.group in with_plan else ()
        groups[(*row.group, *plans)].append(row)
    return groups


def difference(wanted: Sequence[Movement], got: Sequence[Movement]) -> list[str]:
    """Return the lines of one group, marked `-` for expected and `+` for found, if they differ."""
    total = sum((row.amount.value for row in got), Decimal(0))
    if wanted and got and fits(wanted, total):
        return []
    return [f"  - expected  {line}" for line in wanted] + [f"  + found     {row}" for row in got]


def fits(wanted: Sequence[Movement], total: Decimal) -> bool:
    """Say whether a found total is that of the lines; one line may be right to its digits."""
    if len(wanted) == 1:
        return wanted[0].amount.fits(total)
    return sum(line.amount.value for line in wanted) == total
