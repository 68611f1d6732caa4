"""Which item that went continues as which item that came.

A contract system renews CRM (100) and SSO (20) under new ids on the same day. Four items change,
yet nothing did: CRM is paired with CRM and SSO with SSO, and the ledger books nothing.

Ended and started items meet in four stages, each over what the former stages left:

1. inside one subscription, same item type and product;
2. inside one subscription, plan with plan;
3. across subscriptions, same item type and product;
4. across subscriptions, the one ended plan left with the one started plan left.

In stages 1 to 3 the largest ended item meets the largest started one, the second the second. Where
each subscription is judged for itself (`level = "subscription"`), the last two stages are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from .values import Span

Pair = tuple[Span, Span]
Size = Callable[[Span], Fraction]
Group = Callable[[Span], tuple[str, ...] | None]


def pair(ended: Sequence[Span], started: Sequence[Span], *, size: Size, across_subscriptions: bool) -> list[Pair]:
    """Pair ended with started spans; what is in no pair stays unpaired."""
    pairs: list[Pair] = []
    for group in (_line_in_subscription, _plan_in_subscription):
        pairs += _pair_by_size(_left(ended, pairs, side=0), _left(started, pairs, side=1), group=group, size=size)
    if not across_subscriptions:
        return pairs
    left = _left(ended, pairs, side=0), _left(started, pairs, side=1)
    pairs += _pair_by_size(*left, group=_line_anywhere, size=size)
    last_ended = [span for span in _left(ended, pairs, side=0) if _is_plan(span)]
    last_started = [span for span in _left(started, pairs, side=1) if _is_plan(span)]
    if len(last_ended) == 1 and len(last_started) == 1:
        pairs.append((last_ended[0], last_started[0]))
    return pairs


def _pair_by_size(ended: Sequence[Span], started: Sequence[Span], *, group: Group, size: Size) -> list[Pair]:
    def largest_first(span: Span) -> tuple[Fraction, str, str]:
        return (-size(span), span.version.subscription_id, span.version.item_id)

    pairs: list[Pair] = []
    for name in sorted({key for key in map(group, ended) if key is not None}):
        gone = sorted((span for span in ended if group(span) == name), key=largest_first)
        come = sorted((span for span in started if group(span) == name), key=largest_first)
        pairs += list(zip(gone, come, strict=False))  # the longer side keeps its smallest
    return pairs


def _left(spans: Sequence[Span], pairs: Sequence[Pair], *, side: int) -> list[Span]:
    taken = {one[side].item for one in pairs}
    return [span for span in spans if span.item not in taken]


def _is_plan(span: Span) -> bool:
    return span.version.item_type == "plan"


def _line_in_subscription(span: Span) -> tuple[str, ...]:
    return (span.version.subscription_id, span.version.item_type, span.version.product_id)


def _plan_in_subscription(span: Span) -> tuple[str, ...] | None:
    return (span.version.subscription_id,) if _is_plan(span) else None


def _line_anywhere(span: Span) -> tuple[str, ...]:
    return (span.version.item_type, span.version.product_id)
