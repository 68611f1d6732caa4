; Free plans, free extras and rows that are worth nothing.

# From a free plan to a paid one: a new customer, not an upgrade
customer Acme
  2024-01-10  start  Free, 3 seats at 0.00 a month
  2024-04-01  plan   Team, 3 seats at 20.00 a month
movements
  2024-04-01  new  60.00  on Team
metrics 2024-03
  customers  0
metrics 2024-04
  new_customers  1
  expansion_mrr  0

# From a paid plan to the free one: churn, not a downgrade
customer Acme
  2024-01-10  start  Team, 3 seats at 20.00 a month
  2024-04-01  plan   Free, 3 seats at 0.00 a month
movements
  2024-01-10  new    60.00  on Team
  2024-04-01  churn -60.00  on Team

# Free, paid, free and paid again
customer Acme
  2024-01-10  start  Free, at 0.00 a month
  2024-02-01  plan   Team, at 20.00 a month
  2024-03-01  plan   Free, at 0.00 a month
  2024-04-01  plan   Team, at 25.00 a month
movements
  2024-02-01  new           20.00
  2024-03-01  churn        -20.00
  2024-04-01  reactivation  25.00

# A free extra becomes a paid one
customer Acme
  2024-01-10  start   crm, at 100.00 a month
  2024-02-01  add-on  SSO, at 0.00 a month
  2024-05-01  price   15.00 on SSO
movements
  2024-01-10  new        100.00
  2024-05-01  expansion   15.00  price

# A free plan beside a paid product is upgraded
customer Acme
  2024-01-10  start  crm, at 100.00 a month
  2024-02-01  start  ChatFree, at 0.00 a month, product chat
  2024-05-01  plan   ChatPro, at 40.00 a month on ChatFree
movements
  2024-01-10  new        100.00
  2024-05-01  expansion   40.00  plan  ChatFree -> ChatPro

# Free customers come and go unseen
customer Acme
  2024-01-10  start   Free, at 0.00 a month
  2024-02-01  cancel
customer Base
  2024-01-01  start   Team, at 10.00 a month
movements
  2024-01-01  Base  new  10.00
metrics 2024-01
  customers  1

# A price so small that it rounds to nothing is free
customer Acme
  2024-01-10  start  Team, at 0.000001 a year
  2024-02-10  price  12.00
movements
  2024-02-10  new  1.00

# No seats yet, though the contract is signed
customer Acme
  2024-01-10  start  Team, 0 seats at 20.00 a month
  2024-02-10  seats  4
  2024-03-10  seats  6
movements
  2024-02-10  new        80.00
  2024-03-10  expansion  40.00  seats
