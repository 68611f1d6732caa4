"""Offers and contacts are kept as they were said, by whom and when; nobody is listed or suppressed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.state.test_store import refused, require_refused
from upswell.errors import NotFoundError
from upswell.state import Listing, OfferDraft, RecordedSuppression, open_growth, open_state
from upswell.state.growth import GrowthStore

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = NOON.date()
SEATS = OfferDraft(
    name="seats-10",
    title="Ten more seats",
    text="Your team fills its seats.",
    what="seats",
    eligibility="country = 'DE'",
    channels=("email", "in_app"),
    discount_percent=Decimal("12.5"),
    owner="lena",
    starts_on=DAY,
    ends_on=DAY + timedelta(days=30),
    priority=10,
)


@pytest.fixture
def store(url: str) -> Iterator[GrowthStore]:
    opened = open_growth(url)
    yield opened
    opened.close()


def audited(url: str, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    state = open_state(url)
    lines = [(each.subject, each.author, dict(each.details)) for each in state.audit(action=action)]
    state.close()
    return lines


def test_asking_makes_no_store(url: str, store: GrowthStore, tmp_path: Path) -> None:
    assert (store.offers(), store.touches(), store.quiet(), store.handovers(), store.listings()) == ((),) * 5
    assert (store.version(), store.suppressions(DAY, DAY), store.suppression_counts(DAY, DAY)) == ("", (), {})
    assert not (tmp_path / "state.db").exists()


def test_an_offer_comes_back_as_it_was_saved_and_the_log_keeps_its_versions(url: str, store: GrowthStore) -> None:
    saved = store.save_offer(SEATS, author="kim", at=NOON)
    store.save_offer(replace(SEATS, title="Eleven more", discount_percent=None), author="lee", at=NOON)
    store.save_offer(OfferDraft(name="first", title="A", text="", what="other", priority=1), author="kim", at=NOON)

    assert {each: getattr(saved, each) for each in SEATS.__dataclass_fields__} == vars(SEATS)
    assert [(each.name, each.title, each.author) for each in store.offers()] == [
        ("first", "A", "kim"),
        ("seats-10", "Eleven more", "lee"),
    ]
    assert store.offer("seats-10").is_running(DAY)
    assert not store.offer("seats-10").is_running(DAY - timedelta(days=1))
    assert not store.offer("seats-10").is_running(DAY + timedelta(days=31))
    assert not store.retire_offer("seats-10", author="kim", at=NOON).is_running(DAY)
    assert store.save_offer(SEATS, author="kim", at=NOON).retired_at is None

    lines = audited(url, "offer")
    assert [(subject, author) for subject, author, _ in lines[:2]] == [("seats-10", "kim"), ("seats-10", "lee")]
    assert lines[0][2]["former"] is None
    assert lines[1][2]["former"]["discount_percent"] == "12.5"
    assert lines[1][2]["former"]["channels"] == ["email", "in_app"]
    assert lines[3][2] == {"retired": True}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"name": "ten seats"}, "name"),
        ({"title": " "}, "title"),
        ({"what": "gift"}, "what"),
        ({"channels": ("a,b",)}, "channels"),
        ({"discount_percent": Decimal(101)}, "discount_percent"),
        ({"discount_percent": Decimal("NaN")}, "discount_percent"),
        ({"ends_on": DAY - timedelta(days=1)}, "ends_on"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(store: GrowthStore, change: dict[str, Any], part: str) -> None:
    error = refused(lambda: store.save_offer(replace(SEATS, **change), author="kim", at=NOON))
    assert (error.code, error.where) == ("contact_malformed", part)
    assert store.offers() == ()


def test_of_a_touch_the_last_outcome_rules_and_the_former_stay(url: str, store: GrowthStore) -> None:
    first = store.add_touch("acme", offer="seats-10", at=NOON, author="kim", recorded_at=NOON, channel="email")
    again = store.add_touch("acme", offer="seats-10", at=NOON, author="lee", recorded_at=NOON)
    other = store.add_touch(
        "bolt", offer="x", at=NOON - timedelta(days=1), author="kim", recorded_at=NOON, discount_percent=Decimal("0.5")
    )
    store.add_outcome(first.id, "clicked", author="kim", at=NOON)
    said = store.add_outcome(first.id, "declined", reason="no budget", author="lee", at=NOON)

    assert again == first
    assert said.outcome == "declined"
    assert [(each.outcome, each.reason, each.author) for each in said.outcomes] == [
        ("clicked", None, "kim"),
        ("declined", "no budget", "lee"),
    ]
    assert store.touches() == (other, said)
    assert store.touches("acme") == (said,) == (store.touch(first.id),)
    assert (other.outcome, other.discount_percent, other.at) == (None, Decimal("0.5"), NOON - timedelta(days=1))
    assert [details["former"] for _, _, details in audited(url, "touch outcome")] == [None, "clicked"]
    assert len(audited(url, "touch")) == 2
    told = store.add_outcome(other.id, "ignored", author="kim", at=NOON, answered_at=NOON - timedelta(hours=1))
    assert told.outcomes[0].at == NOON - timedelta(hours=1)


def test_what_cannot_be_said_of_a_touch_is_refused(store: GrowthStore) -> None:
    later = NOON + timedelta(seconds=1)

    def answered(at: datetime) -> None:
        touch = store.add_touch("b", offer="o", at=NOON, author="kim", recorded_at=NOON)
        store.add_outcome(touch.id, "clicked", author="kim", at=NOON, answered_at=at)

    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: store.add_touch("a", offer="o", at=later, author="kim", recorded_at=NOON), "contact_malformed"),
        (lambda: store.add_touch("a", offer=" ", at=NOON, author="kim", recorded_at=NOON), "contact_malformed"),
        (lambda: store.add_outcome(1, "clicked", author="kim", at=NOON), "unknown_touch"),
        (lambda: store.add_outcome(1, "pending", author="kim", at=NOON), "contact_malformed"),  # type: ignore[arg-type]
        (lambda: store.touch(7), "unknown_touch"),
        (lambda: answered(NOON - timedelta(seconds=1)), "contact_malformed"),
        (lambda: answered(later), "contact_malformed"),
        (lambda: store.offer("seats"), "unknown_offer"),
        (lambda: store.retire_offer("seats", author="kim", at=NOON), "unknown_offer"),
    ]
    for call, code in calls:
        assert refused(call).code == code


def test_a_quiet_time_has_a_reason_and_is_ended_once(url: str, store: GrowthStore) -> None:
    out = store.add_quiet("acme", "opt_out", reason="asked", starts_on=DAY, author="kim", at=NOON)
    all_ = store.add_quiet(None, "incident", reason="outage", starts_on=DAY, author="kim", at=NOON)
    ended = store.end_quiet(out.id, author="lee", at=NOON)

    assert store.quiet() == (ended, all_)
    assert (ended.ended_at, ended.ended_by, all_.customer_id) == (NOON, "lee", None)
    assert isinstance(refused(lambda: store.end_quiet(out.id, author="lee", at=NOON)), NotFoundError)
    assert refused(lambda: store.end_quiet(99, author="lee", at=NOON)).code == "unknown_quiet"
    for customer, kind, reason, until in (
        (None, "opt_out", "asked", None),
        ("acme", "holiday", "x", None),
        ("acme", "leave_alone", "", None),
        ("acme", "leave_alone", "x", DAY),
    ):
        error = refused(
            lambda args=(customer, kind, reason, until): store.add_quiet(  # type: ignore[misc]
                args[0], args[1], reason=args[2], starts_on=DAY, until=args[3], author="kim", at=NOON
            )
        )
        assert error.code == "contact_malformed"
    assert [subject for subject, _, _ in audited(url, "quiet")] == ["acme", "everybody", "acme"]


def test_a_customer_is_with_one_owner_at_a_time_and_its_steps_stay(store: GrowthStore) -> None:
    amount = Decimal("1200.50")
    store.hand_over("acme", offer="up", owner="ann", author="kim", at=NOON, amount=amount, currency="USD")

    error = refused(lambda: store.hand_over("acme", offer="up", owner="bob", author="kim", at=NOON))
    assert (error.code, error.message) == ("handed_over_already", "acme is with ann already")
    store.move_handover("acme", owner="bob", author="kim", at=NOON)
    store.move_handover("acme", status="lost", reason="no need", author="bob", at=NOON)
    assert refused(lambda: store.move_handover("acme", status="won", author="bob", at=NOON)).code == "no_open_handover"
    store.hand_over("acme", offer="addon", owner="ann", author="kim", at=NOON)
    store.hand_over("bolt", offer="addon", owner="ann", author="kim", at=NOON)

    assert [(each.owner, each.status, each.amount, each.offer) for each in store.handovers("acme")] == [
        ("ann", "open", amount, "up"),
        ("bob", "open", amount, "up"),
        ("bob", "lost", amount, "up"),
        ("ann", "open", None, "addon"),
    ]
    assert len(store.handovers()) == 5


def test_whoever_is_listed_keeps_the_first_day_and_the_arm(store: GrowthStore) -> None:
    first = [Listing("acme", "acme", "seats", DAY, "offered"), Listing("bolt", "acme", "seats", DAY, "holdout")]
    later = DAY + timedelta(days=9)

    assert store.record_listings(first) == 2
    assert store.record_listings([replace(each, first_on=later) for each in first]) == 0
    assert store.record_listings([Listing("acme", "acme", "addon", later, "offered")]) == 1
    assert store.listings() == (*first, Listing("acme", "acme", "addon", later, "offered"))
    assert store.record_listings([]) == 0


def test_a_suppression_is_kept_once_for_customer_day_and_guardrail(store: GrowthStore) -> None:
    tomorrow = DAY + timedelta(days=1)
    many = [RecordedSuppression(f"c-{number}", DAY, "cap", "contacted") for number in range(600)]

    assert store.record_suppressions(many) == 600
    assert store.record_suppressions([*many, RecordedSuppression("c-1", DAY, "opt_out", "asked")]) == 1
    assert store.record_suppressions([RecordedSuppression("c-1", DAY, "cap", "other words")]) == 0
    assert store.record_suppressions([RecordedSuppression("c-1", tomorrow, "cap", "contacted")]) == 1
    assert store.suppression_counts(DAY, tomorrow) == {"cap": (600, 601), "opt_out": (1, 1)}
    assert store.suppression_counts(tomorrow, tomorrow) == {"cap": (1, 1)}
    assert [each.reason for each in store.suppressions(DAY, DAY) if each.customer_id == "c-1"] == ["contacted", "asked"]


def test_the_version_changes_with_every_change_and_with_nothing_else(store: GrowthStore) -> None:
    listing, kept = Listing("a", "a", "seats", DAY, "offered"), RecordedSuppression("a", DAY, "cap", "x")
    changes: list[Callable[[], Any]] = [
        lambda: store.save_offer(SEATS, author="kim", at=NOON),
        lambda: store.add_touch("a", offer="o", at=NOON, author="kim", recorded_at=NOON),
        lambda: store.add_outcome(1, "clicked", author="kim", at=NOON),
        lambda: store.add_quiet("a", "opt_out", reason="x", starts_on=DAY, author="kim", at=NOON),
        lambda: store.end_quiet(1, author="kim", at=NOON),
        lambda: store.hand_over("a", offer="o", owner="ann", author="kim", at=NOON),
        lambda: store.record_listings([listing]),
        lambda: store.record_suppressions([kept]),
    ]
    seen = [store.version()]
    for change in changes:
        change()
        seen.append(store.version())
    assert len(set(seen)) == len(changes) + 1
    said = store.said_version()
    assert seen[-1].startswith(f"{said}-")
    store.record_listings([listing])
    store.record_suppressions([kept])
    store.touches()
    assert store.version() == seen[-1]
    store.record_listings([Listing("b", "b", "seats", DAY, "holdout")])
    assert (store.version() != seen[-1], store.said_version()) == (True, said)


@pytest.mark.parametrize("table", ["touches", "touch_outcomes", "handovers", "listings", "suppressions"])
@pytest.mark.parametrize("statement", ["update {} set id = 9", "delete from {}"])
def test_what_was_contacted_is_never_rewritten(url: str, store: GrowthStore, table: str, statement: str) -> None:
    store.add_touch("a", offer="o", at=NOON, author="kim", recorded_at=NOON)
    store.add_outcome(1, "clicked", author="kim", at=NOON)
    store.hand_over("a", offer="o", owner="ann", author="kim", at=NOON)
    store.record_listings([Listing("a", "a", "seats", DAY, "offered")])
    store.record_suppressions([RecordedSuppression("a", DAY, "cap", "x")])

    require_refused(url, statement.format(table))


def test_a_forgotten_customer_is_in_none_of_it(url: str, store: GrowthStore) -> None:
    store.save_offer(
        replace(SEATS, text="As Acme Corp has it", eligibility="name = 'Acme Corp'"), author="kim", at=NOON
    )
    store.add_touch("c-1", offer="o", at=NOON, author="kim", recorded_at=NOON)
    store.add_outcome(1, "declined", reason="Acme Corp has no budget", author="kim", at=NOON)
    store.add_quiet("c-1", "leave_alone", reason="Acme Corp asked", starts_on=DAY, author="kim", at=NOON)
    store.hand_over("c-1", offer="o", owner="ann", author="kim", at=NOON)
    store.record_listings([Listing("c-1", "c-1", "seats", DAY, "offered")])
    store.record_suppressions([RecordedSuppression("c-1", DAY, "opt_out", "Acme Corp asked")])
    before = store.version()
    ids: list[str] = []

    def rewrite(text: str, may_be_id: bool) -> str:
        if may_be_id and text == "c-1":
            ids.append(text)
            return "forgotten-1"
        return text.replace("Acme Corp", "forgotten-1")

    state = open_state(url)
    state.rewrite(rewrite, token="forgotten-1", author="lou", at=NOON)
    assert not [text for text, _ in state.texts() if "Acme" in text or text == "c-1"]
    state.close()

    # A touch, a quiet time, a handover, a listing twice, a suppression, and the subjects of four lines of the log.
    assert len(ids) == 10
    assert store.touches("forgotten-1")[0].outcomes[0].reason == "forgotten-1 has no budget"
    assert store.offer("seats-10").eligibility == "name = 'forgotten-1'"
    assert store.suppressions(DAY, DAY)[0].reason == "forgotten-1 asked"
    assert store.version() != before
