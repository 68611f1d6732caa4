"""A company: its customers one after the other, and what it knows beside them (limits, rates, costs).

    for history in Company(preset, customers=2000, window=window, seed=1).histories(): ...

Customer 17 is drawn from streams of its own number, so it is the same whatever the number of customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.chance import stream
from upswell.sources.simulator.history import COLUMNS, History
from upswell.sources.simulator.invoicing import bill
from upswell.sources.simulator.joining import customer_id
from upswell.sources.simulator.life import Life
from upswell.sources.simulator.preset import Preset
from upswell.sources.simulator.pricing import PriceList, cents
from upswell.sources.simulator.traits import draw_traits
from upswell.sources.simulator.window import Window, month_of

_STARTS_AT: Final = COLUMNS["items"].index("starts_at")
_AT: Final = COLUMNS["touches"].index("at")
_DAY: Final = COLUMNS["usage"].index("day")
_FIRST_RATES: Final = {"EUR": Decimal("1.1300"), "GBP": Decimal("1.3200")}
_RATE_STEP: Final = 160  # ten-thousandths, the usual monthly move
_RATE_DIGITS: Final = Decimal("0.0001")


@dataclass
class _Counts:
    """What the costs of each month depend on."""

    joined: Counter[date] = field(default_factory=Counter)
    touched: Counter[date] = field(default_factory=Counter)
    served: Counter[date] = field(default_factory=Counter)


class Company:
    """A simulated company; the same arguments give the same rows."""

    def __init__(self, preset: Preset, *, customers: int, window: Window, seed: int) -> None:
        self.window = window
        self._preset = preset
        self._customers = customers
        self._seed = seed
        self._prices = PriceList(preset, window)
        self._counts = _Counts()

    def histories(self) -> Iterator[History]:
        """The histories of its customers, by number."""
        for number in range(1, self._customers + 1):
            history = self._history(number)
            self._count(history)
            yield history

    def limits(self) -> list[tuple[object, ...]]:
        """What its plans allow in a month."""
        return [(plan.id, "calls", plan.calls) for plan in self._preset.plans if plan.calls is not None]

    def rates(self) -> list[tuple[object, ...]]:
        """What a euro and a pound were worth in dollars, by month: a walk that is pulled back to where it began."""
        rows: list[tuple[object, ...]] = []
        for currency, first in _FIRST_RATES.items():
            chance = stream("rates", self._seed, currency)
            rate = first
            for month in self.window.months_from(self.window.opens):
                rows.append((month, currency, rate))
                step = Decimal(chance.randint(-_RATE_STEP, _RATE_STEP)) / 10_000
                rate = (rate + step + (first - rate) / 12).quantize(_RATE_DIGITS)
        return rows

    def costs(self) -> list[tuple[object, ...]]:
        """What it spent, by month; known when every history was asked for."""
        chance = stream("costs", self._preset.name, self._seed)
        costs, counts = self._preset.costs, self._counts
        kinds = (
            ("acquisition", counts.joined, costs.acquisition),
            ("expansion", counts.touched, costs.offer),
            ("service", counts.served, costs.service),
        )
        return [
            (f"{month:%Y-%m}", kind, cents(count[month] * amount * chance.randint(85, 115) / 100))
            for month in self.window.months_from(self.window.opens)
            for kind, count, amount in kinds
        ]

    def _history(self, number: int) -> History:
        preset, window, names = self._preset, self.window, (self._preset.name, self._seed, number)
        traits = draw_traits(preset, window, number, stream(*names, "traits"))
        account = Account(
            preset=preset,
            window=window,
            prices=self._prices,
            traits=traits,
            history=History(customer_id(number)),
            chance=stream(*names, "life"),
            need=float(traits.seats),
            health=traits.fit,
            segment=traits.segment,
        )
        Life(account).live()
        for line in account.lines:
            account.history.extend("items", list(line.rows(account.history.customer_id)))
        bill(account, stream(*names, "bills"))
        return account.history

    def _count(self, history: History) -> None:
        tables = history.tables
        self._counts.joined[_month(tables["items"][0][_STARTS_AT])] += 1
        for row in tables.get("touches", ()):
            self._counts.touched[_month(row[_AT])] += 1
        self._counts.served.update({_month(row[_DAY]) for row in tables.get("usage", ())})


def _month(day: object) -> date:
    if not isinstance(day, date):
        raise TypeError(f"{day!r} is no day")
    return month_of(day)
