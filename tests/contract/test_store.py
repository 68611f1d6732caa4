"""The log on disk: commits that happen as a whole, damage that is noticed, disks that refuse."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.contract.importing import Desk
from upswell.errors import InputError, UpswellError, WorkspaceError

ONE = "acme,seat,team,2024-01-10,,5,20.00"
TWO = "bolt,seat,team,2024-01-10,,5,20.00"


def refusing(number: int, after: int = 0) -> object:
    """A stand-in for a call of `os` that fails with an errno after a number of calls."""
    left = iter([True] * after)

    def refuse(*_: object, **__: object) -> None:
        if not next(left, False):
            raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("call", ["replace", "fsync"])
@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "not_writable")])
def test_a_disk_that_refuses_leaves_the_former_state(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    desk.items(ONE)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refusing(number))
        with pytest.raises(WorkspaceError) as refused:
            desk.items(TWO)
        assert refused.value.code == code
        assert refused.value.remedy
    assert desk.rows("customer_id") == [("acme",)]
    assert [entry.import_id for entry in desk.log.entries()] == ["i-000001"]
    desk.items(TWO)
    assert desk.rows("customer_id") == [("acme",), ("bolt",)]


class KilledError(BaseException):
    """Stands for the process ending at this point: nothing catches it."""


@pytest.mark.parametrize("after", range(6))
def test_killed_at_any_write_the_former_state_stands(desk: Desk, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    desk.items(ONE)
    calls = 0
    real = os.fsync

    def die(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KilledError
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", die)
        try:
            desk.items(TWO, name="two.csv")
            killed = False
        except KilledError:
            killed = True
    replaced = len(desk.log.entries()) == 2
    assert killed or replaced
    expected = [("acme",), ("bolt",)] if replaced else [("acme",)]
    assert desk.rows("customer_id") == expected
    desk.items(TWO, name="two.csv")
    assert desk.rows("customer_id") == [("acme",), ("bolt",)]


def test_debris_is_swept_by_the_next_write(desk: Desk) -> None:
    desk.items(ONE)
    for name in ("i-000002.rows.parquet", "state.json.new", "current-000002-items-0.parquet"):
        (desk.imports / name).write_bytes(b"half")
    desk.items(TWO)
    assert desk.stored() == {
        "state.json",
        "i-000001.rows.parquet",
        "i-000002.rows.parquet",
        "current-000002-items-0.parquet",
    }


def test_a_merged_file_is_written_only_where_imports_meet(desk: Desk) -> None:
    desk.items(ONE)
    desk.items(TWO, source="crm")
    assert not [name for name in desk.stored() if name.startswith("current")]
    desk.items(ONE)
    assert not [name for name in desk.stored() if name.startswith("current")]


@pytest.mark.parametrize("pattern", ["i-000001.rows.parquet", "state.json"])
def test_damage_is_noticed(desk: Desk, pattern: str) -> None:
    desk.items(ONE)
    path = desk.imports / pattern
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(WorkspaceError) as damaged:
        desk.rows("customer_id")
    assert damaged.value.code == "import_damaged"
    assert pattern in damaged.value.message


def test_a_missing_file_is_named(desk: Desk) -> None:
    desk.items(ONE)
    (desk.imports / "i-000001.rows.parquet").unlink()
    with pytest.raises(WorkspaceError, match=r"i-000001\.rows\.parquet"):
        desk.rows("customer_id")


def test_a_batch_with_a_file_that_cannot_be_used_imports_nothing(desk: Desk) -> None:
    good = desk.file("customer_id,plan_id,starts_at,mrr\nacme,team,2024-01-10,5", "good.csv")
    with pytest.raises(InputError):
        desk.log.import_files([good, desk.folder / "missing.csv"], table="items")
    assert desk.log.entries() == ()
    desk.log.import_files([good], table="items")
    assert desk.stored() == {"state.json", "i-000001.rows.parquet"}


def test_zone_and_currency_cannot_change_under_stored_rows(desk: Desk) -> None:
    desk.items(ONE)
    for change, code in (({"timezone": "Asia/Tokyo"}, "timezone_changed"), ({"currency": "EUR"}, "currency_changed")):
        other = Desk(desk.folder, **change)
        with pytest.raises(UpswellError) as changed:
            other.log.entries()
        assert changed.value.code == code


def test_a_folder_that_is_a_file(desk: Desk) -> None:
    desk.imports.write_text("")
    with pytest.raises(WorkspaceError):
        desk.items(ONE)


def test_the_log_reads_what_another_process_wrote(desk: Desk, tmp_path: Path) -> None:
    desk.items(ONE)
    other = Desk(tmp_path)
    assert other.log.entries() == desk.log.entries()
    assert other.log.fingerprint() == desk.log.fingerprint()
