"""The import tables as data: which columns each has, of which type, and what a row must satisfy.

Every source ends in one of these tables (docs/import.md). A billing file's row

    customer_id  plan_id  starts_at   unit_amount  quantity
    acme         team     2024-01-10  20.00        5

is an `items` row: the columns it lacks get the defaults written here (subscription_id = acme,
product_id = team, item_id = acme-team, currency = the workspace's, interval = month).

To add a table, add a `Table` to `TABLES`: reading, checking, keys, replacing and undoing follow
from it. A default and a check are SQL over the row's typed columns; `{currency}` stands for the
workspace currency as an SQL literal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from upswell.errors import NotFoundError


class ColumnType(StrEnum):
    """What a cell may hold; `upswell.contract.cells` says how each is read and stored."""

    TEXT = "text"
    TIMESTAMP = "timestamp"
    DATE = "date"
    MONTH = "month"
    MONEY = "money"
    SIGNED_MONEY = "signed money"
    PERCENT = "percent"
    QUANTITY = "quantity"
    INTEGER = "integer"
    RATE = "rate"
    CURRENCY = "currency"
    CHOICE = "choice"
    BOOLEAN = "boolean"


# Amounts, in which a binary float is refused.
EXACT_TYPES: Final = (ColumnType.MONEY, ColumnType.SIGNED_MONEY, ColumnType.RATE)


@dataclass(frozen=True)
class Column:
    """One column. `default` is SQL over the row's typed columns, used where the cell is empty."""

    name: str
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowCheck:
    """A rule over several cells: the row is held back with `code` where `broken` is true.

    `broken` and `found` are SQL over the typed columns before defaults; `column` is the cell to
    look at first.
    """

    code: str
    column: str
    broken: str
    found: str


