"""Filters: what is allowed means what it says in SQL; everything else is refused with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.metrics.book import Move, SmallBook
from upswell.errors import UsageError
from upswell.metrics.columns import Columns
from upswell.metrics.filter import Filter
from upswell.metrics.where import parse_filter

PEOPLE = (
    {"customer_id": "ann", "owner": "Kim", "seats": "9", "created_at": "2024-02-29 23:00:00+00"},
    {"customer_id": "bob", "owner": "O'Hara", "seats": "10.5", 'Group "By" it': "x"},
    {"customer_id": "cy", "seats": "many", "country": "yes"},
)
AMOUNTS = {"ann": 1, "bob": 10, "cy": 100, "dee": 1000}


@pytest.fixture(scope="module")
def book() -> SmallBook:
    moves = [Move("2026-01-05", name, "new", str(amount), plan=f"{name}-plan") for name, amount in AMOUNTS.items()]
    return SmallBook(moves, customers=PEOPLE, as_of="2026-03-01")


def parsed(book: SmallBook, text: str) -> Filter:
    return parse_filter(text, columns=Columns.of(book.connection))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("owner = 'Kim'", "ann"),
        ("'Kim' = owner", "ann"),
        ("owner <> 'Kim'", "bob"),
        ("owner != 'O''Hara'", "ann"),
        ("owner is null", "cy dee"),
        ("owner is not null", "ann bob"),
        ("not owner is null", "ann bob"),
        ("(OWNER = 'Kim')", "ann"),
        ("seats = '9'", "ann"),
        ("seats < '9'", "bob"),  # text against text
        ("seats > 9", "bob"),  # number against number; 'many' is null
        ("9 < seats", "bob"),
        ("seats >= 9 and seats <= 10.5", "ann bob"),
        ("seats between 9 and 10", "ann"),
        ("seats not between 9 and 10", "bob"),
        ("seats > -1", "ann bob"),
        ("seats in (9, 10.5)", "ann bob"),
        ("seats not in ('9')", "bob cy"),
        ("country = true", "cy"),
        ("created_at >= date '2024-02-29'", "ann"),
        ("created_at > '2024-02-29'::date", ""),
        ("created_at like '2024-02-%'", "ann"),
        ("customer.owner = 'Kim'", "ann"),
        ('"Group ""By"" it" = \'x\'', "bob"),
        ("customer in ('ann', 'dee')", "ann dee"),
        ("customer not like '%e%'", "ann bob cy"),
        ("subscription = 'ann' or item = 'bob-bob-plan'", "ann bob"),
        ("plan like 'b%' or product >= 'd'", "bob dee"),
        ("currency = 'USD' and not (customer = 'ann' or customer = 'bob') and plan < 'd'", "cy"),
        ("customer = 'ann' or customer = 'bob' and plan = 'x'", "ann"),
    ],
)
def test_means_what_it_says(book: SmallBook, text: str, kept: str) -> None:
    expected = sum(AMOUNTS[name] for name in kept.split())
    assert book.one("new_mrr", "2026-01", where=text) == expected
    assert book.one("customers", "2026-01", where=text) == len(kept.split())


def test_values_are_bound_and_never_written(book: SmallBook) -> None:
    found = parsed(book, "plan = 'x'' or true --' and seats < 5 and created_at < date '2024-01-31'")
    assert found.parameters == {
        "where_1": "x' or true --",
        "where_2": "5",
        "where_3": "2024-01-31",
    }
    assert "true --" not in found.sql
    assert "2024" not in found.sql


def test_a_very_long_number_stays_exact(book: SmallBook) -> None:
    assert parsed(book, "seats = 12345678901234567890123456.123456789012").parameters == {
        "where_1": "12345678901234567890123456.123456789012"
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "plan",
        "true",
        "1 = 1",
        "plan = product",
        "plan = NULL",
        "plan in ()",
        "plan in ('a', 1)",
        "plan in ('a', null)",
        "plan in (select plan_id from movements)",
        "plan = (select 1)",
        "exists (select 1)",
        "(select 1)",
        "select 1",
        "plan = any (array['a'])",
        "plan = 'a'; drop table movements",
        "plan = 'a';",
        "drop table movements",
        "copy movements to 'x.csv'",
        "attach 'x.db'",
        "pragma version",
        "plan = 'a' -- comment",
        "plan = /* comment */ 'a'",
        "plan = 'a' /* + */ and plan = 'b'",
        "plan = 'a",
        "(plan = 'a'",
        "plan = 'a')",
        "plan = = 'a'",
        "plan 'a'",
        "read_csv('secret.csv') = 'a'",
        "plan = getenv('HOME')",
        "upper(plan) = 'A'",
        "length(plan) > 3",
        "plan || 'x' = 'ax'",
        "plan = 'a' || 'b'",
        "amount > 5 + 5",
        "seats > 5 + 5",
        "seats > - - 5",
        "seats > -'5'",
        "seats > 1e3",
        "seats = 0x1f",
        "seats > 1234567890123456789012345678",
        "seats = 0.1234567890123",
        "seats = date '2024-13-01'",
        "seats = timestamp '2024-01-01'",
        "seats = cast('5' as integer)",
        "seats = '5'::integer",
        "seats = try_cast('2024-01-01' as date)",
        "seats = cast(owner as date)",
        "cast(seats as integer) = 5",
        "seats::integer = 5",
        "seats between 1 and 'b'",
        "seats between symmetric 1 and 2",
        "seats is true",
        "seats is distinct from '5'",
        "seats ilike 'a'",
        "seats similar to 'a'",
        "seats glob 'a'",
        "seats ~ 'a'",
        "seats like 5",
        "seats like owner",
        "seats like 'a' escape '\\'",
        "plan = 5",
        "currency = true",
        "kind = date '2024-01-01'",
        "case when plan = 'a' then true end",
        "plan = $1",
        "plan = ?",
        "plan = $where_1",
        "plan = :name",
        "*",
        "movements.* = 'a'",
        "count(*) > 1",
        "plan[1] = 'a'",
        "{'a': plan} = 'x'",
        "[plan] = ['a']",
        "plan = 'a' collate nocase",
        "plan = e'a'",
        "plan = $$a$$",
        "plan as p",
        "plan = 'a' limit 1",
        "plan = 'a' union select 1",
        "plan = 'a', plan = 'b'",
        "plan = 'a' xor plan = 'b'",
        "lambda x: x",
        "x -> x + 1",
        "row_number() over () = 1",
        "main.customer.plan = 'a'",
        "movements.plan = 'a'",
        "monthly_totals.amount = 1",
        "plan = \0'a'",
        "plan = 'a\0'",
        "not",
        "interval '1' day",
        "owner = current_user",
        "owner = version()",
    ],
)
def test_everything_else_is_refused(book: SmallBook, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        book.ask("closing_mrr", where=text)
    error = raised.value
    assert error.code in {"filter_not_allowed", "filter_unreadable", "unknown_column"}
    assert error.where is not None
    assert error.where.startswith("--where")
    assert error.remedy


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000,
        "(" * 500 + "plan = 'a'" + ")" * 500,
        "not " * 900 + "plan = 'a'",
        "plan = " + "- " * 900 + "5",
        "plan = 'a' and (" * 200,
        "plan = 'a' or " * 1000 + "plan = 'b'",
        "'" * 3999,
        "[" * 2000,
    ],
    ids=range(8),
)
def test_deep_and_long_expressions_are_refused_and_do_no_harm(book: SmallBook, text: str) -> None:
    with pytest.raises(UsageError):
        book.ask("closing_mrr", where=text)


def test_a_long_list_of_alternatives_is_fine(book: SmallBook) -> None:
    text = " or ".join(f"plan = '{number}'" for number in range(150))
    assert book.one("closing_mrr", "2026-01", where=text) == 0


def test_the_error_names_place_and_nearest_column(book: SmallBook) -> None:
    with pytest.raises(UsageError) as raised:
        book.ask("closing_mrr", where="plan = 'a' and ownr = 'Kim'")
    assert raised.value.code == "unknown_column"
    assert raised.value.where == "--where, character 16: ownr = 'Kim'"
    assert raised.value.remedy == "did you mean owner?"
    with pytest.raises(UsageError) as raised:
        book.ask("closing_mrr", where="plan = 'a' and upper(owner) = 'KIM'")
    assert raised.value.found is not None
    assert "upper" in raised.value.found.lower()


def test_a_number_against_a_text_of_the_ledger_says_how_to_write_it(book: SmallBook) -> None:
    with pytest.raises(UsageError, match="plan against 5") as raised:
        book.ask("closing_mrr", where="plan = 5")
    assert raised.value.remedy == "plan is a text: write it between quotes"


@pytest.mark.parametrize("text", ["kind = 'new'", "plan = 'a' or driver = 'seats'"])
def test_balances_cannot_be_filtered_by_what_only_changes_have(book: SmallBook, text: str) -> None:
    with pytest.raises(UsageError, match="closing_mrr cannot be split or filtered by"):
        book.ask("closing_mrr", where=text)
    assert isinstance(book.one("new_mrr", "2026-01", where=text), Decimal)
