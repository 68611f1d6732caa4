"""Running and translating the chain of SQL models.

A model is a `.sql` file with one `select`; its relation is named for the file. The chain is a tuple
of names in the order in which they build on each other:

    chain = Chain(folder, ("item_keys", "item_spans", "item_versions"), settings="policy")
    run_chain(connection, chain, [{"usage": "include"}])

creates three temporary relations. The same texts are translated for other engines by SQLGlot; whatever
a dialect cannot say is an error, never an approximation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import duckdb

from upswell.errors import NotFoundError

_AFTER: Final = 1_000_000
_READ: Final = re.compile(r"\b(?:from|join) (\w+)")
DIALECTS: Final = ("duckdb", "spark", "postgres", "snowflake", "redshift", "databricks")


def model_text(folder: Traversable, name: str) -> str:
    """The SQL of model `name` as it stands in its file. Raises `NotFoundError`."""
    path = folder / f"{name}.sql"
    if not path.is_file():
        known = sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir())
        raise NotFoundError(
            f"there is no model {name}",
            code="model_unknown",
            expected=f"one of: {', '.join(known)}",
            found=name,
            remedy="name one of the models",
        )
    return path.read_text("utf-8")


def supply_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the functions that the models call (`divide_half_even`, `monthly_value`)."""
    folder = resources.files("upswell.engines") / "functions"
    connection.execute((folder / "duckdb.sql").read_text("utf-8"))


@dataclass(frozen=True)
class Chain:
    """A chain of models: `names` in the order in which they build on each other, those in `views` not stored.

    `settings` names the one-row relation that the models may read, column by column; a chain may be run several times
    with different settings. `kept` are read by the caller after each run, the others only by later models.
    """

    folder: Traversable
    names: tuple[str, ...]
    settings: str
    views: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def texts(self) -> dict[str, str]:
        """The SQL of every model by name, in order."""
        return {name: model_text(self.folder, name) for name in self.names}

    def needed(self) -> Chain:
        """The chain without the models that nothing kept is made of."""
        texts = self.texts()
        wanted = set(self.kept)
        for name in reversed(self.names):
            if name in wanted:
                wanted |= read_by(texts[name], texts)
        return replace(self, names=tuple(name for name in self.names if name in wanted))


Setting = str | int | None


def run_chain(
    connection: duckdb.DuckDBPyConnection,
    chain: Chain,
    runs: Sequence[Mapping[str, Setting]],
    *,
    done: Callable[[int], None] | None = None,
    progress: Callable[[int, str], None] | None = None,
) -> None:
    """Run the chain once for each of `runs`, the columns of its settings; `done(number)` may then read what is kept.

    Each model becomes a temporary relation of its name. One whose settings, and those of all it reads, have the values
    they had in an earlier run is not computed again: strict and a policy with another grouping share their item
    versions. A table goes as soon as no model reads it and nobody keeps it: at a million customers the scaffolding
    would fill the memory that the later models need.
    """
    for number, run in enumerate(_plan(chain, runs)):
        create_settings(connection, chain.settings, runs[number])
        for step in run.steps:
            if progress is not None and step.text is not None:
                progress(number, step.name)
            if step.text is None:
                connection.execute(f"create or replace temp view {step.name} as select * from {step.relation}")
            elif step.name in chain.views:
                connection.execute(f"create or replace temp view {step.name} as\n{step.text}")
            else:
                connection.execute(f"create temp table {step.relation} as\n{step.text}")
                connection.execute(f"create or replace temp view {step.name} as select * from {step.relation}")
            for relation in step.finished:
                connection.execute(f"drop table {relation}")
        if done is not None:
            done(number)
        for relation in run.finished:
            connection.execute(f"drop table {relation}")


def read_by(text: str, names: Collection[str]) -> frozenset[str]:
    """Those of `names` that a model's text reads."""
    return frozenset(_READ.findall(text)) & frozenset(names)


@dataclass(frozen=True)
class _Step:
    """What to do for one model in one run: compute `text` into `relation`, or, without a text, take it as it is there.

    `finished` are the tables that nothing reads after this step.
    """

    name: str
    relation: str
    text: str | None
    finished: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Run:
    """The steps of one run, and the tables that nothing reads once what it keeps was read."""

    steps: tuple[_Step, ...]
    finished: tuple[str, ...]


