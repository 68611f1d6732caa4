"""Nobody is contacted whom a guardrail protects, nobody is kept back without cause, and nothing goes round the gate."""

from __future__ import annotations

import ast
import copy
import pickle
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import upswell
from tests.growth.gate_oracle import forbidden, is_in_holdout, require_only_cleared
from upswell.growth.contacts import Contact, Known, contacts_of
from upswell.growth.guardrails import GUARDRAILS, Candidate, Cleared, clear, suppressed
from upswell.growth.holdout import is_held_out
from upswell.growth.settings import Cap, GrowthSettings
from upswell.state import Listing, Quiet, Touch, TouchOutcome

DAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NO_HOLDOUT = GrowthSettings(holdout=Decimal(0))


def asked(customer: str = "acme", **more: Any) -> Candidate:
    given: dict[str, Any] = {"customer_id": customer, "family_id": customer, "offer": "seats-10", "what": "seats"}
    return Candidate(**(given | more))


def contact(customer: str = "acme", *, ago: int, outcome: Any = "pending", **more: Any) -> Contact:
    at = NOON - timedelta(days=ago)
    return Contact(customer, at, at.date(), "seats-10", "email", outcome, **more)


def quiet(kind: Any, customer: str | None = "acme", *, starts: int = 0, until: int | None = None) -> Quiet:
    end = None if until is None else DAY + timedelta(days=until)
    return Quiet(1, customer, kind, "said so", DAY + timedelta(days=starts), end, "kim", NOON, None, None)


def told(known: Known, candidate: Candidate | None = None, settings: GrowthSettings = NO_HOLDOUT) -> dict[str, Any]:
    """What is said of one candidate: by guardrail, the reason and the days until it is over."""
    gate = clear([candidate or asked()], known, settings, now=DAY)
    assert bool(gate.cleared) == (not gate.suppressed)
    return {
        each.guardrail: (each.reason, None if each.until is None else (each.until - DAY).days)
        for each in gate.suppressed
    }


def test_a_customer_of_whom_nothing_is_known_is_cleared() -> None:
    gate = clear([asked()], Known(), NO_HOLDOUT, now=DAY)

    assert [(each.customer_id, each.offer, each.day, each.place) for each in gate.cleared] == [
        ("acme", "seats-10", DAY, 0)
    ]
    assert gate.counts() == dict.fromkeys(GUARDRAILS, 0)
    assert gate.listings() == (Listing("acme", "acme", "seats", DAY, "offered"),)
    assert gate.not_checked == {"low_health": "no health score"}


def test_each_guardrail_says_why_and_until_when() -> None:
    assert told(Known(), asked(unfit="nothing above Business")) == {"no_fit": ("nothing above Business", None)}
    assert told(Known(), asked(discount_percent=Decimal("20.5"))) == {
        "discount_depth": ("a discount of 20.5 %, and the limit is 20 %", None)
    }
    assert told(Known(), asked(discount_percent=Decimal(20))) == {}
    assert told(Known(quiet=(quiet("opt_out"),))) == {"opted_out": ("said so", None)}
    assert told(Known(quiet=(quiet("leave_alone", until=5),))) == {"leave_alone": ("said so", 5)}
    assert told(Known(quiet=(quiet("incident", None, starts=-13),))) == {"incident": ("said so", 1)}
    assert told(Known(quiet=(quiet("incident", None, starts=-14),))) == {}
    assert told(Known(with_sales={"acme": "Kim has it"})) == {"with_sales": ("Kim has it", None)}
    assert told(Known(leaving={"acme": "it asked to cancel"})) == {"leaving": ("it asked to cancel", None)}
    assert told(Known(arrears={"acme": "it is past_due"})) == {"arrears": ("it is past_due", None)}
    assert told(Known(contractions={"acme": DAY - timedelta(days=59)})) == {
        "contraction": ("it pays less since 2026-01-04", 1)
    }
    assert told(Known(contractions={"acme": DAY - timedelta(days=60)})) == {}
    assert told(Known(contacts=(contact(ago=89, outcome="declined", answered_on=DAY - timedelta(days=80)),))) == {
        "declined": ("it declined seats-10 on 2025-12-14", 10)
    }
    assert told(Known(contacts=(contact(ago=29, outcome="accepted"),))) == {
        "accepted": ("it accepted seats-10 on 2026-02-03", 1)
    }
    assert told(Known(contacts=(contact(ago=13),))) == {
        "customer_cap": ("it was contacted 1 time in 14 days, and the limit is 1", 1)
    }
    assert told(Known(contacts=(contact(ago=14),))) == {}
    assert told(Known(contacts=tuple(contact(ago=ago) for ago in (80, 60, 40, 20)))) == {
        "customer_cap": ("it was contacted 4 times in 90 days, and the limit is 3", 30)
    }


