"""How sure are we? In sentences, from the backtest: what the intervals held, how wide they are, what they cannot know.

At 10 former month ends the 80 % interval of MRR held what came in 84 of 96 cases (88 %).
Twelve months ahead the 80 % interval of MRR goes from 12 % below the median to 14 % above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from upswell.analysis.forecast.answer import BacktestRow, ForecastRow

_MRR: Final = "closing_mrr"
_WORDS: Final = {_MRR: "MRR", "expansion_mrr": "Expansion MRR"}
_SHOWN: Final = "shown"
_FEW: Final = 4
_LARGE: Final = 0.1
_TWICE: Final = 2
_CANNOT_KNOW: Final = (
    "It cannot know what no month of the history had: a first price rise, a new product, a competitor, a customer far "
    "larger than any before, or a change of how the company sells."
)


def sure_of(
    rows: Sequence[ForecastRow], backtest: Sequence[BacktestRow], *, origins: int, largest_share: float
) -> tuple[str, ...]:
    """The sentences of one forecast; `largest_share` is the share of MRR that the largest customer pays."""
    return (*_held(backtest, origins), *_beats(backtest), *_wide(rows), *_hangs_on(largest_share), _CANNOT_KNOW)


def _held(backtest: Sequence[BacktestRow], origins: int) -> Iterator[str]:
    if not origins:
        yield (
            "No former forecast could be tried: that takes a year before the first origin and months after it. The "
            "intervals are what the rates alone imply, and nothing says that they are wide enough."
        )
        return
    for target, words in _WORDS.items():
        row = _line(backtest, target, _SHOWN)
        if row is not None:
            held = round(row.within_80 * row.cases)
            yield (
                f"At {origins} former month ends the 80 % interval of {words} held what came in {held} of {row.cases} "
                f"cases ({row.within_80:.0%})."
            )
    if origins < _FEW:
        yield "That is too few month ends to judge the intervals by; cases of one month end err together."


def _beats(backtest: Sequence[BacktestRow]) -> Iterator[str]:
    for target, words in _WORDS.items():
        shown = _line(backtest, target, _SHOWN)
        naive = [row for method in ("naive", "seasonal_naive") if (row := _line(backtest, target, method)) is not None]
        if shown is None or not naive:
            continue
        best = min(naive, key=lambda row: row.crps)
        if not best.crps:
            continue
        share = 1 - shown.crps / best.crps
        told = "last month's figure again" if best.method == "naive" else "last year's figure again"
        if share > 0:
            yield f"For {words} its error (CRPS) was {share:.0%} smaller than that of saying {told}."
        else:
            times = shown.crps / best.crps
            much = f"{times:,.1f} times as large" if times >= _TWICE else f"{-share:.0%} larger"
            yield (
                f"For {words} it was no better than saying {told} (its CRPS was {much}): take its interval, not its "
                "median."
            )


def _wide(rows: Sequence[ForecastRow]) -> Iterator[str]:
    for target, words in _WORDS.items():
        ahead = [row for row in rows if row.target == target]
        if not ahead or ahead[-1].median <= 0:
            continue
        last, interval = ahead[-1], ahead[-1].intervals[1]
        below, above = (_share(end, last.median) for end in (interval.low, interval.high))
        yield (
            f"In {last.month} the 80 % interval of {words} goes from {below:.0%} below the median to {above:.0%} above."
        )


def _hangs_on(largest_share: float) -> Iterator[str]:
    if largest_share >= _LARGE:
        yield (
            f"The largest customer pays {largest_share:.0%} of MRR. What becomes of it is one event, which rates say "
            "little about: where it has never left, no former month can say that the interval is wide enough."
        )


def _share(end: Decimal, median: Decimal) -> Decimal:
    return abs(end - median) / median


def _line(backtest: Sequence[BacktestRow], target: str, method: str) -> BacktestRow | None:
    return next((row for row in backtest if (row.target, row.method, row.ahead) == (target, method, 0)), None)
