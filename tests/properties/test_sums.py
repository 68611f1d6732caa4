"""Everything adds up, with no tolerance: movements to balances, and metrics month by month in every slice.

Three currencies whose rates move each month, customers with attributes, slices drawn at random: by up to three
dimensions, under filters of up to three conditions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final

import pytest

from tests.oracles.ledger import Rates, balances
from tests.oracles.metrics import month_before
from tests.oracles.values import ItemRow
from tests.properties.company import (
    POLICIES,
    assert_checked,
    book,
    build,
    by_customer,
    import_attributes,
    import_items,
    new_workspace,
    random_company,
)
from tests.properties.histories import as_csv_rows
from upswell import Workspace

SEEDS: Final = (1, 2)
TIMEZONES: Final = {1: "Asia/Tokyo", 2: "America/New_York"}
CUSTOMERS: Final = 100
AS_OF: Final = datetime(2025, 3, 9, 12, tzinfo=UTC)
QUESTIONS: Final = 10

FLOWS: Final = (
    *("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr"),
    *("transfer_in_mrr", "transfer_out_mrr"),
)
ROLL_FORWARD: Final = ("opening_mrr", *FLOWS, "closing_mrr")
DIMENSIONS: Final = ("plan", "product", "currency", "customer", "country", "owner", "tier")
CONDITIONS: Final = (
    *("plan = 'crm-s'", "plan <> 'bundle'", "plan in ('crm-m', 'chat-s', 'sso')", "product = 'chat'"),
    *("currency = 'USD'", "currency <> 'USD'", "currency in ('EUR', 'JPY')", "country = 'DE'", "country is null"),
    *("owner <> 'Kim'", "owner like 'L%'", "tier >= 3", "tier between 2 and 4", "customer like 'c%'"),
)
MONTHS: Final = [date(year, month, 1) for year in range(2022, 2026) for month in range(1, 13)]

Company = tuple[Workspace, list[ItemRow], str]
Key = tuple[str, *tuple[str | None, ...]]  # the month, then the slice
Answer = dict[Key, dict[str, Fraction]]


@pytest.fixture(scope="module", params=SEEDS)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    seed: int = request.param
    rng = Random(f"sums {seed}")
    rows = random_company([f"sums {seed} {number}" for number in range(CUSTOMERS)])
    workspace = new_workspace(
        tmp_path_factory.mktemp("sums") / "company", timezone=TIMEZONES[seed], rates=monthly_rates(rng)
    )
    import_items(workspace, rows)
    import_attributes(workspace, attributes(rng, list(by_customer(rows))))
    assert_checked(build(workspace, as_of=AS_OF))
    return workspace, rows, TIMEZONES[seed]


def monthly_rates(rng: Random) -> Rates:
    """A rate for each month from before the first movement on, given on any of its days."""
    middle = {"EUR": 1_083_700, "JPY": 6_670}
    return {
        currency: [
            (month.replace(day=rng.randint(1, 28)), Decimal(rng.randint(rate * 8 // 10, rate * 12 // 10)).scaleb(-6))
            for month in MONTHS
        ]
        for currency, rate in middle.items()
    }


def attributes(rng: Random, customers: Sequence[str]) -> list[dict[str, str]]:
    """Countries, owners and tiers; some have none, and some customers have no row at all."""
    return [
        {
            "customer_id": customer,
            "country": rng.choice(("DE", "AT", "US", "")),
            "owner": rng.choice(("Kim", "Lee", "Lou", "")),
            "tier": str(rng.randint(1, 5)),
        }
        for customer in customers
        if rng.random() < 0.9
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_movements_add_up_to_what_is_in_force_in_every_slice_and_month(company: Company, policy: str) -> None:
    """By customer, currency, product and plan, so also by whatever is a sum of these, at the end of every month."""
    workspace, rows, timezone = company
    booked: defaultdict[str, list[tuple[tuple[str, str, str, str], Decimal]]] = defaultdict(list)
    for entry in book(workspace, policy).elements():
        one = entry.movement
        key = (one.customer_id, one.currency, one.product_id, one.plan_id)
        booked[f"{one.date:%Y-%m}"].append((key, one.amount))
    last_days = [date.fromordinal(following.toordinal() - 1) for following in MONTHS[1:]]
    balanced = {
        customer: balances(history, policy=POLICIES[policy], days=last_days, timezone=timezone, as_of=AS_OF)
        for customer, history in by_customer(rows).items()
    }
    sums: defaultdict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for month, last_day in zip(MONTHS, last_days, strict=False):
        for key, amount in booked.pop(f"{month:%Y-%m}", ()):
            sums[key] += amount
        in_force = {
            (customer, *offer): amount
            for customer, of_customer in balanced.items()
            for offer, amount in of_customer[last_day].items()
        }
        assert {key: amount for key, amount in sums.items() if amount} == in_force, f"{month:%Y-%m}"
    assert len(sums) > CUSTOMERS


@pytest.mark.parametrize("policy", POLICIES)
def test_every_slice_rolls_forward(company: Company, policy: str) -> None:
    """Opening + flows = closing, and opening = the former closing, exactly, whatever is asked."""
    rng = Random(f"roll forward {policy}")
    answers = [
        ask(company[0], by=some_dimensions(rng), where=some_filter(rng), policy=policy) for _ in range(QUESTIONS)
    ]
    assert sum(len(answer) for answer in answers) > QUESTIONS * 100
    for answer in answers:
        for (month, *slice_), lines in answer.items():
            assert lines["opening_mrr"] + sum(lines[name] for name in FLOWS) == lines["closing_mrr"], (month, slice_)
            former = answer.get((month_before(month, 1), *slice_))
            if former is not None:
                assert former["closing_mrr"] == lines["opening_mrr"], (month, slice_)


@pytest.mark.parametrize("policy", POLICIES)
def test_slices_add_up_to_the_whole(company: Company, policy: str) -> None:
    """What is additive by dimension adds up; so do a filter and its opposite (with what is null put on one side)."""
    workspace = company[0]
    rng = Random(f"whole {policy}")
    additive = ("opening_mrr", *FLOWS[:-2], "closing_mrr")
    whole = ask(workspace, by=(), where=None, policy=policy)
    for _ in range(QUESTIONS // 3):
        parts = ask(workspace, by=some_dimensions(rng, least=1), where=None, policy=policy)
        assert added_up(parts, additive) == added_up(whole, additive)
        condition = rng.choice([each for each in CONDITIONS if "null" not in each])
        column = condition.split()[0]
        sides = [condition, f"not ({condition}) or {column} is null"]
        halves: Answer = {}
        for number, where in enumerate(sides):
            for key, lines in ask(workspace, by=(), where=where, policy=policy).items():
                halves[*key, str(number)] = lines
        assert added_up(halves, additive) == added_up(whole, additive), condition


def test_moves_between_slices_leave_one_and_enter_another(company: Company) -> None:
    """Over all customers nothing is transferred; between plans something is, and what leaves enters."""
    workspace = company[0]
    for lines in ask(workspace, by=(), where=None, policy="strict").values():
        assert lines["transfer_in_mrr"] == lines["transfer_out_mrr"] == 0
    moved = added_up(ask(workspace, by=("plan",), where=None, policy="strict"), FLOWS[-2:])
    assert all(lines["transfer_in_mrr"] == -lines["transfer_out_mrr"] for lines in moved.values())
    assert sum(lines["transfer_in_mrr"] > 0 for lines in moved.values()) > 2


@pytest.mark.parametrize("kind", ["expansion", "contraction"])
def test_drivers_sum_to_their_kind(company: Company, kind: str) -> None:
    workspace = company[0]
    rng = Random(f"drivers {kind}")
    metric = f"{kind}_mrr"
    for where in (None, *(some_filter(rng) for _ in range(4))):
        whole = asked(workspace, (metric,), by=(), where=where, policy="strict")
        split = asked(workspace, (metric,), by=("driver",), where=where, policy="strict")
        assert added_up(split, (metric,)) == added_up(whole, (metric,))


def test_the_rows_of_this_company_have_all_its_currencies(company: Company) -> None:
    """And some of their rates' months: the properties above would hold for a company of one currency, too."""
    workspace, rows, _ = company
    assert {row["currency"] for row in as_csv_rows(rows)} == {"USD", "EUR", "JPY"}
    fx = [lines["fx_mrr"] for lines in ask(workspace, by=(), where=None, policy="strict").values()]
    assert sum(value != 0 for value in fx) > 12


