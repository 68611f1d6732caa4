"""Signals that can be worked out in the head, and what they say where something is not known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from tests.analysis.signals.small import DAY, calls, pressed_company, workspace_of
from upswell.analysis.signals import read_signals
from upswell.analysis.signals.catalogue import SIGNALS, chosen, signal
from upswell.analysis.signals.known import OUTCOME_DAYS
from upswell.analysis.signals.reading import Chosen
from upswell.errors import NotFoundError, UsageError


def told(workspace: Any, customer: str, *names: str, day: date = DAY, **asked: Any) -> list[Any]:
    """The values of some signals of a customer."""
    answer = workspace.customer_signals(customer, names=names, day=day, **asked)
    return [each.value for each in answer.values]


def why(workspace: Any, customer: str, name: str, day: date = DAY) -> str | None:
    [each] = workspace.customer_signals(customer, names=[name], day=day).values
    assert each.value is None
    reason: str | None = each.reason
    return reason


def test_the_limit_is_reached_at_the_pace_of_the_month_or_by_the_trend(tmp_path: Path) -> None:
    """The example at the head of `use.py`: 9,800 in seven days are 1,400 a day, and pass 40,000 on the 29th."""
    workspace = pressed_company(tmp_path)
    assert told(workspace, "Acme", "limit_crossing_on", "days_to_crossing", "limit_share_to_date", "limit_pace") == [
        *(date(2025, 6, 29), 18, 0.245, pytest.approx(1.05)),
    ]
    # Others were told of through the 7th, so Bolt used nothing: 0 a day. The trend asks the months after.
    assert told(workspace, "Bolt", "limit_pace", "limit_crossing_on", "limit_trend") == [
        *(0, date(2025, 8, 30), pytest.approx(0.075)),
    ]
    assert told(workspace, "Full", "limit_over", "limit_crossing_on") == [True, None]
    assert why(workspace, "Full", "limit_crossing_on") == "its use is at the limit or over it already"
    assert why(workspace, "Even", "days_to_crossing") == "its use does not grow"
    # Before anybody's use of June is told there is no pace, and the trend may point into June.
    assert told(workspace, "Bolt", "limit_pace", "limit_crossing_on", day=date(2025, 6, 3)) == [None, date(2025, 8, 30)]
    # Others' calls of May are told, and Idle was a customer all month: it made none. Of February nothing is known.
    assert told(workspace, "Idle", "limit_metric", "limit", "limit_use", "limit_over") == ["calls", 40000, 0, False]
    assert why(workspace, "Idle", "limit_share", day=date(2025, 3, 2)) is not None


def test_the_trend_of_a_limit_is_that_of_its_own_metric(tmp_path: Path) -> None:
    months = [f"2025-{month:02}-28" for month in range(1, 6)]
    usage = "\n".join(
        (
            "customer_id,metric,day,quantity",
            calls("Acme", *((day, 1000 * at) for at, day in enumerate(months, 1)), metric="exports"),
        )
    )
    items = "Acme,crm,Team,2024-12-01,,3,20.00,,,,,,,,"
    workspace = workspace_of(tmp_path, items, usage=usage, limits="plan_id,metric,limit\nTeam,calls,40000")
    assert told(workspace, "Acme", "limit_metric", "limit_use", "limit_trend", "limit_crossing_on", "main_metric") == [
        *("calls", None, None, None, "exports"),
    ]
    assert told(workspace, "Acme", "rising_two_months") == [True], "of what it uses"


def test_months_away_are_no_months_of_little_use(tmp_path: Path) -> None:
    months = ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]
    usage = "\n".join(
        (
            "customer_id,metric,day,quantity",
            calls("Stays", *((day, 5000) for day in months)),
            calls("Back", (months[0], 5000), (months[3], 5000)),
        )
    )
    items = """Stays,crm,Team,2024-12-01,,3,20.00,,,,,,,,
