"""Webhooks: signed by Stripe or refused, kept until the next build, harmless when they come twice or in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources.stripe.desk import Desk, desk_for
from tests.stripe_account.account import Account
from tests.stripe_account.moments import DAY, at
from tests.stripe_account.shapes import Shapes
from upswell.errors import InputError
from upswell.workspace.stripe import WebhookReceipt

SECRET = "whsec_0123456789"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
    account = Account(at("2026-01-10"))
    team = account.create_price(account.create_product("Team"), 2000)
    account.subscribe(account.create_customer("Acme"), [(team, 5)])
    account.advance(at("2026-01-20"))
    with desk_for(account, tmp_path) as opened:
        opened.sync()
        yield opened


def _signed(event: dict[str, Any], *, secret: str = SECRET, at_second: int | None = None) -> tuple[bytes, str]:
    payload = json.dumps(event)
    moment = int(time.time()) if at_second is None else at_second
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256).hexdigest()
    return payload.encode(), f"t={moment},v1={digest}"


def _receive(desk: Desk, payload: bytes, signature: str) -> WebhookReceipt:
    return desk.workspace.receive_webhook(payload, signature=signature)


def _events_of(desk: Desk) -> list[dict[str, Any]]:
    """Seats to 8 and on to 6, as Stripe would send it."""
    subscription = next(iter(desk.account.objects["subscription"].values()))
    before = len(desk.account.events)
    for quantity in (8, 6):
        desk.account.advance(desk.account.now + DAY)
        desk.account.change(subscription, subscription.items[0], quantity=quantity, proration="none")
    shapes = Shapes(desk.account, "newest")
    return [shapes.write("event", event) for event in desk.account.events[before:]]


def test_an_event_is_seen_by_the_next_build(desk: Desk) -> None:
    for event in _events_of(desk):
        receipt = _receive(desk, *_signed(event))
        assert (receipt.event_id, receipt.known) == (event["id"], False)
    assert [(row[0], row[5], row[8]) for row in desk.movements()] == [
        ("2026-01-10", "new", "100.000000"),
        ("2026-01-21", "expansion", "60.000000"),
        ("2026-01-22", "contraction", "-40.000000"),
    ]


def test_twice_and_backwards_is_the_same(desk: Desk) -> None:
    events = _events_of(desk)
    for event in (*reversed(events), *events):
        _receive(desk, *_signed(event))
    once = desk.movements()
    for event in events:
        _receive(desk, *_signed(event))
    assert desk.movements() == once
    assert [row[8] for row in once] == ["100.000000", "60.000000", "-40.000000"]
    # A sync that reads the same events changes nothing either.
    desk.sync()
    assert desk.movements() == once


@pytest.mark.parametrize("fault", ["secret", "body", "age", "no signature", "no event"])
def test_what_stripe_did_not_sign_is_refused(desk: Desk, fault: str) -> None:
    [event, *_] = _events_of(desk)
    payload, signature = _signed(event)
    if fault == "secret":
        payload, signature = _signed(event, secret="whsec_other")
    elif fault == "body":
        payload = payload.replace(b"sub_", b"sux_")
    elif fault == "age":
        payload, signature = _signed(event, at_second=int(time.time()) - 3600)
    elif fault == "no signature":
        signature = ""
    else:
        payload, signature = _signed({"object": "charge", "id": "ch_1"})
    with pytest.raises(InputError) as refused:
        _receive(desk, payload, signature)
    assert (refused.value.code, refused.value.http_status) == ("webhook_refused", 400)
    assert SECRET not in str(refused.value.as_dict())
    assert not list((desk.workspace.folder / "sources" / "stripe").glob("webhooks/*"))


def test_an_id_that_is_a_path_is_refused(desk: Desk) -> None:
    with pytest.raises(InputError):
        _receive(desk, *_signed({"object": "event", "id": "../../x", "type": "a"}))
