"""MRR as layers: what was gained lies on what was there before, and a loss is taken from the top.

Acme pays 100.00, expands by 60.00 in March and by 40.00 in May, and loses 50.00 in July. The layers of July are 100.00
and, of March, 50.00: the loss took the 40.00 of May whole and 10.00 of March. Last in, first out is the same as asking
how low MRR has fallen since: a layer from 100.00 to 160.00 keeps what lies below the lowest MRR after it.

A customer that changes its currency keeps its layers, in the new currency: what it pays less is taken off the top
before, what it pays more comes on top afterwards. Amounts are whole millionths of the major unit, and money is in
10^-18 of the workspace's unit, so that nothing is ever rounded away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple


class Taken(NamedTuple):
    """A part of a lot that was lost: `amount` in the lot's currency, `money` at the rate of its day (None: no rate)."""

    lot: int
    amount: int
    money: int | None


@dataclass(slots=True)
class _Layer:
    """What is left of a lot: `amount` in the currency of today, `own` in that of the lot."""

    lot: int
    amount: int
    own: int
    money: int | None


class Layers:
    """The layers of one customer, by currency; a layer knows its lot by number."""

    def __init__(self) -> None:
        self._by_currency: dict[str, list[_Layer]] = {}

    def held(self, currency: str) -> int:
        """MRR in `currency`: the sum of its layers."""
        return sum(layer.amount for layer in self._by_currency.get(currency, ()))

    def of(self, currency: str) -> list[tuple[int, int]]:
        """Lot and amount of each layer, oldest first."""
        return [(layer.lot, layer.amount) for layer in self._by_currency.get(currency, ())]

    def put(self, currency: str, lot: int, amount: int, money: int | None) -> None:
        """Lay a lot on top."""
        self._by_currency.setdefault(currency, []).append(_Layer(lot, amount, amount, money))

    def take(self, currency: str, amount: int) -> list[Taken]:
        """Take `amount` from the top; raises `ValueError` where the layers hold less."""
        return [Taken(part.lot, part.own, part.money) for part in self._cut(currency, amount)]

    def carry(self, currency: str, amount: int, *, to: str, as_amount: int) -> None:
        """Move the top `amount` to another currency, where it is `as_amount`; each layer keeps its lot and money."""
        moved = self._cut(currency, amount)[::-1]
        ends = [whole * as_amount // amount for whole in accumulate(part.amount for part in moved)]
        layers = self._by_currency.setdefault(to, [])
        for part, (start, end) in zip(moved, pairwise([0, *ends]), strict=True):
            part.amount = end - start
            layers.append(part)

    def _cut(self, currency: str, amount: int) -> list[_Layer]:
        """The top `amount` as layers of its own, youngest first."""
        layers = self._by_currency.get(currency, [])
        cut = []
        while amount:
            if not layers:
                raise ValueError(f"{amount} millionths {currency} more were lost than were held")
            top = layers[-1]
            if top.amount <= amount:
                layers.pop()
                cut.append(top)
                amount -= top.amount
                continue
            own = top.own * amount // top.amount
            money = None if top.money is None else top.money * amount // top.amount
            cut.append(_Layer(top.lot, amount, own, money))
            top.amount, top.own = top.amount - amount, top.own - own
            top.money = None if top.money is None or money is None else top.money - money
            amount = 0
        return cut
