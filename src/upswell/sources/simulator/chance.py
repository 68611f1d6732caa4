"""Chance, in streams that do not disturb each other.

`stream("contract", 1, 17, "life")` gives the same numbers on every run, whatever else is drawn: customer 17 lives the
same life in a company of 100 and of 10,000, and a new column of one table moves no row of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import TypeVar

_Choice = TypeVar("_Choice")


def stream(*names: str | int) -> Random:
    """A source of random numbers that depends on `names` alone."""
    digest = sha256("/".join(str(name) for name in names).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))


def happens(chance: Random, probability: float) -> bool:
    """Whether something of this probability happens."""
    return chance.random() < probability


def weighted(chance: Random, choices: Sequence[_Choice], weights: Sequence[float]) -> _Choice:
    """One of `choices`, each as likely as its weight says."""
    return chance.choices(choices, weights)[0]


def day_between(chance: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both possible; `first` where they are in the wrong order."""
    return first + timedelta(days=chance.randint(0, max(0, (last - first).days)))
