"""Every finding on a single row, provoked: the row, the column, the code, and a remedy."""

from __future__ import annotations

from collections.abc import Sequence

from tests.contract.importing import Desk, briefly
from upswell.contract.findings import CODES

GOOD = {
    "customer_id": "acme",
    "plan_id": "team",
    "starts_at": "2024-01-10",
    "unit_amount": "20.00",
}

CELLS = [
    ("customer_id", "", "missing_value"),
    ("customer_id", "   ", "missing_value"),
    ("plan_id", "", "missing_value"),
    ("starts_at", "", "missing_value"),
    ("starts_at", "10/01/2024", "bad_timestamp"),
    ("starts_at", "2024-13-01", "bad_timestamp"),
    ("starts_at", "2024-02-30", "bad_timestamp"),
    ("starts_at", "2023-02-29", "bad_timestamp"),
    ("starts_at", "2024-1-5", "bad_timestamp"),
    ("starts_at", "20240105", "bad_timestamp"),
    ("starts_at", "2024/01/05", "bad_timestamp"),
    ("starts_at", "2024-01-10 25:00", "bad_timestamp"),
    ("starts_at", "2024-01-10 24:00:00", "bad_timestamp"),
    ("starts_at", "2024-01-10 10:00 Europe/Berlin", "bad_timestamp"),
    ("starts_at", "2024-01-10 (BC)", "bad_timestamp"),
    ("starts_at", "now", "bad_timestamp"),
    ("ends_at", "infinity", "bad_timestamp"),
    ("ends_at", "9999-12-31", "year_out_of_range"),
    ("starts_at", "1899-12-31", "year_out_of_range"),
    ("starts_at", "0000-01-01", "year_out_of_range"),
    ("unit_amount", "19,99", "bad_decimal"),
    ("unit_amount", "$19.99", "bad_decimal"),
    ("unit_amount", "1e3", "bad_decimal"),
    ("unit_amount", "1,234.50", "bad_decimal"),
    ("unit_amount", "1_000", "bad_decimal"),
    ("unit_amount", "1 000", "bad_decimal"),
    ("unit_amount", "19.", "bad_decimal"),
    ("unit_amount", "nan", "bad_decimal"),
    ("unit_amount", "-19.99", "negative_value"),
    ("unit_amount", "0.1234567890123", "too_many_decimals"),
    ("unit_amount", "1000000000000", "too_large"),
    ("quantity", "-1", "negative_value"),
    ("quantity", "1.23456", "too_many_decimals"),
    ("quantity", "one", "bad_decimal"),
    ("discount_percent", "100.01", "percent_over_100"),
    ("discount_percent", "12.34567", "too_many_decimals"),
    ("discount_percent", "-5", "negative_value"),
    ("discount_percent", "10%", "bad_decimal"),
    ("currency", "DOL", "unknown_currency"),
    ("currency", "US", "unknown_currency"),
    ("interval", "monthly", "unknown_interval"),
    ("interval_count", "0", "bad_integer"),
    ("interval_count", "-1", "bad_integer"),
    ("interval_count", "1.5", "bad_integer"),
    ("interval_count", "10000", "bad_integer"),
    ("item_type", "seat", "unknown_item_type"),
    ("status", "cancelled", "unknown_status"),
    ("discount_until", "soon", "bad_timestamp"),
    ("trial_until", "14 days", "bad_timestamp"),
    ("cancel_requested_at", "2024-01-32", "bad_timestamp"),
]


def line(cells: dict[str, str]) -> str:
    row = ",".join('"' + value + '"' for value in cells.values())
    return f"{','.join(cells)}\n{row}"


def lines(changes: Sequence[dict[str, str]]) -> str:
    """One file of good rows, each with its own change; every row is another customer's."""
    columns = dict.fromkeys([*GOOD, *(column for change in changes for column in change)])
    rows = [{**GOOD, "customer_id": f"customer {number}", **change} for number, change in enumerate(changes)]
    cells = [",".join('"' + row.get(column, "") + '"' for column in columns) for row in rows]
    return "\n".join([",".join(columns), *cells])


