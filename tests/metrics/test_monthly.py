"""The report of one month, and the bands beside it."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import pytest

from tests.metrics.book import STRICT, Move, SmallBook
from upswell.errors import UsageError
from upswell.metrics.benchmarks import Band, benchmark_of, benchmarks
from upswell.metrics.catalogue import entry
from upswell.metrics.monthly import MonthReport, month_report

MONTH = "2026-02"


def report(book: SmallBook, month: str = MONTH) -> MonthReport:
    return month_report(book.connection, month, facts=book.facts, policy=STRICT)


@pytest.fixture(scope="module")
def book() -> SmallBook:
    many = [Move("2026-02-03", f"m{n:02d}", "expansion", "1", "addon") for n in range(12)]
    return SmallBook(
        [
            Move("2025-02-03", "ann", "new", "100"),
            Move("2025-02-03", "bob", "new", "100", currency="EUR"),
            *[Move("2026-01-03", f"m{n:02d}", "new", "1") for n in range(12)],
            *many,
            Move("2026-02-05", "ann", "transfer", "-100"),
            Move("2026-02-05", "ann", "transfer", "100", plan="Pro", from_plan="Team"),
            Move("2026-02-05", "ann", "expansion", "50", "plan", plan="Pro", from_plan="Team"),
            Move("2026-02-06", "bob", "expansion", "10", "seats", currency="EUR"),
            Move("2026-02-20", "bob", "contraction", "-5", "seats", currency="EUR"),
            Move("2026-02-21", "ann", "expansion", "7", "seats", plan="Pro", scheduled=True),
        ],
        rates=[("EUR", "2025-01-01", "1.1"), ("EUR", "2026-02-15", "1.2")],
        customers=[{"customer_id": "ann", "name": "Ann Ltd"}],
        as_of="2026-03-01",
    )


def test_the_lines_of_the_report(book: SmallBook) -> None:
    found = report(book)
    lines = {line.metric: line.value for line in found.roll_forward}
    assert lines == {
        "opening_mrr": 222,
        "new_mrr": 0,
        "expansion_mrr": 73,  # 12 + 50 + 10 x 1.1
        "contraction_mrr": -6,
        "churned_mrr": 0,
        "reactivation_mrr": 0,
        "fx_mrr": 11,  # 105 x 1.2 - 110 - 11 + 6
        "closing_mrr": 300,
    }
    assert [(line.metric, line.value) for line in found.expansion] == [
        ("expansion_mrr", Decimal(73)),
        ("net_expansion_mrr", Decimal(67)),
    ]
    assert [(line.driver, line.value) for line in found.expansion_by_driver] == [
        ("plan", Decimal(50)),
        ("addon", Decimal(12)),
        ("seats", Decimal(11)),
    ]
    assert (found.complete, found.policy, found.workspace_currency) == (True, "strict", "USD")


def test_retention_stands_beside_its_band(book: SmallBook) -> None:
    nrr_12m = next(line for line in report(book).retention if line.metric == "nrr_12m")
    assert nrr_12m.value == Decimal("1.314285714286")  # (150 + 126) / 210
    assert nrr_12m.band == "as the best known"
    others = [line.band for line in report(book).retention if line.metric != "nrr_12m"]
    assert others == [None, None, None]


def test_the_ten_largest_expansions_with_customer_and_cause(book: SmallBook) -> None:
    largest = report(book).largest_expansions
    assert len(largest) == 10
    first, second = largest[:2]
    assert (first.customer_id, first.customer_name, first.driver) == ("ann", "Ann Ltd", "plan")
    assert (first.from_plan_id, first.plan_id, first.amount) == ("Team", "Pro", Decimal(50))
    assert (second.customer_id, second.customer_name, second.amount) == ("bob", None, Decimal(11))
    assert [line.customer_id for line in largest[2:]] == [f"m{n:02d}" for n in range(8)]


def test_the_largest_losses_and_the_largest_new(book: SmallBook) -> None:
    found = report(book)
    [loss] = found.largest_losses
    assert (loss.customer_id, loss.kind, loss.driver, loss.amount) == ("bob", "contraction", "seats", Decimal(-6))
    january = report(book, "2026-01").largest_new
    assert len(january) == 10
    assert {(line.kind, line.driver, line.amount) for line in january} == {("new", None, Decimal(1))}
    assert found.largest_new == ()


def test_losses_begin_with_the_largest_and_end_with_those_without_a_rate() -> None:
    book = SmallBook(
        [
            *[Move("2026-01-03", name, "new", "100") for name in ("ann", "bob")],
            Move("2026-01-03", "eve", "new", "100", currency="EUR"),
            Move("2026-02-03", "ann", "contraction", "-5", "seats"),
            Move("2026-02-03", "ann", "contraction", "2", "plan"),
            Move("2026-02-03", "bob", "churn", "-100"),
            Move("2026-02-03", "eve", "churn", "-100", currency="EUR"),
        ]
    )
    losses = report(book).largest_losses
    assert [(line.customer_id, line.kind, line.amount) for line in losses] == [
        ("bob", "churn", Decimal(-100)),
        ("ann", "contraction", Decimal(-5)),
        ("ann", "contraction", Decimal(2)),
        ("eve", "churn", None),
    ]
    assert losses[-1].reason == "no rate for EUR on 2026-02-03; import rates"


def test_an_expansion_without_a_rate_comes_last_with_its_reason() -> None:
    book = SmallBook(
        [
            Move("2026-01-03", "ann", "new", "5", currency="EUR"),
            Move("2026-02-03", "ann", "expansion", "900", "seats", currency="EUR"),
            Move("2026-01-03", "bob", "new", "5"),
            Move("2026-02-03", "bob", "expansion", "1", "seats"),
        ]
    )
    found = report(book)
    assert [(line.customer_id, line.amount, line.reason) for line in found.largest_expansions] == [
        ("bob", Decimal(1), None),
        ("ann", None, "no rate for EUR on 2026-02-03; import rates"),
    ]
    assert found.roll_forward[0].value is None
    assert found.roll_forward[0].reason == "no rate for EUR on 2026-01-31; import rates"


def test_a_month_without_anything(book: SmallBook) -> None:
    found = report(book, "2024-01")
    assert {line.value for line in found.roll_forward} == {0}
    assert found.expansion_by_driver == ()
    assert found.largest_expansions == ()
    with pytest.raises(UsageError):
        report(book, "soon")


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("0.97", "below the bands"),
        ("1.00", "below the bands"),
        ("1.000000000001", "healthy"),
        ("1.0999", "healthy"),
        ("1.10", "good"),
        ("1.20", "elite"),
        ("1.2999", "elite"),
        ("1.30", "as the best known"),
        ("3", "as the best known"),
    ],
)
def test_the_bands_of_net_retention(value: str, label: str) -> None:
    benchmark = benchmark_of("nrr_12m")
    assert benchmark is not None
    assert benchmark.label(Decimal(value)) == label


def test_each_benchmark_belongs_to_a_metric_and_says_where_it_comes_from() -> None:
    for benchmark in benchmarks():
        assert entry(benchmark.metric).name == benchmark.metric
        assert benchmark.source
        assert benchmark.date
        assert benchmark.caveat


def test_the_report_is_plain_data_through_and_through(book: SmallBook) -> None:
    retention = asdict(report(book))["retention"]
    assert retention[2]["benchmark"]["bands"][0] == {
        "label": "healthy",
        "above": Decimal("1.00"),
        "at_least": None,
    }


def test_a_band_has_one_threshold() -> None:
    with pytest.raises(ValueError, match="either"):
        Band(label="both", above=Decimal(1), at_least=Decimal(1))


QUARTERS = SmallBook(
    [
        Move("2024-12-31", "ann", "new", "100"),
        Move("2025-01-31", "bob", "new", "50"),
        Move("2025-03-01", "ann", "expansion", "10", "seats"),
        Move("2025-05-01", "cy", "new", "40"),
        Move("2025-05-02", "cy", "expansion", "10", "seats"),
        Move("2025-06-02", "cy", "contraction", "-5", "seats"),
        Move("2025-12-30", "ann", "expansion", "44", "seats"),
        Move("2026-02-01", "ann", "expansion", "11", "seats"),
        Move("2026-02-02", "bob", "churn", "-50"),
    ],
    as_of="2026-02-15",
)


def quarters(found: MonthReport, metric: str) -> dict[str, Decimal | None]:
    (line,) = (line for line in found.banded if line.metric == metric)
    return {each.quarter: each.value for each in line.own_quarters}


def test_beside_a_band_stand_the_own_last_four_quarters() -> None:
    found = report(QUARTERS, "2026-01")
    assert [line.metric for line in found.banded] == [benchmark.metric for benchmark in benchmarks()]
    # What flows is that of the quarter: 10 / 50, 10 / 40, nothing new, nothing new.
    assert quarters(found, "expansion_share_of_new") == {
        "2025-Q1": Decimal("0.2"),
        "2025-Q2": Decimal("0.25"),
        "2025-Q3": None,
        "2025-Q4": None,
    }
    assert quarters(found, "quick_ratio")["2025-Q2"] == 10  # (40 + 10) / 5
    # A balance, and twelve months, are those at the quarter's end: ann 154 of 100, 10 + 10 + 44 of 100.
    assert quarters(found, "nrr_12m")["2025-Q4"] == Decimal("1.54")
    assert quarters(found, "expansion_rate_12m")["2025-Q4"] == Decimal("0.64")
    assert quarters(found, "nrr_12m")["2025-Q3"] is None
    retention = next(line for line in found.retention if line.metric == "nrr_12m")
    assert {each.quarter: each.value for each in retention.own_quarters} == quarters(found, "nrr_12m")


def test_quarters_that_are_not_over_are_not_the_own_ones() -> None:
    assert list(quarters(report(QUARTERS, "2025-06"), "nrr_12m")) == ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"]
    assert list(quarters(report(QUARTERS, "2026-09"), "nrr_12m"))[-1] == "2025-Q4"


def test_a_report_of_a_month_that_still_runs_says_how_much_of_it_is_over() -> None:
    assert report(QUARTERS, "2026-02").running == "2026-02 still runs: 14 of 28 days"
    assert report(QUARTERS, "2026-01").running is None
    assert report(QUARTERS, "2026-03").running is None
