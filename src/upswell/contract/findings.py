"""Findings: what is wrong with one row, where, and what to do about it.

Bad data is a value. The row

    customer_id,plan_id,starts_at,unit_amount
    acme,team,2024-13-01,"19,99"

gives two findings, both on row 2: `bad_timestamp` (found 2024-13-01) and `bad_decimal` (found
19,99). The row is held back in quarantine, the file's other rows go on.

Only the row, column, code and the text found are stored; what was expected and the remedy are
written here, once for each code, and put beside them when a finding is shown.
"""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from typing import Final

from upswell.contract.cells import DIGITS, JSON_NUMBER_MARK
from upswell.contract.schema import Column, ColumnType, Table
from upswell.money.currency import currency_codes


@dataclass(frozen=True)
class Finding:
    """One fault of one row. `row` is the record's number in its file (a heading line is row 1)."""

    import_id: str
    file: str
    row: int
    column: str | None
    code: str
    expected: str
    found: str | None
    remedy: str

    def as_dict(self) -> dict[str, str | int | None]:
        """The finding as JSON-ready fields."""
        return asdict(self)


@dataclass(frozen=True)
class Advice:
    """What a code expects and how to mend it; `{column}`, `{kind}`, `{decimals}` are filled in."""

    expected: str
    remedy: str


_TIMES: Final = "2026-01-31, 2026-01-31T09:30:00 or 2026-01-31T09:30:00+02:00"
_MEND: Final = "mend the row and import the file again"

CODES: Final[dict[str, Advice]] = {
    # The record itself
    "ragged_row": Advice(
        "as many cells as there are headings",
        "give the row the same number of cells as the heading line; quote cells that hold the separator",
    ),
    "bad_quotes": Advice(
        'a quoted cell that ends with a quote: "like ""this"""',
        "double the quotes inside a quoted cell, and close the cell with one",
    ),
    "row_too_long": Advice("a record below 2 MB", "look for an opening quote that is never closed"),
    "unreadable_row": Advice("a readable record", _MEND),
    "bad_json": Advice("one JSON object on each line", "mend the line; the other lines were read"),
    "empty_row": Advice("at least one value", "delete the empty row"),
    # Single cells
    "missing_value": Advice("a value in {column}", "fill in {column}, or leave the row out"),
    "bad_text": Advice("a text", _MEND),
    "bad_timestamp": Advice(f"an ISO date or time such as {_TIMES}", "write {column} as year-month-day"),
    "bad_date": Advice("an ISO date such as 2026-01-31", "write {column} as year-month-day"),
    "bad_month": Advice("a month such as 2026-01, or a day in it", "write {column} as year-month"),
    "year_out_of_range": Advice(
        "a year from 1900 to 2999",
        "correct the year of {column}; leave ends_at empty for what has no end",
    ),
    "bad_decimal": Advice(
        "a plain decimal such as 1234.50",
        "write {column} with a point and digits only: no comma, currency sign, space or exponent",
    ),
    "json_number": Advice(
        'a decimal string such as "19.99"',
        "put {column} in quotes: a JSON number with a fraction is a binary float, not exact money",
    ),
    "too_many_decimals": Advice("at most {decimals} decimals", "round {column} where the figure is made, not here"),
    "too_large": Advice("at most {whole} digits before the point", "check {column}'s unit"),
    "negative_value": Advice(
        "0 or more",
        "correct {column}; credits and refunds are no recurring items: leave such a row out of items and snapshots,"
        " or use a discount column",
    ),
    "percent_over_100": Advice("a percent from 0 to 100", "write 12.5 for 12.5 %"),
    "rate_not_positive": Advice("a rate above 0", "give what one unit is worth in your currency"),
    "bad_integer": Advice("a whole number from 1 to 9999", "correct {column}, or leave it empty for 1"),
    "unknown_currency": Advice("an ISO 4217 code such as EUR", "write the three-letter code"),
    "unknown_interval": Advice("one of: {choices}", "use one of these words, with interval_count"),
    "unknown_item_type": Advice("one of: {choices}", "use one of these words"),
    "unknown_kind": Advice("one of: {choices}", "use one of these words"),
    "unknown_status": Advice(
        "one of: {choices}",
        "use one of these words; for an ended subscription write active and give ends_at, the day service ended;"
        " leave the row out only if it was never paid (incomplete)",
    ),
    "unknown_type": Advice("one of: {choices}", "use one of these words; tax has a column of its own"),
    "unknown_outcome": Advice("one of: {choices}", "use one of these words; pending while there is no answer"),
    "bad_boolean": Advice("true or false", "write true or false (yes, no, 1 and 0 are understood), or leave it empty"),
    # Several cells
    "end_before_start": Advice("ends_at at or after starts_at", "correct starts_at or ends_at"),
    "missing_price": Advice("a value in {one_of}", "fill in one of them; write 0 if the item is free"),
    "two_prices": Advice("either unit_amount or mrr", "leave one of them empty: both cannot be the price"),
    "discount_beside_mrr": Advice(
        "no discount beside mrr, which is net of discount",
        "leave the discount columns empty, or give unit_amount instead of mrr",
    ),
    "line_too_large": Advice("quantity x unit_amount below 1000000000000", "check that amounts are in major units"),
    "own_currency_rate": Advice("rate 1 for the workspace currency", "leave the row out: that rate is always 1"),
    "period_end_before_start": Advice("period_end at or after period_start", "correct period_start or period_end"),
    "negative_line": Advice(
        "0 or more, unless type is credit or proration is true",
        "write type credit for what goes back to the customer, or proration true for a change inside a period",
    ),
    "positive_credit": Advice(
        "a credit of 0 or less", "write a credit with a minus: the lines of an invoice add up to its total"
    ),
    "sign_differs": Advice("{column} of 0 or more where amount is", "correct {column}, or the sign of amount"),
    "negative_payment": Advice(
        "0 or more, unless status is refunded", "write status refunded for money that went back to the customer"
    ),
    "score_out_of_range": Advice("a score from 0 to 10 for nps", "correct score, or name another kind"),
    "nobody_named": Advice("respondent or customer_id", "say who answered; a number for each respondent will do"),
    "no_price_answer": Advice(
        "one or more of too_cheap, cheap, expensive and too_expensive, or price with would_buy",
        "fill in what was answered, or leave the row out",
    ),
    "two_kinds_of_answer": Advice(
        "four prices, or price with would_buy",
        "write a row for the four prices, and one for each price at which it was asked whether they would buy",
    ),
    # Several rows
    "duplicate_key": Advice(
        "one row for each {key} in a file",
        "keep the row that is right; the first of them was taken",
    ),
    "overlap": Advice(
        "versions of one item that do not overlap",
        "end the earlier version where this one starts, or give this one an item_id of its own",
    ),
    "impossible_amount": Advice(
        "a version shorter than a day with an MRR of at most 100 times the customer's others",
        "correct the amount or ends_at, or withdraw the row with --replace",
    ),
}


