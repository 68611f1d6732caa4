"""What a history counts, against the metrics and by hand, and that an origin knows nothing of what came later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import upswell
from tests.analysis.forecast.companies import LAST, book_of, cut, history_of, rows_of
from upswell import Workspace
from upswell.analysis.forecast.history import KINDS, History
from upswell.analysis.forecast.table import Rows
from upswell.errors import UsageError
from upswell.metrics.months import Month

PRESETS: Final = ("contract", "self-serve", "seasonal")
CUSTOMERS: Final = 60
MONTHS: Final = 30
END: Final = Month.parse(LAST)
SIGNS: Final = {"contraction": -1, "churned": -1}
# Ann pays by the month and adds a seat in February; Bob pays by the year and asks in February to end in April; Cid
# comes in February and is gone in March.
ITEMS: Final = """customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,interval,cancel_requested_at
Ann,Team,2026-01-10,2026-02-20,2,20.00,month,
Ann,Team,2026-02-20,,3,20.00,month,
Bob,Team,2026-01-15,2026-04-15,1,240.00,year,2026-02-03
Cid,Team,2026-02-05,2026-03-05,1,10.00,month,
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("small") / "w"
    workspace = upswell.init(folder)
    (folder / "items.csv").write_text(ITEMS)
    workspace.import_file(folder / "items.csv", table="items")
    workspace.build(as_of=datetime(2026, 4, 1, tzinfo=UTC))
    return workspace


@pytest.fixture(scope="module", params=PRESETS)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Workspace]:
    rows = rows_of(request.param, CUSTOMERS, MONTHS, 7)
    return request.param, book_of(tmp_path_factory.mktemp("whole") / "w", rows, last=END)


def rows(found: Rows, month: str) -> list[dict[str, float]]:
    kept = found.where(found["month"] == Month.parse(month).number)
    return [{name: column[at].item() for name, column in kept.columns.items()} for at in range(len(kept))]


def test_a_month_end_by_hand(small: Workspace) -> None:
    """January: Ann at 40.00 and Bob at 20.00, both in the band 16 to 64, one by the month and one by the year."""
    january = {row["term"]: row for row in rows(history_of(small).states, "2026-01")}
    assert {term: (row["customers"], row["mrr"], row["size"], row["age"]) for term, row in january.items()} == {
        1: (1, 40.0, 2, 0),
        12: (1, 20.0, 2, 0),
    }
    ann = january[1]
    assert (ann["expanded"], ann["expansion"], ann["expansion_squares"], ann["left_"]) == (1, 20.0, 400.0, 0)


def test_the_largest_customer_as_a_share(small: Workspace) -> None:
    """At the close of March: Ann 60.00, Bob 20.00."""
    assert history_of(small).largest_share == pytest.approx(0.75)


def test_who_asked_to_leave_is_known_from_that_month_on(small: Workspace) -> None:
    history = history_of(small)
    leads = {
        month: {row["term"]: row["lead"] for row in rows(history.states, month)} for month in ("2026-01", "2026-02")
    }
    assert leads == {"2026-01": {1: 0, 12: 0}, "2026-02": {1: 0, 12: 2}}, "in February Bob leaves in two months"


def test_who_left_is_counted_by_the_months_since(small: Workspace) -> None:
    """Cid paid 10.00 at the close of February and nothing at the close of March: away for one month."""
    history = history_of(small)
    (cid,) = (row for row in rows(history.states, "2026-02") if row["mrr"] == 10.0)
    assert (cid["left_"], cid["left_mrr"], cid["churned"]) == (1, 10.0, 10.0)
    (away,) = rows(history.lapsed, "2026-03")
    assert (away["age"], away["customers"], away["mrr"]) == (1, 1, 10.0)


def test_flows_balances_and_retention_are_those_of_the_metrics(company: tuple[str, Workspace]) -> None:
    _, workspace = company
    history = history_of(workspace)
    names = ["closing_mrr", "customers", "nrr_12m", *(f"{kind}_mrr" for kind in KINDS)]
    for row in workspace.metrics(names).to_pylist():
        at = Month.parse(row["month"]).number - history.first
        found = history.series(row["metric"])[at] * SIGNS.get(row["metric"].removesuffix("_mrr"), 1)
        if row["value"] is None:
            assert np.isnan(found), row
        else:
            assert found == pytest.approx(float(row["value"]), rel=1e-9, abs=1e-6), row


