"""One review: the close, what is held, the price list and each holding beside it, read once for every section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upswell.analysis.pricing.holdings import Close, asked_close, holdings
from upswell.analysis.pricing.lists import GivenPrice, PriceList, price_list
from upswell.analysis.pricing.realised import Priced, priced
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.policy.model import Policy


@dataclass(frozen=True)
class Review:
    """What the sections about prices in force are made of."""

    close: Close
    prices: PriceList
    rows: tuple[Priced, ...]


def review_of(
    connection: Readable,
    month: str | None = None,
    *,
    by: tuple[str, ...] = (),
    where: str | None = None,
    given: Sequence[GivenPrice] = (),
    facts: BookFacts,
    policy: Policy,
) -> Review:
    """The review of a close; the price list is that of the whole book, whatever `where` leaves of the holdings.

    Raises `UsageError` as `asked_close` does.
    """
    close = asked_close(connection, month, by=by, where=where, facts=facts, policy=policy)
    prices = price_list(connection, close, given=given)
    return Review(close, prices, tuple(priced(holdings(connection, close), prices, close)))
