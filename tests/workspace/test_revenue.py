"""Recurring, total and actual revenue, dunning and quality MRR of small companies, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import upswell
from upswell.errors import WorkspaceError

APRIL: Final = datetime(2025, 4, 1)  # noqa: DTZ001 -- local time of the workspace
MAY: Final = datetime(2025, 5, 1)  # noqa: DTZ001
ITEMS: Final = "customer_id,plan_id,starts_at,unit_amount\nAcme,Team,2025-01-15,310.00\n"
LINES: Final = "invoice_id,line_id,customer_id,plan_id,amount,currency,type,period_start,period_end,proration,issued_at"
PAYMENTS: Final = "customer_id,payment_id,invoice_id,at,amount,currency,status"


def company(
    folder: Path,
    *,
    lines: str = "",
    payments: str = "",
    rates: str = "",
    items: str = ITEMS,
    settings: str = "",
    as_of: datetime = APRIL,
    currency: str = "USD",
) -> upswell.Workspace:
    workspace = upswell.init(folder / "w", currency=currency)
    with (folder / "w" / "upswell.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    workspace = upswell.open(folder / "w")
    for table, headings, rows in (
        ("items", "", items),
        ("invoice_lines", LINES, lines),
        ("payments", PAYMENTS, payments),
        ("rates", "date,currency,rate", rates),
    ):
        if rows:
            path = folder / f"{table}.csv"
            path.write_text(f"{headings}\n{rows.strip()}\n".lstrip(), encoding="utf-8")
            assert workspace.import_file(path, table=table).held_back == 0
    workspace.build(as_of=as_of)
    return workspace


def months(workspace: upswell.Workspace, name: str, **asked: Any) -> list[str]:
    """A metric's months from January to March: values with cents, or the reason."""
    rows = workspace.metrics(name, month_from="2025-01", month_to="2025-03", **asked).to_pylist()
    return [row["reason"] or f"{row['value']:.3f}".removesuffix("0") for row in rows]


def test_a_line_is_earned_by_the_day_over_its_period(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,310.00,USD,subscription,2025-01-15,2025-02-15,,2025-01-15
a-2,1,Acme,Team,310.00,USD,subscription,2025-02-15,2025-03-15,,2025-02-15
""",
    )
    # 17 of 31 days; 14 of 31 and 14 of 28; 14 of 28
    assert months(workspace, "recurring_revenue") == ["170.00", "295.00", "155.00"]


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        # A third and two thirds of it, rounded as sums: the months add up to the line to the last digit.
        ("USD", "100.00", ["33.33", "66.67", "0.00"]),
        ("JPY", "100", ["33.00", "67.00", "0.00"]),
        ("BHD", "100.000", ["33.333", "66.667", "0.00"]),
        ("USD", "0.02", ["0.01", "0.01", "0.00"]),
    ],
)
def test_what_is_earned_is_rounded_in_the_currency_and_loses_nothing(
    tmp_path: Path, currency: str, amount: str, expected: list[str]
) -> None:
    line = f"a-1,1,Acme,Team,{amount},{currency},subscription,2025-01-31,2025-02-03,,2025-01-31"
    workspace = company(tmp_path, lines=line, currency=currency)
    assert months(workspace, "recurring_revenue") == expected


def test_a_half_goes_to_the_even_neighbour_also_below_zero(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,0.05,USD,subscription,2025-01-31,2025-02-02,,2025-01-31
a-1,2,Acme,Pro,-0.15,USD,subscription,2025-01-31,2025-02-02,true,2025-01-31
""",
    )
    assert months(workspace, "recurring_revenue", where="plan = 'Team'") == ["0.02", "0.03", "0.00"]
    assert months(workspace, "recurring_revenue", where="plan = 'Pro'") == ["-0.08", "-0.07", "0.00"]


def test_one_time_lines_and_credits_are_in_total_revenue_alone(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,310.00,USD,subscription,2025-01-15,2025-02-15,,2025-01-15
a-1,2,Acme,,500.00,USD,one_time,,,,2025-01-15
a-2,1,Acme,Team,-31.00,USD,credit,,,,2025-02-20
a-3,1,Acme,Team,12.00,USD,usage,2025-02-01,2025-03-01,,2025-03-01
""",
    )
    assert months(workspace, "recurring_revenue") == ["170.00", "152.00", "0.00"]
    assert months(workspace, "total_revenue") == ["670.00", "121.00", "0.00"]
    by_plan = workspace.metrics("total_revenue", by="plan", month_from="2025-01", month_to="2025-01").to_pylist()
    assert {row["plan"]: row["value"] for row in by_plan} == {"Team": 170, None: 500}


def test_a_day_with_a_period_and_one_without_are_both_earned_once(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,10.00,USD,subscription,2025-01-31,2025-02-01,,2025-01-31
a-1,2,Acme,Team,7.00,USD,subscription,2025-01-31,2025-01-31,,2025-01-31
a-1,3,Acme,Team,5.00,USD,subscription,,,,2025-01-31
a-1,4,Acme,Team,3.00,USD,subscription,,2025-01-31,,
""",
    )
    assert months(workspace, "recurring_revenue") == ["25.00", "0.00", "0.00"]
    assert all(each.passed for each in workspace.check())


