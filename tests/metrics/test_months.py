from __future__ import annotations

from datetime import date

import pytest

from upswell.errors import UsageError
from upswell.metrics.months import Month, MonthRange, asked_months


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", " 2026-01", "2026-01\n",
     "\uff12026-01", "0000-01", "9999-12", "January"],
)  # fmt: skip
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Month.parse(text)
    assert raised.value.code == "malformed_month"


def test_a_month_knows_its_days() -> None:
    leap = Month.parse("2024-02")
    assert (leap.first_day, leap.last_day, leap.days) == (date(2024, 2, 1), date(2024, 2, 29), 29)
    assert str(leap.plus(-2)) == "2023-12"
    assert str(leap.plus(11)) == "2025-01"


def test_a_month_is_complete_when_the_book_is_of_a_later_day() -> None:
    march = Month.parse("2026-03")
    assert not march.complete(date(2026, 3, 31))
    assert march.complete(date(2026, 4, 1))


def months(month_from: str | None, month_to: str | None) -> str:
    found = asked_months(month_from, month_to, first_movement=date(2026, 1, 9), as_of_day=date(2026, 4, 30))
    return f"{found.first} {found.last}"


def test_open_ends_are_the_first_movement_and_the_last_complete_month() -> None:
    assert months(None, None) == "2026-01 2026-03"
    assert months("2026-02", None) == "2026-02 2026-03"
    assert months(None, "2026-02") == "2026-01 2026-02"
    assert months(None, "2025-06") == "2025-06 2025-06"
    assert months("2026-04", None) == "2026-04 2026-04"


@pytest.mark.parametrize(("first", "last"), [("2026-03", "2026-02"), ("1900-01", "2026-01")])
def test_impossible_ranges_are_refused(first: str, last: str) -> None:
    with pytest.raises(UsageError) as raised:
        MonthRange(Month.parse(first), Month.parse(last))
    assert raised.value.code == "impossible_months"
