"""A thousand random questions, answered by the program and by plain loops: metric, dimension, filter, policy, range.

The demo company, joined by sixty made customers who bring what it lacks (another currency, yearly terms, arrears), with
costs and activations, as of the middle of a month: so there are changes scheduled and a month that still runs. Every
slice of every answer must be the oracle's (tests/oracles/figures.py), no slice may be missing, and what is additive
must add up to the whole.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final

import pytest

import upswell
from tests.oracles.figures import ARREARS, Row, SliceOracle, Span, World, before, departures
from upswell import Workspace
from upswell.ledger.reader import open_book
from upswell.metrics.catalogue import MetricEntry, entries
from upswell.policy import preset_names
from upswell.workspace.demo import make_demo

SEED: Final = 20
QUESTIONS: Final = 1_000
AS_OF: Final = datetime(2023, 11, 17, 12)  # noqa: DTZ001 -- local time of the workspace
MONTHS: Final = [before("2024-01", back) for back in range(24, -1, -1)]
RATES: Final = {"EUR": [(date(2022, month, 1), Decimal(100 + month).scaleb(-2)) for month in range(1, 13)]}
YEAR: Final = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}

Facts = Mapping[str, str | None]
Keep = Callable[[Facts], bool]


@dataclass(frozen=True)
class Condition:
    """A filter as the user writes it and as a function; `of` are the columns that it names."""

    text: str
    keep: Keep
    of: tuple[str, ...]


def equals(column: str, value: str) -> Condition:
    return Condition(f"{column} = '{value}'", lambda facts: facts[column] == value, (column,))


def known(column: str, test: Callable[[str], bool]) -> Keep:
    """As SQL has it: a comparison with nothing is not true."""
    return lambda facts: facts[column] is not None and test(str(facts[column]))


CONDITIONS: Final = (
    equals("plan", "premier_mthly"),
    equals("product", "made"),
    equals("currency", "EUR"),
    equals("country", "US"),
    equals("owner", "Kim"),
    Condition("currency <> 'EUR'", known("currency", lambda value: value != "EUR"), ("currency",)),
    Condition("owner is null", lambda facts: facts["owner"] is None, ("owner",)),
    Condition("owner <> 'Kim'", known("owner", lambda value: value != "Kim"), ("owner",)),
    Condition("channel like 'app%'", known("channel", lambda value: value.startswith("app")), ("channel",)),
    Condition(
        "customer in ('12', 'made-3', 'made-4')", lambda f: f["customer"] in ("12", "made-3", "made-4"), ("customer",)
    ),
    Condition(
        "plan = 'made' or owner = 'Lee'",
        lambda facts: facts["plan"] == "made" or facts["owner"] == "Lee",
        ("plan", "owner"),
    ),
    Condition(
        "not (country in ('US', 'DE')) and owner = 'Kim'",
        lambda f: f["country"] is not None and f["country"] not in ("US", "DE") and f["owner"] == "Kim",
        ("country", "owner"),
    ),
)
DIMENSIONS: Final = ("plan", "product", "currency", "country", "channel", "owner")
OF_CUSTOMERS: Final = ("country", "channel", "owner", "customer")
SPLITTING: Final = ("driver", "kind")
# The presets, and what the metrics alone decide in the way that none of the first presets does.
POLICIES: Final = (*preset_names(), "moved")
OWN_POLICIES: Final = """
[policies.moved]
extends = "strict"
retention_cohort = "movements"
customer_churn_denominator = "opening_and_new"
"""


@dataclass(frozen=True)
class Book:
    """Everything the oracle needs of one policy's book."""

    rows: list[Row]
    spans: list[Span]
    world: World


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("questions")
    make_demo(folder / "demo")
    with (folder / "demo" / "upswell.toml").open("a", encoding="utf-8") as settings:
        settings.write(OWN_POLICIES)
    workspace = upswell.open(folder / "demo")
    for table, source, rows in (
        ("items", "made", list(made_items(Random(SEED)))),
        ("customers", "crm", list(made_customers(Random(SEED)))),
        ("rates", "bank", [{"date": day, "currency": "EUR", "rate": rate} for day, rate in RATES["EUR"]]),
        ("costs", "books", list(made_costs())),
    ):
        path = folder / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        assert workspace.import_file(path, table=table, source=source).held_back == 0
    workspace.build(as_of=AS_OF, policies=POLICIES)
    return workspace


