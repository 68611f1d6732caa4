"""Making and opening a workspace: what upswell.toml may say, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import upswell
from tests.workspace.company import workspace_of
from upswell.errors import ExitCode, UpswellError


def refused(folder: Path, text: str | bytes | None) -> UpswellError:
    folder.mkdir(exist_ok=True)
    if text is not None:
        (folder / "upswell.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UpswellError) as caught:
        upswell.open(folder)
    return caught.value


def test_init_makes_the_folder_and_its_settings(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "deep" / "acme", currency="eur", timezone="Europe/Berlin", policy="recurly")
    assert workspace.folder == tmp_path / "deep" / "acme"
    assert upswell.open(workspace.folder).settings == workspace.settings
    assert (workspace.settings.currency, workspace.settings.timezone) == ("EUR", "Europe/Berlin")
    assert workspace.settings.policy == "recurly"


def test_init_in_a_folder_with_other_files_leaves_them(tmp_path: Path) -> None:
    (tmp_path / "billing.csv").write_text("kept", encoding="utf-8")
    upswell.init(tmp_path)
    assert (tmp_path / "billing.csv").read_text("utf-8") == "kept"


def test_a_workspace_is_not_made_twice(tmp_path: Path) -> None:
    upswell.init(tmp_path, currency="EUR")
    with pytest.raises(UpswellError, match="already is a workspace") as caught:
        upswell.init(tmp_path)
    assert (caught.value.code, caught.value.exit_code) == ("workspace_exists", ExitCode.UNUSABLE)
    assert upswell.open(tmp_path).settings.currency == "EUR"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"timezone": "Mars/Olympus"}, "settings_malformed"),
        ({"timezone": ""}, "settings_malformed"),
        ({"timezone": "../etc/passwd"}, "settings_malformed"),
        ({"policy": "stict"}, "policy_unknown"),
        ({"currency": "XYZ"}, "settings_malformed"),
    ],
)
def test_init_refuses_what_no_workspace_can_have(tmp_path: Path, options: dict[str, str], code: str) -> None:
    with pytest.raises(UpswellError) as caught:
        upswell.init(tmp_path / "w", **options)
    assert (caught.value.code, caught.value.exit_code) == (code, ExitCode.WRONG_USAGE)
    assert caught.value.remedy
    assert not (tmp_path / "w").exists()


def test_init_where_a_file_stands_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file", encoding="utf-8")
    with pytest.raises(UpswellError) as caught:
        upswell.init(tmp_path / "w")
    assert caught.value.exit_code is ExitCode.UNUSABLE


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    error = refused(tmp_path, None)
    assert (error.code, error.exit_code) == ("no_workspace", ExitCode.UNUSABLE)
    assert error.remedy.startswith(f"run `upswell init {tmp_path}`")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('currency = "USD', "settings_unreadable", "cannot be read"),
        (b'currency = "\xff"', "settings_unreadable", "utf-8"),
        ('timezone = "Mars"', "settings_malformed", "timezone"),
        ("currency = 5", "settings_malformed", "currency"),
        ('colour = "red"', "settings_malformed", "colour"),
        ('policies = "strict"', "settings_malformed", "policies"),
        pytest.param(
            'currency = "XYZ"',
            "settings_malformed",
            "XYZ",
        ),
    ],
)
def test_settings_that_cannot_be_understood(tmp_path: Path, text: str | bytes, code: str, said: str) -> None:
    error = refused(tmp_path, text)
    assert (error.code, error.exit_code) == (code, ExitCode.UNUSABLE)
    assert said in error.message
    assert error.where == str(tmp_path / "upswell.toml")


def test_settings_left_out_have_defaults(tmp_path: Path) -> None:
    (tmp_path / "upswell.toml").write_text("", encoding="utf-8")
    settings = upswell.open(tmp_path).settings
    assert (settings.currency, settings.timezone, settings.policy) == ("USD", "UTC", "strict")


@pytest.mark.parametrize(("setting", "other"), [("USD", "EUR"), ("UTC", "Europe/Berlin")])
def test_currency_and_zone_are_fixed_once_rows_are_imported(tmp_path: Path, setting: str, other: str) -> None:
    workspace = workspace_of(tmp_path / "w")
    path = workspace.folder / "upswell.toml"
    path.write_text(path.read_text("utf-8").replace(setting, other), encoding="utf-8")
    with pytest.raises(UpswellError, match=f"{setting}.*{other}") as caught:
        upswell.open(workspace.folder).build()
    assert caught.value.exit_code is ExitCode.UNUSABLE
    assert f"back to {setting}" in caught.value.remedy
