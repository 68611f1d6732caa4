"""The rate a movement carries, and kinds judged by it; figures worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.oracles.by_hand import at, booked, item, run
from tests.oracles.ledger import ItemRow, OracleMovement, OraclePolicy

RATES = {
    "EUR": [
        (date(2026, 1, 1), Decimal("1.25")),
        (date(2026, 3, 1), Decimal("1.00")),
        (date(2026, 5, 1), Decimal("1.10")),
    ]
}
ITEM_START = OraclePolicy(fx="item_start")
FIXED = OraclePolicy(fx="fixed_rate")
SEPARATE = OraclePolicy()


def euros(start: str, end: str | None = None, **terms: object) -> ItemRow:
    return item(start, end, currency="EUR", **terms)


def rates_of(items: Sequence[ItemRow], policy: OraclePolicy, *, as_of: str = "2026-12-01") -> list[str | None]:
    found = run(items, policy=policy, rates=RATES, as_of=at(as_of))
    return [None if one.rate is None else f"{float(one.rate):.2f}" for one in found]


def worth(found: Sequence[OracleMovement]) -> Fraction:
    return sum((Fraction(one.amount) * (one.rate or 0) for one in found), Fraction(0))


@pytest.mark.parametrize(
    ("policy", "rates"),
    [(SEPARATE, ["1.25", "1.00", "1.10"]), (FIXED, ["1.00"] * 3), (ITEM_START, ["1.25"] * 3)],
)
def test_the_rate_of_the_day_of_the_book_or_of_the_items_first_day(policy: OraclePolicy, rates: list[str]) -> None:
    items = [euros("2026-01-10", "2026-03-10"), euros("2026-03-10", "2026-05-05", quantity="2")]
    assert rates_of(items, policy, as_of="2026-04-01") == rates


@pytest.mark.parametrize("policy", [FIXED, ITEM_START])
def test_nothing_is_left_to_fx(policy: OraclePolicy) -> None:
    items = [euros("2026-01-10", "2026-03-10"), euros("2026-03-10", "2026-05-05", quantity="2")]
    assert worth(run(items, policy=policy, rates=RATES)) == 0
    assert worth(run(items, rates=RATES)) == 100 * Fraction("1.25") + 100 - 200 * Fraction("1.10")


def test_no_rate_is_no_rate() -> None:
    assert rates_of([euros("2025-06-01", "2026-04-01")], ITEM_START) == [None, None]
    assert rates_of([euros("2025-06-01", "2026-04-01")], FIXED, as_of="2025-12-01") == [None, None]
    assert rates_of([euros("2025-06-01", "2026-04-01")], SEPARATE) == [None, "1.00"]


def test_the_first_day_is_that_of_the_trial() -> None:
    trial = euros("2026-01-10", "2026-06-01", trial_until="2026-03-05")
    assert rates_of([trial], ITEM_START) == ["1.25", "1.25"]


def test_a_replacement_carries_the_first_day_on() -> None:
    """i1 since January, as i2 from March, as i3 from May: one rate to the end, over three ids."""
    items = [
        euros("2026-01-10", "2026-03-10"),
        euros("2026-03-10", "2026-05-10", item_id="i2", unit_amount="150"),
        euros("2026-05-10", "2026-07-01", item_id="i3", subscription_id="s2", unit_amount="150"),
    ]
    assert rates_of(items, ITEM_START) == ["1.25"] * 3
    assert rates_of(items[1:], ITEM_START) == ["1.00"] * 2


def test_only_the_pair_in_which_an_item_was_started_counts() -> None:
    """b replaces a in March (a since January, 1.25), ends, and replaces c in May (c since March, 1.00)."""
    addon = {"item_type": "addon"}
    items = [
        euros("2026-01-10", "2026-03-10", item_id="a", **addon),
        euros("2026-03-10", "2026-04-01", item_id="b", **addon),
        euros("2026-03-10", "2026-05-10", item_id="c", product_id="q", subscription_id="s2"),
        euros("2026-05-10", "2026-07-01", item_id="b", product_id="q"),
    ]
    found = run(items, policy=ITEM_START, rates=RATES)
    assert [(one.item_id, one.rate) for one in found if one.kind == "churn"] == [("b", Fraction("1.25"))]
    assert {one.rate for one in found if one.item_id == "c"} == {Fraction(1)}


def test_a_change_to_come_moves_no_rate_of_what_has_been() -> None:
    """b since March (1.00), for itself; from May it is to go on as the replacement of a (since January, 1.25)."""
    past = [
        euros("2026-01-10", "2026-05-10", item_id="a"),
        euros("2026-03-10", "2026-04-01", item_id="b"),
    ]
    to_come = euros("2026-05-10", item_id="b", unit_amount="150")
    for items in (past, [*past, to_come]):
        found = run(items, policy=ITEM_START, rates=RATES, as_of=at("2026-04-20"))
        assert {one.rate for one in found if one.item_id == "b"} == {Fraction(1)}


def test_an_item_that_replaces_its_replacement() -> None:
    """a as b from March, b as a again from May: one rate throughout."""
    items = [
        euros("2026-01-10", "2026-03-10", item_id="a"),
        euros("2026-03-10", "2026-05-10", item_id="b", unit_amount="150"),
        euros("2026-05-10", "2026-07-01", item_id="a", unit_amount="170"),
    ]
    assert rates_of(items, ITEM_START) == ["1.25"] * 4


def changes_of_two_currencies() -> list[ItemRow]:
    """On 10 March +100 EUR on an item of January, -110 USD on another."""
    return [
        euros("2026-01-10", "2026-03-10"),
        euros("2026-03-10", quantity="2"),
        item("2026-01-10", "2026-03-10", item_id="i2", product_id="q", unit_amount="200"),
        item("2026-03-10", item_id="i2", product_id="q", unit_amount="90"),
    ]


@pytest.mark.parametrize(
    ("fx", "kind"), [("separate", "contraction"), ("item_start", "expansion"), ("fixed_rate", "transfer")]
)
def test_mixed_currencies_are_judged_by_the_rates_they_carry(fx: str, kind: str) -> None:
    """100 EUR are 100 on the day, 125 at the item's start, 110 as of June: less 110 that is -10, 15 and 0."""
    policy = OraclePolicy(netting="customer", fx=fx)  # type: ignore[arg-type]
    found = booked(run(changes_of_two_currencies(), policy=policy, rates=RATES, as_of=at("2026-06-01")))
    assert {row[1] for row in found} == {kind}


