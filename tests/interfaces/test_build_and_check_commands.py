"""`build` and `check`, and what they say of a book that is damaged or wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb

from tests.interfaces.command import done, upswell_command
from tests.interfaces.company import AS_OF, imported
from upswell.ledger.checks import INVARIANTS


def test_a_build_names_its_book(tmp_path: Path) -> None:
    folder = imported(tmp_path / "acme")
    answer = done("-w", folder, "build", "--as-of", AS_OF)
    assert answer.out == ""
    assert answer.err == "book b-000001 as of 2025-06-01T00:00:00+00:00: policies strict; every check passed\n"


def test_a_build_as_json_is_the_manifest(acme: Path) -> None:
    manifest = done("-w", acme, "build", "--as-of", AS_OF, "--policy", "recurly", "--format", "json").json()
    assert manifest["book_id"] == "b-000002"
    assert [record["name"] for record in manifest["policies"]] == ["strict", "recurly"]
    assert manifest["as_of"] == "2025-06-01T00:00:00Z"
    assert manifest["policies"][1]["policy"]["grouping"] == "month"


def test_as_of_without_offset_is_local_to_the_workspace(tmp_path: Path) -> None:
    folder = imported(tmp_path / "acme")
    settings = folder / "upswell.toml"
    settings.write_text(settings.read_text("utf-8").replace("UTC", "Europe/Berlin"), encoding="utf-8")
    for entry in ("i-000001", "i-000002"):
        assert upswell_command("-w", folder, "imports", "undo", entry).code == 4  # the zone is fixed
    settings.write_text(settings.read_text("utf-8").replace("Europe/Berlin", "UTC"), encoding="utf-8")
    answer = done("-w", folder, "build", "--as-of", "2025-06-01T12:00:00+02:00")
    assert "as of 2025-06-01T12:00:00+02:00" in answer.err


def test_what_comes_after_as_of_is_scheduled(acme: Path) -> None:
    done("-w", acme, "build", "--as-of", "2025-04-20")
    rows = done("-w", acme, "movements", "--from", "2025-04-10", "--format", "json").json()
    assert [(row["customer_id"], row["scheduled"]) for row in rows] == [
        ("Bolt", False),
        ("Cedar", True),
        ("Dune", True),
    ]


def test_the_same_inputs_give_the_same_movements(acme: Path) -> None:
    before = done("-w", acme, "movements", "--format", "json").out
    done("-w", acme, "build", "--as-of", AS_OF, "--full")
    assert done("-w", acme, "movements", "--format", "json").out == before


def test_spark_is_refused_by_name(acme: Path) -> None:
    answer = upswell_command("-w", acme, "build", "--engine", "spark")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: the engine spark is not built yet\n")


def test_nothing_imported_is_nothing_to_build(tmp_path: Path) -> None:
    done("init", tmp_path / "w")
    answer = upswell_command("-w", tmp_path / "w", "build")
    assert answer.code == 4
    assert "nothing is imported yet" in answer.err


def test_check_lists_every_invariant(built_once: Path) -> None:
    answer = done("-w", built_once, "check", "--format", "json").json()
    assert [row["check"] for row in answer] == [invariant.name for invariant in INVARIANTS]
    assert {row["result"] for row in answer} == {"passed"}
    assert list(answer[0]) == ["check", "result", "promise", "broken", "example"]
    table = done("-w", built_once, "check").out
    assert all(invariant.name in table for invariant in INVARIANTS)
    assert len(done("-w", built_once, "check", "--format", "csv").csv()) == len(INVARIANTS)


def test_a_book_that_does_not_add_up_fails_the_check_with_exit_code_1(acme: Path) -> None:
    falsify(acme, "select * replace (case customer_key when 1 then amount + 1 else amount end as amount)")
    answer = upswell_command("-w", acme, "check", "--format", "json")
    assert answer.code == 1
    failed = {row["check"]: row for row in answer.json() if row["result"] == "FAILED"}
    assert len(failed) >= 2  # the movements agree neither with the versions nor with the months
    assert failed["months_sum_movements"]["broken"] == 2
    assert "difference 1.000000" in failed["months_sum_movements"]["example"]
    table = upswell_command("-w", acme, "check")
    assert table.code == 1
    assert "FAILED" in table.out


def test_a_flipped_byte_is_noticed_by_every_reader(acme: Path) -> None:
    path = acme / "books" / "b-000001" / "strict" / "movements.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for command in ("check", "report", "movements"):
        answer = upswell_command("-w", acme, command)
        assert (answer.code, answer.out) == (4, "")
        assert "the current book is damaged: movements.parquet is not what was written" in answer.err
    done("-w", acme, "build", "--as-of", AS_OF)
    done("-w", acme, "check")


def falsify(workspace: Path, select: str) -> None:
    """Change the movements of the current book behind its back, digests and all, as no program of ours would."""
    books = workspace / "books"
    book_id = (books / "current").read_text("ascii").split()[0]
    path = books / book_id / "strict" / "movements.parquet"
    target = path.with_suffix(".false")
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select} from read_parquet('{path}')) to '{target}' (format parquet)")
    target.replace(path)
    manifest = json.loads((books / book_id / "book.json").read_bytes())
    manifest["files"]["strict/movements.parquet"] = hashlib.sha256(path.read_bytes()).hexdigest()
    content = json.dumps(manifest).encode()
    (books / book_id / "book.json").write_bytes(content)
    (books / "current").write_text(f"{book_id} {hashlib.sha256(content).hexdigest()}\n", encoding="ascii")
