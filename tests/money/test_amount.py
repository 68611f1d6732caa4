from __future__ import annotations

from decimal import Decimal

import pytest

from upswell.money.amount import display_amount, display_text, exact_text, rounded


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("13.345245", "USD", "13.35"),
        ("13.345245", "BHD", "13.345"),
        ("13.345245", "JPY", "13"),
        ("0.125", "USD", "0.12"),
        ("0.135", "USD", "0.14"),
        ("-0.001", "USD", "0.00"),
        ("-1234567.895", "USD", "-1,234,567.90"),
        ("2.5", "JPY", "2"),
        ("99999999999999999999.999999999999999999", "USD", "100,000,000,000,000,000,000.00"),
    ],
)
def test_a_screen_shows_minor_units_half_to_even(amount: str, currency: str, shown: str) -> None:
    assert display_text(Decimal(amount), currency=currency) == shown


def test_thousands_can_be_left_unmarked() -> None:
    assert display_text(Decimal("1234.5"), currency="USD", thousands=False) == "1234.50"
    assert display_amount(Decimal("1234.5"), currency="USD") == Decimal("1234.50")
    assert rounded(Decimal("0.0000005"), decimals=6) == 0


@pytest.mark.parametrize(
    ("amount", "decimals_min", "text"),
    [
        ("100.000000000000000000", 2, "100.00"),
        ("100.000000000000000000", 0, "100"),
        ("1E+3", 0, "1000"),
        ("1E-18", 0, "0.000000000000000001"),
        ("-0", 2, "0.00"),
        ("12.340", 1, "12.34"),
        ("-12345678901234567890.123456789012345678", 2, "-12345678901234567890.123456789012345678"),
    ],
)
def test_exact_text_keeps_every_digit(amount: str, decimals_min: int, text: str) -> None:
    assert exact_text(Decimal(amount), decimals_min=decimals_min) == text
    assert Decimal(text) == Decimal(amount)
