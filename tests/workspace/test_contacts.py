"""What is known of a company's customers keeps offers from them, and what was said of contacts comes back once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from tests.workspace.company import settings, workspace_of
from upswell.errors import UsageError
from upswell.growth.guardrails import Candidate, clear
from upswell.state import Listing, OfferDraft

AS_OF = datetime(2026, 3, 4, 12, tzinfo=UTC)
ITEMS = """
plain,Team,2025-01-10,,5,20.00,
smaller,Team,2025-01-10,2026-02-20,5,20.00,
smaller,Team,2026-02-20,,3,20.00,
cheaper,Team,2025-01-10,2026-02-20,5,20.00,
cheaper,Team,2026-02-20,,5,18.00,
leaver,Team,2025-01-10,2026-04-01,5,20.00,
head,Team,2025-01-10,,5,20.00,
member,Team,2025-01-10,,5,20.00,
grower,Team,2025-01-10,2025-10-10,5,20.00,
grower,Team,2025-10-10,,8,20.00,
"""
CUSTOMERS = """customer_id,name,parent_id,country,owner,valid_from
plain,Plain & Sons,,DE,Ada,
head,Head,,DE,Ada,
member,Member,head,FR,Bea,
grower,Grower,,DE,Ada,
grower,Grower,,DE,Bea,2025-12-01
free,Free,head,FR,,
"""
TOUCHES = """customer_id,at,offer,channel,outcome,discount_percent
member,2026-03-01T10:00:00Z,seats,email,pending,
grower,2025-09-20T10:00:00Z,seats,email,accepted,10
grower,2025-12-20T23:30:00Z,yearly,call,ignored,
"""
SETTINGS = 'currency = "USD"\ntimezone = "UTC"\npolicy = "{policy}"\n[growth]\nholdout = 0\n'


def company_of(folder: Path, *, policy: str = "strict") -> upswell.Workspace:
    """Nobody of it is held out."""
    workspace = workspace_of(folder / "company", ITEMS, policy=policy)
    for name, text in (("customers", CUSTOMERS), ("touches", TOUCHES)):
        path = folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        assert workspace.import_file(path, table=name).held_back == 0
    workspace.build(as_of=AS_OF)
    return settings(workspace, SETTINGS.format(policy=policy))


@pytest.fixture
def company(tmp_path: Path) -> upswell.Workspace:
    return company_of(tmp_path)


def suppressions(company: upswell.Workspace) -> dict[str, dict[str, str]]:
    return {
        each.customer_id: {reason.guardrail: reason.reason for reason in each.reasons}
        for each in company.suppressions()
    }


def test_the_book_says_whom_to_leave_alone(company: upswell.Workspace) -> None:
    assert suppressions(company) == {
        "smaller": {"contraction": "it pays less since 2026-02-20"},
        "leaver": {"leaving": "it leaves on 2026-04-01, as scheduled"},
        "member": {"customer_cap": "it was contacted 1 time in 14 days, and the limit is 1"},
        "head": {"family_cap": "its family was contacted 1 time in 14 days, and the limit is 1"},
    }
    assert [each.until for each in company.suppressions("member")] == [date(2026, 3, 15)]
    assert company.suppressions("plain") == ()


def test_an_end_that_most_have_is_that_of_a_term(tmp_path: Path) -> None:
    yearly = [f"c{number},Team,2025-06-01,2026-06-01,5,20.00," for number in range(4)]
    company = workspace_of(tmp_path / "company", "\n".join(yearly), policy="strict")
    path = tmp_path / "asked.csv"
    path.write_text(
        "customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,cancel_requested_at\n"
        "asked,Team,2025-06-01,2026-06-01,5,20.00,2026-02-01\n",
        "utf-8",
    )
    company.import_file(path, table="items")
    company.build(as_of=AS_OF)
    company = settings(company, SETTINGS.format(policy="strict"))
    assert suppressions(company) == {"asked": {"leaving": "it asked to cancel on 2026-02-01"}}


def test_more_seats_at_a_lower_price_are_no_step_back_and_fewer_to_come_are_one(tmp_path: Path) -> None:
    rows = """