def ask(workspace: Workspace, *, by: Sequence[str], where: str | None, policy: str) -> Answer:
    return asked(workspace, ROLL_FORWARD, by=by, where=where, policy=policy)


def asked(workspace: Workspace, names: Sequence[str], *, by: Sequence[str], where: str | None, policy: str) -> Answer:
    """(month, slice ...) -> metric -> value; every value is known, for every rate is."""
    answer: Answer = {}
    rows: list[dict[str, Any]] = workspace.metrics(names, by=by, where=where, policy=policy).to_pylist()
    for row in rows:
        assert isinstance(row["value"], Decimal), row
        key = (row["month"], *(row[name] for name in by))
        answer.setdefault(key, {})[row["metric"]] = Fraction(row["value"])
    return answer


def added_up(answer: Answer, names: Sequence[str]) -> dict[str, dict[str, Fraction]]:
    """The sums over all slices, by month."""
    sums: dict[str, dict[str, Fraction]] = {}
    for (month, *_), lines in answer.items():
        so_far = sums.setdefault(month, dict.fromkeys(names, Fraction(0)))
        for name in names:
            so_far[name] += lines[name]
    return sums


def some_dimensions(rng: Random, *, least: int = 0) -> tuple[str, ...]:
    return tuple(rng.sample(DIMENSIONS, rng.randint(least, 3)))


def some_filter(rng: Random) -> str | None:
    conditions = rng.sample(CONDITIONS, rng.randint(0, 3))
    if not conditions:
        return None
    told = [f"not ({each})" if rng.random() < 0.25 else each for each in conditions]
    return f" {rng.choice(('and', 'or'))} ".join(told)
