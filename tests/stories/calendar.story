; Days, months and years: when a change counts, and what a calendar must not do to a price.

# A yearly contract is flat over two leap years
customer Acme
  2023-03-15  start  Team, at 1200.00 a year
movements
  2023-03-15  new  100.00
metrics 2024-02
  opening_mrr      100.00
  expansion_mrr      0
  contraction_mrr    0
  closing_mrr      100.00
metrics 2024-03
  net_new_mrr  0
  nrr_12m      1
metrics 2028-02
  net_new_mrr    0
  closing_mrr  100.00
  nrr_12m        1

# A monthly plan is flat in months of 28, 29, 30 and 31 days
customer Acme
  2024-01-31  start  Team, at 100.00 a month
movements
  2024-01-31  new  100.00
metrics 2024-01
  closing_mrr  100.00
metrics 2024-02
  net_new_mrr    0
  closing_mrr  100.00
metrics 2025-02
  net_new_mrr    0
  closing_mrr  100.00

# A daily price is flat too
customer Acme
  2023-12-31  start  Meter, at 3.00 a day
movements
  2023-12-31  new  91.25
metrics 2024-02
  net_new_mrr   0
  closing_mrr  91.25

# Bought and raised on leap days
customer Acme
  2020-02-29  start  Team, at 1200.00 a year
  2024-02-29  price  1320.00
movements
  2020-02-29  new        100.00
  2024-02-29  expansion   10.00  price
metrics 2024-02
  expansion_mrr  10.00
  nrr_12m         1.1

# The last instant of a month belongs to it, midnight to the next
customer Acme
  2024-01-31T23:59:59.999999  start  Team, 5 seats at 20.00 a month
  2024-03-01T00:00:00         seats  8
movements
  2024-01-31  new        100.00
  2024-03-01  expansion   60.00  seats
metrics 2024-01
  new_mrr      100.00
  closing_mrr  100.00
metrics 2024-02
  closing_mrr  100.00
metrics 2024-03
  opening_mrr    100.00
  expansion_mrr   60.00

# A subscription that ends with the month is still paid at the month's close
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-05-01  cancel
movements
  2024-01-01  new    100.00
  2024-05-01  churn -100.00
metrics 2024-04
  closing_mrr        100.00
  churned_customers    0
metrics 2024-05
  opening_mrr        100.00
  churned_customers    1

# Half an hour before midnight in Berlin
timezone Europe/Berlin
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-31T23:30  seats  8
movements
  2024-01-10  new        100.00
  2024-03-31  expansion   60.00  seats
metrics 2024-03
  expansion_mrr  60.00

# The same evening written in UTC is already April in Berlin half an hour later
timezone Europe/Berlin
customer Before
  2024-01-10                 start  Team, 5 seats at 20.00 a month
  2024-03-31T21:59:59+00:00  seats  8
customer After
  2024-01-10                 start  Team, 5 seats at 20.00 a month
  2024-03-31T22:00:00+00:00  seats  8
movements
  2024-01-10  Before  new        100.00
  2024-01-10  After   new        100.00
  2024-03-31  Before  expansion   60.00  seats
  2024-04-01  After   expansion   60.00  seats
metrics 2024-03
  expansion_mrr  60.00
metrics 2024-04
  expansion_mrr  60.00

# A change in the hour that does not exist
timezone Europe/Berlin
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-31T02:30  seats  8
movements
  2024-01-10  new        100.00
  2024-03-31  expansion   60.00  seats

# Changes in the hour that comes twice are told apart by their offsets
timezone Europe/Berlin
customer Acme
  2024-01-10              start  Team, 5 seats at 20.00 a month
  2024-10-27T02:30+02:00  seats  9
  2024-10-27T02:30+01:00  seats  7
movements
  2024-01-10  new        100.00
  2024-10-27  expansion   40.00  seats

# Gone for the doubled hour only, and back within the day
timezone Europe/Berlin
customer Acme
  2024-01-10              start   Team, 5 seats at 20.00 a month
  2024-10-27T02:15+02:00  cancel
  2024-10-27T02:15+01:00  start   Team, 5 seats at 20.00 a month
movements
  2024-01-10  new  100.00

# A day of twenty-three hours is one day
timezone Europe/Berlin
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-31T00:00  seats  8
  2024-03-31T23:59  seats  9
  2024-04-01T00:00  seats  10
movements
  2024-01-10  new        100.00
  2024-03-31  expansion   80.00  seats
  2024-04-01  expansion   20.00  seats

# New Year's Eve west of Greenwich
timezone America/Los_Angeles
customer Acme
  2025-01-01T07:30+00:00  start  Team, at 100.00 a month
  2025-02-01T08:00+00:00  price  120.00
movements
  2024-12-31  new        100.00
  2025-02-01  expansion   20.00  price
metrics 2024-12
  new_mrr  100.00

# An evening in Auckland is the morning of the same day in UTC
timezone Pacific/Auckland
customer Acme
  2024-06-30T11:00+00:00  start  Team, at 100.00 a month
  2024-07-31T12:00+00:00  price  120.00
movements
  2024-06-30  new        100.00
  2024-08-01  expansion   20.00  price

# Two instants written with different offsets are one instant
timezone Europe/Berlin
customer Acme
  item sub=S1 item=I1 plan=Team from=2024-01-10 to=2024-03-15T10:00+01:00 quantity=5 unit=20.00
  item sub=S1 item=I1 plan=Team from=2024-03-15T09:00+00:00 quantity=8 unit=20.00
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats

# A quarter, a half year and a fortnight side by side
customer Acme
  2024-02-29  start  base, at 300.00 a quarter, sub S1
  2024-02-29  start  half, at 300.00 every 6 months, sub S2
  2024-02-29  start  fort, at 6.00 every 2 weeks, sub S3
movements
  2024-02-29  new  100.00  on base
  2024-02-29  new   50.00  on half
  2024-02-29  new   13.00  on fort
