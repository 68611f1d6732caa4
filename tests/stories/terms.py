"""The words for what an item costs: `5 seats at 20.00 a month, 20 % off until 2024-03-01`.

Terms are clauses parted by commas. Each clause sets columns of the `items` table and leaves the
others alone, so the same words serve for a first purchase and for a later change:

    5 seats at 20.00 a month      quantity 5, unit_amount 20.00, interval month, interval_count 1
    20 % off until 2024-03-01     discount_percent 20, discount_until 2024-03-01

A clause nobody knows is an error, never a guess.
"""

import re
from collections.abc import Callable

Columns = dict[str, str]

NUMBER = r"\d+(?:\.\d+)?"
WHEN = r"\d{4}-\d{2}-\d{2}(?:T[0-9:.+\-Z]+)?"
PERIOD = r"(?:an? (?P<one>day|week|month|quarter|year)|every (?P<count>\d+) (?P<many>[a-z]+)s)"
DISCOUNT = ("discount_percent", "discount_amount", "discount_until")


class UnknownWordsError(ValueError):
    """Words that no clause of the language matches; the reader adds file and line."""


def _period(found: dict[str, str]) -> Columns:
    if found.get("one"):
        return {"interval": found["one"], "interval_count": "1"}
    return {"interval": found["many"], "interval_count": found["count"]}


def _price(found: dict[str, str]) -> Columns:
    return {"unit_amount": found["price"], "mrr": "", **_period(found)}


def _discount(column: str) -> Callable[[dict[str, str]], Columns]:
    def columns(found: dict[str, str]) -> Columns:
        ends = {"discount_until": found["until"]} if found.get("until") else {}
        return {column: found["off"], **ends}

    return columns


def _named(column: str) -> Callable[[dict[str, str]], Columns]:
    return lambda found: {column: found["value"]}


OFF_UNTIL = rf"off(?: until (?P<until>{WHEN}))?"
CLAUSES: tuple[tuple[str, Callable[[dict[str, str]], Columns]], ...] = (
    (
        rf"(?P<quantity>{NUMBER}) (?:seat|unit|licence)s? at (?P<price>{NUMBER}) {PERIOD}",
        lambda found: {"quantity": found["quantity"], **_price(found)},
    ),
    (rf"(?P<value>{NUMBER}) (?:seat|unit|licence)s?", _named("quantity")),
    (rf"at (?P<price>{NUMBER}) {PERIOD}", _price),
    (rf"(?:flat )?mrr (?P<value>{NUMBER})", _named("mrr")),
    (rf"billed {PERIOD}", _period),
    (rf"(?P<off>{NUMBER}) % {OFF_UNTIL}", _discount("discount_percent")),
    (rf"(?P<off>{NUMBER}) {OFF_UNTIL}", _discount("discount_amount")),
    ("full price", lambda _: dict.fromkeys(DISCOUNT, "")),
    (
        rf"trial until (?P<value>{WHEN})",
        lambda found: {"status": "trialing", "trial_until": found["value"]},
    ),
    ("trialing", lambda _: {"status": "trialing"}),
    (rf"until (?P<value>{WHEN})", _named("ends_at")),
    (r"product (?P<value>\S+)", _named("product_id")),
    (r"price id (?P<value>\S+)", _named("price_id")),
    (r"sub (?P<value>\S+)", _named("subscription_id")),
    (r"item (?P<value>\S+)", _named("item_id")),
    (r"in (?P<value>[A-Z]{3})", _named("currency")),
)


def clause(words: str) -> Columns:
    """Return the columns that one clause sets; raise UnknownWordsError if none is known."""
    for pattern, columns in CLAUSES:
        found = re.fullmatch(pattern, words)
        if found:
            return columns({name: text or "" for name, text in found.groupdict().items()})
    raise UnknownWordsError(f"no such term: {words!r}")


def terms(words: str) -> Columns:
    """Return the columns set by terms, clause by clause; saying one thing twice is an error."""
    columns: Columns = {}
    for part in filter(None, (piece.strip() for piece in words.split(","))):
        said = clause(part)
        again = sorted(name for name in said.keys() & columns.keys() if said[name] != columns[name])
        if again:
            raise UnknownWordsError(f"{', '.join(again)} said twice in {words!r}")
        columns |= said
    return columns