def test_health_is_low_by_its_own_bands_or_by_the_setting() -> None:
    known = Known(health={"acme": 39}, health_low_below=40)

    assert told(known) == {"low_health": ("its health is 39 points, below 40", None)}
    assert told(known, settings=NO_HOLDOUT.model_copy(update={"health_points_min": 39})) == {}
    assert clear([asked()], known, NO_HOLDOUT, now=DAY).not_checked == {}
    assert told(replace(known, health_low_below=None)) == {}


def test_an_opt_out_counts_before_its_day_and_others_do_not() -> None:
    assert set(told(Known(quiet=(quiet("opt_out", starts=9),)))) == {"opted_out"}
    assert told(Known(quiet=(quiet("leave_alone", starts=1), quiet("incident", starts=1)))) == {}
    assert told(Known(quiet=(replace(quiet("opt_out"), ended_at=NOON),))) == {}


def test_an_incident_of_today_counts_though_the_book_is_older() -> None:
    begins = (quiet("incident", starts=3),)
    assert set(told(Known(quiet=begins, today=DAY + timedelta(days=3)))) == {"incident"}
    assert told(Known(quiet=begins, today=DAY + timedelta(days=2))) == {}


def test_no_days_after_an_answer_or_an_incident_turn_the_guardrail_off() -> None:
    off = NO_HOLDOUT.model_copy(update={"days_after_decline": 0, "days_after_incident": 0, "days_after_contraction": 0})
    # Said three days after the day of the book: no day of it is over yet, and no days are none.
    later = DAY + timedelta(days=3)
    known = Known(
        contacts=(contact(ago=200, outcome="declined", answered_on=later),),
        quiet=(quiet("incident", starts=3),),
        contractions={"acme": DAY},
        today=later,
    )
    assert set(told(known)) == {"declined", "incident", "contraction"}
    assert told(known, settings=off) == {}
    until = replace(known, quiet=(quiet("incident", starts=3, until=9),))
    assert set(told(until, settings=off)) == {"incident"}, "an end that somebody named holds"


def test_every_guardrail_that_hits_is_told_and_kept_once() -> None:
    known = Known(
        contacts=(contact(ago=3, outcome="declined"),), quiet=(quiet("opt_out"),), arrears={"acme": "it is past_due"}
    )
    gate = clear([asked(), asked(offer="yearly", unfit="it pays yearly")], known, NO_HOLDOUT, now=DAY)

    names = ["opted_out", "arrears", "declined", "customer_cap"]
    assert [each.guardrail for each in gate.suppressed] == [*names, "no_fit", *names]
    assert [(each.guardrail, each.day) for each in gate.records()] == [(name, DAY) for name in (*names, "no_fit")]
    assert {name for name, count in gate.counts().items() if count == 1} == {*names, "no_fit"}
    assert gate.listings() == ()


