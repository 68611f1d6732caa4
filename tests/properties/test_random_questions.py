"""A thousand random questions, answered by the program and by plain loops: metric, dimension, filter, policy, range.

The demo company, joined by sixty made customers who bring what it lacks (another currency, yearly terms, arrears), with
costs and activations, as of the middle of a month: so there are changes scheduled and a month that still runs. Every
slice of every answer must be the oracle's (tests/oracles/figures.py), no slice may be missing, and what is additive
must add up to the whole.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache, partial
from importlib import resources
from random import Random
from typing import Any, Final, Protocol, TypeVar

import pytest

import upswell
from tests.oracles.figures import ARREARS, Row, SliceOracle, Span, World, before, close_of, departures
from tests.oracles.placing import BANDS, Customer, Moved, held_of
from tests.oracles.revenue import Line, MoneyOracle, Payment
from upswell import Workspace
from upswell.ledger.reader import open_book
from upswell.metrics.catalogue import MetricEntry, entries, entry
from upswell.policy import preset_names
from upswell.workspace.demo import make_demo

SEED: Final = 20
QUESTIONS: Final = 1_000
AS_OF: Final = datetime(2023, 11, 17, 12)  # noqa: DTZ001 -- local time of the workspace
MONTHS: Final = [before("2024-01", back) for back in range(24, -1, -1)]
RATES: Final = {"EUR": [(date(2022, month, 1), Decimal(100 + month).scaleb(-2)) for month in range(1, 13)]}
DAYS: Final = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
NO_CHANGE: Final = {"driver": None, "kind": None}
YEAR: Final = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}

Facts = Mapping[str, str | None]
Keep = Callable[[Facts], bool]
Slices = Callable[[str], Mapping[tuple[str | None, ...], SliceOracle]]


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
    equals("segment", "mid"),
    equals("stage", "expanding"),
    Condition("segment <> 'small'", known("segment", lambda value: value != "small"), ("segment",)),
    Condition("mrr_band in ('100 to 500', '500 to 2000')", known("mrr_band", lambda v: "500" in v), ("mrr_band",)),
    Condition("usage_band like '% of limit'", known("usage_band", lambda v: v.endswith("of limit")), ("usage_band",)),
    Condition(
        "seats_band = '2 to 9' or segment = 'large' and not (plan = 'made')",
        lambda f: f["seats_band"] == "2 to 9" or (f["segment"] == "large" and f["plan"] != "made"),
        ("seats_band", "segment", "plan"),
    ),
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
# Families of up to three generations; the head of one is no customer, and two customers are each other's parents.
PARENTS: Final = {str(number): str(number // 10 * 10) for number in range(1_100) if number % 10 in (3, 7)} | {
    "made-2": "made-1", "made-1": "made-0", "made-0": "HQ", "made-6": "HQ", "made-31": "made-32", "made-32": "made-31",
    "made-12": "12", "40": "0",
}  # fmt: skip
LIMITS: Final = (("made", 1000), ("premier_mthly", 900), ("basic_mthly", 500))
FLOW: Final = (
    *("opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr"),
    *("transfer_in_mrr", "transfer_out_mrr"),
)
TRAILING: Final = {"nrr_trailing_12m": "nrr_1m", "grr_trailing_12m": "grr_1m"}
PLACED: Final = ("segment", *BANDS)
DIMENSIONS: Final = ("plan", "product", "currency", "country", "channel", "owner", *PLACED)
OF_CUSTOMERS: Final = ("country", "channel", "owner", "segment", "customer")
SPLITTING: Final = ("driver", "kind")
# What lasted is followed through two years before, which these companies do not have: tests/metrics/test_durable.py has
# it, and test_written_sql.py, where the same is found by the lowest level of MRR since.
ASKED: Final = tuple(each for each in entries() if each.name != "durable_expansion_mrr")
# The presets, and what the metrics alone decide in the way that none of the first presets does.
POLICIES: Final = (*preset_names(), "moved", "strict+family", "strict+constant-currency", "recurly+family")
OWN_POLICIES: Final = """
[policies.moved]
extends = "strict"
retention_cohort = "movements"
customer_churn_denominator = "opening_and_new"
"""


@dataclass(frozen=True, eq=False)
class Book:
    """Everything the oracle needs of one policy's book."""

    rows: list[Row]
    spans: list[Span]
    world: World
    crossings: list[Row]
    customers: dict[str, Customer]
    day: date
    lines: list[Line]
    payments: list[Payment]

    def placed(self, customer: str, day: date) -> dict[str, str | None]:
        """Where a customer stands on a day, as far as the book knows."""
        return self.customers[customer].on(min(day, self.day))

    def money(self, lines: Iterable[Line], payments: Iterable[Payment]) -> MoneyOracle:
        """The oracle of some lines and payments."""
        return MoneyOracle(lines, payments, as_of=self.world.as_of, rate=rate_of)


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
        ("customers", "sales", list(made_segments(Random(SEED)))),
        ("usage", "app", list(made_usage(Random(SEED)))),
        ("limits", "app", [{"plan_id": plan, "metric": "calls", "limit": limit} for plan, limit in LIMITS]),
        ("invoice_lines", "made", list(made_lines(Random(SEED)))),
        ("payments", "made", list(made_payments(Random(SEED)))),
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
                "discount_percent": (40, 25, "")[(number + place) % 3],
                "cancel_requested_at": until - timedelta(days=10) if number % 8 == 1 and place == versions - 1 else "",
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
            "parent_id": PARENTS.get(name, ""),
            "created_at": created.isoformat(),
            "activated_at": activated.isoformat() if rng.random() < 0.8 else "",
        }


