"""A customer erased from what was read of Stripe: whatever object repeats its name, and nothing of anybody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from upswell.contract.erasure import Erasure
from upswell.sources.stripe import erasing
from upswell.sources.stripe.landing import Batch, Landing, Pass

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUPON: Final = {"object": "coupon", "id": "co", "name": "Launch"}
ACME: Final = {
    "object": "customer",
    "id": "cus_1",
    "name": "Acme Ltd",
    "email": "ann@acme.example",
    "address": {"line1": "Weg 1", "country": "DE"},
    "discount": {"object": "discount", "coupon": COUPON},
    "metadata": {"tier": "gold", "crm": "A-17"},
}
OBJECTS: Final[tuple[dict[str, Any], ...]] = (
    ACME,
    {"object": "customer", "id": "cus_2", "name": "Bolt", "metadata": {"tier": "gold"}},
    {"object": "invoice", "id": "in_1", "customer": "cus_1", "customer_name": "Acme Limited", "amount_due": 1200},
    {
        "object": "charge",
        "id": "ch_1",
        "customer": "cus_1",
        "billing_details": {"name": "Ada Zimt", "email": "ada@acme.example", "address": {"line1": "Weg 2"}},
        "receipt_email": "ada@acme.example",
    },
    {
        "object": "event",
        "id": "evt_1",
        "data": {"object": ACME, "previous_attributes": {"name": "Acme & Sons"}},
    },
    COUPON,
)


def test_every_object_that_repeats_the_customer_forgets_it(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        sync = landing.begin("full", at=NOON, api_version="x")
        for each in OBJECTS:
            landing.land(sync, Pass("all"), [Batch([json.dumps({"data": [each]})], str(each["object"]))], at=NOON)
        landing.finish(sync, at=NOON)
    file = tmp_path / "landing.duckdb"
    names, own, others = erasing.personal(file, "cus_1")
    assert set(names) == {"Acme Ltd", "ann@acme.example", "Acme Limited", "Ada Zimt", "ada@acme.example", "Acme & Sons"}
    assert set(own - others) == {"Weg 1", "Weg 2", "A-17"}

    erasure = Erasure(customer="cus_1", token="forgotten-1", names=names, own=dict.fromkeys(own - others, "gone"))
    assert erasing.count(file, erasure) > 0
    erasing.rewrite(file, erasure)

    assert erasing.count(file, erasure) == 0
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = dict(connection.execute("select object_id, cast(raw as varchar) from objects").fetchall())
    assert [each for each in (*names, *(own - others), "cus_1") for raw in rows.values() if each in raw] == []
    assert json.loads(rows["co"]) == COUPON
    assert json.loads(rows["cus_2"])["metadata"] == {"tier": "gold"}
    assert json.loads(rows["forgotten-1"])["metadata"] == {"tier": "gold", "crm": "gone"}
    assert json.loads(rows["in_1"])["amount_due"] == 1200
    with Landing(tmp_path) as landing:
        assert landing.last_finished() is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["landing.duckdb"]
