"""What the state holds of offers and contacts, as plain values: a row read is a row that changes no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

What = Literal["seats", "upgrade", "addon", "cross_sell", "yearly", "other"]
WHATS: Final[tuple[What, ...]] = ("seats", "upgrade", "addon", "cross_sell", "yearly", "other")
# `withdrawn`: the touch was recorded by mistake and never took place.
Outcome = Literal["clicked", "accepted", "declined", "ignored", "withdrawn"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("clicked", "accepted", "declined", "ignored", "withdrawn")
QuietKind = Literal["opt_out", "incident", "leave_alone"]
QUIET_KINDS: Final[tuple[QuietKind, ...]] = ("opt_out", "incident", "leave_alone")
HandoverStatus = Literal["open", "won", "lost", "returned"]
HANDOVER_STATUSES: Final[tuple[HandoverStatus, ...]] = ("open", "won", "lost", "returned")
Arm = Literal["offered", "holdout"]


@dataclass(frozen=True, kw_only=True)
class OfferDraft:
    """What an offer is, before anybody saved it.

    `text` is what the customer reads. `eligibility` is a filter over customers in the language of `--where`; None: no
    condition. `starts_on` and `ends_on` are its first and its last day. Of two offers that fit, the one with the lower
    `priority` goes first.
    """

    name: str
    title: str
    text: str
    what: What
    plan_id: str | None = None
    product_id: str | None = None
    eligibility: str | None = None
    channels: tuple[str, ...] = ()
    discount_percent: Decimal | None = None
    owner: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    priority: int = 100


@dataclass(frozen=True, kw_only=True)
class Offer(OfferDraft):
    """An offer as it was saved last; since `retired_at` it is made no more."""

    author: str
    saved_at: datetime
    retired_at: datetime | None

    def is_running(self, day: date) -> bool:
        """Whether it may be made on `day`."""
        begun = self.starts_on is None or self.starts_on <= day
        return self.retired_at is None and begun and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class TouchOutcome:
    """What came of a touch, and why if somebody said so. The last of a touch rules."""

    id: int
    touch_id: int
    outcome: Outcome
    reason: str | None
    at: datetime
    author: str


@dataclass(frozen=True)
class Touch:
    """One time that one customer was made one offer; `outcomes` oldest first."""

    id: int
    customer_id: str
    at: datetime
    offer: str
    channel: str | None
    discount_percent: Decimal | None
    author: str
    recorded_at: datetime
    outcomes: tuple[TouchOutcome, ...] = ()

    @property
    def answer(self) -> TouchOutcome | None:
        """The last answer. A click is none, and takes none back: products tell of it late."""
        return next((each for each in reversed(self.outcomes) if each.outcome != "clicked"), None)

    @property
    def outcome(self) -> Outcome | None:
        """What came of it: its answer, or else a click; None while nobody knows."""
        if self.answer is not None:
            return self.answer.outcome
        return "clicked" if self.outcomes else None


@dataclass(frozen=True)
class Quiet:
    """A time in which a customer (None: everybody) is left alone, from `starts_on` to the day before `until`.

    Without `until` an opt-out and a leave-alone last until somebody ends them.
    """

    id: int
    customer_id: str | None
    kind: QuietKind
    reason: str
    starts_on: date
    until: date | None
    author: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True)
class Handover:
    """A step of handing an opportunity to sales: the last of a customer rules, and while it is open has one owner."""

    id: int
    customer_id: str
    offer: str
    amount: Decimal | None
    currency: str | None
    owner: str
    status: HandoverStatus
    reason: str | None
    at: datetime
    author: str


@dataclass(frozen=True)
class Listing:
    """A customer that came on a list for a kind of offer, first on `first_on`, or would have but for the holdout."""

    customer_id: str
    family_id: str
    offer: str
    first_on: date
    arm: Arm


@dataclass(frozen=True)
class RecordedSuppression:
    """That a guardrail kept offers from a customer on a day, and why."""

    customer_id: str
    day: date
    guardrail: str
    reason: str
