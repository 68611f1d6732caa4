"""Headings: which column of a file is which column of a table.

A file headed `account_id,product,start_date` says nothing of customer_id. It is refused once, with
the whole remedy: "did you mean account_id? Use --map customer_id=account_id". With the mapping the
file is read; headings no one asked for become attributes (customers) or are named as ignored.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from upswell.contract.schema import EXACT_TYPES, Table
from upswell.errors import InputError, UpswellError, UsageError

# What billing systems, CRMs and spreadsheets call our columns, likeliest first.
_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "customer_id": (
        "account_id", "customer", "account", "cust_id", "client_id", "client", "user_id",
        "company_id", "organization_id", "org_id", "customer_number", "company", "id",
    ),
    "plan_id": ("plan", "plan_name", "product", "product_id", "price_id", "sku", "tier", "package"),
    "starts_at": (
        "start_date", "started_at", "starts_on", "start", "current_period_start", "period_start",
        "from", "begin_date", "valid_from", "created_at",
    ),
    "unit_amount": ("price", "unit_price", "amount", "price_amount", "rate", "fee"),
    "mrr": ("monthly_recurring_revenue", "monthly_amount", "mrr_amount", "amount", "revenue"),
    "month": ("date", "period", "month_end", "month_start", "as_of"),
    "date": ("day", "valid_from", "as_of", "month"),
    "ends_at": ("end_date", "ended_at", "ends_on", "end", "current_period_end", "period_end", "to", "valid_to"),
    "quantity": ("seats", "qty", "licences", "licenses", "users", "units"),
    "subscription_id": ("subscription", "sub_id", "contract_id"),
    "interval": ("billing_interval", "billing_period"),
    "discount_percent": ("percent_off", "discount_pct"),
    "discount_amount": ("amount_off",),
    "discount_until": ("discount_end", "discount_ends", "discount_ends_at"),
    "trial_until": ("trial_end", "trial_ends_at"),
    "item_type": ("type",),
    "product_id": ("product",),
    "currency": ("currency_code", "ccy", "iso_code", "code"),
    "invoice_id": ("invoice", "invoice_number", "document_id"),
    "line_id": ("invoice_line_id", "line_item_id", "line", "line_number", "id"),
    "amount": ("net_amount", "amount_net", "amount_excluding_tax", "total", "value"),
    "at": ("created_at", "created", "date", "timestamp", "time", "paid_at", "sent_at", "answered_at"),
    "metric": ("event", "event_name", "feature", "meter", "name"),
    "day": ("date", "usage_date", "at", "timestamp"),
    "limit": ("allowance", "quota", "included", "included_quantity"),
    "offer": ("campaign", "campaign_id", "message", "playbook"),
    "rate": ("fx_rate", "exchange_rate", "value", "price"),
}  # fmt: skip
_BRACKETS: Final = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\])$")
_OURS: Final = "source_row"


@dataclass(frozen=True)
class Headings:
    """Positions of the columns to read (0 is the first), and the headings that are left out."""

    fields: dict[str, int]
    attributes: dict[str, int]
    ignored: tuple[str, ...]


class Columns(Protocol):
    """Which columns of a file are read, under which names, and whose numbers must be exact.

    `fewest` columns are what a file has at least; with fewer the separator was not understood.
    """

    @property
    def fewest(self) -> int:
        """See the class."""
        ...

    def match(self, headings: Sequence[str], *, file: str) -> Headings:
        """Find the columns among a file's headings. Raises `InputError` where they do not fit."""
        ...

    def is_exact(self, field: str) -> bool:
        """Whether a number of this field must never have been a binary float."""
        ...


@dataclass(frozen=True)
class TableColumns:
    """The columns of an import table; `mapping` is field -> heading."""

    table: Table
    mapping: Mapping[str, str]
    fewest: int = 2

    def match(self, headings: Sequence[str], *, file: str) -> Headings:
        """See `match_headings`."""
        return match_headings(headings, table=self.table, mapping=self.mapping, file=file)

    def is_exact(self, field: str) -> bool:
        """Money, quantities and rates are."""
        return field in self.table.column_names() and self.table.column(field).type in EXACT_TYPES


