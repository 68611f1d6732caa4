from __future__ import annotations

import pytest

from upswell.money.currency import currency_codes, is_currency, minor_units


@pytest.mark.parametrize(
    ("code", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("BHD", 3), ("TND", 3), ("HRK", 2)],
)
def test_minor_units(code: str, digits: int) -> None:
    assert minor_units(code) == digits


def test_codes_are_three_capitals_and_known_once() -> None:
    codes = currency_codes()
    assert list(codes) == sorted(set(codes))
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in codes)
    assert len(codes) > 150


def test_what_is_no_currency() -> None:
    for code in ("usd", "XXX", "XAU", "EURO", ""):
        assert not is_currency(code)
        with pytest.raises(KeyError):
            minor_units(code)
