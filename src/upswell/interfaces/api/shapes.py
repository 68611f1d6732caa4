"""What the answers look like, for the OpenAPI document; the answers themselves are made in `interfaces/plain`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from upswell.interfaces.api.accepting import CSV, PARQUET

Money = Annotated[str, Field(description="An exact decimal", pattern=r"^-?\d+(\.\d+)?$")]
Figure = Annotated[
    str | int | float | None, Field(description="Money as an exact decimal, a count as an integer, a rate as a number")
]
_Data = TypeVar("_Data")


class Shape(BaseModel):
    """An object of an answer."""

    model_config = ConfigDict(extra="forbid")


class Open(BaseModel):
    """An object with further fields, named by what was asked for."""

    model_config = ConfigDict(extra="allow")


class AboutAnswer(Shape):
    """What an answer says of itself: under which rules, from which book, and how many rows that lacks."""

    policy: str
    policy_hash: str
    book: str | None
    as_of: datetime | None
    currency: str
    held_back: int
    standing: str


class One(Shape, Generic[_Data]):
    """One object."""

    data: _Data
    about: AboutAnswer


class Listed(Shape, Generic[_Data]):
    """A list, or a page of it; `next` is the cursor of the page after."""

    data: list[_Data]
    next: str | None
    total: int
    about: AboutAnswer


class ProblemFields(Shape):
    """What is wrong, where, what was expected, what was found, and what to do about it."""

    code: str
    message: str
    where: str | None
    expected: str | None
    found: str | None
    remedy: str
    request_id: str | None


class Problem(Shape):
    """The one shape of errors."""

    error: ProblemFields


class MetricRow(Open):
    """A value of a metric in a month, with a field for each dimension asked for."""

    month: str
    metric: str
    value: Figure
    reason: str = Field(default="", description="Why there is no value, where there is none")
    complete: bool = Field(default=True, description="false where the month is not over")
    note: str = Field(default="", description="How the value is to be read, where care is needed")


class CatalogueRow(Shape):
    """A metric: what it is, and what to mind."""

    name: str
    formula: str
    unit: str
    grain: str
    additive: bool
    dimensions: str
    per_30_days: str
    caveat: str
    source: str


class Contribution(Shape):
    """What one customer gives to a figure; `movement_id` is the movement to trace next."""

    customer_id: str
    customer_name: str | None
    value: Money | None
    base: Money | None
    reason: str | None
    movements: int | None
    movement_id: str | None


class ExplanationShape(Shape):
    """A figure as the sum, or the quotient of two sums, of what each customer gives to it."""

    metric: str
    month: str
    formula: str
    value: str | None
    reason: str | None
    total: Money | None
    base: Money | None
    currency: str
    customers: int
    contributions: list[Contribution]


class CohortRow(Open):
    """A cohort at an age in months."""

    cohort: str | None
    age: int
    month: str | None
    value: Figure
    customers_at_start: int
    base: Money | None
    reason: str | None


class RetentionRow(Open):
    """NRR or GRR of a month over a lag; with `wrong`, a formula that is wrong beside the right one."""

    month: str
    value: float | None
    formula: str
    reason: str | None
    complete: bool


class RevenueRow(Shape):
    """A line from MRR to money."""

    month: str
    line: str
    amount: Money | None
    is_total: bool
    reason: str | None


class RateRow(Shape):
    """An exchange rate in force, and where it was read."""

    currency: str
    starts_on: date
    ends_on: date | None
    rate: Money
    import_id: str
    file: str
    row: int


class LackingRateRow(Shape):
    """A day that needs a rate and has none."""

    currency: str
    day: date
    needed_for: str


class RatesShape(Shape):
    """The rates in force, and the days that lack one."""

    rates: list[RateRow]
    lacking: list[LackingRateRow]


class SourceRow(Shape):
    """A row of an imported file."""

    import_id: str | None
    file: str | None
    row: int | None


class MovementRow(Shape):
    """A booked movement of one driver."""

    movement_id: str
    date: date
    customer_id: str
    subscription_id: str
    item_id: str
    product_id: str
    plan_id: str
    from_plan_id: str | None
    kind: str
    driver: str | None
    amount: Money
    currency: str
    rule: str
    scheduled: bool
    sources: list[SourceRow]


class CustomerRow(Shape):
    """A customer with what it pays at the book's instant, and by how much it expanded in twelve months."""

    customer_id: str
    name: str | None
    status: str
    mrr: Money | None
    reason: str | None
    expansion_12m: Money | None
    first_on: date | None
    last_on: date | None
    movements: int


