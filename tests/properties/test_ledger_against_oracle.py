"""The SQL ledger against the plain loop of tests/oracles: 5,000 random histories under every preset, every column.

Hypothesis draws hundreds of seeds and an instant; each seed is one customer's history. The company is written to one
CSV file, imported, and built under all presets in one book as of the instant, so that part of it is still to come.
The first company of two time zones is also built under policies that use what no preset does (policies_compared.py).
That the histories meet what each policy is about is held by test_histories.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracles.ledger import OracleMovement, balances
from tests.oracles.policies import PRESETS
from tests.oracles.values import ItemRow
from tests.properties.company import (
    assert_checked,
    book,
    build,
    by_customer,
    import_items,
    new_workspace,
    oracle_ledger,
    random_company,
)
from tests.properties.differences import first_difference
from tests.properties.histories import DAYS
from tests.properties.policies_compared import COMPARED, OTHERS

TIMEZONES: Final = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo")
CUSTOMERS: Final = 640
EXAMPLES: Final = 2
HISTORIES: Final = 5_000
TIMEZONES_OF_OTHERS: Final = ("Europe/Berlin", "America/Sao_Paulo")
HISTORIES_OF_OTHERS: Final = 1_000
BALANCE_DAYS: Final = (date(2023, 6, 30), date(2024, 2, 29), date(2024, 12, 31), date(2025, 12, 31))


class Batch:
    """The seeds of a company's histories and the instant of its book."""

    def __init__(self, seeds: tuple[int, ...], as_of: datetime) -> None:
        self.seeds = seeds
        self.as_of = as_of

    def __repr__(self) -> str:
        """Short: hypothesis prints it, and the customer that differs says more than hundreds of seeds."""
        return f"<{len(self.seeds)} customers as of {self.as_of.isoformat()}>"

    def company(self, timezone: str) -> list[ItemRow]:
        """Histories of this batch alone, even where another drew the same small seeds."""
        return random_company(f"{timezone} {self.as_of.isoformat()} {seed}" for seed in self.seeds)


batches = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    # `differences` already reduces a failing batch to one customer; shrinking hundreds of seeds takes minutes instead.
    phases=[Phase.explicit, Phase.generate],
    # A batch is large by intention: one build of 640 histories is much cheaper than 640 builds of one.
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.data_too_large, HealthCheck.too_slow],
)


@st.composite
def some_batch(draw: st.DrawFn, timezone: str) -> Batch:
    """Hundreds of seeds, and an instant: any of the years in which most happens, or a midnight on which much does."""
    seeds = draw(st.lists(st.integers(0, 2**32 - 1), min_size=CUSTOMERS, max_size=CUSTOMERS, unique=True))
    inside = [day for day in DAYS if date(2023, 3, 1) <= day <= date(2025, 3, 9)]
    midnights = st.sampled_from([datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)) for day in inside])
    any_seconds = st.integers(
        int(datetime(2023, 6, 1, tzinfo=UTC).timestamp()), int(datetime(2025, 3, 1, tzinfo=UTC).timestamp())
    )
    return Batch(tuple(seeds), draw(midnights | any_seconds.map(lambda second: datetime.fromtimestamp(second, UTC))))


@pytest.mark.parametrize("timezone", TIMEZONES)
def test_every_column_of_every_movement_is_the_oracles(timezone: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    met: set[tuple[int, ...]] = set()

    @batches
    @given(batch=some_batch(timezone))
    def compare(batch: Batch) -> None:
        policies = list(COMPARED if not met and timezone in TIMEZONES_OF_OTHERS else PRESETS)
        met.add(batch.seeds)
        rows, as_of = batch.company(timezone), batch.as_of
        workspace = new_workspace(tmp_path_factory.mktemp("oracle") / "company", timezone=timezone, policies=OTHERS)
        import_items(workspace, rows)
        assert_checked(build(workspace, as_of=as_of, policies=policies), policies=policies)
        for policy in policies:
            entries = book(workspace, policy)
            found = Counter(entry.movement for entry in entries.elements())
            wanted = oracle_ledger(rows, policy=COMPARED[policy], as_of=as_of, timezone=timezone)
            circumstances = f"{timezone}, as of {as_of.isoformat()}, {policy}"
            told = first_difference(by_customer(rows), wanted=wanted, found=found, circumstances=circumstances)
            assert told is None, told
            assert {movement.scheduled for movement in found} == {True, False}
            ids = {entry.movement_id for entry in entries}
            assert len(ids) == entries.total(), "a movement_id is used twice"
            assert {name for entry in entries for name in entry.files} == {"items.csv"}
            assert_balances(rows, list(found.elements()), policy=policy, as_of=as_of, timezone=timezone)

    compare()
    assert len(met) * CUSTOMERS * len(TIMEZONES) >= HISTORIES
    assert CUSTOMERS * len(TIMEZONES_OF_OTHERS) >= HISTORIES_OF_OTHERS


def assert_balances(
    rows: list[ItemRow], booked: Sequence[OracleMovement], *, policy: str, as_of: datetime, timezone: str
) -> None:
    """Movements up to the end of a month add up to what is in force then, for each customer and offer."""
    in_force = {
        customer: balances(history, policy=COMPARED[policy], days=BALANCE_DAYS, timezone=timezone, as_of=as_of)
        for customer, history in by_customer(rows).items()
    }
    for day in BALANCE_DAYS:
        sums: defaultdict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
        for movement in booked:
            if movement.date <= day:
                offer = (movement.currency, movement.product_id, movement.plan_id)
                sums[movement.customer_id, *offer] += movement.amount
        wanted = {
            (customer, *offer): amount
            for customer, of_customer in in_force.items()
            for offer, amount in of_customer[day].items()
        }
        assert {slice_: amount for slice_, amount in sums.items() if amount} == wanted, (day, policy)
