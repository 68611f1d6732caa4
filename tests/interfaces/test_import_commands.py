"""`init`, `import`, `imports`, `imports undo` and `quarantine`."""

from __future__ import annotations

import gzip
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.interfaces.command import done, upswell_command
from tests.interfaces.company import HEADINGS, ITEMS, write_files
from upswell.contract.import_log import ImportResult

ROW = "Echo,CRM,Team,2025-02-01,,1,{price},,,plan\n"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    done("init", folder)
    return folder


@pytest.fixture
def items(tmp_path: Path) -> Path:
    return write_files(tmp_path) / "items.csv"


def test_init_says_what_was_made_and_what_comes_next(tmp_path: Path) -> None:
    answer = done("init", "acme", "--currency", "eur", "--timezone", "Europe/Berlin", cwd=tmp_path)
    assert answer.out == ""
    assert answer.err.splitlines() == [
        "workspace acme: EUR, Europe/Berlin, policy strict",
        "next: upswell -w acme import FILE --as items",
    ]
    assert 'currency = "EUR"' in (tmp_path / "acme" / "upswell.toml").read_text("utf-8")


def test_an_import_says_what_became_of_the_rows(empty: Path, items: Path) -> None:
    answer = done("-w", empty, "import", items, "--as", "items")
    assert (answer.out, answer.err) == ("", "i-000001  items.csv: read 8 rows: 8 added\n")


def test_an_import_as_json_has_every_count(empty: Path, items: Path) -> None:
    answer = done("import", items, "--as", "items", "-w", empty, "--format", "json").json()
    assert list(answer) == [field.name for field in fields(ImportResult)]
    assert {"table", "source", "replace", "dry_run", "files", "conflicts_elsewhere", "released"} <= set(answer)
    [file] = answer["files"]
    counts = {name: file[name] for name in ("rows_read", "added", "changed", "unchanged", "withdrawn", "held_back")}
    assert counts == {"rows_read": 8, "added": 8, "changed": 0, "unchanged": 0, "withdrawn": 0, "held_back": 0}


def test_other_headings_are_mapped(empty: Path, tmp_path: Path) -> None:
    (tmp_path / "billing.csv").write_text("account,plan,start,price\nAcme,Team,2025-01-10,20.00\n", encoding="utf-8")
    refused = upswell_command("-w", empty, "import", "billing.csv", "--as", "items", cwd=tmp_path)
    assert (refused.code, refused.out) == (4, "")
    remedy = refused.err.splitlines()[-1]
    assert remedy.startswith("  remedy:   did you mean account, plan, start, price? Use --map customer_id=account")
    options = remedy.partition("Use ")[2].split()
    done("-w", empty, "import", "billing.csv", "--as", "items", *options, cwd=tmp_path)
    assert done("-w", empty, "imports", "--format", "json").json()[0]["holds"] == 1


