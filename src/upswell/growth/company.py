"""A company as of a book: what it sells, what each customer holds, its signals, its name and owner.

Read once for a book and kept: one customer is then proposed to without another look at the book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.lists import GivenPrice
from upswell.analysis.pricing.realised import Priced
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.growth.billing import Billing, billing_of
from upswell.growth.proposals import NoProposal, Proposal, propose
from upswell.growth.shelf import Shelf, shelf_of
from upswell.metrics.months import Month
from upswell.metrics.reading import GivesTables
from upswell.metrics.request import BookFacts
from upswell.policy.model import Policy

_BATCH: Final = 4_096
_NAMES: Final = "select customer_id, {name}, {owner} from customers where customer_id is not null"


@dataclass(frozen=True)
class Company:
    """What proposals are made of, as of `day`: the first that the book knows nothing of.

    `signals` has a row for each customer with an item in force, `at` is the place of each in it, by its id.
    """

    day: date
    shelf: Shelf
    held: Mapping[str, Sequence[Priced]]
    billing: Mapping[int, Billing]
    signals: pa.Table
    at: Mapping[str, int]
    people: Mapping[str, tuple[str | None, str | None]]

    def signals_of(self, customer_id: str) -> Mapping[str, Any] | None:
        """The signals of one customer; None where it has no item in force."""
        place = self.at.get(customer_id)
        if place is None:
            return None
        [row] = self.signals.slice(place, 1).to_pylist()
        return dict(row)

    def proposal(self, customer_id: str) -> Proposal | NoProposal:
        """What could be offered to one customer."""
        signals = self.signals_of(customer_id)
        if signals is None:
            return NoProposal(customer_id, "it holds nothing that is in force", holds_plan=False, mrr=None)
        return self._proposed(signals)

    def proposals(self) -> Iterator[Proposal | NoProposal]:
        """What could be offered to each customer with an item in force."""
        for batch in self.signals.to_batches(max_chunksize=_BATCH):
            yield from map(self._proposed, batch.to_pylist())

    def _proposed(self, signals: Mapping[str, Any]) -> Proposal | NoProposal:
        customer_id = signals["customer_id"]
        held = self.held.get(customer_id, ())
        return propose(customer_id, held, self.shelf, self.billing, signals, day=self.shelf.close.day)

    def name_of(self, customer_id: str) -> str | None:
        """Its name, where customers were imported with one."""
        return self.people.get(customer_id, (None, None))[0]

    def owner_of(self, customer_id: str) -> str | None:
        """Who is responsible for it, likewise."""
        return self.people.get(customer_id, (None, None))[1]


def company_of(
    connection: GivesTables,
    *,
    given: Sequence[GivenPrice] = (),
    facts: BookFacts,
    policy: Policy,
) -> Company:
    """The company as of the book's instant; `given` are the list prices that the user states."""
    shelf, held = shelf_of(connection, given=given, facts=facts, policy=policy, month=str(Month.of(facts.as_of_day)))
    day = first_unknown_day(facts)
    signals = read_signals(connection, day, facts=facts)
    at = {each: place for place, each in enumerate(signals.column("customer_id").to_pylist())}
    return Company(day, shelf, held, billing_of(connection, shelf.close), signals, at, _people(connection))


def _people(connection: GivesTables) -> dict[str, tuple[str | None, str | None]]:
    columns = {row[0] for row in connection.execute("select * from customers limit 0").description or ()}
    parts = {
        each: f"cast({each} as varchar)" if each in columns else "cast(null as varchar)" for each in ("name", "owner")
    }
    return {key: (name, owner) for key, name, owner in connection.execute(_NAMES.format(**parts)).fetchall()}
