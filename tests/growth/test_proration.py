"""What a change costs for the rest of a running period, worked by hand and against a loop over days."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from upswell.growth.proration import Period, new_term, prorated, running_period


def _running(anchor: str, interval: str, day: str, count: int = 1) -> tuple[str, str]:
    found = running_period(date.fromisoformat(anchor), interval, count, day=date.fromisoformat(day))
    return found.starts_on.isoformat(), found.ends_on.isoformat()


@pytest.mark.parametrize(
    ("anchor", "interval", "day", "starts", "ends"),
    [
        ("2026-01-15", "month", "2026-01-15", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "month", "2026-02-14", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "month", "2026-02-15", "2026-02-15", "2026-03-15"),
        # A month without a 31st ends the period on its last day, and the next one begins on the 31st again.
        ("2024-01-31", "month", "2024-02-28", "2024-01-31", "2024-02-29"),
        ("2024-01-31", "month", "2024-02-29", "2024-02-29", "2024-03-31"),
        ("2025-01-31", "month", "2025-03-30", "2025-02-28", "2025-03-31"),
        # Years of 365 and of 366 days, and one that begins on the day that most years lack.
        ("2023-03-01", "year", "2024-02-29", "2023-03-01", "2024-03-01"),
        ("2024-02-29", "year", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", "year", "2028-02-29", "2028-02-29", "2029-02-28"),
        ("2025-11-30", "quarter", "2026-02-27", "2025-11-30", "2026-02-28"),
        ("2025-11-30", "quarter", "2026-03-01", "2026-02-28", "2026-05-30"),
        ("2026-01-01", "week", "2026-01-14", "2026-01-08", "2026-01-15"),
        ("2026-01-01", "day", "2026-01-14", "2026-01-14", "2026-01-15"),
    ],
)
def test_the_period_a_day_lies_in(anchor: str, interval: str, day: str, starts: str, ends: str) -> None:
    assert _running(anchor, interval, day) == (starts, ends)


def test_periods_of_several_intervals() -> None:
    assert _running("2025-12-31", "month", "2026-06-29", count=2) == ("2026-04-30", "2026-06-30")
    assert _running("2025-01-05", "year", "2026-12-31", count=2) == ("2025-01-05", "2027-01-05")
    assert _running("2026-01-01", "week", "2026-01-20", count=2) == ("2026-01-15", "2026-01-29")


def test_a_period_without_an_end_that_could_be_told() -> None:
    for interval in ("month", "year", "day"):
        with pytest.raises(OverflowError):
            running_period(date(2026, 1, 1), interval, 9_999_999, day=date(2026, 1, 2))


@pytest.mark.parametrize("interval", ["day", "week", "month", "quarter", "year"])
def test_every_day_lies_in_one_period_and_periods_follow_each_other(interval: str) -> None:
    for anchor in (date(2024, 1, 31), date(2024, 2, 29), date(2025, 8, 30)):
        before = running_period(anchor, interval, 1, day=anchor)
        assert before.starts_on == anchor
        for after in range(1, 1500):
            day = anchor + timedelta(days=after)
            found = running_period(anchor, interval, 1, day=day)
            assert found.starts_on <= day < found.ends_on
            assert found == before or found.starts_on == before.ends_on == day
            before = found


def test_no_period_runs_before_the_first() -> None:
    with pytest.raises(ValueError, match="the first begins on 2026-01-02"):
        running_period(date(2026, 1, 2), "month", 1, day=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("change", "period", "day", "currency", "due"),
    [
        # 75 x 21 / 31 = 50.806...
        ("75", ("2024-02-29", "2024-03-31"), "2024-03-10", "USD", "50.81"),
        # The whole period is left on its first day, one day of it on its last.
        ("75", ("2026-01-15", "2026-02-15"), "2026-01-15", "USD", "75.00"),
        ("62", ("2026-01-15", "2026-02-15"), "2026-02-14", "USD", "2.00"),
        # A leap year has 366 days: 366 x 100 / 366, and 365 of 366.
        ("366", ("2023-03-01", "2024-03-01"), "2024-02-29", "USD", "1.00"),
        ("36.50", ("2025-03-01", "2026-03-01"), "2026-02-28", "USD", "0.10"),
        # A quarter of 90 days from 30 November to 28 February.
        ("900", ("2025-11-30", "2026-02-28"), "2026-01-29", "USD", "300.00"),
        # Half to even: 0.125 and 0.375; a currency without minor units, and one of three.
        ("0.25", ("2026-02-01", "2026-03-01"), "2026-02-15", "USD", "0.12"),
        ("0.75", ("2026-02-01", "2026-03-01"), "2026-02-15", "USD", "0.38"),
        ("1001", ("2026-02-01", "2026-03-01"), "2026-02-15", "JPY", "500"),
        ("0.025", ("2026-02-01", "2026-03-01"), "2026-02-15", "BHD", "0.012"),
        # A cheaper price is a credit.
        ("-31", ("2026-01-01", "2026-02-01"), "2026-01-31", "USD", "-1.00"),
    ],
)
def test_what_is_due_by_hand(change: str, period: tuple[str, str], day: str, currency: str, due: str) -> None:
    running = Period(date.fromisoformat(period[0]), date.fromisoformat(period[1]))
    found = prorated(Fraction(change), running, day=date.fromisoformat(day), currency=currency)
    assert f"{found:f}" == due


def test_a_new_term_is_billed_in_full_less_the_rest_of_the_former() -> None:
    # 400.00 a year; of 42.00 a month from 1 to 31 January 11 of 31 days are left on the 21st: 14.903...
    running = Period(date(2026, 1, 1), date(2026, 2, 1))
    found = new_term(Fraction(400), Fraction(42), running, day=date(2026, 1, 21), currency="USD")
    assert found == Decimal("385.10")


def test_days_that_are_billed_one_by_one_add_up_to_the_same() -> None:
    chance = random.Random(8)
    for _ in range(300):
        anchor = date(2023, 1, 1) + timedelta(days=chance.randrange(800))
        day = anchor + timedelta(days=chance.randrange(1200))
        running = running_period(anchor, chance.choice(["month", "quarter", "year"]), 1, day=day)
        change = Fraction(chance.randrange(-100_000, 100_000), 100)
        days = [running.starts_on + timedelta(days=each) for each in range(running.days)]
        exact = sum((change / len(days) for each in days if each >= day), Fraction(0))
        cents = Decimal(round(exact * 100)) / 100
        assert prorated(change, running, day=day, currency="USD") == cents
