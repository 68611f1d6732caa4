"""Corrections: what people know better than the billing system, applied to the rows in force before a book is built."""

from upswell.ledger.corrections.apply import apply, put, span_of, steps
from upswell.ledger.corrections.model import (
    Change,
    CorrectionInForce,
    Exclude,
    Link,
    LinkedPair,
    Merge,
    Reclassify,
    Redate,
    digest,
    in_force,
    original,
    parse,
    undone_by,
)
from upswell.ledger.corrections.reclassify import reclassify

__all__ = [
    "Change",
    "CorrectionInForce",
    "Exclude",
    "Link",
    "LinkedPair",
    "Merge",
    "Reclassify",
    "Redate",
    "apply",
    "digest",
    "in_force",
    "original",
    "parse",
    "put",
    "reclassify",
    "span_of",
    "steps",
    "undone_by",
]
