; Prices and terms: the same plan costs more, less, or is paid at another rhythm.

# A price rise
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-07-01  price  25.00
movements
  2024-01-10  new        100.00
  2024-07-01  expansion   25.00  price

# A price cut
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-07-01  price  18.50
movements
  2024-01-10  new         100.00
  2024-07-01  contraction  -7.50  price

# A price rise that is called off the same day
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-07-01T08:00  price  25.00
  2024-07-01T19:00  price  20.00
movements
  2024-01-10  new  100.00

# From months to a year, with the year's lower rate
customer Acme
  2024-01-10  start  Team, 3 seats at 20.00 a month
  2024-03-01  price  216.00 a year
movements
  2024-01-10  new         60.00
  2024-03-01  contraction -6.00  term

# From a year back to months
customer Acme
  2024-01-10  start  Team, 3 seats at 216.00 a year
  2025-01-10  price  20.00 a month
movements
  2024-01-10  new        54.00
  2025-01-10  expansion   6.00  term

# Seats and term together
customer Acme
  2024-01-10  start   Team, 3 seats at 20.00 a month
  2024-03-01  change  5 seats at 216.00 a year
movements
  2024-01-10  new         60.00
  2024-03-01  expansion   40.00  seats
  2024-03-01  expansion  -10.00  term

# A year paid as twelve months is the same term
customer Acme
  2024-01-10  start  Team, at 1200.00 a year
  2025-01-10  price  1500.00 every 12 months
movements
  2024-01-10  new        100.00
  2025-01-10  expansion   25.00  price

# A quarter paid as three months at the same money is no change
customer Acme
  2024-01-10  start  Team, at 90.00 a quarter
  2024-04-10  price  90.00 every 3 months
movements
  2024-01-10  new  30.00

# Another rhythm at the same monthly value books nothing
customer Acme
  2024-01-10  start  Team, at 30.00 a month
  2024-04-10  price  360.00 a year
movements
  2024-01-10  new  30.00

# Terms of two and three years
customer Two
  2024-01-01  start  Team, at 2400.00 every 2 years
customer Three
  2024-01-01  start  Team, at 3600.00 every 3 years
movements
  2024-01-01  Two    new  100.00
  2024-01-01  Three  new  100.00

# From one year to a three-year contract at a lower rate
customer Acme
  2024-01-01  start  Team, at 1200.00 a year
  2025-01-01  price  3240.00 every 3 years
movements
  2024-01-01  new         100.00
  2025-01-01  contraction -10.00  term

# Weeks and days become months by 52/12 and 365/12
customer Weekly
  2024-01-01  start  Team, at 30.00 a week
customer Fortnightly
  2024-01-01  start  Team, at 30.00 every 2 weeks
customer FiveDays
  2024-01-01  start  Team, at 12.00 every 5 days
customer Daily
  2024-01-01  start  Team, at 1.00 a day
movements
  2024-01-01  Weekly       new  130.00
  2024-01-01  Fortnightly  new   65.00
  2024-01-01  FiveDays     new   73.00
  2024-01-01  Daily        new   30.416667

# From a weekly to a monthly rhythm
customer Acme
  2024-01-01  start  Team, at 30.00 a week
  2024-06-01  price  120.00 a month
movements
  2024-01-01  new         130.00
  2024-06-01  contraction -10.00  term

# A third of a cent never gets lost
customer Acme
  2024-01-01  start  Team, at 100.00 a year
  2025-01-01  seats  2
  2026-01-01  seats  3
movements
  2024-01-01  new        8.333333
  2025-01-01  expansion  8.333334  seats
  2026-01-01  expansion  8.333333  seats
metrics 2026-01
  closing_mrr  25

# A half of the last digit goes to the even side
customer Odd
  2024-01-01  start  Team, at 0.000018 a year
customer Even
  2024-01-01  start  Team, at 0.000030 a year
movements
  2024-01-01  Odd   new  0.000002
  2024-01-01  Even  new  0.000002
