"""A Stripe account as a source of a workspace: read it, take in webhooks, and import what is made of it.

    sources/stripe/landing.duckdb       every object as it came, each change of it
    sources/stripe/webhooks/evt_1.json  events that came by webhook and wait for the next sync or build

Deriving needs no network: a build after a webhook sees its event. The caller holds the workspace's lock, except to
receive a webhook, which only writes its own file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from upswell.contract.import_log import ImportLog, ImportResult
from upswell.engines.duckdb import storage_errors
from upswell.errors import NotFoundError, UpswellError, UsageError, extra_installed
from upswell.workspace.settings import Settings

if TYPE_CHECKING:
    from upswell.sources.stripe.exports import FolderResult
    from upswell.sources.stripe.settings import StripeSettings
    from upswell.sources.stripe.sync import ReadResult

Progress = Callable[[str], None]
Clock = Callable[[], datetime]
FOLDER: Final = "sources"
DEFAULT_SOURCE: Final = "stripe"
_EVENT: Final = re.compile(r"[A-Za-z0-9_]{1,255}")
_LIBRARIES: Final = frozenset({"stripe", "tenacity"})


@dataclass(frozen=True)
class SyncResult:
    """What a sync did: what each list of the account gave, and what became of each table."""

    source: str
    read: ReadResult
    tables: tuple[ImportResult, ...]

    @property
    def rows_held_back(self) -> int:
        """Rows that could not be understood, over all tables."""
        return sum(each.rows_held_back for each in self.tables)


@dataclass(frozen=True)
class FolderImport:
    """What a folder of exported tables gave, and what became of each table of the contract."""

    source: str
    read: FolderResult
    tables: tuple[ImportResult, ...]
    dry_run: bool = False

    @property
    def rows_held_back(self) -> int:
        """Rows of the folder, and rows made of it, that could not be understood."""
        return self.read.held_back + sum(each.rows_held_back for each in self.tables)


@dataclass(frozen=True)
class WebhookReceipt:
    """An event that was received; `known` if it had come before."""

    event_id: str
    event_type: str
    known: bool


class StripeAccount:
    """One configured account, `name` in upswell.toml. Raises `NotFoundError` for a name that is not there."""

    def __init__(self, workspace: Path, name: str, settings: Settings) -> None:
        self.name = name
        self.folder = workspace / FOLDER / name
        self._workspace = workspace
        self._timezone = settings.timezone
        self.settings: StripeSettings = source_settings(settings, name)

    @property
    def is_landed(self) -> bool:
        """Whether anything of the account was ever read."""
        return (self.folder / "landing.duckdb").exists()

    @property
    def pending_webhooks(self) -> list[Path]:
        """Files of events that wait, oldest name first."""
        return sorted((self.folder / "webhooks").glob("*.json"))

    def condition(self) -> str:
        """When the account was read last, and what waits; nothing is changed."""
        from upswell.sources.stripe.landing import last_reading  # noqa: PLC0415

        found = last_reading(self.folder) if self.is_landed else None
        waiting = f"; {len(self.pending_webhooks)} webhooks wait for the next build" if self.pending_webhooks else ""
        if found is None:
            return f"{self.name}: never synced{waiting}"
        return f"{self.name}: last synced {found.started_at.isoformat(timespec='seconds')}, {found.kind}{waiting}"

    def read(
        self, *, full: bool, now: Clock, sleep: Callable[[float], None] | None, progress: Progress | None
    ) -> ReadResult:
        """Read the account into its landing file. Raises what `AccountReader.read` raises."""
        from upswell.sources.stripe.credentials import api_key  # noqa: PLC0415
        from upswell.sources.stripe.landing import Landing  # noqa: PLC0415

        key = api_key(self._workspace, self.settings.key_file)
        with stripe_extra():
            # The SDK is an extra, and slow to load.
            from upswell.sources.stripe.client import StripeClient  # noqa: PLC0415
            from upswell.sources.stripe.sync import AccountReader  # noqa: PLC0415
        waiting: dict[str, Any] = {} if sleep is None else {"sleep": sleep}
        client = StripeClient(key, version=self.settings.api_version, base=self.settings.api_base, **waiting)
        with Landing(self.folder) as landing:
            self._land_webhooks(landing, now)
            return AccountReader(client, landing, now=now, progress=progress).read(full=full)

    def read_folder(
        self, folder: Path, *, at: datetime | None, scratch: Path, progress: Progress | None
    ) -> FolderResult:
        """Land a folder of exported tables. Raises what `land_folder` raises, and has then landed nothing."""
        from upswell.sources.stripe.exports import land_folder  # noqa: PLC0415
        from upswell.sources.stripe.landing import Landing  # noqa: PLC0415

        known = self.is_landed
        try:
            with Landing(self.folder) as landing:
                return land_folder(folder, landing, at=at, spill_folder=scratch, progress=progress)
        except UpswellError:
            if not known:
                (self.folder / "landing.duckdb").unlink(missing_ok=True)
                with suppress(OSError):  # a folder that others use stays
                    self.folder.rmdir()
                    self.folder.parent.rmdir()
            raise

    def rehearsal(self, scratch: Path) -> StripeAccount:
        """The same account on a copy of its landing file, to try what would happen."""
        copy = StripeAccount.__new__(StripeAccount)
        copy.__dict__ = {**self.__dict__, "folder": scratch / "rehearsal"}
        copy.folder.mkdir()
        if self.is_landed:
            shutil.copyfile(self.folder / "landing.duckdb", copy.folder / "landing.duckdb")
        return copy

    def take_in_webhooks(self, *, now: Clock) -> bool:
        """Land the events that wait; whether there were any."""
        from upswell.sources.stripe.landing import Landing  # noqa: PLC0415

        if not self.pending_webhooks:
            return False
        with Landing(self.folder) as landing:
            self._land_webhooks(landing, now)
        return True

    def import_tables(
        self, log: ImportLog, scratch: Path, *, now: Clock, progress: Progress | None, dry_run: bool = False
    ) -> tuple[ImportResult, ...]:
        """Derive the contract's tables and import each that is not what was imported of it last.

        With `dry_run` nothing is imported, and the results say what would be.
        """
        from upswell.sources.stripe.derive import Derivation, write_tables  # noqa: PLC0415

        if progress is not None:
            progress("working out what was sold when")
        derivation = Derivation(timezone=self._timezone, offers=self.settings.plans, now=now())
        files = write_tables(self.folder / "landing.duckdb", scratch, derivation)
        results = []
        for table, path in files.items():
            if hashlib.sha256(path.read_bytes()).hexdigest() != self._last_import(log, table):
                results.append(
                    log.import_files(
                        [path], table=table, source=self.name, replace=True, dry_run=dry_run, progress=progress
                    )
                )
        return tuple(results)

    @contextmanager
    def landed(self, scratch: Path, *, now: Clock) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on which everything derived stands. Raises `UsageError` if the account was never read."""
        from upswell.sources.stripe.derive import Derivation, landed  # noqa: PLC0415

        if not self.is_landed:
            raise UsageError(
                f"the source {self.name} was never synced",
                code="source_not_synced",
                where=str(self.folder),
                expected="a landing file",
                found="none",
                remedy=f"run `upswell sync {self.name}` first",
            )
        derivation = Derivation(timezone=self._timezone, offers=self.settings.plans, now=now())
        with landed(self.folder / "landing.duckdb", scratch, derivation) as connection:
            yield connection

    def receive(self, payload: bytes, signature: str) -> WebhookReceipt:
        """Check a webhook's signature and keep its event until the next sync or build.

        Raises `InputError` (HTTP 400) for a payload that Stripe did not sign with the endpoint's secret, or signed too
        long ago.
        """
        from upswell.sources.stripe.credentials import webhook_secret  # noqa: PLC0415

        secret = webhook_secret(self._workspace, self.settings.webhook_secret_file)
        with stripe_extra():
            from upswell.sources.stripe.webhook import refused, verified_event  # noqa: PLC0415
        event = verified_event(payload, signature, secret)
        if not _EVENT.fullmatch(str(event.get("id", ""))):
            raise refused(f"an event with the id {str(event.get('id'))[:40]}")
        waiting = self.folder / "webhooks"
        path = waiting / f"{event['id']}.json"
        with storage_errors(waiting):
            waiting.mkdir(parents=True, exist_ok=True)
            known = path.exists()
            written = waiting / f".{event['id']}.{os.getpid()}"
            written.write_bytes(payload)
            written.replace(path)
        return WebhookReceipt(str(event["id"]), str(event.get("type")), known)

    def _land_webhooks(self, landing: Any, now: Clock) -> None:
        files = self.pending_webhooks
        if not files:
            return
        from upswell.sources.stripe.landing import Pass  # noqa: PLC0415

        moment = now()
        sync = landing.begin("webhook", at=moment, api_version=None)
        progress = Pass("webhooks")
        for path in files:
            progress = landing.land_events(
                sync, progress, f'{{"data":[{path.read_text("utf-8")}]}}', at=moment, seen_in="webhook"
            )
        landing.finish(sync, at=moment)
        for path in files:
            path.unlink()

    def _last_import(self, log: ImportLog, table: str) -> str | None:
        mine = [e for e in log.entries() if (e.table, e.source, e.undone_at) == (table, self.name, None)]
        return mine[-1].sha256 if mine else None