Back,crm,Team,2024-12-01,2025-03-01,3,20.00,,,,,,,,
Back,crm,Team,2025-04-20,,3,20.00,,,,,,,,"""
    workspace = workspace_of(tmp_path, items, usage=usage, limits="plan_id,metric,limit\nTeam,calls,40000")
    names = ("limit_use", "limit_trend", "rising_two_months", "use_30d_vs_90d", "use_per_seat")
    assert told(workspace, "Stays", *names)[:3] == [5000, pytest.approx(0, abs=1e-9), False]
    assert told(workspace, "Back", *names) == [5000, None, None, None, None], "it is back since 52 days"
    # What it has paid for since is told of all of its life.
    assert told(workspace, "Back", "tenure_days") == told(workspace, "Stays", "tenure_days")


def test_months_that_nobody_was_told_of_are_no_months_without_use(tmp_path: Path) -> None:
    months = ["2024-12-31", "2025-01-31", "2025-02-28", "2025-03-31"]
    usage = "customer_id,metric,day,quantity\n" + calls("Acme", *((day, 5000) for day in months))
    items = "Acme,crm,Team,2024-11-01,,3,20.00,,,,,,,,"
    workspace = workspace_of(tmp_path, items, usage=usage, limits="plan_id,metric,limit\nTeam,calls,40000")
    # As of June nothing was imported of April and May: use did not fall to 0.
    assert told(workspace, "Acme", "limit_use", "limit_trend", "rising_two_months", "use_30d_vs_90d") == [
        *(None, pytest.approx(0, abs=1e-9), None, None),
    ]


def test_an_item_that_goes_on_has_no_end(tmp_path: Path) -> None:
    items = """Grows,crm,Team,2025-01-01,2025-10-01,5,20.00,,,,,,,,
Grows,crm,Team,2025-10-01,,8,20.00,,,,,,,,
Goes,crm,Team,2025-01-01,2025-10-01,5,20.00,,,,,,,,"""
    workspace = workspace_of(tmp_path, items)
    day = date(2025, 9, 1)
    assert told(workspace, "Goes", "known_end_on", day=day) == [date(2025, 10, 1)]
    assert why(workspace, "Grows", "known_end_on", day=day) == "no end is known"


def test_a_tier_is_above_a_price_that_is_known(tmp_path: Path) -> None:
    sold = "\n".join(
        f"{plan}{at},crm,{plan},2025-03-01,,1,{price},,,,,,,,"
        for plan, price in (("Low", "5.00"), ("Mid", "50.00"), ("Top", "90.00"))
        for at in range(2)
    )
    items = f"""{sold}
