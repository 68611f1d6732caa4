"""Cells: how the text of one cell becomes a typed value, and why it may not.

Every cell arrives as text. `"19.99"` in a money column becomes DECIMAL(24,12) 19.990000000000;
`"19,99"` becomes nothing and is diagnosed as `bad_decimal`. A cell is sound when it is empty or
has a typed value, so a file without faults is read with one pattern and one cast for each cell;
the slower diagnosis runs over faulty cells only.

Timestamps are stored in UTC. One without offset is local to the workspace zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from upswell.contract.schema import Column, ColumnType
from upswell.contract.sqltext import literal
from upswell.money.currency import currency_codes

# A JSON number with a fraction has been through a binary float before anyone can see its digits.
# Readers put this mark before it, so that no pattern accepts it as money.
JSON_NUMBER_MARK: Final = "\x01"

_YEAR = r"(19|2\d)\d{2}"
_MONTH = rf"{_YEAR}-(0[1-9]|1[0-2])"
_DAY = rf"{_MONTH}-(0[1-9]|[12]\d|3[01])"
_TIME = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
_LOCAL_TIME = f"{_DAY}({_TIME})?"
_TIME_WITH_OFFSET = f"{_DAY}{_TIME}{_OFFSET}"
_PLAIN_DECIMAL = r"-?(\d+(\.\d+)?|\.\d+)"
_ANY_YEAR_DAY = r"[-+]?\d{4,}-\d{2}(-\d{2}([T ].*)?)?"

_SQL_TYPES: Final[dict[ColumnType, str]] = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.TIMESTAMP: "TIMESTAMP",
    ColumnType.DATE: "DATE",
    ColumnType.MONTH: "DATE",
    ColumnType.MONEY: "DECIMAL(24,12)",
    ColumnType.SIGNED_MONEY: "DECIMAL(24,12)",
    ColumnType.PERCENT: "DECIMAL(7,4)",
    ColumnType.QUANTITY: "DECIMAL(18,4)",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.RATE: "DECIMAL(24,12)",
    ColumnType.CURRENCY: "VARCHAR",
    ColumnType.CHOICE: "VARCHAR",
    ColumnType.BOOLEAN: "BOOLEAN",
}
# What exports call yes and no; a 2 or "maybe" is neither.
_YES: Final = ("true", "t", "yes", "y", "1")
_NO: Final = ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Digits:
    """How many digits a decimal may have before and after its point."""

    whole: int
    decimals: int
    largest: int | None = None  # a power of ten, itself allowed
    signed: bool = False

    def pattern(self) -> str:
        """A pattern for sound values; zeros that change nothing may exceed the digits."""
        fraction = rf"\.\d{{1,{self.decimals}}}0*"
        if self.largest is not None:
            below = len(str(self.largest)) - 1
            return rf"0*({self.largest}(\.0+)?|\d{{1,{below}}}({fraction})?)|{fraction}"
        unsigned = rf"0*\d{{1,{self.whole}}}({fraction})?|{fraction}"
        return f"-?({unsigned})" if self.signed else unsigned


DIGITS: Final[dict[ColumnType, Digits]] = {
    ColumnType.MONEY: Digits(12, 12),
    ColumnType.SIGNED_MONEY: Digits(12, 12, signed=True),
    ColumnType.RATE: Digits(12, 12),
    ColumnType.QUANTITY: Digits(14, 4),
    ColumnType.PERCENT: Digits(3, 4, largest=100),
}


def sql_type(column: Column) -> str:
    """The type in which values of `column` are stored."""
    return _SQL_TYPES[column.type]


def local_date(instant: str, *, timezone: str) -> str:
    """SQL: the workspace's calendar day of a UTC instant."""
    if timezone == "UTC":
        return f"{instant}::date"
    return f"timezone({literal(timezone)}, make_timestamptz(epoch_us({instant})))::date"


def to_utc(local: str, *, timezone: str) -> str:
    """SQL: the UTC instant of a wall clock reading in the workspace's zone."""
    if timezone == "UTC":
        return local
    return _in_utc(f"timezone({literal(timezone)}, {local})")