def source_settings(settings: Settings, name: str) -> StripeSettings:
    """The settings of a source; `stripe` needs none."""
    from upswell.sources.stripe.settings import StripeSettings  # noqa: PLC0415

    if name in settings.sources:
        return settings.sources[name]
    if name == DEFAULT_SOURCE:
        return StripeSettings()
    known = ", ".join(sorted({*settings.sources, DEFAULT_SOURCE}))
    raise NotFoundError(
        f"there is no source {name}",
        code="source_unknown",
        where="upswell.toml, [sources]",
        expected=f"one of: {known}",
        found=name,
        remedy=f"name one of them, or add [sources.{name}] to upswell.toml",
    )


def configured_sources(workspace: Path, settings: Settings) -> list[str]:
    """The sources that a refresh reads: those of upswell.toml; without any, `stripe` where a key or a landing file
    is.
    """
    if settings.sources:
        return sorted(settings.sources)
    landed = (workspace / FOLDER / DEFAULT_SOURCE).exists()
    return [DEFAULT_SOURCE] if landed or os.environ.get("STRIPE_API_KEY") else []


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def stripe_extra() -> AbstractContextManager[None]:
    """Around the imports that need the extra: turns a missing library into one `UsageError` with its remedy."""
    return extra_installed(
        "stripe",
        _LIBRARIES,
        message="reading Stripe needs libraries that are not installed",
        expected="the official SDK and tenacity",
        otherwise="exported files need no extra",
    )
