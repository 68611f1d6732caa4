"""That random histories meet what the policies are about.

Two ledgers that never meet a rule agree on it. So under each policy every kind, driver and rule has to come, and not
just once, and every switch has to matter: put back to its value in `strict`, it changes what several customers' ledgers
say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_args

import pytest

from tests.oracles.ledger import OracleMovement
from tests.oracles.policies import STRICT, OraclePolicy
from tests.oracles.values import ItemRow
from tests.properties.company import by_customer, oracle_ledger, random_company
from tests.properties.policies_compared import COMPARED, OTHERS, differing
from upswell.policy.load import load
from upswell.policy.model import Policy

CUSTOMERS: Final = 400
AS_OF: Final = datetime(2024, 7, 4, 12, tzinfo=UTC)
CUSTOMERS_TO_WHOM_A_SWITCH_MATTERS: Final = 5
RULES: Final = {
    *("first_payment", "return", "nothing_left", "item_changed", "item_replaced", "item_appeared"),
    *("item_gone", "currency_changed", "plan_moved", "netted_to_zero"),
}
DRIVERS: Final = {"seats", "plan", "price", "term", "addon", "cross_sell", "subscription", "usage", "discount"}
KINDS: Final = {"new", "expansion", "contraction", "churn", "reactivation", "transfer"}
OF_METRICS: Final = {"retention_cohort", "customer_churn_denominator"}

Ledgers = Mapping[str, Counter[OracleMovement]]

SWITCHES: Final = [
    (name, switch)
    for name, policy in COMPARED.items()
    for switch in differing(policy)
    if switch not in OF_METRICS | {"reactivation_new_after_days"}
]


@cache
def histories() -> dict[str, list[ItemRow]]:
    return by_customer(random_company(f"UTC {seed}" for seed in range(CUSTOMERS)))


@cache
def ledgers(policy: OraclePolicy) -> Ledgers:
    """The movements of each customer."""
    return {
        customer: oracle_ledger(rows, policy=policy, as_of=AS_OF, timezone="UTC")
        for customer, rows in histories().items()
    }


@pytest.mark.parametrize("name", COMPARED)
def test_every_kind_driver_and_rule_is_met(name: str) -> None:
    policy = COMPARED[name]
    booked = [movement for ledger in ledgers(policy).values() for movement in ledger.elements()]
    rules = Counter(movement.rule for movement in booked)
    drivers = Counter(movement.driver for movement in booked)
    kinds = Counter((movement.kind, movement.scheduled) for movement in booked)
    assert set(rules) == RULES
    assert set(drivers) - {None} == DRIVERS - unknown_drivers(policy)
    separate = policy.reactivation in {"separate", "new_after_days"}
    assert {kind for kind, _ in kinds} == (KINDS if separate else KINDS - {"reactivation"})
    assert len(kinds) == 2 * len({kind for kind, _ in kinds}), "each kind actual and scheduled"
    assert min([*rules.values(), *drivers.values(), *kinds.values()]) >= 2


def unknown_drivers(policy: OraclePolicy) -> set[str]:
    no_usage = {"usage"} if policy.usage == "exclude" else set()
    return no_usage | ({"discount"} if policy.discounts == "none" else set())


@pytest.mark.parametrize(("name", "switch"), SWITCHES)
def test_every_switch_matters(name: str, switch: str) -> None:
    """Such as: profitwell drops episodes, stripe ends at requests, chartmogul has two moments in one day."""
    policy = COMPARED[name]
    without = {switch: getattr(STRICT, switch)}
    if switch == "reactivation":
        without["reactivation_new_after_days"] = None
    as_it_is, otherwise = ledgers(policy), ledgers(replace(policy, **without))
    differ = sum(as_it_is[customer] != otherwise[customer] for customer in as_it_is)
    assert differ >= CUSTOMERS_TO_WHOM_A_SWITCH_MATTERS


def test_the_policies_use_every_value_of_every_switch() -> None:
    """Asked of the program's own list, so that a value that is added there is compared here."""
    assert set(Policy.model_fields) - {"name", "summary"} == set(OraclePolicy.__dataclass_fields__)
    for switch, field in Policy.model_fields.items():
        used = {getattr(policy, switch, None) for policy in COMPARED.values()}
        if switch == "level":
            used.add("family")  # test_families.py
        assert set(get_args(field.annotation)) - {int, type(None)} <= used, switch
    for days in ("reactivation_new_after_days", "past_due_churn_days"):
        assert any(getattr(policy, days) is not None for policy in OTHERS.values())


@pytest.mark.parametrize("name", [name for name in COMPARED if name not in OTHERS])
def test_a_preset_is_what_the_oracle_takes_it_for(name: str) -> None:
    policy = load(name)
    assert OraclePolicy(**policy.switches()) == COMPARED[name]  # type: ignore[arg-type]
