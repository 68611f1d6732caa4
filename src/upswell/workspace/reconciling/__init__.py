"""The ledger held against Stripe: two figures of one month, and every cent between them under the name of an object.

    closing MRR 2026-02            USD
    Stripe's definition      12,400.00
    timing                     +160.00   1 item: sub_9 changed since, il_31
    discounts                  -310.00   4 items: di_2, di_5 ...
    metered                    +118.20   3 items
    strict                   12,368.20
    unexplained                   0.00

Stripe's side comes from its objects by plain loops (`sources.stripe.reconciliation`), ours from the book. A line is
the sum of what one rule moves for each item; none is a remainder, so what is left over is a fault in one of the two.
"""

from __future__ import annotations

from upswell.workspace.reconciling.results import CLOSING, KINDS, MonthReconciliation, Part, StripeBridge
from upswell.workspace.reconciling.run import reconcile, require_comparable, require_over

__all__ = [
    "CLOSING",
    "KINDS",
    "MonthReconciliation",
    "Part",
    "StripeBridge",
    "reconcile",
    "require_comparable",
    "require_over",
]
