"""The smallest sensible step of each customer of a small company, its price and its proration, worked by hand.

Team at 20.00, Plus at 26.00 and Business at 35.00 a seat have three sales each; 1,000, 1,500 and 4,000 calls a month.
As of 2026-01-10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from tests.analysis.pricing.small import HEADINGS, import_text, workspace_of
from upswell.growth.billing import Billing, billing_of
from upswell.growth.shelf import Shelf, shelf_of
from upswell.growth.step import Customer, Pressure, Step
from upswell.growth.steps import possible_steps, smallest_step
from upswell.growth.telling import why_of
from upswell.workspace import Workspace

DAY: Final = date(2026, 1, 10)
LIMITS: Final = "plan_id,metric,limit\nTeam,calls,1000\nPlus,calls,1500\nBusiness,calls,4000\n"
# Twenty customers of Team, so that they are alike: of these eight hold Reports, and four Chat with 2, 2, 3, 9 seats.
ALIKE: Final = "\n".join(
    [f"T{at},crm,Team,,2025-03-{at + 1:02},,5,20.00,,,,,,," for at in range(20)]
    + [f"T{at},reports,Reports,,2025-06-{at + 1:02},,1,30.00,,,,,,,addon" for at in range(8)]
    + [f"T{at},chat,Chat,,2025-06-{at + 1:02},,{seats},8.00,,,,,,," for at, seats in enumerate((2, 2, 3, 9))]
)
ITEMS: Final = f"""
Acme,crm,Team,,2025-01-31,,5,20.00,,,,10,,,
Old,crm,Team,,2023-03-10,2024-03-10,10,200.00,,year,,,,,
Old,crm,Team,,2024-03-10,,10,18.00,,,,,,,
Sum,crm,Team,,2025-02-01,,,,55.00,,,,,,
Free,crm,Free,,2025-02-01,,1,0.00,,,,,,,
P1,crm,Plus,,2025-02-01,,3,26.00,,,,,,,
P2,crm,Plus,,2025-03-01,,4,26.00,,,,,,,
P3,crm,Plus,,2025-04-01,,1,26.00,,,,,,,
B1,crm,Business,,2025-02-01,,3,35.00,,,,,,,
B2,crm,Business,,2025-03-01,,4,35.00,,,,,,,
B3,crm,Business,,2025-04-01,,1,35.00,,,,,,,
B3,reports,Reports,,2025-04-01,,1,30.00,,,,,,,addon
B3,chat,Chat,,2025-04-01,,1,8.00,,,,,,,
{ALIKE}
"""
Held = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shelf, Held, dict[int, Billing]]:
    return _sold(tmp_path_factory.mktemp("steps"), ITEMS)


def _sold(folder: Path, items: str) -> tuple[Shelf, Held, dict[int, Billing]]:
    workspace = workspace_of(folder, items, customers="")
    import_text(workspace, "limits", LIMITS)
    workspace.build(as_of=workspace.book().as_of)
    return _read(workspace)


def _read(workspace: Workspace, policy: str | None = None) -> tuple[Shelf, Held, dict[int, Billing]]:
    with workspace._asking(policy) as (connection, facts, rules):
        shelf, held = shelf_of(connection, facts=facts, policy=rules, month="2026-01")
        return shelf, held, billing_of(connection, shelf.close)


def _calls(used: int, projected: int, limit: int = 1000, plan: str = "Team") -> Pressure:
    return Pressure(plan, "calls", Decimal(used), Decimal(projected), Decimal(limit))


def _step(sold: tuple[Shelf, Held, dict[int, Billing]], customer: str, **known: Any) -> Step:
    found = smallest_step(_customer(sold, customer, **known), sold[0], day=DAY).step
    assert found is not None
    return found


def _customer(sold: tuple[Shelf, Held, dict[int, Billing]], customer: str, **known: Any) -> Customer:
    return Customer(customer, sold[1][customer], sold[2], **known)


def _amounts(step: Step) -> list[str | None]:
    if step.amounts is None:
        return [None, None, None]
    values = step.amounts.mrr, step.amounts.interval, step.amounts.due_today
    return [None if value is None else f"{value:.2f}" for value in values]


def _begins(step: Step) -> date | None:
    return None if step.change is None or step.change.period is None else step.change.period.starts_on


def test_the_plan_above_that_holds_what_is_projected(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    step = _step(sold, "Acme", pressures=[_calls(900, 1400)])
    # 5 x 26 less the 90.00 that is paid; from 31 December on 21 of 31 days are left: 40 x 21 / 31 = 27.096...
    assert (step.what, step.plan_id, _amounts(step)) == ("upgrade", "Plus", ["40.00", "40.00", "27.10"])
    assert step.discount_ends, "10 % off is not carried over"
    # A fifth off what is offered: 104.00 less 90.00, of which 21 of 31 days are 9.483...
    assert step.change is not None
    less = step.change.amounts(percent=Decimal(20))
    assert (less.mrr, less.due_today) == (Decimal("14.000000"), Decimal("9.48"))
    # Plus would be outgrown as well.
    step = _step(sold, "Acme", pressures=[_calls(900, 1600)])
    assert (step.plan_id, _amounts(step)) == ("Business", ["85.00", "85.00", "57.58"])
    # Calls that are over the limit already count, whatever is projected.
    assert _step(sold, "Acme", pressures=[_calls(1100, 900)]).plan_id == "Plus"


def test_a_plan_that_no_limit_lets_hold_is_no_step(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    step = _step(sold, "Acme", pressures=[_calls(900, 9000)])
    assert (step.what, step.plan_id) == ("addon", "Reports")
    metrics = [_calls(900, 1400), Pressure("Team", "files", Decimal(1), Decimal(99), Decimal(40))]
    assert _step(sold, "Acme", pressures=metrics).plan_id == "Plus", "Plus has no limit of files"


def test_seats_fit_with_a_margin_and_keep_what_is_paid_for_those_held(
    sold: tuple[Shelf, Held, dict[int, Billing]],
) -> None:
    # 11 people leave a tenth of 13 seats free (of 12 it would be less): 3 more at the list price of 20.00, 10 at 18.00.
    step = _step(sold, "Old", people=Decimal(11))
    assert (step.what, step.quantity, step.title) == ("seats", Decimal(13), "13 seats of Team")
    # Billed per month since 10 March 2024: on 10 January a period begins, all of its days are left.
    assert _amounts(step) == ["60.00", "60.00", "60.00"]
    assert (_begins(step), step.discount_ends) == (date(2026, 1, 10), False)
    assert _step(sold, "Old", people=Decimal(9)).what == "addon", "nine people leave one of ten free"


def test_the_smaller_rise_of_what_relieves(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    pressed = {"pressures": [_calls(900, 1400)], "people": Decimal(7)}
    # 8 seats are 3 x 20.00 more, those held keep their 10 % off; Plus is 40.00 more.
    assert _step(sold, "Acme", **pressed).plan_id == "Plus"
    pressed["pressures"] = [_calls(900, 1600)]
    # Business would be 85.00.
    step = _step(sold, "Acme", **pressed)
    assert (step.what, _amounts(step)[0], step.discount_ends) == ("seats", "60.00", False)


def test_what_customers_like_it_hold_most(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    step = _step(sold, "T19")
    assert (step.what, step.plan_id, _amounts(step)[0]) == ("addon", "Reports", "30.00")
    assert step.liked is not None
    # Acme, Old and Sum are customers of Team as well: 8 of 23.
    assert (step.liked.holders, step.liked.customers) == (8, 23)
    step = _step(sold, "T5")
    # It has Reports: Chat is next, of which the lower median holder of Team has 2 seats.
    assert (step.what, step.plan_id, step.quantity, step.title) == ("cross_sell", "Chat", Decimal(2), "2 seats of Chat")
    # 16.00 a month from 6 January on, of which 27 of 31 days are left on the 10th: 13.935...
    assert _amounts(step) == ["16.00", "16.00", "13.94"]
    assert _step(sold, "T0").what == "upgrade", "it has both"


def test_a_free_customer_and_one_that_gives_its_mrr_as_a_whole(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    step = _step(sold, "Free", pressures=[_calls(90, 110, 100, "Free")])
    assert (step.what, step.plan_id, _amounts(step)[0]) == ("upgrade", "Team", "20.00")
    # One seat of Plus is cheaper than the 55.00 that it pays, and so is one of Business: neither is a rise.
    assert _step(sold, "Sum", pressures=[_calls(900, 1400)]).what == "addon"


def test_no_headroom_is_said(sold: tuple[Shelf, Held, dict[int, Billing]]) -> None:
    customer = _customer(sold, "B3", pressures=[_calls(900, 1000, 4000, "Business")])
    found = smallest_step(customer, sold[0], day=DAY)
    term = possible_steps(customer, sold[0], day=DAY)[-1]
    assert (term.what, term.amounts, term.reason) == (
        "yearly",
        None,
        "Business per year in USD: no row of it gives a price per unit",
    )
    assert found.step is None
    assert found.reason == (
        "no headroom: no plan above Business holds its use and costs more, and it has every paid add-on and product "
        "that customers like it hold"
    )


def test_a_year_that_is_cheaper_is_possible_and_not_chosen(tmp_path: Path) -> None:
    rows = "\n".join(f"Y{at},crm,Team,,2025-03-{at + 1:02},,1,216.00,,year,,,,," for at in range(3))
    sold = _sold(tmp_path, f"One,crm,Team,,2025-12-21,,2,20.00,,,,,,,\n{rows}")
    [term] = possible_steps(_customer(sold, "One"), sold[0], day=DAY)
    # 2 x 216 / 12 = 36 less 40; 432 a year less 480; 432 due less the 11 of 31 days of 40.00 that are left.
    assert (term.what, _amounts(term)) == ("yearly", ["-4.00", "-48.00", "417.81"])
    assert smallest_step(_customer(sold, "One"), sold[0], day=DAY).step is None


def test_a_list_price_that_is_not_known(tmp_path: Path) -> None:
    rows = """
