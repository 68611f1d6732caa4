; Renewals book nothing; who left and comes back is a reactivation, and no gap is bridged by guessing.

# A contract renewed under new ids books nothing
customer Acme
  2025-01-01  start   crm, at 1200.00 a year, sub K1
  2025-01-01  add-on  sso, at 240.00 a year, sub K1
  2026-01-01  renew   as sub K2
movements
  2025-01-01  new  120.00
metrics 2026-01
  expansion_mrr      0
  contraction_mrr    0
  churned_customers  0
  nrr_12m            1

# A renewal under new ids at a higher price
customer Acme
  2025-01-01  start  crm, 10 seats at 120.00 a year, sub K1
  2026-01-01  renew  as sub K2, at 132.00 a year
movements
  2025-01-01  new        100.00
  2026-01-01  expansion   10.00  price

# A renewal row that changes nothing, five years in a row
customer Acme
  2020-05-01  start  Team, at 1200.00 a year
  2021-05-01  renew
  2022-05-01  renew
  2023-05-01  renew
  2024-05-01  renew
movements
  2020-05-01  new  100.00

# A renewal under new ids with more seats and a dropped add-on
customer Acme
  2025-01-01  start   crm, 10 seats at 120.00 a year, sub K1
  2025-01-01  add-on  sso, at 240.00 a year, sub K1
  2026-01-01  end     sso
  2026-01-01  renew   as sub K2, 12 seats
movements
  2025-01-01  new         120.00
  2026-01-01  expansion    20.00  seats
  2026-01-01  contraction -20.00  addon

# A gap of one day is churn and reactivation
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-03-31  cancel
  2024-04-01  start   Team, at 100.00 a month
movements
  2024-01-01  new           100.00
  2024-03-31  churn        -100.00
  2024-04-01  reactivation  100.00
metrics 2024-03
  closing_mrr        0
  churned_customers  1
metrics 2024-04
  reactivated_customers  1
  new_customers          0

# Back within the day: nothing happened
customer Acme
  2024-01-01        start   Team, at 100.00 a month
  2024-03-31T09:00  cancel
  2024-03-31T18:00  start   Team, at 100.00 a month
movements
  2024-01-01  new  100.00

# Back within the day, on a dearer plan of another subscription
customer Acme
  2024-01-01        start   Team, at 100.00 a month, sub S1
  2024-03-31T09:00  cancel
  2024-03-31T18:00  start   Pro, at 130.00 a month, sub S2
movements
  2024-01-01  new        100.00
  2024-03-31  expansion   30.00  plan  Team -> Pro

# Back after half a year on another plan: one reactivation, no upgrade
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-03-01  cancel
  2024-09-01  start   Pro, at 160.00 a month
  2024-11-01  price   170.00
movements
  2024-01-01  new           100.00  on Team
  2024-03-01  churn        -100.00  on Team
  2024-09-01  reactivation  160.00  on Pro
  2024-11-01  expansion      10.00  price

# New and gone in one month are both booked
customer Acme
  2024-05-05  start   Team, at 100.00 a month
  2024-05-20  cancel
customer Base
  2024-01-01  start   Team, at 300.00 a month
movements
  2024-01-01  Base  new    300.00
  2024-05-05  Acme  new    100.00
  2024-05-20  Acme  churn -100.00
metrics 2024-05
  new_mrr            100.00
  churned_mrr       -100.00
  new_customers        1
  churned_customers    1
  nrr_1m               1

# Gone and back in one month
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-05-05  cancel
  2024-05-20  start   Team, at 80.00 a month
movements
  2024-01-01  new           100.00
  2024-05-05  churn        -100.00
  2024-05-20  reactivation   80.00
metrics 2024-05
  churned_mrr       -100.00
  reactivation_mrr    80.00
  closing_mrr         80.00

# The last of three products ends: only then has the customer gone
customer Acme
  2024-01-01  start  crm, at 100.00 a month
  2024-01-01  start  chat, at 40.00 a month
  2024-01-01  start  mail, at 10.00 a month
  2024-02-01  end    crm
  2024-03-01  end    chat
  2024-04-01  end    mail
movements
  2024-01-01  new          150.00
  2024-02-01  contraction -100.00  cross_sell
  2024-03-01  contraction  -40.00  cross_sell
  2024-04-01  churn        -10.00
metrics 2024-04
  opening_mrr          10.00
  churned_customers     1
  customer_churn_rate   1

# All products end on one day
customer Acme
  2024-01-01  start   crm, at 100.00 a month
  2024-01-01  start   chat, at 40.00 a month
  2024-04-01  cancel
movements
  2024-01-01  new    140.00
  2024-04-01  churn -100.00  on crm
  2024-04-01  churn  -40.00  on chat
metrics 2024-04
  churned_customers  1

# Notice is given in June, the paid period ends in July: churn is in July
customer Acme
  2024-01-15  start   Team, at 100.00 a month
  2024-06-20  notice  2024-07-15
movements
  2024-01-15  new    100.00
  2024-07-15  churn -100.00

# A contract with its end known from the first day
customer Acme
  2024-01-10  start  Pilot, at 600.00 a year, until 2025-01-10
movements
  2024-01-10  new    50.00
  2025-01-10  churn -50.00
metrics 2024-12
  closing_mrr  50.00
metrics 2025-01
  closing_mrr   0

# Leaves and returns twice
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-02-01  cancel
  2024-03-01  start   Team, at 100.00 a month
  2024-04-01  cancel
  2024-06-01  start   Team, at 120.00 a month
movements
  2024-01-01  new           100.00
  2024-02-01  churn        -100.00
  2024-03-01  reactivation  100.00
  2024-04-01  churn        -100.00
  2024-06-01  reactivation  120.00
