"""Lots: what is left of an expansion, worked by hand, against an oracle of levels, and added up to the ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.lots import left_of, rises
from tests.properties.company import import_items, new_workspace, random_company
from tests.properties.histories import RATES
from upswell import Workspace
from upswell.metrics.lot_layers import Layers
from upswell.metrics.lots import Lots, Moved, layers_after, lots_of, read_moved
from upswell.policy import preset_names

ONE: Final = 10**6  # an amount of 1.00
RATE: Final = 10**12  # a rate of 1
THROUGH: Final = date(2025, 12, 31)


def moved(day: str, kind: str, amount: int, **more: object) -> Moved:
    """A movement of customer 1, item 1, in euros at a rate of 1, unless `more` says otherwise."""
    driver = more.pop("driver", "seats" if kind in ("expansion", "contraction") else None)
    given = {"customer_key": 1, "moment": None, "item_key": 1, "plan_key": 1, "currency": "EUR", "rate": RATE, **more}
    return Moved(day=date.fromisoformat(day), kind=kind, driver=driver, amount=amount * ONE, span=None, **given)  # type: ignore[arg-type]


def told(lots: Lots) -> list[tuple[str, str | None, int, int]]:
    """Kind, driver, amount and what was lost of each lot, in whole units."""
    lost: dict[int, int] = defaultdict(int)
    for loss in lots.losses:
        lost[loss.lot] += loss.amount
    return [(lot.kind, lot.driver, lot.amount // ONE, lost[number] // ONE) for number, lot in enumerate(lots.lots)]


def test_what_is_lost_is_taken_from_the_youngest_lot_first() -> None:
    history = [
        moved("2025-01-01", "new", 100),
        moved("2025-03-01", "expansion", 60),
        moved("2025-05-01", "expansion", 40, item_key=2, driver="addon"),
        moved("2025-07-01", "contraction", -50),
    ]
    found = lots_of(history, through=THROUGH)
    assert told(found) == [("new", None, 100, 0), ("expansion", "seats", 60, 10), ("expansion", "addon", 40, 40)]
    assert [(loss.lot, str(loss.day), loss.amount // ONE) for loss in found.losses] == [
        (2, "2025-07-01", 40),
        (1, "2025-07-01", 10),
    ]
    assert found.left() == [100 * ONE * RATE, 50 * ONE * RATE, 0]


def test_churn_takes_every_lot_and_a_return_is_not_an_old_lot() -> None:
    history = [
        moved("2025-01-01", "new", 100),
        moved("2025-02-01", "expansion", 20),
        moved("2025-03-01", "churn", -120),
        moved("2025-05-01", "reactivation", 120),
        moved("2025-06-01", "expansion", 5),
    ]
    assert told(lots_of(history, through=THROUGH)) == [
        ("new", None, 100, 100),
        ("expansion", "seats", 20, 20),
        ("reactivation", None, 120, 0),
        ("expansion", "seats", 5, 0),
    ]


def test_losses_of_a_moment_come_before_its_gains() -> None:
    """One item shrinks by 30.00 on the day on which another grows by 50.00: the 50.00 are whole."""
    history = [
        moved("2025-01-01", "new", 100),
        moved("2025-02-01", "expansion", 50, item_key=2),
        moved("2025-02-01", "contraction", -30),
    ]
    assert told(lots_of(history, through=THROUGH)) == [("new", None, 100, 30), ("expansion", "seats", 50, 0)]


def test_a_driver_that_points_down_makes_the_lots_of_its_item_smaller() -> None:
    """Seats add 90.00, their price falls by 25.00; another item adds 30.00: lots of 65.00 and 30.00."""
    history = [
        moved("2025-01-01", "new", 100),
        moved("2025-02-01", "expansion", -25, driver="price"),
        moved("2025-02-01", "expansion", 90),
        moved("2025-02-01", "expansion", 30, item_key=2, driver="addon"),
    ]
    assert told(lots_of(history, through=THROUGH)) == [
        ("new", None, 100, 0),
        ("expansion", "seats", 65, 0),
        ("expansion", "addon", 30, 0),
    ]


def test_another_currency_keeps_the_lots() -> None:
    """120.00 EUR at 1.10 become 150.00 USD: 132.00 of them are the former lots, 18.00 are the expansion."""
    history = [
        moved("2025-01-01", "new", 100, rate=11 * RATE // 10),
        moved("2025-02-01", "expansion", 20, rate=11 * RATE // 10),
        moved("2025-03-01", "expansion", -120, rate=11 * RATE // 10, driver="price"),
        moved("2025-03-01", "expansion", 150, currency="USD", driver="price"),
        moved("2025-04-01", "contraction", -29, currency="USD"),
    ]
    found = Lots(THROUGH)
    *_, (_, _, layers) = layers_after(history, found)
    assert [(lot.currency, lot.amount // ONE) for lot in found.lots] == [("EUR", 100), ("EUR", 20), ("USD", 18)]
    # 18.00 of the 29.00 are the youngest lot; 11.00 USD are half of the 22.00 USD that were 20.00 EUR.
    assert [(loss.lot, loss.amount) for loss in found.losses] == [(2, 18 * ONE), (1, 10 * ONE)]
    assert (layers.held("EUR"), layers.held("USD")) == (0, 121 * ONE)


def test_a_smaller_amount_in_another_currency_takes_the_youngest_lots() -> None:
    """120.00 EUR at 1.10 become 99.00 USD, which are 90.00 EUR: 30.00 EUR are lost first."""
    history = [
        moved("2025-01-01", "new", 100, rate=11 * RATE // 10),
        moved("2025-02-01", "expansion", 20, rate=11 * RATE // 10),
        moved("2025-03-01", "contraction", -120, rate=11 * RATE // 10, driver="price"),
        moved("2025-03-01", "contraction", 99, currency="USD", driver="price"),
    ]
    found = Lots(THROUGH)
    *_, (_, _, layers) = layers_after(history, found)
    assert told(found) == [("new", None, 100, 10), ("expansion", "seats", 20, 20)]
    assert layers.of("USD") == [(0, 99 * ONE)]


def test_more_lost_than_held_is_refused() -> None:
    with pytest.raises(ValueError, match="more were lost than were held"):
        lots_of([moved("2025-01-01", "new", 1), moved("2025-02-01", "churn", -2)], through=THROUGH)


amounts = st.integers(min_value=0, max_value=9)


@given(st.lists(st.tuples(amounts, amounts), max_size=12))
def test_layers_are_what_lies_below_the_lowest_level_since(asked: list[tuple[int, int]]) -> None:
    layers, level, moments = Layers(), 0, []
    for number, (down, up) in enumerate(asked):
        lost = min(down, level)
        layers.take("EUR", lost)
        if up:
            layers.put("EUR", number, up, None)
        level += up - lost
        moments.append((Fraction(lost), Fraction(up)))
    expected, levels = rises(moments)
    last = len(levels) - 1
    assert [Fraction(amount) for _, amount in layers.of("EUR")] == [
        left for layer in expected if (left := left_of(layer, levels, after=last))
    ]
    assert layers.held("EUR") == level


AS_OF: Final = datetime(2024, 11, 1, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module", params=["EUR", None], ids=["one currency", "several"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("lots") / "company"
    workspace = new_workspace(folder, rates={"EUR": ((date(2000, 1, 1), Decimal("1.1")), *RATES["EUR"])})
    rows = random_company([f"lots {number}" for number in range(400)], currency=request.param)
    import_items(workspace, rows)
    workspace.build(as_of=AS_OF, policies=list(preset_names()))
    return workspace


@pytest.mark.parametrize("policy", preset_names())
def test_lots_add_up_to_the_ledger_for_every_customer_and_day(company: Workspace, policy: str) -> None:
    """After every moment the layers are the sum of the movements so far, in each currency."""
    with company._reading(policy) as (connection, _, _):
        rows = list(read_moved(connection, through=THROUGH))
        booked: dict[tuple[int, date], dict[str, int]] = {}
        sums = connection.execute(
            """select customer_key, currency, date, cast(1000000 * sum(amount) over (
                partition by customer_key, currency order by date) as bigint)
            from (select customer_key, currency, date, sum(amount) as amount from booked_movements
                where not scheduled group by all)"""
        ).fetchall()
    for customer_key, currency, day, level in sums:
        booked.setdefault((customer_key, day), {})[currency] = level
    held: dict[tuple[int, date], dict[str, int]] = {}
    for customer_key, day, layers in layers_after(rows, Lots(THROUGH)):
        held[customer_key, day] = {currency: layers.held(currency) for currency in ("EUR", "USD", "JPY", "BHD", "GBP")}
    wrong = [
        (moment, currency, level, held[moment][currency])
        for moment in held
        for currency, level in booked[moment].items()
        if held[moment][currency] != level
    ]
    assert wrong == []
    assert len(held) > 150


def test_what_is_left_of_all_lots_is_todays_mrr(company: Workspace) -> None:
    with company._reading("strict") as (connection, _, _):
        found = lots_of(read_moved(connection, through=THROUGH), through=THROUGH)
        expansion = connection.execute(
            "select sum(amount * rate) from booked_movements where kind = 'expansion' and not scheduled"
        ).fetchone()
    assert all(left >= 0 for left in found.left())
    lots = sum(Fraction(lot.money or 0, 10**18) for lot in found.lots if lot.kind == "expansion")
    assert expansion is not None
    # A change of currency is split to the millionth, so that its lot may differ by less than that.
    assert abs(lots - Fraction(expansion[0])) < Fraction(len(found.lots), 10**6)
