"""What contacts are cut and chosen by: offer, channel and author of their own, and what their customer was that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from upswell.growth.contacts import Contact
from upswell.metrics.columns import Column, Columns
from upswell.metrics.filter import Filter
from upswell.metrics.placing import place
from upswell.metrics.planner import filter_of, require_of_customers
from upswell.metrics.reading import GivesTables
from upswell.metrics.request import BookFacts
from upswell.policy.model import Policy

OF_CONTACTS: Final = ("offer", "channel", "author")
_ROWS: Final = """(
    select keys.customer_key, told.customer_id, told.contact_number, told.touched_on
    from (
        select unnest($contact_numbers) as contact_number, unnest($contact_customers) as customer_id,
            unnest($contact_days) as touched_on
    ) as told
    left join (select distinct customer_key, customer_id from item_keys) as keys on keys.customer_id = told.customer_id
)"""
_PLACED: Final = """(
    select told.*, placements.placed
    from {rows} as told
    left join {placements} as placements on placements.customer_key = told.customer_key
        and placements.starts_on <= told.touched_on
        and (placements.ends_on is null or placements.ends_on > told.touched_on)
)"""
_LABELS: Final = """
select entry.contact_number, {value} as label
from {rows} as entry
left join customers as customer on customer.customer_id = entry.customer_id
where {filter}
"""


@dataclass(frozen=True)
class Labels:
    """Of each contact, in their order, the value of a dimension and whether a filter lets it through."""

    values: tuple[str | None, ...]
    chosen: tuple[bool, ...]


def labels_of(
    connection: GivesTables,
    contacts: Sequence[Contact],
    *,
    by: str,
    where: str | None,
    facts: BookFacts,
    policy: Policy,
) -> Labels:
    """What contacts are called under `by`: offer, channel, author, or a dimension of customers on the contact's day.

    Raises `UsageError` for a name or a filter that says nothing of customers.
    """
    columns = Columns.of(connection)
    condition = filter_of(where, columns)
    for each in condition.columns:
        require_of_customers(each)
    column = None
    if by not in OF_CONTACTS:
        column = columns.dimension(by)
        require_of_customers(column)
    own = tuple(None if by not in OF_CONTACTS else getattr(each, by) for each in contacts)
    if not contacts or (column is None and where is None):
        return Labels(own, (True,) * len(contacts))
    asked = _asked(connection, contacts, column, condition, facts, policy)
    values = own if column is None else tuple(asked.get(number) for number in range(len(contacts)))
    return Labels(values, tuple(number in asked for number in range(len(contacts))))


def _asked(
    connection: GivesTables,
    contacts: Sequence[Contact],
    column: Column | None,
    condition: Filter,
    facts: BookFacts,
    policy: Policy,
) -> dict[int, str | None]:
    """The value of `column` for each contact that `condition` lets through, by its number."""
    rows = _ROWS
    named = {*condition.columns, *(() if column is None else (column,))}
    placed = sorted((each for each in named if each.is_placed), key=lambda each: each.name)
    if placed:
        rows = _PLACED.format(rows=rows, placements=place(connection, placed, facts=facts, policy=policy).placements)
    value = "cast(null as varchar)" if column is None else column.sql
    table = connection.table(
        _LABELS.format(value=value, rows=rows, filter=condition.sql),
        {
            **condition.parameters,
            "contact_numbers": list(range(len(contacts))),
            "contact_customers": [each.customer_id for each in contacts],
            "contact_days": [each.on for each in contacts],
        },
    )
    return dict(zip(table["contact_number"].to_pylist(), table["label"].to_pylist(), strict=True))
