"""Reading an account into its landing file: completely the first time, what has changed from then on.

A full reading goes through every list to its end and then through the events of the last 30 days. An incremental one
reads the events since the last reading, the lists from an hour before it on, and each object that an event names. After
27 days without a reading events may be missing, and everything is read again.

What was read is counted against what Stripe listed: a page that promises more and holds nothing, an object listed
twice, an object that others name and no list has are a shortfall. The reading is then not whole, and nothing is made
of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from upswell.errors import InputError
from upswell.sources.stripe.client import Page, StripeClient
from upswell.sources.stripe.landing import Batch, Landing, Pass, Sync
from upswell.sources.stripe.lists import EVENTS, LISTS, StripeList, list_of

Progress = Callable[[str], None]
_EVENTS_RELIED_ON: Final = timedelta(days=27)
_RESUMED_WITHIN: Final = timedelta(hours=6)
_OVERLAP: Final = timedelta(hours=1)
# What an object names, and the list that must then have it.
_REFERENCES: Final = (
    ("subscription", "$.latest_invoice", "invoice"),
    ("invoice", "$.subscription", "subscription"),
    ("invoice", "$.parent.subscription_details.subscription", "subscription"),
    ("charge", "$.invoice", "invoice"),
    ("refund", "$.charge", "charge"),
    ("invoice_payment", "$.invoice", "invoice"),
    ("credit_note", "$.invoice", "invoice"),
)


@dataclass(frozen=True)
class ListResult:
    """What one list gave: objects listed, versions that were new or changed, objects that are gone."""

    name: str
    listed: int
    landed: int
    gone: int


@dataclass(frozen=True)
class ReadResult:
    """What a reading of the account gave."""

    kind: str
    resumed: bool
    lists: tuple[ListResult, ...]


class AccountReader:
    """Reads one account. `now` is the clock by which readings are dated."""

    def __init__(
        self,
        client: StripeClient,
        landing: Landing,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        progress: Progress | None = None,
    ) -> None:
        self._client = client
        self._landing = landing
        self._now = now
        self._say = progress or (lambda _text: None)

    def read(self, *, full: bool = False) -> ReadResult:
        """Read what is new, or everything. Raises `InputError` on a shortfall, and what `StripeClient` raises."""
        started = self._landing.unfinished()
        try:
            return self._read(started, full=full)
        except InputError as error:
            open_one = self._landing.unfinished()
            if error.code == "stripe_shortfall" and open_one is not None:
                self._landing.abandon(open_one)
            raise

    def _read(self, started: Sync | None, *, full: bool) -> ReadResult:
        if started is not None and self._can_resume(started):
            return self._full(started, resumed=True)
        last = self._landing.last_finished()
        began = self._now()
        if full or last is None or began - last.started_at >= _EVENTS_RELIED_ON or self._version_changed(last):
            sync = self._landing.begin("full", at=began, api_version=self._client.version)
            return self._full(sync, resumed=False)
        sync = self._landing.begin("incremental", at=began, api_version=self._client.version)
        return self._incremental(sync, last)

    def _can_resume(self, started: Sync) -> bool:
        fresh = self._now() - started.started_at < _RESUMED_WITHIN
        return fresh and not self._version_changed(started)

    def _version_changed(self, former: Sync) -> bool:
        return former.api_version != self._client.version

    def _full(self, sync: Sync, *, resumed: bool) -> ReadResult:
        done = self._landing.passes(sync)
        for each in self._lists():
            told = done.get(each.name, Pass(each.name))
            if not told.finished:
                told = self._read_list(sync, each, told, {})
                self._landing.mark_gone(sync, told, each.object_type, at=self._now())
        told = done.get(EVENTS.name, Pass(EVENTS.name))
        if not told.finished:
            self._read_events(sync, told, since=None)
        self._check_references()
        return self._finish(sync, resumed=resumed)

    def _incremental(self, sync: Sync, last: Sync) -> ReadResult:
        named = self._read_events(sync, Pass(EVENTS.name), since=last.started_at - _OVERLAP)
        since = int((last.started_at - _OVERLAP).timestamp())
        read: set[tuple[str, str]] = set()
        for each in self._lists():
            if each.by_created:
                told = self._read_list(sync, each, Pass(each.name), {"created": {"gte": since}}, read)
                self._landing.land(sync, replace(told, finished=True), [], at=self._now())
        for object_type, object_id in sorted(named - read):
            self._read_one(sync, object_type, object_id)
        return self._finish(sync, resumed=False)

    def _finish(self, sync: Sync, *, resumed: bool) -> ReadResult:
        self._landing.finish(sync, at=self._now())
        lists = tuple(
            ListResult(each.list, each.listed, each.landed, each.gone) for each in self._landing.passes(sync).values()
        )
        return ReadResult(sync.kind, resumed, lists)

    def _lists(self) -> Iterable[StripeList]:
        return (each for each in LISTS if each.served_by(self._client.version))

    def _read_list(
        self, sync: Sync, of: StripeList, told: Pass, extra: dict[str, Any], read: set[tuple[str, str]] | None = None
    ) -> Pass:
        """Read a list from `told.cursor` to its end; each page, what is nested in it and the cursor land as one."""
        parameters: dict[str, Any] = {**of.parameters, **extra}
        if of.expand:
            parameters["expand"] = [f"data.{path}" for path in of.expand]
        while True:
            asked = {**parameters, "starting_after": told.cursor} if told.cursor else parameters
            page = self._client.page(of.path, asked, of=of)
            self._require_progress(page, of.name)
            batches = [Batch([page.text], of.object_type), *self._nested(of, page.data)]
            ids = [str(each["id"]) for each in page.data]
            told = replace(told, cursor=ids[-1] if ids else told.cursor, pages=told.pages + 1,
                           listed=told.listed + len(ids))  # fmt: skip
            told = self._landing.land(sync, told, batches, at=self._now())
            if read is not None:
                read.update((of.object_type, each) for each in ids)
            self._say(f"{of.name}: {told.listed:,}")
            if not page.has_more:
                break
        self._require_all(of, told)
        return told

    def _nested(self, of: StripeList, objects: list[dict[str, Any]]) -> list[Batch]:
        """What stands past the first ten of the lists inside the objects of a page."""
        nested = of.nested
        if nested is None:
            return []
        batches = []
        for each in objects:
            if (each.get(nested.field) or {}).get("has_more"):
                batches += self._read_nested(of, str(each["id"]), each[nested.field])
        return batches

    def _read_nested(self, of: StripeList, parent: str, shown: dict[str, Any]) -> list[Batch]:
        nested = of.nested
        assert nested is not None
        parameters: dict[str, Any] = {nested.parameter: parent} if nested.parameter else {}
        if nested.expand:
            parameters["expand"] = [f"data.{path}" for path in nested.expand]
        pages: list[Page] = []
        cursor: str | None = None
        while True:
            asked = {**parameters, "starting_after": cursor} if cursor else parameters
            page = self._client.page(nested.path.format(id=parent), asked, of=of)
            self._require_progress(page, f"{nested.field} of {parent}")
            pages.append(page)
            if not page.has_more:
                break
            cursor = str(page.data[-1]["id"])
        found = [str(each["id"]) for page in pages for each in page.data]
        lacking = {str(each["id"]) for each in shown["data"]} - set(found)
        total = shown.get("total_count")
        if lacking or len(set(found)) != len(found) or (total is not None and total != len(found)):
            raise _shortfall(f"{nested.field} of {parent}", f"{total or 'all'} of them", f"{len(set(found))} distinct")
        return [Batch([page.text for page in pages], nested.object_type, parent)]

    def _read_events(self, sync: Sync, told: Pass, *, since: datetime | None) -> set[tuple[str, str]]:
        """Read the events there are (or those since then); returns the objects they are about."""
        named: set[tuple[str, str]] = set()
        parameters: dict[str, Any] = {} if since is None else {"created": {"gte": int(since.timestamp())}}
        while True:
            asked = {**parameters, "starting_after": told.cursor} if told.cursor else parameters
            page = self._client.page(EVENTS.path, asked, of=EVENTS)
            self._require_progress(page, EVENTS.name)
            for event in page.data:
                named |= _named(event)
            told = replace(told, cursor=str(page.data[-1]["id"]) if page.data else told.cursor, pages=told.pages + 1,
                           listed=told.listed + len(page.data), finished=not page.has_more)  # fmt: skip
            told = self._landing.land_events(sync, told, page.text, at=self._now())
            self._say(f"{EVENTS.name}: {told.listed:,}")
            if not page.has_more:
                return named

    def _read_one(self, sync: Sync, object_type: str, object_id: str) -> None:
        of = list_of(object_type)
        if of is None or not of.served_by(self._client.version):
            return
        page = self._client.one(of, object_id)
        if page is None:
            self._landing.mark_deleted(sync, object_type, object_id, at=self._now())
            return
        told = self._landing.passes(sync).get("changed", Pass("changed"))
        batches = [Batch([page.text], object_type), *self._nested(of, page.data)]
        told = replace(told, listed=told.listed + 1, finished=True)
        self._landing.land(sync, told, batches, at=self._now(), seen_in="get")

    def _require_progress(self, page: Page, name: str) -> None:
        if page.has_more and not page.data:
            raise _shortfall(name, "objects on a page after which there are more", "none")

    def _require_all(self, of: StripeList, told: Pass) -> None:
        sighted = self._landing.sighted(of.name, of.object_type)
        if sighted != told.listed:
            raise _shortfall(of.name, f"{told.listed} objects, as listed", f"{sighted} distinct")

    def _check_references(self) -> None:
        """What an object names must have been listed, unless Stripe says that it is there no more."""
        for object_type, path, named_type in _REFERENCES:
            of = list_of(named_type)
            rows = self._landing.query(
                """
                with named as (
                    select distinct json_extract_string(raw, ?) as named_id from objects
                    where object_type = ? and not deleted
                )
                select named_id from named
                where named_id is not null and not starts_with(named_id, '{')
                    and named_id not in (select object_id from sightings where object_type = ? and list = ?)
                order by named_id limit 50""",
                [path, object_type, named_type, "" if of is None else of.name],
            )
            for (missing,) in rows:
                if of is not None and self._client.one(of, str(missing)) is not None:
                    raise _shortfall(of.name, f"{missing}, which a {object_type} names", "a list without it")


def _named(event: dict[str, Any]) -> set[tuple[str, str]]:
    """The objects that may have changed when an event happened: its own, and those it belongs to."""
    about = event["data"]["object"]
    found = {(str(about.get("object")), str(about.get("id")))} if about.get("id") else set()
    parent = (about.get("parent") or {}).get("subscription_details") or {}
    for object_type, value in (
        ("subscription", about.get("subscription")),
        ("subscription", parent.get("subscription")),
        ("invoice", about.get("invoice")),
        ("customer", about.get("customer") if about.get("object") == "discount" else None),
        ("charge", about.get("charge") if about.get("object") in ("refund", "dispute") else None),
    ):
        if isinstance(value, str):
            found.add((object_type, value))
    return found


def _shortfall(name: str, expected: str, found: str) -> InputError:
    return InputError(
        f"Stripe listed other {name} than were read",
        code="stripe_shortfall",
        where=name,
        expected=expected,
        found=found,
        remedy="run the sync again; nothing was made of this reading. If it stays so, report it",
    )
