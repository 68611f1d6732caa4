"""`upswell forget`: a customer's id, names and attributes are replaced by a token everywhere in a workspace.

First the erased imports are written beside the old ones and a book is built of them, which must say what the current
one says. Then, store by store, what is erased takes the place of what was: the state, the landing files of sources,
other text files in the folder, the imports, the books. Each store changes at once or not at all, and a note of what is
being forgotten (`forgetting.json`) lets a second run finish what a first was stopped in. Last, every file is searched.
"""

from __future__ import annotations

import difflib
import gzip
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing as closed_after
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from upswell.contract.erasing import (
    Replaced,
    count_replaced,
    known_of,
    rewrite_files,
    said_of_others,
    says_who,
    still_in,
)
from upswell.contract.erasure import PREFIX, Erasure
from upswell.contract.import_log import ImportLog
from upswell.contract.state import LogState
from upswell.contract.store import ImportStore
from upswell.engines.duckdb import path_literal, storage_errors
from upswell.errors import CheckFailedError, UsageError, WorkspaceError
from upswell.ledger.restating import BookSide
from upswell.policy import Policy
from upswell.sources.stripe import erasing as stripe_erasing
from upswell.workspace.settings import FILE_NAME

if TYPE_CHECKING:
    from upswell.state import StateStore

JOURNAL: Final = "forgetting.json"
_TOKENS_TRIED: Final = 5
_TOKEN_BYTES: Final = 6
_DIGITS_OF_A_NUMBER: Final = 7
_NAME_BYTES_MIN: Final = 5
_LANDING: Final = "landing.duckdb"
_STORES: Final = ("imports", "sources")
_OURS: Final = frozenset({"imports", "books", "state.db", "state.db-journal", "state.db-wal", "state.db-shm", ".work"})
_BYTES_OF_TEXT_MAX: Final = 200_000_000

# A book of a log under one policy, in a folder of its own, with the corrections as the erasure leaves them.
BuildTrial = Callable[[ImportLog, Path, Policy, Erasure], BookSide]


@dataclass(frozen=True)
class Forgotten:
    """What was replaced, or with a dry run would be: the token, and how many cells of which column of which file.

    `texts` are what is replaced, shown by a dry run alone.
    """

    token: str
    replaced: tuple[Replaced, ...]
    texts: tuple[str, ...]
    is_dry_run: bool


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The stores of one workspace that hold names."""

    folder: Path
    log_state: LogState
    state: StateStore | None

    @property
    def imports(self) -> ImportStore:
        """The files of the import log."""
        return ImportStore(self.folder / "imports")

    def landings(self) -> list[Path]:
        """What was read of billing systems."""
        return sorted((self.folder / "sources").glob(f"*/{_LANDING}"))

    def other_files(self) -> Iterator[Path]:
        """Files that are none of ours, and events that wait: whatever lies in the folder beside stores and settings."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            if path.is_file() and inside.parts[0] not in _OURS and inside.name not in {FILE_NAME, JOURNAL, _LANDING}:
                yield path


def begun(folder: Path, customer: str) -> Erasure | None:
    """What a run that was stopped has begun to forget. Raises `UsageError` where that is another customer."""
    path = folder / JOURNAL
    if not path.exists():
        return None
    said = json.loads(path.read_text("utf-8"))
    if said["customer"] != customer:
        raise UsageError(
            "another customer is being forgotten: that run was stopped before its end",
            code="forgetting_unfinished",
            where=str(path),
            expected="the customer whose erasure was begun",
            found=customer,
            remedy="run `upswell forget` again for the customer named in that file",
        )
    return Erasure(
        customer=said["customer"],
        token=said["token"],
        names=tuple(said["names"]),
        own=said["own"],
        others=tuple(said["others"]),
        is_common=said["is_common"],
    )


