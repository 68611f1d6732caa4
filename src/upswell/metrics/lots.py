"""Lots: each expansion of a customer is a lot, and what is lost later is taken from the youngest lot first.

Acme (100.00) expands by 60.00 of seats on 1 March and by 40.00 of an add-on on 1 May, and contracts by 50.00 on 1 July:

    lot  day         kind       driver  amount   lost
    0    2025-01-01  new                100.00
    1    2025-03-01  expansion  seats    60.00   10.00 on 2025-07-01
    2    2025-05-01  expansion  addon    40.00   40.00 on 2025-07-01

New and reactivated MRR are lots, too, so that what is left of all lots of a customer is its MRR, on every day. Within
one moment losses come before gains, since what is gained at the moment is not older than it. Driver rows of one
expansion that point down (more seats at a lower price) make the lots of the same item smaller: a lot is born with
what the expansion came to. A movement to another currency is no loss of the old lots: `upswell.metrics.lot_layers`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, Final, NamedTuple

from upswell.metrics.lot_layers import Layers
from upswell.metrics.reading import Readable

MILLIONTHS: Final = 6  # decimals of an amount
MONEY_DIGITS: Final = 18  # decimals of money in the workspace's currency

_MOVED: Final = """
select customer_key, date, moment_at, item_key, plan_key, cast(kind as varchar), cast(driver as varchar), currency,
    cast(amount * cast(1000000 as decimal(7, 0)) as bigint),
    -- Few rates are so large; a small integer is read in a third of the time.
    case when rate < 9000000 then cast(rate * cast(1000000000000 as decimal(13, 0)) as bigint) end, after_span,
    case when rate >= 9000000 then cast(rate * cast(1000000000000 as decimal(13, 0)) as hugeint) end
from booked_movements
where not scheduled and date <= $through and rule <> 'plan_moved'
    and customer_key in (
        select customer_key from booked_movements where kind = 'expansion' and not scheduled and date <= $through
    )
order by customer_key, date, moment_at, item_key, driver, currency
"""


class Moved(NamedTuple):
    """A movement: `amount` in millionths, `rate` to the workspace's currency times 10^12 (None: unknown)."""

    customer_key: int
    day: date
    moment: object
    item_key: int
    plan_key: int
    kind: str
    driver: str | None
    currency: str
    amount: int
    rate: int | None
    span: int | None


class Lot(NamedTuple):
    """What was gained by one movement; `money` is `amount` at the rate of `day`, in 10^-18 (None: no rate)."""

    customer_key: int
    item_key: int
    plan_key: int
    day: date
    kind: str
    driver: str | None
    currency: str
    amount: int
    money: int | None
    span: int | None


class Loss(NamedTuple):
    """What a later contraction or churn (`kind`) took of lot number `lot` on `day`, in the lot's own units."""

    lot: int
    day: date
    amount: int
    money: int | None
    kind: str


@dataclass
class Lots:
    """Lots in the order of customer and day, and their losses in the order in which they happened.

    Only customers that ever expanded have lots here; `through` is the last day that was looked at. The money of a lot
    and of its losses agree: what is left of a lot's money is never below zero, and 0 when all of its amount is lost.
    """

    through: date
    lots: list[Lot] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def left(self) -> list[int]:
        """Money that is left of each lot after the last day, in 10^-18; of a lot without a rate 0."""
        left = [lot.money or 0 for lot in self.lots]
        for loss in self.losses:
            left[loss.lot] -= loss.money or 0
        return left


def read_lots(connection: Readable, *, through: date) -> Lots:
    """The lots of a book, of movements up to `through`; scheduled movements have no part in them."""
    with _collector_paused():
        return lots_of(read_moved(connection, through=through), through=through)


def read_moved(connection: Readable, *, through: date) -> Iterator[Moved]:
    """The movements up to `through` of every customer that expanded by then, as `lots_of` wants them."""
    return map(_moved, connection.execute(_MOVED, {"through": through}).fetchall())


def _moved(row: tuple[Any, ...]) -> Moved:
    large = row[-1]
    return Moved._make(row[:-1] if large is None else (*row[:9], large, row[10]))


def lots_of(moved: Iterable[Moved], *, through: date) -> Lots:
    """The lots of movements in the order of customer and moment; raises `ValueError` where more is lost than held."""
    found = Lots(through)
    for _ in layers_after(moved, found):
        pass
    return found


