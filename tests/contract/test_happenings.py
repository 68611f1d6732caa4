"""Invoice lines, payments, usage, limits, touches, feedback, price answers: what is held back, one row, seen."""

from __future__ import annotations

import pytest

from tests.contract.importing import Desk, briefly
from tests.contract.test_views import described
from upswell.contract.findings import CODES
from upswell.contract.schema import TABLES, ColumnType

LINE = "invoice_id,line_id,customer_id,amount,type,proration,discount,tax,period_start,period_end"

BAD_LINES = [
    ("in-1,1,acme,-5,subscription,,,,,", "amount", "negative_line"),
    ("in-1,2,acme,-5,,false,,,,", "amount", "negative_line"),
    ("in-1,3,acme,-5,usage,,,,,", "amount", "negative_line"),
    ("in-1,4,acme,5,credit,,,,,", "amount", "positive_credit"),
    ("in-1,5,acme,5,,,-1,,,", "discount", "sign_differs"),
    ("in-1,6,acme,5,,,,-1,,", "tax", "sign_differs"),
    ("in-1,7,acme,5,tax,,,,,", "type", "unknown_type"),
    ("in-1,8,acme,5,,maybe,,,,", "proration", "bad_boolean"),
    ("in-1,9,acme,5,,,,,2024-02-01,2024-01-01", "period_end", "period_end_before_start"),
    ('in-1,10,acme,"-5,00",credit,,,,,', "amount", "bad_decimal"),
    ("in-1,11,acme,-0.1234567890123,credit,,,,,", "amount", "too_many_decimals"),
    ("in-1,12,acme,-1000000000000,credit,,,,,", "amount", "too_large"),
    ("in-1,,acme,5,,,,,,", "line_id", "missing_value"),
]


def test_bad_invoice_lines(desk: Desk) -> None:
    result = desk.take("\n".join([LINE, *(row for row, _, _ in BAD_LINES)]), table="invoice_lines")
    assert (result.added, result.held_back) == (0, len(BAD_LINES))
    assert [(each.row, each.column, each.code) for each in result.findings] == [
        (row, column, code) for row, (_, column, code) in enumerate(BAD_LINES, start=2)
    ]


def test_what_goes_back_is_below_zero(desk: Desk) -> None:
    result = desk.take(
        f"""{LINE}
        in-1,1,acme,100.00,,,10.00,19.00,2024-01-01,2024-02-01
        in-1,2,acme,-61.29,subscription,yes,,-11.65,,
        in-1,3,acme,-20.00,CREDIT,,,,,
        in-1,4,acme,0,credit,,,,,""",
        table="invoice_lines",
    )
    assert (result.added, result.held_back) == (4, 0)
    assert desk.rows("line_id, amount, type, proration, tax, currency", "current_invoice_lines") == [
        ("1", "100.000000000000", "subscription", "false", "19.000000000000", "USD"),
        ("2", "-61.290000000000", "subscription", "true", "-11.650000000000", "USD"),
        ("3", "-20.000000000000", "credit", "false", None, "USD"),
        ("4", "0.000000000000", "credit", "false", None, "USD"),
    ]


def test_a_payments_direction_is_its_status(desk: Desk) -> None:
    result = desk.take(
        """customer_id,invoice_id,at,amount,status
        acme,in-1,2024-01-01,10,
        acme,in-1,2024-01-02,10,failed
        acme,in-1,2024-01-03,4,refunded
        acme,in-1,2024-01-04,-4,refunded
        acme,in-1,2024-01-05,-4,
        acme,in-1,2024-01-06,-4,failed""",
        table="payments",
    )
    assert briefly(result.findings) == [
        (6, "amount", "negative_payment", "-4.000000000000"),
        (7, "amount", "negative_payment", "-4.000000000000"),
    ]
    assert desk.rows("day, status, received", "current_payments") == [
        ("2024-01-01", "succeeded", "10.000000000000"),
        ("2024-01-02", "failed", "0.000000000000"),
        ("2024-01-03", "refunded", "-4.000000000000"),
        ("2024-01-04", "refunded", "-4.000000000000"),
    ]


def test_two_payments_on_one_day_have_ids_or_are_one(desk: Desk) -> None:
    bare = "customer_id,at,amount\nacme,2024-01-01,10\nacme,2024-01-01,10\nacme,2024-01-01,30"
    result = desk.take(bare, table="payments")
    assert (result.added, result.unchanged) == (1, 1)
    assert [each.code for each in result.findings] == ["duplicate_key"]
    told_apart = "payment_id,customer_id,at,amount\np1,acme,2024-02-01,10\np2,acme,2024-02-01,10"
    assert desk.take(told_apart, table="payments", name="ids.csv").added == 2


def test_bad_usage_limits_touches_and_feedback(desk: Desk) -> None:
    usage = "customer_id,metric,day,quantity\nacme,calls,2024-01-01,-1\nacme,calls,1/2/2024,1\nacme,,2024-01-01,1"
    assert briefly(desk.take(usage, table="usage").findings) == [
        (2, "quantity", "negative_value", "-1"),
        (3, "day", "bad_date", "1/2/2024"),
        (4, "metric", "missing_value", None),
    ]
    assert briefly(desk.take("plan_id,metric,limit\nteam,calls,none", table="limits").findings) == [
        (2, "limit", "bad_decimal", "none")
    ]
    touches = "customer_id,at,offer,outcome,discount_percent\nacme,2024-01-01,seats,maybe,\nacme,2024-01-02,seats,,120"
    assert briefly(desk.take(touches, table="touches").findings) == [
        (2, "outcome", "unknown_outcome", "maybe"),
        (3, "discount_percent", "percent_over_100", "120"),
    ]
    answers = "customer_id,at,kind,score\nacme,2024-01-01,nps,11\nacme,2024-01-02,stars,3\nacme,2024-01-03,csat,90"
    assert [each.code for each in desk.take(answers, table="feedback").findings] == [
        "score_out_of_range",
        "unknown_kind",
    ]


