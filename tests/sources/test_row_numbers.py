"""Rows that the reader sets aside, and that every other row keeps its true number."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.contract.importing import Desk, briefly
from upswell.sources.csv_records import scan

HEADINGS = "customer_id,plan_id,starts_at,mrr"


def numbered(desk: Desk) -> list[tuple[str, int]]:
    return [(a, int(b)) for a, b in desk.rows("customer_id, source_row % 4294967296")]


def test_ragged_rows_are_held_back_one_by_one(desk: Desk) -> None:
    result = desk.take(
        f"""{HEADINGS}
        acme,team,2024-01-10,5
        bolt,team
        cora,team,2024-01-10,5
        dune,team,2024-01-10,5,more,and more
        edda,team,2024-01-10,5"""
    )
    assert briefly(result.findings) == [
        (3, None, "ragged_row", "bolt,team"),
        (5, None, "ragged_row", "dune,team,2024-01-10,5,more,and more"),
    ]
    assert (result.rows_read, result.added, result.held_back) == (5, 3, 2)
    assert numbered(desk) == [("acme", 2), ("cora", 4), ("edda", 6)]


def test_columns_that_are_not_read_are_counted_too(desk: Desk) -> None:
    result = desk.take(
        f"""{HEADINGS},note,more
        acme,team,2024-01-10,5,a note
        bolt,team,2024-01-10,5,a note,more
        cora,team,2024-01-10,5"""
    )
    assert [(each.row, each.code) for each in result.findings] == [
        (2, "ragged_row"),
        (4, "ragged_row"),
    ]
    assert numbered(desk) == [("bolt", 3)]


def test_blank_lines_are_no_rows_and_are_counted(desk: Desk) -> None:
    result = desk.take(
        f"{HEADINGS}\n\nacme,team,2024-01-10,5\n   \n\nbolt,team,2024-01-10,5\nx\ncora,team,2024-01-10,5\n\n\n"
    )
    assert (result.rows_read, result.held_back) == (4, 1)
    assert numbered(desk) == [("acme", 3), ("bolt", 6), ("cora", 8)]
    assert [each.row for each in result.findings] == [7]


def test_a_quoted_cell_over_several_lines_is_one_record(desk: Desk) -> None:
    result = desk.take(
        b'customer_id,plan_id,starts_at,mrr,note\nacme,team,2024-01-10,5,"two\n\nlines"\nbolt,team,2024-01-10,5,\n'
        b'cora,team,2024-01-10,bad,"say ""hi"""\n'
    )
    assert numbered(desk) == [("acme", 2), ("bolt", 3)]
    assert briefly(result.findings) == [(4, "mrr", "bad_decimal", "bad")]


def test_a_bad_quote_costs_its_own_row_only(desk: Desk) -> None:
    result = desk.take(f'{HEADINGS}\nacme,team,2024-01-10,5\n"bo"lt,team,2024-01-10,5\ncora,team,2024-01-10,5')
    assert [(each.row, each.code) for each in result.findings] == [(3, "bad_quotes")]
    assert numbered(desk) == [("acme", 2), ("cora", 4)]


def test_an_open_quote_at_the_end_is_held_back(desk: Desk) -> None:
    result = desk.take(f'{HEADINGS}\nacme,team,2024-01-10,5\n"bolt,team,2024-01-10,5')
    assert [(each.row, each.code) for each in result.findings] == [(3, "bad_quotes")]
    assert numbered(desk) == [("acme", 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(desk: Desk, end: str, mark: str) -> None:
    text = f"{mark}{HEADINGS}\nacme,team,2024-01-10,5\nbolt,team,2024-01-10,x\n\ncora,team,2024-01-10,5"
    result = desk.take(text.replace("\n", end).encode())
    assert numbered(desk) == [("acme", 2), ("cora", 5)]
    assert [each.row for each in result.findings] == [3]


def test_a_large_file_of_every_oddity(desk: Desk) -> None:
    odd = random.Random(7)
    lines, good, held = ["customer_id,plan_id,starts_at,mrr,note"], [], []
    for row in range(2, 60_002):
        kind = odd.choices(["good", "blank", "short", "long", "quoted", "bad"], [9000, 3, 3, 3, 9, 3])[0]
        cells = {
            "good": f"c{row},team,2024-01-10,5,plain {'x' * 40}",
            "blank": "",
            "short": f"c{row},team",
            "long": f"c{row},team,2024-01-10,5,note,more",
            "quoted": f'c{row},team,2024-01-10,5,"a note\nof ""two"" lines"',
            "bad": f"c{row},team,2024-01-10,five,note",
        }[kind]
        lines.append(cells)
        if kind in ("good", "quoted"):
            good.append((f"c{row}", row))
        if kind in ("short", "long", "bad"):
            held.append(row)
    result = desk.take("\n".join(lines).encode())
    assert result.held_back == len(held)
    assert [each.row for each in desk.log.findings()] == held
    assert sorted(numbered(desk)) == sorted(good)


@pytest.mark.parametrize(
    ("text", "records", "blank", "open_quote"),
    [
        ("a,b\n1,2\n", 2, (), None),
        ("a,b\n1,2", 2, (), None),
        ("a,b\n\n1,2\n\n", 4, (2, 4), None),
        ('a,b\n1,"x\n\ny"\n3,4\n', 3, (), None),
        ('a,b\n1,5" pipe\n3,4\n', 3, (), None),
        ('a,b\n1,"5"" pipe"\n3,4\n', 3, (), None),
        ('a,b\n1,"open\n3,4\n', 2, (), 2),
        ("a,b\r\r1,2\r", 3, (2,), None),
        ("a,b\r\n\r\n1,2\r\n", 3, (2,), None),
        ('a,b\n"x"y,"\nz",2\n', 2, (), None),
        ('a"b,"open\n1"\n', 1, (), None),
    ],
)
def test_counting_records(
    tmp_path: Path, text: str, records: int, blank: tuple[int, ...], open_quote: int | None
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())
    found = scan(path, separator=",")
    assert (found.records, found.blank, found.open_quote) == (records, blank, open_quote)
