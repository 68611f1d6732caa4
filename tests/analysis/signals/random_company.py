"""A random small company as rows of files, every one of them a plain tuple that an oracle can look at.

No two changes of a customer fall on one day, so that what a day brought is one movement.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import upswell

BEGINS: Final = date(2024, 1, 1)
DAYS: Final = 640
AS_OF: Final = BEGINS + timedelta(days=DAYS)
PRICES: Final = {"Free": "0", "Team": "20", "Business": "35", "Suite": "50"}
ADDONS: Final = {"Reports": "90", "Audit": "40"}
LIMITS: Final = {("Free", "calls"): 100, ("Team", "calls"): 1000, ("Team", "exports"): 40, ("Business", "calls"): 5000}


@dataclass(frozen=True)
class Row:
    """A version of an item over the days [starts, ends)."""

    customer: str
    product: str
    plan: str
    starts: date
    ends: date | None
    quantity: int
    amount: Decimal
    interval: str
    kind: str
    asked: date | None = None
    status: str = "active"

    @property
    def mrr(self) -> Decimal:
        """What it pays a month, exact to six decimals."""
        months = {"month": 1, "quarter": 3, "year": 12}[self.interval]
        return round(self.quantity * self.amount / months, 6)


@dataclass
class Rows:
    """What is imported, by table."""

    items: list[Row] = field(default_factory=list)
    usage: list[tuple[str, str, date, int]] = field(default_factory=list)
    touches: list[tuple[str, date, str, str]] = field(default_factory=list)
    feedback: list[tuple[str, date, str, int | None, bool | None]] = field(default_factory=list)
    payments: list[tuple[str, str, date, str]] = field(default_factory=list)
    parents: list[tuple[str, str, date]] = field(default_factory=list)

    def of(self, customer: str) -> list[Row]:
        """The versions of one customer, oldest first."""
        return sorted((row for row in self.items if row.customer == customer), key=lambda row: row.starts)


def random_rows(seed: int, *, customers: int = 30) -> Rows:
    """The rows of one company."""
    chance, rows = random.Random(seed), Rows()
    names = [f"c{number:02}" for number in range(customers)]
    for name in names:
        _live(chance, rows, name)
        if chance.random() < 0.4:
            since = BEGINS + timedelta(days=chance.randrange(DAYS))
            rows.parents.append((name, chance.choice(names), since))
    return rows


def _live(chance: random.Random, rows: Rows, name: str) -> None:
    began = BEGINS + timedelta(days=chance.randrange(DAYS - 30))
    free = list(range((AS_OF - began).days + 60))
    leaves = began + timedelta(days=chance.randrange(40, 700)) if chance.random() < 0.4 else None
    asked = None
    if leaves is not None and chance.random() < 0.6:
        asked = max(began, leaves - timedelta(days=chance.randrange(60)))
    days = sorted(chance.sample(free[1:], k=min(chance.randrange(8), len(free) - 1)))
    changes = [began + timedelta(days=day) for day in days]
    changes = [day for day in changes if leaves is None or day < leaves]
    interval = chance.choice(("month", "month", "quarter", "year"))
    plan, seats, start = chance.choice(("Free", "Team", "Team", "Business")), chance.randrange(1, 12), began
    held: dict[str, date] = {}
    extra: list[Row] = []
    for day in changes:
        what = chance.random()
        if what < 0.5:
            rows.items.append(_main(name, plan, start, day, seats, interval))
            start, seats = day, max(1, seats + chance.choice((-2, 1, 2, 5)))
        elif what < 0.65 and plan in ("Free", "Team"):
            rows.items.append(_main(name, plan, start, day, seats, interval))
            start, plan = day, "Team" if plan == "Free" else "Business"
        else:
            addon = chance.choice((*ADDONS, "Suite"))
            if addon in held:
                extra.append(_beside(name, addon, held.pop(addon), day))
            else:
                held[addon] = day
    rows.items.append(_main(name, plan, start, leaves, seats, interval, asked))
    extra += [_beside(name, addon, since, leaves, asked) for addon, since in held.items()]
    rows.items += extra
    _use(chance, rows, name, began, min(leaves or AS_OF, AS_OF), seats)
    for _ in range(chance.randrange(6)):
        day = began + timedelta(days=chance.randrange(max(1, (AS_OF - began).days)))
        rows.touches.append(
            (name, day, f"offer {len(rows.touches)}", chance.choice(("accepted", "declined", "ignored")))
        )
    for _ in range(chance.randrange(4)):
        day = began + timedelta(days=chance.randrange(max(1, (AS_OF - began).days)))
        kind = chance.choice(("nps", "csat", "survey"))
        score = None if kind == "survey" else chance.randrange(11 if kind == "nps" else 6)
        rows.feedback.append((name, day, kind, score, chance.choice((True, False, None))))
    for number in range(chance.randrange(4)):
        day = began + timedelta(days=chance.randrange(max(1, (AS_OF - began).days)))
        rows.payments.append((name, f"{name}-{number}", day, "failed"))
        if chance.random() < 0.6:
            rows.payments.append((name, f"{name}-{number}", day + timedelta(days=chance.randrange(1, 40)), "succeeded"))


def _main(
    name: str, plan: str, starts: date, ends: date | None, seats: int, interval: str, asked: date | None = None
) -> Row:
    months = {"month": 1, "quarter": 3, "year": 12}[interval]
    return Row(name, "desk", plan, starts, ends, seats, Decimal(PRICES[plan]) * months, interval, "plan", asked)


def _beside(name: str, plan: str, starts: date, ends: date | None, asked: date | None = None) -> Row:
    if plan == "Suite":
        return Row(name, "suite", plan, starts, ends, 3, Decimal(PRICES[plan]), "month", "plan", asked)
    return Row(name, plan.lower(), plan, starts, ends, 1, Decimal(ADDONS[plan]), "month", "addon", asked)


def _use(chance: random.Random, rows: Rows, name: str, began: date, until: date, seats: int) -> None:
    level, growth = chance.uniform(2, 45), chance.uniform(-0.1, 0.25)
    day = began
    while day < until:
        months = (day - began).days / 30
        if chance.random() < 0.8:
            rows.usage.append(
                (name, "calls", day, max(0, int(level * (1 + growth * months) * chance.uniform(0.5, 1.5))))
            )
        if chance.random() < 0.15:
            rows.usage.append((name, "exports", day, chance.randrange(4)))
        if chance.random() < 0.3:
            rows.usage.append((name, "active_users", day, chance.randrange(1, seats + 2)))
        if chance.random() < 0.05:
            rows.usage.append((name, "blocked_calls", day, chance.randrange(1, 9)))
        day += timedelta(days=chance.choice((1, 2, 3)))


def workspace_of(folder: Path, rows: Rows) -> upswell.Workspace:
    """A workspace with these rows, built as of the end of the company's days."""
    workspace = upswell.init(folder / "w")
    _import(
        workspace,
        "items",
        "customer_id,product_id,plan_id,starts_at,ends_at,quantity,unit_amount,interval,item_type,cancel_requested_at,status",
        [
            (
                r.customer,
                r.product,
                r.plan,
                r.starts,
                r.ends,
                r.quantity,
                r.amount,
                r.interval,
                r.kind,
                r.asked,
                r.status,
            )
            for r in rows.items
        ],
    )
    _import(workspace, "usage", "customer_id,metric,day,quantity", rows.usage)
    _import(workspace, "limits", "plan_id,metric,limit", [(*key, limit) for key, limit in LIMITS.items()])
    _import(workspace, "touches", "customer_id,at,offer,outcome", rows.touches)
    _import(workspace, "feedback", "customer_id,at,kind,score,open_to_more", rows.feedback)
    _import(
        workspace, "payments", "customer_id,payment_id,invoice_id,at,status,amount",
        [(name, f"{charge}-{status}", charge, at, status, 10) for name, charge, at, status in rows.payments],
    )  # fmt: skip
    # A customer without a parent until a day, and with one from then on.
    customers: list[tuple[object, ...]] = [(name, "", "") for name in sorted({row.customer for row in rows.items})]
    _import(workspace, "customers", "customer_id,parent_id,valid_from", [*customers, *rows.parents])
    workspace.build(as_of=datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC))
    return workspace


def _import(workspace: upswell.Workspace, table: str, headings: str, rows: Sequence[tuple[object, ...]]) -> None:
    path = workspace.folder.with_name(f"{table}.csv")
    lines = (",".join("" if value is None else str(value) for value in row) for row in rows)
    path.write_text("\n".join((headings, *lines)) + "\n", encoding="utf-8")
    result = workspace.import_file(path, table=table)
    assert result.held_back == 0, result
