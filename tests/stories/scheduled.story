; What is known to come later is listed as scheduled and counts in no actual figure.

# Seats ordered for next month
as_of 2024-03-10T12:00
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-15  seats  8
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats  scheduled
metrics 2024-02
  closing_mrr  100.00

# The same history a week later
as_of 2024-03-17T12:00
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-15  seats  8
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats

# A change at the very instant of the book has happened
as_of 2024-03-15T12:00
customer Acme
  2024-01-10           start  Team, 5 seats at 20.00 a month
  2024-03-15T12:00:00  seats  8
  2024-03-15T12:00:01  seats  9
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats
  2024-03-15  expansion   20.00  seats  scheduled

# Morning and evening of the book's own day
as_of 2024-03-15T12:00
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-15T09:00  seats  8
  2024-03-15T18:00  seats  5
movements
  2024-01-10  new          100.00
  2024-03-15  expansion     60.00  seats
  2024-03-15  contraction  -60.00  seats  scheduled

# A farewell already announced
as_of 2024-06-20
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-06-10  notice  2024-07-10
movements
  2024-01-10  new    100.00
  2024-07-10  churn -100.00  scheduled

# A discount's end to come
as_of 2024-02-15
customer Acme
  2024-01-10  start  Team, at 100.00 a month, 30 % off until 2024-04-10
movements
  2024-01-10  new        70.00
  2024-04-10  expansion  30.00  discount  scheduled

# A customer signed for next quarter, with an upgrade agreed
as_of 2024-02-15
customer Acme
  2024-04-01  start  Team, at 100.00 a month
  2024-07-01  plan   Pro, at 150.00 a month
customer Base
  2024-01-01  start  Team, at 10.00 a month
movements
  2024-01-01  Base  new         10.00
  2024-04-01  Acme  new        100.00        scheduled
  2024-07-01  Acme  expansion   50.00  plan  Team -> Pro  scheduled
metrics 2024-01
  customers      1
  closing_mrr  10.00

# A trial that is running: its end is only scheduled
as_of 2024-01-15
customer Acme
  2024-01-10  start  Team, at 80.00 a month, trial until 2024-01-24
movements
  2024-01-24  new  80.00  scheduled

# The book's instant is told in the workspace's time zone
timezone Europe/Berlin
as_of 2024-03-15T12:00
customer Acme
  2024-01-10                 start  Team, 5 seats at 20.00 a month
  2024-03-15T11:00:00+00:00  seats  8
  2024-03-15T11:00:01+00:00  seats  9
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats
  2024-03-15  expansion   20.00  seats  scheduled

# Churn is announced, the return is too
as_of 2024-02-15
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  pause
  2024-05-01  resume
movements
  2024-01-10  new           100.00
  2024-03-01  churn        -100.00  scheduled
  2024-05-01  reactivation  100.00  scheduled

# Under recurly a month that is half over is split at the book's instant
policy recurly
as_of 2024-03-15
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-10  seats  8
  2024-03-20  seats  6
movements
  2024-01-31  new          100.00
  2024-03-31  expansion     60.00  seats
  2024-03-31  contraction  -40.00  seats  scheduled
