"""The way from MRR to money of a simulated company, every line against a plain reading of its files.

Lines of invoices are spread day by day, MRR is averaged day by day, payments are looked up in a dictionary of invoices;
nothing is shared with the program but the item versions of its book.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from tests.oracles.figures import close_of
from tests.oracles.revenue import Line, earned_by_month
from upswell import Workspace
from upswell.ledger.reader import open_book
from upswell.metrics.revenue_bridge import STEPS
from upswell.workspace.simulated import make_simulated

MONTHS: Final = ("2024-11", "2025-01", "2025-02", "2025-05", "2025-06", "2025-11", "2025-12")
POLICIES: Final = ("strict", "stripe", "revenuecat")
FOREVER: Final = date(2100, 1, 1)
UP_TO_A_FEW_ROUNDINGS: Final = Decimal("1e-15")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("simulated") / "w"
    workspace = make_simulated(folder, company="contract", customers=80, months=26, seed=3)
    workspace.build(as_of=workspace.book().as_of, policies=POLICIES)
    return workspace


@pytest.fixture(scope="module")
def files(company: Workspace) -> Files:
    return Files.read(company.folder / "company")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("month", MONTHS)
def test_the_lines_add_up_to_every_total_to_the_last_digit(company: Workspace, month: str, policy: str) -> None:
    bridge = company.revenue(month, policy=policy)
    amounts = {line.name: line.amount for line in bridge.lines}
    so_far = amounts["closing_mrr"]
    for total, step in STEPS:
        so_far = sum((amounts[name] or Decimal(0) for name in step), so_far or Decimal(0))
        assert so_far == amounts[total], total
    names = ("closing_mrr", "recurring_revenue", "total_revenue", "actual_revenue")
    asked = company.metrics(names, month_from=month, month_to=month, policy=policy).to_pylist()
    assert {row["metric"]: row["value"] for row in asked} == {name: amounts[name] for name in names}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_line_is_what_the_files_say(company: Workspace, files: Files, policy: str) -> None:
    versions = list(read_versions(company, policy))
    seen: set[str] = set()
    for month in MONTHS:
        told = {line.name: line.amount for line in company.revenue(month, policy=policy).lines}
        wanted = {**files.earned(month), **files.paid(month), **files.held(month, versions)}
        for name, amount in wanted.items():
            found = told[name]
            assert found is not None
            assert abs(Fraction(found) - amount) < UP_TO_A_FEW_ROUNDINGS, (month, name, found, float(amount))
            seen |= {name} if amount else set()
    # Where usage counts as MRR it is earned in the very month of its MRR.
    counted = set() if company.policy(policy).usage == "include" else {"usage"}
    assert {
        "part_months",
        "length_of_months",
        "credits",
        "refunds",
        "not_paid_in_month",
        "earned_of_later_invoices",
    } | counted <= seen


@dataclass(frozen=True)
class Held:
    """An item version with MRR."""

    customer: str
    currency: str
    usage: bool
    starts_on: date
    ends_on: date
    mrr: Fraction


def read_versions(company: Workspace, policy: str) -> Iterator[Held]:
    manifest = company.book()
    connection = open_book(company.folder / "books" / manifest.book_id, manifest, company.policy(policy))
    rows = connection.execute(
        """select customer_id, currency, item_type, starts_on, ends_on, mrr
        from item_versions join item_keys using (item_key) where mrr > 0"""
    ).fetchall()
    connection.close()
    for customer, currency, item_type, starts_on, ends_on, mrr in rows:
        yield Held(customer, currency, item_type == "usage", starts_on, ends_on or FOREVER, Fraction(mrr))


@dataclass(frozen=True)
class Files:
    """What the company's files say."""

    lines: list[tuple[str, Line, Decimal]]  # invoice, line, tax
    payments: list[dict[str, str]]
    rate: Callable[[str, date], Fraction]

    @classmethod
    def read(cls, folder: Path) -> Files:
        rates: dict[str, list[tuple[str, Fraction]]] = defaultdict(list)
        for row in rows_of(folder / "rates.csv.gz"):
            rates[row["currency"]].append((row["date"], Fraction(row["rate"])))

        def rate(currency: str, day: date) -> Fraction:
            given = [each for each in sorted(rates[currency]) if each[0] <= f"{day}"]
            return Fraction(1) if currency == "USD" else given[-1][1]

        lines = [
            (row["invoice_id"], line_of(row), Decimal(row["tax"] or 0))
            for row in rows_of(folder / "invoice_lines.csv.gz")
        ]
        return cls(lines, list(rows_of(folder / "payments.csv.gz")), rate)

    def earned(self, month: str) -> dict[str, Fraction]:
        """The lines made of invoices."""
        found: dict[str, Fraction] = defaultdict(Fraction)
        names = (*STEPS[1][1], *STEPS[2][1], "credit_notes")
        found.update(dict.fromkeys(names, Fraction(0)))
        gross: dict[str, Fraction] = defaultdict(Fraction)
        for invoice, line, tax in self.lines:
            rate, billed = self.rate(line.currency, line.billed_on), f"{line.billed_on:%Y-%m}"
            for other, amount in earned_by_month(line, FOREVER).items():
                money = Fraction(amount) * rate
                if other == month and line.kind == "one_time":
                    found["one_time_lines"] += money
                if other == month and line.kind == "credit":
                    found["credits"] += money
                if other == month and billed != month:
                    found["earned_of_earlier_invoices" if billed < month else "earned_of_later_invoices"] -= money
                if billed == month and other != month:
                    found["billed_for_earlier_months" if other < month else "billed_for_later_months"] += money
            if billed == month:
                found["tax"] += Fraction(tax) * rate
                gross[invoice] += (Fraction(line.amount) + Fraction(tax)) * rate
        found["credit_notes"] = -sum((total for total in gross.values() if total <= 0), Fraction(0))
        found["not_paid_in_month"] = -sum((total for total in gross.values() if total > 0), Fraction(0))
        billed_on = {invoice: line.billed_on for invoice, line, _ in self.lines}
        for payment in self.payments:
            day = date.fromisoformat(payment["at"])
            invoiced = billed_on.get(payment["invoice_id"])
            if (
                payment["status"] == "succeeded"
                and f"{day:%Y-%m}" == month
                and invoiced
                and f"{invoiced:%Y-%m}" == month
            ):
                found["not_paid_in_month"] += Fraction(payment["amount"]) * self.rate(payment["currency"], invoiced)
        return dict(found)

    def paid(self, month: str) -> dict[str, Fraction]:
        """The lines made of payments."""
        billed_on = {invoice: line.billed_on for invoice, line, _ in self.lines}
        found = dict.fromkeys(STEPS[3][1][2:], Fraction(0))
        for payment in self.payments:
            day = date.fromisoformat(payment["at"])
            if f"{day:%Y-%m}" != month or payment["status"] == "failed":
                continue
            amount, currency = Fraction(payment["amount"]), payment["currency"]
            invoiced = billed_on.get(payment["invoice_id"])
            if payment["status"] == "refunded":
                found["refunds"] -= amount * self.rate(currency, day)
            elif invoiced is None:
                found["received_without_invoice"] += amount * self.rate(currency, day)
            elif f"{invoiced:%Y-%m}" == month:
                found["exchange_rates_of_payments"] += amount * (
                    self.rate(currency, day) - self.rate(currency, invoiced)
                )
            else:
                side = "earlier" if invoiced < day else "later"
                found[f"received_for_{side}_invoices"] += amount * self.rate(currency, day)
        return found

    def held(self, month: str, versions: list[Held]) -> dict[str, Fraction]:
        """The lines made of MRR and of what is earned of recurring lines."""
        close = close_of(month)
        days = [close.replace(day=number + 1) for number in range(close.day)]
        average: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        usage: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        closing: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for each in versions:
            key = (each.customer, each.currency)
            in_force = sum(each.starts_on <= day < each.ends_on for day in days)
            if in_force:
                average[key] += each.mrr * in_force / len(days)
                usage[key] += each.mrr * in_force / len(days) if each.usage else 0
            if each.starts_on <= close < each.ends_on:
                closing[key] += each.mrr
        earned: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        earned_usage: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        uneven: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for _, line, _ in self.lines:
            amount = earned_by_month(line, FOREVER).get(month)
            if amount is None or line.kind not in ("subscription", "usage"):
                continue
            key = (line.customer, line.currency)
            earned[key] += Fraction(amount)
            if line.kind == "usage":
                earned_usage[key] += Fraction(amount)
            elif count := whole_months(line):
                covered = sum(f"{day:%Y-%m}" == month for day, _ in line.days())
                level = Fraction(line.amount) / count * covered / len(days)
                # The program rounds this for each line, to 6 decimals.
                uneven[key] += Fraction(amount) - Fraction(round(level * 10**6), 10**6)

        def worth(natives: Mapping[tuple[str, str], Fraction], *, among: Any = None) -> Fraction:
            chosen = natives if among is None else natives.keys() & among
            return sum((natives[key] * self.rate(key[1], close) for key in chosen), Fraction(0))

        both = average.keys() & earned.keys()
        return {
            "part_months": worth(average) - worth(closing),
            "not_invoiced": -worth(average, among=average.keys() - earned.keys()),
            "invoiced_without_mrr": worth(earned, among=earned.keys() - average.keys()),
            "length_of_months": worth(uneven, among=both),
            "usage": worth(earned_usage, among=both) - worth(usage, among=both),
        }


def whole_months(line: Line) -> int:
    """The months of a period that ends on the day of the month on which it began; 0 for another."""
    assert line.ends_on is not None
    starts, ends = line.starts_on, line.ends_on
    last_days = [day.month != (day + timedelta(days=1)).month for day in (starts, ends)]
    if starts.day == ends.day or all(last_days) or (last_days[1] and starts.day > ends.day):
        return (ends.year - starts.year) * 12 + ends.month - starts.month
    return 0


def line_of(row: Mapping[str, str]) -> Line:
    day = date.fromisoformat(row["issued_at"])
    starts = date.fromisoformat(row["period_start"]) if row["period_start"] else day
    return Line(
        customer=row["customer_id"],
        kind=row["type"],
        amount=Decimal(row["amount"]),
        currency=row["currency"],
        billed_on=day,
        starts_on=starts,
        ends_on=date.fromisoformat(row["period_end"]) if row["period_end"] else starts + timedelta(days=1),
        facts={},
    )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