@dataclass(frozen=True)
class Table:
    """One import table. `key` identifies a row within its source; a later one replaces an earlier.

    `one_of` are columns of which a file must have at least one. With `attributes`, columns the
    table does not know are kept as text.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[RowCheck, ...] = ()
    one_of: tuple[str, ...] = ()
    attributes: bool = False

    def column(self, name: str) -> Column:
        """The column called `name`; `KeyError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(column.name for column in self.columns)


INTERVALS: Final = ("day", "week", "month", "quarter", "year")
ITEM_TYPES: Final = ("plan", "addon", "usage")
COST_KINDS: Final = ("acquisition", "expansion", "service")
STATUSES: Final = ("active", "trialing", "past_due", "unpaid", "paused")
LINE_TYPES: Final = ("subscription", "usage", "one_time", "credit")
PAYMENT_STATUSES: Final = ("succeeded", "failed", "refunded")
OUTCOMES: Final = ("accepted", "declined", "ignored", "clicked", "pending")
FEEDBACK_KINDS: Final = ("nps", "csat", "survey")

# The largest line is below 10^12. The product is taken only where it cannot overflow a DECIMAL(38):
# below 10^10 pieces any price fits, and beyond that a price of 10^8 is too much in any case.
_LINE_TOO_LARGE = """
    case when coalesce(quantity, 1) < 10000000000 or unit_amount < 100000000
         then coalesce(quantity, 1) * unit_amount >= 1000000000000
         else unit_amount is not null end"""

ITEMS: Final = Table(
    "items",
    (
        Column("customer_id", required=True),
        Column("subscription_id", default="customer_id"),
        Column(
            "item_id",
            default="coalesce(subscription_id, customer_id) || '-' || coalesce(product_id, plan_id)",
        ),
        Column("product_id", default="plan_id"),
        Column("plan_id", required=True),
        Column("price_id"),
        Column("starts_at", ColumnType.TIMESTAMP, required=True),
        Column("ends_at", ColumnType.TIMESTAMP),
        Column("quantity", ColumnType.QUANTITY, default="1"),
        Column("unit_amount", ColumnType.MONEY),
        Column("mrr", ColumnType.MONEY),
        Column("currency", ColumnType.CURRENCY, default="{currency}"),
        Column("interval", ColumnType.CHOICE, default="'month'", choices=INTERVALS),
        Column("interval_count", ColumnType.INTEGER, default="1"),
        Column("discount_percent", ColumnType.PERCENT),
        Column("discount_amount", ColumnType.MONEY),
        Column("discount_until", ColumnType.TIMESTAMP),
        Column("item_type", ColumnType.CHOICE, default="'plan'", choices=ITEM_TYPES),
        Column("status", ColumnType.CHOICE, default="'active'", choices=STATUSES),
        Column("trial_until", ColumnType.TIMESTAMP),
        Column("cancel_requested_at", ColumnType.TIMESTAMP),
        # What shows this version, where its source had to conclude it: an invoice line, an event, a guess.
        Column("evidence"),
    ),
    key=("customer_id", "subscription_id", "item_id", "starts_at"),
    one_of=("unit_amount", "mrr"),
    checks=(
        RowCheck("end_before_start", "ends_at", "ends_at < starts_at", "ends_at::varchar"),
        RowCheck("two_prices", "mrr", "unit_amount is not null and mrr is not null", "mrr::varchar"),
        RowCheck(
            "discount_beside_mrr",
            "discount_percent",
            "mrr is not null and unit_amount is null and (discount_percent > 0 or discount_amount > 0)",
            "concat_ws(' ', nullif(discount_percent, 0)::varchar || ' %', nullif(discount_amount, 0)::varchar)",
        ),
        RowCheck(
            "line_too_large",
            "unit_amount",
            _LINE_TOO_LARGE,
            "coalesce(quantity, 1)::varchar || ' x ' || unit_amount::varchar",
        ),
    ),
)

CUSTOMERS: Final = Table(
    "customers",
    (
        Column("customer_id", required=True),
        Column("name"),
        Column("parent_id"),
        Column("owner"),
        Column("country"),
        Column("created_at", ColumnType.TIMESTAMP),
        Column("activated_at", ColumnType.TIMESTAMP),
        Column("valid_from", ColumnType.DATE),
    ),
    key=("customer_id", "valid_from"),
    attributes=True,
)

SNAPSHOTS: Final = Table(
    "snapshots",
    (
        Column("customer_id", required=True),
        Column("month", ColumnType.MONTH, required=True),
        Column("mrr", ColumnType.MONEY, required=True),
        Column("plan_id", default="'unspecified'"),
        Column("product_id", default="coalesce(plan_id, 'unspecified')"),
        Column("currency", ColumnType.CURRENCY, default="{currency}"),
    ),
    key=("customer_id", "month", "plan_id", "product_id", "currency"),
)

RATES: Final = Table(
    "rates",
    (
        Column("date", ColumnType.DATE, required=True),
        Column("currency", ColumnType.CURRENCY, required=True),
        Column("rate", ColumnType.RATE, required=True),
    ),
    key=("date", "currency"),
    checks=(RowCheck("own_currency_rate", "rate", "currency = {currency} and rate <> 1", "rate::varchar"),),
)

# The amounts of an invoice add up to its net total, so what goes back to the customer is below 0: credits, and the
# lines by which billing systems take back the unused rest of a period (proration).
INVOICE_LINES: Final = Table(
    "invoice_lines",
    (
        Column("invoice_id", required=True),
        Column("line_id", required=True),
        Column("customer_id", required=True),
        Column("subscription_id"),
        Column("item_id"),
        Column("product_id"),
        Column("plan_id"),
        Column("amount", ColumnType.SIGNED_MONEY, required=True),
        Column("currency", ColumnType.CURRENCY, default="{currency}"),
        Column("quantity", ColumnType.QUANTITY),
        Column("type", ColumnType.CHOICE, default="'subscription'", choices=LINE_TYPES),
        Column("period_start", ColumnType.DATE),
        Column("period_end", ColumnType.DATE),
        Column("proration", ColumnType.BOOLEAN, default="false"),
        Column("discount", ColumnType.SIGNED_MONEY),
        Column("tax", ColumnType.SIGNED_MONEY),
        Column("issued_at", ColumnType.TIMESTAMP),
        Column("paid_at", ColumnType.TIMESTAMP),
    ),
    key=("invoice_id", "line_id"),
    checks=(
        RowCheck("period_end_before_start", "period_end", "period_end < period_start", "period_end::varchar"),
        RowCheck(
            "negative_line",
            "amount",
            "amount < 0 and coalesce(type, 'subscription') <> 'credit' and not coalesce(proration, false)",
            "amount::varchar",
        ),
        RowCheck("positive_credit", "amount", "amount > 0 and type = 'credit'", "amount::varchar"),
        RowCheck("sign_differs", "discount", "discount < 0 and amount >= 0", "discount::varchar"),
        RowCheck("sign_differs", "tax", "tax < 0 and amount >= 0", "tax::varchar"),
    ),
)

PAYMENTS: Final = Table(
    "payments",
    (
        Column("payment_id"),
        Column("customer_id", required=True),
        Column("invoice_id"),
        Column("at", ColumnType.TIMESTAMP, required=True),
        Column("amount", ColumnType.SIGNED_MONEY, required=True),
        Column("currency", ColumnType.CURRENCY, default="{currency}"),
        Column("status", ColumnType.CHOICE, default="'succeeded'", choices=PAYMENT_STATUSES),
        Column("reason"),
    ),
    key=("customer_id", "payment_id", "invoice_id", "at", "status"),
    checks=(
        RowCheck(
            "negative_payment",
            "amount",
            "amount < 0 and coalesce(status, 'succeeded') <> 'refunded'",
            "amount::varchar",
        ),
    ),
)

USAGE: Final = Table(
    "usage",
    (
        Column("customer_id", required=True),
        Column("metric", required=True),
        Column("day", ColumnType.DATE, required=True),
        Column("quantity", ColumnType.QUANTITY, required=True),
    ),
    key=("customer_id", "metric", "day"),
)

LIMITS: Final = Table(
    "limits",
    (
        Column("plan_id", required=True),
        Column("metric", required=True),
        Column("limit", ColumnType.QUANTITY, required=True),
    ),
    key=("plan_id", "metric"),
)

TOUCHES: Final = Table(
    "touches",
    (
        Column("customer_id", required=True),
        Column("at", ColumnType.TIMESTAMP, required=True),
        Column("offer", required=True),
        Column("channel"),
        Column("outcome", ColumnType.CHOICE, default="'pending'", choices=OUTCOMES),
        Column("discount_percent", ColumnType.PERCENT),
    ),
    key=("customer_id", "at", "offer", "channel"),
)

FEEDBACK: Final = Table(
    "feedback",
    (
        Column("customer_id", required=True),
        Column("at", ColumnType.TIMESTAMP, required=True),
        Column("kind", ColumnType.CHOICE, default="'survey'", choices=FEEDBACK_KINDS),
        Column("respondent"),
        Column("score", ColumnType.QUANTITY),
        Column("open_to_more", ColumnType.BOOLEAN),
    ),
    key=("customer_id", "at", "kind", "respondent"),
    checks=(RowCheck("score_out_of_range", "score", "kind = 'nps' and score > 10", "score::varchar"),),
)

# A row is what one respondent says of one offer: either four prices (van Westendorp), or whether it would buy at one.
_FOUR_PRICES: Final = "coalesce(too_cheap, cheap, expensive, too_expensive) is not null"
PRICE_ANSWERS: Final = Table(
    "price_answers",
    (
        Column("respondent"),
        Column("customer_id"),
        Column("at", ColumnType.TIMESTAMP, required=True),
        Column("survey", default="'survey'"),
        Column("plan_id"),
        Column("too_cheap", ColumnType.MONEY),
        Column("cheap", ColumnType.MONEY),
        Column("expensive", ColumnType.MONEY),
        Column("too_expensive", ColumnType.MONEY),
        Column("price", ColumnType.MONEY),
        Column("would_buy", ColumnType.BOOLEAN),
        Column("currency", ColumnType.CURRENCY, default="{currency}"),
    ),
    key=("survey", "plan_id", "respondent", "customer_id", "at", "price"),
    checks=(
        RowCheck("nobody_named", "respondent", "respondent is null and customer_id is null", "null::varchar"),
        RowCheck(
            "no_price_answer",
            "price",
            f"not ({_FOUR_PRICES}) and (price is null or would_buy is null)",
            "coalesce(price::varchar, would_buy::varchar)",
        ),
        RowCheck(
            "two_kinds_of_answer",
            "price",
            f"({_FOUR_PRICES}) and (price is not null or would_buy is not null)",
            "coalesce(price::varchar, would_buy::varchar)",
        ),
    ),
)

COSTS: Final = Table(
    "costs",
    (
        Column("month", ColumnType.MONTH, required=True),
        Column("kind", ColumnType.CHOICE, required=True, choices=COST_KINDS),
        Column("amount", ColumnType.MONEY, required=True),
    ),
    key=("month", "kind"),
)

TABLES: Final[tuple[Table, ...]] = (
    ITEMS,
    CUSTOMERS,
    SNAPSHOTS,
    INVOICE_LINES,
    PAYMENTS,
    USAGE,
    LIMITS,
    TOUCHES,
    FEEDBACK,
    PRICE_ANSWERS,
    RATES,
    COSTS,
)


def table_named(name: str) -> Table:
    """The import table called `name`; `NotFoundError` (with the names there are) if there is none."""
    for table in TABLES:
        if table.name == name:
            return table
    names = ", ".join(table.name for table in TABLES)
    raise NotFoundError(
        f"there is no import table {name}",
        code="table_unknown",
        expected=f"one of: {names}",
        found=name,
        remedy=f"name one of them with --as: {names}",
    )
