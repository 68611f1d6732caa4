"""A filter expression, read with SQLGlot, checked against a list of what is allowed, and bound.

    plan = 'Team' and not (country in ('DE', 'AT') or seats < 5)

becomes SQL whose only text is ours, with the user's values as parameters:

    (entry.plan_id = $where_1 and not (cast(customer."country" as varchar) in ($where_2, $where_3)
     or try_cast(cast(customer."seats" as varchar) as decimal(38,12)) < cast($where_4 as ...)))

Allowed are: a column on one side and values on the other; `= <> < <= > >=`, `in`, `between`,
`like`, `is null`; `and or not` and parentheses; texts, numbers, `true`, `false` and `date '2026-01-31'`.
Attributes are texts: against a number, truth value or date they are cast, and what cannot be cast
is null. As in SQL a comparison with null is neither true nor false: `owner <> 'Kim'` leaves out
customers without an owner. Everything not named here is refused with its place.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from upswell.errors import UsageError
from upswell.metrics.columns import Column, Columns
from upswell.metrics.filter import Filter

_LENGTH_MAX: Final = 4000
_DEPTH_MAX: Final = 40
_NUMBER_DECIMALS: Final = 12
_NUMBER_WHOLE_DIGITS: Final = 26

_COMPARISONS: Final[dict[type[exp.Expression], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ALLOWED: Final = (
    "columns, texts, numbers, true, false, date 'YYYY-MM-DD', = <> < <= > >= in between like is null and or not ( )"
)

_Value = str | Decimal | bool | date


def parse_filter(text: str, *, columns: Columns) -> Filter:
    """The filter written as `text`; raises `UsageError` if not allowed."""
    return _Writer(text, columns).filter()


class _Writer:
    """One walk over one expression: collects parameters and columns while it writes the SQL."""

    def __init__(self, text: str, columns: Columns) -> None:
        self._text = text
        self._columns = columns
        self._parameters: dict[str, object] = {}
        self._used: set[Column] = set()

    def filter(self) -> Filter:
        try:
            sql = self._condition(self._parsed(), depth=0)
        except RecursionError:
            raise self._refused("the expression is nested too deeply") from None
        return Filter(f"({sql})", self._parameters, frozenset(self._used))

    def _parsed(self) -> exp.Expression:
        if len(self._text) > _LENGTH_MAX:
            raise self._refused(f"the expression is longer than {_LENGTH_MAX} characters")
        if "\0" in self._text:
            raise self._refused("a zero byte")
        try:
            tokens = sqlglot.tokenize(self._text, read="duckdb")
            for token in tokens:
                if token.comments:
                    raise self._refused("a comment", at=token.start)
                if token.text == ";":
                    raise self._refused("a semicolon", at=token.start)
            parsed = sqlglot.parse_one(self._text, read="duckdb", into=exp.Condition)
        except (ParseError, TokenError) as error:
            raise self._unreadable(error) from None
        if not isinstance(parsed, exp.Expression):
            raise self._refused("nothing to read")
        return parsed

    def _condition(self, node: exp.Expr, *, depth: int) -> str:
        if depth > _DEPTH_MAX:
            raise self._refused(f"more than {_DEPTH_MAX} levels", node)
        if node.comments:
            raise self._refused("a comment", node)
        match node:
            case exp.And() | exp.Or():
                word = " and " if isinstance(node, exp.And) else " or "
                parts = [self._condition(part, depth=depth + 1) for part in node.flatten(unnest=False)]
                return f"({word.join(parts)})"
            case exp.Paren():
                self._only(node, "this")
                return self._condition(node.this, depth=depth + 1)
            case exp.Not():
                self._only(node, "this")
                return f"(not {self._condition(node.this, depth=depth + 1)})"
            case _:
                return self._test(node)

    def _test(self, node: exp.Expr) -> str:
        """One column against values."""
        operator = _COMPARISONS.get(type(node))  # type: ignore[arg-type]
        if operator is not None:
            self._only(node, "this", "expression")
            return self._comparison(node.this, node.args["expression"], operator)
        match node:
            case exp.In():
                self._only(node, "this", "expressions")
                return self._membership(node)
            case exp.Between():
                self._only(node, "this", "low", "high")
                return self._between(node)
            case exp.Like():
                self._only(node, "this", "expression", "negate")
                return self._like(node)
            case exp.Is() if isinstance(node.args.get("expression"), exp.Null):
                self._only(node, "this", "expression")
                return f"{self._column(node.this).sql} is null"
            case _:
                raise self._refused(_described(node), node)

    def _comparison(self, left: exp.Expr, right: exp.Expr, operator: str) -> str:
        if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
            left, right, operator = right, left, _MIRRORED[operator]
        column = self._column(left)
        value = self._value(right)
        return f"{_as_type_of(column, value)} {operator} {self._bound(column, value, right)}"

    def _membership(self, node: exp.In) -> str:
        column = self._column(node.this)
        values = [(self._value(item), item) for item in node.expressions]
        if len({type(value) for value, _ in values}) != 1:
            raise self._refused("a list that is empty or mixes kinds of values", node)
        bound = ", ".join(self._bound(column, value, item) for value, item in values)
        return f"{_as_type_of(column, values[0][0])} in ({bound})"

    def _between(self, node: exp.Between) -> str:
        column = self._column(node.this)
        low, high = (self._value(node.args[key]) for key in ("low", "high"))
        if type(low) is not type(high):
            raise self._refused("between two kinds of values", node)
        first, last = self._bound(column, low, node), self._bound(column, high, node)
        return f"{_as_type_of(column, low)} between {first} and {last}"

    def _like(self, node: exp.Like) -> str:
        column = self._column(node.this)
        pattern = self._value(node.args["expression"])
        if not isinstance(pattern, str):
            raise self._refused("like without a text", node)
        negation = "not " if node.args.get("negate") else ""
        return f"({negation}{column.sql} like {self._bound(column, pattern, node)})"

    def _column(self, node: exp.Expr) -> Column:
        if isinstance(node, exp.Paren):
            return self._column(node.this)
        if not isinstance(node, exp.Column):
            raise self._refused(f"{_described(node)} where a column belongs", node)
        self._only(node, "this", "table")
        parts = [part for part in (node.args.get("table"), node.this) if part is not None]
        if not all(isinstance(part, exp.Identifier) for part in parts):
            raise self._refused(_described(node.this), node)
        name = ".".join(str(part.this) for part in parts)
        try:
            column = self._columns.filterable(name)
        except UsageError as error:
            error.where = self._place(node)
            raise
        self._used.add(column)
        return column

    def _value(self, node: exp.Expr) -> _Value:
        if node.comments:
            raise self._refused("a comment", node)
        match node:
            case exp.Paren():
                return self._value(node.this)
            case exp.Boolean():
                return bool(node.this)
            case exp.Literal() if node.is_string:
                return str(node.this)
            case exp.Literal():
                return self._number(node)
            case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
                return -self._number(node.this)
            case exp.Cast() if type(node) is exp.Cast and node.is_type(exp.DataType.Type.DATE):
                self._only(node, "this", "to")
                return self._date(node)
            case _:
                raise self._refused(f"{_described(node)} where a value belongs", node)

    def _number(self, node: exp.Literal) -> Decimal:
        text = str(node.this)
        whole, _, fraction = text.partition(".")
        digits = whole + fraction
        if not (digits.isascii() and digits.isdigit()):
            raise self._refused(f"the number {text}", node)
        if len(fraction) > _NUMBER_DECIMALS or len(whole.lstrip("0")) > _NUMBER_WHOLE_DIGITS:
            raise self._refused(f"a number beyond 26 digits and 12 decimals: {text}", node)
        return Decimal(text)

    def _date(self, node: exp.Cast) -> date:
        if isinstance(node.this, exp.Literal) and node.this.is_string:
            try:
                return date.fromisoformat(str(node.this.this))
            except ValueError:
                raise self._refused(f"{node.this.this!r} is not a date", node) from None
        raise self._refused("a cast of something other than a text", node)

    def _bound(self, column: Column, value: _Value, node: exp.Expr) -> str:
        """The parameter that carries `value`; its type is written beside it, never guessed."""
        name = f"where_{len(self._parameters) + 1}"
        if not (column.is_free_text or isinstance(value, str)):
            remedy = f"{column.name} is a text: write it between quotes"
            raise self._refused(f"{column.name} against {value}", node, remedy=remedy)
        self._parameters[name] = str(value) if isinstance(value, Decimal | date) else value
        return f"cast(${name} as {_sql_type(value)})"

    def _only(self, node: exp.Expr, *keys: str) -> None:
        """Refuse a node that carries more than `keys`: what we do not write we must not drop."""
        if node.comments:
            raise self._refused("a comment", node)
        for key, value in node.args.items():
            if key not in keys and value not in (None, False, []):
                raise self._refused(f"{_described(node)} with {key}", node)

    def _place(self, node: exp.Expr | None, *, at: int | None = None) -> str:
        if node is not None:
            starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
            at = min(starts, default=None)
        return "--where" if at is None else f"--where, character {at + 1}: {self._text[at : at + 40]}"

    def _refused(
        self,
        what: str,
        node: exp.Expr | None = None,
        *,
        at: int | None = None,
        remedy: str = "write a condition of this shape: plan = 'Team' and country in ('DE', 'AT')",
    ) -> UsageError:
        return UsageError(
            f"the filter cannot use {what}",
            code="filter_not_allowed",
            where=self._place(node, at=at),
            expected=_ALLOWED,
            found=what,
            remedy=remedy,
        )

    def _unreadable(self, error: ParseError | TokenError) -> UsageError:
        details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        column = details.get("col")
        return UsageError(
            "the filter cannot be read",
            code="filter_unreadable",
            where="--where" if column is None else f"--where, character {column}",
            expected=_ALLOWED,
            found=str(details.get("description") or "an unfinished or misplaced part"),
            remedy="check quotes and parentheses; texts stand in single quotes: plan = 'Team'",
        )


def _described(node: exp.Expr) -> str:
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name() if not isinstance(node, exp.Anonymous) else node.name}"
    if isinstance(node, exp.Query | exp.Subquery):
        return "a query"
    return f"{type(node).__name__.lower()} ({node.sql(dialect='duckdb')[:40]})"


def _sql_type(value: _Value) -> str:
    match value:
        case bool():
            return "boolean"
        case Decimal():
            return "decimal(38,12)"
        case date():
            return "date"
        case str():
            return "varchar"


def _as_type_of(column: Column, value: _Value) -> str:
    """The column's SQL as the type of `value`; an attribute that cannot be cast is null."""
    if isinstance(value, str):
        return column.sql
    if isinstance(value, date):
        return f"cast(try_cast({column.sql} as timestamp) as date)"
    return f"try_cast({column.sql} as {_sql_type(value)})"
