"""Rendering signals: values as people read them, with the reason in the place of what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.signals.catalogue import Signal, signal
from upswell.analysis.signals.customer import CustomerSignals
from upswell.analysis.signals.overview import Coverage, Overview
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.signals import (
    catalogue_rows,
    customer_signal_rows,
    customer_signals,
    overview,
    overview_rows,
    signal_rows,
)
from upswell.ledger.books import BookManifest
from upswell.metrics.labels import percent_text
from upswell.money.amount import display_text

ROWS_SHOWN: Final = 20
_NONE: Final = "n/a"
_SHARE: Final = "share"


def show_overview(answer: Overview, output: Format) -> None:
    """The company's figures, then of how many customers each signal is known."""
    if output is Format.json:
        print_json(overview(answer))
        return
    columns = ("name", "title", "customers", "known", "mrr", "share_of_mrr", "reason")
    if output is Format.csv:
        print_rows(overview_rows(answer), columns=columns, output=output)
        return
    mrr = _NONE if answer.mrr is None else f"{display_text(answer.mrr, currency=answer.currency)} {answer.currency}"
    say(f"policy {answer.policy}, book {answer.book_id}, as known before {answer.day}")
    why = f": {answer.reason}" if answer.reason else ""
    say(f"{answer.customers:,} customers with an item in force, MRR {mrr}{why}")
    rows = [
        {
            "customers that": each.title,
            "customers": f"{each.customers:,}",
            "of": f"{each.known:,}",
            "mrr": _NONE if each.mrr is None else display_text(each.mrr, currency=answer.currency),
            "share of mrr": _NONE if each.share_of_mrr is None else percent_text(each.share_of_mrr),
        }
        for each in answer.groups
    ]
    print_rows(rows, columns=tuple(rows[0]), output=output, right=("customers", "of", "mrr", "share of mrr"))
    known = [
        {
            "signal": each.signal.name,
            "what": each.signal.title,
            "known of": f"{each.known:,}",
            "typical": typical_text(each, answer.currency),
        }
        for each in answer.coverage
    ]
    print_rows(known, columns=tuple(known[0]), output=output, right=("known of", "typical"))
    say("typical: the middle value; of yes and no the share of yes; of names the most frequent")
    for reason in dict.fromkeys(each.reason for each in answer.groups if each.reason):
        say(f"{_NONE}: {reason}")
    say("customers by a signal: upswell signals NAME; what a signal is: upswell signals --catalogue NAME")


def show_signals(table: pa.Table, names: Sequence[str], manifest: BookManifest, output: Format) -> None:
    """Customers with the signals that were asked for."""
    if output is not Format.table:
        print_rows(signal_rows(table), columns=table.column_names, output=output)
        return
    asked = [signal(name) for name in dict.fromkeys(names)]
    say(f"book {manifest.book_id} as of {manifest.as_of.isoformat()}, money in {manifest.currency}")
    has_names = table["name"].null_count < len(table)
    rows = [
        {"customer_id": row["customer_id"]}
        | ({"name": row["name"] or ""} if has_names else {})
        | {each.name: shown_value(each, row[each.name], manifest.currency) for each in asked}
        for row in table.to_pylist()
    ]
    if rows:
        right = [each.name for each in asked if each.kind in ("number", "money")]
        print_rows(rows, columns=tuple(rows[0]), output=output, right=right)
    else:
        say("no customer with an item in force matches")
    for each in asked:
        say(f"{each.name}: {each.formula}" + (f". {each.caveat}" if each.caveat else ""))
    if any(_NONE in row.values() for row in rows):
        say(f"{_NONE}: each row has its reason in JSON, CSV and files")


def show_customer(answer: CustomerSignals, output: Format) -> None:
    """One customer's signals."""
    if output is Format.json:
        print_json(customer_signals(answer))
        return
    if output is Format.csv:
        columns = ("signal", "title", "value", "kind", "unit", "reason", "formula", "window", "caveat")
        print_rows(customer_signal_rows(answer), columns=columns, output=output)
        return
    say(f"{answer.customer_id}, policy {answer.policy}, book {answer.book_id}, as known before {answer.day}")
    rows = [
        {
            "signal": each.signal.name,
            "what": each.signal.title,
            "value": shown_value(each.signal, each.value, answer.currency),
            "unit": each.signal.unit.replace("workspace currency", answer.currency),
            "why not": each.reason or "",
        }
        for each in answer.values
    ]
    print_rows(rows, columns=tuple(rows[0]), output=output, right=("value",))
    say("what a signal is: upswell signals --catalogue NAME")


def show_catalogue(signals: Sequence[Signal], output: Format) -> None:
    """What signals are."""
    rows = catalogue_rows(signals)
    if output is Format.json:
        print_json(rows)
        return
    columns = (
        "name",
        "title",
        "kind",
        "unit",
        "group",
        "formula",
        "window",
        "caveat",
        "source",
        "is_feature",
        "absent",
    )
    if output is Format.csv:
        print_rows([row | {"source": " ".join(row["source"])} for row in rows], columns=columns, output=output)
        return
    shown = [{"signal": row["name"], "formula": row["formula"], "window": row["window"]} for row in rows]
    print_rows(shown, columns=("signal", "formula", "window"), output=output)
    for each in signals:
        if each.caveat:
            say(f"{each.name}: {each.caveat}")


def shown_value(about: Signal, value: float | Decimal | bool | str | date | None, currency: str) -> str:
    """A value as a screen shows it: shares in percent, money to the cent, yes and no."""
    match value:
        case None:
            return _NONE
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return display_text(value, currency=currency)
        case float():
            return percent_text(Decimal(str(value))) if about.unit.startswith(_SHARE) else number_text(value)
        case date():
            return value.isoformat()
        case _:
            return value


def typical_text(each: Coverage, currency: str) -> str:
    """The typical value of a signal."""
    if each.signal.kind == "flag" and isinstance(each.typical, float):
        return f"{percent_text(Decimal(str(each.typical)))} yes"
    return "" if each.typical is None else shown_value(each.signal, each.typical, currency)


def number_text(value: float) -> str:
    """A number: whole ones without decimals."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def asked_rows(table: pa.Table, asked: Sequence[Signal], currency: str) -> list[dict[str, Any]]:
    """Rows of a table as texts, by signal name."""
    return [
        {"customer_id": row["customer_id"], "name": row["name"], "reason": row["reason"]}
        | {each.name: shown_value(each, row[each.name], currency) for each in asked}
        for row in table.to_pylist()
    ]