def typed_value(column: Column, text: str, *, timezone: str) -> str:  # noqa: C901, PLR0911  (a case a type)
    """SQL: the typed value of the trimmed text `text`, NULL if it is empty or not understood."""
    match column.type:
        case ColumnType.TEXT:
            return text
        case ColumnType.TIMESTAMP:
            return _instant(text, timezone=timezone)
        case ColumnType.DATE:
            return _day(text, timezone=timezone)
        case ColumnType.MONTH:
            month = f"try_cast({text} || '-01' as date)"
            day = f"date_trunc('month', {_day(text, timezone=timezone)})::date"
            return f"case when {_matches(text, _MONTH)} then {month} else {day} end"
        case ColumnType.MONEY | ColumnType.SIGNED_MONEY | ColumnType.QUANTITY | ColumnType.PERCENT:
            return _decimal(column, text)
        case ColumnType.RATE:
            return f"nullif({_decimal(column, text)}, 0)"
        case ColumnType.INTEGER:
            sound = _matches(text, r"0*[1-9]\d{0,3}(\.0+)?")
            return f"case when {text} = '1' then 1 when {sound} then try_cast({text} as integer) end"
        case ColumnType.CURRENCY:
            known = _matches(f"upper({text})", "|".join(currency_codes()))
            return f"case when {known} then upper({text}) end"
        case ColumnType.CHOICE:
            choices = ", ".join(literal(choice) for choice in column.choices)
            return (
                f"case when {text} in ({choices}) then {text} when lower({text}) in ({choices}) then lower({text}) end"
            )
        case ColumnType.BOOLEAN:
            yes, no = (", ".join(literal(word) for word in words) for words in (_YES, _NO))
            return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"
        case _:
            assert_never(column.type)


def diagnosis(column: Column, text: str) -> str:
    """SQL: the code of a finding for a text that is not empty and has no typed value."""
    match column.type:
        case ColumnType.TEXT:
            return "'bad_text'"
        case ColumnType.TIMESTAMP | ColumnType.DATE | ColumnType.MONTH:
            year = f"{_matches(text, _ANY_YEAR_DAY)} and not {_matches(text, rf'{_YEAR}-.*')}"
            return f"case when {year} then 'year_out_of_range' else 'bad_{column.type.value}' end"
        case ColumnType.MONEY | ColumnType.SIGNED_MONEY | ColumnType.QUANTITY | ColumnType.PERCENT | ColumnType.RATE:
            return _decimal_diagnosis(column, text)
        case ColumnType.INTEGER | ColumnType.BOOLEAN:
            return f"'bad_{column.type.value}'"
        case ColumnType.CURRENCY:
            return "'unknown_currency'"
        case ColumnType.CHOICE:
            return f"'unknown_{column.name}'"
        case _:
            assert_never(column.type)


def _in_utc(instant: str) -> str:
    """SQL: a TIMESTAMPTZ as TIMESTAMP in UTC; by way of the count of microseconds, which costs no calendar."""
    return f"make_timestamp(epoch_us({instant}))"


def _instant(text: str, *, timezone: str) -> str:
    local = to_utc(f"try_cast({text} as timestamp)", timezone=timezone)
    offset = _in_utc(f"try_cast({text} as timestamptz)")
    return (
        f"case when {_matches(text, _LOCAL_TIME)} then {local}"
        f" when {_matches(text, _TIME_WITH_OFFSET)} then {offset} end"
    )


def _day(text: str, *, timezone: str) -> str:
    offset = local_date(_in_utc(f"try_cast({text} as timestamptz)"), timezone=timezone)
    return (
        f"case when {_matches(text, _LOCAL_TIME)} then try_cast(left({text}, 10) as date)"
        f" when {_matches(text, _TIME_WITH_OFFSET)} then {offset} end"
    )


def _decimal(column: Column, text: str) -> str:
    pattern = DIGITS[column.type].pattern()
    return f"case when {_matches(text, pattern)} then try_cast({text} as {sql_type(column)}) end"


def _decimal_diagnosis(column: Column, text: str) -> str:
    digits = DIGITS[column.type]
    beyond = {
        ColumnType.PERCENT: f"when try_cast({text} as decimal(38,4)) > 100 then 'percent_over_100'",
        ColumnType.RATE: f"when try_cast({text} as decimal(38,12)) = 0 then 'rate_not_positive'",
    }.get(column.type, "")
    code = "rate_not_positive" if column.type is ColumnType.RATE else "negative_value"
    negative = "" if digits.signed else f"when starts_with({text}, '-') then '{code}'"
    decimals = rf"[-]?\d*\.\d{{{digits.decimals}}}\d*[1-9]\d*"
    return (
        f"case when starts_with({text}, {literal(JSON_NUMBER_MARK)}) then 'json_number'"
        f" when not {_matches(text, _PLAIN_DECIMAL)} then 'bad_decimal'"
        f" {negative} {beyond}"
        f" when {_matches(text, decimals)} then 'too_many_decimals'"
        f" else 'too_large' end"
    )


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"
