"""What presses, why a step helps and by when, in words, worked by hand; and in which order proposals come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from upswell.analysis.pricing.holdings import Close
from upswell.analysis.pricing.lists import PriceList
from upswell.growth.pressing import people_of, pressures_of
from upswell.growth.proposals import Evidence, Proposal
from upswell.growth.ranking import BY_MODEL, BY_RULES, Outlook, Outlooks, ranked
from upswell.growth.shelf import Liked, Shelf
from upswell.growth.step import Customer, Pressure, Step
from upswell.growth.telling import When, when_of, why_of

DAY: Final = date(2026, 4, 1)
STEP: Final = Step(
    what="upgrade",
    plan_id="Business",
    product_id="crm",
    quantity=Decimal(5),
    term="month",
    currency="USD",
    from_plan_id="Team",
    from_quantity=Decimal(5),
    change=None,
    amounts=None,
    relieves=True,
)
SIGNALS: Final = {"plan": "Team", "limit": 10_000.0, "limit_metric": "calls", "limit_use": 8_000.0, "limit_trend": 0.1}


def shelf(**limits: int) -> Shelf:
    by_plan = {plan: {"calls": Decimal(limit)} for plan, limit in limits.items()}
    close = Close(None, None, DAY, None)  # type: ignore[arg-type]
    return Shelf(close, PriceList(), {}, by_plan, {}, (), frozenset(), frozenset())


def _whole(found: Pressure) -> tuple[int, int, bool]:
    return int(found.used), int(found.projected), found.presses


def test_use_is_projected_by_its_trend_and_what_was_blocked_was_wanted() -> None:
    [found] = pressures_of(SIGNALS)
    # 8,000 and three months of 1,000 more.
    assert _whole(found) == (8000, 11000, True)
    [found] = pressures_of(SIGNALS | {"limit_trend": -0.5})
    assert _whole(found) == (8000, 8000, False), "use that falls is projected as it is"
    [found] = pressures_of(SIGNALS | {"limit_pace": 0.9})
    assert _whole(found) == (9000, 12000, True), "the running month is at a pace of 9,000"
    [found] = pressures_of(SIGNALS | {"limit_use": 10_000.0, "blocked_30d": 2_500.0, "limit_trend": None})
    assert _whole(found) == (12500, 12500, True)
    [found] = pressures_of(SIGNALS | {"limit_use": 10_000.0, "limit_trend": None})
    assert found.presses, "at the limit is reached"


def test_use_in_parts_of_a_unit_does_not_seem_to_reach_a_limit() -> None:
    [found] = pressures_of({"plan": "Team", "limit": 2.0, "limit_metric": "storage", "limit_use": 1.6})
    assert (found.used, found.presses) == (Decimal("1.6"), False), "1.6 of 2 are no 2"
    step = replace(STEP, relieves=False)
    for used, said in (("1.4", "1.4"), ("1.999", "1.99")):
        acme = Customer("Acme", (), {}, (replace(found, used=Decimal(used)),))
        assert why_of(step, acme, shelf(Business=10)) == (
            f"you use {said} of 2 storage a month; Business has no limit of them",
        )


def test_nothing_presses_where_nothing_is_known() -> None:
    assert pressures_of({}) == ()
    assert pressures_of({"limit": 10.0, "limit_metric": "calls", "limit_use": None, "limit_pace": None}) == ()
    assert (people_of({}), people_of({"people_active": 7.0})) == (None, Decimal(7))


@pytest.mark.parametrize(
    ("pressure", "plans", "said"),
    [
        (
            Pressure("Team", "calls", Decimal(9200), Decimal(12000), Decimal(10000), date(2026, 5, 14)),
            {"Business": 50_000},
            "at the present pace you pass 10,000 calls a month on 14 May 2026; Business carries 50,000",
        ),
        (
            Pressure("Team", "calls", Decimal(10000), Decimal(10000), Decimal(10000)),
            {"Business": 50_000},
            "you have reached 10,000 calls a month; Business carries 50,000",
        ),
        (
            Pressure("Team", "calls", Decimal(9200), Decimal(12000), Decimal(10000)),
            {},
            (
                "at the present trend you need 12,000 calls a month in three months, and your plan carries 10,000; "
                "Business has no limit of them"
            ),
        ),
        (
            Pressure("Team", "calls", Decimal(200), Decimal(300), Decimal(10000)),
            {"Business": 50_000},
            "you use 200 of 10,000 calls a month; Business carries 50,000",
        ),
    ],
)
def test_why_a_plan_helps(pressure: Pressure, plans: dict[str, int], said: str) -> None:
    step = replace(STEP, relieves=pressure.presses)
    assert why_of(step, Customer("Acme", (), {}, (pressure,)), shelf(**plans)) == (said,)


def test_why_another_step_helps() -> None:
    acme = Customer("Acme", (), {}, (), people=Decimal(12))
    liked = Liked("addon", "Reports", "reports", 8, 23, Decimal(1), "customers whose main plan is Team")
    addon = replace(STEP, what="addon", plan_id="Reports", liked=liked, relieves=False)
    assert why_of(addon, acme, shelf()) == (
        "8 of 23 customers whose main plan is Team use Reports, and you do not yet",
    )
    assert why_of(replace(STEP, relieves=False, discount_ends=True), acme, shelf()) == (
        "Business is the plan above Team",
        "a discount in force is not carried over",
    )


@pytest.mark.parametrize(
    ("step", "signals", "by", "why"),
    [
        # Two weeks before the limit, not after it; and now where that is closer.
        (
            {},
            {"limit_crossing_on": date(2026, 5, 14)},
            "2026-04-30",
            "two weeks before the limit is reached on 14 May 2026",
        ),
        ({}, {"limit_crossing_on": date(2026, 4, 15)}, "2026-04-01", "the limit is reached on 15 April 2026"),
        ({}, {}, "2026-04-01", "the limit is reached"),
        ({"what": "seats"}, {"renewal_on": date(2026, 6, 1)}, "2026-04-01", "fewer than a tenth of the seats are free"),
        # 30 days before the term renews, if it does within 90.
        (
            {"relieves": False},
            {"renewal_on": date(2026, 6, 30)},
            "2026-05-31",
            "before the term renews on 30 June 2026",
        ),
        ({"relieves": False}, {"renewal_on": date(2026, 4, 9)}, "2026-04-01", "before the term renews on 9 April 2026"),
        ({"relieves": False}, {"renewal_on": date(2026, 7, 1)}, "2026-06-30", "within the quarter; nothing presses"),
        ({"relieves": False}, {}, "2026-06-30", "within the quarter; nothing presses"),
    ],
)
def test_by_when(step: dict[str, Any], signals: dict[str, Any], by: str, why: str) -> None:
    found = when_of(replace(STEP, **step), signals, day=DAY)
    assert (found.by.isoformat(), found.why) == (by, why)


def test_evidence_reads_as_a_person_writes_it() -> None:
    facts = [("limit_share", 0.97647), ("limit", 160_000.0), ("open_to_more", True), ("renewal_on", DAY)]
    assert [str(Evidence(*fact)) for fact in facts] == [
        "limit_share 0.9765",
        "limit 160000",
        "open_to_more yes",
        "renewal_on 2026-04-01",
    ]


def _proposal(customer: str, by: str, *, relieves: bool) -> Proposal:
    step = replace(STEP, relieves=relieves)
    return Proposal(customer, step, False, None, When(date.fromisoformat(by), ""), (), ())


def test_rules_rank_what_is_outgrown_and_sooner_first() -> None:
    given = [
        _proposal("D", "2026-04-01", relieves=False),
        _proposal("C", "2026-05-01", relieves=True),
        _proposal("B", "2026-04-02", relieves=True),
        _proposal("A", "2026-05-01", relieves=True),
    ]
    rules = Outlooks()
    assert [each.customer_id for each in ranked(given, rules)] == ["B", "A", "C", "D"]
    assert rules.ranking == BY_RULES
    # A score alone does not rank: the model must be better than the segment's rate.
    scored = Outlooks("rules", {"D": Outlook(rank=1)})
    assert [each.customer_id for each in ranked(given, scored)] == ["B", "A", "C", "D"]


def test_the_model_ranks_those_that_it_knows_and_rules_the_others() -> None:
    given = [_proposal(each, "2026-04-01", relieves=True) for each in "ABCD"]
    model = Outlooks("model", {"C": Outlook(rank=1), "B": Outlook(rank=2)})
    assert [each.customer_id for each in ranked(given, model)] == ["C", "B", "A", "D"]
    assert model.ranking == BY_MODEL