A,crm,Team,,2025-01-01,,1,20.00,,,EUR,,,,
B,crm,Pro,,2023-01-01,,1,50.00,,,EUR,,,,
C,crm,Team,,2025-01-01,,2,20.00,,,EUR,,,,
"""
    workspace = workspace_of(tmp_path, rows, customers="")
    import_text(workspace, "rates", "date,currency,rate\n2023-01-01,EUR,1.10\n")
    workspace.build(as_of=workspace.book().as_of)
    step = _step(_read(workspace), "A")
    assert (step.what, step.plan_id, _amounts(step)) == ("upgrade", "Pro", [None, None, None])
    assert step.reason == step.why_no_worth == "Pro per month in EUR: not sold to anyone new in 365 days"
    # Another seat is at the price of the one that it has; 2 at 20.00 less 20.00, at a rate of 1.10.
    step = _step(_read(workspace), "A", people=Decimal(1))
    assert (step.title, _amounts(step)[0], step.worth) == ("2 seats of Team", "20.00", Decimal("22"))


def test_more_seats_at_a_cheaper_tier_are_cheaper_for_all(tmp_path: Path) -> None:
    rows = """
One,crm,Team,v1,2025-12-21,,3,20.00,,,,10,,,
Two,crm,Team,v1,2025-03-01,,30,15.00,,,,,,,
Tri,crm,Team,v1,2025-04-01,,10,15.00,,,,,,,
"""
    step = _step(_sold(tmp_path, rows), "One", people=Decimal(9))
    # 10 seats are at 15.00: 3 x 15.00 less 10 % and 7 x 15.00, instead of 3 x 20.00 less 10 %.
    assert (step.quantity, _amounts(step)[0]) == (Decimal(10), "91.50")


def test_seats_are_those_of_all_items_of_the_product(tmp_path: Path) -> None:
    rows = """