def test_a_month_that_still_runs_has_earned_what_its_days_say(tmp_path: Path) -> None:
    lines = """
a-1,1,Acme,Team,310.00,USD,subscription,2025-03-01,2025-04-01,,2025-03-01
a-2,1,Acme,Team,62.00,USD,subscription,2025-03-01,2025-04-01,,2025-03-12
"""
    noon = company(tmp_path, lines=lines, as_of=datetime(2025, 3, 10, 12))  # noqa: DTZ001
    (row,) = noon.metrics("recurring_revenue", month_from="2025-03", month_to="2025-03").to_pylist()
    # Ten days have begun, and the second invoice is not written yet.
    assert (row["value"], row["note"]) == (100, "2025-03 still runs: 10 of 31 days")
    noon.build(as_of=datetime(2025, 3, 13))  # noqa: DTZ001
    (row,) = noon.metrics("recurring_revenue", month_from="2025-03", month_to="2025-03").to_pylist()
    assert (row["value"], row["note"]) == (144, "2025-03 still runs: 12 of 31 days")
    assert all(each.passed for each in noon.check())


def test_each_line_has_the_rate_of_its_invoice_and_each_payment_that_of_its_day(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="a-1,1,Acme,Team,310.00,EUR,subscription,2025-01-15,2025-02-15,,2025-01-15",
        payments="Acme,p1,a-1,2025-02-03,310.00,EUR,succeeded",
        rates="2025-01-01,EUR,1.10\n2025-02-01,EUR,1.20",
    )
    assert months(workspace, "recurring_revenue") == ["187.00", "154.00", "0.00"]
    unknown = "the first payment imported is of 2025-02; import payments of 2025-01"
    assert months(workspace, "actual_revenue") == [unknown, "372.00", "0.00"]