def _plan(chain: Chain, runs: Sequence[Mapping[str, Setting]]) -> list[_Run]:
    texts = chain.texts()
    reads = {name: read_by(text, texts) for name, text in texts.items()}
    switches = _switches(chain, texts, reads)
    relations: dict[tuple[str, tuple[Setting, ...]], str] = {}
    plan: list[list[_Step]] = []
    # Where each table is read last: the number of the run and of the step in it, or _AFTER what the run keeps was read.
    last_read: dict[str, tuple[int, int]] = {}
    for number, settings in enumerate(runs):
        named: dict[str, str] = {}
        computed: set[str] = set()
        for name in texts:
            key = (name, tuple(settings[switch] for switch in sorted(switches[name])))
            if key not in relations and name not in chain.views:
                computed.add(name)
            named[name] = relations.setdefault(key, f"{name}_in_run_{number}")
        # What an earlier run computed and nobody asks for in this one may be gone, and needs no name.
        read_now = computed | (chain.kept & chain.views)
        wanted = chain.kept.union(computed, *(_read_through(name, reads, chain.views) for name in read_now))
        steps = [
            _Step(name, named[name], text if name in computed or name in chain.views else None)
            for name, text in texts.items()
            if name in wanted
        ]
        for place, step in enumerate(steps):
            if step.name in computed:
                for read in (step.name, *_read_through(step.name, reads, chain.views)):
                    last_read[named[read]] = (number, place)
        for name in chain.kept:
            for read in (name, *(_read_through(name, reads, chain.views) if name in chain.views else ())):
                last_read[named[read]] = (number, _AFTER)
        plan.append(steps)
    stored = {named for (name, _), named in relations.items() if name not in chain.views}
    last_read = {table: at for table, at in last_read.items() if table in stored}
    last = len(runs) - 1
    return [
        _Run(
            steps=tuple(replace(step, finished=_at(last_read, (number, place))) for place, step in enumerate(steps)),
            finished=_at(last_read, (number, _AFTER)) if number < last else (),
        )
        for number, steps in enumerate(plan)
    ]


def _at(last_read: Mapping[str, tuple[int, int]], place: tuple[int, int]) -> tuple[str, ...]:
    return tuple(table for table, at in last_read.items() if at == place)


def _switches(chain: Chain, texts: Mapping[str, str], reads: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The settings on which each model depends: those it reads and those of all it builds on."""
    found: dict[str, frozenset[str]] = {}
    for name, text in texts.items():
        own = frozenset(re.findall(rf"\b{chain.settings}\.(\w+)", text))
        found[name] = own.union(*(found[read] for read in reads[name] if read in found))
    return found


def _read_through(name: str, reads: Mapping[str, frozenset[str]], views: frozenset[str]) -> frozenset[str]:
    """The models that computing `name` reads, and those that the views among them read in turn."""
    found: set[str] = set()
    for read in reads[name] - {name}:
        found |= {read, *(_read_through(read, reads, views) if read in views else ())}
    return frozenset(found)


def create_settings(connection: duckdb.DuckDBPyConnection, name: str, settings: Mapping[str, Setting]) -> None:
    """The one-row relation `name` with the columns and values of `settings`."""
    # Column names are a closed list of the caller's; the values are bound.
    columns = ", ".join(f'? as "{column}"' for column in settings)
    connection.execute(f"create or replace temp table {name} as select {columns}", list(settings.values()))


def translate(text: str, dialect: str) -> str:
    """`text` (DuckDB's dialect) in `dialect`, pretty-printed.

    Raises `NotFoundError` for an unknown dialect; SQLGlot raises on anything it cannot express.
    """
    import sqlglot  # noqa: PLC0415 -- 0.1 s that only this command needs

    if dialect not in DIALECTS:
        raise NotFoundError(
            f"there is no dialect {dialect}",
            code="dialect_unknown",
            expected=f"one of: {', '.join(DIALECTS)}",
            found=dialect,
            remedy="name one of the dialects",
        )
    return sqlglot.transpile(
        text,
        read="duckdb",
        write=dialect,
        pretty=True,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )[0]
