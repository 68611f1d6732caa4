"""The sections of the review by name, and the question that each answers.

    run(connection, PricingRequest("realised", by=("plan",)), facts=facts, policy=policy)

A section takes the options that mean something to it; any other is refused, so that no filter is ignored in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from upswell.analysis.pricing.lists import GivenPrice, list_table
from upswell.analysis.pricing.old_prices import old_price_table
from upswell.analysis.pricing.realised import discount_table, realised_table
from upswell.analysis.pricing.review import Review, review_of
from upswell.errors import UsageError
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.policy.model import Policy


@dataclass(frozen=True)
class PricingRequest:
    """One question: a section, the month whose close it is about, and how its customers are cut."""

    section: str = "realised"
    month: str | None = None
    by: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class _Asked:
    """A request with the book that answers it."""

    connection: Readable
    request: PricingRequest
    given: Sequence[GivenPrice]
    facts: BookFacts
    policy: Policy

    @property
    def review(self) -> Review:
        request = self.request
        return review_of(
            self.connection,
            request.month,
            by=request.by,
            where=request.where,
            given=self.given,
            facts=self.facts,
            policy=self.policy,
        )


@dataclass(frozen=True)
class Section:
    """What a section is called, what it answers, and which options of a request it takes."""

    title: str
    takes: tuple[str, ...]
    answer: Callable[[_Asked], pa.Table]


def _lists(asked: _Asked) -> pa.Table:
    return list_table(asked.review.prices)


def _realised(asked: _Asked) -> pa.Table:
    review = asked.review
    return realised_table(review.rows, review.prices, review.close)


def _discounts(asked: _Asked) -> pa.Table:
    review = asked.review
    return discount_table(review.rows, review.close)


def _old_prices(asked: _Asked) -> pa.Table:
    review = asked.review
    return old_price_table(review.rows, review.close)


_OF_A_CLOSE: Final = ("month", "by", "where")
SECTIONS: Final[Mapping[str, Section]] = {
    "lists": Section("List prices", ("month",), _lists),
    "realised": Section("Realised against list price", _OF_A_CLOSE, _realised),
    "discounts": Section("What discounts cost", _OF_A_CLOSE, _discounts),
    "old-prices": Section("Customers below the list price", _OF_A_CLOSE, _old_prices),
}


def run(
    connection: Readable,
    request: PricingRequest,
    *,
    given: Sequence[GivenPrice] = (),
    facts: BookFacts,
    policy: Policy,
) -> pa.Table:
    """The table of a section; the module of each says what its columns are.

    Raises `UsageError` for an unknown section, month, name or filter, and for an option that the section lacks.
    """
    section = SECTIONS.get(request.section)
    if section is None:
        raise unknown_name("section", request.section, known=tuple(SECTIONS), code="unknown_section")
    for name in ("month", "by", "where"):
        if getattr(request, name) and name not in section.takes:
            raise UsageError(
                f"the section {request.section} has no {name}",
                code="option_not_possible",
                expected=f"{', '.join(section.takes)}, or none",
                found=name,
                remedy=f"leave {name} out, or ask another section: {', '.join(SECTIONS)}",
            )
    return section.answer(_Asked(connection, request, given, facts, policy))
