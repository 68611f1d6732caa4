"""Reading an account: pages, bad days, interruptions, what is gone, what was promised and did not come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import upswell
from tests.sources.stripe.desk import Desk, desk_for, key_in_environment
from tests.stripe_account.account import Account
from tests.stripe_account.company import random_account
from tests.stripe_account.moments import DAY, at
from upswell.errors import InputError, UpswellError, UsageError
from upswell.sources.stripe.landing import Landing

START = at("2026-01-10")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    account = Account(START)
    team = account.create_price(account.create_product("Team"), 2000)
    for number in range(3):
        account.subscribe(account.create_customer(f"Customer{number}", segment="smb"), [(team, number + 1)])
    account.advance(at("2026-02-20"))
    with desk_for(account, tmp_path) as opened:
        yield opened


def _landed(desk: Desk, query: str) -> list[tuple[object, ...]]:
    with Landing(desk.workspace.folder / "sources" / "stripe") as landing:
        return landing.query(query)


def test_a_list_of_more_than_a_thousand_is_read_to_its_end(tmp_path: Path) -> None:
    account = Account(START)
    for number in range(1_234):
        account.create_customer(f"Customer{number}")
    with desk_for(account, tmp_path) as desk:
        result = desk.sync()
    customers = next(each for each in result.read.lists if each.name == "customers")
    assert (customers.listed, customers.landed) == (1_234, 1_234)
    assert next(each.added for each in result.tables if each.table == "customers") == 1_234


def test_too_many_requests_faults_and_broken_connections_are_tried_again(desk: Desk) -> None:
    desk.server.fail_next(429, 500, 503, "drop", 429, "drop")
    desk.server.faults(seed=3, rate=0.2)
    desk.sync()
    assert desk.movements() == desk.true_movements()


def test_what_stays_broken_is_an_error_and_the_next_sync_goes_on(desk: Desk) -> None:
    desk.server.at_request(12, lambda: desk.server.fail_next(*[500] * 9))
    with pytest.raises(UpswellError) as refused:
        desk.sync()
    assert refused.value.code == "stripe_unreachable"
    assert "goes on where it stopped" in refused.value.remedy
    before = len(desk.server.requests)
    result = desk.sync()
    assert result.read.resumed
    assert all(each.path not in ("/v1/products", "/v1/prices") for each in desk.server.requests[before:])
    assert desk.movements() == desk.true_movements()


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    desk.sync()
    again = desk.sync()
    assert again.read.kind == "incremental"
    assert (again.tables, sum(each.landed for each in again.read.lists)) == ((), 0)
    full = desk.sync(full=True)
    assert (full.read.kind, full.tables) == ("full", ())


def test_each_change_is_kept_and_the_last_is_what_is(desk: Desk) -> None:
    desk.sync()
    subscription = next(iter(desk.account.objects["subscription"].values()))
    for quantity in (5, 9):
        desk.account.advance(desk.account.now + DAY)
        desk.account.change(subscription, subscription.items[0], quantity=quantity)
        desk.sync()
    seen = _landed(
        desk,
        f"""select distinct on (n) raw ->> '$.items.data[0].quantity' as n from objects
            where object_id = '{subscription.id}' order by n""",
    )
    assert seen == [("1",), ("5",), ("9",)]


def test_what_a_complete_list_no_longer_has_is_gone_but_not_forgotten(desk: Desk) -> None:
    desk.sync()
    customer = next(iter(desk.account.objects["customer"].values()))
    desk.account.delete_customer(customer)
    desk.account.advance(desk.account.now + 40 * DAY)
    result = desk.sync()
    assert next(each.gone for each in result.read.lists if each.name == "customers") == 1
    rows = _landed(desk, f"select deleted from objects where object_id = '{customer.id}' order by seen_at, seen_no")
    assert rows[-1] == (True,)
    assert desk.movements() == desk.true_movements()


def test_a_customer_deleted_since_the_last_sync_is_known_by_its_event(desk: Desk) -> None:
    desk.sync()
    customer = next(iter(desk.account.objects["customer"].values()))
    desk.account.advance(desk.account.now + DAY)
    desk.account.delete_customer(customer)
    assert desk.sync().read.kind == "incremental"
    [(deleted,)] = _landed(desk, f"select deleted from heads where object_id = '{customer.id}'")
    assert deleted is True


def test_an_object_that_others_name_and_no_list_has_is_a_shortfall(desk: Desk) -> None:
    subscription = next(iter(desk.account.objects["subscription"].values()))
    desk.server.lose(subscription.latest_invoice or "")
    with pytest.raises(InputError) as refused:
        desk.sync()
    assert refused.value.code == "stripe_shortfall"
    assert subscription.latest_invoice in (refused.value.expected or "")
    assert desk.workspace.imports()[-1].table == "rates"
    desk.server.lost.clear()
    assert not desk.sync().read.resumed
    assert desk.movements() == desk.true_movements()


def test_a_subscription_of_many_items_and_an_invoice_of_many_lines_are_read_whole(tmp_path: Path) -> None:
    account = Account(START)
    product = account.create_product("Team")
    prices = [account.create_price(product, 100 * number) for number in range(1, 31)]
    account.subscribe(account.create_customer("Acme"), [(price, 1) for price in prices])
    account.advance(at("2026-02-20"))
    with desk_for(account, tmp_path) as desk:
        desk.sync()
        assert len(desk.movements()) == 30
        assert desk.movements() == desk.true_movements()
        assert len(_landed(desk, "select object_id from heads where object_type = 'line_item'")) == 60


def test_a_restricted_key_that_lacks_a_list_says_which_permission(desk: Desk) -> None:
    desk.server.restrict("invoices")
    with pytest.raises(InputError) as refused:
        desk.sync()
    assert (refused.value.code, refused.value.expected) == (
        "stripe_permission_missing",
        "a restricted key with the permission Invoices: Read",
    )


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "stripe_secret_missing"),
        ("pk_test_0000000000", "stripe_key_malformed"),
        ("sk_test_wrong00000000", "stripe_key_refused"),
    ],
)
def test_a_key_that_is_none_is_refused_before_anything_is_read(desk: Desk, key: str, code: str) -> None:
    with key_in_environment(key), pytest.raises(UpswellError) as refused:
        desk.workspace.sync(now=desk.now)
    assert refused.value.code == code
    assert not key or key not in str(refused.value.as_dict())


def test_a_setting_that_is_none_is_refused(desk: Desk) -> None:
    path = desk.workspace.folder / "upswell.toml"
    path.write_text(path.read_text("utf-8").replace("api_base", "password = 1\napi_base"), "utf-8")
    with pytest.raises(UpswellError, match="no such setting"):
        upswell.open(desk.workspace.folder)


def test_the_key_goes_over_the_network_only_encrypted(desk: Desk) -> None:
    path = desk.workspace.folder / "upswell.toml"
    path.write_text(path.read_text("utf-8").replace(desk.server.url, "http://stripe.invalid"), "utf-8")
    with pytest.raises(UpswellError, match="https"):
        upswell.open(desk.workspace.folder)


def test_another_api_version_reads_everything_again(tmp_path: Path) -> None:
    company = random_account(5, customers=10, months=3)
    with desk_for(company.account, tmp_path) as desk:
        desk.sync()
        path = desk.workspace.folder / "upswell.toml"
        path.write_text(path.read_text("utf-8").replace("2026-10-28.endive", "2024-12-18.acacia"), "utf-8")
        desk.workspace = upswell.open(desk.workspace.folder)
        assert desk.sync().read.kind == "full"
        assert desk.movements() == desk.true_movements()


def test_an_unknown_source_is_named_with_those_there_are(desk: Desk) -> None:
    with pytest.raises(UsageError) as refused:
        desk.workspace.sync("paddle")
    assert (refused.value.code, refused.value.expected) == ("source_unknown", "one of: stripe")
