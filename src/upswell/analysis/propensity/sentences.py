"""What a backtest says in sentences, for whoever reads no table of scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from upswell.analysis.propensity.fitted import RULES, SEGMENT
from upswell.analysis.propensity.report import Backtest, Scored

_KEPT: Final = 2
_ORIGINS_FEW: Final = 6


def told_in_words(found: Backtest) -> Backtest:
    """The same backtest with its sentences."""
    return replace(found, sentences=tuple(_sentences(found)))


def _sentences(found: Backtest) -> list[str]:
    if found.chosen is None:
        return [f"No model: {found.reason}. Customers are ranked by rules."]
    mine, segment, rules = (found.of(name) for name in (found.chosen, SEGMENT, RULES))
    count = len(found.origins)
    told = [
        (
            f"At {count} origins, {found.origins[0].day} to {found.origins[-1].day}, "
            f"{100 * (found.base_rate or 0):.1f} % of customers expanded within 90 days."
        ),
        _verdict(found),
        (
            f"AUC {_two(mine.auc)}, of the segment base rate {_two(segment.auc)}, of the rules {_two(rules.auc)}; "
            "0.50 is chance."
        ),
        (
            f"Of the tenth said to be likeliest {_percent(mine.precision)} expanded, with {_percent(mine.dollars)} of "
            f"all expansion dollars; by segment {_percent(segment.dollars)}, by rules {_percent(rules.dollars)}."
        ),
        f"What was said and what came differ by {found.calibration_error or 0:.1f} points on average over tenths.",
        _choice(found),
    ]
    if count < _ORIGINS_FEW:
        told.append(f"{count} origins are few: six or more would tell chance from skill.")
    unrated = sum(each.unrated for each in found.origins)
    if unrated:
        told.append(f"{unrated} rows of customers are left out over all origins: money of theirs has no rate.")
    if found.leaks:
        told.append(f"These signals look ahead, and no score here can be trusted: {', '.join(found.leaks)}.")
    return told


def _verdict(found: Backtest) -> str:
    if not found.beats_segment_base_rate:
        return "It does not beat the segment base rate: customers are ranked by rules, and shown their segment's rate."
    beside = "and the rules" if found.beats_rules else "but not the rules"
    return f"The model beats the segment base rate {beside}."


def _choice(found: Backtest) -> str:
    others = " and ".join(each.method for each in found.pooled if each.method not in (found.chosen, SEGMENT, RULES))
    last = found.origins[-_KEPT:]
    if len(found.origins) <= _KEPT + 1:
        return f"The model is {found.chosen} rather than {others}, by log loss at all origins."
    seen = ", ".join(_two(_of(each.scored, found.chosen).auc) for each in last)
    return (
        f"The model is {found.chosen} rather than {others}, by log loss at all origins but the last two; at these its "
        f"AUC was {seen}."
    )


def _of(scored: tuple[Scored, ...], method: str | None) -> Scored:
    return next(each for each in scored if each.method == method)


def _two(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.0f} %"