class SegmentRow(Shape):
    """A saved filter."""

    name: str
    expression: str
    author: str
    saved_at: datetime


class NoteRow(Shape):
    """A note to a customer, a month or a movement."""

    id: int
    subject_kind: str
    subject: str
    text: str
    author: str
    at: datetime


class PolicyRow(Shape):
    """A policy, and what it has otherwise than strict."""

    policy: str
    source: str
    summary: str
    hash: str
    differs: dict[str, Any]


class SwitchRow(Shape):
    """A switch of a policy, in plain words."""

    policy: str
    source: str
    hash: str
    switch: str
    value: Any
    strict: Any
    differs: bool
    meaning: str


class ComparisonShape(Shape):
    """Months under several policies, with a bridge from the first to each other."""

    metric: str
    workspace_currency: str
    book_id: str
    as_of: datetime
    held_back: int
    policies: list[dict[str, Any]]
    months: list[dict[str, Any]]


class ReconciledMonth(Shape):
    """A month beside the billing system's own figures, bridged line by line."""

    month: str
    policy: str
    currency: str
    explained: bool
    bridges: list[dict[str, Any]]
    cash: list[dict[str, Any]]


class ClosingRow(Shape):
    """A closing or reopening of a month."""

    month: str
    action: Literal["close", "reopen"]
    at: datetime
    author: str
    reason: str | None
    book: str | None
    as_of: datetime | None
    expansion_mrr: str | None
    closing_mrr: str | None


class CorrectionRow(Shape):
    """A correction, or an entry that undoes one."""

    number: int
    at: datetime
    author: str
    kind: str
    what: str
    reason: str
    state: str


class PreviewShape(Shape):
    """What a correction changes; `correction` is null where it was only tried."""

    correction: dict[str, Any] | None
    kind: str
    what: str
    policy: str
    changes: list[dict[str, Any]]
    lines: list[dict[str, Any]]


class ImportRow(Shape):
    """An imported file, and what of it is in force."""

    import_id: str
    at: datetime
    table: str
    source: str
    file: str
    rows_read: int
    added: int
    changed: int
    unchanged: int
    withdrawn: int
    held_back: int
    holds: int
    state: str


class JobShape(Shape):
    """Work that runs, or ended: what it said so far, its result or its error."""

    id: str
    what: str
    author: str
    started_at: datetime
    state: Literal["running", "done", "failed"]
    lines: list[str]
    result: dict[str, Any]
    error: dict[str, Any] | None
    ended_at: datetime | None


class BookShape(Open):
    """The manifest of the current book."""

    book_id: str
    created_at: datetime
    as_of: datetime
    currency: str
    timezone: str
    fingerprint: str
    policies: list[dict[str, Any]]
    held_back: int
    files: dict[str, str]


class CheckRow(Shape):
    """An invariant, and whether it holds."""

    check: str
    result: Literal["passed", "FAILED"]
    promise: str
    broken: int
    example: str | None


class AuditRow(Shape):
    """Something that was done: who, when, to what."""

    id: int
    at: datetime
    author: str
    action: str
    subject: str
    details: dict[str, Any]


class Received(Shape):
    """A webhook that was kept; `known` if it had come before."""

    event_id: str
    event_type: str
    known: bool


class ReceivedShape(Shape):
    """The answer to a webhook."""

    data: Received


_PROBLEMS: Final = {
    400: "The request is wrong: an unknown name, an impossible combination, a malformed text",
    401: "Nobody is signed in, and no valid token came with the request",
    403: "The role is too low, or the request is none that a program of yours would send",
    404: "What is named is not there",
    406: "The header Accept leaves out every form there is",
    409: "Nothing is built yet, or another writes to the workspace: try again later",
    413: "More was sent than is taken",
    422: "A file, or what is to be entered, cannot be used",
    500: "The workspace cannot be used, or Upswell made a mistake",
    503: "The question was given up: its time was over",
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": text} for status, text in _PROBLEMS.items()
}
LASTS: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "As the ETag in If-None-Match says"}}
AS_FILE: Final[dict[int | str, dict[str, Any]]] = LASTS | {
    200: {
        "description": "The table",
        "content": {CSV: {"schema": {"type": "string"}}, PARQUET: {"schema": {"type": "string", "format": "binary"}}},
    },
}
