"""Entering corrections: what is named is looked up, what would change is shown before it counts.

A correction speaks of ids as they stand after those in force. It is tried in a book of its own that nobody sees, under
every policy of the current one; what that book says otherwise is the preview, and where it breaks an invariant the
correction is refused.
"""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from upswell.contract.import_log import ImportLog
from upswell.engines.duckdb import path_literal, query_connection, work_connection
from upswell.errors import CheckFailedError, UsageError
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.build import BuildInputs, build_book
from upswell.ledger.corrections import (
    Change,
    CorrectionInForce,
    Exclude,
    Link,
    Merge,
    Reclassify,
    Redate,
    apply,
    put,
    span_of,
    steps,
    undone_by,
)
from upswell.ledger.corrections.reclassify import RULE
from upswell.ledger.restating import BookSide, changed_lines
from upswell.policy import Policy
from upswell.state import Correction

_NEAR: Final = 3


@dataclass(frozen=True)
class CorrectionPreview:
    """What a correction changes under a policy: `lines` as `changed_lines` gives them, none where nothing changes.

    `correction` is the entry, None where it was only tried.
    """

    correction: Correction | None
    kind: str
    text: str
    policy: str
    lines: pa.Table

    def by_month(self) -> list[dict[str, Any]]:
        """The sum of the lines by month, kind, driver and currency: former, later, difference and customers."""
        sums: dict[tuple[str, str, str | None, str], dict[str, Any]] = {}
        for row in self.lines.to_pylist():
            key = (row["month"], row["kind"], row["driver"], row["currency"])
            found = sums.setdefault(key, {"former": Decimal(0), "later": Decimal(0), "of": set()})
            found["former"] += row["former"]
            found["later"] += row["later"]
            found["of"].add(row["customer_id"])
        names = ("month", "kind", "driver", "currency")
        return [
            {
                **dict(zip(names, key, strict=True)),
                "former": each["former"],
                "later": each["later"],
                "difference": each["later"] - each["former"],
                "customers": len(each["of"]),
            }
            for key, each in sorted(sums.items(), key=lambda item: tuple(str(part) for part in item[0]))
        ]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What books of a workspace are made with: its log, time zone and currency."""

    log: ImportLog
    timezone: str
    currency: str

    def prepare(self, connection: duckdb.DuckDBPyConnection, corrections: Sequence[CorrectionInForce]) -> None:
        """Create the views of what is in force, corrected, on `connection`."""
        self.log.create_views(connection)
        apply(connection, corrections, timezone=self.timezone)


def completed(
    kind: str, payload: Mapping[str, Any], setting: Setting, corrections: Sequence[CorrectionInForce]
) -> dict[str, Any]:
    """The payload of a correction with what was left to be looked up: the customers of linked subscriptions."""
    links = payload.get("links")
    if kind != "link" or not isinstance(links, list | tuple) or not _are_pairs(links):
        return dict(payload)  # it says too little to be looked up, and is refused as it is
    with tempfile.TemporaryDirectory(prefix="upswell-") as spill:
        connection = work_connection(Path(spill))
        try:
            setting.prepare(connection, corrections)
            rows = connection.execute("select distinct subscription_id, customer_id from current_items").fetchall()
        finally:
            connection.close()
    owners: dict[str, list[str]] = {}
    for subscription, customer in rows:
        owners.setdefault(subscription, []).append(customer)
    whole = [
        {
            **each,
            "customer": each.get("customer") or _only(owners, each["subscription"], "--customer"),
            "successor_customer": each.get("successor_customer")
            or _only(owners, each["successor"], "--successor-customer"),
        }
        for each in links
    ]
    return {**payload, "links": whole}


def require_known(change: Change, setting: Setting, corrections: Sequence[CorrectionInForce]) -> None:
    """Raise `UsageError` where a correction names a customer, a subscription or a day that is not there."""
    with tempfile.TemporaryDirectory(prefix="upswell-") as spill:
        connection = work_connection(Path(spill))
        try:
            setting.prepare(connection, corrections)
            _require_known(connection, change, ZoneInfo(setting.timezone))
        finally:
            connection.close()


def idle(
    setting: Setting, corrections: Sequence[CorrectionInForce], sides: Sequence[BookSide] | None
) -> frozenset[int]:
    """The numbers of corrections in force that match nothing now: what they speak of is no longer imported.

    `sides` is the book built with them under each of its policies; without, reclassifications are taken to match.
    """
    found = {
        each.id
        for each in corrections
        if sides is not None and isinstance(each.change, Reclassify) and not _is_booked(each.change, sides)
    }
    with tempfile.TemporaryDirectory(prefix="upswell-") as spill:
        connection = work_connection(Path(spill))
        try:
            setting.log.create_views(connection)
            rows = [each for each in corrections if not isinstance(each.change, Reclassify)]
            for number, step in enumerate(steps(rows)):
                found |= _idle_of_step(connection, step, setting.timezone)
                put(connection, number, step, timezone=setting.timezone)
        finally:
            connection.close()
    return frozenset(found)


def tried(
    folder: Path,
    setting: Setting,
    former: Sequence[CorrectionInForce],
    later: Sequence[CorrectionInForce],
    policies: Sequence[Policy],
    *,
    manifest: BookManifest,
    current: Path | None,
) -> pa.Table:
    """What a book says otherwise under `later` corrections than under `former`, by the first of `policies`.

    `current` is the book of `former` under all of them, where there is one. Raises `UsageError` where the later book
    breaks an invariant under any of them, or where a reclassification that comes last means no row of the former.
    """
    asked, *beside = policies
    if current is None:
        current = trial_book(folder / "former", setting, former, asked, beside=beside, manifest=manifest).folder
    added = [each.change for each in later if each not in former]
    for change in added:
        if isinstance(change, Reclassify):
            _require_booked(change, [BookSide(current, policy) for policy in policies])
    try:
        tried_book = trial_book(folder / "later", setting, later, asked, beside=beside, manifest=manifest)
    except CheckFailedError as error:
        raise as_refusal(error) from error
    return changed_lines(BookSide(current, asked), tried_book)


def trial_book(
    folder: Path,
    setting: Setting,
    corrections: Sequence[CorrectionInForce],
    policy: Policy,
    *,
    beside: Sequence[Policy] = (),
    manifest: BookManifest,
) -> BookSide:
    """A book under a policy and those `beside` it, as of the instant of `manifest`, in a folder of its own."""
    shelf = BookShelf(folder)
    connection = work_connection(folder.parent)
    try:
        setting.prepare(connection, corrections)
        built = build_book(
            connection,
            shelf,
            BuildInputs(
                as_of=manifest.as_of,
                currency=setting.currency,
                timezone=setting.timezone,
                fingerprint="",
                policies=(policy, *beside),
            ),
        )
    finally:
        connection.close()
    return BookSide(shelf.open_folder(built), policy)


def require_undoable(number: int, entries: Sequence[Correction]) -> Correction:
    """The entry of that number. Raises `UsageError` where there is none, or another undoes it already."""
    undone = undone_by(entries)
    entry = next((each for each in entries if each.id == number and number not in undone), None)
    if entry is None:
        known = ", ".join(str(each.id) for each in entries if each.id not in undone)
        raise UsageError(
            f"there is no correction {number} in force",
            code="correction_not_undoable",
            expected=f"one of: {known}" if known else "a correction in force; there is none",
            found=f"{number}, undone by {undone[number]}" if number in undone else str(number),
            remedy="`upswell corrections` lists them all, those undone, too",
        )
    return entry


def as_refusal(error: CheckFailedError) -> UsageError:
    """A correction under which the ledger does not hold together, as the user's error that it is."""
    return UsageError(
        "the correction would break the ledger",
        code="correction_breaks_ledger",
        where=error.where,
        expected=error.expected,
        found=error.found,
        remedy="correct the rows themselves where they come from, or say it another way; see docs/corrections.md",
    )


