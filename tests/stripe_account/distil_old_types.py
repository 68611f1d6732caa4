"""Distils what the types of the `stripe` package 11.6.0 say of each object: its keys, which may be null, of which kind.

    pip install --target /tmp/old --no-deps stripe==11.6.0
    python -m tests.stripe_account.distil_old_types /tmp/old > tests/stripe_account/old_shapes.json

The release is the last generation before invoices got a `parent`. It cannot stand beside a current one in an
environment, so its facts are kept and not the package: {"Invoice": {"paid": {"kinds": ["bool"], "null": false}, ...},
...}.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

CLASSES = {
    "Charge": "_charge",
    "Coupon": "_coupon",
    "CreditNote": "_credit_note",
    "CreditNoteLineItem": "_credit_note_line_item",
    "Customer": "_customer",
    "Discount": "_discount",
    "Dispute": "_dispute",
    "Event": "_event",
    "Invoice": "_invoice",
    "InvoiceItem": "_invoice_item",
    "InvoiceLineItem": "_invoice_line_item",
    "PaymentIntent": "_payment_intent",
    "Plan": "_plan",
    "Price": "_price",
    "Product": "_product",
    "PromotionCode": "_promotion_code",
    "Refund": "_refund",
    "Subscription": "_subscription",
    "SubscriptionItem": "_subscription_item",
    "SubscriptionSchedule": "_subscription_schedule",
    "TaxRate": "_tax_rate",
}
_KINDS = {
    "str": ["str"],
    "int": ["int"],
    "bool": ["bool"],
    "float": ["int", "float"],
    "object": ["any"],
    "Any": ["any"],
}


def main(package: Path) -> None:
    shapes = {
        name: _fields(_class(ast.parse((package / "stripe" / f"{module}.py").read_text("utf-8")), name))
        for name, module in CLASSES.items()
    }
    json.dump(shapes, sys.stdout, indent=1, sort_keys=True)
    print()


def _class(tree: ast.AST, name: str) -> ast.ClassDef:
    return next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name)


def _fields(definition: ast.ClassDef) -> dict[str, Any]:
    found = {}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.islower():
            kinds, null = _kinds(node.annotation)
            # `deleted` is there on deleted objects alone.
            if node.target.id != "deleted":
                found[node.target.id] = {"kinds": kinds, "null": null}
    return found


def _kinds(annotation: ast.expr) -> tuple[list[str], bool]:  # noqa: PLR0911 -- a case a form
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.value, ast.Name):
        name, inner = annotation.value.id, annotation.slice
        if name == "Optional":
            return _kinds(inner)[0], True
        if name == "ExpandableField":
            return ["str", "dict"], False
        if name in ("List", "ListObject"):
            return (["list"] if name == "List" else ["dict"]), False
        if name == "Literal":
            return ["str"], False
        if name == "Union" and isinstance(inner, ast.Tuple):
            kinds = [_kinds(each) for each in inner.elts]
            return sorted({kind for each, _ in kinds for kind in each}), any(null for _, null in kinds)
        return ["dict"], False
    if isinstance(annotation, ast.Name):
        return _KINDS.get(annotation.id, ["dict"]), False
    return ["dict"], False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