def made_items(rng: Random) -> Iterable[dict[str, Any]]:
    for number in range(60):
        day = date(2022, 1, 5) + timedelta(days=rng.randrange(500))
        currency, interval = rng.choice(("EUR", "EUR", "USD")), rng.choice(("month", "month", "quarter", "year"))
        versions = rng.randint(1, 6)
        for place in range(versions):
            until = day + timedelta(days=rng.randint(15, 150))
            status = "active" if place == 0 else rng.choice(("active", "active", "past_due", "unpaid", "paused"))
            yield {
                "customer_id": f"made-{number}",
                "product_id": "made" if number % 3 else "meetings",
                "plan_id": rng.choice(("made", "premier_mthly")),
                "item_id": f"made-{number}",
                "starts_at": day,
                "ends_at": "" if number % 2 and place == versions - 1 else until,
                "quantity": rng.randint(1, 5),
                "unit_amount": Decimal(rng.randint(100, 9900)).scaleb(-2),
                "currency": currency,
                "interval": interval,
                "status": status,
            }
            day = until + timedelta(days=rng.choice((0, 0, 0, 40)))


def made_customers(rng: Random) -> Iterable[dict[str, Any]]:
    for number in range(1_100):
        name = f"made-{number}" if number < 40 else str(number)
        created = datetime(2022, 1, 1) + timedelta(hours=rng.randrange(680 * 24))  # noqa: DTZ001 -- local time
        activated = created + timedelta(hours=rng.randrange(60 * 24))
        yield {
            "customer_id": name,
            "owner": rng.choice(("Kim", "Lee", "Lou", "")),
            "created_at": created.isoformat(),
            "activated_at": activated.isoformat() if rng.random() < 0.8 else "",
        }


def made_costs() -> Iterable[dict[str, Any]]:
    for month in MONTHS[1:-2]:
        yield {"month": month, "kind": "acquisition", "amount": 9_000 + int(month[5:])}
        if month != "2023-02":
            yield {"month": month, "kind": "service", "amount": "70000.25"}
        if month[5:] in ("03", "08"):
            yield {"month": month, "kind": "expansion", "amount": "1234.5"}


@pytest.fixture(scope="module")
def books(company: Workspace) -> dict[str, Book]:
    return {name: read_book(company, name) for name in POLICIES}


def test_a_thousand_questions(company: Workspace, books: dict[str, Book]) -> None:
    values: Counter[str] = Counter()
    # Policy by policy, so that each book is opened once.
    for question in sorted(random_questions(Random(SEED)), key=lambda question: question.policy):
        answer = question.ask(company)
        values[question.metric.name] += compare(answer, question, books[question.policy])
        if question.metric.additive and question.by:
            whole = replace(question, by=[]).ask(company)
            sums = {row["month"]: Decimal(0) for row in whole}
            for row in answer:
                sums[row["month"]] += row["value"] or 0
            assert sums == {row["month"]: row["value"] or 0 for row in whole}, question
    assert {each.name for each in entries()} == {name for name, count in values.items() if count}
    assert values.total() > QUESTIONS * 5


@dataclass(frozen=True)
class Question:
    """One question as it was drawn."""

    metric: MetricEntry
    by: list[str]
    where: Condition | None
    months: tuple[str, str]
    policy: str

    def ask(self, company: Workspace) -> list[dict[str, Any]]:
        """The program's answer."""
        first, last = self.months
        where = None if self.where is None else self.where.text
        table = company.metrics(
            self.metric.name, by=self.by, where=where, month_from=first, month_to=last, policy=self.policy
        )
        return list(table.to_pylist())

    def keeps(self, facts: Facts) -> bool:
        """Whether a row with these columns is asked about."""
        return self.where is None or self.where.keep(facts)