def _require_known(connection: duckdb.DuckDBPyConnection, change: Change, zone: ZoneInfo) -> None:
    match change:
        case Merge():
            _require_customers(connection, [*change.customers, *change.customers.values()])
        case Exclude():
            _require_customers(connection, change.customers)
        case Link():
            pairs = [(each.customer, each.subscription) for each in change.links]
            later = [(each.successor_customer, each.successor) for each in change.links]
            _require_subscriptions(connection, [*pairs, *later])
        case Redate():
            _require_customers(connection, [change.customer])
            _require_parts(connection, change)
            if not _matches(connection, change, str(zone)):
                raise UsageError(
                    f"nothing of {change.customer} starts or ends at {change.at.isoformat()}",
                    code="nothing_to_redate",
                    expected="the day (or instant) of a change, in the workspace's time zone",
                    found=change.at.isoformat(),
                    remedy=f"`upswell movements --customer {change.customer}` lists the days",
                )
        case Reclassify():
            _require_customers(connection, [change.customer])
            _require_parts(connection, change)


def _require_customers(connection: duckdb.DuckDBPyConnection, customers: Iterable[str]) -> None:
    rows = connection.execute(
        "select customer_id from current_items union select customer_id from current_customers"
    ).fetchall()
    known = {row[0] for row in rows}
    for customer in customers:
        if customer not in known:
            raise _unknown("customer", customer, sorted(known))


