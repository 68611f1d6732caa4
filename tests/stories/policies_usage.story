; usage: counted by its period, as the mean of three periods, or not at all.

# One, two, three and four periods of use
rules mean: usage = "trailing_3"
rules without: usage = "exclude"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month
  2026-01-01  usage  API, at 30.00 a month
  2026-02-01  price  60.00 on API
  2026-03-01  price  90.00 on API
  2026-04-01  price  120.00 on API
  2026-05-01  end    API
movements
  2026-01-01  new          130.00
  2026-02-01  expansion     30.00  usage
  2026-03-01  expansion     30.00  usage
  2026-04-01  expansion     30.00  usage
  2026-05-01  contraction -120.00  usage
movements under mean
  2026-01-01  new          130.00
  2026-02-01  expansion     15.00  usage
  2026-03-01  expansion     15.00  usage
  2026-04-01  expansion     30.00  usage
  2026-05-01  contraction  -90.00  usage
movements under without
  2026-01-01  new  100.00
metrics 2026-04
  closing_mrr  220.00
metrics 2026-04 under mean
  closing_mrr  190.00
metrics 2026-04 under without
  closing_mrr  100.00

# Use that falls is felt over three periods
rules mean: usage = "trailing_3"
customer Acme
  2026-01-01  usage  API, 900 units at 0.10 a month
  2026-02-01  units  0
  2026-03-01  units  0
  2026-04-01  units  0
movements
  2026-01-01  new    90.00
  2026-02-01  churn -90.00
movements under mean
  2026-01-01  new          90.00
  2026-02-01  contraction -45.00  usage
  2026-03-01  contraction -15.00  usage
  2026-04-01  churn       -30.00

# A period without a row is no period: the mean is of those there are
rules mean: usage = "trailing_3"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month
  2026-01-01  usage  API, at 30.00 a month
  2026-02-01  price  60.00 on API
  2026-03-01  end    API
  2026-04-01  usage  API, at 90.00 a month
movements
  2026-01-01  new          130.00
  2026-02-01  expansion     30.00  usage
  2026-03-01  contraction  -60.00  usage
  2026-04-01  expansion     90.00  usage
movements under mean
  2026-01-01  new          130.00
  2026-02-01  expansion     15.00  usage
  2026-03-01  contraction  -45.00  usage
  2026-04-01  expansion     60.00  usage

# A period that does not count is 0 and in no mean
rules mean: usage = "trailing_3"
customer Acme
  item sub=S1 plan=CRM from=2026-01-01 unit=100.00
  item sub=S1 plan=API type=usage from=2026-01-01 to=2026-02-01 unit=30.00
  item sub=S1 plan=API type=usage from=2026-02-01 to=2026-03-01 unit=60.00 status=paused
  item sub=S1 plan=API type=usage from=2026-03-01 unit=90.00
movements
  2026-01-01  new          130.00
  2026-02-01  contraction  -30.00  usage
  2026-03-01  expansion     90.00  usage
movements under mean
  2026-01-01  new          130.00
  2026-02-01  contraction  -30.00  usage
  2026-03-01  expansion     60.00  usage

# A mean is rounded once, half to even, to six decimals
rules mean: usage = "trailing_3"
customer Thirds
  2026-01-01  usage  API, at 10.00 a month
  2026-02-01  price  10.00
  2026-03-01  price  10.01
customer Up
  2026-01-01  usage  API, at 0.000001 a month
  2026-02-01  price  0.000002
customer Even
  2026-01-01  usage  API, at 0.000002 a month
  2026-02-01  price  0.000003
movements
  2026-01-01  Thirds  new        10.00
  2026-03-01  Thirds  expansion   0.01      usage
  2026-01-01  Up      new         0.000001
  2026-02-01  Up      expansion   0.000001  usage
  2026-01-01  Even    new         0.000002
  2026-02-01  Even    expansion   0.000001  usage
movements under mean
  2026-01-01  Thirds  new        10.00
  2026-03-01  Thirds  expansion   0.003333  usage
  2026-01-01  Up      new         0.000001
  2026-02-01  Up      expansion   0.000001  usage
  2026-01-01  Even    new         0.000002

# Each item has a mean of its own, and so has each currency
rules mean: usage = "trailing_3"
rate 2026-01-01 EUR 1.10
customer Items
  2026-01-01  usage  API, at 30.00 a month
  2026-01-01  usage  Mail, at 10.00 a month
  2026-02-01  price  60.00 on API
  2026-02-01  price  20.00 on Mail
customer Currencies
  item sub=S1 plan=CRM from=2026-01-01 unit=100.00
  item sub=S1 plan=API type=usage from=2026-01-01 to=2026-02-01 unit=10.00 currency=EUR
  item sub=S1 plan=API type=usage from=2026-02-01 to=2026-03-01 unit=20.00 currency=EUR
  item sub=S1 plan=API type=usage from=2026-03-01 unit=30.00
movements
  2026-01-01  Items       new        40.00
  2026-02-01  Items       expansion  40.00  usage
  2026-01-01  Currencies  new       100.00
  2026-01-01  Currencies  new        10.00 EUR
  2026-02-01  Currencies  expansion  10.00 EUR  usage
  2026-03-01  Currencies  expansion -20.00 EUR  usage
  2026-03-01  Currencies  expansion  30.00      usage
movements under mean
  2026-01-01  Items       new        40.00
  2026-02-01  Items       expansion  20.00  usage
  2026-01-01  Currencies  new       100.00
  2026-01-01  Currencies  new        10.00 EUR
  2026-02-01  Currencies  expansion   5.00 EUR  usage
  2026-03-01  Currencies  expansion -15.00 EUR  usage
  2026-03-01  Currencies  expansion  30.00      usage

# Only items of type usage are averaged
rules mean: usage = "trailing_3"
customer Acme
  2026-01-01  start  Team, 3 seats at 10.00 a month
  2026-02-01  seats  6
movements
  2026-01-01  new        30.00
  2026-02-01  expansion  30.00  seats
movements under mean
  2026-01-01  new        30.00
  2026-02-01  expansion  30.00  seats