def made_segments(rng: Random) -> Iterable[dict[str, Any]]:
    """Customers outgrow their segment, some fall back; of some only one segment was ever told."""
    for number in range(1_100):
        name = f"made-{number}" if number < 40 else str(number)
        day = date(2021, 12, 1) + timedelta(days=rng.randrange(300))
        for _ in range(rng.choice((1, 1, 2, 3))):
            yield {"customer_id": name, "valid_from": day, "segment": rng.choice(("small", "mid", "large"))}
            day += timedelta(days=rng.randint(1, 400))


def made_usage(rng: Random) -> Iterable[dict[str, Any]]:
    for number in range(300):
        name = f"made-{number}" if number < 60 else str(number)
        for month in range(rng.randrange(20), 22):
            if rng.random() < 0.8:
                day = date(2022 + month // 12, month % 12 + 1, rng.randint(1, 28))
                calls = rng.choice((0, 100, 450, 500, 799, 800, 1000, 1200))
                yield {"customer_id": name, "metric": rng.choice(("calls", "calls", "files")), "day": day} | {
                    "quantity": calls
                }


def used_by_made_customers() -> Iterable[tuple[str, str, date, Decimal]]:
    for row in made_usage(Random(SEED)):
        yield row["customer_id"], row["metric"], row["day"], Decimal(row["quantity"])


@cache
def used_by_accounts() -> Sequence[tuple[str, str, date, Decimal]]:
    """What the demo company's own accounts used, from the file it ships with: customer, metric, last day, quantity."""
    packed = resources.files("upswell.sources") / "churnsim" / "monthly_usage.csv.gz"
    with packed.open("rb") as wide, gzip.open(wide, "rt", encoding="utf-8", newline="") as text:
        return [
            (row["account_id"], metric, date.fromisoformat(row["period_end"]) - timedelta(1), Decimal(quantity))
            for row in csv.DictReader(text)
            for metric, quantity in row.items()
            if metric not in ("account_id", "period_start", "period_end") and Decimal(quantity)
        ]


def made_costs() -> Iterable[dict[str, Any]]:
    for month in MONTHS[1:-2]:
        yield {"month": month, "kind": "acquisition", "amount": 9_000 + int(month[5:])}
        if month != "2023-02":
            yield {"month": month, "kind": "service", "amount": "70000.25"}
        if month[5:] in ("03", "08"):
            yield {"month": month, "kind": "expansion", "amount": "1234.5"}


def made_lines(rng: Random) -> Iterable[dict[str, Any]]:
    """Invoices of half the made customers from March 2022 on; usage is billed after its month, fees have no period."""
    for number in range(0, 60, 2):
        day, currency = date(2022, 3, 1) + timedelta(days=rng.randrange(40)), rng.choice(("EUR", "USD"))
        for invoice in range(rng.randint(3, 20)):
            until = day + timedelta(days=rng.choice((28, 30, 31, 90, 365)))
            kind = rng.choice(("subscription", "subscription", "subscription", "usage", "one_time", "credit"))
            amount = Decimal(rng.randint(1, 99_999)).scaleb(-2) * (-1 if kind == "credit" else 1)
            timeless = kind in ("one_time", "credit") and rng.random() < 0.7
            yield {
                "invoice_id": f"made-{number}-{invoice}",
                "line_id": 1,
                "customer_id": f"made-{number}",
                "product_id": "made",
                "plan_id": rng.choice(("made", "premier_mthly", "")),
                "amount": amount,
                "currency": currency,
                "type": kind,
                "period_start": "" if timeless else day,
                "period_end": "" if timeless else until,
                "issued_at": until if kind == "usage" else day,
            }
            day += timedelta(days=rng.randint(20, 60))


def made_payments(rng: Random) -> Iterable[dict[str, Any]]:
    """Up to two failures, then mostly a success; now and then a part of it, now and then a refund."""
    for number in range(0, 60, 2):
        currency = rng.choice(("EUR", "USD"))
        for invoice in range(rng.randint(3, 20)):
            at = datetime(2022, 4, 2, 9) + timedelta(days=31 * invoice + rng.randrange(20))  # noqa: DTZ001 -- local
            amount = Decimal(rng.randint(100, 99_999)).scaleb(-2)
            statuses = ["failed"] * rng.choice((0, 0, 0, 1, 2)) + rng.choice(
                (["succeeded"], ["succeeded"], ["succeeded", "refunded"], [])
            )
            for status in statuses:
                yield {
                    "customer_id": f"made-{number}",
                    "invoice_id": f"made-{number}-{invoice}",
                    "at": at.isoformat(),
                    "amount": amount if status == "failed" or rng.random() < 0.8 else amount / 2,
                    "currency": currency,
                    "status": status,
                }
                at += timedelta(days=rng.randint(1, 40))


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
    assert {each.name for each in ASKED} == {name for name, count in values.items() if count}
    assert values.total() > QUESTIONS * 5


def test_a_thousand_slices_roll_forward(company: Workspace) -> None:
    """Opening, kinds, fx and transfers are the closing of each slice, and its closing the next month's opening."""
    rng = Random(SEED)
    drawn_ = [
        (rng.choice(POLICIES), *drawn(rng, entry("closing_mrr")), rng.randrange(len(MONTHS) - 2)) for _ in range(90)
    ]
    seen = 0
    for policy, by, where, first in sorted(drawn_, key=lambda each: each[0]):
        filter_ = None if where is None else where.text
        rows = company.metrics(
            (*FLOW, "closing_mrr"),
            by=by,
            where=filter_,
            policy=policy,
            month_from=MONTHS[first],
            month_to=MONTHS[first + 2],
        ).to_pylist()
        slices: dict[tuple[Any, ...], dict[str, dict[str, Decimal]]] = {}
        for row in rows:
            months = slices.setdefault(tuple(row[name] for name in by), {})
            months.setdefault(row["month"], {})[row["metric"]] = row["value"]
        for slice_, months in slices.items():
            for month, figures in sorted(months.items()):
                if None in figures.values():
                    continue  # a rate is lacking, and the reason says so
                asked = (policy, by, filter_, slice_, month)
                assert sum(figures[name] for name in FLOW) == figures["closing_mrr"], asked
                former = months.get(before(month))
                assert former is None or former["closing_mrr"] in (None, figures["opening_mrr"]), asked
                seen += 1
    assert seen > 1_000


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

    @property
    def is_placed(self) -> bool:
        """Whether it names a column along which customers pass from slice to slice."""
        return bool(set(PLACED).intersection((*self.by, *(self.where.of if self.where else ()))))

    def keeps(self, facts: Facts) -> bool:
        """Whether a row with these columns is asked about."""
        return self.where is None or self.where.keep(facts)


def random_questions(rng: Random) -> Iterable[Question]:
    for _ in range(QUESTIONS):
        metric = rng.choice(ASKED)
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
        "customers": ("country", "channel", "owner", "segment"),
        "lines": DIMENSIONS,
        "payments": ("currency", "country", "channel", "owner", *PLACED),
        "company": (),
    }[metric.dimensions]
    by = rng.sample(possible, k=min(len(possible), rng.choice((0, 1, 1, 2))))
    allowed = {"customers": OF_CUSTOMERS, "payments": ("currency", *OF_CUSTOMERS)}.get(
        metric.dimensions, DIMENSIONS + OF_CUSTOMERS
    )
    conditions = [each for each in CONDITIONS if set(each.of) <= set(allowed)]
    where = rng.choice([None, None, None, *conditions]) if possible else None
    return by, where


