"""The SQL that the catalogue prints is run as it stands, on the demo and on a company with everything in it.

It is written by hand from the definitions, over item versions where the program adds up movements, and shares nothing
with it: this is the independent look at each figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import pytest

import upswell
from upswell import Workspace
from upswell.ledger.reader import open_book
from upswell.metrics.catalogue import MetricEntry, entries
from upswell.workspace.demo import make_demo

ITEMS: Final = """customer_id,product_id,plan_id,starts_at,ends_at,quantity,unit_amount,currency,interval,status,discount_percent,discount_until
Acme,CRM,Team,2024-01-10,2024-06-15,5,20.00,USD,month,active,,
Acme,CRM,Team,2024-06-15,2025-02-10,8,20.00,USD,month,active,,
Acme,CRM,Business,2025-02-10,,8,30.00,USD,month,active,,
Bolt,CRM,Team,2024-02-01,2024-09-01,1,1200.00,EUR,year,active,,
Bolt,CRM,Team,2024-09-01,2025-09-01,1,1500.00,EUR,year,active,,
Cedar,CRM,Team,2024-03-03,2024-07-01,3,20.00,USD,month,active,50,2024-05-01
Cedar,CRM,Team,2024-07-01,2024-07-20,3,20.00,USD,month,past_due,,
Cedar,CRM,Team,2024-10-02,,4,20.00,USD,month,active,,
Dune,CRM,Team,2024-03-20,2024-08-05,2,25.00,EUR,month,active,,
Dune,CRM,Team,2024-08-05,2024-08-19,2,25.00,EUR,month,past_due,,
Dune,CRM,Team,2024-08-19,2025-01-01,2,25.00,EUR,month,unpaid,,
Elm,CRM,Team,2024-04-04,2024-12-24,2,15.00,USD,month,active,,
Fir,CRM,Team,2024-04-14,2025-02-24,12,15.00,USD,quarter,active,,
Fir,Reports,Reports,2024-05-01,2025-06-01,1,600.00,USD,year,active,,
Gum,CRM,Team,2025-01-31,,2,15.00,USD,month,active,,
"""  # noqa: E501
# Twelve that expanded by seats early in 2023: every third gave them back after 200 days, two paid less a piece.
EARLY: Final = "".join(
    f"early{number},CRM,Team,2023-01-{number + 1:02d},2023-02-20,2,10.00,USD,month,active,,\n"
    f"early{number},CRM,Team,2023-02-20,{ends},4,{price},USD,month,active,,\n"
    + (f"early{number},CRM,Team,{ends},,2,10.00,USD,month,active,,\n" if ends else "")
    for number, ends, price in (
        (number, "2023-09-08" if number % 3 == 0 else "", "9.00" if number in (1, 3) else "10.00")
        for number in range(12)
    )
)
CUSTOMERS: Final = """customer_id,created_at,activated_at,country
Acme,2024-01-01T10:00,2024-01-05T10:00,DE
Bolt,2024-01-20T10:00,2024-03-05T10:00,AT
Cedar,2024-01-31T23:30,2024-03-01T23:30,DE
Dune,2024-03-01T00:10,,DE
Elm,2024-03-31T23:50,2024-04-01T00:00,AT
Fir,2025-03-01T00:00,2025-03-01T01:00,AT
"""
RATES: Final = (
    "date,currency,rate\n2024-01-01,EUR,1.10\n2024-06-30,EUR,1.05\n2024-11-11,EUR,1.20\n2025-03-05,EUR,1.15\n"
)
COSTS: Final = "month,kind,amount\n" + "".join(
    f"{year}-{month:02d},{kind},{amount}\n"
    for year, months in ((2024, range(1, 13)), (2025, range(1, 3)))
    for month in months
    for kind, amount in (("acquisition", 100 + month), ("expansion", "12.50"), ("service", 30 + month))
)
INVOICE_LINES: Final = """invoice_id,line_id,customer_id,plan_id,amount,currency,type,period_start,period_end,tax,issued_at
a-1,1,Acme,Team,100.00,USD,subscription,2024-01-10,2024-02-10,19.00,2024-01-10
a-1,2,Acme,,50.00,USD,one_time,,,9.50,2024-01-10
a-2,1,Acme,Team,100.01,USD,subscription,2024-02-10,2024-03-10,,2024-02-10
a-3,1,Acme,Team,-10.00,USD,credit,,,,2024-03-01
b-1,1,Bolt,Team,1200.00,EUR,subscription,2024-02-01,2025-02-01,228.00,2024-02-01
b-2,1,Bolt,Team,7.77,EUR,usage,2024-10-31,2024-11-30,,2024-12-01
f-1,1,Fir,Reports,600.00,USD,subscription,2025-03-01,2026-03-01,,2025-03-01
f-2,1,Fir,Reports,31.00,USD,subscription,2025-03-01,2025-04-01,,2025-03-13
"""  # noqa: E501
PAYMENTS: Final = """payment_id,customer_id,invoice_id,at,amount,currency,status
p1,Acme,a-1,2024-01-31T23:30,178.50,USD,failed
p2,Acme,a-1,2024-02-03,178.50,USD,failed
p3,Acme,a-1,2024-03-05,178.50,USD,succeeded
p4,Acme,a-2,2024-02-11,100.01,USD,succeeded
p5,Acme,a-3,2024-03-02,10.00,USD,refunded
p6,Bolt,b-1,2024-07-02,1428.00,EUR,succeeded
p7,Bolt,b-2,2024-12-05,7.77,EUR,failed
p8,Bolt,b-2,2025-01-05,5.00,EUR,succeeded
p9,Gum,,2025-02-10,15.00,USD,failed
"""
AS_OF: Final = datetime(2025, 3, 12, 15, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_demo(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("company")
    workspace = upswell.init(folder / "w", timezone="Europe/Berlin")
    for table, text in (
        ("items", ITEMS + EARLY),
        ("customers", CUSTOMERS),
        ("rates", RATES),
        ("costs", COSTS),
        ("invoice_lines", INVOICE_LINES),
        ("payments", PAYMENTS),
    ):
        path = folder / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        assert workspace.import_file(path, table=table).held_back == 0
    workspace.build(as_of=AS_OF, policies=["recurly"])
    return workspace


DEMO_MONTHS: Final = ("2022-01", "2022-02", "2022-12", "2023-01", "2023-03", "2023-09", "2023-12", "2024-01")
COMPANY_MONTHS: Final = (
    *("2023-12", *(f"2024-{month:02d}" for month in range(1, 13))),
    *("2025-01", "2025-02", "2025-03"),
)


@pytest.mark.parametrize("policy", ["strict", "recurly"])
def test_the_demo(demo: Workspace, policy: str) -> None:
    assert_agrees(demo, DEMO_MONTHS, policy=policy)


@pytest.mark.parametrize("policy", ["strict", "recurly"])
def test_a_company_with_currencies_arrears_terms_and_costs(company: Workspace, policy: str) -> None:
    found = assert_agrees(company, COMPANY_MONTHS, policy=policy)
    never = {each.name for each in entries() if all(found[each.name, month] is None for month in COMPANY_MONTHS)}
    assert never == set(), "a figure without a value anywhere proves nothing"


def assert_agrees(workspace: Workspace, months: tuple[str, ...], *, policy: str) -> dict[tuple[str, str], Any]:
    """Each entry's SQL gives the program's figure in each month; returns the program's."""
    asked = workspace.metrics(
        [each.name for each in entries()], month_from=months[0], month_to=months[-1], policy=policy
    )
    found = {(row["metric"], row["month"]): row["value"] for row in asked.to_pylist()}
    written = dict(as_written(workspace, months, policy=policy))
    wrong = {key: (value, found[key]) for key, value in written.items() if not same(value, found[key])}
    assert wrong == {}
    return found


