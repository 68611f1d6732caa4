"""From MRR to invoices to money, in one currency and month, each step a sum over named objects.

    closing_mrr                       1,000.00
    not_invoiced                       -200.00   si_4 (billed by the year)
    other_term_length                 2,200.00   il_9 (a year at once)
    prorations                           30.97   il_12, il_13
    = invoiced_recurring_revenue      3,030.97
    ...                                          one-off lines, credits, tax, what is not paid yet, refunds
    = cash                            2,911.40
    unexplained                           0.00

Nothing is led back from the money. What is left over lies in an invoice whose lines and taxes do not come to its total,
whose total and balance do not come to what was due, or whose charges do not come to it; each is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from upswell.money.currency import minor_units
from upswell.sources.stripe.reconciliation.billing import At, Billing

RECURRING: Final = "invoiced_recurring_revenue"
REVENUE: Final = "total_revenue"
_ZERO: Final = Decimal(0)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class CashPart:
    """What one object adds to a step, and whose it is. `note` says what is wrong with one that is unexplained."""

    object_id: str
    amount: Decimal
    customer_id: str = ""
    subscription_id: str = ""
    item_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class CashLine:
    """A step: its amount and the objects it sums. A `total` repeats what has been added up."""

    name: str
    amount: Decimal
    parts: tuple[CashPart, ...] = ()
    is_total: bool = False


@dataclass(frozen=True)
class CashBridge:
    """From the closing MRR of a month to the money that came in it: charges that succeeded less refunds and disputes.

    `unexplained` = cash - (start + steps), which is the sum of `unexplained_parts`.
    """

    currency: str
    start: Decimal
    lines: tuple[CashLine, ...]
    cash: Decimal
    unexplained: Decimal
    unexplained_parts: tuple[CashPart, ...]

    def without(self, name: str) -> CashBridge:
        """The bridge as it would be if the step `name` were not known: what it adds is left unexplained."""
        steps = [(line.name, None if line.is_total else line.parts) for line in self.lines if line.name != name]
        return _bridge(self.currency, self.start, steps, self.cash, self.unexplained_parts)


@dataclass(frozen=True)
class ItemMrr:
    """An item's closing MRR in its own currency."""

    item_id: str
    subscription_id: str
    customer_id: str
    amount: Decimal
    metered: bool


def cash_bridge(billing: Billing, month_number: int, currency: str, mrr: Sequence[ItemMrr]) -> CashBridge:
    """The bridge of one month and currency."""
    at = (month_number, currency)
    lines = billing.lines.get(at, ())
    other = [line for line in lines if line["item_id"] is None]
    notes = billing.notes.get(at, ())
    steps: list[tuple[str, Sequence[CashPart] | None]] = [
        *_recurring(lines, mrr, Decimal(1).scaleb(-minor_units(currency))),
        (RECURRING, None),
        ("one_off_lines", [_of_line(line) for line in other if line["net"] >= 0]),
        ("credits", [_of_line(line) for line in other if line["net"] < 0]),
        ("credit_notes", [_of_note(note, -note["net"]) for note in notes]),
        (REVENUE, None),
        *_owed(billing, at),
        *_collected(billing, at),
    ]
    paid = billing.payments.get(at, ())
    cash = sum((each["amount"] if each["status"] == "succeeded" else -each["amount"] for each in paid), _ZERO)
    start = sum((item.amount for item in mrr), _ZERO)
    return _bridge(currency, start, steps, cash, [*_astray(billing, at)])


def _bridge(
    currency: str,
    start: Decimal,
    steps: Iterable[tuple[str, Sequence[CashPart] | None]],
    cash: Decimal,
    left: Sequence[CashPart],
) -> CashBridge:
    running, lines = start, []
    for name, parts in steps:
        if parts is None:
            lines.append(CashLine(name, running, is_total=True))
            continue
        found = tuple(sorted((each for each in parts if each.amount), key=lambda p: (-abs(p.amount), p.object_id)))
        amount = sum((part.amount for part in found), _ZERO)
        running += amount
        lines.append(CashLine(name, amount, found))
    return CashBridge(currency, start, tuple(lines), cash, cash - running, tuple(left))


def _recurring(
    lines: Sequence[Row], mrr: Sequence[ItemMrr], minor_unit: Decimal
) -> Iterator[tuple[str, Sequence[CashPart]]]:
    """From each item's MRR to what was invoiced for it in the month."""
    steps: dict[str, list[CashPart]] = {
        name: []
        for name in (
            *("not_invoiced", "other_term_length", "changed_since_invoiced", "no_longer_in_force", "rounding"),
            *("prorations", "usage"),
        )
    }
    regular: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        if line["item_id"] is None:
            continue
        if line["metered"] or line["proration"]:
            steps["usage" if line["metered"] else "prorations"].append(_of_line(line))
        else:
            regular[line["item_id"]].append(line)
    held = {item.item_id: item for item in mrr}
    for item in mrr:
        if item.item_id not in regular or item.metered:
            steps["usage" if item.metered else "not_invoiced"].append(
                CashPart(item.item_id, -item.amount, item.customer_id, item.subscription_id, item.item_id)
            )
    for item_id, found in regular.items():
        # The month's MRR is what the last line sells; what came before it in the month is beside it whole.
        for place, line in enumerate(found):
            last = place == len(found) - 1 and item_id in held
            part = _of_line(line, less=held[item_id].amount if last else _ZERO)
            steps[_name(line, part, in_force=item_id in held, minor_unit=minor_unit)].append(part)
    yield from steps.items()


