"""What a correction says, kind by kind, and which of them are in force.

    parse("merge", {"customers": {"cus_9": "acme"}})      cus_9 is acme
    in_force(state.corrections())                         those not undone, oldest first

Each speaks of ids as they stand after the corrections before it. The payload is what the state keeps: plain JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from upswell.errors import UsageError
from upswell.state import Correction

_GAINS: Final = ("new", "expansion", "reactivation")
_LOSSES: Final = ("contraction", "churn")
_DRIVEN: Final = ("expansion", "contraction")
_DRIVERS: Final = ("seats", "plan", "price", "term", "addon", "cross_sell", "subscription", "usage", "discount")
# A gap longer than this between two billing systems is a customer that left.
GAP_DAYS_MAX: Final = 31
_YEARS: Final = range(1900, 3000)  # what imports accept


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Merge(_Payload):
    """Customers that are one: each key becomes its value, in every table."""

    customers: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_chain(self) -> Merge:
        if self.customers.keys() & set(self.customers.values()):
            raise ValueError("a customer is merged into one that is itself merged: name the last one for both")
        return self

    def touched(self) -> frozenset[str]:
        """The customers whose figures may change."""
        return frozenset({*self.customers, *self.customers.values()})

    def text(self) -> str:
        """One line for a list."""
        return _some([f"{former} into {into}" for former, into in self.customers.items()])


class LinkedPair(_Payload):
    """A subscription and its successor in another billing system, each of the customer as that system calls it."""

    customer: str
    subscription: str
    successor_customer: str
    successor: str


class Link(_Payload):
    """Subscriptions that go on in another billing system: predecessor and successor are one, from the day of the move.

    The successor's customer becomes the predecessor's. `plans` and `products` name the new system's plans as in the
    old one, for the linked subscriptions alone. A predecessor that ends up to `max_gap_days` before the successor
    starts, or after, ends exactly then.
    """

    links: tuple[LinkedPair, ...] = Field(min_length=1)
    plans: dict[str, str] = {}
    products: dict[str, str] = {}
    max_gap_days: int = GAP_DAYS_MAX

    @model_validator(mode="after")
    def _one_step(self) -> Link:
        former = [(each.customer, each.subscription) for each in self.links]
        later = [(each.successor_customer, each.successor) for each in self.links]
        if len(set(former)) < len(former) or len(set(later)) < len(later):
            raise ValueError("a subscription is named twice")
        owners: dict[str, str] = {}
        for each in self.links:
            if owners.setdefault(each.successor_customer, each.customer) != each.customer:
                raise ValueError(f"{each.successor_customer} would be two customers: merge those first")
        if {*former} & {*later}:
            raise ValueError("a subscription is successor and predecessor at once: link one step, then the next")
        if self.merged().keys() & set(self.merged().values()):
            raise ValueError("a customer is successor and predecessor at once: link one step, then the next")
        return self

    def merged(self) -> dict[str, str | None]:
        """The customers of the new system and whom they are in the old one."""
        return {
            each.successor_customer: each.customer for each in self.links if each.successor_customer != each.customer
        }

    def touched(self) -> frozenset[str]:
        """The customers whose figures may change."""
        return frozenset({name for each in self.links for name in (each.customer, each.successor_customer)})

    def text(self) -> str:
        """One line for a list."""
        return _some([f"{each.subscription} goes on as {each.successor}" for each in self.links])


class Exclude(_Payload):
    """Customers that are none: test accounts, one's own."""

    customers: tuple[str, ...] = Field(min_length=1)

    def touched(self) -> frozenset[str]:
        """The customers whose figures may change."""
        return frozenset(self.customers)

    def text(self) -> str:
        """One line for a list."""
        return _some(list(self.customers))


class Redate(_Payload):
    """A change that happened on another day: what starts or ends at `at` does so at `to`.

    A day stands for all of it as `at` and for its first instant as `to`, in the workspace's time zone.
    """

    customer: str
    subscription: str | None = None
    item: str | None = None
    at: date | datetime
    to: date | datetime

    @field_validator("at", "to", mode="before")
    @classmethod
    def _day_or_instant(cls, value: object) -> date | datetime:
        # Midnight of some time zone is an instant, too, and no day; a number is neither.
        moment = _moment(value) if isinstance(value, str) else value
        if not isinstance(moment, date) or moment.year not in _YEARS:
            raise ValueError("a day such as 2026-03-10, or an instant such as 2026-03-10T09:30, of 1900 to 2999")
        return moment

    def touched(self) -> frozenset[str]:
        """The customers whose figures may change."""
        return frozenset({self.customer})

    def text(self) -> str:
        """One line for a list."""
        what = self.item or self.subscription
        return f"{self.customer}{f', {what}' if what else ''}: {self.at.isoformat()} is {self.to.isoformat()}"