def test_one_currency_is_judged_in_itself() -> None:
    """+100 EUR on an item carried at 1.00 and -90 EUR on one at 1.25 is up by 10 EUR, though down by 12.50 USD."""
    items = [
        euros("2026-01-10", "2026-05-10"),
        euros("2026-05-10", unit_amount="10"),
        euros("2026-03-10", "2026-05-10", item_id="i2", product_id="q"),
        euros("2026-05-10", item_id="i2", product_id="q", unit_amount="200"),
    ]
    policy = OraclePolicy(netting="customer", fx="item_start")
    found = run(items, policy=policy, rates=RATES)
    assert {one.kind for one in found if one.date == date(2026, 5, 10)} == {"expansion"}
    assert worth([one for one in found if one.date == date(2026, 5, 10)]) == Fraction("-12.5")


def test_sizes_are_compared_at_the_days_rate() -> None:
    """On 10 March 110 USD are more than 100 EUR (1.00), though these are carried at 1.25: 110 becomes 120 USD."""
    items = [
        euros("2026-01-10", "2026-03-10", item_id="a"),
        item("2026-01-10", "2026-03-10", item_id="b", unit_amount="110"),
        item("2026-03-10", item_id="c", unit_amount="120"),
        euros("2026-03-10", item_id="d", unit_amount="90"),
    ]
    found = booked(run(items, policy=ITEM_START, rates=RATES))
    assert found == [("2026-03-10", "contraction", "price", "-10"), ("2026-03-10", "expansion", "price", "10")]
