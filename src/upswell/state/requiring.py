"""What is refused before it is written: one shape of error for what people say of offers and contacts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from upswell.errors import UsageError

_PERCENT_MAX: Final = Decimal(100)


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
    sound = percent is None or (percent.is_finite() and 0 <= percent <= _PERCENT_MAX)
    require(sound, "discount_percent", "a percent from 0 to 100", str(percent))
