"""Durable expansion: a month's expansion times what of such expansion was still there a year later.

Of the seats that were added from 2023-01 to 2023-12, 1,000.00, there were 910.00 left when each was 365 days old; of
plans 840.00 of 1,000.00. An expansion in January 2025 of 200.00 by seats and 100.00 by plan is 200 x 0.91 + 100 x 0.84
= 266.00 of durable expansion. The twelve months looked at end a year before the month begins, so that all of them was
followed for a year and nothing is guessed; what later months teach never changes the figure of an earlier one.

Where too few customers expanded by a driver in these months, the share of all drivers stands for it, and the note says
so; where too few expanded at all there is no figure. What is lost of which expansion: `upswell.metrics.lots`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.metrics.figures import MONEY_DECIMALS, Figure, decimal_of
from upswell.metrics.labels import DRIVER_LABELS, percent_text
from upswell.metrics.lots import Lots, read_lots
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice
from upswell.metrics.view import View, fetch

CUSTOMERS_MIN: Final = 10
DAYS: Final = 365
_WINDOW: Final = 12
_ALL: Final = ""
_BY_DRIVER: Final = """
with {entries}
select {slice} month, driver, sum(workspace_amount) from entries where month >= $base_month group by all
"""


@dataclass
class _Lasted:
    """Expansion by one driver in some months: its money, what was left of it after a year, whose it was."""

    gained: int = 0
    left: int = 0
    customers: set[int] = field(default_factory=set)
    without_rate: bool = False

    def add(self, other: _Lasted) -> None:
        self.gained += other.gained
        self.left += other.left
        self.customers |= other.customers
        self.without_rate |= other.without_rate


@dataclass(frozen=True)
class DurableExpansion:
    """Expansion by slice, month and driver, and by month and driver what lasted of it; "" stands for all drivers."""

    money: Mapping[tuple[Slice, int], Mapping[str, Decimal]] = field(default_factory=dict)
    lasted: Mapping[tuple[int, str], _Lasted] = field(default_factory=dict)

    def figure(self, slice_: Slice, months: Iterable[Month]) -> Figure:
        """The durable expansion of `months`, exact, rounded once to 18 decimals; its note says which shares it took."""
        whole, notes = Fraction(0), []
        for month in months:
            by_driver = {driver: money for driver, money in self.money.get((slice_, month.number), {}).items() if money}
            shares = []
            for driver, money in sorted(by_driver.items()):
                share = self._share(month, driver)
                if isinstance(share, Figure):
                    return share
                whole += Fraction(money) * share[0]
                shares.append(share[1])
            if shares:
                notes.append(f"lasted a year, of {_window(month)}: {', '.join(dict.fromkeys(shares))}")
        return Figure(decimal_of(whole, decimals=MONEY_DECIMALS), note="; ".join(notes) or None)

    def _share(self, month: Month, driver: str) -> tuple[Fraction, str] | Figure:
        """What of a driver's expansion lasted, and how it is said; a figure with the reason where it is not known."""
        for name in (driver, _ALL):
            found = self._before(month, name)
            if found.without_rate:
                return Figure.missing(f"an expansion of {_window(month)} has no rate; import rates")
            if len(found.customers) >= CUSTOMERS_MIN and found.gained:
                share = Fraction(found.left, found.gained)
                label = DRIVER_LABELS.get(driver, driver)
                whose = label if name else f"all drivers for {label}"
                return share, f"{whose} {percent_text(decimal_of(share, decimals=6))}"
        count = len(self._before(month, _ALL).customers)
        who = "1 customer" if count == 1 else f"{count} customers"
        return Figure.missing(
            f"{who} expanded in {_window(month)}, fewer than {CUSTOMERS_MIN}: too few to say what lasts"
        )

    def _before(self, month: Month, driver: str) -> _Lasted:
        whole = _Lasted()
        for number in range(month.number - 2 * _WINDOW, month.number - _WINDOW):
            if (number, driver) in self.lasted:
                whole.add(self.lasted[number, driver])
        return whole


def durable_expansion(connection: Readable, view: View) -> DurableExpansion:
    """What the view expanded by, and what lasted of the whole company's expansion before."""
    sql = _BY_DRIVER.format(
        entries=view.entries(
            view.source, extra="entry.kind = 'expansion'", more=", cast(entry.driver as varchar) as driver"
        ),
        slice=view.slice_columns,
    )
    width = len(view.dimensions)
    money: dict[tuple[Slice, int], dict[str, Decimal]] = {}
    for row in fetch(connection, sql, view.parameters()):
        month, driver, amount = row[width:]
        money.setdefault((row[:width], month), {})[driver or _ALL] = amount or Decimal(0)
    lots = read_lots(connection, through=view.asked.last.first_day - timedelta(days=1))
    return DurableExpansion(money, _lasted(lots))


def _lasted(lots: Lots) -> dict[tuple[int, str], _Lasted]:
    """By month of birth and driver, and for all drivers."""
    lost: dict[int, int] = {}
    for loss in lots.losses:
        if (loss.day - lots.lots[loss.lot].day).days <= DAYS:
            lost[loss.lot] = lost.get(loss.lot, 0) + (loss.money or 0)
    found: dict[tuple[int, str], _Lasted] = {}
    for number, lot in enumerate(lots.lots):
        if lot.kind != "expansion":
            continue
        gained = lot.money or 0
        one = _Lasted(gained, gained - lost.get(number, 0), {lot.customer_key}, without_rate=lot.money is None)
        for driver in (lot.driver or _ALL, _ALL):
            found.setdefault((Month.of(lot.day).number, driver), _Lasted()).add(one)
    return found


def _window(month: Month) -> str:
    return f"{month.plus(-2 * _WINDOW)} to {month.plus(-_WINDOW - 1)}"
