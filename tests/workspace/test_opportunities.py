"""The list of a small company, the offer that fits, handing over to sales, the file for the CRM: worked by hand.

Team at 20.00 and Business at 35.00 a seat; 1,000 and 4,000 calls a month; as of 2026-01-10. Nobody is held out.

    Acme   5 seats of Team since 31 January 2025, 900 calls in November and 1,000 in December: at its limit
    Bolt   20 seats of Team, 10 people: nothing presses
    =Cid   3 seats of Business since 1 December, 3 people
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

import upswell
from tests.workspace.company import settings
from upswell.errors import NotFoundError, UsageError, WorkspaceError
from upswell.growth.answers import NoOffer, OfferNow
from upswell.state import OfferDraft
from upswell.workspace import Workspace

AS_OF: Final = datetime(2026, 1, 10, tzinfo=UTC)
ITEMS: Final = """customer_id,product_id,plan_id,starts_at,quantity,unit_amount,item_type
Acme,crm,Team,2025-01-31,5,20.00,plan
Bolt,crm,Team,2025-03-01,20,20.00,plan
T3,crm,Team,2025-04-01,1,20.00,plan
=Cid,crm,Business,2025-12-01,3,35.00,plan
B2,crm,Business,2025-03-01,4,35.00,plan
B3,crm,Business,2025-04-01,1,35.00,plan
Free,crm,Free,2025-04-01,1,0.00,plan
"""
CUSTOMERS: Final = """customer_id,name,owner,country
Acme,"=HYPERLINK(""http://x"")",Ada,DE
Bolt,Bolt AG,Boris,DE
=Cid,@Cid,Ada,FR
"""
USAGE: Final = """customer_id,metric,day,quantity
Acme,calls,2025-11-05,900
Acme,calls,2025-12-05,1000
Bolt,active_users,2025-12-28,10
=Cid,active_users,2025-12-28,3
Free,calls,2025-12-05,100
"""
LIMITS: Final = "plan_id,metric,limit\nFree,calls,100\nTeam,calls,1000\nBusiness,calls,4000\n"
SETTINGS: Final = 'currency = "USD"\ntimezone = "UTC"\npolicy = "strict"\n[growth]\nholdout = 0\nhandover_amount = 60\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, built once; tests that write have a copy."""
    folder = tmp_path_factory.mktemp("opportunities")
    workspace = upswell.init(folder / "work")
    for table, text in (("items", ITEMS), ("customers", CUSTOMERS), ("usage", USAGE), ("limits", LIMITS)):
        path = folder / f"{table}.csv"
        path.write_text(text, "utf-8")
        assert workspace.import_file(path, table=table).held_back == 0
    workspace.build(as_of=AS_OF)
    return settings(workspace, SETTINGS).folder


@pytest.fixture(autouse=True)
def _on_the_day_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "today", lambda _: AS_OF.date())


@pytest.fixture
def company(built: Path, tmp_path: Path) -> Workspace:
    return upswell.open(shutil.copytree(built, tmp_path / "work"))


def _save(company: Workspace, name: str, **draft: Any) -> None:
    company.save_offer(
        OfferDraft(**{"name": name, "title": name, "text": f"text of {name}", "what": "upgrade", **draft})
    )


def test_the_list_by_hand(company: Workspace) -> None:
    answer = company.opportunities()
    told = {each.customer_id: (each.step.title, each.step.worth, each.kind) for each in answer.rows}
    assert told == {
        # Four seats of Business: 3 people leave a quarter of them free.
        "=Cid": ("4 seats of Business", Decimal("35"), "expansion"),
        "Acme": ("Business", Decimal("75"), "expansion"),
        "Free": ("Team", Decimal("20"), "free"),
        "Bolt": ("Business", Decimal("300"), "expansion"),
        "T3": ("Business", Decimal("15"), "expansion"),
    }
    assert [each.customer_id for each in answer.rows] == ["Acme", "=Cid", "Free", "Bolt", "T3"], (
        "what is outgrown comes first, the larger amount of it before the smaller"
    )
    assert [each.owner for each in answer.rows] == ["Ada", "Ada", None, "Boris", None]
    assert (answer.basis, answer.base_rate, answer.total, answer.day) == ("rules", None, 5, AS_OF.date())
    # B2 and B3 have the highest plan, and nobody has anything beside it.
    assert (answer.without_headroom.customers, answer.without_headroom.mrr) == (2, Decimal("175"))
    assert answer.suppressed["no_fit"] == 2
    assert [each.customer_id for each in company.leave_alone(guardrail="no_fit").rows] == ["B2", "B3"]


def test_a_part_of_the_list(company: Workspace) -> None:
    ids = [each.customer_id for each in company.opportunities(owner="Ada").rows]
    assert ids == ["Acme", "=Cid"]
    assert [each.customer_id for each in company.opportunities(where="country = 'DE'").rows] == ["Acme", "Bolt"]
    assert [each.customer_id for each in company.opportunities(where="plan = 'Business'").rows] == ["=Cid"]
    assert [each.customer_id for each in company.opportunities(for_sales=True).rows] == ["Acme", "Bolt"]
    part = company.opportunities(limit=2)
    assert (len(part.rows), part.total) == (2, 5)