@dataclass(frozen=True)
class EveryColumn:
    """Whatever columns a file has, under their own names in lower case; those of `exact` hold no binary floats."""

    exact: frozenset[str] = frozenset()
    fewest: int = 1

    def match(self, headings: Sequence[str], *, file: str) -> Headings:
        """All of them. Raises `InputError` for a heading that occurs twice."""
        return Headings(_positions(headings, file=file), {}, ())

    def is_exact(self, field: str) -> bool:
        """Whether it was asked for."""
        return field in self.exact


def match_headings(headings: Sequence[str], *, table: Table, mapping: Mapping[str, str], file: str) -> Headings:
    """Find the table's columns among `headings`: by `mapping` first, then by name in any case.

    Raises `InputError` for headings that occur twice, a mapping that names what is not there, and
    required columns that are missing.
    """
    positions = _positions(headings, file=file)
    fields = _mapped(positions, headings, table=table, mapping=mapping, file=file)
    taken = set(fields.values())
    for column in table.columns:
        at = positions.get(column.name)
        # A money column that was mapped elsewhere must not also be read under its own name.
        used = at in taken and column.type in EXACT_TYPES
        if column.name not in fields and at is not None and not used:
            fields[column.name] = at
    left = [at for at in range(len(headings)) if at not in set(fields.values())]
    _require_columns(fields, [headings[at].strip() for at in left], table=table, file=file)
    attributes = _attributes(left, headings, table=table, file=file)
    named = set(attributes.values())
    ignored = tuple(_shown(headings, at) for at in left if at not in named)
    return Headings(fields, attributes, ignored)


def guess_mapping(headings: Sequence[str], *, table: Table) -> dict[str, str]:
    """The heading that each field is likely to be, field -> heading: by its own name, what others call it, or alike.

    A field without a likely heading is left out; a heading is given once, to what must be there first.
    """
    known = {heading.strip().casefold(): heading.strip() for heading in headings if heading.strip()}
    found = {column.name: known[column.name] for column in table.columns if column.name in known}
    left = [heading for heading in known.values() if heading not in found.values()]
    required = [column.name for column in table.columns if column.required and column.name not in found]
    if table.one_of and not any(name in found for name in table.one_of):
        required.append(_likeliest(table.one_of, left))
    found |= _guesses(required, left)
    left = [heading for heading in left if heading not in found.values()]
    others = [column.name for column in table.columns if column.name not in found]
    found |= _known_synonyms(others, left, one_of=table.one_of)
    return {name: found[name] for name in table.column_names() if name in found}


def _positions(headings: Sequence[str], *, file: str) -> dict[str, int]:
    positions: dict[str, int] = {}
    for at, heading in enumerate(headings):
        key = heading.strip().casefold()
        if key and key in positions:
            raise InputError(
                f"{file}: two columns are called {heading.strip()}",
                code="duplicate_heading",
                where=f"{file}, columns {positions[key] + 1} and {at + 1}",
                expected="each heading once",
                found=heading.strip(),
                remedy="rename or delete one of the two columns",
            )
        if key:
            positions[key] = at
    return positions


def _mapped(
    positions: Mapping[str, int],
    headings: Sequence[str],
    *,
    table: Table,
    mapping: Mapping[str, str],
    file: str,
) -> dict[str, int]:
    fields: dict[str, int] = {}
    for field, heading in mapping.items():
        if field not in table.column_names():
            raise _unknown(
                file, "map_unknown_field", f"the table {table.name} has no column {field}",
                given=field, known=table.column_names(), remedy=partial(_option, heading=heading), kind=UsageError,
            )  # fmt: skip
        at = positions.get(heading.strip().casefold())
        if at is None:
            raise _unknown(
                file, "map_unknown_column", f"--map {field}={heading}: no such column in the file",
                given=heading, known=[each.strip() for each in headings],
                remedy=partial(_option, field),
            )  # fmt: skip
        fields[field] = at
    return fields


