"""The same rows as CSV, gzipped CSV, NDJSON, a JSON array and Parquet."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.contract.importing import Desk, briefly, write_parquet

ROWS = [
    {"customer_id": "acme", "plan_id": "team", "starts_at": "2024-01-10", "unit_amount": "19.99", "quantity": "5"},
    {"customer_id": "bolt", "plan_id": "solo", "starts_at": "2024-02-29", "unit_amount": "7", "quantity": "1"},
]  # fmt: skip
CSV = "\n".join([",".join(ROWS[0]), *(",".join(row.values()) for row in ROWS)]) + "\n"
NDJSON = "".join(json.dumps(row) + "\n" for row in ROWS)
STORED = [
    ("acme", "team", "2024-01-10 00:00:00", "19.990000000000", "5.0000"),
    ("bolt", "solo", "2024-02-29 00:00:00", "7.000000000000", "1.0000"),
]
COLUMNS = "customer_id, plan_id, starts_at, unit_amount, quantity"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("items.csv", CSV.encode()),
        ("items.txt", CSV.replace(",", ";").encode()),
        ("items.tsv", CSV.replace(",", "\t").encode()),
        ("items.psv", CSV.replace(",", "|").encode()),
        ("quoted.csv", ('"' + CSV.strip().replace(",", '","').replace("\n", '"\n"') + '"').encode()),
        ("items.csv.gz", gzip.compress(CSV.encode())),
        ("items", gzip.compress(CSV.encode())),
        ("items.ndjson", NDJSON.encode()),
        ("items.jsonl", NDJSON.encode()),
        ("items.json", NDJSON.encode()),
        ("items.ndjson.gz", gzip.compress(NDJSON.encode())),
        ("array.json", json.dumps(ROWS, indent=2).encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text_files(desk: Desk, name: str, data: bytes) -> None:
    result = desk.take(data, name=name)
    assert (result.rows_read, result.added) == (2, 2)
    assert result.files[0].file == name
    assert desk.rows(COLUMNS) == STORED
    first = 1 if "json" in name else 2
    assert desk.rows("source_row % 4294967296") == [(str(first),), (str(first + 1),)]


def test_parquet_keeps_exact_types(desk: Desk) -> None:
    path = write_parquet(
        desk.folder / "items.parquet",
        """
        select * from (values
            ('acme', 'team', timestamp '2024-01-10', 19.99::decimal(10,2), 5::bigint),
            ('bolt', 'solo', timestamp '2024-02-29', 7::decimal(10,2), 1::bigint)
        ) as rows(customer_id, plan_id, starts_at, unit_amount, quantity)""",
    )
    assert desk.log.import_files([path], table="items").added == 2
    assert desk.rows(COLUMNS) == STORED
    assert desk.rows("source_row % 4294967296") == [("1",), ("2",)]


@pytest.mark.parametrize("kind", ["date", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamptz"])
def test_parquet_times(desk: Desk, kind: str) -> None:
    select = f"select 1 as customer_id, 2 as plan_id, '2024-01-10'::{kind} as starts_at, 3 as mrr"
    path = write_parquet(desk.folder / "items.parquet", select)
    assert desk.log.import_files([path], table="items").added == 1
    assert desk.rows("customer_id, starts_at, mrr") == [("1", "2024-01-10 00:00:00", "3.000000000000")]


def test_json_numbers_with_a_fraction_are_no_money(desk: Desk) -> None:
    rows = [
        '{"customer_id": "acme", "plan_id": "team", "starts_at": "2024-01-10", "unit_amount": 19.99}',
        '{"customer_id": "bolt", "plan_id": "team", "starts_at": "2024-01-10", "unit_amount": 20}',
        '{"customer_id": "cora", "plan_id": "t", "starts_at": "2024-01-10", "unit_amount": "19.99", "quantity": 2.5}',
        '{"customer_id": 12345678901234567890, "plan_id": null, "starts_at": "2024-01-10", "unit_amount": "1"}',
    ]
    result = desk.take("\n".join(rows).encode(), name="items.ndjson")
    assert briefly(result.findings) == [
        (1, "unit_amount", "json_number", "19.99"),
        (4, "plan_id", "missing_value", None),
    ]
    assert result.findings[0].expected == 'a decimal string such as "19.99"'
    assert desk.rows("customer_id, unit_amount, quantity") == [
        ("bolt", "20.000000000000", "1.0000"),
        ("cora", "19.990000000000", "2.5000"),
    ]


def test_json_lines_that_are_no_objects(desk: Desk) -> None:
    data = NDJSON + '\n{"customer_id": \n[1, 2]\n"text"\n' + NDJSON.replace("acme", "dune").replace("bolt", "edda")
    result = desk.take(data.encode(), name="items.ndjson")
    assert [(each.row, each.code) for each in result.findings] == [
        (4, "bad_json"),
        (5, "bad_json"),
        (6, "bad_json"),
    ]
    assert (result.rows_read, result.added) == (7, 4)
    assert desk.rows("customer_id, source_row % 4294967296")[-1] == ("edda", "8")


def test_json_keys_of_later_rows_count(desk: Desk) -> None:
    data = '{"customer_id": "acme", "name": "Acme"}\n{"customer_id": "bolt", "deep.key": {"a": [1]}, "tier": true}\n'
    desk.take(data.encode(), name="customers.ndjson", table="customers")
    assert desk.rows('customer_id, name, "deep.key", tier', "current_customers") == [
        ("acme", "Acme", None, None),
        ("bolt", None, '{"a":[1]}', "true"),
    ]


def test_a_mapping_reads_other_headings(desk: Desk) -> None:
    mapping = {"customer_id": "account_id", "starts_at": "start_date", "ends_at": "end_date",
               "plan_id": "product", "product_id": "product", "mrr": "mrr"}  # fmt: skip
    result = desk.take(
        "account_id,product,start_date,end_date,mrr,quantity,units,discount\n"
        "0,basic,2022-01-02,2022-02-02,200.0,10,users,0.0",
        mapping=mapping,
    )
    assert result.files[0].ignored_columns == ("units", "discount")
    assert desk.rows("customer_id, plan_id, product_id, item_id, mrr, quantity") == [
        ("0", "basic", "basic", "0-basic", "200.000000000000", "10.0000")
    ]


def test_money_mapped_elsewhere_is_not_read_twice(desk: Desk) -> None:
    result = desk.take(
        "customer_id,plan_id,starts_at,unit_amount\nacme,team,2024-01-10,5", mapping={"mrr": "unit_amount"}
    )
    assert result.held_back == 0
    assert desk.rows("unit_amount, mrr") == [(None, "5.000000000000")]


def test_a_heading_line_alone_is_no_rows(desk: Desk) -> None:
    for data in (b"customer_id,plan_id,starts_at,mrr\n", b"customer_id,plan_id,starts_at,mrr"):
        result = desk.take(data)
        assert (result.rows_read, result.added, result.held_back) == (0, 0, 0)


def test_headings_without_a_name_are_ignored_by_position(desk: Desk) -> None:
    result = desk.take(",customer_id,plan_id,starts_at,mrr,\n0,acme,team,2024-01-10,5,")
    assert result.files[0].ignored_columns == ("column 1 (no heading)", "column 6 (no heading)")
    assert result.added == 1


def test_a_file_name_with_every_character(desk: Desk) -> None:
    name = 'o\'neil "x" * [1] ?.csv'
    assert desk.take(CSV.encode(), name=name).files[0].file == name
    assert len(desk.rows("customer_id")) == 2


def test_progress_is_said(desk: Desk) -> None:
    said: list[str] = []
    desk.take(gzip.compress(CSV.encode()), name="items.csv.gz", progress=said.append)
    assert said == [
        "reading items.csv.gz",
        "unpacking items.csv.gz",
        "checking 2 rows",
        "storing 2 rows",
        "comparing rows",
        "storing",
    ]


def test_attributes_of_every_name(desk: Desk) -> None:
    headings = 'customer_id,record_number,position,nth,row,rows,select,"a ""b"", c",__index_level_0__,NAME'
    data = f"{headings},account\n\nno,1,2,3,4,5,6,7,8,Acme,acme\nno,1,2,3,4,5,6,8,8,Acme,acme"
    result = desk.take(data, table="customers", mapping={"customer_id": "account"})
    assert result.files[0].ignored_columns == ("customer_id", "__index_level_0__")
    assert [(each.row, each.code) for each in result.findings] == [(4, "duplicate_key")]
    columns = 'customer_id, record_number, "position", nth, "row", "rows", "select", name'
    assert desk.rows(columns, "current_customers") == [("acme", "1", "2", "3", "4", "5", "6", "Acme")]
