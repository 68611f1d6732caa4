"""What is left of an expansion, asked of MRR itself: the oracle of the lots.

A customer's MRR after each moment is 100, 160, 200, 150. What was gained from 100 to 160 is a layer between those two
heights, and of a layer there is left what lies below the lowest MRR since: min(160, 200, 150) - 100 = 50. No stack, no
order of lots, no loss is followed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Layer:
    """A rise of MRR at moment number `moment`, from `bottom` to `top`."""

    moment: int
    bottom: Fraction
    top: Fraction


def left_of(layer: Layer, levels: Sequence[Fraction], *, after: int) -> Fraction:
    """What is left of `layer` after moment number `after`; `levels` is MRR after each moment."""
    lowest = min(levels[layer.moment : after + 1])
    return max(Fraction(0), min(layer.top, lowest) - layer.bottom)


def rises(moments: Sequence[tuple[Fraction, Fraction]]) -> tuple[list[Layer], list[Fraction]]:
    """The layers, and MRR where it matters, of moments given as (lost, gained): losses of a moment come first.

    The lowest point of a moment counts, too: a moment that loses 30 and gains 50 goes down to its low before it rises.
    So `levels` has two entries a moment, and layers are numbered by them.
    """
    level, levels, layers = Fraction(0), [], []
    for lost, gained in moments:
        levels.append(level - lost)
        level += gained - lost
        levels.append(level)
        if gained:
            layers.append(Layer(len(levels) - 1, level - gained, level))
    return layers, levels