def test_a_bad_cell_holds_its_row_back(desk: Desk) -> None:
    result = desk.take(lines([{column: value} for column, value, _ in CELLS]))
    assert (result.rows_read, result.added, result.held_back) == (len(CELLS), 0, len(CELLS))
    found = desk.log.findings()
    assert briefly(found) == [
        (row, column, code, value.strip() or None) for row, (column, value, code) in enumerate(CELLS, start=2)
    ]
    assert list(result.findings) == found[:20]
    assert all(each.expected and each.remedy for each in found)
    assert desk.rows("customer_id") == []


ROWS = [
    ({"ends_at": "2024-01-09"}, "ends_at", "end_before_start"),
    ({"unit_amount": ""}, "unit_amount", "missing_price"),
    ({"mrr": "20.00"}, "mrr", "two_prices"),
    (
        {"unit_amount": "", "mrr": "20", "discount_percent": "10"},
        "discount_percent",
        "discount_beside_mrr",
    ),
    (
        {"unit_amount": "", "mrr": "20", "discount_amount": "1"},
        "discount_percent",
        "discount_beside_mrr",
    ),
    ({"unit_amount": "999999999999", "quantity": "2"}, "unit_amount", "line_too_large"),
    ({"unit_amount": "100", "quantity": "10000000000"}, "unit_amount", "line_too_large"),
    (
        {"unit_amount": "999999999999", "quantity": "99999999999999"},
        "unit_amount",
        "line_too_large",
    ),
]


def test_cells_that_contradict_each_other(desk: Desk) -> None:
    result = desk.take(lines([change for change, _, _ in ROWS]))
    assert [(each.row, each.column, each.code) for each in result.findings] == [
        (row, column, code) for row, (_, column, code) in enumerate(ROWS, start=2)
    ]
    assert result.held_back == len(ROWS)


SOUND = [
    ("unit_amount", "0", "0.000000000000"),
    ("unit_amount", ".5", "0.500000000000"),
    ("unit_amount", "0019.99", "19.990000000000"),
    ("unit_amount", "19.9900000000000000", "19.990000000000"),
    ("unit_amount", "0.123456789012", "0.123456789012"),
    ("unit_amount", "999999999999.999999999999", "999999999999.999999999999"),
    ("unit_amount", " 20.00 ", "20.000000000000"),
    ("quantity", "", "1.0000"),
    ("quantity", "0", "0.0000"),
    ("quantity", "2.5", "2.5000"),
    ("discount_percent", "100", "100.0000"),
    ("discount_percent", "100.00", "100.0000"),
    ("discount_percent", "33.3333", "33.3333"),
    ("currency", "usd", "USD"),
    ("currency", "jpy", "JPY"),
    ("currency", "", "USD"),
    ("interval", "YEAR", "year"),
    ("interval", "", "month"),
    ("interval_count", "3.0", "3"),
    ("item_type", "Addon", "addon"),
    ("status", "Past_Due", "past_due"),
    ("starts_at", "2024-02-29", "2024-02-29 00:00:00"),
    ("starts_at", "2024-01-10T09:30", "2024-01-10 09:30:00"),
    ("starts_at", "2024-01-10 09:30:15.25", "2024-01-10 09:30:15.25"),
    ("starts_at", "2024-01-10T09:30:00Z", "2024-01-10 09:30:00"),
    ("starts_at", "2024-01-10T09:30:00+02:00", "2024-01-10 07:30:00"),
    ("starts_at", "2024-01-10T09:30:00-0530", "2024-01-10 15:00:00"),
    ("starts_at", "2024-01-10 09:30+02", "2024-01-10 07:30:00"),
    ("customer_id", " acme ", "acme"),
    ("customer_id", "bolt\u00a0", "bolt"),
    ("starts_at", "\t2024-01-10", "2024-01-10 00:00:00"),
]


def test_what_is_understood(desk: Desk) -> None:
    result = desk.take(lines([{column: value} for column, value, _ in SOUND]))
    assert (result.added, result.held_back) == (len(SOUND), 0)
    for row, (column, value, stored) in enumerate(SOUND, start=2):
        found = desk.rows(f'"{column}"', f"current_items where source_row % 4294967296 = {row}")
        assert found == [(stored,)], (column, value)


