"""Rendering the list: a line for each opportunity with its reason below, what was kept back, and one offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from upswell.exports.opportunities import ALONE_COLUMNS, LIST_COLUMNS, alone_rows, opportunity_row
from upswell.growth.answers import LeaveAlone, NoOffer, OfferNow, Opportunities
from upswell.growth.guardrails import GUARDRAILS
from upswell.growth.opportunities import Opportunity
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.cli.show import say_held_back
from upswell.interfaces.plain.opportunities import handover, leave_alone, offer, opportunities
from upswell.interfaces.plain.values import exact
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text, exact_text
from upswell.state.growth_records import Handover

_NONE: Final = "n/a"
_LINE: Final = ("customer", "owner", "offer", "amount", "likely", "expected", "by", "why")
_MONEY: Final = ("amount", "price_per_month", "price_per_interval", "expected_value")


def show_opportunities(answer: Opportunities, manifest: BookManifest, output: Format) -> None:
    """The list for people: customer, step, amount, likelihood, by when; why is below each line of the table."""
    if output is Format.json:
        print_json(opportunities(answer))
        return
    if output is Format.csv:
        rows = [opportunity_row(each, answer.currency) for each in answer.rows]
        print_rows([_exact(row) for row in rows], columns=LIST_COLUMNS, output=output)
        return
    say(f"policy {answer.policy}, book {manifest.book_id} as of {answer.day}, money in {answer.currency} a month")
    say_held_back(manifest)
    rows = [_line(each, answer.currency) for each in answer.rows]
    if rows:
        print_rows(rows, columns=_columns(rows), output=output, right=["amount", "likely", "expected"])
    for reason in dict.fromkeys(each.step.why_no_worth for each in answer.rows if each.step.worth is None):
        say(f"{_NONE}: {reason}")
    say(f"{len(answer.rows):,} of {answer.total:,}, ranked {answer.ranking}")
    if answer.base_rate is not None:
        say(f"base rate: {percent_text(answer.base_rate)} of all customers expand within 90 days")
    _say_kept_back(answer.suppressed, answer.not_checked)
    headroom = answer.without_headroom
    if headroom.customers:
        paid = "" if headroom.share is None else f", who pay {percent_text(headroom.share)} of all MRR"
        say(f"without headroom: {headroom.customers:,} customers{paid}")
    for sentence in answer.how_sure:
        say(sentence)
    if answer.not_recorded is not None:
        say(f"this list is not recorded: {answer.not_recorded}")


def show_leave_alone(answer: LeaveAlone, manifest: BookManifest, output: Format) -> None:
    """A line for each customer to leave alone: until when, and why."""
    if output is Format.json:
        print_json(leave_alone(answer))
        return
    rows = alone_rows(answer)
    if output is Format.csv:
        print_rows(rows, columns=ALONE_COLUMNS, output=output)
        return
    say(f"policy {answer.policy}, book {manifest.book_id} as of {answer.day}")
    say_held_back(manifest)
    shown = [
        {"customer": row["customer_id"], "owner": row["owner"], "until": row["until"] or "", "why": row["reasons"]}
        for row in rows
    ]
    if shown:
        print_rows(shown, columns=tuple(shown[0]), output=output)
    say(f"{len(rows):,} of {answer.total:,}")
    _say_kept_back(answer.suppressed, answer.not_checked)


def show_offer(answer: OfferNow | NoOffer, output: Format) -> None:
    """The offer with its price, or why there is none."""
    plain = offer(answer)
    if output is Format.json:
        print_json(plain)
        return
    if isinstance(answer, NoOffer):
        rows = plain["reasons"]
        if output is Format.table:
            say(f"{answer.customer_id}: no offer on {answer.day}")
        print_rows(rows, columns=("guardrail", "reason", "until"), output=output)
        return
    told = plain["offer"]
    row = {name: told[name] for name in ("name", "title", "step", "discount_percent", "until")} | told["price"]
    if output is Format.csv:
        print_rows([{"customer_id": answer.customer_id, **row}], columns=("customer_id", *row), output=output)
        return
    say(f"{answer.customer_id}: {answer.offer.title} ({answer.offer.name}) on {answer.day}")
    print_rows([{"what": name, "value": value} for name, value in _offer_lines(answer)], columns=("what", "value"),
               output=output)  # fmt: skip


def show_handovers(rows: Sequence[Handover], output: Format) -> None:
    """A line for each step."""
    columns = ("at", "customer_id", "offer", "amount", "currency", "owner", "status", "reason", "author")
    print_rows([handover(each) for each in rows], columns=("id", *columns), output=output, shown=columns)


def _line(each: Opportunity, currency: str) -> dict[str, Any]:
    worth, outlook = each.step.worth, each.outlook
    line: dict[str, Any] = {
        "customer": each.customer_id,
        "owner": each.owner,
        "offer": each.step.title + (" (sales)" if each.is_for_sales else ""),
        "amount": _NONE if worth is None else display_text(worth, currency=currency),
    }
    if outlook.likelihood is not None:
        line["likely"] = percent_text(outlook.likelihood)
    if outlook.value is not None:
        line["expected"] = display_text(outlook.value, currency=currency)
    return line | {"by": each.when.by, "why": each.why[0]}


def _columns(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What any row has: who has no score has neither of its columns."""
    return tuple(name for name in _LINE if any(name in row for row in rows))


def _offer_lines(answer: OfferNow) -> list[tuple[str, str]]:
    step, amounts = answer.step, answer.amounts
    lines = [("text", answer.offer.text), ("step", step.title), ("why", answer.why[0])]
    if amounts is None:
        return [*lines, ("price", f"{_NONE}: {step.reason}")]
    lines += [
        ("more a month", f"{display_text(amounts.mrr, currency=step.currency)} {step.currency}"),
        *(
            (label, f"{_NONE}: {amounts.reason}")
            if amount is None
            else (label, f"{display_text(amount, currency=step.currency)} {step.currency}")
            for label, amount in ((f"more a {step.term}", amounts.interval), ("due today", amounts.due_today))
        ),
    ]
    if answer.offer.discount_percent:
        lines.append(("discount", f"{exact_text(answer.offer.discount_percent)} %"))
    if answer.until is not None:
        lines.append(("until", answer.until.isoformat()))
    return lines


def _say_kept_back(suppressed: Mapping[str, int], not_checked: Mapping[str, str]) -> None:
    for name, count in suppressed.items():
        if count:
            say(f"kept back by {name}: {count:,} ({GUARDRAILS[name]})")
    for name, why in not_checked.items():
        say(f"not checked: {name}, {why}")


def _exact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: exact(row[name]) for name in _MONEY}, "quantity": exact_text(row["quantity"])}