def _unknown(
    file: str,
    code: str,
    what: str,
    *,
    given: str,
    known: Sequence[str],
    remedy: Callable[[str], str],
    kind: type[InputError | UsageError] = InputError,
) -> UpswellError:
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? Use {remedy(near[0])}" if near else None
    return kind(
        f"{file}: {what}",
        code=code,
        where=file,
        expected=f"one of: {', '.join(known)}",
        found=given,
        remedy=hint or "name one of these columns in --map field=column",
    )


def _require_columns(fields: Mapping[str, int], left: Sequence[str], *, table: Table, file: str) -> None:
    missing = [each.name for each in table.columns if each.required and each.name not in fields]
    if table.one_of and not any(name in fields for name in table.one_of):
        missing.append(_likeliest(table.one_of, left))
    if not missing:
        return
    # Whoever follows the remedy should not lose ends_at or quantity on the way: known synonyms of the rest come too.
    guesses = _guesses(missing, left)
    guesses |= _known_synonyms(
        [each.name for each in table.columns if each.name not in fields and each.name not in missing],
        [each for each in left if each not in guesses.values()],
        one_of=table.one_of,
    )
    options = " ".join(_option(name, heading) for name, heading in guesses.items())
    hint = f"did you mean {', '.join(guesses.values())}? Use {options}" if guesses else None
    wanted = ", ".join(" or ".join(table.one_of) if each in table.one_of else each for each in missing)
    raise InputError(
        f"{file}: no column for {wanted}",
        code="missing_column",
        where=file,
        expected=f"a column {wanted}",
        found=", ".join(left) or "no other column",
        remedy=hint or f"say which column it is: --map {missing[0]}=COLUMN",
    )


def _known_synonyms(names: Sequence[str], left: Sequence[str], *, one_of: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        heading = _synonym(name, [each for each in left if each not in found.values()])
        if heading is not None and name not in one_of:
            found[name] = heading
    return found


def _likeliest(names: Sequence[str], left: Sequence[str]) -> str:
    known = [name for name in names if _synonym(name, left)]
    alike = [name for name in names if _guess(name, left)]
    return [*known, *alike, *names][0]


def _guesses(missing: Sequence[str], left: Sequence[str]) -> dict[str, str]:
    guesses: dict[str, str] = {}
    for name in missing:
        near = _guess(name, [each for each in left if each not in guesses.values()])
        if near is not None:
            guesses[name] = near
    return guesses


def _synonym(name: str, left: Sequence[str]) -> str | None:
    plain = {_plain(each): each for each in left}
    candidates = (name, *_SYNONYMS.get(name, ()))
    return next((plain[each] for each in candidates if each in plain), None)


def _guess(name: str, left: Sequence[str]) -> str | None:
    synonym = _synonym(name, left)
    if synonym is not None:
        return synonym
    plain = {_plain(each): each for each in left}
    near = difflib.get_close_matches(name, list(plain), n=1)
    return plain[near[0]] if near else None


def _plain(heading: str) -> str:
    """The heading as synonyms are written: `Ended At (UTC)` is ended_at."""
    bare = _BRACKETS.sub("", heading.strip()) or heading
    return bare.casefold().replace(" ", "_").replace("-", "_").replace(".", "_")


def _option(field: str, heading: str) -> str:
    """A --map option that a shell takes as it stands."""
    return f"--map {shlex.quote(f'{field}={heading}')}"


def _attributes(left: Sequence[int], headings: Sequence[str], *, table: Table, file: str) -> dict[str, int]:
    """Columns kept as text; not those named like a column that was mapped, nor a writer's own (`__index__`)."""
    if not table.attributes:
        return {}
    known = set(table.column_names())
    attributes = {
        name: at
        for at in left
        if (name := headings[at].strip()) and name.casefold() not in known and not name.endswith("__")
    }
    for name in attributes:
        if name.casefold() == _OURS:
            raise InputError(
                f"{file}: an attribute cannot be called {name}",
                code="reserved_heading",
                where=file,
                expected=f"any name but {_OURS}",
                found=name,
                remedy="rename the column",
            )
    return attributes


def _shown(headings: Sequence[str], at: int) -> str:
    return headings[at].strip() or f"column {at + 1} (no heading)"
