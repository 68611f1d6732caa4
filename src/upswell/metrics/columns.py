"""The columns a question may name: the ledger's own and the attributes of customers.

`--by owner` and `--where "plan = 'Team' and country = 'DE'"` reach SQL only through this list: a
name is looked up and its own SQL is used, whatever the user typed. An attribute that bears the name
of a column of the ledger or of the answer is reached as `customer.<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from upswell.metrics.placing import BANDS
from upswell.metrics.reading import Readable
from upswell.metrics.suggest import unknown_name

Place = Literal["totals", "movements", "customers", "dated", "bands"]

# Columns of every answer; an attribute of such a name would appear twice.
ANSWER_COLUMNS: Final = ("month", "metric", "value", "unit", "reason", "complete", "note")
_NO_ATTRIBUTES: Final = ("customer_key", "customer_id")
_SPAN_COLUMNS: Final = (*_NO_ATTRIBUTES, "starts_on", "ends_on")
_ATTRIBUTE_PREFIX: Final = "customer."


@dataclass(frozen=True)
class Column:
    """A column by the name people use, its SQL, and the smallest view that has it.

    `attribute` is the name of a column of customers, as imported, or of a band; a `dated` attribute changes in time.
    `keys` is the relation in which movements, which name it by a key, look up its text.
    """

    name: str
    sql: str
    place: Place
    dimension: bool = True
    attribute: str = ""
    keys: str = ""

    @property
    def is_attribute(self) -> bool:
        """Whether it is one value a customer, of `customers`."""
        return self.place == "customers"

    @property
    def is_placed(self) -> bool:
        """Whether a customer passes from one of its values to another in time (`upswell.metrics.placing`)."""
        return self.place in ("dated", "bands")

    @property
    def is_free_text(self) -> bool:
        """Whether it holds what was imported, which may be meant as a number, a date or a truth value."""
        return self.place in ("customers", "dated")

    @property
    def is_of_customers(self) -> bool:
        """Whether `customers` tells of it, so that it cuts customers who never paid, too."""
        return self.is_free_text or self.name == "customer"

    @property
    def is_of_payments(self) -> bool:
        """Whether a payment has it: a payment is of a customer and a currency."""
        return self.is_of_customers or self.is_placed or self.name == "currency"

    @property
    def is_of_lines(self) -> bool:
        """Whether what is earned of invoice lines is told apart by it."""
        return self.is_of_payments or self.name in ("plan", "product")

    @property
    def tells_rows_apart(self) -> bool:
        """Whether it splits changes and not balances: a balance has no driver and no kind."""
        return self.name in ("driver", "kind")


_LEDGER: Final = (
    Column("plan", "entry.plan_id", "totals", keys="plan_keys"),
    Column("product", "entry.product_id", "totals", keys="plan_keys"),
    Column("currency", "entry.currency", "totals"),
    Column("driver", "cast(entry.driver as varchar)", "totals"),
    Column("kind", "cast(entry.kind as varchar)", "totals"),
    Column("customer", "entry.customer_id", "movements", keys="item_keys"),
    Column("subscription", "entry.subscription_id", "movements", dimension=False, keys="item_keys"),
    Column("item", "entry.item_id", "movements", dimension=False, keys="item_keys"),
)
_BANDS: Final = tuple(Column(band, f"entry.placed.{band}", "bands", attribute=band) for band in BANDS)


def quoted(identifier: str) -> str:
    """`identifier` as a SQL name, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True)
class Columns:
    """All columns of one book, ledger first; lookups raise `UsageError` with the nearest names."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, connection: Readable) -> Columns:
        """The ledger's columns, the bands, and whatever attributes the view `customers` has."""
        dated = set(_names(connection, "customer_spans"))
        attributes = [name for name in _names(connection, "customers") if name not in _NO_ATTRIBUTES]
        return cls((*_LEDGER, *_BANDS, *(_attribute(name, dated=name in dated) for name in attributes)))

    def dimension(self, name: str) -> Column:
        """The column to cut by that is called `name`."""
        return self._find(name, noun="dimension", known=[c for c in self.columns if c.dimension])

    def filterable(self, name: str) -> Column:
        """The column to filter by that is called `name`."""
        return self._find(name, noun="column", known=list(self.columns))

    def _find(self, name: str, *, noun: str, known: list[Column]) -> Column:
        by_name = {column.name: column for column in known}
        by_lower = {column.name.lower(): column for column in reversed(known)}
        plain = name.removeprefix(_ATTRIBUTE_PREFIX)
        attributes = {column.name: column for column in known if column.is_free_text}
        found = by_name.get(name) or by_lower.get(name.lower()) or attributes.get(plain)
        if found is None:
            raise unknown_name(noun, name, known=list(by_name), code=f"unknown_{noun}")
        return found


def _names(connection: Readable, view: str) -> list[str]:
    described = connection.execute(f"select * from {view} limit 0").description or ()
    return [str(row[0]) for row in described]


def _attribute(name: str, *, dated: bool) -> Column:
    taken = {column.name for column in (*_LEDGER, *_BANDS)} | set(ANSWER_COLUMNS)
    shown = _ATTRIBUTE_PREFIX + name if name.lower() in taken else name
    if dated and name not in _SPAN_COLUMNS:
        return Column(shown, f"entry.placed.{quoted(name)}", "dated", attribute=name)
    return Column(shown, f"cast(customer.{quoted(name)} as varchar)", "customers", attribute=name)