def _require_subscriptions(connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str]]) -> None:
    rows = connection.execute("select distinct customer_id, subscription_id from current_items").fetchall()
    known = {(row[0], row[1]) for row in rows}
    for customer, subscription in pairs:
        if (customer, subscription) not in known:
            raise _unknown("subscription", subscription, sorted(each for of, each in known if of == customer))


def _require_parts(connection: duckdb.DuckDBPyConnection, change: Redate | Reclassify) -> None:
    """Require that the customer has the subscription and the item that a correction names."""
    rows = connection.execute(
        "select distinct subscription_id, item_id from current_items where customer_id = ?", [change.customer]
    ).fetchall()
    subscriptions = {row[0] for row in rows}
    if change.subscription is not None and change.subscription not in subscriptions:
        raise _unknown("subscription", change.subscription, sorted(subscriptions))
    items = {row[1] for row in rows if change.subscription in (None, row[0])}
    if change.item is not None and change.item not in items:
        raise _unknown("item", change.item, sorted(items))


_OF_CUSTOMERS: Final = " union all ".join(
    f"select customer_id from current_{table}"
    for table in ("items", "customers", "invoice_lines", "payments", "usage", "touches", "feedback", "price_answers")
)
_LINKED: Final = """
select 1
from (
    select unnest($customers) as customer_id, unnest($subscriptions) as subscription_id,
        unnest($successor_customers) as successor_customer, unnest($successors) as successor
) as pairs
where exists (
    select 1 from current_items as items
    where items.customer_id = pairs.customer_id and items.subscription_id = pairs.subscription_id
) and exists (
    select 1 from current_items as items
    where items.customer_id = pairs.successor_customer and items.subscription_id = pairs.successor
)
limit 1
"""
_REDATED: Final = """
select 1 from current_items
where customer_id = $customer
    and (starts_at >= $from_at and starts_at < $until_at or ends_at >= $from_at and ends_at < $until_at)
    and ($subscription is null or subscription_id = $subscription) and ($item is null or item_id = $item)
limit 1
"""


def _matches(connection: duckdb.DuckDBPyConnection, change: Change, timezone: str) -> bool:
    """Whether there is a row that a correction of rows is about."""
    text, values = "select 1", dict[str, Any]()
    match change:
        case Merge() | Exclude():
            return bool(_present(connection, change.customers))
        case Link():
            text = _LINKED
            values = {
                "customers": [each.customer for each in change.links],
                "subscriptions": [each.subscription for each in change.links],
                "successor_customers": [each.successor_customer for each in change.links],
                "successors": [each.successor for each in change.links],
            }
        case Redate():
            text = _REDATED
            from_at, until_at = span_of(change.at, ZoneInfo(timezone))
            values = {"from_at": from_at, "until_at": until_at, "customer": change.customer}
            values |= {"subscription": change.subscription, "item": change.item}
        case Reclassify():
            pass  # it is about booked rows
    return connection.execute(text, values).fetchone() is not None


def _present(connection: duckdb.DuckDBPyConnection, customers: Iterable[str]) -> set[str]:
    text = f"select distinct customer_id from ({_OF_CUSTOMERS}) where customer_id in (select unnest($customers))"
    return {row[0] for row in connection.execute(text, {"customers": list(customers)}).fetchall()}


