"""What the guardrails look at, read of a book and of what people said.

The days are of the workspace's time zone. A contraction is of what a customer chooses (seats, plan, add-ons and the
like): use that falls with the season, a price, a discount and a longer term are no step back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from typing import Final
from zoneinfo import ZoneInfo

from upswell.analysis.durability.at_risk import reasons_against
from upswell.growth.contacts import Contact, Known, contacts_of
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.view import fetch
from upswell.policy.model import Policy
from upswell.state.growth_records import Quiet, Touch

# Drivers that are a decision of the customer: to pay less by them is a step back ...
STEPS_BACK: Final = ("seats", "plan", "addon", "cross_sell", "subscription")
# ... and to pay more by them an answer that an offer can bring about. A price, a discount and use that grows are none.
BY_OFFERS: Final = (*STEPS_BACK, "term")

_TOUCHES: Final = 'select customer_id, "at", touched_on, offer, channel, outcome, discount_percent from touches'
# Of a step back the rows that point down: fewer seats at a higher price each may be one, more at a lower price none.
_CONTRACTIONS: Final = """
select customer_key, case when $ahead then min(date) else max(date) end from booked_movements
where kind = 'contraction' and cast(driver as varchar) in ({drivers}) and amount < 0
    and scheduled = $ahead and date <= cast($today as date) + case when $ahead then {days} else 0 end
group by customer_key
"""
_PAYING: Final = """
select count(distinct customer_key) from booked_versions
where counts and mrr > 0 and starts_on <= $today and (ends_on is null or ends_on > $today)
"""
# A reduction that is farther off than likelihoods look says nothing of now.
_AHEAD_DAYS: Final = 90
# Where more of those who pay have an end, the source tells the ends of terms, of which most are made anew.
_LEAVING_MOST: Final = 0.5
_CUSTOMERS: Final = "select distinct customer_key, customer_id, family_id from item_keys order by customer_id"
_PARENTS: Final = "select customer_id, cast(parent_id as varchar) from customers where parent_id is not null"


@dataclass(frozen=True)
class Health:
    """The health of customers by id, in points, and the points under which it is low; or why there is none."""

    points: Mapping[str, int] = field(default_factory=dict)
    low_below: int | None = None
    reason: str = "no health score"


def customers_of(connection: Readable) -> tuple[tuple[str, str], ...]:
    """Every customer with an item, and its family."""
    return tuple((customer, family) for _, customer, family in connection.execute(_CUSTOMERS).fetchall())


def imported_contacts(connection: Readable) -> tuple[Contact, ...]:
    """The touches of the book; two rows that differ by channel alone are two here."""
    return tuple(
        Contact(customer, at.replace(tzinfo=UTC), on, offer, channel, outcome, discount_percent=percent)
        for customer, at, on, offer, channel, outcome, percent in connection.execute(_TOUCHES).fetchall()
    )


def known_of(
    connection: Readable,
    *,
    touches: Iterable[Touch],
    quiet: Iterable[Quiet],
    facts: BookFacts,
    policy: Policy,
    health: Health | None = None,
) -> Known:
    """What is known of every customer of a book on its day.

    Under a policy by families the customer is the head of the family, and what was said of a member counts for it.
    """
    rows = connection.execute(_CUSTOMERS).fetchall()
    names = {key: customer for key, customer, _ in rows}
    families = {customer: family for _, customer, family in rows if family != customer}
    families |= _by_parents(connection, {customer for _, customer, _ in rows})
    if policy.level == "family":
        touches = [replace(each, customer_id=families.get(each.customer_id, each.customer_id)) for each in touches]
        quiet = [
            each
            if each.customer_id is None
            else replace(each, customer_id=families.get(each.customer_id, each.customer_id))
            for each in quiet
        ]
    today = facts.as_of_day
    leaving, told_are_terms = _leaving(connection, today)
    query = _CONTRACTIONS.format(drivers=", ".join(map(repr, STEPS_BACK)), days=_AHEAD_DAYS)
    contractions = dict(fetch(connection, query, {"today": today, "ahead": False}))
    if not told_are_terms:
        contractions |= dict(fetch(connection, query, {"today": today, "ahead": True}))
    scored = health or Health()
    return Known(
        contacts=contacts_of(imported_contacts(connection), touches, zone=ZoneInfo(facts.timezone)),
        quiet=tuple(quiet),
        families=families,
        contractions={names[key]: on for key, on in contractions.items()},
        arrears=_told(reasons_against(connection, today, names=("arrears", "failed")), names),
        leaving=_told(leaving, names),
        health=scored.points,
        health_low_below=scored.low_below,
        no_health=scored.reason,
    )


def _leaving(connection: Readable, today: date) -> tuple[Mapping[int, Sequence[str]], bool]:
    """Who asked to cancel, or has an end in sight that few others have; and whether ends are those of terms."""
    ends = reasons_against(connection, today, names=("leaves",))
    ((paying,),) = fetch(connection, _PAYING, {"today": today})
    if len(ends) > _LEAVING_MOST * paying:
        return reasons_against(connection, today, names=("cancels",)), True
    return reasons_against(connection, today, names=("leaves", "cancels")), False


def _told(reasons: Mapping[int, Sequence[str]], names: Mapping[int, str]) -> dict[str, str]:
    return {names[key]: "; ".join(found) for key, found in reasons.items() if key in names}


def _by_parents(connection: Readable, with_items: set[str]) -> dict[str, str]:
    """The family of customers without an item: the last of their parents."""
    columns = [row[0] for row in connection.execute("select * from customers limit 0").description or ()]
    if "parent_id" not in columns:
        return {}
    parents = dict(connection.execute(_PARENTS).fetchall())
    found = {}
    for customer in parents.keys() - with_items:
        head, seen = customer, {customer}
        while parents.get(head, head) not in seen:
            head = parents[head]
            seen.add(head)
        found[customer] = head
    return found
