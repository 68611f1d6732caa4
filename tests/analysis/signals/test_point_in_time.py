"""No signal looks ahead; and a signal that does is found, whatever it looks at."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import upswell
from upswell import Workspace
from upswell.analysis.signals import read_signals
from upswell.analysis.signals.catalogue import PARTS, SIGNALS, Kind, Signal
from upswell.analysis.signals.known import Relation
from upswell.analysis.signals.point_in_time import Leak, leaks
from upswell.workspace.simulated import make_simulated

PRESETS: Final = ("contract", "self-serve", "seasonal")
DAYS: Final = (date(2025, 3, 1), date(2025, 8, 9), date(2025, 12, 31))
DAY: Final = date(2025, 8, 9)


@pytest.fixture(scope="module", params=PRESETS)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("signals") / "w"
    return make_simulated(folder, company=request.param, customers=60, months=24, last_month="2025-12", seed=5)


def found(workspace: Workspace, day: date, signals: tuple[Signal, ...] = SIGNALS) -> tuple[Leak, ...]:
    with workspace._asking(None) as (connection, facts, _):
        return leaks(connection, day, facts=facts, signals=signals)


def planted(name: str, sql: str, kind: Kind = "number") -> Signal:
    """A signal that tells `sql`'s column `value`."""
    relation = Relation(f"planted_{name}", f'select customer_key, value as "{name}" from ({sql})')
    return Signal(
        name=name, title=name, kind=kind, group="use", relation=relation, formula="-", window="-", source=("usage",),
        is_feature=True,
    )  # fmt: skip


LEAKING: Final = (
    planted(
        "use_of_next_month",
        """select customer_key, sum(quantity) as value from daily_usage
        where day >= $day and day < cast($day as date) + 30 group by 1""",
    ),
    planted(
        "use_of_the_running_month",
        """select customer_key, sum(quantity) as value from monthly_usage
        where month = date_trunc('month', cast($day as date)) group by 1""",
    ),
    planted("ends", "select customer_key, max(ends_on) as value from booked_versions group by 1", "day"),
    planted(
        "expansion_to_come",
        """select customer_key, sum(amount) as value from booked_movements
        where kind = 'expansion' and date >= cast($day as date) - 180 group by 1""",
        "money",
    ),
    planted(
        "said_at_last", "select customer_key, max_by(outcome, touched_on) as value from touches group by 1", "category"
    ),
    planted("items_ever", "select customer_key, count(*) as value from item_keys group by 1"),
)


@pytest.mark.parametrize("day", DAYS)
def test_no_signal_of_the_catalogue_looks_ahead(company: Workspace, day: date) -> None:
    assert found(company, day) == ()


def test_planted_signals_that_look_ahead_are_found_and_no_others(company: Workspace) -> None:
    leaking = found(company, DAY, (*SIGNALS, *LEAKING))
    assert [leak.signal for leak in leaking] == [each.name for each in LEAKING]
    assert all(leak.customers >= 1 and leak.from_book != leak.from_cut for leak in leaking)


def test_a_customer_of_the_sample_is_enough(company: Workspace) -> None:
    with company._asking(None) as (connection, facts, _):
        sampled = leaks(connection, DAY, facts=facts, signals=(*SIGNALS, LEAKING[0]), sample=4)
    [whole] = found(company, DAY, (*SIGNALS, LEAKING[0]))
    assert [leak.signal for leak in sampled] == [whole.signal]
    assert 1 <= sampled[0].customers < whole.customers


def test_no_part_reads_a_dated_relation_of_the_book() -> None:
    dated = (
        *("booked_versions", "booked_movements", "movements", "item_versions", "daily_usage", "monthly_usage"),
        *("touches", "feedback", "failed_charges", "contract_ends", "customer_spans", "rate_spans", "customers"),
    )
    for part in PARTS.values():
        words = set(part.sql.replace("(", " ").replace(")", " ").split())
        assert words.isdisjoint(dated), part.name


# -- the same, from the files on: a workspace that never saw a later row ----------------------------

_DATES: Final = {
    "items": "starts_at", "usage": "day", "touches": "at", "feedback": "at", "payments": "at", "rates": "date",
    "invoice_lines": "issued_at",
}  # fmt: skip


def test_a_workspace_that_never_saw_a_later_row_has_the_same_signals(tmp_path: Path) -> None:
    whole = make_simulated(
        tmp_path / "whole", company="contract", customers=60, months=18, last_month="2025-12", seed=9
    )
    early = upswell.init(tmp_path / "early")
    for path in sorted((tmp_path / "whole" / "company").iterdir()):
        table = path.name.removesuffix(".csv.gz")
        early.import_file(_cut(path, table, tmp_path / f"{table}.csv"), table=table)
    early.build(as_of=datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC))
    # What a book knows in advance as of its own day it cannot know as of a past one.
    in_advance = {"discount_ends_on", "days_to_discount_end"}
    names = tuple(each.name for each in SIGNALS if each.name not in in_advance)
    expected, got = (_by_customer(each, names) for each in (early, whole))
    assert len(expected) > 30
    assert got == expected


def _by_customer(workspace: Workspace, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    with workspace._asking(None) as (connection, facts, _):
        table = read_signals(connection, DAY, facts=facts, names=names)
    rows = table.drop_columns(["customer_key"]).to_pylist()
    return {
        row["customer_id"]: {
            name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()
        }
        for row in rows
    }


def _cut(path: Path, table: str, to: Path) -> Path:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as read, to.open("w", newline="") as written:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(written, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(_known(rows, table))
    return to


def _known(rows: Iterable[dict[str, str]], table: str) -> Iterator[dict[str, str]]:
    for row in rows:
        if table in _DATES and row[_DATES[table]][:10] >= DAY.isoformat():
            continue
        if table == "items":
            _hide_end(row)
        if table == "touches":
            _hide_outcome(row)
        yield row


def _hide_end(row: dict[str, str]) -> None:
    asked = row["cancel_requested_at"][:10]
    if asked and asked < DAY.isoformat():
        return
    row["cancel_requested_at"] = ""
    if row["ends_at"][:10] >= DAY.isoformat():
        row["ends_at"] = ""


def _hide_outcome(row: dict[str, str]) -> None:
    if row["at"][:10] >= (DAY - timedelta(days=30)).isoformat():
        row["outcome"] = "pending"
