"""The landing file of a source: every object as it came, each change of it, and how far a reading has got.

`objects` only grows. A row is added when an object differs from what was landed of it last, so the file is a record of
every change seen since the first sync, which Stripe itself does not keep:

    subscription sub_1   seen 2026-03-01 in a list    5 seats
    subscription sub_1   seen 2026-03-04 in an event  8 seats
    subscription sub_1   seen 2026-04-01, deleted     (a complete list no longer has it)

A page, what belongs to its objects and the place to go on from are committed as one. `seen_no` orders what was seen
at one moment: events come newest first, so theirs count down, below those of everything that a list showed in the
same reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from upswell.engines.duckdb import storage_errors

FILE_NAME: Final = "landing.duckdb"
_PER_SYNC: Final = 1 << 40
_LISTED: Final = 1 << 39
_SCHEMA: Final = """
create table if not exists objects (
    object_type varchar not null, object_id varchar not null, seen_no bigint not null, seen_at timestamp not null,
    seen_in varchar not null, api_version varchar, parent_id varchar, deleted boolean not null, raw json not null
);
create table if not exists heads (
    object_type varchar not null, object_id varchar not null, digest varchar not null, seen_at timestamp not null,
    seen_no bigint not null, parent_id varchar, deleted boolean not null, primary key (object_type, object_id)
);
create table if not exists syncs (
    sync_no bigint not null, started_at timestamp not null, finished_at timestamp, kind varchar not null,
    api_version varchar, listed bigint not null, landed bigint not null
);
create table if not exists passes (
    sync_no bigint not null, list varchar not null, cursor varchar, pages bigint not null, listed bigint not null,
    landed bigint not null, gone bigint not null, finished boolean not null, primary key (sync_no, list)
);
create table if not exists sightings (list varchar not null, object_type varchar not null, object_id varchar not null);
create sequence if not exists seen_numbers;
"""


@dataclass(frozen=True)
class Sync:
    """One reading of the account, whole or not."""

    number: int
    started_at: datetime
    kind: str
    api_version: str | None


@dataclass(frozen=True)
class Pass:
    """How far the reading of one list has got."""

    list: str
    cursor: str | None = None
    pages: int = 0
    listed: int = 0
    landed: int = 0
    gone: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Batch:
    """Objects read together: the texts of pages, whose objects stand under `data`. Those of a nested list come with the
    parent's id and are all it has."""

    pages: Sequence[str]
    object_type: str
    parent_id: str | None = None


