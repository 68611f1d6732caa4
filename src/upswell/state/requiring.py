"""What is refused before it is written: one shape of error for what people say of offers and contacts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from upswell.errors import UsageError

_PERCENT_MAX: Final = Decimal(100)
_PERCENT_DECIMALS: Final = 4
_YEARS: Final = range(1970, 3000)


def require(holds: bool, part: str, expected: str, found: str) -> None:
    """Refuse `found` for `part` unless it `holds`."""
    if not holds:
        raise UsageError(
            f"{part}: {found!r} cannot be",
            code="contact_malformed",
            where=part,
            expected=expected,
            found=found,
            remedy=f"give {expected}",
        )


def require_percent(percent: Decimal | None) -> None:
    """Refuse what is no discount."""
    if percent is not None:
        decimals = percent.as_tuple().exponent if isinstance(percent, Decimal) else None
        sound = isinstance(decimals, int) and decimals >= -_PERCENT_DECIMALS and 0 <= percent <= _PERCENT_MAX
        require(sound, "discount_percent", "a percent from 0 to 100 with at most 4 decimals", str(percent)[:100])


def require_day(day: date | None, part: str) -> None:
    """Refuse a day or a time that nothing of ours can be of."""
    require(day is None or day.year in _YEARS, part, f"a day in the years {_YEARS[0]} to {_YEARS[-1]}", str(day))
