"""A file's own trouble: one error each, with what was expected, what was found and what to do."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from tests.contract.importing import Desk, write_parquet
from upswell.contract.schema import table_named
from upswell.errors import InputError, UpswellError, WorkspaceError
from upswell.sources import survey

GOOD = "customer_id,plan_id,starts_at,mrr\nacme,team,2024-01-10,5\n"

BYTES = [
    ("items.csv", b"", "file_empty"),
    ("items.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,\0\0\0", "binary_file"),
    ("items.csv", b"PK\x03\x04\x14\0", "binary_file"),
    ("items.csv", b"SQLite format 3\0\x10\0", "binary_file"),
    ("items.csv", b"%PDF-1.7\n", "binary_file"),
    ("items.csv", GOOD.encode("utf-16"), "utf_16"),
    ("items.csv", GOOD.encode("utf-16-le"), "utf_16"),
    ("items.csv", (GOOD + "b\0lt,team,2024-01-10,5\n").encode(), "binary_file"),
    ("items.csv", b"\n" + GOOD.encode(), "no_headings"),
    ("items.csv", GOOD.replace(",", "^").encode(), "one_column"),
    ("items.csv", b"," + b"x" * 200_000, "one_column"),
    ("items.csv", b"customer_id,Customer_ID ,plan_id,starts_at,mrr\n", "duplicate_heading"),
    ("items.csv", GOOD.encode() + b"bolt,team,2024-01-10,5\r\n", "csv_unreadable"),
    ("items.csv.gz", gzip.compress(GOOD.encode())[:-9], "gzip_corrupt"),
    ("items.csv.gz", gzip.compress(b""), "file_empty"),
    ("items.csv.gz", b"\x1f\x8b not gzip at all", "gzip_corrupt"),
    ("items.parquet", b"PAR1 and then nothing", "parquet_corrupt"),
    ("items.parquet", GOOD.encode(), "parquet_corrupt"),
    ("items.json", b'[{"customer_id": "acme",', "json_unreadable"),
    ("items.ndjson", b'{"customer_id": "\xff\xfe"}\n', "json_unreadable"),
    ("items.ndjson", b"not json\n", "json_unreadable"),
]


@pytest.mark.parametrize(("name", "data", "code"), BYTES, ids=range(len(BYTES)))
def test_bytes_that_cannot_be_used(desk: Desk, name: str, data: bytes, code: str) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take(data, name=name)
    error = trouble.value
    assert (error.code, error.exit_code) == (code, 4)
    assert error.remedy
    assert name in error.message
    assert error.where is not None
    assert name in error.where
    assert desk.stored() <= {"state.json"}
    assert not list(desk.folder.glob("spill/*"))


def test_a_byte_that_is_no_utf_8_is_named_by_its_row(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take(GOOD.encode() + "müller,team,2024-01-10,5\n".encode("latin-1"))
    assert (trouble.value.code, trouble.value.where) == ("not_utf_8", "items.csv, row 3")
    assert "UTF-8" in trouble.value.remedy


def test_headings_that_are_no_utf_8(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take("customer_id,größe\n".encode("latin-1"))
    assert (trouble.value.code, trouble.value.where) == ("not_utf_8", "items.csv, row 1")


def test_a_missing_file_and_a_folder(desk: Desk) -> None:
    for path, code in ((desk.folder / "no.csv", "file_missing"), (desk.folder, "is_folder")):
        with pytest.raises(InputError) as trouble:
            desk.log.import_files([path], table="items")
        assert trouble.value.code == code


def test_a_file_that_may_not_be_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.file(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # a superuser reads everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError) as trouble:
        survey.open_head(path)
    assert trouble.value.code == "not_permitted"


def test_a_disk_that_fails_under_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.file(GOOD)

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    for read in (survey.open_head, survey.survey, survey.file_sha256):
        with pytest.raises(InputError) as trouble:
            read(path)
        assert trouble.value.code == "file_unreadable"


def test_a_large_file_needs_three_times_its_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.file(GOOD)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(survey, "_LARGE", 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 0, path.stat().st_size * 3 - 1))
    with pytest.raises(WorkspaceError) as trouble:
        desk.log.import_files([path], table="items")
    assert trouble.value.code == "disk_too_small"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 0, path.stat().st_size * 3))
    assert desk.log.import_files([path], table="items").added == 1


MISSING = [
    ("account_id,plan_id,starts_at,mrr", "--map customer_id=account_id"),
    ("Customer,plan_id,starts_at,mrr", "--map customer_id=Customer"),
    ("cust_id,plan_id,starts_at,mrr", "--map customer_id=cust_id"),
    ("customr_id,plan_id,starts_at,mrr", "--map customer_id=customr_id"),
    ("Customer ID,plan_id,starts_at,mrr", "--map 'customer_id=Customer ID'"),
    ("customer_id,plan,starts_at,mrr", "--map plan_id=plan"),
    ("customer_id,product,starts_at,mrr", "--map plan_id=product"),
    ("customer_id,plan_id,start_date,mrr", "--map starts_at=start_date"),
    ("customer_id,plan_id,starts_at,price", "--map unit_amount=price"),
    ("customer_id,plan_id,starts_at,amount", "--map unit_amount=amount"),
    ("customer_id,plan_id,starts_at,monthly_amount", "--map mrr=monthly_amount"),
    (
        "account_id,product,start_date,mrr",
        "--map customer_id=account_id --map plan_id=product --map starts_at=start_date",
    ),
]


@pytest.mark.parametrize(("headings", "remedy"), MISSING)
def test_a_required_column_that_goes_by_another_name(desk: Desk, headings: str, remedy: str) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take(f"{headings}\na,b,c,d")
    assert trouble.value.code == "missing_column"
    assert trouble.value.remedy.startswith("did you mean ")
    assert trouble.value.remedy.endswith(f"Use {remedy}")


def test_the_words_of_a_missing_column(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take("account_id,plan_id,starts_at,mrr\na,b,c,d")
    assert trouble.value.as_dict() == {
        "code": "missing_column",
        "message": "items.csv: no column for customer_id",
        "where": "items.csv",
        "expected": "a column customer_id",
        "found": "account_id",
        "remedy": "did you mean account_id? Use --map customer_id=account_id",
    }


def test_a_price_column_of_either_kind_is_required(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take("customer_id,plan_id,starts_at\na,b,c")
    assert trouble.value.expected == "a column unit_amount or mrr"


@pytest.mark.parametrize(
    ("mapping", "code", "remedy"),
    [
        (
            {"customer": "customer_id"},
            "map_unknown_field",
            "did you mean customer_id? Use --map customer_id=customer_id",
        ),
        ({"mrr": "mmr"}, "map_unknown_column", "did you mean mrr? Use --map mrr=mrr"),
        (
            {"mrr": "revenue per seat"},
            "map_unknown_column",
            "name one of these columns in --map field=column",
        ),
    ],
)
def test_a_mapping_that_names_what_is_not_there(desk: Desk, mapping: dict[str, str], code: str, remedy: str) -> None:
    with pytest.raises(UpswellError) as trouble:
        desk.take(GOOD, mapping=mapping)
    assert (trouble.value.code, trouble.value.remedy) == (code, remedy)


def test_attributes_cannot_take_our_names(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take("customer_id,source_row\na,1", table="customers")
    assert trouble.value.code == "reserved_heading"


@pytest.mark.parametrize("kind", ["double", "float"])
def test_money_in_binary_floats(desk: Desk, kind: str) -> None:
    path = write_parquet(
        desk.folder / "items.parquet",
        f"select 'acme' as customer_id, 'team' as plan_id, date '2024-01-10' as starts_at, 19.99::{kind} as mrr",
    )
    with pytest.raises(InputError) as trouble:
        desk.log.import_files([path], table="items")
    assert trouble.value.code == "float_money"
    assert trouble.value.found == kind.upper()
    assert "DECIMAL" in trouble.value.remedy


def test_rates_in_binary_floats(desk: Desk) -> None:
    path = write_parquet(
        desk.folder / "rates.parquet", "select date '2024-01-10' as date, 'EUR' as currency, 1.1::double as rate"
    )
    with pytest.raises(InputError) as trouble:
        desk.log.import_files([path], table=table_named("rates").name)
    assert trouble.value.code == "float_money"


def test_a_quote_that_swallows_the_rest_of_a_large_file(desk: Desk) -> None:
    rows = [f"c{number},team,2024-01-10,5,{'x' * 60}\n" for number in range(60_000)]
    rows[20] = '"oops,team,2024-01-10,5,note\n'
    data = "customer_id,plan_id,starts_at,mrr,note\n" + "".join(rows)
    with pytest.raises(InputError) as trouble:
        desk.take(data.encode())
    assert trouble.value.code == "unbalanced_quotes"
    assert trouble.value.where == "items.csv, row 22"