def test_what_customers_do_next_adds_up_to_the_flows(company: tuple[str, Workspace]) -> None:
    """Customers at a close less those that leave, and those that enter, are the customers of the next close."""
    _, workspace = company
    history = history_of(workspace)
    left = history.states.where(history.states["month"] < history.last)
    gone = np.bincount(left["month"] - history.first, left["left_"], history.months)
    came = np.bincount(history.entrants["month"] - history.first, history.entrants["customers"], history.months)
    assert history.customers[1:] == pytest.approx(history.customers[:-1] - gone[:-1] + came[1:])
    back = history.lapsed["left_"].sum()
    returned = history.entrants["customers"][history.entrants["returned"] == 1].sum()
    assert back <= returned, "who was away for longer than two years comes back unseen"


@pytest.mark.parametrize("policy", ["strict", "chargebee"])
def test_what_stays_grows_shrinks_leaves_and_comes_makes_the_next_close(
    company: tuple[str, Workspace], policy: str
) -> None:
    """In dollars alone, where no rate moves: also where each subscription has its own new and churn."""
    _, workspace = company
    history = history_of(workspace, where="country = 'US'", policy=policy)
    states = history.states

    def by_month(name: str) -> np.ndarray:
        return np.bincount(states["month"] - history.first, states[name], history.months)[:-1]

    came = np.bincount(history.entrants["month"] - history.first, history.entrants["mrr"], history.months)[1:]
    moved = by_month("expansion") - by_month("contraction") - by_month("left_mrr") + came
    assert history.closing[:-1] + moved == pytest.approx(history.closing[1:], abs=1e-4)


@settings(max_examples=2, deadline=None)
@given(before=st.integers(1, MONTHS - 3))
def test_an_origin_knows_what_a_book_knows_whose_files_were_cut_there(
    company: tuple[str, Workspace], tmp_path_factory: pytest.TempPathFactory, before: int
) -> None:
    preset, workspace = company
    origin = END.plus(-before)
    known = history_of(workspace).at(origin)
    alone = history_of(
        book_of(tmp_path_factory.mktemp("cut") / "w", cut(rows_of(preset, CUSTOMERS, MONTHS, 7), origin), last=origin)
    )
    assert (known.first, known.last) == (alone.first, alone.last)
    for name in ("states", "lapsed", "entrants"):
        same(getattr(known, name), getattr(alone, name))
    for kind in KINDS:
        assert known.flows[kind] == pytest.approx(alone.flows[kind], abs=1e-6)
    assert known.kept == pytest.approx(alone.kept, abs=1e-6)


def same(left: Rows, right: Rows) -> None:
    assert len(left) == len(right)
    for name, column in left.columns.items():
        assert column == pytest.approx(right[name], rel=1e-9, abs=1e-6), name


def test_the_last_month_is_its_own_origin_and_others_are_refused(small: Workspace) -> None:
    history: History = history_of(small)
    assert history.at(Month(history.last)) is history
    with pytest.raises(UsageError) as refused:
        history.at(Month(history.last + 1))
    assert refused.value.code == "origin_out_of_range"


def test_a_filter_keeps_its_customers_alone(company: tuple[str, Workspace]) -> None:
    _, workspace = company
    part, rest = (history_of(workspace, where=f"country {sign} 'US'") for sign in ("=", "<>"))
    whole = history_of(workspace)
    assert part.closing[-1] + rest.closing[-1] == pytest.approx(whole.closing[-1])
    assert 0 < part.customers[-1] < whole.customers[-1]


def test_money_without_a_rate_is_refused(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "w")
    path = tmp_path / "items.csv"
    path.write_text("customer_id,plan_id,starts_at,unit_amount,currency\nAnn,Team,2026-01-05,10.00,EUR\n")
    workspace.import_file(path, table="items")
    workspace.build(as_of=datetime(2026, 4, 1, tzinfo=UTC))
    with pytest.raises(UsageError) as refused:
        history_of(workspace)
    assert refused.value.code == "forecast_without_rate"


def test_a_book_without_a_complete_month_is_refused(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "w")
    path = tmp_path / "items.csv"
    path.write_text("customer_id,plan_id,starts_at,unit_amount\nAnn,Team,2026-01-05,10.00\n")
    workspace.import_file(path, table="items")
    workspace.build(as_of=datetime(2026, 1, 20, tzinfo=UTC))
    with pytest.raises(UsageError) as refused:
        history_of(workspace)
    assert refused.value.code == "forecast_without_history"