def layers_after(moved: Iterable[Moved], found: Lots) -> Iterator[tuple[int, date, Layers]]:
    """Book movements, ordered by customer and moment, into `found`; each moment gives customer, day and its layers."""
    layers, moment = Layers(), _Moment(found, Layers())
    rows: list[Moved] = []
    at: tuple[int, date, object] | None = None
    for row in moved:
        now = row[:3]  # customer, day and moment
        if now != at:
            if at is not None:
                moment.book(rows)
                yield at[0], at[1], layers
            if at is None or at[0] != now[0]:
                layers = Layers()
                moment = _Moment(found, layers)
            at, rows = now, []
        rows.append(row)
    if at is not None:
        moment.book(rows)
        yield at[0], at[1], layers


@dataclass(frozen=True)
class _Moment:
    """The movements of one customer at one moment, to be booked on its layers."""

    found: Lots
    layers: Layers

    def book(self, rows: Sequence[Moved]) -> None:
        if len(rows) == 1:  # nearly all of them
            (row,) = rows
            amount = row.amount
            if amount < 0:
                self._lose(row.currency, -amount, row)
            else:
                self._gain(row, amount)
            return
        changing = _changing(rows)
        gains: list[tuple[Moved, int]] = []
        stable = [row for row in rows if row.item_key not in changing] if changing else rows
        for (currency, _), group in _grouped(stable).items():
            amount = sum(row.amount for row in group)
            if amount < 0:
                self._lose(currency, -amount, group[0])
            elif amount > 0:
                gains.extend(_netted(group))
        for row, amount in gains:
            self._gain(row, amount)
        for item_key in sorted(changing):
            self._change_currency([row for row in rows if row.item_key == item_key])

    def _change_currency(self, rows: Sequence[Moved]) -> None:
        former = min(rows, key=attrgetter("amount"))
        later = max(rows, key=attrgetter("amount"))
        before, after = -former.amount, later.amount
        kept_before, kept_after = before, after
        if former.rate is not None and later.rate is not None:
            worth_before, worth_after = before * former.rate, after * later.rate
            if worth_after < worth_before:
                kept_before = worth_after // former.rate
            else:
                kept_after = worth_before // later.rate
        if before > kept_before:
            self._lose(former.currency, before - kept_before, former)
        if kept_before:
            self.layers.carry(former.currency, kept_before, to=later.currency, as_amount=kept_after)
        if after > kept_after:
            self._gain(later, after - kept_after)

    def _gain(self, row: Moved, amount: int) -> None:
        lots = self.found.lots
        customer_key, day, _, item_key, plan_key, kind, driver, currency, _, rate, span = row
        money = None if rate is None else amount * rate
        self.layers.put(currency, len(lots), amount, money)
        lots.append(Lot(customer_key, item_key, plan_key, day, kind, driver, currency, amount, money, span))

    def _lose(self, currency: str, amount: int, row: Moved) -> None:
        for lot, own, money in self.layers.take(currency, amount):
            self.found.losses.append(Loss(lot, row.day, own, money, row.kind))


def _changing(rows: Sequence[Moved]) -> set[int]:
    """Items that were in one currency before the moment and are in another after it."""
    if len({row.currency for row in rows}) == 1:
        return set()
    currencies: dict[int, set[str]] = {}
    for row in rows:
        currencies.setdefault(row.item_key, set()).add(row.currency)
    return {item_key for item_key, used in currencies.items() if len(used) > 1}


def _grouped(rows: Sequence[Moved]) -> dict[tuple[str, str], list[Moved]]:
    """Rows by currency and kind, churn and contraction first: what is lost is lost before anything is gained."""
    groups: dict[tuple[str, str], list[Moved]] = {}
    for row in sorted(rows, key=lambda row: row.kind not in ("churn", "contraction")):
        groups.setdefault((row.currency, row.kind), []).append(row)
    return groups


def _netted(rows: Sequence[Moved]) -> list[tuple[Moved, int]]:
    """The rows that point up, with what is left when those that point down are taken off, the largest first: of their
    own item as far as it goes, of the others then.
    """
    left = {place: row.amount for place, row in enumerate(rows) if row.amount > 0}
    items: dict[int, list[int]] = {}
    for place in left:
        items.setdefault(rows[place].item_key, []).append(place)
    owed: dict[int, int] = {}
    for row in rows:
        if row.amount < 0:
            owed[row.item_key] = owed.get(row.item_key, 0) - row.amount
    rest = sum(_taken_off(left, items.get(item_key, ()), amount) for item_key, amount in owed.items())
    _taken_off(left, tuple(left), rest)
    return [(rows[place], amount) for place, amount in left.items() if amount]


def _taken_off(left: dict[int, int], places: Iterable[int], amount: int) -> int:
    """Take `amount` off what is left at `places`, the largest first; what could not be taken."""
    for place in sorted(places, key=lambda place: -left[place]):
        part = min(amount, left[place])
        left[place] -= part
        amount -= part
    return amount


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's collector, which would walk through millions of small tuples again and again and free none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