def test_caps_hold_within_one_answer() -> None:
    known = Known(families={"sub-1": "head", "sub-2": "head"})
    given = [asked("acme"), asked("acme", offer="yearly"), asked("sub-1", family_id="head")]
    gate = clear([*given, asked("sub-2", family_id="head"), asked("bolt")], known, NO_HOLDOUT, now=DAY)

    assert [each.place for each in gate.cleared] == [0, 2, 4]
    assert [(each.customer_id, each.guardrail) for each in gate.suppressed] == [
        ("acme", "customer_cap"),
        ("sub-2", "family_cap"),
    ]


def test_a_family_is_contacted_as_one() -> None:
    known = Known(contacts=(contact("sub-1", ago=5),), families={"sub-1": "head"})

    assert told(known, asked("head")) == {
        "family_cap": ("its family was contacted 1 time in 14 days, and the limit is 1", 9)
    }


def test_the_holdout_is_a_draw_of_families_that_a_larger_share_contains() -> None:
    families = [f"c-{number}" for number in range(4000)]
    tenth, fifth = ({f for f in families if is_held_out(f, share=Decimal(s), salt="a")} for s in ("0.1", "0.2"))
    other = {f for f in families if is_held_out(f, share=Decimal("0.1"), salt="b")}

    # Five standard deviations of 4,000 draws about 400 and 800.
    assert abs(len(tenth) - 400) < 95
    assert abs(len(fifth) - 800) < 127
    assert tenth < fifth
    assert other != tenth
    assert tenth == {f for f in families if is_in_holdout(f, GrowthSettings(holdout_salt="a"))}
    assert not any(is_held_out(f, share=Decimal(0), salt="a") for f in families)


def test_who_is_held_out_is_listed_in_its_arm_where_nothing_else_speaks_against_it() -> None:
    settings = GrowthSettings(holdout=Decimal("0.5"))
    families = [f"c-{number}" for number in range(40)]
    held = next(family for family in families if is_in_holdout(family, settings))
    gate = clear([asked(held), asked(held, offer="yearly")], Known(), settings, now=DAY)

    assert gate.cleared == ()
    assert gate.listings() == (Listing(held, held, "seats", DAY, "holdout"),)
    assert [(each.offer, each.guardrail) for each in gate.suppressed] == [
        ("seats-10", "holdout"),
        ("yearly", "customer_cap"),
        ("yearly", "holdout"),
    ]
    kept = clear([asked(held)], Known(arrears={held: "it is past_due"}), settings, now=DAY)
    assert kept.listings() == ()


def test_who_is_suppressed_has_every_reason_and_the_last_day() -> None:
    known = Known(
        contacts=(contact("acme", ago=3, outcome="declined"), contact("bolt", ago=3)), quiet=(quiet("opt_out", "core"),)
    )
    found = suppressed([(each, each) for each in ("acme", "bolt", "core", "dart")], known, NO_HOLDOUT, now=DAY)

    assert [(each.customer_id, [_.guardrail for _ in each.reasons], each.until) for each in found] == [
        ("acme", ["declined", "customer_cap"], DAY + timedelta(days=87)),
        ("bolt", ["customer_cap"], DAY + timedelta(days=11)),
        ("core", ["opted_out"], None),
    ]


def test_what_is_cleared_is_made_by_the_gate_alone() -> None:
    (cleared,) = clear([asked()], Known(), NO_HOLDOUT, now=DAY).cleared

    for seal in (None, object(), "seal"):
        with pytest.raises(TypeError, match="only the gate"):
            Cleared(asked(), DAY, 0, seal)
    with pytest.raises((TypeError, ValueError)):
        replace(cleared, candidate=asked("bolt"))  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        cleared.candidate = asked("bolt")  # type: ignore[misc]
    with pytest.raises(TypeError, match="never kept"):
        pickle.dumps(cleared)
    with pytest.raises(TypeError, match="never kept"):
        copy.copy(cleared)
    with pytest.raises(TypeError, match="gate alone"):
        type("Mine", (Cleared,), {})


