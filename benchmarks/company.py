"""A made company of any size, for timing only: deterministic, text ids throughout.

From version to version most items change seats, some the plan, the price or the discount, and a fifth renew unchanged;
every tenth item continues under a new item id (a pair), a quarter of the second items are add-ons, a third of the
items end. With the defaults a customer has two items of four versions each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb


@dataclass(frozen=True, kw_only=True)
class Company:
    """How many customers, items a customer and versions an item; `months` is the span of the history."""

    customers: int
    items: int = 2
    versions: int = 4
    months: int = 60

    @property
    def rows(self) -> int:
        """Item versions in all."""
        return self.customers * self.items * self.versions


_ITEMS: Final = """
with slots as (
    select
        i // ($items * $versions) as customer,
        (i // $versions) % $items as item,
        i % $versions as version,
        hash(i // $versions, 'base') % ($days // 3) as base_day,
        1 + $days // (3 * $versions) + hash(i // $versions, 'step') % ($days // (3 * $versions)) as step_days
    from range($customers * $items * $versions) as slots(i)
),
dated as (
    select
        *,
        hash(customer, item, 'ends') % 3 = 0 as ends,
        hash(customer, item, 'pair') % 10 = 0 and version * 2 >= $versions as renamed,
        (hash(customer, item, 'plan') + (hash(customer, item, version, 'plan') % 100 < 12)::int * version) % 3 as size,
        10 + hash(customer, item) % 40 as seats,
        date '2020-01-01' + cast(base_day + version * step_days as integer) as starts_at,
        date '2020-01-01' + cast(base_day + (version + 1) * step_days as integer) as next_at
    from slots
)
select
    'cus_' || lpad(customer::varchar, 9, '0') as customer_id,
    'sub_' || lpad(customer::varchar, 9, '0') as subscription_id,
    'si_' || lpad((customer * $items + item)::varchar, 10, '0') || case when renamed then '_b' else '_a' end
        as item_id,
    'prod_' || ((customer + item) % 5)::varchar as product_id,
    'plan_' || ((customer + item) % 5)::varchar || '_' || size::varchar as plan_id,
    starts_at,
    case when version < $versions - 1 or ends then next_at end as ends_at,
    seats + case when hash(customer, item, version, 'seats') % 100 < 55 then version * 2 else 0 end as quantity,
    (9 + size * 10 + case when hash(customer, item, version, 'price') % 100 < 8 then version else 0 end)::varchar
        || '.90' as unit_amount,
    'USD' as currency,
    case when hash(customer, item, 'yearly') % 5 = 0 then 'year' else 'month' end as interval,
    case when hash(customer, item, version, 'discount') % 100 < 6 then '10' end as discount_percent,
    case when item = 1 and customer % 4 = 0 then 'addon' else 'plan' end as item_type
from dated
"""


_CUSTOMERS: Final = """
select
    'cus_' || lpad(i::varchar, 9, '0') as customer_id,
    ['DE', 'US', 'FR', 'AT', 'GB'][1 + cast(hash(i, 'country') % 5 as integer)] as country,
    ['retail', 'transport', 'health'][1 + cast(hash(i, 'sector') % 3 as integer)] as sector,
    'owner ' || (hash(i, 'owner') % 20)::varchar as owner
from range($customers) as numbers(i)
"""


def write_customers(path: Path, company: Company) -> None:
    """Write the company's customers with attributes to a Parquet file."""
    connection = duckdb.connect()
    target = str(path).replace("'", "''")
    connection.execute(f"copy ({_CUSTOMERS}) to '{target}' (format parquet)", {"customers": company.customers})
    connection.close()


def write_items(path: Path, company: Company) -> None:
    """Write the company's items to `path`: CSV, or Parquet by its ending."""
    connection = duckdb.connect()
    form = "format parquet" if path.suffix == ".parquet" else "format csv, header"
    target = str(path).replace("'", "''")
    sizes = {
        "customers": company.customers,
        "items": company.items,
        "versions": company.versions,
        "days": company.months * 30,
    }
    connection.execute(f"copy ({_ITEMS}) to '{target}' ({form})", sizes)
    connection.close()
