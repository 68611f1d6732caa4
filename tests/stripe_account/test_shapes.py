"""Every object that the account serves has the keys and the kinds of values that Stripe's have, in both generations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.stripe_account.company import random_account
from tests.stripe_account.server import LISTS
from tests.stripe_account.shapes import NEWEST, OLD, OLD_NAMES, Shapes

# Keys that come only when they are expanded, or on some objects alone.
_SOMETIMES: Final = {
    "price": {"tiers", "currency_options"}, "plan": {"tiers"}, "coupon": {"applies_to", "currency_options"},
    "charge": {"refunds"}, "subscription_item": {"quantity"},
    "customer": {"sources", "subscriptions", "tax_ids", "tax", "cash_balance", "invoice_credit_balance"},
}  # fmt: skip
# What the fixtures show as null can hold a value, and a time that they show can be null.
_EXTRA_NEWEST: Final = {"coupon": {"applies_to"}}


def _served(generation: str) -> Iterator[tuple[str, dict[str, Any]]]:
    account = random_account(7, customers=60, months=10).account
    shapes = Shapes(account, generation)
    expand = frozenset({"discounts", "lines.discounts"})
    for name, kind in LISTS.items():
        if name == "invoice_payments" and generation == "old":
            continue
        for thing in list(account.objects[kind].values())[:60]:
            each = shapes.plan(thing) if name == "plans" else shapes.write(kind, thing, expand)
            yield each["object"], each
            for line in each.get("lines", {}).get("data", []):
                yield line["object"], line
                for discount in line.get("discounts", []):
                    yield "discount", discount
            for item in each["items"]["data"] if each["object"] == "subscription" else []:
                yield "subscription_item", item
    for event in account.events[:50]:
        yield "event", shapes.write("event", event)


@pytest.fixture(scope="module", params=["newest", "old"])
def served(request: pytest.FixtureRequest) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    return request.param, list(_served(request.param))


def test_every_kind_of_object_is_served(served: tuple[str, list[tuple[str, dict[str, Any]]]]) -> None:
    generation, objects = served
    kinds = {name for name, _ in objects}
    wanted = set(OLD_NAMES) if generation == "old" else set(OLD_NAMES) | {"invoice_payment"}
    assert wanted - kinds == set()


def test_keys_are_those_of_stripe(served: tuple[str, list[tuple[str, dict[str, Any]]]]) -> None:
    generation, objects = served
    for name, each in objects:
        known = set(NEWEST[name] if generation == "newest" else OLD[OLD_NAMES[name]])
        sometimes = _SOMETIMES.get(name, set())
        extra = _EXTRA_NEWEST.get(name, set()) if generation == "newest" else set()
        assert known - sometimes - set(each) == set(), f"{name} lacks keys"
        assert set(each) - known - extra - sometimes == set(), f"{name} has keys of its own"


def test_values_are_of_stripes_kinds(served: tuple[str, list[tuple[str, dict[str, Any]]]]) -> None:
    generation, objects = served
    for name, each in objects:
        for key, value in each.items():
            if generation == "old":
                field = OLD[OLD_NAMES[name]].get(key)
                if field is None:
                    continue
                if value is None:
                    assert field["null"], f"{name}.{key} may not be null"
                else:
                    assert "any" in field["kinds"] or _kind(value) in field["kinds"], f"{name}.{key} is {value!r}"
            elif value is not None and NEWEST[name].get(key) is not None:
                shown = NEWEST[name][key]
                numbers = {_kind(value), _kind(shown)} <= {"int", "float"}
                assert numbers or _kind(value) == _kind(shown), f"{name}.{key} is {value!r}"


def _kind(value: object) -> str:
    return type(value).__name__