def _idle_of_step(connection: duckdb.DuckDBPyConnection, step: Sequence[CorrectionInForce], timezone: str) -> set[int]:
    """Those of one step, before it is put over the rows, that match none of them."""
    found = set()
    present = _present(connection, {name for each in step for name in each.change.touched()})
    for each in step:
        change = each.change
        if not isinstance(change, Merge | Exclude):
            matches = _matches(connection, change, timezone)
        else:
            # Within a step each of these speaks of what those before it left.
            named = present & set(change.customers)
            present -= named
            if isinstance(change, Merge):
                present |= {change.customers[name] for name in named}
            matches = bool(named)
        if not matches:
            found.add(each.id)
    return found


_BOOKED: Final = """
select distinct booked.date, item_keys.subscription_id, item_keys.item_id, cast(booked.kind as varchar) as kind,
    cast(booked.driver as varchar) as driver, cast(booked.rule as varchar) as rule
from read_parquet({movements}, hive_partitioning = false) as booked
inner join read_parquet({item_keys}, hive_partitioning = false) as item_keys using (item_key)
where item_keys.customer_id = $customer
order by all
"""


def _booked(customer: str, sides: Sequence[BookSide]) -> list[tuple[date, str, str, str, str | None, str]]:
    """Day, subscription, item, kind, driver and rule of what is booked of a customer under any policy."""
    found: dict[tuple[Any, ...], None] = {}
    for side in sides:
        files = {
            "movements": path_literal((side.folder / side.policy.name / "movements.parquet").resolve()),
            "item_keys": path_literal((side.folder / "item_keys.parquet").resolve()),
        }
        connection = query_connection([side.folder])
        try:
            rows = connection.execute(_BOOKED.format(**files), {"customer": customer}).fetchall()
        finally:
            connection.close()
        found.update(dict.fromkeys(rows))
    return list(found)


def _require_booked(change: Reclassify, sides: Sequence[BookSide]) -> None:
    of_item = [row for row in _booked(change.customer, sides) if row[1:3] == (change.subscription, change.item)]
    if not any(
        (day, kind) == (change.date, change.kind) and change.driver in (None, driver)
        for day, _, _, kind, driver, _ in of_item
    ):
        asked = " ".join(filter(None, (change.date.isoformat(), change.kind, change.driver)))
        near = sorted(of_item, key=lambda row: (abs((row[0] - change.date).days), row[3] != change.kind))[:_NEAR]
        said = [" ".join(filter(None, (row[0].isoformat(), row[3], row[4]))) for row in near]
        raise UsageError(
            f"nothing is booked of {change.customer}, {change.item}, as {asked}",
            code="unknown_movement",
            expected="a movement of the book, as the corrections before leave it",
            found=asked,
            remedy=f"did you mean {', '.join(said)}?"
            if said
            else f"`upswell movements --customer {change.customer}` lists them",
        )


def _is_booked(change: Reclassify, sides: Sequence[BookSide]) -> bool:
    meant = (change.date, change.subscription, change.item)
    return any((row[:3], row[5]) == (meant, RULE) for row in _booked(change.customer, sides))


def _are_pairs(links: Sequence[Any]) -> bool:
    """Whether each link names two subscriptions."""
    return all(
        isinstance(each, Mapping) and all(isinstance(each.get(name), str) for name in ("subscription", "successor"))
        for each in links
    )


def _only(owners: Mapping[str, Sequence[str]], subscription: str, option: str) -> str:
    customers = owners.get(subscription, ())
    if len(customers) == 1:
        return customers[0]
    if not customers:
        raise _unknown("subscription", subscription, sorted(owners))
    raise UsageError(
        f"several customers have a subscription {subscription}",
        code="subscription_ambiguous",
        expected=f"one of: {', '.join(sorted(customers)[:10])}",
        found=subscription,
        remedy=f"say whose with {option}",
    )


def _unknown(what: str, name: str, known: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(name, known, n=_NEAR)
    return UsageError(
        f"there is no {what} {name}",
        code=f"unknown_{what}",
        expected=f"a {what} in force, as the corrections before leave it",
        found=name,
        remedy=f"did you mean {', '.join(near)}?" if near else f"`upswell movements` shows every {what} that ever paid",
    )
