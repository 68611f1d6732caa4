"""The sections of the review by name, and the question that each answers.

    run(connection, PricingRequest("realised", by=("plan",)), facts=facts, policy=policy)

A section takes the options that mean something to it; any other is refused, so that no filter is ignored in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from upswell.analysis.pricing.attach import AGES, attach_table
from upswell.analysis.pricing.holdings import Close, asked_close, holdings
from upswell.analysis.pricing.lists import GivenPrice, list_table
from upswell.analysis.pricing.old_prices import old_price_table
from upswell.analysis.pricing.realised import discount_table, realised_table
from upswell.analysis.pricing.review import Review, review_of
from upswell.analysis.pricing.sequences import next_table, stories
from upswell.analysis.pricing.steps import ladder, step_table, usage_at
from upswell.analysis.pricing.together import together_table
from upswell.analysis.pricing.willingness import curve_table, surveys, willingness_table
from upswell.errors import UsageError
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.policy.model import Policy


@dataclass(frozen=True)
class PricingRequest:
    """One question: a section, the month whose close it is about, and how its customers are cut.

    `cohort` (month, quarter, year) and `ages` are those of `attach` alone; None is quarter, and 12.
    """

    section: str = "realised"
    month: str | None = None
    by: tuple[str, ...] = ()
    where: str | None = None
    cohort: str | None = None
    ages: int | None = None


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
        """The close that is asked for, read."""
        return self._read(self.request.by, self.request.where)

    @property
    def company(self) -> Review:
        """The same close of the whole company, whatever is filtered."""
        return self._read((), None) if self.request.by or self.request.where else self.review

    @property
    def close_of_answers(self) -> Close:
        """The same for what respondents said: of them only the customer is known, and not where it stood in time."""
        close = self.close
        for column in close.view.columns:
            if column.is_placed:
                raise self._not_possible(column.name)
        return close

    @property
    def close(self) -> Close:
        """The close alone, cut by what is the customers' own: what they buy in time belongs to no plan or product."""
        request, book = self.request, self.facts
        close = asked_close(
            self.connection, request.month, by=request.by, where=request.where, facts=book, policy=self.policy
        )
        for column in sorted(close.view.columns, key=lambda each: each.name):
            if not (column.is_of_customers or column.is_placed):
                raise self._not_possible(column.name)
        return close

    def _not_possible(self, column: str) -> UsageError:
        section = self.request.section
        return UsageError(
            f"{section} cannot be split or filtered by {column}",
            code="dimension_not_possible",
            where=f"section {section}, column {column}",
            expected="a column of the imported customers",
            found=column,
            remedy=f"{column} belongs to items or changes in time; choose what a customer keeps",
        )

    def _read(self, by: tuple[str, ...], where: str | None) -> Review:
        return review_of(
            self.connection,
            self.request.month,
            by=by,
            where=where,
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


def _steps(asked: _Asked) -> pa.Table:
    review, company = asked.review, asked.company
    return step_table(review, ladder(company.rows, company.close), usage_at(asked.connection, review.close))


def _next(asked: _Asked) -> pa.Table:
    close = asked.close
    return next_table(stories(asked.connection, close), close)


def _together(asked: _Asked) -> pa.Table:
    close = asked.close
    return together_table(holdings(asked.connection, close), close)


def _attach(asked: _Asked) -> pa.Table:
    request = asked.request
    ages = AGES if request.ages is None else request.ages
    if not 0 <= ages <= AGES_MAX:
        raise UsageError(
            f"{ages} is no age to go up to",
            code="ages_out_of_range",
            expected=f"0 to {AGES_MAX} months",
            found=str(ages),
            remedy="give the last age to show, such as 12",
        )
    return attach_table(asked.connection, asked.close, cohort=request.cohort or "quarter", ages=ages)


def _willingness(asked: _Asked) -> pa.Table:
    return willingness_table(surveys(asked.connection, asked.close_of_answers))


def _curves(asked: _Asked) -> pa.Table:
    return curve_table(surveys(asked.connection, asked.close_of_answers))


AGES_MAX: Final = 120
_OPTIONS: Final = ("month", "by", "where", "cohort", "ages")
_OF_A_CLOSE: Final = ("month", "by", "where")
SECTIONS: Final[Mapping[str, Section]] = {
    "lists": Section("List prices", ("month",), _lists),
    "realised": Section("Realised against list price", _OF_A_CLOSE, _realised),
    "discounts": Section("What discounts cost", _OF_A_CLOSE, _discounts),
    "old-prices": Section("Customers below the list price", _OF_A_CLOSE, _old_prices),
    "steps": Section("The next step up of each customer", _OF_A_CLOSE, _steps),
    "next": Section("What customers of a plan buy next", _OF_A_CLOSE, _next),
    "together": Section("What is held together", _OF_A_CLOSE, _together),
    "willingness": Section("What people say they would pay", ("month", "where"), _willingness),
    "curves": Section("How they see each price", ("month", "where"), _curves),
    "attach": Section("Attach rates of add-ons", ("month", "where", "cohort", "ages"), _attach),
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
    for name in _OPTIONS:
        if getattr(request, name) not in (None, ()) and name not in section.takes:
            raise UsageError(
                f"the section {request.section} has no {name}",
                code="option_not_possible",
                expected=f"{', '.join(section.takes)}, or none",
                found=name,
                remedy=f"leave {name} out, or ask another section: {', '.join(SECTIONS)}",
            )
    return section.answer(_Asked(connection, request, given, facts, policy))