def test_a_list_is_recorded_once_whatever_part_was_asked_for(company: Workspace) -> None:
    company.opportunities(owner="nobody")
    company.opportunities()
    listed = company.growth_state.listings()
    assert {(each.customer_id, each.offer, each.arm) for each in listed} == {
        ("Acme", "upgrade", "offered"),
        ("=Cid", "seats", "offered"),
        ("Free", "upgrade", "offered"),
        ("Bolt", "upgrade", "offered"),
        ("T3", "upgrade", "offered"),
    }
    assert {each.first_on for each in listed} == {AS_OF.date()}
    assert company.suppression_counts(first=AS_OF.date(), last=AS_OF.date()) == {"no_fit": (2, 2)}


def test_reading_does_not_fail_where_the_state_cannot_be_written(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_rows: object) -> int:
        raise WorkspaceError("the disk is full", code="disk_full", remedy="make room")

    monkeypatch.setattr(company.growth_state, "record_listings", refuse)
    monkeypatch.setattr(company.growth_state, "record_suppressions", refuse)
    answer = company.opportunities()
    assert (answer.total, answer.not_recorded) == (5, "the disk is full")
    assert isinstance(company.offer_for("B2"), NoOffer)
    monkeypatch.undo()
    assert company.opportunities().not_recorded is None
    assert company.growth_state.listings()


def test_a_former_time_leaves_no_trace(company: Workspace) -> None:
    company.close("2025-12")
    answer = company.as_of("2025-12").opportunities()
    assert answer.not_recorded == "it is of a former time"
    assert company.growth_state.listings() == ()


