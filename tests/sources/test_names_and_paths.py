"""Names that mean something to the engine and nothing to the user: paths, headings, --map options."""

from __future__ import annotations

import gzip
import os
import shlex
from pathlib import Path

import pytest

from tests.contract.importing import ITEM_HEADINGS, Desk, write_parquet
from upswell.contract.import_log import ImportResult
from upswell.errors import InputError

ROW = "{customer},seat,team,2024-01-10,,5,20.00"
FOLDERS = ["mrr=5", "quantity=9", "customer_id=evil", "co[1]", "a*", "b?", "it's"]
DECOYS = {"co[1]": "co1", "a*": "ab", "b?": "bc"}
INTERNAL = (
    "rowid", "no", "suspect", "suspects", "recency", "as_of_day", "source", "row", "raw", "code", "found", "key_known",
    "part", "parts", "column_name", "held", "sound", "again", "mended", "former", "given", "rows", "new", "old", "same",
    "new_row", "old_row", "first_row", "later", "first", "together", "typed", "texts", "bad", "known", "findings",
    "gap", "before", "shift", "each", "position", "record_number", "line", "json", "clock", "conflicts", "nth",
    "name_1", "customer_id_1", "valid_from_1", "filename", "file_row_number", "file_index", "month", "select",
    "import_no", "c0", "current_customers", "i", "day", "date", "customers", "index", "hash", "count",
)  # fmt: skip


def items(customer: str) -> str:
    return f"{ITEM_HEADINGS}\n{ROW.format(customer=customer)}\n"


def take(desk: Desk, path: Path, table: str = "items", *, replace: bool = False) -> ImportResult:
    return desk.log.import_files([path], table=table, replace=replace)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "ndjson", "json", "parquet"])
def test_a_folder_is_no_pattern_and_no_data(desk: Desk, folder: str, kind: str) -> None:
    for each, customer in ((DECOYS.get(folder), "decoy"), (folder, "acme")):
        if each is None:
            continue
        place = desk.folder / each
        place.mkdir()
        path = place / f"i.{kind}"
        record = f'{{"customer_id":"{customer}","plan_id":"team","starts_at":"2024-01-10","unit_amount":"20"}}'
        if kind == "parquet":
            with_name = desk.folder / "plain.parquet"
            write_parquet(
                with_name, f"select '{customer}' customer_id, 'team' plan_id, '2024-01-10' starts_at, '20' unit_amount"
            )
            with_name.rename(path)
        else:
            data = {"csv": items(customer), "csv.gz": items(customer), "ndjson": record + "\n", "json": f"[{record}]"}
            path.write_bytes(gzip.compress(data[kind].encode()) if kind == "csv.gz" else data[kind].encode())
    result = take(desk, desk.folder / folder / f"i.{kind}")
    assert (result.added, result.files[0].ignored_columns) == (1, ())
    quantity = "5.0000" if kind.startswith("csv") else "1.0000"
    assert desk.rows("customer_id, quantity, mrr") == [("acme", quantity, None)]