def compare(answer: list[dict[str, Any]], question: Question, book: Book) -> int:
    """Every value is the oracle's, and no slice with something in it is missing; returns how many are not 0."""
    metric, by = question.metric, question.by
    months = sorted({row["month"] for row in answer}) or [question.months[0]]
    slices_of = {month: oracles(book, question, month) for month in (months if question.is_placed else months[:1])}
    no_money = book.money((), ())
    company = SliceOracle(book.rows if metric.name == "ltv" else (), (), (), book.world, no_money)
    nothing = SliceOracle((), (), (), book.world, no_money)
    found = 0
    one_month = cache(partial(oracles, book, replace(question, metric=entry(TRAILING.get(metric.name, metric.name)))))
    for row in answer:
        slices = slices_of.get(row["month"], slices_of[months[0]])
        oracle = slices.get(tuple(row[name] for name in by), nothing)
        wanted = oracle.figure(metric.name, row["month"], company=company)
        if metric.name in TRAILING and question.is_placed and book.world.cohort != "movements":
            wanted = trailing(TRAILING[metric.name], one_month, tuple(row[name] for name in by), row["month"])
        assert (row["value"] is None) == (row["reason"] is not None), (question, row)
        assert row["value"] == as_answered(wanted, metric), (question, row, wanted)
        found += bool(row["value"])
    asked = {tuple(row[name] for name in by) for row in answer}
    for month in {*question.months} & {*months}:
        # A change of another kind makes no slice of a metric that looks at some kinds alone.
        slices = slices_of.get(month, slices_of[months[0]])
        for slice_ in slices.keys() - asked if metric.name not in TRAILING else ():
            assert not slices[slice_].figure(metric.name, month, company=company), (question, slice_, month)
    return found