def erasure_of(stores: Stores, customer: str, also: Sequence[str], connection: duckdb.DuckDBPyConnection) -> Erasure:
    """Everything that is to be forgotten of a customer. Raises `UsageError` where nobody of that id was ever imported.

    With `also`, the customer may be gone from the imports already.
    """
    known = known_of(connection, stores.imports, stores.log_state, customer)
    names, shared, own = list(known.names), set(known.shared), {k: list(v) for k, v in known.attributes.items()}
    for landing in stores.landings():
        said, described, of_others = stripe_erasing.personal(landing, customer)
        names += said
        own.setdefault("text", []).extend(sorted(each for each in described if says_who(each)))
        shared |= of_others
    if not (known.is_there or names or also):
        raise _unknown(customer, stores, connection)
    addresses = [value for values in own.values() for value in values if _is_address(value) and value not in shared]
    names = list(dict.fromkeys((*names, *addresses, *also)))
    token = PREFIX + secrets.token_hex(_TOKEN_BYTES)
    attributes = sorted({value for values in own.values() for value in values} - shared - {*names, customer})
    tokens = {value: f"{token}-attribute-{number}" for number, value in enumerate(attributes, 1)}
    tokens |= {value: f"{token}-name-{number}" for number, value in enumerate(names, 1)}
    others = said_of_others(connection, stores.imports, stores.log_state, customer, names)
    return Erasure(
        customer=customer,
        token=token,
        names=tuple(names),
        own=tokens,
        others=others,
        is_common=customer in shared,
    )


def _is_address(text: str) -> bool:
    """Whether a text names somebody wherever it stands, as an e-mail address or a number to call does."""
    return "@" in text or (text.startswith("+") and sum(each.isdigit() for each in text) >= _DIGITS_OF_A_NUMBER)


def dry_run(stores: Stores, erasure: Erasure, connection: duckdb.DuckDBPyConnection) -> Forgotten:
    """What would be replaced where; nothing is changed."""
    return Forgotten(erasure.token, tuple(_count(stores, erasure, connection)), erasure.sought(), is_dry_run=True)


def forget(
    stores: Stores,
    erasure: Erasure,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    *,
    sides: Mapping[str, BookSide],
    log_of: Callable[[Path, LogState], ImportLog],
    trial: BuildTrial,
    author: str,
    at: datetime,
) -> Forgotten:
    """Replace it everywhere but in the books, which the caller builds again.

    `sides` are the book under each of its policies, none where there is no book. Raises `CheckFailedError`
    (figures_would_change), with everything as it was, where a book of the erased imports says anything else.
    """
    counted = tuple(_count(stores, erasure, connection))
    erasure, state = _without_change(stores, erasure, connection, scratch, sides, log_of, trial)
    _write_journal(stores.folder, erasure)
    if stores.state is not None and erasure.token not in {each.subject for each in stores.state.audit(action="forget")}:
        cells = {where: sum(each.cells for each in counted if each.file.startswith(where)) for where in _STORES}
        stores.state.rewrite(
            lambda text, may_be_id: erasure.part_of_id(text) if may_be_id else erasure.text(text),
            token=erasure.token,
            author=author,
            at=at,
            details=cells,
        )
    for landing in stores.landings():
        if stripe_erasing.count(landing, erasure):
            stripe_erasing.rewrite(landing, erasure)
    for path in stores.other_files():
        _rewrite_text(path, erasure)
    with storage_errors(stores.folder):
        for file in (scratch / "erased").glob("*.parquet"):
            shutil.move(file, stores.imports.folder / file.name)
    stores.imports.commit(state)
    stores.imports.prepare(state)
    return Forgotten(erasure.token, counted, (), is_dry_run=False)


def require_forgotten(stores: Stores, erasure: Erasure) -> None:
    """Search the state and every file. Raises `WorkspaceError` (not_forgotten) naming what is left."""
    left = sorted({str(path.relative_to(stores.folder)) for path in _leftovers(stores, erasure)})
    if stores.state is not None and _in_state(stores.state, erasure):
        left.append("the state")
    if left:
        raise WorkspaceError(
            f"{len(left)} files still hold what was to be forgotten",
            code="not_forgotten",
            where=str(stores.folder),
            expected="no file with it",
            found=", ".join(left[:10]),
            remedy="edit or remove these files, which are yours, then run `upswell forget` again",
        )


def end(folder: Path) -> None:
    """Remove the note of what is being forgotten: nothing is left to finish."""
    (folder / JOURNAL).unlink(missing_ok=True)