def test_a_file_is_no_pattern(desk: Desk) -> None:
    desk.file(items("decoy"), "e1.csv")
    assert take(desk, desk.file(items("acme"), "e[1].csv")).added == 1
    assert desk.rows("customer_id") == [("acme",)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_workspace_in_such_a_folder(tmp_path: Path, folder: str) -> None:
    desk = Desk(tmp_path)
    for each, customer in ((DECOYS.get(folder), "decoy"), (folder, "acme")):
        if each is None:
            continue
        place = tmp_path / each
        place.mkdir()
        desk = Desk(place)
        desk.take(items(customer))
        desk.take(items("bolt") + f"\n{customer},seat,team,2024-01-10,,6,20.00\ncora,seat\n")
    assert (tmp_path / folder / "imports" / "state.json").exists()
    assert desk.rows("customer_id, quantity, mrr") == [("acme", "6.0000", None), ("bolt", "5.0000", None)]
    assert [each.code for each in desk.log.findings()] == ["ragged_row"]
    desk.log.undo("i-000002")
    assert desk.rows("customer_id, quantity") == [("acme", "5.0000")]


@pytest.mark.parametrize("kind", ["csv", "ragged.csv", "ndjson", "parquet"])
@pytest.mark.parametrize("sources", [1, 2])
def test_attributes_called_like_names_in_the_sql(desk: Desk, kind: str, sources: int) -> None:
    headings = ("customer_id", "valid_from", *INTERNAL)

    def write(name: str, customers: list[tuple[str, str]], mark: str) -> Path:
        values = [(*each, *(f"{mark} {heading}" for heading in INTERNAL)) for each in customers]
        if kind == "parquet":
            rows = ", ".join("(" + ", ".join(f"'{cell}'" for cell in row) + ")" for row in values)
            columns = ", ".join(f'"{each}"' for each in headings)
            return write_parquet(desk.folder / f"{name}.parquet", f"select * from (values {rows}) as t({columns})")
        if kind == "ndjson":
            lines = ["{" + ",".join(f'"{h}":"{c}"' for h, c in zip(headings, row, strict=True)) + "}" for row in values]
            return desk.file("\n".join(lines), f"{name}.ndjson")
        lines = [",".join(row) for row in (headings, *values)]
        if kind == "ragged.csv":
            lines[1:1] = ["", "short,row"]
        return desk.file("\n".join(lines), f"{name}.csv")

    first = [("acme", "2024-01-01"), ("bolt", "2024-01-01"), ("bad", "someday"), ("bolt", "2024-01-01")]
    one = take(desk, write("customers", first, "old"), "customers")
    take(desk, write("customers", [("acme", "2024-01-01"), ("cora", "2024-01-01")], "new"), "customers")
    assert one.unchanged == 1
    assert one.findings[-1].row == {"csv": 4, "ragged.csv": 6, "ndjson": 3, "parquet": 3}[kind]
    if sources > 1:
        path = write("more", [("acme", "2024-01-01")], "newest")
        desk.log.import_files([path], table="customers", source="crm")
    columns = ", ".join(f'"{each}"' for each in INTERNAL)
    found = {row[0]: row[1:] for row in desk.rows(f"customer_id, {columns}", "current_customers")}
    marks = {"acme": "newest" if sources > 1 else "new", "bolt": "old", "cora": "new"}
    assert found == {who: tuple(f"{mark} {each}" for each in INTERNAL) for who, mark in marks.items()}
    assert "bad_date" in {each.code for each in desk.log.findings()}
    take(desk, write("customers", [("acme", "2024-01-01")], "last"), "customers", replace=True)
    desk.log.undo("i-000001")


def test_a_file_name_that_is_not_utf_8(desk: Desk) -> None:
    path = desk.folder / os.fsdecode(b"it\xe9ms.csv")
    path.write_text(items("acme"))
    with pytest.raises(InputError) as trouble:
        take(desk, path)
    assert trouble.value.code == "file_name_not_utf8"
    assert "rename the file" in trouble.value.remedy
    str(trouble.value).encode()
    assert desk.log.entries() == ()


def test_a_record_of_3_megabytes(desk: Desk) -> None:
    long = f"bolt,seat,{'x' * 3_000_000},2024-01-10,,5,20.00"
    result = desk.take(f"{items('acme').strip()}\n{long}\n{ROW.format(customer='cora')}")
    assert (result.rows_read, result.added, result.held_back) == (3, 2, 1)
    assert [(each.row, each.code) for each in result.findings] == [(3, "row_too_long")]
    assert [(each.row, each.code) for each in desk.log.findings()] == [(3, "row_too_long")]


def test_the_remedy_can_be_pasted_into_a_shell(desk: Desk) -> None:
    headings = [
        "Customer", "Product", "Start (UTC)", "Ended At (UTC)", "Price", "type", "Trial End", "discount ends [UTC]",
    ]  # fmt: skip
    rows = "acme,team,2024-01-10,2024-03-01,20,addon,,"
    text = f"{','.join(headings)}\n{rows}"
    with pytest.raises(InputError) as trouble:
        desk.take(text)
    words = shlex.split(trouble.value.remedy.split("Use ", 1)[1])
    mapping = dict(word.split("=", 1) for word in words if word != "--map")
    assert mapping == {
        "customer_id": "Customer", "plan_id": "Product", "starts_at": "Start (UTC)", "unit_amount": "Price",
        "ends_at": "Ended At (UTC)", "item_type": "type", "trial_until": "Trial End",
        "discount_until": "discount ends [UTC]",
    }  # fmt: skip
    assert desk.take(text, mapping=mapping).added == 1


def test_product_is_the_product_where_the_plan_has_another_heading(desk: Desk) -> None:
    with pytest.raises(InputError) as trouble:
        desk.take("customer,plan,product,starts_at,mrr\na,b,c,2024-01-01,1")
    assert trouble.value.remedy.endswith("--map customer_id=customer --map plan_id=plan --map product_id=product")


def test_a_heading_with_braces_in_a_remedy(desk: Desk) -> None:
    with pytest.raises(Exception, match="no column plan") as trouble:
        desk.take(items("acme"), mapping={"plan": "{x}"})
    assert "--map 'plan_id={x}'" in str(trouble.value.remedy)  # type: ignore[attr-defined]
