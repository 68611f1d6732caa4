"""Names as people have them: brackets, colons, quotes, other alphabets. Every one comes out as it went in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command

NAMES = ["Müller & Söhne", "東京", 'O\'Hara "Bob"', "100% Co", "a\\b", "-w", "null"]
MARKUP = ["Acme [red]", "[/bold]", ":smile: Ltd"]


def company(folder: Path, names: list[str]) -> Path:
    quoted = ('"' + name.replace('"', '""') + '"' for name in names)
    rows = "".join(f"{name},{name},2025-01-10,20.00\n" for name in quoted)
    (folder / "items.csv").write_text(f"customer_id,plan_id,starts_at,unit_amount\n{rows}", encoding="utf-8")
    workspace = folder / 'it\'s "here" [x]'
    done("init", workspace)
    done("-w", workspace, "import", folder / "items.csv", "--as", "items")
    done("-w", workspace, "build", "--as-of", "2025-03-01")
    return workspace


def test_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    workspace = company(tmp_path, NAMES)
    for form in ("json", "csv"):
        answer = done("-w", workspace, "movements", "--format", form)
        rows = answer.json() if form == "json" else answer.csv()
        # A spreadsheet would run `-w`; in CSV it has a quote before it.
        expected = ["'-w" if name == "-w" and form == "csv" else name for name in NAMES]
        assert sorted(row["customer_id"] for row in rows) == sorted(expected)
    table = done("-w", workspace, "movements").out
    assert [name for name in NAMES if name not in table] == []
    assert [name for name in NAMES if name not in done("-w", workspace, "metrics", "arr", "--by", "plan").out] == []


def test_brackets_and_colons_are_text_in_tables_too(tmp_path: Path) -> None:
    workspace = company(tmp_path, MARKUP)
    table = done("-w", workspace, "movements").out
    assert [name for name in MARKUP if name not in table] == []


def test_brackets_and_colons_are_text_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "[red]items :smile:.csv"
    path.write_text("customer_id,plan_id,starts_at,unit_amount\nAcme,Team,2025-01-10,20\n", encoding="utf-8")
    done("init", tmp_path / "w")
    assert path.name in done("-w", tmp_path / "w", "import", path, "--as", "items").err


def test_a_name_can_be_filtered_and_asked_for(tmp_path: Path) -> None:
    workspace = company(tmp_path, NAMES)
    for name in NAMES:
        asked = done("-w", workspace, "movements", f"--customer={name}", "--format", "json").json()
        assert [row["customer_id"] for row in asked] == [name]
        where = "customer = '" + name.replace("'", "''") + "'"
        [row] = done(
            "-w", workspace, "metrics", "arr", "--where", where, "--from", "2025-02", "--format", "json"
        ).json()
        assert row["value"] == "240.000000"


@pytest.mark.parametrize("dimension", ["PLAN", "Country", "customer.country"])
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_dimension_may_be_written_in_any_case(built_once: Path, dimension: str, form: str) -> None:
    question = ("metrics", "customers", "--by", dimension, "--from", "2025-05", "--format", form)
    assert done("-w", built_once, *question).out


@pytest.mark.parametrize("instant", ["0001-01-01", "1850-06-01", "9999-12-31T23:59:59-12:00"])
def test_an_impossible_as_of_is_refused(acme: Path, instant: str) -> None:
    answer = upswell_command("-w", acme, "build", "--as-of", instant)
    assert answer.code == 2
    assert "--as-of" in answer.err


def test_restoring_into_a_file_is_refused(acme: Path, tmp_path: Path) -> None:
    done("-w", acme, "backup", tmp_path / "b.tar.gz")
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    answer = upswell_command("-w", tmp_path / "taken", "restore", tmp_path / "b.tar.gz")
    assert answer.code == 4
