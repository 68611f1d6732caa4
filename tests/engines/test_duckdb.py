"""What a query may reach, and what the disk's refusals look like to a person."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from upswell.engines.duckdb import path_literal, query_connection, storage_errors, work_connection
from upswell.errors import UsageError, WorkspaceError


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    with work_connection(tmp_path) as connection:
        connection.execute(f"copy (select 42 as answer) to '{folder / 'a.parquet'}'")
        connection.execute(f"copy (select 1 as secret) to '{tmp_path / 'outside.parquet'}'")
    return folder


def test_a_query_reads_its_book_and_nothing_else(book: Path) -> None:
    with query_connection([book]) as connection:
        assert connection.execute(f"select answer from '{book / 'a.parquet'}'").fetchone() == (42,)
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"select * from '{book.parent / 'outside.parquet'}'")
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"select * from '{book}/../outside.parquet'")
        with pytest.raises(duckdb.PermissionException):
            connection.execute("select * from read_text('/etc/hostname')")


@pytest.mark.parametrize(
    "statement",
    [
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "set lock_configuration = false",
        "set memory_limit = '1TB'",
        "install httpfs",
        "load httpfs",
        "attach 'elsewhere.duckdb' as elsewhere",
    ],
)
def test_a_query_cannot_unlock_its_connection(book: Path, statement: str) -> None:
    with query_connection([book]) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EFBIG, "file_too_large"),
        (errno.EACCES, "not_writable"),
        (errno.EROFS, "not_writable"),
        (errno.EIO, "storage_failed"),
    ],
)
def test_what_the_disk_refuses_is_one_error_with_a_remedy(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(WorkspaceError) as refused, storage_errors(tmp_path):
        raise OSError(number, "refused")
    assert refused.value.code == code
    assert refused.value.where == str(tmp_path)
    assert refused.value.remedy
    assert refused.value.exit_code == 4


def test_memory_that_runs_out_names_the_setting_that_helps(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as refused, storage_errors(tmp_path):
        raise duckdb.OutOfMemoryException("could not allocate block of size 256 KiB")
    assert refused.value.code == "out_of_memory"
    assert "UPSWELL_MEMORY_LIMIT" in refused.value.remedy


def test_a_fault_of_our_own_is_one_error_that_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(WorkspaceError, match="no_such_column") as refused,
        storage_errors(tmp_path),
        work_connection(tmp_path) as connection,
    ):
        connection.execute("select no_such_column")
    assert (refused.value.code, refused.value.exit_code) == ("engine_failed", 4)
    assert "fault of Upswell" in refused.value.remedy


@pytest.mark.parametrize("name", ["e[1].csv", "e*.csv", "e?.csv", "it's.csv"])
def test_a_path_is_a_file_and_no_pattern(tmp_path: Path, name: str) -> None:
    for decoy in ("e1.csv", "ee.csv"):
        (tmp_path / decoy).write_text("price\n99\n", "utf-8")
    (tmp_path / name).write_text("price\n20\n", "utf-8")
    with work_connection(tmp_path) as connection:
        read = connection.execute(f"select price from read_csv({path_literal(tmp_path / name)})").fetchall()
    assert read == [(20,)]


def test_threads_are_as_many_as_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSWELL_THREADS", "1")
    with closing(work_connection(tmp_path)) as connection:
        assert connection.execute("select current_setting('threads')").fetchone() == (1,)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", ""])
def test_a_number_of_threads_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("UPSWELL_THREADS", text)
    with pytest.raises(UsageError) as refused:
        work_connection(tmp_path)
    assert (refused.value.code, refused.value.found) == ("variable_malformed", text)