def as_answered(wanted: Fraction | None, metric: MetricEntry) -> Decimal | None:
    """Sums are exact; what was divided has twelve decimals, half to even."""
    if wanted is None:
        return None
    if metric.unit == "money" and metric.name not in ("arpa", "acv", "ltv"):
        return Decimal(int(wanted * 10**18)).scaleb(-18)
    return Decimal(round(wanted * 10**12)).scaleb(-12)


def oracles(book: Book, question: Question, month: str) -> dict[tuple[str | None, ...], SliceOracle]:
    """The slices of a question with what each of them lets through; only where customers pass between slices does it
    depend on the month.
    """
    needs = {*question.metric.needs}
    day = close_of(month) if question.is_placed else None
    rows = cut(question, rows_for(book, question, month))
    spans = cut(question, standing(book, "spans", day) if needs & {"terms", "quality"} else ())
    created = cut(question, [Newcomer(*each) for each in book.world.created] if "activations" in needs else ())
    lines = cut(question, standing(book, "lines", day) if "earned" in needs else ())
    payments = cut(question, standing(book, "payments", day) if "received" in needs else ())
    return {
        each: SliceOracle(
            rows.get(each, ()),
            spans.get(each, ()),
            [(customer.month, customer.activated) for customer in created.get(each, ())],
            book.world,
            book.money(lines.get(each, ()), payments.get(each, ())),
        )
        for each in rows.keys() | spans.keys() | created.keys() | lines.keys() | payments.keys()
    }


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A customer, the month it was created in, and whether it was activated in time."""

    customer: str
    month: str
    activated: bool
    facts: Facts


class HasFacts(Protocol):
    """Whatever is cut by its columns."""

    @property
    def facts(self) -> Facts: ...


Each = TypeVar("Each", bound=HasFacts)


@lru_cache(maxsize=50)
def standing(book: Book, what: str, day: date | None) -> Sequence[Any]:
    """A book's rows, spans, lines or payments, all where their customers stand on one day: what lasts or is earned
    belongs to where its customer stands as the month closes.
    """
    given: Sequence[Any] = getattr(book, what)
    if day is None:
        return given
    return [replace(each, facts={**each.facts, **book.placed(each.customer, day)}) for each in given]


def cut(question: Question, given: Iterable[Each]) -> dict[tuple[str | None, ...], list[Each]]:
    """What a question lets through, by slice."""
    slices: dict[tuple[str | None, ...], list[Each]] = {}
    for each in given:
        facts = each.facts
        if question.keeps(facts):
            slices.setdefault(tuple([facts[name] for name in question.by]), []).append(each)
    return slices


def trailing(name: str, of_month: Slices, slice_: tuple[str | None, ...], month: str) -> Fraction | None:
    """The product of twelve months, each with a cohort of its own that stood in the slice as the month began."""
    product = Fraction(1)
    for back in range(12):
        each = before(month, back)
        slices = of_month(each)
        rate = None if slice_ not in slices else slices[slice_].figure(name, each, company=slices[slice_])
        if rate is None:
            return None
        product *= rate
    return product


def rows_for(book: Book, question: Question, month: str) -> Iterable[Row]:
    """The movements, each where its customer stood on its day, with what passes between slices; for a cohort, where
    its customer stood when the cohort began.
    """
    lag = {"cohort_1m": 1, "cohort_3m": 3, "cohort_12m": 12}.get(next(iter(question.metric.needs), ""))
    if question.is_placed and lag is not None and book.world.cohort != "movements":
        return standing(book, "rows", close_of(before(month, lag)))
    return (*book.rows, *book.crossings)


def read_book(company: Workspace, name: str) -> Book:
    """A book's rows as the oracle takes them; only reading is the program's."""
    manifest, policy = company.book(), company.policy(name)
    connection = open_book(company.folder / "books" / manifest.book_id, manifest, policy)

    def table(query: str) -> list[dict[str, Any]]:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    customers = {row["customer_id"]: row for row in table("select * from customers")}

    as_of = table("select as_of, as_of_day from clock")[0]
    fixed = policy.fx == "fixed_rate"
    owner_of: Callable[[str], str] = head if policy.level == "family" else str
    lives = read_lives(table, as_of, own_rates=policy.fx != "separate", head=owner_of)

    def facts(row: Mapping[str, Any]) -> dict[str, str | None]:
        customer = customers.get(row["customer_id"], {})
        of_customer = {each: customer.get(each) for each in ("country", "channel", "owner")}
        of_row = {each: row.get(f"{each}_id", row.get(each)) for each in (*DIMENSIONS[:3], *SPLITTING)}
        placed = {} if "date" not in row else lives[row["customer_id"]].on(min(row["date"], as_of["as_of_day"]))
        return of_customer | of_row | {"customer": row["customer_id"]} | placed

    versions = table("select item_versions.*, customer_id from item_versions join item_keys using (item_key)")
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
    rows_of_item: defaultdict[int, set[int]] = defaultdict(set)
    ends_of_row: defaultdict[int, set[date | None]] = defaultdict(set)
    for version in versions:
        rows_of_item[version["item_key"]].add(version["source_row"])
        ends_of_row[version["source_row"]].add(version["ends_on"])
    asked = {
        (row["customer_id"], row["starts_at"]): row["cancel_requested_at"]
        for row in made_items(Random(SEED))
        if row["cancel_requested_at"]
    }

    def cancel_requested_on(version: Mapping[str, Any]) -> date | None:
        return asked.get((version["customer_id"], version["starts_on"]))

    def is_one_term(version: Mapping[str, Any]) -> bool:
        ends = ends_of_row[version["source_row"]]
        if len(rows_of_item[version["item_key"]]) > 1 or None in ends or cancel_requested_on(version):
            return False
        lasts = max(day for day in ends if day) - version["starts_on"]
        return int(lasts.days) <= DAYS[version["billing_interval"]] * int(version["interval_count"])

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
            status=version["status"],
            discount=Fraction(version["discount_percent"]) / 100,
            cancel_requested_on=cancel_requested_on(version),
            one_term=is_one_term(version),
        )
        for version in versions
        if version["mrr"] > 0
    ]
    created = [
        (
            row["customer_id"],
            f"{row['created_at']:%Y-%m}",
            row["activated_at"] is not None and row["activated_at"] <= row["created_at"] + timedelta(days=30),
            facts(row)
            | {"plan": None, "product": None, "currency": None}
            | lives[row["customer_id"]].on(min(row["created_at"].date(), as_of["as_of_day"])),
        )
        for row in customers.values()
        if row["created_at"] is not None
    ]
    lines = [
        Line(
            customer=owner_of(row["customer_id"]),
            kind=row["type"],
            amount=row["amount"],
            currency=row["currency"],
            billed_on=row["issued_at"],
            starts_on=row["period_start"] or row["issued_at"],
            ends_on=row["period_end"] or None,
            facts=facts({**row, "customer_id": owner_of(row["customer_id"]), "plan_id": row["plan_id"] or None})
            | NO_CHANGE,
        )
        for row in made_lines(Random(SEED))
    ]
    payments = [
        Payment(
            customer=owner_of(row["customer_id"]),
            charge=row["invoice_id"],
            at=datetime.fromisoformat(row["at"]),
            amount=row["amount"],
            currency=row["currency"],
            status=row["status"],
            facts=facts({**row, "customer_id": owner_of(row["customer_id"])}),
        )
        for row in made_payments(Random(SEED))
    ]
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
        all_money=MoneyOracle((), payments, as_of=as_of["as_of"], rate=rate_of),
        first_line=min(f"{min(line.billed_on, line.starts_on):%Y-%m}" for line in lines),
        first_payment=min(f"{payment.at:%Y-%m}" for payment in payments),
    )
    connection.close()
    crossings = list(passing(rows, lives, world))
    return Book(rows, spans, world, crossings, lives, as_of["as_of_day"], lines, payments)


def head(customer: str) -> str:
    """The customer at the head of a family; of a circle, the first by name."""
    line = [customer]
    while line[-1] in PARENTS and PARENTS[line[-1]] not in line:
        line.append(PARENTS[line[-1]])
    return min(line) if line[-1] in PARENTS else line[-1]


def read_lives(
    table: Callable[[str], list[dict[str, Any]]], as_of: Any, *, own_rates: bool, head: Callable[[str], str]
) -> dict[str, Customer]:
    """Every customer's life, from the book's movements and versions and from the rows that were made here; where a
    customer is a family, its usage is that of all its members and its attributes are those of its head.
    """
    moved: dict[str, list[Moved]] = defaultdict(list)
    for row in table("select * from movements where not scheduled"):
        amount = int(row["amount"] * 10**6)
        rate = int(row["rate"] * 10**12) if own_rates else rate_of(row["currency"], as_of["as_of_day"])
        moved[row["customer_id"]].append(
            Moved(row["date"], row["kind"], row["product_id"], row["plan_id"], amount, amount * rate)
        )
    versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for version in table("select item_versions.*, customer_id from item_versions join item_keys using (item_key)"):
        versions[version["customer_id"]].append(version)
    usage: dict[str, dict[tuple[int, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, metric, day, quantity in (*used_by_accounts(), *used_by_made_customers()):
        usage[head(customer)][day.year * 12 + day.month - 1, metric] += quantity
    segments: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in made_segments(Random(SEED)):
        if row["valid_from"] <= as_of["as_of_day"]:
            segments[row["customer_id"]].append((row["valid_from"], row["segment"]))
    limits = {(plan, "calls"): Decimal(limit) for plan, limit in LIMITS}
    everybody = (
        {row["customer_id"] for row in table("select customer_id from customers")} | moved.keys() | segments.keys()
    )
    return {
        name: Customer(
            moved[name],
            held_of(versions[name], as_of["as_of"]),
            usage[name],
            {"segment": segments.get(name, [])},
            limits,
        )
        for name in everybody | versions.keys()
    }


def balances(moves: Sequence[Row], day: date, world: World) -> Iterable[tuple[tuple[str | None, ...], tuple[int, int]]]:
    """What a customer holds of each plan, product and currency as a day begins: amount and money."""
    held: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in moves:
        if row.day < day:
            held[tuple(row.facts[name] for name in DIMENSIONS[:3])].append(row)
    for key, rows in held.items():
        amount = sum(row.amount for row in rows)
        own = sum(row.money for row in rows)
        yield key, (amount, own if world.own_rates else amount * world.rate(str(key[2]), day))


def passing(rows: Sequence[Row], lives: Mapping[str, Customer], world: World) -> Iterable[Row]:
    """What passes from slice to slice when a customer does: its balance out of the one and into the other."""
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.scheduled:
            of[row.customer].append(row)
    for customer, moves in of.items():
        life = lives[customer]
        for day in life.turning_days(world.as_of_day):
            former, later = life.on(day - timedelta(1)), life.on(day)
            for (plan, product, currency), (amount, money) in balances(moves, day, world) if former != later else ():
                for sign, placed in ((-1, former), (1, later)):
                    facts = {**moves[0].facts, **placed, "plan": plan, "product": product, "currency": currency}
                    yield Row(
                        day=day,
                        month=f"{day:%Y-%m}",
                        customer=customer,
                        kind="transfer",
                        amount=sign * amount,
                        money=sign * money,
                        currency=str(currency),
                        scheduled=False,
                        ended_in_arrears=False,
                        facts={**facts, "kind": "transfer", "driver": None},
                    )


def rate_of(currency: str, day: date) -> int:
    if currency == "USD":
        return 10**12
    return int([rate for given, rate in RATES[currency] if given <= day][-1] * 10**12)