def _count(stores: Stores, erasure: Erasure, connection: duckdb.DuckDBPyConnection) -> Iterator[Replaced]:
    for each in count_replaced(connection, stores.imports, stores.log_state, erasure):
        yield Replaced(f"imports/{each.file}", each.column, each.cells)
    for landing in stores.landings():
        cells = stripe_erasing.count(landing, erasure)
        if cells:
            yield Replaced(str(landing.relative_to(stores.folder)), "objects", cells)
    if stores.state is not None:
        cells = _in_state(stores.state, erasure)
        if cells:
            yield Replaced("the state", "texts", cells)
    for path in stores.other_files():
        text = _text_of(path)
        if text is not None and _rewritten(path, text, erasure) != text:
            yield Replaced(str(path.relative_to(stores.folder)), "text", 1)


def _in_state(state: StateStore, erasure: Erasure) -> int:
    """How many texts of the state are to be replaced."""
    return sum(
        (erasure.part_of_id(text) if may_be_id else erasure.text(text)) != text for text, may_be_id in state.texts()
    )


def _without_change(
    stores: Stores,
    erasure: Erasure,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    sides: Mapping[str, BookSide],
    log_of: Callable[[Path, LogState], ImportLog],
    trial: BuildTrial,
) -> tuple[Erasure, LogState]:
    """An erasure under whose token no figure changes, with the state of the erased imports, written to `scratch`."""
    difference = ""
    for _ in range(_TOKENS_TRIED):
        erased = scratch / "erased"
        shutil.rmtree(erased, ignore_errors=True)
        erased.mkdir()
        state = rewrite_files(connection, stores.imports, stores.log_state, erasure, into=erased)
        difference = _difference(stores, state, erasure, scratch, sides, log_of, trial)
        if not difference:
            return erasure, state
        if (stores.folder / JOURNAL).exists():
            break  # other stores have this token already
        # Where amounts tie the ledger goes by ids, and another token stands elsewhere among them.
        erasure = _with_new_token(erasure)
    raise CheckFailedError(
        "figures would change if this customer was forgotten; nothing is changed",
        code="figures_would_change",
        where=str(stores.folder),
        expected="the same sums of movements by month, kind, driver, plan and currency",
        found=difference,
        remedy="run it again; if it stays, report it: it is a fault of Upswell",
    )


def _with_new_token(erasure: Erasure) -> Erasure:
    token = PREFIX + secrets.token_hex(_TOKEN_BYTES)
    own = {value: stands.replace(erasure.token, token) for value, stands in erasure.own.items()}
    return replace(erasure, token=token, own=own)


def _difference(
    stores: Stores,
    state: LogState,
    erasure: Erasure,
    scratch: Path,
    sides: Mapping[str, BookSide],
    log_of: Callable[[Path, LogState], ImportLog],
    trial: BuildTrial,
) -> str:
    """What a book of the erased imports says otherwise, in a few words; nothing where it says the same."""
    whole = scratch / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    for stored in state.stored_files():
        known = scratch / "erased" / stored.name
        source = known if known.exists() else stores.imports.folder / stored.name
        if not (whole / stored.name).exists():
            _share(source, whole / stored.name)
    log = log_of(whole, state)
    for name, side in sides.items():
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            found = _sums_differ(side, trial(log, Path(folder) / "trial", side.policy, erasure), erasure)
        if found:
            return f"policy {name}: {found}"
    return ""


def _sums_differ(former: BookSide, later: BookSide, erasure: Erasure) -> str:
    """The first sum of movements, or the number of customers, in which two books differ, apart from erased names."""
    sums, customers = _sums(former)
    erased = sorted((tuple(erasure.named(part) for part in key), amounts) for key, amounts in sums)
    sums_later, customers_later = _sums(later)
    for one, other in zip_longest(erased, sorted(sums_later)):
        if one != other:
            return f"{one or 'nothing'} became {other or 'nothing'}"
    return "" if customers == customers_later else f"{customers} customers became {customers_later}"


