"""docs/import.md: what can be wrong with a whole file. Each error is provoked here, so its words are the program's."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

import upswell
from docs.generated.tables import code, markdown_table

_HEADINGS: Final = b"customer_id,plan_id,starts_at,unit_amount\n"
_ROW: Final = b"acme,team,2025-01-10,20.00\n"


@dataclass(frozen=True)
class _BadFile:
    """A file that is refused: what a person would say of it, its content, and how it is imported."""

    story: str
    content: bytes
    name: str = "items.csv"
    table: str = "items"
    mapping: dict[str, str] = field(default_factory=dict)


_BAD_FILES: Final = (
    _BadFile("an empty file", b""),
    _BadFile("a required column is missing", b"account_id,plan_id,starts_at,unit_amount\n" + _ROW),
    _BadFile("two columns of one name", b"customer_id,plan_id,plan_id,starts_at,unit_amount\n"),
    _BadFile("`--map` with a field the table lacks", _HEADINGS + _ROW, mapping={"customer": "customer_id"}),
    _BadFile("`--map` with a heading the file lacks", _HEADINGS + _ROW, mapping={"quantity": "seats"}),
    _BadFile("a heading that Upswell needs for itself", b"customer_id,source_row\nacme,1\n", table="customers"),
    _BadFile("a blank line where the headings belong", b"\n" + _HEADINGS + _ROW),
    _BadFile("a separator other than comma, semicolon, tab or bar", (_HEADINGS + _ROW).replace(b",", b"~")),
    _BadFile("an encoding other than UTF-8", _HEADINGS + "Müller,team,2025-01-10,20.00\n".encode("latin-1")),
    _BadFile("UTF-16", (_HEADINGS + _ROW).decode().encode("utf-16")),
    _BadFile("a quote that is never closed", _HEADINGS + b'"acme,team,2025-01-10,20.00\nbolt,team,2025-01-10,20.00\n'),
    _BadFile("a spreadsheet", b"PK\x03\x04 and more"),
    _BadFile("some other binary", _HEADINGS + b"acme,\x00team,2025-01-10,20.00\n"),
    _BadFile("a damaged gzip file", gzip.compress(_HEADINGS + _ROW)[:-6], name="items.csv.gz"),
    _BadFile("a damaged Parquet file", b"PAR1 and no more", name="items.parquet"),
    _BadFile("NDJSON that is not UTF-8", '{"customer_id": "Müller"}\n'.encode("latin-1"), name="items.ndjson"),
)


def file_errors() -> str:
    """One line for each error of a whole file: the case, its code, and the remedy it prints."""
    return markdown_table(("the file", "code", "remedy it prints"), [_line(*refused) for refused in refusals()])


def refusals() -> list[tuple[str, upswell.UpswellError]]:
    """Every bad file's story and the error that a workspace gives for it."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = upswell.init(Path(folder) / "workspace")
        files = Path(folder) / "files"
        files.mkdir()
        missing = [("no file of this name", _refusal(workspace, files / "none.csv"))]
        directory = [("a folder", _refusal(workspace, files))]
        bad = [(each.story, _written(workspace, files, each)) for each in _BAD_FILES]
        return [*missing, *directory, *bad, ("money as a binary float in Parquet", _float_money(workspace, files))]


def _written(workspace: upswell.Workspace, files: Path, bad: _BadFile) -> upswell.UpswellError:
    path = files / bad.name
    path.write_bytes(bad.content)
    return _refusal(workspace, path, table=bad.table, mapping=bad.mapping)


def _float_money(workspace: upswell.Workspace, files: Path) -> upswell.UpswellError:
    path = files / "items.parquet"
    row = {"customer_id": ["acme"], "plan_id": ["team"], "starts_at": ["2025-01-10"], "unit_amount": [19.99]}
    pq.write_table(pa.table(row), path)
    return _refusal(workspace, path)


def _refusal(
    workspace: upswell.Workspace, path: Path, *, table: str = "items", mapping: dict[str, str] | None = None
) -> upswell.UpswellError:
    try:
        workspace.import_file(path, table=table, mapping=mapping)
    except upswell.UpswellError as error:
        return error
    raise AssertionError(f"{path.name} was taken, and docs/import.md says that it is not")


def _line(story: str, error: upswell.UpswellError) -> list[str]:
    return [story, code(error.code), error.remedy]