def random_questions(rng: Random) -> Iterable[Question]:
    for _ in range(QUESTIONS):
        metric = rng.choice(entries())
        by, where = drawn(rng, metric)
        # What is contracted is told for two months alone.
        first = rng.choice(MONTHS[-5:] if metric.name == "cmrr" else MONTHS)
        last = min(MONTHS[-1], before(first, -rng.randint(0, 2)))
        yield Question(metric, by, where, (first, last), rng.choice(POLICIES))


def drawn(rng: Random, metric: MetricEntry) -> tuple[list[str], Condition | None]:
    """Dimensions and a filter that the metric can be cut by."""
    possible = {
        "all": (*DIMENSIONS, *SPLITTING),
        "slices": DIMENSIONS,
        "customers": ("country", "channel", "owner"),
        "company": (),
    }[metric.dimensions]
    by = rng.sample(possible, k=min(len(possible), rng.choice((0, 1, 1, 2))))
    allowed = OF_CUSTOMERS if metric.dimensions == "customers" else DIMENSIONS + OF_CUSTOMERS
    conditions = [each for each in CONDITIONS if set(each.of) <= set(allowed)]
    where = rng.choice([None, *conditions]) if possible else None
    return by, where


def compare(answer: list[dict[str, Any]], question: Question, book: Book) -> int:
    """Every value is the oracle's, and no slice with something in it is missing; returns how many are not 0."""
    metric, by = question.metric, question.by
    slices = oracles(book, question)
    company = SliceOracle(book.rows if metric.name == "ltv" else (), (), (), book.world)
    nothing = SliceOracle((), (), (), book.world)
    found = 0
    for row in answer:
        oracle = slices.get(tuple(row[name] for name in by), nothing)
        wanted = oracle.figure(metric.name, row["month"], company=company)
        assert (row["value"] is None) == (row["reason"] is not None), (question, row)
        assert row["value"] == as_answered(wanted, metric), (question, row, wanted)
        found += bool(row["value"])
    asked = {tuple(row[name] for name in by) for row in answer}
    for slice_ in slices.keys() - asked:
        # A change of another kind makes no slice of a metric that looks at some kinds alone.
        for month in {*question.months}:
            assert not slices[slice_].figure(metric.name, month, company=company), (question, slice_, month)
    return found


def as_answered(wanted: Fraction | None, metric: MetricEntry) -> Decimal | None:
    """Sums are exact; what was divided has twelve decimals, half to even."""
    if wanted is None:
        return None
    if metric.unit == "money" and metric.name not in ("arpa", "acv", "ltv"):
        return Decimal(int(wanted * 10**18)).scaleb(-18)
    return Decimal(round(wanted * 10**12)).scaleb(-12)


def oracles(book: Book, question: Question) -> dict[tuple[str | None, ...], SliceOracle]:
    """The slices of a question with what each of them lets through."""
    by = question.by
    rows: defaultdict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    spans: defaultdict[tuple[str | None, ...], list[Span]] = defaultdict(list)
    created: defaultdict[tuple[str | None, ...], list[tuple[str, bool]]] = defaultdict(list)
    for row in book.rows:
        if question.keeps(row.facts):
            rows[tuple(row.facts[name] for name in by)].append(row)
    for span in book.spans if "terms" in question.metric.needs else ():
        if question.keeps(span.facts):
            spans[tuple(span.facts[name] for name in by)].append(span)
    for _, month, activated, facts in book.world.created if "activations" in question.metric.needs else ():
        if question.keeps(facts):
            created[tuple(facts[name] for name in by)].append((month, activated))
    slices = rows.keys() | spans.keys() | created.keys()
    return {slice_: SliceOracle(rows[slice_], spans[slice_], created[slice_], book.world) for slice_ in slices}