repriced,Team,2025-01-31,2026-02-20,10,20.00,
repriced,Team,2026-02-20,,12,15.00,
shrinks,Team,2025-01-31,2026-03-09,10,20.00,
shrinks,Team,2026-03-09,,4,20.00,
yonder,Team,2025-01-31,2026-12-01,10,20.00,
yonder,Team,2026-12-01,,4,20.00,
plain,Team,2025-01-31,,10,20.00,
"""
    workspace = workspace_of(tmp_path / "company", rows, policy="strict")
    workspace.build(as_of=AS_OF)
    company = settings(workspace, SETTINGS.format(policy="strict"))
    assert suppressions(company) == {"shrinks": {"contraction": "it will pay less from 2026-03-09"}}
    assert [each.until for each in company.suppressions("shrinks")] == [date(2026, 5, 8)]


def test_a_customer_is_asked_about_that_never_had_an_item(company: upswell.Workspace) -> None:
    assert "free" not in suppressions(company)
    assert [reason.guardrail for each in company.suppressions("free") for reason in each.reasons] == ["family_cap"]
    company.add_quiet("free", kind="opt_out", reason="wants no mail", author="kim")
    assert set(suppressions(company)["free"]) == {"opted_out", "family_cap"}
    assert [each.customer_id for each in company.suppressions("free")] == ["free"]
    with pytest.raises(UsageError, match="there is no customer plan"):
        company.suppressions("plan")


def test_a_late_click_takes_no_answer_back(company: upswell.Workspace) -> None:
    declined = company.add_touch("plain", offer="seats", author="kim")
    company.add_outcome(declined.id, outcome="declined", author="kim")
    assert company.add_outcome(declined.id, outcome="clicked", author="kim").outcome == "declined"
    never = company.add_touch("plain", offer="upgrade", author="kim")
    company.add_outcome(never.id, outcome="withdrawn", author="kim")
    assert company.add_outcome(never.id, outcome="clicked", author="kim").outcome == "withdrawn"
    assert [(each.offer, each.outcome, each.clicked) for each in company.touches("plain")] == [
        ("seats", "declined", True)
    ]


def test_what_was_said_keeps_offers_away_until_it_is_ended(company: upswell.Workspace) -> None:
    out = company.add_quiet("plain", kind="opt_out", reason="wants no mail", author="kim")
    company.add_quiet(None, kind="incident", reason="outage", until=date(2026, 3, 9), author="kim")

    # Who says so today says it of the book's day too.
    assert out.starts_on == AS_OF.date()
    assert suppressions(company)["plain"] == {"opted_out": "wants no mail", "incident": "outage"}
    assert set(suppressions(company)["cheaper"]) == {"incident"}
    company.end_quiet(out.id, author="kim")
    assert suppressions(company)["plain"] == {"incident": "outage"}


def test_a_touch_counts_once_and_a_decline_for_long(company: upswell.Workspace) -> None:
    twin = company.add_touch("member", offer="seats", at=datetime(2026, 3, 1, 10, tzinfo=UTC), author="kim")
    assert len(company.touches("member")) == 1
    company.add_outcome(twin.id, outcome="declined", reason="no budget", author="kim")

    (contact,) = company.touches("member")
    assert (contact.outcome, contact.reason, contact.channel, contact.touch_id) == ("declined", "no budget", "email", 1)
    assert set(suppressions(company)["member"]) == {"declined", "customer_cap"}
    company.add_outcome(twin.id, outcome="withdrawn", author="kim")
    assert "member" not in suppressions(company)
    assert [each.on for each in company.touches("grower")] == [date(2025, 9, 20), date(2025, 12, 20)]


def test_under_a_policy_by_families_a_word_to_a_member_counts_for_the_head(tmp_path: Path) -> None:
    company = company_of(tmp_path, policy="strict+family")
    company.add_quiet("head", kind="leave_alone", reason="in court", author="kim")
    company.add_touch("free", offer="seats", author="kim")

    found = suppressions(company)
    assert set(found["head"]) == {"leave_alone", "customer_cap"}
    assert "member" not in found
    assert len([each for each in company.touches() if each.customer_id == "head"]) == 2


def test_two_members_that_were_written_to_at_one_time_stay_two_contacts(tmp_path: Path) -> None:
    company = company_of(tmp_path, policy="strict+family")
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    first, second = (company.add_touch(each, offer="yearly", at=at, author="kim") for each in ("head", "member"))
    company.add_outcome(first.id, outcome="declined", author="kim")
    assert [each.outcome for each in company.touches("head") if each.at == at] == ["declined", "pending"]
    company.add_outcome(second.id, outcome="withdrawn", author="kim")
    assert [each.outcome for each in company.touches("head") if each.at == at] == ["declined"]
    assert "declined" in suppressions(company)["head"]


def test_an_offer_is_saved_only_with_a_filter_of_customers(company: upswell.Workspace) -> None:
    draft = OfferDraft(name="seats-10", title="Ten seats", text="More room", what="seats")
    assert company.save_offer(replace(draft, eligibility="country = 'DE' and mrr_band = '100 to 500'")).author
    for condition, code in (("plan = 'Team'", "column_not_of_customers"), ("county = 'DE'", "unknown_column")):
        with pytest.raises(UsageError) as refused:
            company.save_offer(replace(draft, eligibility=condition))
        assert refused.value.code == code
    assert [each.name for each in company.offers()] == ["seats-10"]
    assert company.retire_offer("seats-10").retired_at is not None


def test_who_and_what_is_unknown_is_refused_with_the_nearest_name(company: upswell.Workspace) -> None:
    with pytest.raises(UsageError) as refused:
        company.add_touch("plains", offer="seats")
    assert (refused.value.code, refused.value.remedy) == ("unknown_customer", "did you mean plain?")
    with pytest.raises(UsageError) as refused:
        company.add_touch("plain", offer="yearli")
    assert (refused.value.code, refused.value.remedy) == ("unknown_offer", "did you mean yearly?")
    with pytest.raises(UsageError) as refused:
        company.add_quiet("plains", reason="x")
    assert refused.value.code == "unknown_customer"
    assert (company.growth_state.touches(), company.quiet()) == ((), ())


def test_the_funnel_is_cut_by_what_the_customer_was_on_the_day(company: upswell.Workspace) -> None:
    by_owner = {row.value: row for row in company.offer_funnel(by="owner").rows}
    assert {owner: row.shown for owner, row in by_owner.items()} == {"Ada": 1, "Bea": 2}
    accepted = by_owner["Ada"]
    assert (accepted.accepted, accepted.expanded, accepted.expanded_mrr) == (1, 1, Decimal("60.00"))
    assert (accepted.too_young_to_last, accepted.lasting_mrr) == (1, Decimal("0.00"))
    by_offer = company.offer_funnel()
    assert [(row.value, row.shown) for row in by_offer.rows] == [("seats", 2), ("yearly", 1)]
    assert (by_offer.whole.shown, by_offer.whole.too_young) == (3, 2)
    french = company.offer_funnel(by="channel", where="country = 'FR'")
    assert [(row.value, row.shown) for row in french.rows] == [("email", 1)]
    assert company.offer_funnel(first=date(2025, 12, 1), last=date(2025, 12, 31)).whole.shown == 1
    assert [row.value for row in company.offer_funnel(by="mrr_band").rows] == ["100 to 500"]
    with pytest.raises(UsageError) as refused:
        company.offer_funnel(by="plan")
    assert refused.value.code == "column_not_of_customers"


def test_what_a_gate_says_is_kept_and_the_effect_waits_for_families(company: upswell.Workspace) -> None:
    with company._asking(None) as (connection, facts, rules):
        known = company._known_of(connection, facts, rules)
        offers = [
            Candidate(customer_id=each, family_id=known.family(each), offer="seats", what="seats")
            for each in ("plain", "member", "leaver")
        ]
        gate = clear(offers, known, company.settings.growth, now=facts.as_of_day)
    company._keep(gate)
    company._keep(gate)

    day = AS_OF.date()
    assert company.growth_state.listings() == (Listing("plain", "plain", "seats", day, "offered"),)
    assert company.suppression_counts(first=day, last=day) == {"customer_cap": (1, 1), "leaving": (1, 1)}
    assert company.suppression_counts(first=day + timedelta(days=1), last=day + timedelta(days=9)) == {}
    effect = company.offer_effect()
    assert (effect.offered.too_young, effect.is_measured) == (1, False)
    assert effect.reason == "0 families listed 90 days ago; an effect needs 50 in each arm"


def test_a_question_about_a_former_time_leaves_no_trace(company: upswell.Workspace) -> None:
    company.close("2026-01", author="kim")
    then = company.as_of("2026-01")
    with then._asking(None) as (connection, facts, rules):
        known = then._known_of(connection, facts, rules)
        offer = Candidate(customer_id="plain", family_id="plain", offer="seats", what="seats")
        then._keep(clear([offer], known, then.settings.growth, now=facts.as_of_day))
    assert company.growth_state.listings() == ()


def test_an_effect_is_measured_from_the_book(tmp_path: Path) -> None:
    rows = []
    for number in range(200):
        grows = number % 2 == 0 or number % 10 == 1
        rows.append(f"c{number},Team,2025-01-10,{'2025-10-10' if grows else ''},5,20.00,")
        if grows:
            rows.append(f"c{number},Team,2025-10-10,,8,20.00,")
    company = workspace_of(tmp_path / "company", "\n".join(rows))
    company.build(as_of=AS_OF)
    company.growth_state.record_listings(
        Listing(f"c{number}", f"c{number}", "seats", date(2025, 9, 1), "holdout" if number % 2 else "offered")
        for number in range(200)
    )

    effect = company.offer_effect()
    # All of one arm expanded by 60.00, a fifth of the other.
    assert (effect.offered.families, effect.offered.expanded, effect.holdout.expanded) == (100, 100, 20)
    assert effect.mrr is not None
    assert effect.share is not None
    assert (effect.mrr.value, effect.share.value) == (Decimal("48.00"), Decimal("0.800000"))
    assert effect.mrr.low > 40
    assert effect.share.high < 1