def test_no_other_module_holds_the_seal_or_makes_what_is_cleared() -> None:
    package = Path(upswell.__file__).parent
    for path in package.rglob("*.py"):
        if path == package / "growth" / "guardrails.py":
            continue
        names = {
            node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else node.name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Name | ast.Attribute | ast.alias)
        }
        assert "_SEAL" not in names, path
        made = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
            and (getattr(node.func, "id", None) == "Cleared" or getattr(node.func, "attr", None) == "Cleared")
        ]
        assert made == [], path


# -- a contact is counted once ---------------------------------------------------------------------


def test_an_imported_and_a_recorded_twin_are_one_contact() -> None:
    imported = [contact(ago=3, outcome="clicked"), replace(contact(ago=3, outcome="pending"), channel="call")]
    twin = Touch(7, "acme", NOON - timedelta(days=3), "seats-10", None, None, "kim", NOON)
    said = replace(twin, outcomes=(TouchOutcome(1, 7, "declined", "budget", NOON, "kim"),))
    taken_back = replace(twin, outcomes=(TouchOutcome(1, 7, "withdrawn", None, NOON, "kim"),))
    other = replace(twin, id=8, at=NOON)

    (first,) = contacts_of(imported, [twin], zone=UTC)
    assert (first.outcome, first.channel, first.touch_id, first.clicked) == ("clicked", "email", 7, True)
    (later,) = contacts_of(imported, [said], zone=UTC)
    assert (later.outcome, later.answered_on, later.reason, later.clicked) == ("declined", DAY, "budget", True)
    assert contacts_of(imported, [taken_back], zone=UTC) == ()
    assert [each.touch_id for each in contacts_of(imported, [said, other], zone=UTC)] == [7, 8]


def test_a_click_takes_no_answer_back() -> None:
    declined = TouchOutcome(1, 7, "declined", "budget", NOON, "kim")
    late_click = TouchOutcome(2, 7, "clicked", None, NOON, "app")
    touch = Touch(7, "acme", NOON - timedelta(days=3), "seats-10", None, None, "kim", NOON, (declined, late_click))
    (found,) = contacts_of([], [touch], zone=UTC)
    assert (found.outcome, found.answered_on, found.reason, found.clicked) == ("declined", DAY, "budget", True)
    clicked = replace(touch, outcomes=(late_click,))
    assert [each.outcome for each in contacts_of([], [clicked], zone=UTC)] == ["clicked"]
    imported = contact(ago=3, outcome="declined")
    assert [each.outcome for each in contacts_of([imported], [clicked], zone=UTC)] == ["declined"]


def test_who_is_lower_on_one_list_is_told_so_and_not_that_it_was_contacted() -> None:
    known = Known(families={"sub": "acme"})
    gate = clear([asked(), asked("sub", family_id="acme")], known, NO_HOLDOUT, now=DAY)
    assert [each.customer_id for each in gate.cleared] == ["acme"]
    assert [(each.guardrail, each.reason, each.until) for each in gate.suppressed] == [
        ("family_cap", "another of its family comes first on the list", None)
    ]


# -- random histories --------------------------------------------------------------------------------

