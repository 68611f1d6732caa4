"""What durability says of a small company, worked by hand: shares, cuts, filters, what is refused, what is at risk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import upswell
from upswell import Workspace
from upswell.analysis.durability.report import ALL_DRIVERS, CUSTOMERS_MIN
from upswell.errors import UsageError

TODAY: Final = date(2026, 1, 1)
BEGINS: Final = date(2024, 1, 1)
GROWS: Final = date(2024, 6, 1)


def day(begin: date, days: int) -> str:
    return (begin + timedelta(days=days)).isoformat()


def items() -> Iterator[str]:
    """20 customers at 100.00 add seats for 40.00 on one day. Numbers 0 to 3 give them back after 60 days, number 4
    leaves after 200, the others stay. 0 to 11 are on a yearly term; the seats of even numbers are sold at 20 % off.
    """
    yield "customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,interval,discount_percent"
    for number in range(20):
        price, term = ("240.00", "year") if number < 12 else ("20.00", "month")
        off = "20" if number % 2 == 0 else ""
        name, grows = f"c{number:02d}", GROWS.isoformat()
        yield f"{name},Team,{BEGINS},{grows},5,{price},{term},{off}"
        if number < 4:
            yield f"{name},Team,{grows},{day(GROWS, 60)},7,{price},{term},{off}"
            yield f"{name},Team,{day(GROWS, 60)},,5,{price},{term},{off}"
        else:
            yield f"{name},Team,{grows},{day(GROWS, 200) if number == 4 else ''},7,{price},{term},{off}"
    # One customer more buys an add-on twelve days before the end: too few, and too young.
    yield f"late,Team,{BEGINS},,1,10.00,month,"
    yield f"late,Extra,{day(TODAY, -12)},,1,7.50,month,"


TOUCHES: Final = f"""customer_id,at,offer,outcome
c00,{day(GROWS, -31)}T10:00,spring,accepted
c01,{day(GROWS, -30)}T10:00,spring,accepted
c02,{day(GROWS, -3)}T10:00,spring,declined
c03,{day(GROWS, -20)}T10:00,spring,accepted
c03,{day(GROWS, 0)}T10:00,summer,accepted
"""
CUSTOMERS: Final = "customer_id,owner,valid_from\n" + "".join(
    f"c{number:02d},{'Ada' if number < 12 else 'Ben'},\n" for number in range(20)
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return built(tmp_path_factory.mktemp("durability"), items="\n".join(items()), touches=TOUCHES, customers=CUSTOMERS)


def built(folder: Path, *, as_of: datetime | None = None, **tables: str) -> Workspace:
    workspace = upswell.init(folder / "w")
    for table, text in tables.items():
        path = folder / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        assert workspace.import_file(path, table=table).held_back == 0
    workspace.build(as_of=as_of or datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC))
    return workspace


def shares(workspace: Workspace, **asked: Any) -> dict[tuple[str, str | None, int], Decimal | None]:
    return {(row.driver, row.value, row.days): row.share for row in workspace.durability(**asked).rows}


def test_what_is_left_of_the_dollars_by_age(company: Workspace) -> None:
    """Half of the customers pay 32.00 for their two seats, half 40.00: 720.00 in all.

    c00 to c03 give back 144.00 after 60 days, c04 leaves with 32.00 after 200.
    """
    found = shares(company, driver="seats")
    assert found["seats", None, 30] == 1
    assert found["seats", None, 90] == Decimal("0.8")  # 576 / 720
    assert found["seats", None, 180] == Decimal("0.8")
    assert found["seats", None, 365] == Decimal("0.755556")  # 544 / 720
    (row,) = (row for row in company.durability(driver="seats").rows if row.days == 365)
    assert (row.expansions, row.customers, row.expanded) == (20, 20, Decimal(720))
    assert (row.customers_seen, row.money_seen) == (20, Decimal(720))
    assert row.low is not None
    assert row.high is not None
    assert row.low < Decimal("0.7") < Decimal("0.8") < row.high


def test_a_share_that_few_customers_could_show_is_absent_with_its_reason(company: Workspace) -> None:
    answer = company.durability(driver="cross_sell")
    assert [row.share for row in answer.rows] == [None] * 4
    assert answer.rows[0].reason == f"no customers with an expansion 30 days old, fewer than {CUSTOMERS_MIN}"
    assert answer.points == ()
    assert answer.how_sure[0] == "4 of 4 shares cannot be told; each says why."


def test_one_large_customer_is_not_an_answer(tmp_path: Path) -> None:
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount"]
    for number in range(12):
        price = "1000.00" if number == 0 else "1.00"
        rows += [f"c{number},Team,{BEGINS},{GROWS},1,{price}", f"c{number},Team,{GROWS},,2,{price}"]
    (first, *_) = built(tmp_path, items="\n".join(rows)).durability(driver="seats").rows
    assert first.share is None
    assert first.reason == "the money of 12 customers is that of 1.0 equal ones: too few decide"


def test_cuts_within_a_driver(company: Workspace) -> None:
    """Of the 432.00 on a yearly term 144.00 are given back and 32.00 leave; the monthly ones are eight customers'."""
    by_term = shares(company, by="term", driver="seats")
    assert by_term["seats", "year", 365] == Decimal("0.592593")  # 256 / 432
    assert by_term["seats", "month", 365] is None
    by_price = shares(company, by="price", driver="seats")
    assert by_price["seats", "discounted", 90] == Decimal("0.8")  # 320 - 64
    assert by_price["seats", "full price", 90] == Decimal("0.8")  # 400 - 80
    by_cohort = company.durability(by="cohort").rows
    assert {row.value for row in by_cohort} == {"2024"}
    assert all(row.driver != ALL_DRIVERS for row in by_cohort)