def test_the_largest_line_that_is_allowed(desk: Desk) -> None:
    result = desk.take(line({**GOOD, "quantity": "99", "unit_amount": "10101010101"}))
    assert result.held_back == 0


def test_a_row_may_have_several_findings(desk: Desk) -> None:
    result = desk.take(line({**GOOD, "customer_id": "", "unit_amount": "19,99", "status": "on"}))
    assert briefly(result.findings) == [
        (2, "customer_id", "missing_value", None),
        (2, "status", "unknown_status", "on"),
        (2, "unit_amount", "bad_decimal", "19,99"),
    ]
    assert result.held_back == 1


def test_an_empty_row_is_one_finding(desk: Desk) -> None:
    result = desk.take("customer_id,plan_id,starts_at,mrr\n,,,\nacme,team,2024-01-10,5")
    assert briefly(result.findings) == [(2, None, "empty_row", None)]
    assert (result.rows_read, result.added, result.held_back) == (2, 1, 1)


def test_near_words_are_suggested(desk: Desk) -> None:
    near = [
        ("interval", "monthly", "month"),
        ("interval", "years", "year"),
        ("item_type", "add-on", "addon"),
        ("status", "trial", "trialing"),
        ("currency", "EURO", "EUR"),
    ]
    result = desk.take(lines([{column: value} for column, value, _ in near]))
    for finding, (_, _, word) in zip(result.findings, near, strict=True):
        assert finding.remedy.startswith(f"did you mean {word}? ")


def test_the_words_of_a_finding(desk: Desk) -> None:
    (finding,) = desk.take(line({**GOOD, "unit_amount": "0.1234567890123"})).findings
    assert finding.as_dict() == {
        "import_id": "i-000001",
        "file": "items.csv",
        "row": 2,
        "column": "unit_amount",
        "code": "too_many_decimals",
        "expected": "at most 12 decimals",
        "found": "0.1234567890123",
        "remedy": "round unit_amount where the figure is made, not here",
    }


def test_good_rows_go_on_beside_bad_ones(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-10,,5,20.00
        bolt,seat,team,2024-01-10,,5,"20,00"
        cora,seat,team,2024-01-10,,5,30.00"""
    )
    assert (result.rows_read, result.added, result.held_back) == (3, 2, 1)
    assert desk.rows("customer_id, source_row % 4294967296") == [("acme", "2"), ("cora", "4")]


def test_a_padded_cell_beside_a_bad_one(desk: Desk) -> None:
    result = desk.items("acme,seat,team, 2024-01-10 ,,5, 20.00\nbolt,seat,team,x,,5,1")
    assert briefly(result.findings) == [(3, "starts_at", "bad_timestamp", "x")]
    assert desk.rows("customer_id, unit_amount") == [("acme", "20.000000000000")]


def test_bad_rates(desk: Desk) -> None:
    rates = [
        ("2024-01-01,EUR,0", "rate_not_positive"),
        ("2024-01-01,EUR,-1.1", "rate_not_positive"),
        ('2024-01-01,EUR,"1,1"', "bad_decimal"),
        ("2024-01-01,EUR,", "missing_value"),
        ("2024-01-01,EUX,1.1", "unknown_currency"),
        ("2024-01-01,USD,1.1", "own_currency_rate"),
        ("01.01.2024,EUR,1.1", "bad_date"),
    ]
    rows = "\n".join(["date,currency,rate", *(row for row, _ in rates)])
    result = desk.take(rows, table="rates")
    assert [(each.row, each.code) for each in result.findings] == [
        (row, code) for row, (_, code) in enumerate(rates, start=2)
    ]


def test_bad_months(desk: Desk) -> None:
    months = ["January", "2024-13", "2024", "2024-02-30", "01/2024"]
    rows = "\n".join(["customer_id,month,mrr", *(f"acme,{month},5" for month in months)])
    result = desk.take(rows, table="snapshots")
    assert briefly(result.findings) == [(row, "month", "bad_month", month) for row, month in enumerate(months, start=2)]


def test_every_code_has_words_without_gaps() -> None:
    for advice in CODES.values():
        assert advice.expected
        assert advice.remedy
