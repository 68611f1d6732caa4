; Discounts: percent first, then amount, never below nothing, and what happens when they end.

# A discount that ends
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month, 20 % off until 2024-03-01
movements
  2024-01-10  new        80.00
  2024-03-01  expansion  20.00  discount
metrics 2024-02
  closing_mrr  80.00
metrics 2024-03
  expansion_mrr  20.00  driver discount
  nrr_1m          1.25

# A discount given to a paying customer, and given up
customer Acme
  2024-01-10  start     Team, 5 seats at 20.00 a month
  2024-03-01  discount  15 %
  2024-06-01  discount  ends
movements
  2024-01-10  new         100.00
  2024-03-01  contraction -15.00  discount
  2024-06-01  expansion    15.00  discount

# A win-back discount for three months
customer Acme
  2024-01-10  start     Team, 5 seats at 20.00 a month
  2024-03-01  discount  50 % until 2024-06-01
movements
  2024-01-10  new         100.00
  2024-03-01  contraction -50.00  discount
  2024-06-01  expansion    50.00  discount

# Percent comes before amount
customer Acme
  2024-01-10  start  Team, at 100.00 a month, 10 % off, 15.00 off
movements
  2024-01-10  new  75.00

# The yearly amount is spread over the year
customer Acme
  2024-01-10  start  Team, at 1200.00 a year, 120.00 off
movements
  2024-01-10  new  90.00

# A discount on a line of many seats is taken once
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month, 10.00 off
  2024-03-01  seats  10
movements
  2024-01-10  new        90.00
  2024-03-01  expansion  100.00  seats

# A discount deeper than the price makes the plan free, not negative
customer Acme
  2024-01-10  start  Team, at 10.00 a month, 15.00 off until 2024-04-01
movements
  2024-04-01  new  10.00
metrics 2024-03
  customers    0
  closing_mrr  0

# Seats grow out of a discount deeper than the price
customer Acme
  2024-01-10  start  Team, 1 seat at 10.00 a month, 15.00 off
  2024-03-01  seats  3
  2024-05-01  seats  4
movements
  2024-03-01  new        15.00
  2024-05-01  expansion  10.00  seats

# A deep discount ends on one of two products
customer Acme
  2024-01-10  start  crm, at 100.00 a month
  2024-01-10  start  chat, at 10.00 a month, 15.00 off until 2024-03-01
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   10.00  discount

# Seats added on the day on which the discount ends
customer Acme
  2024-01-10  start  Team, 10 seats at 20.00 a month, 20 % off until 2024-03-01
  2024-03-01  seats  12
movements
  2024-01-10  new        160.00
  2024-03-01  expansion   32.00  seats
  2024-03-01  expansion   48.00  discount

# A price rise hidden behind a discount
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  change  at 120.00 a month, 25 % off
movements
  2024-01-10  new         100.00
  2024-03-01  contraction  20.00  price
  2024-03-01  contraction -30.00  discount

# One discount is replaced by another
customer Acme
  2024-01-10  start     Team, at 100.00 a month, 20 % off
  2024-03-01  discount  30.00
movements
  2024-01-10  new          80.00
  2024-03-01  contraction -10.00  discount

# The first month free: the customer is new when money flows
customer Acme
  2024-01-10  start  Team, at 100.00 a month, 100 % off until 2024-02-10
movements
  2024-02-10  new  100.00
metrics 2024-01
  customers  0

# Cancelled within the free month: nothing was ever booked
customer Acme
  2024-01-10  start   Team, at 100.00 a month, 100 % off until 2024-02-10
  2024-02-01  cancel
customer Base
  2024-01-01  start   Team, at 10.00 a month
movements
  2024-01-01  Base  new  10.00

# A coupon long past stays on the row and does nothing
customer Acme
  2024-01-10  start  Team, at 100.00 a month, 50 % off until 2024-02-10
  2024-06-01  price  110.00
movements
  2024-01-10  new        50.00
  2024-02-10  expansion  50.00  discount
  2024-06-01  expansion  10.00  price

# A discount ends at noon while seats are added in the morning: one day, two causes
customer Acme
  2024-01-10        start  Team, 10 seats at 10.00 a month, 10 % off until 2024-03-01T12:00
  2024-03-01T09:00  seats  12
movements
  2024-01-10  new        90.00
  2024-03-01  expansion  18.00  seats
  2024-03-01  expansion  12.00  discount

# A percentage with four decimals
customer Acme
  2024-01-10  start  Team, at 99.99 a month, 33.3333 % off
movements
  2024-01-10  new  66.660033

# Three lines of 9.99 a year at 37.5 % off are rounded line by line
customer Acme
  2024-01-10  start  Team, at 9.99 a year, 37.5 % off, sub S1
  2024-01-10  start  Team, at 9.99 a year, 37.5 % off, sub S2
  2024-01-10  start  Team, at 9.99 a year, 37.5 % off, sub S3
movements
  2024-01-10  new  1.560936

# A change of term keeps what the old discount was worth: 120 off a year is 10 off a month on the way
customer Acme
  2024-01-10  start   Team, at 1200.00 a year, 120.00 off
  2025-01-10  change  at 110.00 a month, full price
movements
  2024-01-10  new         90.00
  2025-01-10  expansion   10.00  term
  2025-01-10  expansion   10.00  discount

# The same discount written for the other term: 10 off a month is 120 off a year, so only nothing changed
customer Acme
  2024-01-10  start   Team, at 20.00 a month, 10.00 off
  2025-01-10  change  at 240.00 a year, 120.00 off
  2026-01-10  change  at 216.00 a year, 120.00 off
movements
  2024-01-10  new          10.00
  2026-01-10  contraction  -2.00  price