def _sums(side: BookSide) -> tuple[list[tuple[tuple[str, ...], str]], int]:
    query = """
        select cast(month as varchar), product_id, plan_id, kind, coalesce(driver, ''), currency,
            cast(scheduled as varchar), cast(sum(amount) as varchar) || ' ' || coalesce(cast(sum(workspace_amount) as
            varchar), 'no rate')
        from read_parquet({file}, hive_partitioning = false) group by all
    """
    count = "select count(distinct customer_key) from read_parquet({file}, hive_partitioning = false)"
    folder = side.folder / side.policy.name
    with closed_after(duckdb.connect()) as connection:
        rows = connection.execute(query.format(file=path_literal(folder / "monthly_totals.parquet"))).fetchall()
        found = connection.execute(count.format(file=path_literal(folder / "movements.parquet"))).fetchone()
    return [(tuple(row[:-1]), row[-1]) for row in rows], 0 if found is None else int(found[0])


def _share(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _write_journal(folder: Path, erasure: Erasure) -> None:
    path = folder / JOURNAL
    with storage_errors(folder):
        waiting = path.with_name(path.name + ".new")
        # It holds the name until the end: nobody else is to read it.
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(erasure), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)


def _text_of(path: Path) -> str | None:
    """The text of a file, None where it is none (or too large to be one that somebody keeps beside a workspace)."""
    if path.stat().st_size > _BYTES_OF_TEXT_MAX:
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def _rewritten(path: Path, text: str, erasure: Erasure) -> str:
    if path.suffix == ".json":
        return erasure.document(text)
    if path.suffix in (".ndjson", ".jsonl"):
        lines = ((line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]) for line in text.splitlines(keepends=True))
        return "".join(erasure.document(line) + ending for line, ending in lines)
    return erasure.text(text)


def _rewrite_text(path: Path, erasure: Erasure) -> None:
    text = _text_of(path)
    new = None if text is None else _rewritten(path, text, erasure)
    if new is None or new == text:
        return
    with storage_errors(path.parent):
        waiting = path.with_name(path.name + ".new")
        waiting.write_bytes(new.encode("utf-8"))
        waiting.replace(path)


def _leftovers(stores: Stores, erasure: Erasure) -> Iterator[Path]:
    """Files in which a name, a further text or the id still stands."""
    connection = duckdb.connect()
    try:
        for path in sorted(stores.folder.rglob("*")):
            if path.is_file() and path.name != JOURNAL and _holds(path, erasure, connection):
                yield path
    finally:
        connection.close()


def _holds(path: Path, erasure: Erasure, connection: duckdb.DuckDBPyConnection) -> bool:
    if path.name == _LANDING:
        return any(True for _ in stripe_erasing.texts(path, erasure))
    if path.suffix == ".parquet":
        relation = f"read_parquet({path_literal(path)}, hive_partitioning = false)"
        try:
            return still_in(connection, relation, erasure)
        except duckdb.Error:
            return _in_bytes(path.read_bytes(), erasure)
    content = path.read_bytes()
    if path.suffix == ".gz":
        with suppress(OSError, EOFError):
            content = gzip.decompress(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _in_bytes(content, erasure)
    return _rewritten(path.with_suffix("") if path.suffix == ".gz" else path, text, erasure) != text


def _in_bytes(content: bytes, erasure: Erasure) -> bool:
    """Whether a name stands in a file that is no text. A few bytes may stand there by chance."""
    names = [each.encode() for each in erasure.names if len(each.encode()) >= _NAME_BYTES_MIN]
    if not any(each in content for each in names):
        return False
    text = content.decode("utf-8", "replace")
    return erasure.named(text) != text


def _unknown(customer: str, stores: Stores, connection: duckdb.DuckDBPyConnection) -> UsageError:
    known: set[str] = set()
    for stored in stores.log_state.stored_files():
        relation = stores.imports.relation(stored)
        columns = {row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()}
        if "customer_id" in columns:
            known |= {row[0] for row in connection.execute(f"select distinct customer_id from {relation}").fetchall()}
    near = difflib.get_close_matches(customer, sorted(filter(None, known)), n=3)
    return UsageError(
        f"there is no customer {customer}",
        code="unknown_customer",
        expected="the id of a customer that was ever imported",
        found=customer,
        remedy=f"did you mean {', '.join(near)}?"
        if near
        else "name the id as it is in the imports; --also names texts",
    )
