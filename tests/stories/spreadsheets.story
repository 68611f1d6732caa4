; A spreadsheet of month-end MRR: each month's figure holds until the next month's last day.

# A customer grows, shrinks and leaves
snapshots
  month    Acme    Base
  2024-01  100.00  10.00
  2024-02  150.00  10.00
  2024-03  120.00  10.00
  2024-04  -       10.00
movements
  2024-01-31  Acme  new          100.00
  2024-01-31  Base  new           10.00
  2024-02-29  Acme  expansion     50.00  price
  2024-03-31  Acme  contraction  -30.00  price
  2024-04-30  Acme  churn       -120.00
metrics 2024-02
  opening_mrr    110.00
  expansion_mrr   50.00
  closing_mrr    160.00

# A month left out and a month of nothing are the same
snapshots
  month    Gap     Zero
  2024-01  100.00  100.00
  2024-02  -       0.00
  2024-03   80.00   80.00
movements
  2024-01-31  Gap   new           100.00
  2024-01-31  Zero  new           100.00
  2024-02-29  Gap   churn        -100.00
  2024-02-29  Zero  churn        -100.00
  2024-03-31  Gap   reactivation   80.00
  2024-03-31  Zero  reactivation   80.00

# A month that nobody has is skipped, not guessed
snapshots
  month    Acme    Base
  2024-01  100.00  10.00
  2024-03  130.00  10.00
movements
  2024-01-31  Acme  new        100.00
  2024-01-31  Base  new         10.00
  2024-03-31  Acme  expansion   30.00  price
metrics 2024-02
  closing_mrr  110.00

# Plans in the columns: a customer moves from one to the other
snapshots
  month    Acme/Team  Acme/Pro
  2024-01  100.00     -
  2024-02  -          140.00
movements
  2024-01-31  new        100.00        on Team
  2024-02-29  expansion   40.00  plan  Team -> Pro

# The month is written as its last day, or as its first
snapshots
  month       Acme
  2024-01-31  100.00
  2024-02-01  100.00
  2024-03-31  110.00
movements
  2024-01-31  new        100.00
  2024-03-31  expansion   10.00  price