def as_written(workspace: Workspace, months: tuple[str, ...], *, policy: str) -> Iterator[tuple[tuple[str, str], Any]]:
    manifest = workspace.book()
    folder = workspace.folder / "books" / manifest.book_id
    connection = open_book(folder, manifest, workspace.policy(policy))
    for each in entries():
        for month in months:
            yield (each.name, month), value(connection, each, month, workspace.settings.timezone)
    connection.close()


def value(connection: duckdb.DuckDBPyConnection, metric: MetricEntry, month: str, timezone: str) -> Any:
    parameters: dict[str, object] = {"month": date.fromisoformat(f"{month}-01")}
    if "$timezone" in metric.sql:
        parameters["timezone"] = timezone
    answer = connection.execute(metric.sql, parameters)
    assert [column[0] for column in answer.description or ()] == ["value"], metric.name
    row = answer.fetchone()
    assert answer.fetchone() is None, metric.name
    return None if row is None else row[0]


def same(written: Any, found: Decimal | None) -> bool:
    """Sums are the same to the last digit; SQL divides in floating point, so quotients are the same to 9 digits."""
    if written is None or found is None:
        return written is found
    if isinstance(written, float):
        return abs(written - float(found)) <= 1e-9 * max(1.0, abs(written))
    return Decimal(written) == found
