"""`sql`, `doctor`, `demo`, `backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from tests.interfaces.command import done, upswell_command
from upswell.engines.chain import DIALECTS
from upswell.ledger.build import MODELS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_model_prints_in_every_dialect(dialect: str, tmp_path: Path) -> None:
    for model in MODELS:
        text = done("sql", model, "--dialect", dialect, cwd=tmp_path).out
        assert sqlglot.parse_one(text, read=dialect).sql(dialect=dialect)


def test_duckdbs_own_text_keeps_its_comments(tmp_path: Path) -> None:
    assert done("sql", "movements", cwd=tmp_path).out.startswith("-- One row is a booked change of MRR")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["movement"], "there is no model movement"),
        (["movements", "--dialect", "oracle"], "there is no dialect oracle"),
        (["../../errors"], "there is no model ../../errors"),
    ],
)
def test_unknown_models_and_dialects(arguments: list[str], said: str, tmp_path: Path) -> None:
    answer = upswell_command("sql", *arguments, cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_doctor_finds_a_workspace_well(built_once: Path) -> None:
    seen = done("-w", built_once, "doctor", "--format", "json").json()
    assert [row["subject"] for row in seen] == [
        "versions",
        "disk",
        "permissions",
        "workspace",
        "policy",
        "imports",
        "book",
        "state",
    ]
    assert {row["state"] for row in seen} == {"well"}
    assert list(seen[0]) == ["subject", "state", "found", "remedy"]


def test_doctor_finds_no_workspace_ill(tmp_path: Path) -> None:
    answer = upswell_command("doctor", cwd=tmp_path)
    assert answer.code == 4
    assert "is not an Upswell workspace" in answer.out
    assert len(upswell_command("doctor", "--format", "csv", cwd=tmp_path).csv()) == 4


def test_the_demo_prints_its_last_complete_month(tmp_path: Path) -> None:
    answer = done("demo", "shown", "--format", "json", cwd=tmp_path)
    assert answer.json()["month"] == "2023-12"
    assert answer.json()["complete"] is True
    assert "260,685 rows imported" in answer.err
    assert "invariants hold" in answer.err
    again = upswell_command("demo", "shown", cwd=tmp_path)
    assert again.code == 4
    assert "shown already is a workspace" in again.err


def test_a_company_is_simulated(tmp_path: Path) -> None:
    options = (
        "--company",
        "self-serve",
        "--customers",
        "60",
        "--months",
        "14",
        "--last-month",
        "2025-03",
        "--seed",
        "3",
    )
    answer = done("demo", "sim", *options, "--format", "json", cwd=tmp_path)
    assert (answer.json()["month"], answer.json()["complete"]) == ("2025-03", True)
    assert "invariants hold" in answer.err
    assert answer.err.endswith("try: upswell -w sim movements --kind expansion --from 2025-03-01\n")
    assert (tmp_path / "sim" / "company" / "items.csv.gz").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--company", "contracts"], "there is no company contracts to simulate"),
        (["--company", "contract", "--customers", "0"], "--customers 0 cannot be simulated"),
        (["--customers", "10", "--last-month", "2025-03"], "--customers, --last-month without --company"),
    ],
)
def test_a_company_that_cannot_be_simulated(options: list[str], said: str, tmp_path: Path) -> None:
    answer = upswell_command("demo", "sim", *options, cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "remedy:" in answer.err
    assert not (tmp_path / "sim").exists()


def test_a_backup_restores_to_the_same_figures(acme: Path, tmp_path: Path) -> None:
    file = tmp_path / "acme.tar.gz"
    answer = done("-w", acme, "backup", file)
    assert answer.out == ""
    assert answer.err.startswith(f"backup written: {file} (")
    copy = tmp_path / "copy"
    assert done("-w", copy, "restore", file).err == f"restored: {copy}\n"
    for question in (("movements", "--format", "json"), ("imports", "--format", "json"), ("check",)):
        assert done("-w", copy, *question).out == done("-w", acme, *question).out
    done("-w", copy, "build", "--as-of", "2025-06-01")


def test_nothing_is_overwritten(acme: Path, tmp_path: Path) -> None:
    file = tmp_path / "acme.tar.gz"
    done("-w", acme, "backup", file)
    twice = upswell_command("-w", acme, "backup", file)
    assert (twice.code, twice.err.splitlines()[0]) == (4, f"error: {file} exists")
    into = upswell_command("-w", acme, "restore", file)
    assert (into.code, into.err.splitlines()[0]) == (4, f"error: {acme} is in use")
    done("-w", acme, "check")


@pytest.mark.parametrize("content", [b"", b"not a backup", b"\x1f\x8b and cut short"])
def test_a_file_that_is_no_backup_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "backup.tar.gz"
    file.write_bytes(content)
    answer = upswell_command("-w", "copy", "restore", file, cwd=tmp_path)
    assert (answer.code, answer.out) == (4, "")
    assert "is not a whole backup" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar.gz"]


def test_half_a_backup_is_refused(acme: Path, tmp_path: Path) -> None:
    file = tmp_path / "acme.tar.gz"
    done("-w", acme, "backup", file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    answer = upswell_command("-w", tmp_path / "copy", "restore", file)
    assert answer.code == 4
    assert not (tmp_path / "copy").exists()
