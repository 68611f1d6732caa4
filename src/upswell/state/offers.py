"""Offers as data, with their versions in the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from upswell.errors import NotFoundError
from upswell.state.base import Store, audit_line
from upswell.state.growth_records import WHATS, Offer, OfferDraft
from upswell.state.requiring import require, require_percent
from upswell.state.tables import OfferRow

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class OfferStore(Store):
    """The offers of one workspace."""

    def offers(self) -> tuple[Offer, ...]:
        """Every offer, retired ones too, the one that goes first first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            return tuple(map(_offer, session.query(OfferRow).order_by(OfferRow.priority, OfferRow.name)))

    def offer(self, name: str) -> Offer:
        """The offer called `name`; raises `NotFoundError` (unknown_offer)."""
        known = self.offers()
        found = next((each for each in known if each.name == name), None)
        if found is None:
            raise _no_offer(name, known)
        return found

    def save_offer(self, draft: OfferDraft, *, author: str, at: datetime) -> Offer:
        """Save an offer, in place of a former version of it, which the audit log keeps; it is retired no longer.

        Raises `UsageError` (offer_malformed) where a part of it cannot be.
        """
        _require_sound(draft)
        given = {each.name: getattr(draft, each.name) for each in fields(OfferDraft)}
        with self._session(writes=True) as session:
            former = session.get(OfferRow, draft.name)
            details = {"offer": _told(draft), "former": None if former is None else _told(_offer(former))}
            given["channels"] = ",".join(draft.channels)
            row = session.merge(OfferRow(**given, author=author, saved_at=at, retired_at=None))
            audit_line(session, "offer", draft.name, author=author, at=at, details=details)
            session.flush()
            return _offer(row)

    def retire_offer(self, name: str, *, author: str, at: datetime) -> Offer:
        """Make an offer no more; it stays for what was said of it. Raises `NotFoundError` (unknown_offer)."""
        self.offer(name)
        with self._session(writes=True) as session:
            row = session.get_one(OfferRow, name)
            if row.retired_at is None:
                row.retired_at = at
                audit_line(session, "offer", name, author=author, at=at, details={"retired": True})
                session.flush()
            return _offer(row)


def _no_offer(name: str, known: Sequence[Offer]) -> NotFoundError:
    return NotFoundError(
        f"there is no offer {name}",
        code="unknown_offer",
        expected=f"one of: {', '.join(sorted(each.name for each in known))}"
        if known
        else "an offer; there is none yet",
        found=name,
        remedy="`upswell offers` lists them; `upswell offers save` saves one",
    )


def _require_sound(draft: OfferDraft) -> None:
    require(_NAME.fullmatch(draft.name) is not None, "name", "up to 64 letters, digits, -, _ and .", draft.name)
    require(bool(draft.title.strip()), "title", "a title", draft.title)
    require(draft.what in WHATS, "what", f"one of: {', '.join(WHATS)}", draft.what)
    for channel in draft.channels:
        require(_NAME.fullmatch(channel) is not None, "channels", "names such as email, in_app, call", channel)
    require_percent(draft.discount_percent)
    ends = draft.ends_on
    require(
        ends is None or draft.starts_on is None or ends >= draft.starts_on,
        "ends_on",
        f"a day not before {draft.starts_on}",
        str(ends),
    )


def _told(offer: OfferDraft) -> dict[str, Any]:
    """An offer as the audit log keeps it."""
    plain = {each.name: getattr(offer, each.name) for each in fields(OfferDraft)}
    return {name: list(value) if isinstance(value, tuple) else _plain(value) for name, value in plain.items()}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


def _offer(row: Any) -> Offer:
    values = {each.name: getattr(row, each.name) for each in fields(Offer)}
    return Offer(**{**values, "channels": tuple(filter(None, row.channels.split(",")))})