CUSTOMERS = tuple(f"c{number}" for number in range(6))
FAMILIES = {"c1": "c0", "c3": "c2"}
_ids = st.sampled_from(CUSTOMERS)
_ago = st.integers(-20, 120)
_contacts = st.builds(
    lambda customer, ago, outcome, answered: contact(
        customer, ago=ago, outcome=outcome, answered_on=None if answered is None else DAY - timedelta(days=answered)
    ),
    _ids,
    _ago,
    st.sampled_from(("pending", "clicked", "ignored", "declined", "accepted")),
    st.none() | _ago,
)
_quiet = st.builds(
    lambda kind, customer, starts, until, ended: replace(
        quiet(kind, "c0" if kind == "opt_out" and customer is None else customer, starts=starts, until=until),
        ended_at=NOON if ended else None,
    ),
    st.sampled_from(("opt_out", "incident", "leave_alone")),
    st.none() | _ids,
    st.integers(-40, 10),
    st.none() | st.integers(-20, 20),
    st.booleans(),
)
_known = st.builds(
    Known,
    contacts=st.lists(_contacts, max_size=12).map(tuple),
    quiet=st.lists(_quiet, max_size=3).map(tuple),
    families=st.just(FAMILIES),
    contractions=st.dictionaries(_ids, _ago.map(lambda ago: DAY - timedelta(days=ago)), max_size=2),
    arrears=st.dictionaries(_ids, st.just("it is past_due"), max_size=1),
    leaving=st.dictionaries(_ids, st.just("it leaves"), max_size=1),
    with_sales=st.dictionaries(_ids, st.just("Kim has it"), max_size=1),
    health=st.dictionaries(_ids, st.integers(0, 100), max_size=3),
    health_low_below=st.none() | st.integers(0, 100),
    today=st.integers(0, 10).map(lambda later: DAY + timedelta(days=later)),
)
_caps = st.lists(st.builds(Cap, contacts=st.integers(0, 4), days=st.integers(1, 100)), max_size=2).map(tuple)
_days = st.integers(0, 100)
_settings = st.builds(
    GrowthSettings,
    customer_caps=_caps,
    family_caps=_caps,
    days_after_decline=_days,
    days_after_acceptance=_days,
    days_after_incident=_days,
    days_after_contraction=_days,
    health_points_min=st.none() | st.integers(0, 100),
    discount_percent_max=st.integers(0, 40).map(Decimal),
    holdout=st.sampled_from((Decimal(0), Decimal("0.1"), Decimal("0.5"))),
    holdout_salt=st.text(max_size=3),
)
_candidates = st.lists(
    st.builds(
        lambda customer, discount, unfit: asked(
            customer,
            family_id=FAMILIES.get(customer, customer),
            discount_percent=discount,
            unfit="nothing to sell" if unfit else None,
        ),
        _ids,
        st.none() | st.integers(0, 40).map(Decimal),
        st.integers(0, 9).map(lambda number: number == 0),
    ),
    max_size=8,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(_candidates, _known, _settings)
def test_the_gate_keeps_back_what_the_oracle_does_and_nothing_else(
    candidates: list[Candidate], known: Known, limits: GrowthSettings
) -> None:
    gate = clear(candidates, known, limits, now=DAY)

    left = list(gate.suppressed)
    would_be_listed: list[Candidate] = []
    cleared: list[int] = []
    held_out: list[int] = []
    for place, each in enumerate(candidates):
        expected = forbidden(each, known, limits, DAY, shown=would_be_listed)
        if expected <= {"holdout"}:
            would_be_listed.append(each)
            (held_out if expected else cleared).append(place)
        # The suppressions of one candidate stand together, in the order of the candidates.
        own, left = left[: len(expected)], left[len(expected) :]
        assert {(found.customer_id, found.guardrail) for found in own} == {
            (each.customer_id, name) for name in expected
        }
        assert all(found.until is None or found.until > DAY for found in own)
    assert left == []
    assert [each.place for each in gate.cleared] == cleared
    assert gate.held_out == tuple(candidates[place] for place in held_out)
    require_only_cleared([each.customer_id for each in gate.cleared], known, limits, DAY, families=FAMILIES)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(_known, _settings)
def test_what_until_says_comes_true(known: Known, limits: GrowthSettings) -> None:
    """On the day that is told the guardrail lets go, if nothing new happens; on the day before it does not."""
    for each in clear([asked(customer) for customer in CUSTOMERS], known, limits, now=DAY).suppressed:
        if each.until is not None and each.guardrail not in ("family_cap", "customer_cap", "leave_alone", "incident"):
            candidate = asked(each.customer_id)
            assert each.guardrail in forbidden(candidate, known, limits, each.until - timedelta(days=1))
            assert each.guardrail not in forbidden(candidate, known, limits, each.until)