class Reclassify(_Payload):
    """Booked rows that are of another kind or driver than the rules make of them.

    Without `driver` all rows of that item, day and kind are meant. A gain stays a gain and a loss a loss.
    """

    customer: str
    subscription: str
    item: str
    date: date
    kind: Literal["new", "expansion", "reactivation", "contraction", "churn"]
    driver: str | None = None
    to_kind: Literal["new", "expansion", "reactivation", "contraction", "churn"]
    to_driver: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Reclassify:
        if (self.kind in _GAINS) != (self.to_kind in _GAINS):
            raise ValueError(f"{self.kind} cannot become {self.to_kind}: a gain stays a gain and a loss a loss")
        if (self.to_driver is not None) != (self.to_kind in _DRIVEN):
            raise ValueError("expansion and contraction have a driver, the other kinds have none")
        if self.to_driver is not None and self.to_driver not in _DRIVERS:
            raise ValueError(f"there is no driver {self.to_driver}; one of {', '.join(_DRIVERS)}")
        if (self.kind, self.driver) == (self.to_kind, self.to_driver):
            raise ValueError("that is what it is already")
        if self.driver is not None and self.kind != self.to_kind:
            raise ValueError("all drivers of an item's change share its kind: leave the driver out to change the kind")
        return self

    def touched(self) -> frozenset[str]:
        """The customers whose figures may change."""
        return frozenset({self.customer})

    def text(self) -> str:
        """One line for a list."""
        former, later = (" ".join(filter(None, pair)) for pair in self._pairs())
        return f"{self.customer}, {self.item}, {self.date}: {former} is {later}"

    def _pairs(self) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
        return (self.kind, self.driver), (self.to_kind, self.to_driver)


Change = Merge | Link | Exclude | Redate | Reclassify
_KINDS: Final[Mapping[str, type[Change]]] = {
    "merge": Merge,
    "link": Link,
    "exclude": Exclude,
    "redate": Redate,
    "reclassify": Reclassify,
}


@dataclass(frozen=True)
class CorrectionInForce:
    """An entry of the state and what it says."""

    id: int
    kind: str
    change: Change


def parse(kind: str, payload: Mapping[str, Any]) -> Change:
    """What a correction says. Raises `UsageError` (correction_malformed) for what none can say."""
    if kind not in _KINDS:
        raise UsageError(
            f"there is no correction {kind}",
            code="correction_malformed",
            expected=f"one of: {', '.join(_KINDS)}",
            found=kind,
            remedy="see docs/corrections.md",
        )
    try:
        return _KINDS[kind].model_validate(dict(payload))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"a correction cannot say this: {first['msg'].removeprefix('Value error, ')}",
            code="correction_malformed",
            where=f"{kind}{f', {where}' if where else ''}",
            found=str(first.get("input"))[:200],
            remedy="see docs/corrections.md",
        ) from error


def in_force(entries: Iterable[Correction]) -> tuple[CorrectionInForce, ...]:
    """The corrections that no entry in force undoes, oldest first; an undo that was itself undone undoes nothing."""
    known = sorted(entries, key=lambda entry: entry.id)
    undone = undone_by(known)
    return tuple(
        CorrectionInForce(entry.id, entry.kind, parse(entry.kind, entry.payload))
        for entry in known
        if entry.undoes is None and entry.id not in undone
    )


def undone_by(entries: Iterable[Correction]) -> dict[int, int]:
    """The number of each entry that is undone now, a correction or an undo, and of the entry that undoes it."""
    undone: dict[int, int] = {}
    # An entry is older than what undoes it: seen from the newest, whether that one holds is known already.
    for entry in sorted(entries, key=lambda entry: entry.id, reverse=True):
        if entry.undoes is not None and entry.id not in undone:
            undone[entry.undoes] = entry.id
    return undone


def original(entry: Correction, entries: Mapping[int, Correction]) -> Correction:
    """The correction that `entry` is, or that it undoes, or whose undoing it undoes."""
    while entry.undoes is not None:
        entry = entries[entry.undoes]
    return entry


def digest(fingerprint: str, corrections: Sequence[CorrectionInForce]) -> str:
    """What a book is made of, as 64 hex digits: `fingerprint` of the imports alone where nothing corrects them."""
    if not corrections:
        return fingerprint
    said = [[each.kind, each.change.model_dump(mode="json")] for each in corrections]
    return hashlib.sha256(f"{fingerprint} {json.dumps(said, sort_keys=True)}".encode()).hexdigest()


def _moment(text: str) -> date | datetime | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _some(texts: list[str], *, shown: int = 3) -> str:
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more
