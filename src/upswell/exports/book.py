"""A whole book as a folder of Parquet files that any reader of Parquet can open, with a page that says what they are.

The files are the relations that the formulas of the catalogue are written over, under the same names, under one policy:

    acme-export/about.json           the book, the policy with every switch, each file with rows, columns and meaning
    acme-export/movements.parquet    texts, keys, amounts and the rate of the day: 150.00 of expansion by plan, for Bolt
    acme-export/item_versions.parquet ...

So `opening_mrr`, or a question nobody foresaw, is one SELECT over them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.engines.duckdb import storage_errors
from upswell.errors import WorkspaceError
from upswell.exports.about import described_stream, money
from upswell.exports.answers import about_answer, program
from upswell.exports.write import write_result
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

ABOUT: Final = "about.json"
# Each relation of a book, what a row of it is, and its order: the same book gives the same files.
RELATIONS: Final = {
    "movements": ("one booked change of MRR, by driver; scheduled ones lie after as_of", "movement_id"),
    "item_versions": ("one span of days in which an item did not change, with its MRR under the policy", "span_id"),
    "monthly_totals": ("the sum of the movements of one month, plan, kind, driver and currency", "all"),
    "customers": ("one customer with every attribute imported, as known at as_of", "customer_id"),
    "customer_spans": ("one span of days in which a customer's attributes did not change", "customer_id, starts_on"),
    "monthly_usage": ("what one customer used of one metric in one month", "customer_key, month, metric"),
    "daily_usage": ("what one customer used of one metric on one day", "day, customer_key, metric"),
    "touches": ("one time that one customer was made one offer, and what came of it", "all"),
    "feedback": ("one answer of one customer: a score, or whether it is open to more", "all"),
    "price_answers": ("what one respondent says of the price of one plan: four prices, or whether it would buy", "all"),
    "limits": ("how much of one metric a customer of one plan may use in a month", "plan_id, metric"),
    "recognised_revenue": ("what is earned in one month of one customer's invoice lines of one kind", "all"),
    "billings": ("what was billed to one customer in one month, or credited", "all"),
    "receipts": ("the money of one customer in one month, by what it paid", "all"),
    "failed_charges": ("one charge that failed, and what of it has come in since", "all"),
    "contract_ends": ("what is known of the end of one item version's contract", "source_row"),
    "item_keys": ("one item, and the number that stands for it in this book", "item_key"),
    "offer_keys": ("one plan, product, currency and type of item, and their number", "offer_key"),
    "plan_keys": ("one plan of a product, and its number", "plan_key"),
    "terms_keys": ("the price, interval and discount of item versions, and their number", "terms_key"),
    "rate_spans": ("one span of days with one exchange rate to the workspace's currency", "currency, starts_on"),
    "costs": ("the costs of one month and kind, in the workspace's currency", "month, kind"),
    "evidence": ("what shows an item version whose source had to conclude it", "all"),
    "import_files": ("one imported file", "import_no"),
    "policy": ("the single row of switches that the ledger was built under", "all"),
    "clock": ("the single row that says what instant, day and currency the book is of", "all"),
}
_ROWS_IN_BATCH: Final = 65_536
# Which column of a relation is money, and in which currency its row says.
_MONEY: Final = {"movements": "amount", "item_versions": "mrr", "monthly_totals": "amount"}


@dataclass(frozen=True)
class ExportedBook:
    """A folder that was written: the book, the policy, and how many rows each file has."""

    folder: Path
    book_id: str
    policy: str
    rows: dict[str, int]


def write_book(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, facts: BookFacts, policy: Policy
) -> ExportedBook:
    """Write the book that `connection` reads to `folder`, which must be absent or empty.

    It is written beside `folder` and renamed when whole. Raises `WorkspaceError` when `folder` is in use or the disk
    refuses.
    """
    with _new_folder(folder) as partial:
        files: dict[str, dict[str, Any]] = {}
        for name, (meaning, order) in RELATIONS.items():
            reader = connection.sql(f"select * from {name} order by {order}").to_arrow_reader(_ROWS_IN_BATCH)
            columns = {_MONEY[name]: money(currency_column="currency")} if name in _MONEY else {}
            about = about_answer(facts, policy, question=f"book, {name}: {meaning}", columns=columns)
            written = write_result(described_stream(reader.schema, reader, about), partial / f"{name}.parquet")
            files[f"{name}.parquet"] = {
                "meaning": meaning,
                "rows": written.rows,
                "columns": {field.name: str(field.type) for field in reader.schema},
            }
        text = json.dumps(_about(facts, policy, files), ensure_ascii=False, indent=1)
        (partial / ABOUT).write_text(text + "\n", encoding="utf-8")
    return ExportedBook(folder, facts.book_id, policy.name, {name: file["rows"] for name, file in files.items()})


def _about(facts: BookFacts, policy: Policy, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "book_id": facts.book_id,
        "as_of": facts.as_of.isoformat(),
        "timezone": facts.timezone,
        "currency": facts.workspace_currency,
        "rows_held_back": facts.held_back,
        "policy": {"name": policy.name, "hash": policy.content_hash(), "switches": policy.switches()},
        "program": program(),
        "reading": [
            "amount is in the currency of its row; amount * rate is in the book's currency",
            "leave out scheduled movements for actual figures: MRR at the end of a day is the sum up to it",
            "keys are numbers of this book alone; texts and movement_id mean the same in every book",
        ],
        "files": files,
    }


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that takes its name when the block ends well, and is gone when it does not."""
    folder = folder.resolve()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WorkspaceError(
            f"{folder} is in use",
            code="export_target_in_use",
            where=str(folder),
            expected="an absent or empty folder",
            remedy="name another folder; nothing is overwritten",
        )
    partial = folder.with_name(f".{folder.name}.exporting-{os.getpid()}")
    with storage_errors(folder.parent):
        partial.mkdir(parents=True)
        try:
            yield partial
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