def test_columns_that_are_not_used_are_named(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("customer_id,plan_id,starts_at,unit_amount,colour\nAcme,Team,2025-01-10,20,red\n", encoding="utf-8")
    assert "columns not used: colour" in done("-w", empty, "import", path, "--as", "items").err


def test_rows_held_back_are_explained_and_give_exit_code_3(empty: Path, items: Path) -> None:
    items.write_text(ITEMS + ROW.format(price='"19,50"'), encoding="utf-8")
    answer = upswell_command("-w", empty, "import", items, "--as", "items")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.splitlines() == [
        "i-000001  items.csv: read 9 rows: 8 added, 1 held back",
        "  row 10, unit_amount: bad_decimal: expected a plain decimal such as 1234.50, found 19,50",
        "    remedy: write unit_amount with a point and digits only: no comma, currency sign, space or exponent",
        "  the good rows went on; list what was held back with `upswell quarantine`",
    ]
    [finding] = done("-w", empty, "quarantine", "--format", "json").json()
    assert list(finding) == ["import_id", "file", "row", "column", "code", "expected", "found", "remedy"]
    assert (finding["file"], finding["row"], finding["code"]) == ("items.csv", 10, "bad_decimal")
    [row] = done("-w", empty, "quarantine", "--format", "csv").csv()
    assert row["found"] == "19,50"
    assert "bad_decimal" in done("-w", empty, "quarantine").out


def test_a_mended_file_empties_the_quarantine(empty: Path, items: Path) -> None:
    items.write_text(ITEMS + ROW.format(price="oops"), encoding="utf-8")
    assert upswell_command("-w", empty, "import", items, "--as", "items").code == 3
    items.write_text(ITEMS + ROW.format(price="19.50"), encoding="utf-8")
    assert "1 added, 8 unchanged" in done("-w", empty, "import", items, "--as", "items").err
    answer = done("-w", empty, "quarantine", "--format", "json")
    assert (answer.json(), answer.err) == ([], "nothing is held back\n")


def test_a_dry_run_keeps_nothing(empty: Path, items: Path) -> None:
    items.write_text(ITEMS + ROW.format(price="oops"), encoding="utf-8")
    answer = upswell_command("-w", empty, "import", items, "--as", "items", "--dry-run")
    assert answer.code == 3
    assert "i-000001  items.csv: would read 9 rows: 8 added, 1 held back" in answer.err
    assert "would go on" in answer.err
    assert done("-w", empty, "imports", "--format", "json").json() == []
    assert done("-w", empty, "quarantine", "--format", "json").json() == []


def test_replace_withdraws_what_the_file_lacks(empty: Path, items: Path) -> None:
    done("-w", empty, "import", items, "--as", "items")
    items.write_text("".join(ITEMS.splitlines(keepends=True)[:3]), encoding="utf-8")
    again = ("-w", empty, "import", items, "--as", "items", "--replace")
    assert "2 unchanged, 6 withdrawn" in done(*again, "--dry-run").err
    assert "2 unchanged, 6 withdrawn" in done(*again).err
    assert [each["holds"] for each in done("-w", empty, "imports", "--format", "json").json()] == [2, 0]


def test_sources_do_not_replace_each_other(empty: Path, items: Path) -> None:
    other = items.with_name("other.csv")
    other.write_text(f"{HEADINGS}\n{ROW.format(price='5.00')}", encoding="utf-8")
    done("-w", empty, "import", other, "--as", "items", "--source", "store")
    done("-w", empty, "import", items, "--as", "items", "--source", "billing", "--replace")
    listed = done("-w", empty, "imports", "--format", "json").json()
    assert [(each["source"], each["holds"]) for each in listed] == [("store", 1), ("billing", 8)]


def test_several_files_are_one_step(empty: Path, items: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("", encoding="utf-8")
    assert upswell_command("-w", empty, "import", items, more, "--as", "items").code == 4
    assert done("-w", empty, "imports", "--format", "json").json() == []
    more.write_text(f"{HEADINGS}\n{ROW.format(price='5.00')}", encoding="utf-8")
    answer = done("-w", empty, "import", items, more, "--as", "items")
    assert [line[:21] for line in answer.err.splitlines()] == ["i-000001  items.csv: ", "i-000002  more.csv: r"]


@pytest.mark.parametrize("name", ["items.csv.gz", "items.ndjson", "items.parquet"])
def test_other_kinds_of_file(empty: Path, tmp_path: Path, name: str) -> None:
    row = {"customer_id": "Acme", "plan_id": "Team", "starts_at": "2025-01-10", "unit_amount": "20.00"}
    path = tmp_path / name
    if name.endswith(".parquet"):
        pq.write_table(pa.table({column: [value] for column, value in row.items()}), path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(f"{','.join(row)}\n{','.join(row.values())}\n".encode()))
    else:
        path.write_text(str(row).replace("'", '"') + "\n", encoding="utf-8")
    assert "read 1 rows: 1 added" in done("-w", empty, "import", path, "--as", "items").err


def test_imports_are_listed_and_undone(empty: Path, items: Path) -> None:
    assert done("-w", empty, "imports").err == "nothing is imported yet: upswell import FILE --as items\n"
    done("-w", empty, "import", items, "--as", "items")
    [entry] = done("imports", "-w", empty, "--format", "json").json()
    assert list(entry) == [
        *("import_id", "at", "table", "source", "file", "rows_read", "added", "changed", "unchanged"),
        *("withdrawn", "held_back", "holds", "state"),
    ]
    assert (entry["import_id"], entry["file"]) == ("i-000001", "items.csv")
    assert (entry["holds"], entry["state"]) == (8, "in force")
    answer = done("-w", empty, "imports", "undo", "i-000001")
    assert answer.err.splitlines()[0] == "i-000001  items.csv undone: 8 rows taken out, 0 put back"
    assert done("-w", empty, "imports", "--format", "csv").csv()[0]["state"] == "undone"
    assert "undone" in done("-w", empty, "imports").out


def test_an_undo_as_json_counts_rows(empty: Path, items: Path) -> None:
    done("-w", empty, "import", items, "--as", "items")
    answer = done("imports", "undo", "i-000001", "-w", empty, "--format", "json").json()
    assert answer == {
        "import_id": "i-000001",
        "file": "items.csv",
        "table": "items",
        "source": "files",
        "conflicts": [],
        "removed": 8,
        "restored": 0,
    }


def test_rows_that_contradict_earlier_ones_are_held_back_and_come_back(empty: Path, items: Path) -> None:
    done("-w", empty, "import", items, "--as", "items")
    overlapping = items.with_name("overlapping.csv")
    row = "Acme,CRM,Team,2025-03-20,,9,20.00,,,plan\n"
    overlapping.write_text(f"{HEADINGS}\n{row}", encoding="utf-8")
    answer = upswell_command("-w", empty, "import", overlapping, "--as", "items")
    assert answer.code == 3
    assert "row 2, starts_at: overlap" in answer.err
    done("-w", empty, "imports", "undo", "i-000001")
    assert done("-w", empty, "quarantine", "--format", "json").json() == []