def test_bad_price_answers(desk: Desk) -> None:
    answers = """respondent,customer_id,at,too_cheap,cheap,expensive,too_expensive,price,would_buy
        r1,,2026-02-01,10,20,30,40,,
        r2,,2026-02-01,10,,30,,,
        r3,acme,2026-02-01,,,,,25.00,yes
        ,,2026-02-01,10,20,30,40,,
        r4,,2026-02-01,,,,,25.00,
        r5,,2026-02-01,10,20,30,40,25.00,no
        r6,,2026-02-01,"10,50",20,30,40,,"""
    result = desk.take(answers, table="price_answers")
    assert briefly(result.findings) == [
        (5, "respondent", "nobody_named", None),
        (6, "price", "no_price_answer", "25.000000000000"),
        (7, "price", "two_kinds_of_answer", "25.000000000000"),
        (8, "too_cheap", "bad_decimal", "10,50"),
    ]
    assert desk.rows("respondent, survey, currency, cheap, would_buy", "current_price_answers") == [
        ("r1", "survey", "USD", "20.000000000000", None),
        ("r2", "survey", "USD", None, None),
        ("r3", "survey", "USD", None, "true"),
    ]


def test_the_columns_of_a_survey_tool_are_mapped(desk: Desk) -> None:
    mapping = {"respondent": "Response ID", "at": "Submitted", "too_cheap": "Q1", "cheap": "Q2", "expensive": "Q3"}
    text = "Response ID,Submitted,Q1,Q2,Q3,Q4\n17,2026-02-01,10,20,30,40\n"
    desk.take(text, table="price_answers", mapping={**mapping, "too_expensive": "Q4"})
    columns = "respondent, too_cheap, cheap, expensive, too_expensive"
    assert desk.rows(columns, "current_price_answers") == [
        ("17", *(f"{price}.000000000000" for price in (10, 20, 30, 40)))
    ]


def test_an_answered_touch_replaces_the_pending_one(desk: Desk) -> None:
    heading = "customer_id,at,offer,channel,outcome"
    desk.take(f"{heading}\nacme,2024-01-01,seats,email,\nacme,2024-01-01,seats,,", table="touches")
    result = desk.take(f"{heading}\nacme,2024-01-01,seats,email,accepted", table="touches")
    assert (result.added, result.changed) == (0, 1)
    assert desk.rows("channel, outcome, day", "current_touches") == [
        ("email", "accepted", "2024-01-01"),
        (None, "pending", "2024-01-01"),
    ]


def test_replacing_and_undoing_follow(desk: Desk) -> None:
    heading = "customer_id,metric,day,quantity"
    desk.take(f"{heading}\nacme,calls,2024-01-01,10\nbolt,calls,2024-01-01,20", table="usage")
    result = desk.take(f"{heading}\nacme,calls,2024-01-01,11.5", table="usage", replace=True)
    assert (result.changed, result.withdrawn) == (1, 1)
    assert desk.rows("customer_id, quantity", "current_usage") == [("acme", "11.5000")]
    desk.log.undo("i-000002")
    assert desk.rows("customer_id, quantity", "current_usage") == [("acme", "10.0000"), ("bolt", "20.0000")]


def test_headings_are_mapped(desk: Desk) -> None:
    mapping = {"customer_id": "account", "at": "answered", "score": "rating"}
    desk.take("account,answered,kind,rating\nacme,2024-01-01,NPS,9", table="feedback", mapping=mapping)
    assert desk.rows("customer_id, kind, score, open_to_more", "current_feedback") == [("acme", "nps", "9.0000", None)]


def test_json_booleans_and_money(desk: Desk) -> None:
    result = desk.take(
        """{"invoice_id": "in-1", "line_id": "1", "customer_id": "acme", "amount": "-5.10", "proration": true}
        {"invoice_id": "in-1", "line_id": "2", "customer_id": "acme", "amount": 5.10, "proration": false}""",
        table="invoice_lines",
        name="lines.ndjson",
    )
    assert briefly(result.findings) == [(2, "amount", "json_number", "5.1")]
    assert desk.rows("amount, proration", "current_invoice_lines") == [("-5.100000000000", "true")]


def test_limits_of_the_latest_import_win(desk: Desk) -> None:
    desk.take("plan_id,metric,limit\nteam,calls,100", table="limits", source="crm")
    desk.take("plan_id,metric,limit\nteam,calls,200", table="limits", source="billing")
    assert desk.rows('plan_id, metric, "limit"', "current_limits") == [("team", "calls", "200.0000")]


@pytest.mark.parametrize(
    "table", ["invoice_lines", "payments", "usage", "limits", "touches", "feedback", "price_answers"]
)
def test_views_are_there_before_the_first_import(desk: Desk, table: str) -> None:
    assert desk.rows("1", f"current_{table}") == []
    columns = described(desk, f"current_{table}")
    assert "source_row" in columns
    assert "DOUBLE" not in columns.values()


def test_every_choice_and_check_has_words() -> None:
    choices = {
        f"unknown_{column.name}" for table in TABLES for column in table.columns if column.type is ColumnType.CHOICE
    }
    checks = {check.code for table in TABLES for check in table.checks}
    assert (choices | checks) - set(CODES) == set()