def test_an_offer_counts_where_it_was_accepted_in_the_thirty_days_before(company: Workspace) -> None:
    rows = company.durability(by="offer", driver="seats").rows
    assert {row.value: row.customers for row in rows if row.days == 30} == {"no offer": 18, "spring": 1, "summer": 1}


def test_everything_lost_is_0_and_not_unknown(tmp_path: Path) -> None:
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount"]
    for number in range(12):
        name = f"c{number},Team"
        rows += [f"{name},{BEGINS},{GROWS},1,9.00", f"{name},{GROWS},{day(GROWS, 40)},2,9.00"]
        rows += [f"{name},{day(GROWS, 40)},,1,9.00"]
    rows_found = built(tmp_path, items="\n".join(rows)).durability(driver="seats").rows
    assert [row.share for row in rows_found] == [1, 0, 0, 0]
    assert [row.low for row in rows_found][1:] == [0, 0, 0]
    assert rows_found[-1].high == Decimal("0.264648")  # 1 - 0.025 ** (1 / 12)


def test_a_filter_chooses_expansions_and_not_what_is_lost_of_them(company: Workspace) -> None:
    """Ada has c00 to c11: 432.00, of which 176.00 are lost."""
    found = shares(company, where="owner = 'Ada'", driver="seats")
    assert found["seats", None, 365] == Decimal("0.592593")  # 256 / 432
    assert set(shares(company, by="owner", driver="seats")) == {
        ("seats", owner, days) for owner in ("Ada", "Ben") for days in (30, 90, 180, 365)
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"by": "kind"}, "dimension_not_possible"),
        ({"by": "driver"}, "dimension_not_possible"),
        ({"by": "contry"}, "unknown_dimension"),
        ({"driver": "seat"}, "unknown_driver"),
        ({"draws": 1}, "draws_out_of_range"),
        ({"where": "owner ="}, "filter_unreadable"),
    ],
)
def test_what_cannot_be_asked_is_refused(company: Workspace, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        company.durability(**asked)
    assert refused.value.code == code
    assert refused.value.remedy


def test_an_expansion_without_a_rate_is_left_out_and_said(tmp_path: Path) -> None:
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,currency"]
    rows += [f"c,Team,{BEGINS},{GROWS},1,5.00,SEK", f"c,Team,{GROWS},,2,5.00,SEK"]
    answer = built(tmp_path, items="\n".join(rows)).durability()
    assert answer.rows == ()
    assert "1 expansion has no exchange rate and is left out; import rates." in answer.how_sure


def test_a_company_that_never_expanded_says_so(tmp_path: Path) -> None:
    workspace = built(tmp_path, items=f"customer_id,plan_id,starts_at,unit_amount\nc,Team,{BEGINS},5.00\n")
    answer = workspace.durability()
    assert answer.rows == ()
    assert answer.how_sure == ("No expansion was booked: there is nothing to follow.",)
    assert workspace.expansions_at_risk().rows == ()
    assert workspace.expanders().reason == "0 customers had expanded by then, fewer than 20"


AT_RISK_ITEMS: Final = """customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,status,cancel_requested_at
leaves,Team,2025-01-01,2025-08-01,1,50.00,,
leaves,Team,2025-08-01,2026-02-01,3,50.00,,2025-12-20T10:00
late,Team,2025-01-01,2025-09-01,1,40.00,,
late,Team,2025-09-01,2025-12-10,2,40.00,,
late,Team,2025-12-10,,2,40.00,past_due,
less,Team,2025-01-01,2025-07-01,1,30.00,,
less,Team,2025-07-01,2025-10-01,3,30.00,,
less,Team,2025-10-01,,2,30.00,,
quiet,Team,2025-01-01,2025-07-01,1,20.00,,
quiet,Team,2025-07-01,,2,20.00,,
fine,Team,2025-01-01,2025-07-01,1,10.00,,
fine,Team,2025-07-01,,2,10.00,,
old,Team,2023-01-01,2024-07-01,1,10.00,,
old,Team,2024-07-01,2026-01-15,2,10.00,,2025-12-01T00:00
"""
PAYMENTS: Final = "customer_id,invoice_id,at,amount,status\nless,i-1,2025-12-05,60.00,failed\n"
USAGE: Final = "customer_id,metric,day,quantity\n" + "".join(
    f"{customer},calls,2025-{month:02d}-15,{quantity}\n"
    for customer, quantities in {"quiet": (100, 90, 110, 20), "fine": (100, 90, 110, 90)}.items()
    for month, quantity in zip((9, 10, 11, 12), quantities, strict=True)
)


FAILED: Final = "its charge of 2025-12-05 failed and has not come in"


def test_recent_expansions_at_risk_with_what_speaks_against_them(tmp_path: Path) -> None:
    workspace = built(tmp_path, items=AT_RISK_ITEMS, payments=PAYMENTS, usage=USAGE)
    found = workspace.expansions_at_risk()
    assert [(row.customer_id, f"{row.left} of {row.expanded}", row.reasons) for row in found.rows] == [
        ("leaves", "100.00 of 100.00", ("it leaves on 2026-02-01, as scheduled", "it asked to cancel on 2025-12-20")),
        ("late", "40.00 of 40.00", ("it is past_due since 2025-12-10",)),
        ("less", "30.00 of 60.00", (FAILED, "30.00 of it are lost already")),
        ("quiet", "20.00 of 20.00", ("its use of calls in 2025-12 is under 70 % of the months before",)),
    ]
    assert (found.expansions, found.left, found.recent_left) == (4, Decimal(190), Decimal(200))
    assert found.rows[0].movement_id is not None
    assert workspace.trace(found.rows[0].movement_id).movement["amount"] == 100
    assert [row.customer_id for row in workspace.expansions_at_risk(limit=1).rows] == ["leaves"]
    assert [row.customer_id for row in workspace.expansions_at_risk(where="customer = 'less'").rows] == ["less"]


def test_expanders_beside_customers_like_them(tmp_path: Path) -> None:
    """25 of 30 expanders still pay, and 15 of 30 like them: 0.833333 - 0.5; of sizes that have no like none counts."""
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount"]
    for number in range(30):
        ends = "2025-06-01" if number < 5 else ""
        rows += [f"e{number},Team,2023-01-01,2024-10-01,1,10.00", f"e{number},Team,2024-10-01,{ends},2,10.00"]
        rows += [f"n{number},Team,2023-01-01,{'2025-06-01' if number < 15 else ''},2,10.00"]
    rows += ["big,Team,2024-11-01,2024-12-01,1,5000.00", "big,Team,2024-12-01,,2,5000.00"]
    found = built(tmp_path, items="\n".join(rows)).expanders()
    assert (found.landmark, found.months, found.expanders, found.matched, found.unmatched) == ("2024-12", 12, 31, 30, 1)
    assert (found.paying, found.paying_matched) == (Decimal("0.833333"), Decimal("0.5"))
    assert (found.kept, found.kept_matched) == (Decimal("0.833333"), Decimal("0.5"))
    assert found.difference == Decimal("0.333333")
    assert found.low is not None
    assert found.high is not None
    assert Decimal(0) < found.low < found.difference < found.high < Decimal("0.6")


def test_a_short_history_has_no_landmark(tmp_path: Path) -> None:
    text = "customer_id,plan_id,starts_at,unit_amount\nc,Team,2025-06-01,5.00\n"
    found = built(tmp_path, items=text).expanders()
    assert found.paying is None
    assert found.reason == "the history begins less than 18 months before 2025-12's close"


def test_a_movement_without_a_rate_leaves_no_comparison(tmp_path: Path) -> None:
    """What a customer pays in an unknown currency is not 0: who stayed cannot be told then."""
    rows = (
        "customer_id,plan_id,starts_at,unit_amount,currency\nc,Team,2023-06-01,5.00,USD\nd,Team,2024-01-01,5.00,SEK\n"
    )
    found = built(tmp_path, items=rows).expanders()
    assert (found.paying, found.reason) == (None, "movements in SEK have no rate; import rates")


def test_a_scheduled_loss_is_told_with_its_day_and_amount(tmp_path: Path) -> None:
    rows = ["customer_id,plan_id,starts_at,ends_at,quantity,unit_amount", "c,Team,2025-01-01,2025-08-01,1,500.00"]
    rows += [
        "c,Team,2025-08-01,2026-02-01,5,500.00",
        "c,Team,2026-02-01,2026-03-01,2,500.00",
        "c,Team,2026-03-01,,1,500.00",
    ]
    (found,) = built(tmp_path, items="\n".join(rows)).expansions_at_risk().rows
    assert found.reasons == ("1,500.00 USD less from 2026-02-01, as scheduled",)
