"""What is said about every answer of a book: the question, the policy with its switches, the book, the formulas.

    about_answer(facts, policy, question="metrics", asked={"by": ("plan",)}, metrics=("nrr_12m",))

gives `question: metrics`, `asked, by: plan`, `policy: strict`, ... `formula of nrr_12m: ...`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib.metadata import version

from upswell.exports.about import MONTH, About, Shown, figures, money
from upswell.ledger.query import MovementFilter
from upswell.metrics.catalogue import entry
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy import Policy
from upswell.policy.explain import means, shown


def about_answer(
    facts: BookFacts,
    policy: Policy,
    *,
    question: str,
    asked: Mapping[str, object] | None = None,
    metrics: Sequence[str] = (),
    columns: Mapping[str, Shown] | None = None,
) -> About:
    """What there is to know about the answer to one question.

    `asked` has the options of the question as they were given (those that were not, None or empty, are left out);
    `metrics` names what the catalogue has a formula for.
    """
    pairs = [
        ("question", question),
        *((f"asked, {name.replace('_', ' ')}", _told(value)) for name, value in (asked or {}).items() if _given(value)),
        *_about_policy(policy),
        *_about_book(facts),
        *(pair for name in dict.fromkeys(metrics) for pair in _about_metric(name)),
        ("program", program()),
    ]
    return About(tuple(pairs), dict(columns or {}))


def about_movements(facts: BookFacts, policy: Policy, wanted: MovementFilter) -> About:
    """The same for a list of movements."""
    columns = {"amount": money(currency_column="currency")}
    return about_answer(facts, policy, question="movements", asked=asdict(wanted), columns=columns)


def about_metrics(facts: BookFacts, policy: Policy, request: MetricRequest) -> About:
    """The same for metrics by month."""
    asked = asdict(request)
    return about_answer(
        facts,
        policy,
        question="metrics",
        asked={"metrics": asked.pop("names"), **asked},
        metrics=request.names,
        columns={"month": MONTH, "value": figures(facts.workspace_currency)},
    )


@cache
def program() -> str:
    """The program and its release: `Upswell 0.1.0`."""
    return f"Upswell {version('upswell')}"


def _given(value: object) -> bool:
    return value is not None and value is not False and value != ()


def _told(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return ", ".join(str(each) for each in value)
    return "yes" if value is True else str(value)


def _about_policy(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "policy", policy.name
    yield "policy hash", policy.content_hash()
    differences = policy.differences()
    yield "policy rules", f"{len(differences)} unlike strict" if differences else "every switch as in strict"
    for switch, value in differences.items():
        yield f"policy rule {switch}", f"{shown(value)}: {means(switch, value)}"


def _about_book(facts: BookFacts) -> Iterator[tuple[str, str]]:
    yield "book", facts.book_id
    yield "as of", facts.as_of.isoformat()
    yield "time zone", facts.timezone
    yield "currency", facts.workspace_currency
    yield "rows held back", str(facts.held_back)
    if facts.standing is not None:
        yield "standing", facts.standing


def _about_metric(name: str) -> Iterator[tuple[str, str]]:
    metric = entry(name)
    yield f"formula of {name}", metric.formula
    if metric.caveat:
        yield f"caveat of {name}", metric.caveat
