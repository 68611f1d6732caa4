"""docs/sql.md: the files of a book and their columns, read from a book built for the purpose."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

import upswell
from docs.generated.tables import code, markdown_table

_ITEMS: Final = """customer_id,plan_id,starts_at,quantity,unit_amount
acme,team,2025-01-10,5,20.00
"""
_CUSTOMERS: Final = """customer_id,name,sector
acme,Acme Ltd,retail
"""
# What the columns of a book mean. A column without a line here fails the test of the pages.
MEANINGS: Final = {
    "answered_on": "local day of the answer",
    "cheap": "price from which the plan is a bargain, as answered; empty where another question was asked",
    "expensive": "price from which it gets expensive, likewise",
    "price": "price at which the respondent was asked whether it would buy; empty where four prices were asked for",
    "respondent": "who answered: as imported, or the customer",
    "survey": "as imported",
    "too_cheap": "price below which its quality is doubted, as answered",
    "too_expensive": "price from which it would not be bought, as answered",
    "would_buy": "whether the respondent would buy at `price`",
    "at_invoice_rate": "the same money at the rates of the days of its invoices; empty where one is not known",
    "after_span": "span in force after the moment; empty where nothing is",
    "amount": "change of MRR in `currency`; of a monthly total: their sum; of a cost: in the workspace's currency; of "
    "invoices and payments: earned, billed without tax, received or failed, in `currency`",
    "activated_at": "as imported, UTC",
    "before_span": "span in force before the moment; empty where nothing was",
    "billed_month": "first day of the month the lines were billed in; empty where they have no date",
    "billing_interval": "day, week, month, quarter or year",
    "cancel_requested_on": "local day on which the customer asked for the end, as imported",
    "counts": "whether the span is in the balance, even at 0",
    "country": "as imported",
    "created_at": "as imported, UTC",
    "credit_note": "whether the invoices' totals are not above 0",
    "currency": "currency of the amount or of the rate",
    "customer_id": "the customer",
    "customer_key": "number that stands for the customer in this book; another in the next; empty without items",
    "date": "local day of the moment",
    "discount_amount": "of these terms, for one interval",
    "discounted": "whether the discount of its terms is in force for this span",
    "discount_percent": "of these terms",
    "driver": "cause of an expansion or contraction; empty for other kinds",
    "ends_at": "end of the span, UTC, exclusive; empty = running",
    "ends_on": "local day of ends_at, or of a rate's end, exclusive",
    "evidence": "what shows an item version, where its source had to conclude it: a line, an event, or a guess",
    "failed_on": "local day on which the charge failed for the first time",
    "family_id": "the customer at the head of the customer's family, which `NAME+family` decides by",
    "family_key": "number that stands for the family in this book",
    "file": "name of the imported file",
    "from_plan_key": "plan that was replaced; empty where none was",
    "given_mrr": "the row's own mrr, where it gave one",
    "holds": "whether the span holds its product: it counts, or is paused or unpaid",
    "import_id": "as `upswell imports` prints it",
    "import_no": "number of the import: source row // 4294967296",
    "interval_count": "intervals for one price",
    "item_id": "the item",
    "item_key": "number that stands for the item in this book; another in the next",
    "item_type": "plan, addon or usage",
    "kind": "new, expansion, contraction, churn, reactivation, transfer; of a cost: acquisition, expansion, service; "
    "of feedback: nps, csat or survey",
    "day": "local day of the use",
    "open_to_more": "whether the respondent would like more, as answered; empty where that was not asked",
    "score": "as answered; empty where no score was asked for",
    "month": "first day of the month",
    "lacks_rate_on": "first day whose rate is not known; empty where all are",
    "level_amount": "what would be earned if all months were of one length: MRR as the invoices have it",
    "line_type": "subscription, usage, one_time or credit",
    "at": "when the offer was made, or the answer given, UTC",
    "touched_on": "local day on which the offer was made",
    "offer": "the offer, as imported",
    "channel": "how it reached the customer, as imported",
    "outcome": "accepted, declined, ignored, clicked or pending, as imported",
    "limit": "how much of the metric a customer of the plan may use in a month",
    "lines": "number of invoice lines",
    "metric": "what is used, as imported",
    "mrr": "MRR of the span under the policy, rounded once",
    "name": "as imported",
    "one_term": "whether the item was sold for one billing term alone",
    "owner": "as imported",
    "parent_id": "as imported",
    "plan_id": "the plan; of a change the new one, of churn the old one",
    "price_id": "as imported",
    "product_id": "the product, likewise",
    "moment_at": "where a day may have several moments (grouping none, 60min): when this one began, UTC; else empty",
    "named": "whether its payments name an invoice or a payment",
    "offer_key": "number that stands for the plan, product, currency and type of item in this book",
    "plan_key": "number that stands for the plan of a product in this book",
    "product_key": "number that stands for the product in this book",
    "purpose": "same_month, earlier_invoice, later_invoice, no_invoice or refund",
    "quantity": "in force for this span",
    "rate": "of that day, or of the span of days, to the workspace's currency; empty where none is known",
    "recovered": "of a charge: what has come in since, up to its amount; of money: whether its charge failed before",
    "recovered_on": "local day on which money first came in after the failure; empty where none did",
    "rule": "why it was booked; see [the ledger](ledger.md#rules)",
    "scheduled": "whether it lies after the book's as_of",
    "sector": "an attribute of this example: a column the contract does not know",
    "sha256": "digest of the imported file",
    "source_row": "import number x 4294967296 + record number",
    "span_id": "source row x 4 + number of the version's part; source row = import number x 4294967296 + record number",
    "starts_at": "start of the span, UTC",
    "starts_on": "local day of starts_at, or of a rate's start",
    "status": "of this span: active, trialing, past_due, lapsed, unpaid or paused",
    "subscription_id": "the subscription",
    "subscription_key": "number that stands for the subscription in this book",
    "tax": "tax of the invoices, in `currency`",
    "terms_key": "number that stands for the terms in this book: price, interval and discount",
    "unit_amount": "price of one piece for one interval; empty where the row gave mrr",
    "valid_from": "of the row that holds at as_of",
    "workspace_amount": "sum of amount x rate; empty as soon as one of them has no rate",
    "workspace_tax": "sum of tax x rate, likewise",
}


def columns() -> str:
    """A section for each Parquet file of a book with its columns."""
    return "\n\n".join(_section(name, described) for name, described in book_columns().items())


def book_columns() -> dict[str, list[tuple[str, str]]]:
    """Each Parquet file of a book (its path inside the book) and the names and types of its columns."""
    with tempfile.TemporaryDirectory() as folder:
        book = _book(Path(folder))
        return {str(path.relative_to(book)): _described(path) for path in sorted(book.rglob("*.parquet"))}


def _book(folder: Path) -> Path:
    workspace = upswell.init(folder / "workspace")
    for table, text in (("items", _ITEMS), ("customers", _CUSTOMERS)):
        path = folder / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        workspace.import_file(path, table=table)
    manifest = workspace.build(as_of=datetime(2025, 3, 1, tzinfo=UTC))
    return workspace.folder / "books" / manifest.book_id


def _described(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        rows = connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def _section(name: str, described: list[tuple[str, str]]) -> str:
    rows = [[code(column), kind.lower(), MEANINGS.get(column, "")] for column, kind in described]
    return f"### {name}\n\n" + markdown_table(("column", "type", "meaning"), rows)
