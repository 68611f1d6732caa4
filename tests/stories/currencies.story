; Currencies: movements keep their own, months are told in the workspace's.

# A euro customer in a dollar workspace: the rate moves, the customer does not
currency USD
rate 2024-01-01 EUR 1.10
rate 2024-02-01 EUR 1.20
rate 2024-02-15 EUR 1.25
customer Acme EUR
  2024-01-10  start  Team, at 100.00 a month
movements
  2024-01-10  new  100.00 EUR
metrics 2024-01
  new_mrr      110.00
  fx_mrr         0
  closing_mrr  110.00
metrics 2024-02
  opening_mrr  110.00
  expansion_mrr  0
  fx_mrr        15.00
  closing_mrr  125.00

# An expansion between two rates: booked at its day's rate, the rest is fx
rate 2024-01-01 EUR 1.10
rate 2024-02-01 EUR 1.20
rate 2024-02-15 EUR 1.25
customer Acme EUR
  2024-01-10  start  Team, 2 seats at 50.00 a month
  2024-02-10  seats  3
movements
  2024-01-10  new        100.00 EUR
  2024-02-10  expansion   50.00 EUR  seats
metrics 2024-02
  opening_mrr    110.00
  expansion_mrr   60.00
  fx_mrr          17.50
  closing_mrr    187.50

# Churn after the rate has moved
rate 2024-01-01 EUR 1.10
rate 2024-02-01 EUR 1.20
customer Acme EUR
  2024-01-10  start   Team, at 100.00 a month
  2024-02-10  cancel
movements
  2024-01-10  new    100.00
  2024-02-10  churn -100.00
metrics 2024-02
  opening_mrr   110.00
  churned_mrr  -120.00
  fx_mrr         10.00
  closing_mrr     0

# Two customers in two currencies
currency EUR
rate 2024-01-01 GBP 1.20
customer London GBP
  2024-01-10  start  Team, at 100.00 a month
  2024-03-01  price  110.00
customer Paris
  2024-01-10  start  Team, at 100.00 a month
  2024-03-01  price  95.00
movements
  2024-01-10  London  new         100.00 GBP
  2024-01-10  Paris   new         100.00 EUR
  2024-03-01  London  expansion    10.00 GBP  price
  2024-03-01  Paris   contraction  -5.00 EUR  price
metrics 2024-03
  opening_mrr      220.00
  expansion_mrr     12.00
  contraction_mrr   -5.00
  fx_mrr             0
  closing_mrr      227.00
  closing_mrr      132.00  currency GBP

# One customer with a subscription in each of two currencies
rate 2024-01-01 EUR 1.10
customer Acme USD
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-02-01  start  crm, at 50.00 a month, sub S2, in EUR
  2024-04-01  end    S1
movements
  2024-01-10  new          100.00 USD
  2024-02-01  expansion     50.00 EUR  subscription
  2024-04-01  contraction -100.00 USD  subscription
metrics 2024-04
  opening_mrr  155.00
  closing_mrr   55.00

# A customer changes currency and pays a little more: the old goes out, the new comes in
rate 2024-01-01 EUR 1.20
customer Acme USD
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  change  at 90.00 a month, in EUR
movements
  2024-01-10  new         100.00 USD
  2024-03-01  expansion  -100.00 USD  price
  2024-03-01  expansion    90.00 EUR  price
metrics 2024-03
  expansion_mrr      8.00
  churned_customers  0
  closing_mrr      108.00

# A customer changes currency and pays a little less
rate 2024-01-01 EUR 1.10
customer Acme USD
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  change  at 90.00 a month, in EUR
movements
  2024-01-10  new           100.00 USD
  2024-03-01  contraction  -100.00 USD  price
  2024-03-01  contraction    90.00 EUR  price
metrics 2024-03
  contraction_mrr  -1.00
  closing_mrr      99.00

# A change of currency with a change of plan
rate 2024-01-01 EUR 1.20
customer Acme USD
  2024-01-10  start  Team, at 100.00 a month
  2024-03-01  plan   Pro, at 100.00 a month, in EUR
movements
  2024-01-10  new         100.00 USD        on Team
  2024-03-01  transfer   -100.00 USD        on Team
  2024-03-01  transfer    100.00 USD        Team -> Pro
  2024-03-01  expansion  -100.00 USD  plan  Team -> Pro
  2024-03-01  expansion   100.00 EUR  plan  Team -> Pro

# A change of currency under new ids in one moment
rate 2024-01-01 EUR 1.20
customer Acme USD
  2024-01-10  start  Team, at 1200.00 a year, sub K1
  2025-01-10  end    Team
  2025-01-10  start  Team, at 1300.00 a year, sub K2, in EUR
movements
  2024-01-10  new         100.00 USD
  2025-01-10  expansion  -100.00 USD  price
  2025-01-10  expansion   108.333333 EUR  price

# Away, and back in another currency
rate 2024-01-01 EUR 1.10
customer Acme USD
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  cancel
  2024-05-01  start   Team, at 90.00 a month, in EUR
movements
  2024-01-10  new           100.00 USD
  2024-03-01  churn        -100.00 USD
  2024-05-01  reactivation   90.00 EUR

# Yen have no minor unit and still divide exactly enough
currency JPY
customer Tokyo
  2024-01-10  start  Team, at 10000 a year
  2024-07-10  price  12000
movements
  2024-01-10  new        833.333333
  2024-07-10  expansion  166.666667  price
metrics 2024-07
  closing_mrr  1000

# Dinars have three decimals
currency BHD
customer Manama
  2024-01-10  start  Team, 3 seats at 12.345 a month
  2024-02-10  seats  4
movements
  2024-01-10  new        37.035
  2024-02-10  expansion  12.345  seats

# Yen and dinars told in dollars
rate 2024-01-01 JPY 0.0068
rate 2024-01-01 BHD 2.65
customer Tokyo JPY
  2024-01-10  start  Team, at 10000 a month
customer Manama BHD
  2024-01-10  start  Team, at 10.500 a month
movements
  2024-01-10  Tokyo   new  10000 JPY
  2024-01-10  Manama  new  10.5 BHD
metrics 2024-01
  closing_mrr  95.825

# Without a rate the ledger stands and the dollar figure is missing, with a reason
customer Oslo NOK
  2024-01-10  start  Team, at 900.00 a month
movements
  2024-01-10  new  900.00 NOK
metrics 2024-01
  closing_mrr  none
  new_mrr      none
  customers    1

# A rate that starts later than the customer
rate 2024-02-01 NOK 0.10
customer Oslo NOK
  2024-01-10  start  Team, at 900.00 a month
  2024-03-10  price  1000.00
movements
  2024-01-10  new        900.00 NOK
  2024-03-10  expansion  100.00 NOK  price
metrics 2024-01
  new_mrr  none
metrics 2024-02
  closing_mrr  90.00
metrics 2024-03
  expansion_mrr   10.00
  closing_mrr    100.00