Two,crm,Team,,2025-02-15,,10,20.00,,,,,,,
Far,crm,Team,,2025-03-01,,5,20.00,,,,,,,
Far,chat,Chat,,2025-03-01,,50,1.00,,,,,,,
"""
    workspace = workspace_of(tmp_path, rows, customers="")
    import_text(workspace, "items", f"subscription_id,{HEADINGS}\nsecond,Two,crm,Team,,2025-03-31,,10,20.00,,,,,,,\n")
    workspace.build(as_of=workspace.book().as_of)
    sold = _read(workspace)
    assert not _seats(sold, "Two", people=Decimal(15)), "of 20 seats five are free"
    step = _step(sold, "Two", people=Decimal(19))
    # 22 leave a tenth free: two more, whichever item they are of.
    assert (step.title, step.from_quantity, _amounts(step)[0]) == ("22 seats of Team", Decimal(20), "40.00")
    assert why_of(step, _customer(sold, "Two", people=Decimal(19)), sold[0]) == (
        "19 people work with your 20 seats; 22 leave a tenth of them free",
    )
    assert not _seats(sold, "Far", people=Decimal(40)), "the 40 may work with Chat, of which there are 50 seats"


def test_a_plan_that_nobody_has_two_of_is_not_sold_by_the_seat(tmp_path: Path) -> None:
    sold = _sold(tmp_path, "One,hub,Flat,,2025-01-31,,1,5000,,,,,,,\nDue,hub,Flat,,2025-01-31,,1,5000,,,,,,,")
    assert not _seats(sold, "One", people=Decimal(48))


def test_the_smaller_rise_needs_no_rate(tmp_path: Path) -> None:
    rows = """