Trial,crm,Own,2025-06-01,,2,60.00,,,,trialing,2025-07-01,,,
Whole,crm,Own,2025-06-01,,2,60.00,,day,,trialing,2025-07-01,,,"""
    workspace = workspace_of(tmp_path, items)
    # A trial is booked at nothing and costs 60.00 a seat: above it is Top, not the cheapest plan there is.
    assert told(workspace, "Trial", "tier_above", "headroom", "no_headroom") == ["Top", 1, False]
    # How many months a day is worth is the policy's to say; the price is not known, and so is what is above it.
    assert told(workspace, "Whole", "tier_above", "headroom", "no_headroom") == [None, None, None]
    assert why(workspace, "Whole", "headroom") == "no price of its own plan is known"


def test_the_first_day_of_all_is_asked_like_any_other(tmp_path: Path) -> None:
    workspace = pressed_company(tmp_path)
    assert len(workspace.signals(["mrr"], day=date.min, where="plan = 'Team'")) == 0
    page = workspace.signal_page(["mrr"], limit=2, offset=90)
    assert (page.total, len(page.rows)) == (5, 0)


def test_money_in_a_currency_without_a_rate_is_absent_with_its_reason(tmp_path: Path) -> None:
    rates = "date,currency,rate\n2025-01-01,EUR,1.10\n2025-06-11,EUR,1.50\n2025-06-20,CHF,1.00"
    items = "Acme,crm,Team,2025-01-01,,2,10.00,EUR,,,,,,,\nBolt,crm,Team,2025-01-01,,2,10.00,CHF,,,,,,,"
    workspace = workspace_of(tmp_path, items, rates=rates)
    # 20.00 EUR at the rate of the 10th, not at that of the day itself.
    assert [f"{value:.2f}" for value in told(workspace, "Acme", "mrr", "overage_mrr")] == ["22.00", "0.00"]
    assert why(workspace, "Bolt", "mrr") == "no rate for CHF on the day before"
    figures = workspace.signals_overview(day=DAY)
    assert (figures.customers, figures.mrr) == (2, None)
    assert figures.reason == "the MRR of 1 of them is not known: a rate lacks"
    [headroom] = [each for each in figures.groups if each.name == "no_headroom"]
    assert (headroom.mrr, headroom.share_of_mrr) == (None, None)
    assert headroom.reason


def test_a_discount_is_told_with_its_end_as_of_now_alone(tmp_path: Path) -> None:
    items = (
        "Acme,crm,Team,2025-01-01,,2,10.00,,,,,,25,,2025-10-01\nBolt,crm,Team,2025-01-01,,2,10.00,,,,,,10,5.00,\n"
        "Cid,crm,Team,2025-01-01,,1,0,,,,,,,,"
    )
    workspace = workspace_of(tmp_path, items, as_of=date(2025, 9, 1))
    now = date(2025, 9, 1)
    assert told(workspace, "Acme", "discount_depth", "discount_ends_on", "days_to_discount_end", day=now) == [
        *(0.25, date(2025, 10, 1), 30),
    ]
    assert told(workspace, "Acme", "discount_depth", "known_end_on", "stage") == [0.25, None, "established"]
    assert why(workspace, "Acme", "discount_ends_on") == "known only as of the day of the book"
    assert told(workspace, "Bolt", "discount_depth", day=now) == [pytest.approx(0.10 + 5 / 20)]
    assert why(workspace, "Bolt", "days_to_discount_end", day=now) == "it has no discount that ends"
    assert why(workspace, "Cid", "discount_depth") == "the main item has no price per unit, or no units"


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One customer for each thing that a calendar decides."""
    items = "\n".join(f"{name},crm,Team,{row}" for name, row in CALENDAR.items())
    return workspace_of(tmp_path_factory.mktemp("calendar"), items + f"\n{OTHER_INTERVAL}")


CALENDAR: Final = {
    "trial": "2025-06-01,,2,10.00,,,,,2025-06-20,,,",
    "free": "2025-03-01,,2,0,,,,,,,,",
    "new": "2025-03-20,,2,10.00,,,,,,,,",
    "established": "2024-03-01,,2,10.00,,,,,,,,",
    "renewing": "2024-07-15,,2,10.00,,year,,,,,,",
    "not yet renewing": "2024-09-15,,2,10.00,,year,,,,,,",
    "month's end": "2025-01-31,,2,10.00,,month,,,,,,",
    "leap day": "2024-02-29,,2,10.00,,year,,,,,,",
    "on the day": "2025-03-11,,2,10.00,,quarter,,,,,,",
    "weeks": "2025-06-01,,2,10.00,,week,,,,,,",
    "days": "2025-05-12,,2,10.00,,day,,,,,,",
    "after a trial": "2025-04-20,,2,10.00,,,,,2025-05-04,,,",
}
OTHER_INTERVAL: Final = (
    "other interval,crm,Team,2025-01-10,2025-04-01,2,10.00,,,,,,,,\n"
    "other interval,crm,Team,2025-04-01,,2,120.00,,year,,,,,,"
)


@pytest.mark.parametrize("stage", ["trial", "free", "new", "established", "renewing"])
def test_the_stage_is_the_first_that_holds(calendar: Any, stage: str) -> None:
    assert told(calendar, stage, "stage") == [stage]
    assert told(calendar, "not yet renewing", "stage") == ["established"]


