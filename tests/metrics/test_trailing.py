"""The months that lead up to a month, as rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.metrics.book import STRICT, Move, SmallBook
from upswell.errors import UsageError
from upswell.metrics.trailing import MOVEMENT_METRICS, NET_CHANGE, TrailingMonths, trailing_months


def trailing(book: SmallBook, month: str) -> TrailingMonths:
    return trailing_months(book.connection, month, facts=book.facts, policy=STRICT)


@pytest.fixture(scope="module")
def book() -> SmallBook:
    return SmallBook(
        [
            Move("2024-11-03", "ann", "new", "100"),
            Move("2024-12-03", "bob", "new", "100", currency="EUR"),
            Move("2025-12-05", "ann", "expansion", "50", "plan"),
            Move("2026-01-06", "bob", "expansion", "10", "seats", currency="EUR"),
            Move("2026-01-20", "bob", "contraction", "-5", "seats", currency="EUR"),
            Move("2026-01-21", "cem", "new", "7", currency="GBP"),
        ],
        rates=[("EUR", "2024-01-01", "1.1"), ("EUR", "2026-01-15", "1.2")],
        as_of="2026-01-25",
    )


def test_thirteen_months_end_with_the_one_asked_for(book: SmallBook) -> None:
    found = trailing(book, "2025-12")
    assert (len(found.months), found.months[0], found.months[-1]) == (13, "2024-12", "2025-12")
    assert found.span == "2024-12 to 2025-12"
    assert found.running == ()
    names = [figure.name for figure in found.movements]
    assert set(names) == {*MOVEMENT_METRICS, NET_CHANGE}
    assert all(names.count(name) == 13 for name in set(names))


def test_a_young_ledger_has_fewer_and_a_month_before_it_stands_alone(book: SmallBook) -> None:
    assert trailing(book, "2025-01").months == ("2024-11", "2024-12", "2025-01")
    assert trailing(book, "2024-01").months == ("2024-01",)
    assert trailing(book, "2024-01").span == "2024-01"
    empty = trailing(SmallBook([]), "2024-01")
    assert (empty.months, empty.drivers) == (("2024-01",), ())


def test_the_kinds_add_up_to_the_net_change(book: SmallBook) -> None:
    found = trailing(book, "2025-12")
    values = {(each.month, each.name): each.value for each in found.movements}
    for month in found.months:
        kinds = [values[month, name] or Decimal(0) for name in MOVEMENT_METRICS]
        assert sum(kinds) == values[month, NET_CHANGE]
    assert values["2025-12", NET_CHANGE] == Decimal(50)


def test_what_cannot_be_known_is_absent_with_its_reason(book: SmallBook) -> None:
    found = trailing(book, "2026-01")
    absent = {(each.month, each.name): each.reason for each in found.movements if each.value is None}
    assert absent[("2026-01", "new_mrr")] == "no rate for GBP on 2026-01-21; import rates"
    assert absent[("2026-01", NET_CHANGE)] is not None
    assert {month for month, _ in absent} == {"2026-01"}
    early = [each for each in trailing(book, "2025-06").retention if each.month == "2025-06"]
    assert [(each.name, each.value, each.reason) for each in early] == [
        ("nrr_12m", None, "no customer paid at the close of 2024-06"),
        ("grr_12m", None, "no customer paid at the close of 2024-06"),
    ]


def test_a_month_the_book_has_not_seen_the_end_of_is_running(book: SmallBook) -> None:
    assert trailing(book, "2026-01").running == ("2026-01",)
    assert trailing(book, "2026-02").running == ("2026-01", "2026-02")


def test_drivers_stand_in_every_month_of_the_span(book: SmallBook) -> None:
    found = trailing(book, "2026-01")
    values = {(each.month, each.name): each.value for each in found.drivers}
    assert values[("2025-12", "plan")] == Decimal(50)
    assert values[("2026-01", "seats")] == Decimal(11)
    assert values[("2025-06", "seats")] == 0
    assert len(values) == 26


def test_no_month(book: SmallBook) -> None:
    with pytest.raises(UsageError, match="is not a month"):
        trailing(book, "soon")
