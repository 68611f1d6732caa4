"""What customers expanded by that an offer can bring about, as lots, with what was still there of each after a time.

The drivers are `upswell.growth.reading.BY_OFFERS`: a price that rises, a discount that ends and use that grows are no
answer to an offer. Money is in the workspace's currency, in 10^-18, exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.growth.reading import BY_OFFERS
from upswell.metrics.figures import decimal_of
from upswell.metrics.lots import MONEY_DIGITS, read_lots
from upswell.metrics.reading import Readable

STAYS_DAYS: Final = 180
_KEYS: Final = "select distinct customer_key, customer_id from item_keys"


@dataclass(frozen=True)
class Gain:
    """An expansion of `day`: its money (None: no rate is known) and what of it was lost within `STAYS_DAYS`."""

    day: date
    money: int | None
    lost: int

    @property
    def left(self) -> int:
        """What was still there after `STAYS_DAYS`, or is now where they are not over."""
        return (self.money or 0) - self.lost


def gains_of(connection: Readable, *, through: date) -> Mapping[str, tuple[Gain, ...]]:
    """The expansions of each customer up to `through`, oldest first, by its id."""
    lots = read_lots(connection, through=through)
    lost: dict[int, int] = {}
    for loss in lots.losses:
        if (loss.day - lots.lots[loss.lot].day).days <= STAYS_DAYS:
            lost[loss.lot] = lost.get(loss.lot, 0) + (loss.money or 0)
    names = dict(connection.execute(_KEYS).fetchall())
    found: dict[str, list[Gain]] = {}
    for number, lot in enumerate(lots.lots):
        if lot.kind == "expansion" and lot.driver in BY_OFFERS:
            found.setdefault(names[lot.customer_key], []).append(Gain(lot.day, lot.money, lost.get(number, 0)))
    return {customer: tuple(gains) for customer, gains in found.items()}


def amount_of(money: int) -> Decimal:
    """Money in 10^-18 as an amount, exact: rows add up, and each surface rounds to the currency's minor unit."""
    return decimal_of(Fraction(money, 10**MONEY_DIGITS), decimals=MONEY_DIGITS)
