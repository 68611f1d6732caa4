; retention_cohort: what one who left and came back counts; customer_churn_denominator: what is divided by.

# A year of five who paid 500 at its start, and one who came in March
rules included: retention_cohort = "included"
rules booked: retention_cohort = "movements"
customer Stays
  2024-06-01  start   Team, at 100.00 a month
customer Grows
  2024-06-01  start   Team, at 100.00 a month
  2025-02-01  price   150.00
customer Shrinks
  2024-06-01  start   Team, at 100.00 a month
  2025-05-01  price   80.00
customer Leaves
  2024-06-01  start   Team, at 100.00 a month
  2025-06-01  cancel
customer Returns
  2024-06-01  start   Team, at 100.00 a month
  2025-04-01  cancel
  2025-09-01  start   Team, at 120.00 a month
customer Comes
  2025-03-01  start   Big, at 500.00 a month
  2025-10-01  price   550.00
metrics 2025-12
  nrr_12m  0.66
  grr_12m  0.56
metrics 2025-12 under included
  nrr_12m  0.90
  grr_12m  0.76
metrics 2025-12 under booked
  nrr_12m  0.76
  grr_12m  0.56
  nrr_12m  0.66  plan Team
  grr_12m  0.56  plan Team
  nrr_12m  none  plan Big

# The month of the return: in no cohort of a month, and in no movement that counts
rules included: retention_cohort = "included"
rules booked: retention_cohort = "movements"
customer Stays
  2024-06-01  start   Team, at 300.00 a month
customer Returns
  2024-06-01  start   Team, at 100.00 a month
  2025-04-01  cancel
  2025-04-20  start   Team, at 60.00 a month
metrics 2025-04
  opening_mrr  400.00
  closing_mrr  360.00
  nrr_1m         0.75
  grr_1m         0.75
metrics 2025-04 under included
  nrr_1m  0.90
  grr_1m  0.90
metrics 2025-04 under booked
  nrr_1m  0.75
  grr_1m  0.75

# Who left twice is lost twice where movements are added up
rules booked: retention_cohort = "movements"
customer Stays
  2024-06-01  start   Team, at 300.00 a month
customer Twice
  2024-06-01  start   Team, at 100.00 a month
  2025-02-01  cancel
  2025-04-01  start   Team, at 100.00 a month
  2025-08-01  cancel
metrics 2025-12
  nrr_12m  0.75
  grr_12m  0.75
metrics 2025-12 under booked
  nrr_12m  0.50
  grr_12m  0.50

# Gross is without expansion, but with everything that was lost, what was gained before included
rules booked: retention_cohort = "movements"
customer Acme
  2024-06-01  start  Team, at 100.00 a month
  2025-02-01  price  150.00
  2025-08-01  price  110.00
metrics 2025-12
  nrr_12m  1.10
  grr_12m  1
metrics 2025-12 under booked
  nrr_12m  1.10
  grr_12m  0.60

# Nothing paid at the start: no retention under any cohort
rules included: retention_cohort = "included"
rules booked: retention_cohort = "movements"
customer Acme
  2025-03-01  start  Team, at 100.00 a month
metrics 2025-12
  nrr_12m  none
metrics 2025-12 under included
  nrr_12m  none
metrics 2025-12 under booked
  nrr_12m  none
  grr_12m  none

# Two of twelve, or one of ten: the newcomer who left at once
rules wide: customer_churn_denominator = "opening_and_new"
customer leaver
  2026-01-01  start   p, at 100.00 a month
  2026-02-10  cancel
customers 9 named o{n}
  2026-01-01  start   p, at 100.00 a month
customer n0
  2026-02-05  start   p, at 100.00 a month
customer n1
  2026-02-05  start   p, at 100.00 a month
  2026-02-20  cancel
metrics 2026-02
  customer_churn_rate  0.1
metrics 2026-02 under wide
  customer_churn_rate  ~0.166667

# One who returned and left in the month is lost, but neither opening nor new
rules wide: customer_churn_denominator = "opening_and_new"
customers 9 named o{n}
  2026-01-01  start   p, at 100.00 a month
customer n0
  2026-02-05  start   p, at 100.00 a month
customer back
  2025-11-01  start   p, at 100.00 a month
  2025-12-10  cancel
  2026-02-05  start   p, at 100.00 a month
  2026-02-20  cancel
metrics 2026-02
  customer_churn_rate  0
metrics 2026-02 under wide
  customer_churn_rate  0.1

# One who left twice in a month is one
rules wide: customer_churn_denominator = "opening_and_new"
customers 3 named o{n}
  2026-01-01  start   p, at 100.00 a month
customer twice
  2026-01-01  start   p, at 100.00 a month
  2026-02-05  cancel
  2026-02-10  start   p, at 100.00 a month
  2026-02-20  cancel
metrics 2026-02
  customer_churn_rate  0.25
metrics 2026-02 under wide
  customer_churn_rate  0.25

# Nobody at the opening: opening gives no value, opening and new gives one
rules wide: customer_churn_denominator = "opening_and_new"
customer a
  2026-02-05  start   p, at 100.00 a month
  2026-02-20  cancel
customer b
  2026-02-05  start   p, at 100.00 a month
metrics 2026-02
  customer_churn_rate  none
metrics 2026-02 under wide
  customer_churn_rate  0.5