def _name(line: Row, part: CashPart, *, in_force: bool, minor_unit: Decimal) -> str:
    if not in_force:
        return "no_longer_in_force"
    if not line["monthly"]:
        return "other_term_length"
    return "rounding" if abs(part.amount) < minor_unit else "changed_since_invoiced"


def _owed(billing: Billing, at: At) -> Iterator[tuple[str, Sequence[CashPart]]]:
    """From revenue to what customers were to pay for the month's invoices, and what of it they paid in the month."""
    month, _ = at
    issued, notes = billing.invoices.get(at, ()), billing.notes.get(at, ())
    written_off = [each for each in issued if each["status"] == "uncollectible" and each["written_off_month"] == month]
    lost = {each["invoice_id"] for each in written_off}
    unpaid = [each for each in issued if each["paid_month"] != month and each["invoice_id"] not in lost]
    yield (
        "tax",
        [
            *(_of_invoice(each, each["tax"]) for each in issued),
            *(_of_note(each, each["net"] - each["total"]) for each in notes),
        ],
    )
    # A note lowers revenue. As money it comes back as a refund; as credit, in an invoice's balance; before payment, in
    # what is due.
    yield "credit_notes_settled", [_of_note(each, each["total"]) for each in notes]
    yield "credited_before_payment", [_of_invoice(each, -each["credited_before"]) for each in issued]
    yield "customer_balance", [_of_invoice(each, each["from_balance"]) for each in issued]
    yield "written_off", [_of_invoice(each, -_to_pay(each)) for each in written_off]
    yield "not_paid_yet", [_of_invoice(each, -each["due"]) for each in unpaid]
    earlier = [each for each in billing.settled.get(at, ()) if each["issued_month"] != month]
    yield "paid_for_other_months", [_of_invoice(each, each["due"]) for each in earlier]


def _to_pay(invoice: Row) -> Decimal:
    """What an invoice asks for. One that gives back while collection is paused asks for nothing, and it is lost."""
    asked: Decimal = invoice["total"] + invoice["from_balance"] - invoice["credited_before"]
    return asked if asked < 0 else invoice["due"]


def _collected(billing: Billing, at: At) -> Iterator[tuple[str, Sequence[CashPart]]]:
    """From invoices paid in the month to the month's charges, and what was given back."""
    month, _ = at
    settled = {each["invoice_id"]: each for each in billing.settled.get(at, ())}
    paid = billing.payments.get(at, ())
    charges = [each for each in paid if each["status"] == "succeeded"]
    outside = [each for name, each in settled.items() if not billing.charges.get(name)]
    yield "paid_outside_stripe", [_of_invoice(each, -each["due"]) for each in outside]
    earlier = [each for name in settled for each in billing.charges.get(name, ()) if each["paid_month"] != month]
    yield "charged_in_other_months", [_of_payment(each, -each["amount"]) for each in earlier]
    early = [each for each in charges if each["invoice_id"] is not None and each["invoice_id"] not in settled]
    yield "charged_before_settled", [_of_payment(each, each["amount"]) for each in early]
    yield "charges_without_invoice", [_of_payment(c, c["amount"]) for c in charges if c["invoice_id"] is None]
    for name, kind in (("refunds", "refund"), ("disputes", "dispute")):
        yield name, [_of_payment(each, -each["amount"]) for each in paid if each["payment_type"] == kind]


def _astray(billing: Billing, at: At) -> Iterator[CashPart]:
    """The invoices that do not add up, and by how much; their sum is what is unexplained."""
    lines: dict[str, list[Row]] = defaultdict(list)
    for line in billing.lines.get(at, ()):
        lines[line["invoice_id"]].append(line)
    for each in billing.invoices.get(at, ()):
        own = lines[each["invoice_id"]]
        total = sum((line["net"] for line in own), each["tax"])
        if total != each["total"]:
            yield _of_invoice(each, each["total"] - total, note=_suspects(own))
        due = each["total"] + each["from_balance"] - each["credited_before"]
        if due != each["due"] and not (due < 0 and each["status"] == "uncollectible"):
            yield _of_invoice(each, each["due"] - due, note="its total and balance do not come to what is due")
    for each in billing.settled.get(at, ()):
        charges = billing.charges.get(each["invoice_id"], ())
        charged = sum((charge["amount"] for charge in charges), _ZERO)
        if charges and charged != each["due"]:
            named = ", ".join(charge["payment_id"] for charge in charges)
            yield _of_invoice(each, charged - each["due"], note=f"its charges do not come to what was due: {named}")


def _suspects(lines: Sequence[Row]) -> str:
    """The lines that may be at fault: those that are not what their price says."""
    odd = [line for line in lines if line["as_priced"] is False]
    named = ", ".join(
        " ".join([line["line_id"], *(line[key] for key in ("item_id", "subscription_id") if line[key])]) for line in odd
    )
    return f"its lines do not come to its total{f': not as priced: {named}' if odd else ''}"


def _of_line(line: Row, *, less: Decimal = _ZERO) -> CashPart:
    return CashPart(
        line["line_id"],
        line["net"] - less,
        line["customer_id"] or "",
        line["subscription_id"] or "",
        line["item_id"] or "",
    )


def _of_invoice(invoice: Row, amount: Decimal, *, note: str = "") -> CashPart:
    return CashPart(
        invoice["invoice_id"], amount, invoice["customer_id"] or "", invoice["subscription_id"] or "", note=note
    )


def _of_note(note: Row, amount: Decimal) -> CashPart:
    return CashPart(note["note_id"], amount, note["customer_id"] or "")


def _of_payment(payment: Row, amount: Decimal) -> CashPart:
    return CashPart(payment["payment_id"], amount, payment["customer_id"] or "")