def read_book(company: Workspace, name: str) -> Book:
    """A book's rows as the oracle takes them; only reading is the program's."""
    manifest, policy = company.book(), company.policy(name)
    connection = open_book(company.folder / "books" / manifest.book_id, manifest, policy)

    def table(query: str) -> list[dict[str, Any]]:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    customers = {row["customer_id"]: row for row in table("select * from customers")}

    def facts(row: Mapping[str, Any]) -> dict[str, str | None]:
        customer = customers.get(row["customer_id"], {})
        of_customer = {each: customer.get(each) for each in ("country", "channel", "owner")}
        of_row = {each: row.get(f"{each}_id", row.get(each)) for each in (*DIMENSIONS[:3], *SPLITTING)}
        return of_customer | of_row | {"customer": row["customer_id"]}

    versions = table("select item_versions.*, customer_id from item_versions join item_keys using (item_key)")
    as_of = table("select as_of, as_of_day from clock")[0]
    items: dict[int, list[dict[str, Any]]] = {}
    for version in sorted(versions, key=lambda version: version["starts_at"]):
        items.setdefault(version["item_key"], []).append(version)
    item_of = {version["span_id"]: version["item_key"] for version in versions}

    def in_arrears(row: Mapping[str, Any]) -> bool:
        begun = [
            version
            for version in items.get(item_of.get(row["before_span"], -1), ())
            if version["starts_on"] <= row["date"] and version["starts_at"] <= as_of["as_of"]
        ]
        return bool(begun) and begun[-1]["status"] in ARREARS

    rows = [
        Row(
            day=row["date"],
            month=f"{row['date']:%Y-%m}",
            customer=row["customer_id"],
            kind=row["kind"],
            amount=int(row["amount"] * 10**6),
            money=int(row["amount"] * 10**6) * int((row["rate"] or 0) * 10**12),
            currency=row["currency"],
            scheduled=row["scheduled"],
            ended_in_arrears=row["kind"] == "churn" and in_arrears(row),
            facts=facts(row),
        )
        for row in table("select * from movements")
    ]
    spans = [
        Span(
            customer=version["customer_id"],
            starts_at=version["starts_at"],
            starts_on=version["starts_on"],
            ends_at=version["ends_at"],
            ends_on=version["ends_on"],
            mrr=int(version["mrr"] * 10**6),
            currency=version["currency"],
            yearly=version["interval_count"] >= YEAR[version["billing_interval"]],
            facts=facts(version),
        )
        for version in versions
        if version["mrr"] > 0
    ]
    created = [
        (
            row["customer_id"],
            f"{row['created_at']:%Y-%m}",
            row["activated_at"] is not None and row["activated_at"] <= row["created_at"] + timedelta(days=30),
            facts(row) | {"plan": None, "product": None, "currency": None},
        )
        for row in customers.values()
        if row["created_at"] is not None
    ]
    fixed = policy.fx == "fixed_rate"
    world = World(
        as_of=as_of["as_of"],
        as_of_day=as_of["as_of_day"],
        cohort=policy.retention_cohort,
        denominator=policy.customer_churn_denominator,
        own_rates=policy.fx != "separate",
        rate=lambda currency, day: rate_of(currency, as_of["as_of_day"] if fixed else day),
        left=departures(rows, by_customer=policy.level == "customer"),
        costs={(f"{row['month']:%Y-%m}", row["kind"]): Fraction(row["amount"]) for row in table("select * from costs")},
        created=created,
        tells_of_arrears=any(version["status"] in ARREARS for version in versions),
    )
    connection.close()
    return Book(rows, spans, world)


def rate_of(currency: str, day: date) -> int:
    if currency == "USD":
        return 10**12
    return int([rate for given, rate in RATES[currency] if given <= day][-1] * 10**12)