class Landing:
    """The landing file; the caller holds the workspace's lock. Close it after use, or use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = duckdb.connect(str(self.path), config={"autoinstall_known_extensions": "false"})
            self._connection.execute("set TimeZone = 'UTC'")
            self._connection.execute(_SCHEMA)

    def __enter__(self) -> Landing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file free."""
        self._connection.close()

    # -- syncs -----------------------------------------------------------------------------------

    def last_finished(self) -> Sync | None:
        """The last whole reading of the account."""
        return self._sync("finished_at is not null and kind in ('full', 'incremental')")

    def unfinished(self) -> Sync | None:
        """A full reading that was interrupted, if it is the last thing that happened."""
        last = self._sync("kind <> 'webhook'")
        open_ones = self._sync("finished_at is null and kind = 'full'")
        return open_ones if open_ones is not None and open_ones == last else None

    def begin(self, kind: str, *, at: datetime, api_version: str | None) -> Sync:
        """Begin a reading; what another had sighted is forgotten."""
        with self._transaction():
            self._connection.execute("delete from sightings")
            number = self._value("select coalesce(max(sync_no), 0) + 1 from syncs")
            self._connection.execute(
                "insert into syncs values (?, ?, null, ?, ?, 0, 0)", [number, _naive(at), kind, api_version]
            )
        return Sync(int(str(number)), at, kind, api_version)

    def finish(self, sync: Sync, *, at: datetime) -> None:
        """Mark the reading as whole."""
        with self._transaction():
            self._connection.execute(
                """update syncs set finished_at = ?,
                    listed = (select coalesce(sum(listed), 0) from passes where passes.sync_no = syncs.sync_no),
                    landed = (select coalesce(sum(landed), 0) from passes where passes.sync_no = syncs.sync_no)
                where sync_no = ?""",
                [_naive(at), sync.number],
            )
            self._connection.execute("delete from sightings")

    def abandon(self, sync: Sync) -> None:
        """Mark the reading as one that cannot be gone on with."""
        with self._transaction():
            self._connection.execute("update syncs set kind = 'abandoned' where sync_no = ?", [sync.number])

    def passes(self, sync: Sync) -> dict[str, Pass]:
        """How far each list has got in a reading."""
        rows = self._connection.execute(
            "select list, cursor, pages, listed, landed, gone, finished from passes where sync_no = ? order by rowid",
            [sync.number],
        ).fetchall()
        return {str(row[0]): Pass(*row) for row in rows}

    # -- landing ---------------------------------------------------------------------------------

    def land(
        self, sync: Sync, progress: Pass, batches: Sequence[Batch], *, at: datetime, seen_in: str = "list"
    ) -> Pass:
        """Land objects and the place to go on from, as one. Returns the progress with what was new counted in."""
        with self._transaction():
            landed = sum(self._land(batch, progress.list, at, seen_in, sync) for batch in batches)
            told = _plus(progress, landed=landed)
            self._save(sync, told)
        return told

    def land_events(self, sync: Sync, progress: Pass, page: str, *, at: datetime, seen_in: str = "event") -> Pass:
        """Land events, and the objects in them as they were when it happened. A known event changes nothing."""
        with self._transaction():
            self._connection.execute(
                """create or replace temp table news as
                select event, place
                from (
                    select event, row_number() over () as place
                    from (select unnest(json_extract(?::json, '$.data[*]')) as event)
                )
                where event ->> '$.id' not in (select object_id from heads where object_type = 'event')""",
                [page],
            )
            self._connection.execute(
                """create or replace temp table arrivals as
                select
                    event -> '$.data.object' as raw,
                    event ->> '$.data.object.object' as object_type,
                    event ->> '$.data.object.id' as object_id,
                    null::varchar as parent_id,
                    make_timestamp(cast(event ->> '$.created' as bigint) * 1000000) as seen_at,
                    event ->> '$.api_version' as api_version,
                    suffix(event ->> '$.type', '.deleted')
                        and event ->> '$.type' not like 'customer.%.deleted' as deleted,
                    md5(cast(event -> '$.data.object' as varchar)) as digest,
                    ?::bigint - place as seen_no
                from news
                where event ->> '$.data.object.id' is not null and event ->> '$.data.object.object' is not null""",
                [sync.number * _PER_SYNC + _LISTED - progress.pages * 1000],
            )
            landed = self._append(seen_in)
            landed += self._land(Batch([self._new_events()], "event"), progress.list, at, seen_in, sync)
            told = _plus(progress, landed=landed)
            self._save(sync, told)
        return told

    def land_relation(
        self,
        sync: Sync,
        progress: Pass,
        object_type: str,
        rows: str,
        *,
        at: datetime,
        also_there: str,
        complete: bool = True,
    ) -> Pass:
        """Land what the query `rows` gives (object_id, parent_id, seen_at, deleted, raw): all there is of that type.

        A row that says since when it is so (`seen_at`) is a version of its own, and of several the last is what is.
        Objects of the query `also_there` are there too, though not in `rows`; with `complete` False others may be. What
        was seen later than `at` is not gone.
        """
        with self._transaction():
            self._connection.execute(
                f"""create or replace temp table arrivals as
                select raw, '{object_type}' as object_type, object_id, parent_id,
                    coalesce(seen_at, ?::timestamp) as seen_at, ? as api_version, deleted,
                    md5(cast(raw as varchar)) as digest, ?::bigint + nextval('seen_numbers') as seen_no
                from ({rows}) as given
                where given.seen_at is null or not exists (
                    select 1 from objects
                    where objects.object_type = '{object_type}' and objects.object_id = given.object_id
                        and objects.seen_at = given.seen_at
                        and cast(objects.raw as varchar) = cast(given.raw as varchar)
                )""",
                [_naive(at), sync.api_version, self._first_number(sync)],
            )
            landed = self._append("file", unless_same=True)
            named = "where object_id is not null"
            present = f"select object_id from ({rows}) {named} union select object_id from ({also_there}) {named}"
            listed = int(str(self._value(f"select count(distinct object_id) from ({rows})")))
            concerned = "heads.object_type = ? and heads.seen_at <= ?"
            gone = self._mark(present, concerned, [], [object_type, _naive(at)], at, sync) if complete else 0
            told = Pass(progress.list, None, 1, listed, landed, gone, finished=True)
            self._save(sync, told)
        return told

    def mark_gone(self, sync: Sync, progress: Pass, object_type: str, *, at: datetime) -> Pass:
        """After a list was read to its end: what it had before and has no longer is deleted."""
        with self._transaction():
            gone = self._mark(
                "select object_id from sightings where list = ? and object_type = heads.object_type",
                "heads.object_type = ?", [progress.list], [object_type], at, sync,
            )  # fmt: skip
            told = _plus(progress, gone=gone, finished=True)
            self._save(sync, told)
        return told

    def mark_deleted(self, sync: Sync, object_type: str, object_id: str, *, at: datetime) -> None:
        """One object is gone."""
        concerned = "heads.object_type = ? and heads.object_id = ?"
        with self._transaction():
            self._mark("select ''", concerned, [], [object_type, object_id], at, sync)

    def sighted(self, listed: str, object_type: str) -> int:
        """Distinct objects of a type seen in a list in this reading."""
        return int(
            str(self._value(
                "select count(distinct object_id) from sightings where list = ? and object_type = ?",
                [listed, object_type],
            ))
        )  # fmt: skip

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, for who reads files to land what is in them."""
        return self._connection

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Rows of a question about what is landed."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    # -- inside ----------------------------------------------------------------------------------

    def _land(self, batch: Batch, listed: str, at: datetime, seen_in: str, sync: Sync) -> int:
        self._connection.execute(
            """create or replace temp table arrivals as
            select
                raw, coalesce(raw ->> '$.object', ?) as object_type, raw ->> '$.id' as object_id,
                ?::varchar as parent_id, ?::timestamp as seen_at, ?::varchar as api_version,
                coalesce(raw ->> '$.deleted' = 'true', false) as deleted,
                md5(cast(raw as varchar)) as digest, ?::bigint + nextval('seen_numbers') as seen_no
            from (
                select unnest(json_extract(page::json, '$.data[*]')) as raw from (select unnest(?::varchar[]) as page)
            )""",
            [
                batch.object_type,
                batch.parent_id,
                _naive(at),
                sync.api_version,
                self._first_number(sync),
                list(batch.pages),
            ],
        )
        self._connection.execute("insert into sightings select ?, object_type, object_id from arrivals", [listed])
        if batch.parent_id is not None:
            self._mark(
                "select object_id from arrivals", "heads.object_type = ? and heads.parent_id = ?", [],
                [batch.object_type, batch.parent_id], at, sync,
            )  # fmt: skip
        return self._append(seen_in, unless_same=True)

    def _append(self, seen_in: str, *, unless_same: bool = False) -> int:
        """Land what stands in `arrivals`; with `unless_same` only what differs from what is known."""
        known = """where not exists (
            select 1 from heads where heads.object_type = arrivals.object_type and heads.object_id = arrivals.object_id
                and heads.digest = arrivals.digest and heads.deleted = arrivals.deleted)"""
        self._connection.execute(
            f"create or replace temp table news_only as from arrivals {known if unless_same else ''}"
        )
        self._connection.execute(
            """insert into objects
            select object_type, object_id, seen_no, seen_at, ?, api_version, parent_id, deleted, raw
            from news_only""",
            [seen_in],
        )
        self._connection.execute(
            """insert into heads
            select object_type, object_id, arg_max(digest, (seen_at, seen_no)), max(seen_at),
                arg_max(seen_no, (seen_at, seen_no)), any_value(parent_id), arg_max(deleted, (seen_at, seen_no))
            from news_only
            group by object_type, object_id
            on conflict do update set
                digest = case when (excluded.seen_at, excluded.seen_no) > (seen_at, seen_no)
                    then excluded.digest else digest end,
                deleted = case when (excluded.seen_at, excluded.seen_no) > (seen_at, seen_no)
                    then excluded.deleted else deleted end,
                parent_id = coalesce(excluded.parent_id, parent_id),
                seen_no = case when (excluded.seen_at, excluded.seen_no) > (seen_at, seen_no)
                    then excluded.seen_no else seen_no end,
                seen_at = greatest(seen_at, excluded.seen_at)"""
        )
        return int(str(self._value("select count(*) from news_only")))

    def _first_number(self, sync: Sync) -> int:
        return sync.number * _PER_SYNC + _LISTED

    def _mark(
        self,
        present: str,
        concerned: str,
        present_values: Sequence[object],
        values: Sequence[object],
        at: datetime,
        sync: Sync,
    ) -> int:
        """Append a deleted version of each object that is `concerned`, not deleted yet and not `present`."""
        self._connection.execute(
            f"""create or replace temp table gone_now as
            select object_type, object_id from heads
            where {concerned} and not deleted and object_id not in ({present})""",
            [*values, *present_values],
        )
        gone = int(str(self._value("select count(*) from gone_now")))
        if gone:
            self._connection.execute(
                """insert into objects
                select object_type, object_id, ?::bigint + nextval('seen_numbers'), ?, 'list', api_version, parent_id,
                    true, raw
                from (
                    select object_type, object_id, arg_max(api_version, (seen_at, seen_no)) as api_version,
                        any_value(parent_id) as parent_id, arg_max(raw, (seen_at, seen_no)) as raw
                    from objects semi join gone_now using (object_type, object_id)
                    group by object_type, object_id
                )""",
                [self._first_number(sync), _naive(at)],
            )
            self._connection.execute(
                """update heads set deleted = true, seen_at = ?, seen_no = ?
                where (object_type, object_id) in (select (object_type, object_id) from gone_now)""",
                [_naive(at), self._first_number(sync)],
            )
        return gone

    def _new_events(self) -> str:
        events = self._value("select cast(coalesce(json_group_array(event), '[]') as varchar) from news")
        return f'{{"data":{events}}}'

    def _save(self, sync: Sync, told: Pass) -> None:
        self._connection.execute(
            "insert or replace into passes values (?, ?, ?, ?, ?, ?, ?, ?)",
            [sync.number, told.list, told.cursor, told.pages, told.listed, told.landed, told.gone, told.finished],
        )

    def _sync(self, condition: str) -> Sync | None:
        rows = self._connection.execute(
            f"select sync_no, started_at, kind, api_version from syncs where {condition} order by sync_no desc limit 1"
        ).fetchall()
        return None if not rows else Sync(rows[0][0], rows[0][1].replace(tzinfo=UTC), rows[0][2], rows[0][3])

    def _value(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> object:
        row = self._connection.execute(sql, list(parameters)).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with storage_errors(self.path):
            self._connection.execute("begin")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")


def last_reading(folder: Path) -> Sync | None:
    """The last whole reading in a landing file, which is only looked at."""
    path = folder / FILE_NAME
    with storage_errors(path):
        connection = duckdb.connect(str(path), read_only=True)
        try:
            rows = connection.execute(
                """select sync_no, started_at, kind, api_version from syncs
                where finished_at is not null and kind <> 'webhook' order by sync_no desc limit 1"""
            ).fetchall()
        finally:
            connection.close()
    return None if not rows else Sync(rows[0][0], rows[0][1].replace(tzinfo=UTC), rows[0][2], rows[0][3])


def _plus(progress: Pass, *, landed: int = 0, gone: int = 0, finished: bool = False) -> Pass:
    return Pass(progress.list, progress.cursor, progress.pages, progress.listed, progress.landed + landed,
                progress.gone + gone, progress.finished or finished)  # fmt: skip


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
