"""Promises about the SQL models themselves: they travel to other engines, and no money in them is a float."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlglot

from tests.ledger.book_of import book_connection
from upswell.engines.chain import model_text, translate
from upswell.errors import NotFoundError
from upswell.ledger.build import MODELS, models_folder

_FLOATS = ("DOUBLE", "FLOAT", "REAL")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = book_connection(tmp_path_factory.mktemp("spill"))
    yield connection
    connection.close()


@pytest.mark.parametrize("dialect", ["spark", "postgres", "snowflake"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_translated_and_parsed_back(model: str, dialect: str) -> None:
    translated = translate(model_text(models_folder(), model), dialect)
    parsed = sqlglot.parse_one(translated, read=dialect)
    assert parsed.sql(dialect=dialect, pretty=True) == translated


def test_every_file_of_the_models_is_in_the_chain() -> None:
    files = {path.name.removesuffix(".sql") for path in models_folder().iterdir()}
    assert files == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_opens_with_what_a_row_is(model: str) -> None:
    assert model_text(models_folder(), model).startswith("-- One row is ")


@pytest.mark.parametrize("model", MODELS)
def test_no_column_of_the_ledger_is_a_float(ledger: duckdb.DuckDBPyConnection, model: str) -> None:
    columns = ledger.execute(f"describe {model}").fetchall()
    assert columns
    assert [name for name, kind, *_ in columns if any(word in kind for word in _FLOATS)] == []


@pytest.mark.parametrize("model", MODELS)
def test_no_model_computes_through_a_float(model: str) -> None:
    """Division, avg and round are where DuckDB leaves the decimals; the models may use none of them."""
    parsed = sqlglot.parse_one(model_text(models_folder(), model), read="duckdb")
    forbidden = (sqlglot.exp.Div, sqlglot.exp.Avg, sqlglot.exp.Round)
    assert [node.sql() for node in parsed.find_all(*forbidden)] == []


def test_an_unknown_model_and_an_unknown_dialect_are_refused_by_name() -> None:
    with pytest.raises(NotFoundError, match="no model movement") as model:
        model_text(models_folder(), "movement")
    assert model.value.expected is not None
    assert "movements" in model.value.expected
    with pytest.raises(NotFoundError, match="no dialect oracle"):
        translate("select 1", "oracle")


def test_the_functions_of_the_engine_round_half_to_even_once(tmp_path: Path) -> None:
    connection = book_connection(tmp_path)
    value = "select monthly_value({}, cast({} as decimal(24, 12)), cast({} as decimal(7, 4)), {}, {}, {})"
    cases = [
        # 9.99 a year at 37.5 % off is 0.5203125: half to even gives ...312, half up would give ...313
        (("1", "9.99", "37.5", "0", "1", "12"), "0.520312"),
        (("3", "9.99", "37.5", "0", "1", "12"), "1.560938"),
        (("1", "30", "0", "0", "52", "12"), "130.000000"),
        (("1", "12", "0", "0", "365", "60"), "73.000000"),
        (("1", "10", "0", "15", "1", "1"), "0.000000"),
        (("2.5", "0.000001", "0", "0", "1", "1"), "0.000002"),
        (("3.5", "0.000001", "0", "0", "1", "1"), "0.000004"),
        (("1", "999999999999.999999999999", "0", "0", "365", "12"), "30416666666666.666667"),
    ]
    for (quantity, *rest), expected in cases:
        row = connection.execute(value.format(f"cast({quantity} as decimal(18, 4))", *rest)).fetchone()
        assert row is not None
        assert str(row[0]) == expected
