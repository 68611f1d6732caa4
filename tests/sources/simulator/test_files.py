"""The files: the same bytes for the same company, the same customer in a larger one, and nothing that is latent."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.sources.simulator.desk import PRESETS, company, read, tables
from upswell.contract.schema import TABLES
from upswell.errors import NotFoundError
from upswell.sources.simulator import COLUMNS, preset_named, preset_names, write_company
from upswell.sources.simulator.traits import Traits

ATTRIBUTES = {"segment", "channel"}
VISIBLE_TRAITS = {"name", "segment", "channel", "owner"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_seed_gives_the_same_bytes(preset: str, tmp_path: Path) -> None:
    one = write_company(company(preset, customers=40), tmp_path / "one")
    two = write_company(company(preset, customers=40), tmp_path / "two")
    other = write_company(company(preset, customers=40, seed=2), tmp_path / "other")
    assert {table: path.read_bytes() for table, path in one.items()} == {
        table: path.read_bytes() for table, path in two.items()
    }
    same = {table for table, path in one.items() if path.read_bytes() == other[table].read_bytes()}
    assert same == {"limits"}


def test_a_customer_is_the_same_in_a_larger_company(tmp_path: Path) -> None:
    small = write_company(company("contract", customers=30), tmp_path / "small")
    large = write_company(company("contract", customers=60), tmp_path / "large")
    for table in ("customers", "items", "invoice_lines", "payments", "usage", "touches", "feedback"):
        rows = read(small[table])
        assert read(large[table])[: len(rows)] == rows, table
    assert read(small["rates"]) == read(large["rates"])


def test_no_column_tells_what_is_latent() -> None:
    for table in TABLES:
        if table.name in COLUMNS:
            known = set(table.column_names()) | (ATTRIBUTES if table.attributes else set())
            assert set(COLUMNS[table.name]) <= known, table.name
    latent = {field.name for field in fields(Traits)} - VISIBLE_TRAITS
    latent |= {"need", "health", "fatigue", "pressure"}
    assert latent & {column for columns in COLUMNS.values() for column in columns} == {"country"}


def test_files_hold_the_columns_they_promise() -> None:
    for table, rows in tables("contract").items():
        assert rows, table
        assert tuple(rows[0]) == COLUMNS[table], table


@pytest.mark.parametrize("months", [1, 12, 60])
def test_any_number_of_months(months: int, tmp_path: Path) -> None:
    files = write_company(company("seasonal", customers=20, months=months), tmp_path / "company")
    assert len({row["customer_id"] for row in read(files["customers"])}) == 20
    assert len(read(files["rates"])) == 2 * (months + 12)


def test_an_unknown_preset_names_those_there_are() -> None:
    assert set(preset_names()) == set(PRESETS)
    with pytest.raises(NotFoundError, match="there is no company freemium to simulate") as caught:
        preset_named("freemium")
    assert caught.value.remedy == "name one of them with --company: contract, seasonal, self-serve"


@pytest.mark.parametrize("preset", PRESETS)
def test_shares_add_up(preset: str) -> None:
    described = preset_named(preset)
    for shares in (
        [each.share for each in described.segments],
        [each.share for each in described.countries],
        list(described.terms.values()),
        list(described.arrivals.channels.values()),
        list(described.touching.channels.values()),
    ):
        assert sum(shares) == pytest.approx(1)
    assert len(described.arrivals.season) == len(described.using.season) == 12
