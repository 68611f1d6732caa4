; Items billed by use: they count under strict and are left out under recurly.

# Usage comes on top, grows, shrinks and ends
customer Acme
  2024-01-01  start  Team, at 100.00 a month
  2024-02-01  usage  calls, 1000 units at 0.01 a month
  2024-03-01  units  3500 on calls
  2024-04-01  units  2000 on calls
  2024-05-01  end    calls
movements
  2024-01-01  new          100.00
  2024-02-01  expansion     10.00  usage
  2024-03-01  expansion     25.00  usage
  2024-04-01  contraction  -15.00  usage
  2024-05-01  contraction  -20.00  usage
metrics 2024-03
  expansion_mrr  25.00  driver usage

# More use at a lower price is one cause: usage
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-01-01  usage   calls, 1000 units at 0.01 a month
  2024-02-01  change  5000 units at 0.008 a month on calls
movements
  2024-01-01  new        110.00
  2024-02-01  expansion   30.00  usage

# A customer who pays by use alone
customer Acme
  2024-01-01  usage   calls, 1000 units at 0.01 a month
  2024-02-01  units   1500
  2024-03-01  cancel
movements
  2024-01-01  new        10.00
  2024-02-01  expansion   5.00  usage
  2024-03-01  churn     -15.00

# Under recurly usage is left out altogether
policy recurly
customer Acme
  2024-01-01  start  Team, at 100.00 a month
  2024-02-01  usage  calls, 1000 units at 0.01 a month
  2024-03-01  units  3500 on calls
  2024-04-15  price  110.00 on Team
customer Meter
  2024-01-01  usage  calls, 1000 units at 0.01 a month
movements
  2024-01-31  Acme  new        100.00
  2024-04-30  Acme  expansion   10.00  price
metrics 2024-04
  customers      1
  closing_mrr  110.00

# One history under both policies
customer Acme
  2024-01-10  start  Team, at 100.00 a month
  2024-02-10  usage  calls, 1000 units at 0.01 a month
movements
  2024-01-10  new        100.00
  2024-02-10  expansion   10.00  usage
movements under recurly
  2024-01-31  new        100.00
metrics 2024-02
  closing_mrr  110.00
metrics 2024-02 under recurly
  closing_mrr  100.00
