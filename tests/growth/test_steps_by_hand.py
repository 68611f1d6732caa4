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

from tests.analysis.pricing.small import import_text, workspace_of
from upswell.growth.anchors import anchors_of
from upswell.growth.shelf import Shelf, shelf_of
from upswell.growth.step import Customer, Pressure, Step
from upswell.growth.steps import possible_steps, smallest_step
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
def sold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shelf, Held, dict[int, date]]:
    return _sold(tmp_path_factory.mktemp("steps"), ITEMS)


def _sold(folder: Path, items: str) -> tuple[Shelf, Held, dict[int, date]]:
    workspace = workspace_of(folder, items, customers="")
    import_text(workspace, "limits", LIMITS)
    workspace.build(as_of=workspace.book().as_of)
    return _read(workspace)


def _read(workspace: Workspace) -> tuple[Shelf, Held, dict[int, date]]:
    with workspace._asking(None) as (connection, facts, rules):
        shelf, held = shelf_of(connection, facts=facts, policy=rules, month="2026-01")
        return shelf, held, anchors_of(connection, shelf.close)


def _calls(used: int, projected: int, limit: int = 1000) -> Pressure:
    return Pressure("calls", Decimal(used), Decimal(projected), Decimal(limit))


def _step(sold: tuple[Shelf, Held, dict[int, date]], customer: str, **known: Any) -> Step:
    found = smallest_step(_customer(sold, customer, **known), sold[0], day=DAY).step
    assert found is not None
    return found


def _customer(sold: tuple[Shelf, Held, dict[int, date]], customer: str, **known: Any) -> Customer:
    return Customer(customer, sold[1][customer], sold[2], **known)


def _amounts(step: Step) -> list[str | None]:
    if step.amounts is None:
        return [None, None, None]
    values = step.amounts.mrr, step.amounts.interval, step.amounts.due_today
    return [None if value is None else f"{value:.2f}" for value in values]


def _begins(step: Step) -> date | None:
    return None if step.change is None or step.change.period is None else step.change.period.starts_on


def test_the_plan_above_that_holds_what_is_projected(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
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


def test_a_plan_that_no_limit_lets_hold_is_no_step(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
    step = _step(sold, "Acme", pressures=[_calls(900, 9000)])
    assert (step.what, step.plan_id) == ("addon", "Reports")
    metrics = [_calls(900, 1400), Pressure("files", Decimal(1), Decimal(99), Decimal(40))]
    assert _step(sold, "Acme", pressures=metrics).plan_id == "Plus", "Plus has no limit of files"


def test_seats_fit_with_a_margin_and_keep_what_is_paid_for_those_held(
    sold: tuple[Shelf, Held, dict[int, date]],
) -> None:
    # 11 people leave a tenth of 13 seats free (of 12 it would be less): 3 more at the list price of 20.00, 10 at 18.00.
    step = _step(sold, "Old", people=Decimal(11))
    assert (step.what, step.quantity, step.title) == ("seats", Decimal(13), "13 seats of Team")
    # Billed per month since 10 March 2024: on 10 January a period begins, all of its days are left.
    assert _amounts(step) == ["60.00", "60.00", "60.00"]
    assert (_begins(step), step.discount_ends) == (date(2026, 1, 10), False)
    assert _step(sold, "Old", people=Decimal(9)).what == "addon", "nine people leave one of ten free"


def test_the_smaller_rise_of_what_relieves(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
    pressed = {"pressures": [_calls(900, 1400)], "people": Decimal(7)}
    # 8 seats are 3 x 20.00 more, those held keep their 10 % off; Plus is 40.00 more.
    assert _step(sold, "Acme", **pressed).plan_id == "Plus"
    pressed["pressures"] = [_calls(900, 1600)]
    # Business would be 85.00.
    step = _step(sold, "Acme", **pressed)
    assert (step.what, _amounts(step)[0], step.discount_ends) == ("seats", "60.00", False)


def test_what_customers_like_it_hold_most(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
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


def test_a_free_customer_and_one_that_gives_its_mrr_as_a_whole(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
    step = _step(sold, "Free", pressures=[_calls(90, 110, 100)])
    assert (step.what, step.plan_id, _amounts(step)[0]) == ("upgrade", "Team", "20.00")
    # One seat of Plus is cheaper than the 55.00 that it pays, and so is one of Business: neither is a rise.
    assert _step(sold, "Sum", pressures=[_calls(900, 1400)]).what == "addon"


def test_no_headroom_is_said(sold: tuple[Shelf, Held, dict[int, date]]) -> None:
    customer = _customer(sold, "B3", pressures=[_calls(900, 1000, 4000)])
    found = smallest_step(customer, sold[0], day=DAY)
    term = possible_steps(customer, sold[0], day=DAY)[-1]
    assert (term.what, term.amounts, term.reason) == (
        "yearly",
        None,
        "Business per year in USD: no row of it gives a price per unit",
    )
    assert found.step is None
    assert found.reason == (
        "no headroom: no plan above Business holds its use and costs more, and it has every add-on and product sold "
        "with it"
    )


def test_a_year_that_is_cheaper_is_possible_and_not_chosen(tmp_path: Path) -> None:
    rows = "\n".join(f"Y{at},crm,Team,,2025-03-{at + 1:02},,1,216.00,,year,,,,," for at in range(3))
    sold = _sold(tmp_path, f"One,crm,Team,,2025-12-21,,2,20.00,,,,,,,\n{rows}")
    [term] = possible_steps(_customer(sold, "One"), sold[0], day=DAY)
    # 2 x 216 / 12 = 36 less 40; 432 a year less 480; 432 due less the 11 of 31 days of 40.00 that are left.
    assert (term.what, _amounts(term)) == ("yearly", ["-4.00", "-48.00", "417.81"])
    assert smallest_step(_customer(sold, "One"), sold[0], day=DAY).step is None


def test_a_list_price_that_is_not_known(tmp_path: Path) -> None:
    rows = "A,crm,Team,,2025-01-01,,1,20.00,,,EUR,,,,\nB,crm,Pro,,2023-01-01,,1,50.00,,,EUR,,,,"
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
