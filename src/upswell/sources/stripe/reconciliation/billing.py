"""Everything billed and paid, read once, by month and currency. Amounts are in major units.

A month is that of the workspace's time zone; an invoice belongs to the month in which it was finalised. Drafts are not
invoiced yet and void invoices never were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

At = tuple[int, str]
Rows = Mapping[At, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Billing:
    """By month number and currency: lines and invoices as issued, invoices as `settled`, credit `notes`, `payments`.

    `charges` are the charges of an invoice that succeeded, whenever that was.
    """

    lines: Rows
    invoices: Rows
    settled: Rows
    notes: Rows
    payments: Rows
    charges: Mapping[str, Sequence[Mapping[str, Any]]]


def read_billing(connection: duckdb.DuckDBPyConnection, timezone: str) -> Billing:
    """Read from a connection on which an account is landed (`derive.landed`)."""
    connection.execute("create or replace temp table bridge_zone as select ?::varchar as zone", [timezone])
    payments = _rows(connection, _PAYMENTS)
    charges: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in payments:
        if each["status"] == "succeeded" and each["invoice_id"] is not None:
            charges[each["invoice_id"]].append(each)
    invoices = _rows(connection, _INVOICES)
    return Billing(
        lines=_grouped(_rows(connection, _LINES), "issued_month"),
        invoices=_grouped(invoices, "issued_month"),
        settled=_grouped([each for each in invoices if each["status"] == "paid"], "paid_month"),
        notes=_grouped(_rows(connection, _NOTES), "issued_month"),
        payments=_grouped(payments, "paid_month"),
        charges=charges,
    )


def _grouped(rows: Sequence[Mapping[str, Any]], month: str) -> Rows:
    found: dict[At, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row[month] is not None:
            found[row[month], row["currency"]].append(row)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _month(moment: str) -> str:
    local = f"({moment} at time zone 'UTC' at time zone (select zone from bridge_zone))"
    return f"year({local}) * 12 + month({local}) - 1"


_ISSUED: Final = "coalesce(invoices.finalized_at, invoices.created_at)"
_COUNTED: Final = "invoices.status in ('open', 'paid', 'uncollectible')"
# `as_priced`: whether a regular line for a whole period is what its price says; null where nothing can be said.
_LINES: Final = f"""
select {_month(_ISSUED)} as issued_month, lines.currency, lines.line_id, lines.invoice_id, lines.customer_id,
    lines.subscription_id, lines.item_id, lines.proration, coalesce(prices.metered, false) as metered,
    prices.billing_interval = 'month' and prices.interval_count = 1 as monthly,
    major_of(lines.amount - lines.discount - lines.inclusive_tax, digits) as net,
    case when not lines.proration and lines.amount <> 0 then abs(totals.total - lines.amount) < 1 end as as_priced
from lines
inner join invoices on invoices.invoice_id = lines.invoice_id and {_COUNTED}
inner join currency_digits on currency_digits.currency = lines.currency
left join prices on prices.price_id = lines.price_id
left join price_totals as totals
    on totals.price_id = lines.price_id and totals.currency = lines.currency and totals.quantity = lines.quantity
order by {_ISSUED}, lines.invoice_id, lines.place
"""
_INVOICES: Final = f"""
with taxes as (
    select invoice_id, sum(inclusive_tax + exclusive_tax) as tax from lines group by invoice_id
),

credited as (
    select object_id as invoice_id, cast(raw ->> '$.pre_payment_credit_notes_amount' as bigint) as amount
    from latest_objects
    where object_type = 'invoice'
)

select {_month(_ISSUED)} as issued_month, {_month("invoices.paid_at")} as paid_month,
    {_month("invoices.uncollectible_at")} as written_off_month, invoices.currency, invoices.invoice_id,
    invoices.customer_id, invoices.subscription_id, invoices.status, major_of(invoices.total, digits) as total,
    major_of(invoices.amount_due, digits) as due, major_of(coalesce(taxes.tax, 0), digits) as tax,
    major_of(invoices.starting_balance - coalesce(invoices.ending_balance, 0), digits) as from_balance,
    major_of(coalesce(credited.amount, 0), digits) as credited_before
from invoices
inner join currency_digits on currency_digits.currency = invoices.currency
left join taxes on taxes.invoice_id = invoices.invoice_id
left join credited on credited.invoice_id = invoices.invoice_id
where {_COUNTED}
order by invoices.invoice_id
"""
_NOTES: Final = f"""
select {_month("moment_of(raw ->> '$.created')")} as issued_month, upper(raw ->> '$.currency') as currency,
    object_id as note_id, id_of(raw -> '$.customer') as customer_id,
    major_of(cast(raw ->> '$.total' as bigint), digits) as total,
    major_of(cast(coalesce(raw ->> '$.total_excluding_tax', raw ->> '$.subtotal') as bigint), digits) as net
from latest_objects
inner join currency_digits on currency_digits.currency = upper(raw ->> '$.currency')
where object_type = 'credit_note' and not deleted and raw ->> '$.status' <> 'void'
order by note_id
"""
_PAYMENTS: Final = f"""
select {_month("payments.happened_at")} as paid_month, payments.currency, payments.payment_id, payments.payment_type,
    payments.customer_id, payments.invoice_id, payments.status, major_of(payments.amount, digits) as amount
from payments
inner join currency_digits on currency_digits.currency = payments.currency
where payments.status <> 'failed'
order by payments.payment_id
"""