def test_an_offer_that_is_over_today_is_not_shown_however_old_the_book_is(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _save(company, "this-month", ends_on=date(2026, 1, 31), priority=1)
    _save(company, "next-month", starts_on=date(2026, 2, 1), ends_on=date(2026, 2, 28), priority=2)

    def shown_on(day: date) -> str | None:
        monkeypatch.setattr(Workspace, "today", lambda _: day)
        answer = company.offer_for("Acme")
        return answer.offer.name if isinstance(answer, OfferNow) else None

    assert shown_on(date(2026, 1, 10)) == "this-month"
    assert shown_on(date(2026, 1, 31)) == "this-month"
    assert shown_on(date(2026, 2, 1)) == "next-month"
    assert shown_on(date(2026, 3, 1)) is None
    # A clock that runs behind the book changes nothing.
    assert shown_on(date(2025, 12, 1)) == "this-month"


def test_the_offer_that_goes_first_of_those_that_fit(company: Workspace) -> None:
    _save(company, "later", priority=200)
    _save(company, "not-here", channels=("email",), priority=1)
    _save(company, "seats", what="seats", priority=1)
    _save(company, "other-plan", plan_id="Team", priority=1)
    _save(company, "abroad", eligibility="country = 'FR'", priority=1)
    _save(company, "over", ends_on=date(2026, 1, 9), priority=1)
    _save(company, "too-deep", discount_percent=Decimal(30), priority=1)
    _save(
        company,
        "first",
        channels=("in-app",),
        plan_id="Business",
        discount_percent=Decimal(10),
        ends_on=date(2026, 2, 1),
    )
    answer = company.offer_for("Acme")
    assert isinstance(answer, OfferNow)
    assert (answer.offer.name, answer.until, answer.why[0]) == (
        "first",
        date(2026, 2, 1),
        "you have reached 1,000 calls a month; Business carries 4,000",
    )
    # 5 x 35 less 10 % is 157.50, less 100.00; of the month from 31 December 21 of 31 days are left: 38.95.
    assert answer.amounts is not None
    assert (answer.amounts.mrr, answer.amounts.interval, answer.amounts.due_today) == (
        Decimal("57.5"),
        Decimal("57.5"),
        Decimal("38.95"),
    )
    company.retire_offer("first")
    later = company.offer_for("Acme")
    assert isinstance(later, OfferNow)
    assert (later.offer.name, later.amounts and later.amounts.due_today) == ("later", Decimal("50.81"))


def test_no_offer_has_its_reasons(company: Workspace) -> None:
    def reasons(customer: str) -> dict[str, str]:
        answer = company.offer_for(customer)
        assert isinstance(answer, NoOffer)
        return {each.guardrail: each.reason for each in answer.reasons}

    assert reasons("Acme") == {
        "no_fit": "the next step is Business (upgrade), and no offer in force is of it",
    }
    assert reasons("B2")["no_fit"].startswith("no headroom: no plan above Business")
    _save(company, "deep", discount_percent=Decimal(50))
    # With 50 % off 5 x 35 the customer would pay less than today.
    assert reasons("Acme")["no_fit"].endswith("(1 of them: less its discount, the customer would pay less than today)")
    _save(company, "more-calls")
    company.add_touch("Acme", offer="more-calls", at=AS_OF)
    assert reasons("Acme") == {"customer_cap": "it was contacted 1 time in 14 days, and the limit is 1"}
    with pytest.raises(NotFoundError, match="there is no customer Nobody"):
        company.offer_for("Nobody")
    day = AS_OF.date()
    counted = company.suppression_counts(first=day, last=day)
    assert counted == {"no_fit": (2, 2), "customer_cap": (1, 1)}
    assert company.growth_state.listings() == (), "asking for an offer lists nobody"


def test_who_moves_between_the_arms_is_seen_to_have_moved(company: Workspace) -> None:
    def listed_with(salt: str) -> set[tuple[str, str]]:
        other = settings(company, SETTINGS.replace("holdout = 0", f'holdout = 0.5\nholdout_salt = "{salt}"'))
        other.opportunities()
        return {(each.customer_id, each.arm) for each in other.growth_state.listings()}

    arms = listed_with("a")
    # Of six customers some change their arm with one of eight draws; each is then known to have been in both.
    for salt in "bcdefgh":
        arms = listed_with(salt)
    both = {customer for customer, _ in arms if {(customer, "offered"), (customer, "holdout")} <= arms}
    assert both
    assert company.offer_effect().moved == len(both)
    with pytest.raises(UsageError, match="kind of offer"):
        company.offer_effect(what="upgrades")


def test_one_owner_at_a_time_and_the_history_stays(company: Workspace) -> None:
    given = company.hand_over("Acme", to="Kim", author="ada")
    assert (given.offer, given.amount, given.currency, given.owner) == ("Business", Decimal("75"), "USD", "Kim")
    with pytest.raises(UsageError, match="Acme is with Kim already"):
        company.hand_over("Acme", to="Lee")
    with pytest.raises(UsageError, match="Acme is not with Lee"):
        company.hand_over("Acme", to="Max", from_owner="Lee")
    with pytest.raises(UsageError, match="owner: '  ' cannot be"):
        company.hand_over("Acme", to="  ", from_owner="Kim")
    [row] = [each for each in company.opportunities(for_sales=True).rows if each.customer_id == "Acme"]
    assert (row.owner, row.handover and row.handover.owner) == ("Kim", "Kim")
    company.hand_over("Acme", to="Lee", from_owner="Kim")
    company.close_handover("Acme", status="lost", reason="no budget")
    with pytest.raises(NotFoundError, match="Acme is not with sales"):
        company.close_handover("Acme", status="won")
    with pytest.raises(UsageError, match="end of a handover"):
        company.close_handover("Acme", status="open")
    company.hand_over("Acme", to="Kim")
    told = [(each.owner, each.status, each.reason) for each in company.handovers("Acme")]
    assert told == [("Kim", "open", None), ("Lee", "open", None), ("Lee", "lost", "no budget"), ("Kim", "open", None)]
    assert [each.action for each in company.audit(action="handover")] == ["handover"] * 4
    with pytest.raises(UsageError, match="B2 is not on the list"):
        company.hand_over("B2", to="Kim")


def test_a_product_keeps_silent_while_sales_has_the_customer(company: Workspace) -> None:
    _save(company, "more")
    assert isinstance(company.offer_for("Acme"), OfferNow)
    company.hand_over("Acme", to="Kim")
    answer = company.offer_for("Acme")
    assert isinstance(answer, NoOffer)
    assert [(each.guardrail, each.reason) for each in answer.reasons] == [
        ("with_sales", "Kim has it in sales: Business")
    ]
    # The list still shows it, with who has it.
    assert {each.customer_id: each.owner for each in company.opportunities().rows}["Acme"] == "Kim"
    company.close_handover("Acme", status="returned")
    assert isinstance(company.offer_for("Acme"), OfferNow)


def test_the_file_for_the_crm_runs_no_formula(company: Workspace, tmp_path: Path) -> None:
    company.write(company.opportunities(), to=tmp_path / "crm.csv")
    with (tmp_path / "crm.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["customer_id"]: row for row in csv.DictReader(file)}
    acme = rows["Acme"]
    assert acme["name"] == '\'=HYPERLINK("http://x")'
    assert rows["'=Cid"]["name"] == "'@Cid"
    assert {name: acme[name] for name in ("owner", "step", "amount", "currency", "by", "why", "for_sales")} == {
        "owner": "Ada",
        "step": "Business",
        "amount": "75.000000",
        "currency": "USD",
        "by": "2026-01-10",
        "why": "you have reached 1,000 calls a month; Business carries 4,000",
        "for_sales": "true",
    }
    assert acme["evidence"].startswith("limit_metric calls; limit 1000; limit_use 1000; limit_share 1")
    company.write(company.leave_alone(), to=tmp_path / "alone.parquet")
    assert pq.read_table(tmp_path / "alone.parquet")["customer_id"].to_pylist() == ["B2", "B3"]


def test_a_column_that_is_gone_makes_nobody_eligible(company: Workspace) -> None:
    _save(company, "germans", eligibility="country = 'DE'")
    assert isinstance(company.offer_for("Acme"), OfferNow)
    state = company.growth_state
    draft = OfferDraft(name="germans", title="t", text="t", what="upgrade", eligibility="sector = 'retail'")
    state.save_offer(replace(draft), author="kim", at=AS_OF)
    assert isinstance(company.offer_for("Acme"), NoOffer)
