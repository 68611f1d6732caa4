"""One answer as CSV, Parquet and XLSX: every digit, every text, no formula, and no half a file."""

from __future__ import annotations

import csv
import errno
import io
import random
import weakref
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.exports.answers import SCHEMA, amounts_of, many, sheet_pairs, sheet_rows, workbook_of
from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError, WorkspaceError
from upswell.exports.about import COUNT, MONTH, RATE, About, about_of, described, figures
from upswell.exports.csv_file import write_csv
from upswell.exports.parquet_file import ROWS_IN_GROUP, write_parquet
from upswell.exports.rows import ROWS_AT_ONCE
from upswell.exports.texts import neutral
from upswell.exports.write import write_batches, write_result
from upswell.exports.xlsx_file import write_xlsx

FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "+1",
    "-w",
    "@SUM(1)",
    "\tcmd",
    "\rcmd",
    "\uff1d1+1",
    "=cmd|' /C calc'!A0",
]
TEXTS = [
    "Acme",
    "",
    " =1",
    "Müller & Söhne",
    "東京",
    "1=1",
    "a,b",
    'say "x"',
    "_x0041_",
    "<b>&amp;",
    "http://x/",
    "007",
]


def at(text: str) -> datetime:
    """A time as a workbook has it: without a zone."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", FORMULAS)
def test_csv_has_a_quote_before_what_a_spreadsheet_would_run(tmp_path: Path, name: str) -> None:
    write_result(amounts_of([name], ["-12.00"]), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        heading, row = csv.reader(file)
    assert row == ["'" + name, "2025-03-15", "-12.000000", "USD", "false"]
    assert heading == SCHEMA.names


@pytest.mark.parametrize("name", ["-12.00", "-5", *(text for text in TEXTS if text)])
def test_csv_leaves_numbers_and_plain_texts_as_they_are(name: str) -> None:
    assert neutral(name) == name


@pytest.mark.parametrize("name", ["-", "--5", "-5-2", "-5e3", "-1,5", "-5\n", "-\u0665"])
def test_only_a_plain_negative_number_is_one(name: str) -> None:
    assert neutral(name) == "'" + name


def test_a_heading_is_a_text_as_well(tmp_path: Path) -> None:
    table = pa.table({"=1+1": ["x"]})
    write_result(table, tmp_path / "a.csv")
    write_result(table, tmp_path / "a.xlsx")
    assert (tmp_path / "a.csv").read_text("utf-8") == "'=1+1\nx\n"
    cell = workbook_of(tmp_path / "a.xlsx")["data"]["A1"]
    assert (cell.value, cell.data_type) in {("=1+1", "s"), ("=1+1", "inlineStr")}


def test_parquet_keeps_every_text_and_type(tmp_path: Path) -> None:
    names = [*FORMULAS, *TEXTS, "a\x00b"]
    table = amounts_of(names, ["12345678901234567890.123456789012345678"] * len(names))
    write_result(table, tmp_path / "a.parquet")
    read = pq.read_table(tmp_path / "a.parquet")
    assert read.equals(table)
    assert read.schema.types == SCHEMA.types
    kept = {key.decode(): value.decode() for key, value in pq.read_metadata(tmp_path / "a.parquet").metadata.items()}
    assert (kept["upswell.question"], kept["upswell.policy"]) == ("movements", "strict")


def test_xlsx_has_no_formula_and_no_link_whatever_a_text_says(tmp_path: Path) -> None:
    names = [name for name in (*FORMULAS, *TEXTS) if "\r" not in name]
    write_result(amounts_of(names, [None] * len(names)), tmp_path / "a.xlsx")
    sheet = workbook_of(tmp_path / "a.xlsx")["data"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value} <= {"s", "inlineStr"}
    # A workbook writes _x0041_ as _x005F_x0041_, or a spreadsheet would read an A.
    assert [(cell.value or "").replace("_x005F_", "_") for cell in cells] == names
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if "sheet" in name)
    assert "<f>" not in text
    assert "hyperlink" not in text


def test_xlsx_replaces_what_xml_cannot_hold_and_says_so(tmp_path: Path) -> None:
    names = ["a\x00b", "\x1b[31mred", "cr\rlf", "\ufffe", "line\nfeed\ttab"]
    written = write_result(amounts_of(names, ["1"] * 5), tmp_path / "a.xlsx")
    shown = [row[0] for row in sheet_rows(tmp_path / "a.xlsx")[1:]]
    assert shown == ["a\ufffdb", "\ufffd[31mred", "cr\ufffdlf", "\ufffd", "line\nfeed\ttab"]
    [note] = written.notes
    assert note.startswith("control characters, which a workbook cannot hold, are U+FFFD")
    assert note.endswith("texts that had some: 4")
    assert sheet_pairs(tmp_path / "a.xlsx")["note"] == note


@pytest.mark.parametrize(("currency", "number_format"), [("USD", "#,##0.00"), ("JPY", "#,##0"), ("BHD", "#,##0.000")])
def test_xlsx_shows_money_in_the_decimals_of_its_currency(tmp_path: Path, currency: str, number_format: str) -> None:
    write_result(amounts_of(["Acme"], ["-833.416667"], currency), tmp_path / "a.xlsx")
    sheet = workbook_of(tmp_path / "a.xlsx")["data"]
    day, amount, scheduled = sheet["B2"], sheet["C2"], sheet["E2"]
    assert (amount.value, amount.data_type, amount.number_format) == (-833.416667, "n", number_format)
    assert (day.value, day.number_format, day.is_date) == (at("2025-03-15"), "yyyy-mm-dd", True)
    assert (scheduled.value, scheduled.data_type) == (False, "b")


def test_xlsx_shows_rates_in_percent_counts_whole_and_months_as_months(tmp_path: Path) -> None:
    table = pa.table(
        {
            "month": ["2025-04", "2025-Q1"],
            "value": pa.array([Decimal("0.031250000000"), Decimal(12)], pa.decimal128(38, 12)),
            "unit": ["rate", "count"],
            "share": pa.array([Decimal("0.5"), None], pa.decimal128(5, 4)),
            "customers": [3, 4],
            "score": [0.25, float("nan")],
            "at": [at("2025-04-01T12:30"), at("1899-01-01")],
            "day": [date(1900, 2, 1), None],
        }
    )
    columns = {"month": MONTH, "value": figures("USD"), "share": RATE, "customers": COUNT}
    write_result(described(table, About((), columns)), tmp_path / "a.xlsx")
    first, second = workbook_of(tmp_path / "a.xlsx")["data"].iter_rows(min_row=2)
    assert [(cell.value, cell.number_format) for cell in first] == [
        (at("2025-04-01"), "yyyy-mm"),
        (0.03125, "0.00%"),
        ("rate", "General"),
        (0.5, "0.00%"),
        (3, "#,##0"),
        (0.25, "General"),
        (at("2025-04-01T12:30"), "yyyy-mm-dd hh:mm:ss"),
        ("1900-02-01", "General"),
    ]
    assert [cell.value for cell in second] == ["2025-Q1", 12, "count", None, 4, "nan", "1899-01-01T00:00:00", None]


def test_xlsx_writes_a_number_of_more_than_15_digits_as_text_to_the_last_of_them(tmp_path: Path) -> None:
    amounts = ["123456789.123456", "1234567890.123456", "0.000123456789012345", "10000000000000000000", "-0.1"]
    written = write_result(amounts_of(["a"] * 5, amounts), tmp_path / "a.xlsx")
    cells = [row[2] for row in sheet_rows(tmp_path / "a.xlsx")[1:]]
    assert cells == [123456789.123456, "1234567890.123456", 0.000123456789012345, 1e19, -0.1]
    [note] = written.notes
    assert note == "numbers of more than 15 digits, which no spreadsheet keeps, are texts to the last digit: 1"
    assert sheet_pairs(tmp_path / "a.xlsx")["note"] == note


def test_every_number_in_xlsx_reads_back_as_it_was(tmp_path: Path) -> None:
    chance = random.Random(20250601)
    amounts = [str(Decimal(chance.randrange(-(10**15), 10**15)).scaleb(-chance.randrange(13))) for _ in range(3000)]
    amounts = [f"{Decimal(amount):f}" for amount in amounts]
    write_result(amounts_of(["a"] * 3000, amounts), tmp_path / "a.xlsx")
    read = [row[2] for row in sheet_rows(tmp_path / "a.xlsx")[1:]]
    assert [Decimal(repr(each)) for each in read] == [Decimal(amount) for amount in amounts]


def test_the_sheet_is_made_for_reading(tmp_path: Path) -> None:
    write_result(amounts_of(["Acme", "Bolt"], ["1", "2"]), tmp_path / "a.xlsx")
    workbook = workbook_of(tmp_path / "a.xlsx")
    assert workbook.sheetnames == ["data", "About"]
    sheet = workbook["data"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet["A1"].font.bold) == ("A2", "A1:E3", True)
    assert sheet.column_dimensions["A"].width > 10
    assert sheet_pairs(tmp_path / "a.xlsx") == {
        "question": "movements",
        "policy": "strict",
        "as of": "2025-06-01T00:00:00+00:00",
        "rows": "2",
    }
    assert workbook.properties.created == at("2025-06-01")


def test_rows_beyond_a_sheet_go_on_the_next(tmp_path: Path) -> None:
    table = amounts_of([f"c{number}" for number in range(7)], ["1"] * 7)
    with (tmp_path / "a.xlsx").open("wb") as file:
        notes = write_xlsx(file, table.schema, iter(table.to_batches()), about_of(table.schema), rows_on_sheet=3)
    assert workbook_of(tmp_path / "a.xlsx").sheetnames == ["data", "data 2", "data 3", "About"]
    sheets = [sheet_rows(tmp_path / "a.xlsx", name) for name in ("data", "data 2", "data 3")]
    assert [[row[0] for row in rows] for rows in sheets] == [
        ["customer_id", "c0", "c1", "c2"],
        ["customer_id", "c3", "c4", "c5"],
        ["customer_id", "c6"],
    ]
    assert notes == ("the rows are on 3 sheets, 3 on each but the last",)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_an_answer_without_rows_has_its_headings(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    assert write_result(amounts_of([], []), path).rows == 0
    match ending:
        case "csv":
            assert path.read_text("utf-8") == ",".join(SCHEMA.names) + "\n"
        case "parquet":
            assert pq.read_table(path).schema.names == SCHEMA.names
        case _:
            assert sheet_rows(path) == [SCHEMA.names]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_the_same_answer_is_the_same_file(tmp_path: Path, ending: str) -> None:
    table = amounts_of(["Acme", "=1"], ["1.5", "-2"])
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending.upper()}"
    write_result(table, first)
    write_result(table, second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("ending", "batches", "rows", "held"),
    [("csv", 30, 300, 2), ("xlsx", 30, 300, 2), ("parquet", 30, 20_000, ROWS_IN_GROUP // 20_000 + 3)],
)
def test_a_stream_is_written_as_it_comes(tmp_path: Path, ending: str, batches: int, rows: int, held: int) -> None:
    """However many batches there are, only those being written are in memory."""
    given: list[weakref.ref[pa.RecordBatch]] = []
    seen, bytes_held, size = [], [], 0
    before = pa.total_allocated_bytes()

    def watched() -> Iterator[pa.RecordBatch]:
        nonlocal size
        for batch in many(batches, rows):
            size = max(size, batch.nbytes)
            given.append(weakref.ref(batch))
            seen.append(sum(each() is not None for each in given))
            bytes_held.append(pa.total_allocated_bytes() - before)
            yield batch
            del batch

    assert write_batches(SCHEMA, watched(), tmp_path / f"a.{ending}").rows == batches * rows
    assert max(seen) <= held
    assert max(bytes_held) <= 2 * (held + 2) * size


def test_a_batch_larger_than_what_is_written_at_once_is_cut(tmp_path: Path) -> None:
    rows = ROWS_AT_ONCE + 5
    assert write_batches(SCHEMA, many(1, rows), tmp_path / "a.csv").rows == rows
    with (tmp_path / "a.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == rows + 1


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_write_that_fails_leaves_the_former_file_and_no_other(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text("a former file", encoding="utf-8")

    def broken() -> Iterator[pa.RecordBatch]:
        yield from many(1, 3)
        raise WorkspaceError("the book is damaged", code="book_damaged", remedy="build again")

    with pytest.raises(WorkspaceError, match="the book is damaged"):
        write_batches(SCHEMA, broken(), path)
    assert path.read_text("utf-8") == "a former file"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.pdf", "a", "xlsx", "a.xls", "a.csv.gz"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        write_result(amounts_of(["Acme"], ["1"]), tmp_path / name)
    assert (refused.value.code, refused.value.expected) == (
        "output_unknown",
        "a name that ends with .csv, .parquet, .xlsx",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file_and_a_missing_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UsageError, match="is not a file"):
        write_result(amounts_of(["Acme"], ["1"]), tmp_path / "a.csv")
    with pytest.raises(WorkspaceError) as refused:
        write_result(amounts_of(["Acme"], ["1"]), tmp_path / "none" / "a.csv")
    assert refused.value.code == "folder_missing"


def test_a_text_too_long_for_a_cell_is_refused_and_not_cut(tmp_path: Path) -> None:
    table = amounts_of(["x" * 32_768], ["1"])
    with pytest.raises(UsageError) as refused:
        write_result(table, tmp_path / "a.xlsx")
    assert (refused.value.code, list(tmp_path.iterdir())) == ("text_too_long", [])
    write_result(table, tmp_path / "a.csv")
    write_result(amounts_of(["x" * 32_767], ["1"]), tmp_path / "a.xlsx")
    assert len(sheet_rows(tmp_path / "a.xlsx")[1][0]) == 32_767


def test_a_table_without_the_column_that_tells_its_currency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        write_result(amounts_of(["Acme"], ["1"]).drop_columns(["currency"]), tmp_path / "a.xlsx")
    assert refused.value.code == "column_missing"
    assert refused.value.remedy == "keep currency beside amount"
    assert write_result(amounts_of(["Acme"], ["1"]).select(["customer_id"]), tmp_path / "a.xlsx").rows == 1


def test_however_rows_come_the_parquet_file_is_the_same(tmp_path: Path) -> None:
    """Row groups are cut by rows alone: 300,000 of them in one batch or a hundred, or with empty ones between."""
    table = amounts_of([f"c{row}" for row in range(300_000)], ["20.000000"] * 300_000).combine_chunks()
    empty = table.slice(0, 0).combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
    files = []
    for size in (300_000, ROWS_IN_GROUP, 100_000, 3_000):
        path = tmp_path / f"{size}.parquet"
        write_batches(table.schema, iter([*empty, *table.to_batches(max_chunksize=size), *empty]), path)
        files.append(path.read_bytes())
    assert len(set(files)) == 1
    groups = pq.read_metadata(tmp_path / "3000.parquet")
    assert [groups.row_group(number).num_rows for number in range(5)] == [*[ROWS_IN_GROUP] * 4, 37_856]
    assert pq.read_table(tmp_path / "3000.parquet").equals(table)


def test_metadata_of_others_is_let_be(tmp_path: Path) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({b"\xff": b"\xfe", b"pandas": b"{}"})
    assert about_of(table.schema) == About()
    write_result(table, tmp_path / "a.xlsx")
    assert sheet_pairs(tmp_path / "a.xlsx") == {"rows": "1"}


class FullDisk(io.BytesIO):
    """A file on a disk that has no room left."""

    def write(self, _content: Any, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("write", [write_csv, write_parquet, write_xlsx])
def test_a_full_disk_is_named_as_one(tmp_path: Path, write: Callable[..., tuple[str, ...]]) -> None:
    table = amounts_of(["Acme"] * 5000, ["1"] * 5000)
    with pytest.raises(WorkspaceError) as refused, storage_errors(tmp_path):
        write(FullDisk(), table.schema, iter(table.to_batches()), about_of(table.schema))
    assert refused.value.code == "disk_full"
