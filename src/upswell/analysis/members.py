"""Who belongs to which cohort: the relation `members` that every query about cohorts starts from.

    customer_key, first_month (a number), until (a date), slice

A customer's first month is that of its first booked movement, which is its `new`. A customer that already paid when the
imported history begins is booked as new there; where a policy books no `new` (`new_and_churned = neither`) the first
movement that it does book stands for it. `until` is the first day after the last age that is asked about. `slice` is
the first plan or the attribute that makes the cohort; cohorts by time need none, as the first month tells them.

The first plan of a customer that began with Team at 100.00 and an add-on at 20.00 is Team: the plan of the item with
the most MRR at the end of the first day, in the workspace's currency; of equal ones the first by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from upswell.errors import UsageError
from upswell.metrics.columns import Column, Columns
from upswell.metrics.filter import Filter
from upswell.metrics.months import MonthRange
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.policy.model import Policy

Calendar = Literal["month", "quarter", "year"]
CALENDAR: Final[tuple[Calendar, ...]] = ("month", "quarter", "year")
PLAN: Final = "plan"

_MEMBERS: Final = """
firsts as (
    select customer_key, min(date) as first_day, min(item_key) as item_key
    from booked_movements
    where not scheduled and {begins}
    group by customer_key
),
{first_plans}
members as materialized (
    select entry.customer_key, year(entry.first_day) * 12 + month(entry.first_day) - 1 as first_month,
        cast(date_trunc('month', entry.first_day) + to_months($ages + 1) as date) as until, {slice} as slice
    from {firsts} as entry
    {joins}
    where entry.first_day between $first_day and $cohorts_until and {filter}
)"""
_FIRST_PLANS: Final = """
first_items as (
    select booked.customer_key, booked.item_key, plan_keys.plan_id,
        sum(coalesce(booked.amount * booked.rate, booked.amount)) as money
    from booked_movements as booked
    inner join firsts on booked.customer_key = firsts.customer_key and booked.date = firsts.first_day
    inner join plan_keys on booked.plan_key = plan_keys.plan_key
    where not booked.scheduled
    group by all
),
largest_items as (
    select customer_key, max(money) as money from first_items group by customer_key
),
first_plans as (
    select first_items.customer_key, min(first_items.plan_id) as plan_id
    from first_items
    inner join largest_items on first_items.customer_key = largest_items.customer_key
        and first_items.money = largest_items.money
    group by first_items.customer_key
),
"""
_WITH_TEXTS: Final = "(select firsts.*, item_keys.customer_id from firsts inner join item_keys using (item_key))"
_CUSTOMERS: Final = "left join customers as customer on customer.customer_key = entry.customer_key"
_PLANS: Final = "left join first_plans on first_plans.customer_key = entry.customer_key"


@dataclass(frozen=True)
class Members:
    """The customers of the cohorts that begin in `cohorts`, up to `ages` months on, in months up to `last_month`."""

    by: str
    attribute: Column | None
    filter: Filter
    cohorts: MonthRange
    ages: int
    last_month: int
    facts: BookFacts
    policy: Policy

    @property
    def relation(self) -> str:
        """The text of `members`, for the head of a query."""
        first_plan = self.by == PLAN and self.attribute is None
        columns = {*self.filter.columns, *([] if self.attribute is None else [self.attribute])}
        joins = [_CUSTOMERS] if any(column.is_attribute for column in columns) else []
        slice_ = "cast(null as varchar)" if self.attribute is None else self.attribute.sql
        return _MEMBERS.format(
            # There are far fewer rows of this kind than rows.
            begins="kind = 'new'" if self.policy.new_and_churned == "both" else "true",
            first_plans=_FIRST_PLANS if first_plan else "",
            slice="first_plans.plan_id" if first_plan else slice_,
            firsts=_WITH_TEXTS if any(not column.is_attribute for column in columns) else "firsts",
            joins=" ".join([*joins, *([_PLANS] if first_plan else [])]),
            filter=self.filter.sql,
        )

    @property
    def slice_column(self) -> str:
        """`slice` of `members`, or a constant where the calendar makes the cohorts: a column would only be carried."""
        return "cast(null as varchar)" if self.by in CALENDAR and self.attribute is None else "members.slice"

    def parameters(self, **more: object) -> dict[str, object]:
        """The values that a query about these customers may use."""
        return {
            "ages": self.ages,
            "first_day": self.cohorts.first.first_day,
            "cohorts_until": self.cohorts.last.last_day,
            "base_month": self.cohorts.first.number,
            "last_month": self.last_month,
            "as_of_day": self.facts.as_of_day,
            "workspace_currency": self.facts.workspace_currency,
            "one_rate": False,
            **self.filter.parameters,
            **more,
        }


def cohort_column(connection: Readable, name: str) -> Column | None:
    """The attribute that cohorts by `name` are made of; None for the calendar and for plans.

    Raises `UsageError` for what is no attribute of customers: a customer belongs to one cohort for good.
    """
    if name in (*CALENDAR, PLAN):
        return None
    column = Columns.of(connection).dimension(name)
    if not column.is_attribute:
        raise _not_of_customers(column.name, "a cohort")
    return column


def customers_filter(connection: Readable, text: str | None) -> Filter:
    """The filter over customers written as `text`; raises `UsageError` where it names what is not the customer's."""
    if text is None:
        return Filter()
    from upswell.metrics.where import parse_filter  # noqa: PLC0415 -- SQLGlot: 0.1 s that only a filter needs

    found = parse_filter(text, columns=Columns.of(connection))
    wrong = sorted(column.name for column in found.columns if not column.is_of_customers or column.is_placed)
    if wrong:
        raise _not_of_customers(wrong[0], "a filter of cohorts")
    return found


def _not_of_customers(name: str, what: str) -> UsageError:
    return UsageError(
        f"{name} cannot make {what}",
        code="dimension_not_possible",
        where=f"column {name}",
        expected="month, quarter, year, plan or a column of the imported customers"
        if what == "a cohort"
        else "customer or a column of the imported customers",
        found=name,
        remedy=f"{name} belongs to items and movements; choose what a customer keeps",
    )