@pytest.mark.parametrize(
    ("customer", "renews"),
    [
        ("month's end", date(2025, 6, 30)),
        ("leap day", date(2026, 2, 28)),
        ("on the day", date(2025, 6, 11)),
        ("weeks", date(2025, 6, 15)),
        ("days", date(2025, 6, 11)),
        # A term runs since its trial ended, or its interval last changed.
        ("after a trial", date(2025, 7, 4)),
        ("other interval", date(2026, 4, 1)),
    ],
)
def test_a_term_renews_on_its_next_anniversary(calendar: Any, customer: str, renews: date) -> None:
    assert told(calendar, customer, "renewal_on", "days_to_renewal") == [renews, (renews - DAY).days]


def test_arrears_and_failed_charges_make_the_risk(tmp_path: Path) -> None:
    items = "\n".join(
        (
            "Acme,crm,Team,2025-01-01,2025-06-01,2,10.00,,,,,,,,",
            "Acme,crm,Team,2025-06-01,,2,10.00,,,,past_due,,,,",
            *(f"{name},crm,Team,2025-01-01,,2,10.00,,,,,,,," for name in ("Bolt", "Cid", "Dot")),
        )
    )
    payments = """customer_id,payment_id,invoice_id,at,amount,status
Bolt,1,b,2025-06-01,20,failed
Bolt,2,b,2025-06-20,20,succeeded
Cid,3,c,2025-04-01,20,failed
Cid,4,c,2025-04-02,20,succeeded
Cid,5,d,2025-05-01,20,failed
Cid,6,d,2025-05-02,20,succeeded"""
    workspace = workspace_of(tmp_path, items, payments=payments)
    names = ("involuntary_risk", "in_arrears", "failed_charges_180d", "open_failed_charges")
    assert told(workspace, "Acme", *names) == ["high", True, 0, 0]
    assert told(workspace, "Bolt", *names) == ["high", False, 1, 1]
    assert told(workspace, "Bolt", *names, day=date(2025, 6, 21)) == ["low", False, 1, 0]
    assert told(workspace, "Cid", *names) == ["raised", False, 2, 0]
    assert told(workspace, "Dot", *names) == ["low", False, 0, 0]


def test_what_no_file_tells_of_is_not_zero(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "Acme,crm,Team,2025-01-01,,2,10.00,,,,,,,,")
    for name in ("failed_charges_180d", "involuntary_risk", "touches_30d", "metrics_used_30d", "people_active"):
        assert why(workspace, "Acme", name), name
    answer = workspace.customer_signals("Acme", day=DAY)
    assert all(each.reason for each in answer.values if each.value is None)
    assert all(each.reason is None for each in answer.values if each.value is not None)


def test_an_outcome_counts_when_it_has_surely_come(tmp_path: Path) -> None:
    touches = "customer_id,at,offer,outcome\nAcme,2025-05-01,more,declined\nAcme,2025-06-10,more,accepted"
    workspace = workspace_of(tmp_path, "Acme,crm,Team,2025-01-01,,2,10.00,,,,,,,,", touches=touches)
    names = ("declined_365d", "accepted_365d", "touches_30d", "touches_90d", "days_since_touch")
    assert OUTCOME_DAYS == 30
    assert told(workspace, "Acme", *names) == [1, 0, 1, 2, 1]
    assert told(workspace, "Acme", *names, day=date(2025, 5, 31))[0] == 0
    assert told(workspace, "Acme", *names, day=date(2025, 6, 1))[0] == 1


