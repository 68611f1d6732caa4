"""A figure: an exact value, or no value and the reason why.

Opening 0.00 and expansion 50.00 give an expansion rate of nothing, not of 0 and not of infinity:
`Figure(None, "opening_mrr is 0")`. What is built on a figure without a value has none either and
carries the first reason on, so that no sum looks complete when a part of it is unknown.

Sums run in a context that raises if a digit would be lost; a quotient is taken of whole numbers
and rounded once, half to even.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction
from typing import Final

# 38 digits from the database, times counts: 200 is never reached, and Inexact would say so.
EXACT: Final = Context(
    prec=200,
    rounding=ROUND_HALF_EVEN,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
RATIO_DECIMALS: Final = 12
MONEY_DECIMALS: Final = 18
ZERO: Final = Decimal(0)


@dataclass(frozen=True)
class Figure:
    """An exact value, or `None` and the reason. `note` is what to know of a value before using it."""

    value: Decimal | None
    reason: str | None = None
    note: str | None = None

    @classmethod
    def missing(cls, reason: str) -> Figure:
        """No value, because of `reason`."""
        return cls(None, reason)

    def negated(self) -> Figure:
        """The same with the other sign."""
        return self if self.value is None else Figure(EXACT.minus(self.value))


def total(*parts: Figure) -> Figure:
    """The sum of `parts`; without a value as soon as one of them has none."""
    result = ZERO
    for part in parts:
        if part.value is None:
            return part
        result = EXACT.add(result, part.value)
    return Figure(result)


def difference(minuend: Figure, *subtrahends: Figure) -> Figure:
    """`minuend` less each of `subtrahends`."""
    return total(minuend, *(part.negated() for part in subtrahends))


def product(*factors: Figure) -> Figure:
    """The product of `factors`, exact; without a value as soon as one of them has none."""
    result = Decimal(1)
    for factor in factors:
        if factor.value is None:
            return factor
        result = EXACT.multiply(result, factor.value)
    return Figure(result)


@dataclass(frozen=True)
class Quotient:
    """A quotient that is not taken yet, so that a product of several is rounded once; `zero` as in `quotient`."""

    numerator: Figure
    denominator: Figure
    zero: str

    @property
    def figure(self) -> Figure:
        """The quotient to 12 decimals, or none and the reason."""
        return quotient(self.numerator, self.denominator, zero=self.zero)

    @property
    def exact(self) -> Fraction:
        """The quotient with every digit; raises `ValueError` where `figure` has no value."""
        if self.numerator.value is None or not self.denominator.value:
            raise ValueError(f"no quotient: {self.figure.reason}")
        return Fraction(self.numerator.value) / Fraction(self.denominator.value)


def quotient(numerator: Figure, denominator: Figure, *, zero: str) -> Figure:
    """The quotient to 12 decimals, half to even; `zero` is the reason if the denominator is 0."""
    if numerator.value is None:
        return numerator
    if denominator.value is None:
        return denominator
    if not denominator.value:
        return Figure.missing(zero)
    exact = Fraction(numerator.value) / Fraction(denominator.value)
    return Figure(decimal_of(exact, decimals=RATIO_DECIMALS))


def scaled(figure: Figure, factor: Fraction) -> Figure:
    """`figure` times `factor`, rounded once to 18 decimals, half to even."""
    if figure.value is None:
        return figure
    return Figure(decimal_of(Fraction(figure.value) * factor, decimals=MONEY_DECIMALS), note=figure.note)


def decimal_of(exact: Fraction, *, decimals: int) -> Decimal:
    """`exact` as a Decimal of `decimals` places; Python rounds a Fraction half to even."""
    return EXACT.scaleb(Decimal(round(exact * 10**decimals)), Decimal(-decimals))