def make_finding(
    *,
    import_id: str,
    file: str,
    row: int,
    column: str | None,
    code: str | None,
    found: str | None,
    table: Table,
) -> Finding:
    """The finding with what was expected and the remedy written out for its table and column."""
    code = code if code in CODES else "unreadable_row"
    advice = CODES[code]
    words = _words(table, column)
    shown = None if found is None else found.removeprefix(JSON_NUMBER_MARK)
    near = _did_you_mean(table, column, code, shown)
    return Finding(
        import_id=import_id,
        file=file,
        row=row,
        column=column,
        code=code,
        expected=advice.expected.format_map(words),
        found=shown,
        remedy=near + advice.remedy.format_map(words),
    )


def _words(table: Table, column: str | None) -> dict[str, str]:
    known = _column(table, column)
    digits = DIGITS.get(known.type) if known else None
    return {
        "column": column or "the cell",
        "choices": ", ".join(known.choices) if known else "",
        "decimals": str(digits.decimals) if digits else "",
        "whole": str(digits.whole) if digits else "",
        "one_of": " or ".join(table.one_of),
        "key": ", ".join(table.key),
    }


def _did_you_mean(table: Table, column: str | None, code: str, found: str | None) -> str:
    known = _column(table, column)
    if known is None or found is None or not code.startswith("unknown_"):
        return ""
    if known.type is ColumnType.CURRENCY:
        near = difflib.get_close_matches(found.upper(), currency_codes(), n=1)
    else:
        near = difflib.get_close_matches(found.lower(), known.choices, n=1, cutoff=0.5)
    return f"did you mean {near[0]}? " if near else ""


def _column(table: Table, name: str | None) -> Column | None:
    return next((column for column in table.columns if column.name == name), None)