def test_filters_and_attributes_are_those_of_the_day(tmp_path: Path) -> None:
    items = "\n".join(f"{name},crm,Team,2025-01-01,,2,10.00,,,,,,,," for name in ("Acme", "Bolt"))
    customers = "customer_id,owner,valid_from\nAcme,Ada,\nAcme,Boris,2025-06-11\nBolt,Boris,"
    workspace = workspace_of(tmp_path, items, customers=customers)

    def of(owner: str, day: date) -> list[str]:
        found = workspace.signals(["mrr"], day=day, where=f"owner = '{owner}' and plan = 'Team'")
        return list(found["customer_id"].to_pylist())

    assert (of("Ada", DAY), of("Boris", DAY)) == (["Acme"], ["Bolt"])
    assert (of("Ada", date(2025, 6, 12)), of("Boris", date(2025, 6, 12))) == ([], ["Acme", "Bolt"])
    with workspace._asking(None) as (connection, facts, rules):
        table = read_signals(
            connection, DAY, facts=facts, policy=rules, names=["seats"], attributes=["owner", "mrr_band", "plan"]
        )
    assert table.drop_columns(["customer_key"]).to_pylist() == [
        {"owner": "Ada", "mrr_band": "under 100", "plan": "Team", "customer_id": "Acme", "seats": 2.0},
        {"owner": "Boris", "mrr_band": "under 100", "plan": "Team", "customer_id": "Bolt", "seats": 2.0},
    ]


def test_families_are_one_customer_where_the_policy_says_so(tmp_path: Path) -> None:
    items = "\n".join(
        f"{name},crm,Team,2025-01-01,,{seats},10.00,,,,,,,," for name, seats in (("Head", 2), ("Part", 3))
    )
    workspace = workspace_of(tmp_path, items, customers="customer_id,parent_id\nHead,\nPart,Head")
    assert told(workspace, "Part", "mrr", "seats", "family_size") == [30, 3, 2]
    table = workspace.signals(["mrr", "seats", "family_size"], day=DAY, policy="strict+family")
    [row] = table.to_pylist()
    assert (row["customer_id"], row["mrr"], row["seats"], row["family_size"]) == ("Head", 50, 5, None)
    assert row["reason"] == "family_size: the policy counts a family as one customer"


def test_pages_orders_and_kept_signals_are_the_same_rows(tmp_path: Path) -> None:
    items = "\n".join(f"c{number},crm,Team,2025-01-01,,{number + 1},10.00,,,,,,,," for number in range(7))
    workspace = workspace_of(tmp_path, items)
    whole = workspace.signals(["seats", "mrr"], day=DAY)
    assert whole["customer_id"].to_pylist() == [f"c{number}" for number in reversed(range(7))]
    pages = [workspace.signal_page(["seats", "mrr"], day=DAY, limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [row for page in pages for row in page.rows.to_pylist()] == whole.to_pylist()
    assert [(page.total, page.next_offset) for page in pages] == [(7, 3), (7, 6), (7, None)]
    with workspace._asking(None) as (connection, facts, _):
        read = [
            read_signals(connection, DAY, facts=facts, which=Chosen(order="-seats", limit=3, offset=2), kept=kept)
            for kept in (True, False)
        ]
    assert read[0].equals(read[1])
    assert read[0]["customer_id"].to_pylist() == ["c4", "c3", "c2"]


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "Acme,crm,Team,2025-01-01,2025-05-01,2,10.00,,,,,,,,")
    with pytest.raises(UsageError, match="the book knows nothing of 2025-09-01 and later"):
        workspace.signals(["mrr"], day=date(2025, 9, 2))
    with pytest.raises(UsageError, match="limit_share"):
        signal("limit_shares")
    with pytest.raises(NotFoundError, match="there is no customer Nobody"):
        workspace.customer_signals("Nobody")
    with pytest.raises(UsageError, match="driver"):
        workspace.signals(["mrr"], where="driver = 'seats'")
    assert why(workspace, "Acme", "mrr") == "it has no item in force"
    assert workspace.signals(["mrr"], day=DAY).num_rows == 0


def test_the_catalogue_says_what_each_signal_is() -> None:
    assert len({each.name for each in SIGNALS}) == len(SIGNALS) > 50
    assert chosen(()) == SIGNALS
    for each in SIGNALS:
        assert all((each.title, each.formula, each.window, each.source)), each.name
        assert bool(each.unit) == (each.kind in ("number", "money")), each.name
        assert not (each.is_feature and each.kind in ("names", "day")), each.name
        assert f'"{each.name}"' in each.relation.sql or each.name in each.relation.sql, each.name
