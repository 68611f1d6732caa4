"""Stripe's own figures, worked out from its objects and apart from the road by which the ledger got its rows.

The ledger's rows come out of SQL models that turn evidence into versions. What stands here is the control: plain
loops over the same lines, subscriptions and payments, which say what Stripe's definition gives at the end of a month
and by which named objects it differs from a policy.
"""