E,crm,Team,,2025-01-31,,5,20.00,,,EUR,,,,
U,crm,Team,,2025-01-31,,5,20.00,,,,,,,
V,crm,Business,,2025-01-31,,5,35.00,,,,,,,
B,crm,Business,,2025-02-01,,2,35.00,,,EUR,,,,
C,crm,Business,,2025-03-01,,2,35.00,,,EUR,,,,
D,crm,Business,,2025-04-01,,2,35.00,,,EUR,,,,
"""
    step = _step(_sold(tmp_path, rows), "E", pressures=[_calls(1000, 1100)], people=Decimal(40))
    # 40 more seats would be 800.00; Business is 75.00. What either is worth in the workspace's currency nobody knows.
    assert (step.title, _amounts(step)[0], step.worth) == ("Business", "75.00", None)


def test_a_limit_of_another_plan_than_the_main_one_presses_on_no_step(tmp_path: Path) -> None:
    rows = """
Tie,crm,Team,,2025-01-31,,5,20.00,,,,,,,
Tie,data,Alpha,,2025-01-31,,1,200.00,,,,,,,
Big,data,Beta,,2025-01-31,,1,300.00,,,,,,,
Big,crm,Team,,2025-01-31,,1,20.00,,,,,,,
"""
    sold = _sold(tmp_path, rows)
    step = _step(sold, "Tie", pressures=[_calls(1000, 1100)])
    assert (step.title, step.relieves) == ("Beta", False), "Beta lets nobody make more calls"
    customer = _customer(sold, "Tie", pressures=[_calls(1000, 1100)])
    assert why_of(step, customer, sold[0]) == ("Beta is the plan above Alpha",)


def test_who_pays_for_a_year_ahead_is_offered_no_year(tmp_path: Path) -> None:
    rows = "\n".join(f"Y{at},crm,Team,,2025-03-{at + 1:02},,1,216.00,,year,,,,," for at in range(3))
    headings = HEADINGS.replace("interval,", "interval,interval_count,")
    workspace = workspace_of(tmp_path, rows, customers="")
    import_text(workspace, "items", f"{headings}\nHalf,crm,Team,,2025-10-01,,5,90,,month,6,,,,,\n")
    import_text(workspace, "items", f"{headings}\nFull,crm,Team,,2025-10-01,,5,180,,month,12,,,,,\n")
    workspace.build(as_of=workspace.book().as_of)
    sold = _read(workspace)
    steps = {each: [step.what for step in possible_steps(_customer(sold, each), sold[0], day=DAY)] for each in sold[1]}
    assert (steps["Half"], steps["Full"], steps["Y0"]) == (["yearly"], [], [])


def test_what_is_free_is_no_expansion_and_other_products_have_plans_above(tmp_path: Path) -> None:
    rows = "\n".join(
        [f"T{at},crm,Team,,2025-02-{at + 1:02},,5,20.00,,,,,,," for at in range(8)]
        + [f"T{at},insights,Free,,2025-03-{at + 1:02},,1,0.00,,,,,,," for at in range(3)]
        + [f"T{at},insights,Pro,,2025-03-{at + 1:02},,1,50.00,,,,,,," for at in range(3, 6)]
        + [f"T{at},reports,Reports,,2025-03-{at + 1:02},,1,0.00,,,,,,,addon" for at in range(4)]
    )
    sold = _sold(tmp_path, rows)
    # T7 lacks the product, and the free plan of it would raise nothing.
    assert (_step(sold, "T7").title, _amounts(_step(sold, "T7"))[0]) == ("1 seat of Pro", "50.00")
    # T0 has Free, and Pro is above it.
    step = _step(sold, "T0")
    assert (step.what, step.title, step.from_plan_id, _amounts(step)[0]) == ("upgrade", "Pro", "Free", "50.00")
    # T5 lacks an add-on that is free: it has everything that costs something.
    assert smallest_step(_customer(sold, "T5"), sold[0], day=DAY).step is None


def test_a_policy_that_leaves_discounts_out_does_not_know_what_is_billed(tmp_path: Path) -> None:
    rows = """
