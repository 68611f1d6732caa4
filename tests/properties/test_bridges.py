"""Bridges of random companies end at zero, from every preset to every other, in every month.

The ends of a bridge are the planner's figures of two books, its lines sums over ledgers of its own. On the way each
line has to be the sum of its customers, each customer the sum of its movements, and no line one that could be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.properties.company import build, import_items, new_workspace, random_company
from tests.properties.policies_compared import OTHERS
from upswell.ledger.bridge import METRIC_KINDS, Bridge, BridgeLine
from upswell.ledger.bridge.sums import left_over
from upswell.policy import preset_names

CUSTOMERS: Final = 80
# As in `histories`, but known from the first day on: where a rate lacks there is no total to hold.
RATES: Final = {
    "EUR": ((date(2020, 1, 1), Decimal("1.25")), (date(2024, 2, 29), Decimal(1))),
    "JPY": ((date(2020, 1, 1), Decimal("0.01")), (date(2024, 3, 10), Decimal("0.00667"))),
}
MONTHS: Final = ("2023-10", "2024-06")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    made = new_workspace(tmp_path_factory.mktemp("bridges") / "w", rates=RATES, policies=OTHERS)
    import_items(made, random_company(f"bridges {seed}" for seed in range(CUSTOMERS)))
    return build(made, policies=[*preset_names(), *OTHERS])


@pytest.mark.parametrize("base", preset_names())
def test_every_bridge_ends_at_zero_and_every_line_is_the_sum_of_its_movements(
    workspace: upswell.Workspace, base: str
) -> None:
    """The command would raise if one did not; `unexplained` is a figure here, since no rate lacks."""
    others = [name for name in preset_names() if name != base]
    found = workspace.compare_policies([base, *others], month_from=MONTHS[0], month_to=MONTHS[1], details=None)
    months = {month.month for month in found.months}
    assert len(months) == 9
    bridges = [bridge for month in found.months for bridge in month.bridges]
    assert {(bridge.base, bridge.target) for bridge in bridges} == set(product([base], others))
    for bridge in bridges:
        assert_sound(bridge)
    assert sum(line.figures.amount != 0 for bridge in bridges for line in bridge.lines) > 20


@pytest.mark.parametrize("metric", METRIC_KINDS)
def test_so_does_every_metric_under_policies_that_use_every_switch(workspace: upswell.Workspace, metric: str) -> None:
    found = workspace.compare_policies(
        ["strict", *OTHERS], month_from=MONTHS[0], month_to=MONTHS[1], metric=metric, details=None
    )
    for month in found.months:
        for bridge in month.bridges:
            assert_sound(bridge)


def assert_sound(bridge: Bridge) -> None:
    assert bridge.unexplained.value == 0
    for place, line in enumerate(bridge.lines):
        assert_a_sum(line)
        if line.figures.amount:
            others = bridge.lines[:place] + bridge.lines[place + 1 :]
            assert left_over(bridge.start, others, bridge.end).value == -line.figures.amount


def assert_a_sum(line: BridgeLine) -> None:
    figures = line.figures
    assert figures.left_out.customers == 0
    assert len(figures.details) == len({customer.customer_id for customer in figures.details}) == figures.customers
    assert figures.amount == sum(known(customer.amount for customer in figures.details))
    for customer in figures.details:
        assert customer.amount == sum(
            after - before
            for before, after in zip(
                known(movement.amount_before or Decimal(0) for movement in customer.movements),
                known(movement.amount_after or Decimal(0) for movement in customer.movements),
                strict=True,
            )
        )
        for movement in customer.movements:
            sides = (movement.amount_before is not None, movement.amount_after is not None)
            assert sides == {"gone": (True, False), "came": (False, True), "changed": (True, True)}[movement.change]


def known(amounts: Iterator[Decimal | None]) -> list[Decimal]:
    """The amounts, none of which may be unknown."""
    listed = list(amounts)
    assert None not in listed
    return [amount for amount in listed if amount is not None]


def test_where_rates_lack_a_line_has_a_figure_or_a_reason(tmp_path: Path) -> None:
    """With the rates of `histories`, which begin late: what is unknown is never 0, and nothing raises."""
    made = new_workspace(tmp_path / "w")
    import_items(made, random_company(f"lacking {seed}" for seed in range(CUSTOMERS)))
    build(made, policies=["profitwell", "revenuecat"])
    found = made.compare_policies(
        ["strict", "profitwell", "revenuecat"], month_from=MONTHS[0], month_to=MONTHS[1], details=None
    )
    unknown = 0
    for month in found.months:
        for bridge in month.bridges:
            figures = (bridge.start, bridge.end, bridge.unexplained)
            for figure in figures:
                assert (figure.value is None) == (figure.reason is not None)
            for line in bridge.lines:
                assert (line.figures.amount is None) == (line.figures.reason is not None)
                unknown += line.figures.amount is None
            assert bridge.unexplained.value in {0, None}
            lacking = any(each.value is None for each in (bridge.start, bridge.end))
            lacking |= any(line.figures.amount is None for line in bridge.lines)
            assert (bridge.unexplained.value is None) == lacking
    assert unknown > 3