def test_without_a_rate_a_month_has_no_revenue_but_a_reason_with_the_day(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,310.00,EUR,subscription,2025-01-15,2025-02-15,,2025-01-15
a-2,1,Acme,Team,28.00,USD,subscription,2025-02-01,2025-03-01,,2025-02-01
""",
        payments="Acme,p1,a-1,2025-01-16,310.00,EUR,succeeded",
        rates="2025-01-17,EUR,1.10",
    )
    lacking = "no rate for EUR on 2025-01-15; import rates"
    assert months(workspace, "recurring_revenue") == [lacking, lacking, "0.00"]
    assert months(workspace, "recurring_revenue", where="currency = 'USD'") == ["0.00", "28.00", "0.00"]
    assert months(workspace, "actual_revenue") == ["no rate for EUR on 2025-01-16; import rates", "0.00", "0.00"]


def test_what_was_not_imported_is_not_nought(tmp_path: Path) -> None:
    nothing = company(tmp_path)
    assert months(nothing, "total_revenue") == ["no invoice line is imported; import invoice_lines"] * 3
    assert months(nothing, "actual_revenue") == ["no payment is imported; import payments"] * 3
    assert months(nothing, "dunning_recovered") == ["no payment is imported; import payments"] * 3
    assert months(nothing, "dunning_recovery_rate") == ["no payment is imported; import payments"] * 3


def test_months_before_the_first_line_are_not_known_and_those_after_the_last_say_so(tmp_path: Path) -> None:
    workspace = company(tmp_path, lines="a-1,1,Acme,Team,31.00,USD,subscription,2025-02-01,2025-03-04,,2025-02-01")
    assert months(workspace, "recurring_revenue") == [
        "the first invoice line imported is of 2025-02; import invoice_lines of 2025-01",
        "28.00",
        "3.00",
    ]
    rows = workspace.metrics("recurring_revenue", month_from="2025-02", month_to="2025-03").to_pylist()
    assert [row["note"] for row in rows] == [None, "the last invoice line imported is of 2025-02"]


def test_a_line_without_any_date_is_in_no_month_so_no_month_is_known(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="""
a-1,1,Acme,Team,31.00,USD,subscription,2025-02-01,2025-03-04,,2025-02-01
b-1,1,Bolt,Pro,99.00,USD,subscription,,,,
""",
    )
    reason = "1 invoice line has neither issued_at nor a period: nobody knows when they are earned"
    assert months(workspace, "recurring_revenue")[1:] == [reason, reason]
    assert months(workspace, "recurring_revenue", where="plan = 'Team'")[1:] == ["28.00", "3.00"]
    assert workspace.revenue("2025-02").line("recurring_revenue").reason == reason


def test_money_that_failed_before_is_recovered_when_it_comes(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        payments="""
Acme,p1,a-1,2025-01-15,310.00,USD,failed
Acme,p2,a-1,2025-01-18,310.00,USD,failed
Acme,p3,a-1,2025-02-02,310.00,USD,succeeded
Acme,p4,a-2,2025-01-20,90.00,USD,failed
Acme,p5,a-2,2025-03-01,60.00,USD,succeeded
Bolt,p6,b-1,2025-02-05,50.00,USD,succeeded
Bolt,p7,b-1,2025-02-06,50.00,USD,failed
Bolt,p8,b-1,2025-03-09,50.00,USD,refunded
""",
    )
    assert months(workspace, "actual_revenue") == ["0.00", "360.00", "10.00"]
    assert months(workspace, "dunning_recovered") == ["0.00", "310.00", "60.00"]
    # January: 310 of 400 that failed, and 60 of the other 90; what failed after it was paid is open still.
    rows = workspace.metrics("dunning_recovery_rate", month_from="2025-01", month_to="2025-03").to_pylist()
    assert [row["value"] for row in rows] == [Decimal("0.925"), 0, None]
    assert rows[2]["reason"] == "no payment failed for the first time"
    by_customer = workspace.metrics("dunning_recovered", by="customer", month_from="2025-02", month_to="2025-02")
    assert {row["customer"]: row["value"] for row in by_customer.to_pylist()} == {"Acme": 310, "Bolt": 0}


def test_failed_payments_without_a_name_leave_open_what_was_recovered(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        payments="Acme,,,2025-02-15,310.00,USD,failed\nAcme,,,2025-02-18,310.00,USD,succeeded\n"
        "Bolt,p1,b-1,2025-01-05,50.00,USD,succeeded",
    )
    reason = (
        "1 failed payment names neither an invoice nor a payment, so what was recovered is not known; "
        "import payments with invoice_id"
    )
    assert months(workspace, "dunning_recovered") == ["0.00", reason, reason]
    assert months(workspace, "dunning_recovery_rate")[1] == reason
    assert months(workspace, "actual_revenue") == ["50.00", "310.00", "0.00"]


SEVERAL: Final = """customer_id,plan_id,starts_at,ends_at,unit_amount,interval,discount_percent,discount_amount,status,cancel_requested_at
plain,Team,2025-01-01,,100.00,month,,,active,
card,Team,2025-01-01,,100.00,month,,,active,
late,Team,2025-01-01,,100.00,month,,,past_due,
goes,Team,2025-01-01,2025-06-01,100.00,month,,,active,2025-02-10
fair,Team,2025-01-01,,100.00,month,30,,active,
deep,Team,2025-01-01,,100.00,month,20,10.01,active,
once,Team,2025-01-01,2026-01-01,1200.00,year,,,active,
both,Team,2025-01-01,2026-01-01,1200.00,year,50,,active,
long,Team,2025-01-01,2026-03-01,1200.00,year,,,active,
"""  # noqa: E501
FAILED: Final = "card,p1,c-1,2025-02-01,100.00,USD,failed\ncard,p2,c-1,2025-03-20,100.00,USD,succeeded"


def quality(workspace: upswell.Workspace, month: str) -> dict[str, Decimal]:
    rows = workspace.metrics("quality_mrr", by="customer", month_from=month, month_to=month).to_pylist()
    return {row["customer"]: row["value"] for row in rows}


def test_quality_mrr_weighs_what_may_go_what_is_cheap_and_what_was_sold_once(tmp_path: Path) -> None:
    workspace = company(tmp_path, items=SEVERAL, payments=FAILED)
    february = quality(workspace, "2025-02")
    assert february == {
        "plain": 100,
        "card": 50,  # its card failed, and nothing came until March
        "late": 50,  # past due
        "goes": 50,  # asked to go in February
        "fair": 70,  # 30 % off is not over 30 %
        "deep": Decimal("52.4925"),  # 30.01 off: 69.99 x 0.75
        "once": 25,  # a year, once
        "both": Decimal("12.5"),  # half price, once: the lowest weight of 50.00 counts
        "long": 100,  # longer than its billing term: it was renewed
    }
    march, january = quality(workspace, "2025-03"), quality(workspace, "2025-01")
    assert [january["card"], march["card"]] == [100, 100]
    assert [january["goes"], march["goes"]] == [100, 50]
    (whole,) = workspace.metrics("quality_mrr", month_from="2025-02", month_to="2025-02").to_pylist()
    assert whole["value"] == sum(february.values())
    assert whole["note"] == (
        "weights: at risk 0.5, discount over 30 % 0.75, one-time contract 0.25; the lowest that applies"
    )


def test_the_weights_are_the_workspaces_and_every_answer_says_them(tmp_path: Path) -> None:
    settings = "[quality]\nat_risk = 0.8\ndeep_discount_from = 0.25\none_time = 1\n"
    workspace = company(tmp_path, items=SEVERAL, payments=FAILED, settings=settings)
    weighed = quality(workspace, "2025-02")
    assert [weighed[name] for name in ("card", "fair", "once")] == [80, Decimal("52.5"), 100]
    (whole,) = workspace.metrics("quality_mrr", month_from="2025-02", month_to="2025-02").to_pylist()
    assert whole["note"] == (
        "weights: at risk 0.8, discount over 25 % 0.75, one-time contract 1; the lowest that applies"
    )


@pytest.mark.parametrize(
    "wrong", ["at_risk = 1.5", "one_time = -0.1", "at_risk = 0.12345", "risk = 0.5", "at_risk = 'x'"]
)
def test_a_weight_that_is_none_is_refused(tmp_path: Path, wrong: str) -> None:
    upswell.init(tmp_path / "w")
    with (tmp_path / "w" / "upswell.toml").open("a", encoding="utf-8") as file:
        file.write(f"[quality]\n{wrong}\n")
    with pytest.raises(WorkspaceError, match="quality") as refused:
        upswell.open(tmp_path / "w")
    assert refused.value.code == "settings_malformed"


def test_revenue_is_the_same_under_every_policy(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="a-1,1,Acme,Team,310.00,USD,subscription,2025-01-15,2025-02-15,,2025-01-15",
        payments="Acme,p1,a-1,2025-01-16,310.00,USD,succeeded",
    )
    names = ("recurring_revenue", "total_revenue", "actual_revenue")
    answers = [[months(workspace, name, policy=policy) for name in names] for policy in ("strict", "recurly")]
    assert answers[0] == answers[1]


def lines_of(bridge: Iterable[Any]) -> dict[str, Decimal]:
    """The lines that move something."""
    return {line.name: line.amount for line in bridge if line.amount}


def test_the_way_from_mrr_to_money(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        items="""customer_id,plan_id,starts_at,ends_at,unit_amount
Acme,Team,2025-01-15,,310.00
Bolt,Team,2025-02-15,,56.00
Free,Team,2025-01-01,,28.00
""",
        lines="""
a-1,1,Acme,Team,310.00,EUR,subscription,2025-01-15,2025-02-15,,2025-01-15
a-2,1,Acme,Team,310.00,USD,subscription,2025-02-15,2025-03-15,,2025-02-15
a-2,2,Acme,,500.00,USD,one_time,,,,2025-02-15
b-1,1,Bolt,Team,56.00,USD,subscription,2025-02-15,2025-03-15,,2025-02-15
c-1,1,Cedar,Team,280.00,USD,subscription,2025-02-01,2025-03-01,,2025-03-01
d-1,1,Acme,Team,-31.00,USD,credit,,,,2025-02-20
""",
        payments="""
Acme,p1,a-1,2025-02-03,310.00,EUR,succeeded
Acme,p2,a-2,2025-02-16,700.00,USD,succeeded
Acme,p3,d-1,2025-02-21,31.00,USD,refunded
Cedar,p4,c-1,2025-02-25,280.00,USD,succeeded
Elm,p5,,2025-02-25,9.00,USD,succeeded
""",
        rates="2025-01-01,EUR,1.10\n2025-02-01,EUR,1.20\n2025-02-28,EUR,1.00",
    )
    bridge = workspace.revenue("2025-02")
    assert lines_of(bridge.lines) == {
        "closing_mrr": 394,
        "part_months": -28,  # Bolt's 56.00 for 14 of 28 days
        "not_invoiced": -28,  # Free
        "invoiced_without_mrr": 280 + 140,  # Cedar, and Acme's euros, of which it has no MRR
        "exchange_rates": 14,  # 140.00 EUR at 1.10 instead of 1.00 of the close
        # Of Acme's 310.00 from 15 February 155.00 are February's, and its euros are above: its MRR is 310.00.
        "other_timing": -155,
        "recurring_revenue": 154 + 155 + 28 + 280,
        "one_time_lines": 500,
        "credits": -31,
        "total_revenue": 1086,
        "earned_of_earlier_invoices": -154,
        "earned_of_later_invoices": -280,
        "billed_for_later_months": 155 + 28,
        "invoiced": 835,
        "credit_notes": 31,
        "not_paid_in_month": -110 - 56,
        "received_for_earlier_invoices": 372,
        "received_for_later_invoices": 280,
        "received_without_invoice": 9,
        "refunds": -31,
        "actual_revenue": 1330,
    }


def test_a_year_earns_by_days_what_its_mrr_has_in_months_of_one_length(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        items="customer_id,plan_id,starts_at,unit_amount,interval\nAcme,Team,2025-01-01,1200.00,year\n",
        lines="a-1,1,Acme,Team,1200.00,USD,subscription,2025-01-01,2026-01-01,,2025-01-01",
    )
    january, february = (workspace.revenue(month) for month in ("2025-01", "2025-02"))
    # 1,200 x 31 / 365 = 101.92 of January and 92.05 of February, where MRR has 100.00.
    assert lines_of(january.lines)["length_of_months"] == Decimal("1.92")
    assert lines_of(february.lines)["length_of_months"] == Decimal("-7.95")
    assert {january.line("other_timing").amount, february.line("other_timing").amount} == {0}


@pytest.mark.parametrize(
    ("starts", "ends", "months"),
    [
        ("2025-01-31", "2025-02-28", 1),
        ("2025-02-28", "2025-03-31", 1),
        ("2025-01-15", "2025-04-15", 3),
        ("2025-02-10", "2025-02-24", None),  # two weeks are not whole months: nothing is made of their length
    ],
)
def test_a_period_of_whole_months_may_begin_and_end_on_last_days(
    tmp_path: Path, starts: str, ends: str, months: int | None
) -> None:
    workspace = company(tmp_path, lines=f"a-1,1,Acme,Team,310.00,USD,subscription,{starts},{ends},,{starts}", as_of=MAY)
    rows = [workspace.revenue(f"2025-0{month}").line("length_of_months").amount for month in (1, 2, 3, 4)]
    assert (sum(abs(amount) for amount in rows if amount) > 0) == (months is not None)


def test_a_payment_at_another_rate_than_its_invoice(tmp_path: Path) -> None:
    workspace = company(
        tmp_path,
        lines="a-1,1,Acme,Team,100.00,EUR,subscription,2025-02-01,2025-03-01,,2025-02-01",
        payments="Acme,p1,a-1,2025-02-10,90.00,EUR,succeeded",
        rates="2025-02-01,EUR,1.10\n2025-02-10,EUR,1.20",
    )
    moved = lines_of(workspace.revenue("2025-02").lines)
    assert moved["not_paid_in_month"] == -11
    assert moved["exchange_rates_of_payments"] == 9
    assert moved["actual_revenue"] == 108


def test_what_cannot_be_known_has_no_lines_but_a_reason(tmp_path: Path) -> None:
    workspace = company(tmp_path, lines="a-1,1,Acme,Team,310.00,USD,subscription,2025-02-01,2025-03-01,,2025-02-01")
    bridge = workspace.revenue("2025-02")
    known = {line.name for line in bridge.lines if line.amount is not None}
    assert {"closing_mrr", "recurring_revenue", "total_revenue", "invoiced", "tax"} <= known
    assert (
        bridge.line("actual_revenue").reason
        == bridge.line("refunds").reason
        == ("no payment is imported; import payments")
    )
    assert known.isdisjoint({"refunds", "not_paid_in_month", "actual_revenue"})


def test_a_month_that_is_not_over_has_no_bridge(tmp_path: Path) -> None:
    workspace = company(tmp_path, as_of=datetime(2025, 3, 10))  # noqa: DTZ001
    with pytest.raises(upswell.UpswellError, match="2025-03 is not over in this book") as refused:
        workspace.revenue("2025-03")
    assert refused.value.code == "month_not_over"
    assert workspace.revenue().month == "2025-02"