Dc,crm,Team,,2025-01-01,,10,20.00,,,,50,,2026-12-31,
No,crm,Team,,2025-01-01,,10,20.00,,,,,,,
B1,crm,Business,,2025-04-01,,3,35.00,,,,,,,
B2,crm,Business,,2025-02-01,,3,35.00,,,,,,,
B3,crm,Business,,2025-03-01,,3,35.00,,,,,,,
"""
    workspace = workspace_of(tmp_path, rows, customers="")
    workspace.build(as_of=workspace.book().as_of, policies=["strict", "chargebee"])
    # Strict: 350.00 less the 100.00 that is billed. Chargebee's MRR is 200.00, and no book of it says what is billed.
    strict, chargebee = _step(_read(workspace, "strict"), "Dc"), _step(_read(workspace, "chargebee"), "Dc")
    assert (strict.title, _amounts(strict)) == ("Business", ["250.00", "250.00", "177.42"])
    assert (chargebee.title, _amounts(chargebee)) == ("Business", ["150.00", None, None])
    assert chargebee.amounts is not None
    assert chargebee.amounts.reason == (
        "the policy leaves discounts out, and so what is billed today is not in its book"
    )
    assert _amounts(_step(_read(workspace, "chargebee"), "No")) == ["150.00", "150.00", "106.45"]


def _seats(sold: tuple[Shelf, Held, dict[int, Billing]], customer: str, **known: Any) -> list[Step]:
    found = possible_steps(_customer(sold, customer, **known), sold[0], day=DAY)
    return [step for step in found if step.what == "seats"]
