"""Families: the ledger of customers who belong together is the oracle's of a company where each family is one customer.

Random histories of 300 customers in families of one to four, over up to three generations; the oracle is given the rows
as if the head of the family had bought everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from tests.oracles.ledger import OracleMovement
from tests.oracles.policies import PRESETS
from tests.oracles.values import ItemRow
from tests.properties.company import (
    AS_OF,
    assert_checked,
    book,
    build,
    import_attributes,
    import_items,
    new_workspace,
    oracle_ledger,
    random_company,
)
from upswell import Workspace

CUSTOMERS: Final = 300
OF_FAMILIES: Final = ("strict", "stripe", "recurly")
_BETWEEN: Final = "\x01"


@pytest.fixture(scope="module")
def rows() -> list[ItemRow]:
    return random_company(f"family {number}" for number in range(CUSTOMERS))


@pytest.fixture(scope="module")
def parents(rows: list[ItemRow]) -> dict[str, str]:
    """Whose parent is who: of each ten customers four belong to the first, one of them by way of another."""
    names = sorted({row.customer_id for row in rows})
    found = {}
    for place, name in enumerate(names):
        head = place // 10 * 10
        if place % 10 in (2, 5, 9):
            found[name] = names[head]
        elif place % 10 == 6:
            found[name] = names[head + 5]
    return found


@pytest.fixture(scope="module")
def workspace(rows: list[ItemRow], parents: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = new_workspace(tmp_path_factory.mktemp("families") / "w")
    import_items(made, rows)
    names = sorted({row.customer_id for row in rows})
    import_attributes(made, [{"customer_id": name, "parent_id": parents.get(name, "")} for name in names])
    return build(made, policies=[f"{name}+family" for name in OF_FAMILIES])


@pytest.mark.parametrize("policy", OF_FAMILIES)
def test_a_family_is_booked_as_one_customer(
    workspace: Workspace, rows: list[ItemRow], parents: dict[str, str], policy: str
) -> None:
    wanted = oracle_ledger(as_families(rows, parents), policy=PRESETS[policy], as_of=AS_OF, timezone="UTC")
    booked = Counter(entry.movement for entry in book(workspace, f"{policy}+family").elements())
    assert booked == Counter(without_prefix(movement) for movement in wanted.elements())
    assert {movement.customer_id for movement in booked}.isdisjoint(parents)
    assert_checked(workspace, policies=[f"{policy}+family"])


def test_families_and_customers_differ_in_kinds_and_agree_in_money(workspace: Workspace) -> None:
    names = ["closing_mrr", "new_mrr", "customers"]
    apart = workspace.metrics(names, month_from="2024-06", month_to="2024-06", policy="strict").to_pylist()
    together = workspace.metrics(names, month_from="2024-06", month_to="2024-06", policy="strict+family").to_pylist()
    values = [(row["value"], family["value"]) for row, family in zip(apart, together, strict=True)]
    assert values[0][0] == values[0][1]
    assert values[2][1] < values[2][0]


def as_families(rows: list[ItemRow], parents: Mapping[str, str]) -> list[ItemRow]:
    """The rows of each family as one customer's; subscriptions keep apart and in the order of their customers."""
    return [
        replace(
            row,
            customer_id=head(row.customer_id, parents),
            subscription_id=f"{row.customer_id}{_BETWEEN}{row.subscription_id}",
        )
        for row in rows
    ]


def head(customer: str, parents: Mapping[str, str]) -> str:
    return head(parents[customer], parents) if customer in parents else customer


def without_prefix(movement: OracleMovement) -> OracleMovement:
    return replace(movement, subscription_id=movement.subscription_id.split(_BETWEEN)[1])
