; Worked examples that vendors and authors print, retold as stories. The figures are theirs, to the
; digits they show; names are ours where they give none.

; source: a published glossary article on Expansion MRR, its cloud example
# Premium plans bring 5,000, downgrades cost 1,000: 4,000 net
customer base
  2026-01-01  start  main, at 46000.00 a month
customer u1
  2026-01-01  start  basic, at 2000.00 a month, product cloud
  2026-05-10  plan   premium, at 7000.00 a month
customer d1
  2026-01-01  start  premium, at 2000.00 a month, product cloud
  2026-05-20  plan   basic, at 1000.00 a month
movements from 2026-05-01
  2026-05-10  u1  expansion    5000.00  plan
  2026-05-20  d1  contraction -1000.00  plan
metrics 2026-05
  opening_mrr        50000.00
  expansion_mrr       5000.00
  contraction_mrr    -1000.00
  net_expansion_mrr   4000.00
  closing_mrr        54000.00

; source: a published glossary article on Expansion MRR, its project management example
# Timesheets bring 3,000, smaller teams cost 500: 2,500 net
customer base
  2026-01-01  start   main, at 15000.00 a month
customer u1
  2026-01-01  start   main, at 3000.00 a month
  2026-05-08  add-on  timesheets, at 3000.00 a month
customer d1
  2026-01-01  start   team, at 2000.00 a month, product pm
  2026-05-20  plan    solo, at 1500.00 a month
movements from 2026-05-01
  2026-05-08  u1  expansion   3000.00  addon
  2026-05-20  d1  contraction -500.00  plan
metrics 2026-05
  opening_mrr        20000.00
  net_expansion_mrr   2500.00

; source: Stripe's article on expansion MRR
# From a plan at 100 to a plan at 150
customer a
  2026-01-01  start  starter, at 100.00 a month
  2026-02-01  plan   pro, at 150.00 a month
movements
  2026-01-01  new        100.00
  2026-02-01  expansion   50.00  plan

; source: Stripe's article on expansion MRR
# A renewal is not an expansion
customer a
  2024-01-01  start  main, at 1200.00 a year
  2025-01-01  renew
movements
  2024-01-01  new  100.00

; source: ChartMogul help, customer lifecycle
# A yearly contract with a second subscription for six weeks
customer c
  2024-01-10  start  gold-yearly, 4 seats at 500.00 a year, product gold, sub c-gold
  2024-02-01  start  silver, 2 seats at 30.00 a month, sub c-silver
  2024-03-15  end    silver
  2025-01-10  cancel
movements
  2024-01-10  new          ~166.67
  2024-02-01  expansion      60.00  cross_sell
  2024-03-15  contraction   -60.00  cross_sell
  2025-01-10  churn       ~-166.67

; source: ChartMogul help, an upgrade that is not prorated
# From bronze at 100 to gold at 250
customer a
  2019-01-01  start  bronze, at 100.00 a month
  2019-02-01  plan   gold, at 250.00 a month
movements
  2019-01-01  new        100.00
  2019-02-01  expansion  150.00  plan

; source: ChartMogul developer documentation
# Ninety for three months is thirty a month
customer a
  2026-01-01  start  main, at 90.00 every 3 months
movements
  2026-01-01  new  30.00

; source: ChartMogul help, MRR churn rate
# Gross and net churn of an opening 100
customer keep
  2026-01-01  start   main, at 60.00 a month
customer gone
  2026-01-01  start   main, at 10.00 a month
  2026-02-10  cancel
customer down
  2026-01-01  start   b, at 20.00 a month, product p
  2026-02-11  plan    a, at 10.00 a month
customer up
  2026-01-01  start   a, at 10.00 a month, product p
  2026-02-12  plan    b, at 20.00 a month
metrics 2026-02
  opening_mrr           100.00
  gross_mrr_churn_rate    0.20
  net_mrr_churn_rate      0.10

; source: ChartMogul help, ARPA
# Five accounts pay 1,500: 300 each on average
customers 2 named small{n}
  2026-01-01  start  main, at 100.00 a month
customer middle
  2026-01-01  start  main, at 300.00 a month
customers 2 named large{n}
  2026-01-01  start  main, at 500.00 a month
metrics 2026-01
  arpa  300.00

; source: Stripe Billing analytics glossary (the page also prints 800 / 12 for a yearly plan of 600,
; which is a slip there)
# A hundred customers by the month and fifty by the year
customers 100 named m{n}
  2026-01-01  start  main, at 100.00 a month
customers 50 named y{n}
  2026-01-01  start  main, at 600.00 a year
metrics 2026-01
  closing_mrr  12500.00

; source: Stripe Billing analytics glossary
# A yearly customer leaves, a monthly one downgrades
customer y
  2026-01-01  start   main, at 120.00 a year
  2026-03-05  cancel
customer m
  2026-01-01  start   b, at 50.00 a month, product p
  2026-03-09  plan    a, at 25.00 a month
movements from 2026-03-01
  2026-03-05  y  churn       -10.00
  2026-03-09  m  contraction -25.00  plan

; source: ProfitWell documentation, discounts
# Ten percent off a year of 120
customer a
  2026-01-01  start  main, at 120.00 a year, 10 % off
movements
  2026-01-01  new  9.00

; source: ProfitWell documentation, discounts
# The discount of ten percent runs out
customer a
  2026-01-01  start  main, at 10.00 a month, 10 % off until 2026-04-01
movements
  2026-01-01  new        9.00
  2026-04-01  expansion  1.00  discount

; source: Lago documentation, plan changes
# A yearly plan is an upgrade or a downgrade by what it costs a month
customer a
  2026-01-01  start  m20, at 20.00 a month, product p
  2026-02-01  plan   y300, at 300.00 a year
customer b
  2026-01-01  start  m20, at 20.00 a month, product p
  2026-02-01  plan   y180, at 180.00 a year
movements from 2026-02-01
  2026-02-01  a  expansion    5.00  plan
  2026-02-01  b  contraction -5.00  plan

; source: Databox, Stripe metrics
# Up and back down in one month: both are booked, the net is nothing
customer a
  2026-01-01  start  a, at 59.00 a month, product p
  2026-02-05  plan   b, at 119.00 a month
  2026-02-20  plan   a, at 59.00 a month
movements from 2026-02-01
  2026-02-05  expansion    60.00  plan
  2026-02-20  contraction -60.00  plan
metrics 2026-02
  net_expansion_mrr  0.00

; source: Chargebee documentation
# A downgrade from 100 to 70 is no churn of a customer
customer a
  2026-01-01  start  b, at 100.00 a month, product p
  2026-02-01  plan   a, at 70.00 a month
movements from 2026-02-01
  2026-02-01  contraction -30.00  plan
metrics 2026-02
  customer_churn_rate  0

; source: a published retention example (10.0 M; 0.6 contraction, 0.9 churn, 1.8 expansion)
; the cohort pays at the close of 2024-12 and is measured at the close of 2025-12
# A year's retention: 103 % net, 85 % gross
customer k
  2024-11-01  start   main, at 6000000.00 a month
customer ch
  2024-11-01  start   main, at 900000.00 a month
  2025-08-01  cancel
customer dn
  2024-11-01  start   b, at 1600000.00 a month, product p
  2025-06-01  plan    a, at 1000000.00 a month
customer up
  2024-11-01  start   a, at 1500000.00 a month, product p
  2025-09-01  plan    b, at 3300000.00 a month
metrics 2025-12
  nrr_12m  1.03
  grr_12m  0.85

; source: a published example (new 20k, expansion 8k, churn 5k, contraction 3k)
# A quick ratio of 3.5
customer base
  2026-01-01  start   main, at 100000.00 a month
customer n
  2026-02-02  start   main, at 20000.00 a month
customer ch
  2026-01-01  start   main, at 5000.00 a month
  2026-02-03  cancel
customer up
  2026-01-01  start   a, at 2000.00 a month, product p
  2026-02-04  plan    b, at 10000.00 a month
customer dn
  2026-01-01  start   b, at 4000.00 a month, product p
  2026-02-05  plan    a, at 1000.00 a month
metrics 2026-02
  quick_ratio  3.5

; source: derived, the price and volume split of management accounting
# Three more seats at the old price, then the new plan's price for all eight
customer a
  2026-01-01  start  team, 5 seats at 20.00 a month
  2026-03-15  plan   business, 8 seats at 30.00 a month
movements from 2026-03-01
  2026-03-15  expansion  60.00  seats
  2026-03-15  expansion  80.00  plan

; source: Baremetrics changelog
# An upgrade in the middle of the month counts in full, prorated cash does not
customer a
  2026-01-01  start  a, at 12.00 a month, product p
  2026-01-08  plan   b, at 24.00 a month
movements from 2026-01-02
  2026-01-08  expansion  12.00  plan

; source: a public issue about two- and three-year terms
# Terms of several years
customer a
  2026-01-01  start  main, at 2400.00 every 2 years
customer b
  2026-01-01  start  main, at 3600.00 every 3 years
movements
  2026-01-01  a  new  100.00
  2026-01-01  b  new  100.00

; source: derived
# A price a day is not nothing
customer a
  2026-01-01  start  main, at 1.00 a day
movements
  2026-01-01  new  ~30.42

; source: Stripe documentation, Billing metric definitions, subscriber churn rate: 100 / (1000 + 100)
# A hundred of a thousand leave, a hundred come
policy stripe
customers 100 named leaver{n}
  2026-01-01  start   main, at 10.00 a month
  2026-02-15  cancel
customers 900 named stays{n}
  2026-01-01  start   main, at 10.00 a month
customers 100 named comes{n}
  2026-02-03  start   main, at 10.00 a month
metrics 2026-02
  customer_churn_rate  ~0.0909
metrics 2026-02 under strict
  customer_churn_rate   0.1

; source: ProfitWell documentation, churn at the end of the period; Stripe Support, at the request
# Cancelled on the 8th, paid until the 15th
policy profitwell
customer a
  2026-04-15  start   main, at 10.00 a month
  2026-06-08  notice  2026-06-15
movements
  2026-04-15  new    10.00
  2026-06-15  churn -10.00
movements under stripe
  2026-04-15  new    10.00
  2026-06-08  churn -10.00

; source: RevenueCat documentation, Monthly Recurring Revenue (MRR) Chart
# Thirty for every length of subscription
policy revenuecat
customer a0
  2026-01-01  start  main, at 30.00 a day
customer a1
  2026-01-01  start  main, at 30.00 every 3 days
customer a2
  2026-01-01  start  main, at 30.00 a week
customer a3
  2026-01-01  start  main, at 30.00 every 2 weeks
customer a4
  2026-01-01  start  main, at 30.00 every 4 weeks
customer a5
  2026-01-01  start  main, at 30.00 a month
customer a6
  2026-01-01  start  main, at 30.00 every 2 months
customer a7
  2026-01-01  start  main, at 30.00 every 3 months
customer a8
  2026-01-01  start  main, at 30.00 every 6 months
customer a9
  2026-01-01  start  main, at 30.00 a year
movements
  2026-01-01  a0  new  900.00
  2026-01-01  a1  new  300.00
  2026-01-01  a2  new  120.00
  2026-01-01  a3  new   60.00
  2026-01-01  a4  new   30.00
  2026-01-01  a5  new   30.00
  2026-01-01  a6  new   15.00
  2026-01-01  a7  new   10.00
  2026-01-01  a8  new    5.00
  2026-01-01  a9  new    2.50
movements under strict
  2026-01-01  a0  new  912.50
  2026-01-01  a1  new  304.166667
  2026-01-01  a2  new  130.00
  2026-01-01  a3  new   65.00
  2026-01-01  a4  new   32.50
  2026-01-01  a5  new   30.00
  2026-01-01  a6  new   15.00
  2026-01-01  a7  new   10.00
  2026-01-01  a8  new    5.00
  2026-01-01  a9  new    2.50

; source: ProfitWell documentation, discounts; Stripe Support; Chargebee documentation
# The discount that runs out, in four systems
customer a
  2026-01-01  start  main, at 10.00 a month, 10 % off until 2026-04-01
movements
  2026-01-01  new        9.00
  2026-04-01  expansion  1.00  discount
movements under profitwell
  2026-01-01  new        9.00
  2026-04-01  expansion  1.00  discount
movements under stripe
  2026-01-01  new  10.00
movements under chargebee
  2026-01-01  new  10.00

; source: ChartMogul help, customer lifecycle; Chargebee documentation counts subscriptions
# The second subscription for six weeks, where subscriptions are counted
policy chartmogul
customer c
  2024-01-10  start  gold-yearly, 4 seats at 500.00 a year, product gold, sub c-gold
  2024-02-01  start  silver, 2 seats at 30.00 a month, sub c-silver
  2024-03-15  end    silver
  2025-01-10  cancel
movements
  2024-01-10  new          ~166.67
  2024-02-01  expansion      60.00  cross_sell
  2024-03-15  contraction   -60.00  cross_sell
  2025-01-10  churn       ~-166.67
movements under chargebee
  2024-01-10  new   ~166.67
  2024-02-01  new     60.00
  2024-03-15  churn  -60.00
  2025-01-10  churn ~-166.67

; source: Databox, Stripe metrics; Recurly compares month-ends
# Up and back down in one month, where month-ends are compared
policy recurly
customer a
  2026-01-01  start  a, at 59.00 a month, product p
  2026-02-05  plan   b, at 119.00 a month
  2026-02-20  plan   a, at 59.00 a month
movements
  2026-01-31  new  59.00

; source: Stripe documentation, Billing metric definitions, MRR growth
# Growth of 45 in a month, a currency among its causes
rate 2026-01-01 EUR 1.00
rate 2026-02-10 EUR 0.95
customer base
  2026-01-01  start   main, at 640.00 a month
customer euro EUR
  2026-01-01  start   A, at 100.00 a month, product p
customer new
  2026-02-03  start   A, at 100.00 a month, product p
customer up
  2026-01-01  start   A, at 100.00 a month, product p
  2026-02-05  plan    C, at 150.00 a month
customer down
  2026-01-01  start   A, at 100.00 a month, product p
  2026-02-07  plan    B, at 60.00 a month
customer gone
  2026-01-01  start   B, at 60.00 a month, product p
  2026-02-09  cancel
metrics 2026-02
  opening_mrr      1000.00
  new_mrr           100.00
  expansion_mrr      50.00
  contraction_mrr   -40.00
  churned_mrr       -60.00
  fx_mrr             -5.00
  closing_mrr      1045.00
metrics 2026-02 under stripe
  opening_mrr      1000.00
  new_mrr           100.00
  expansion_mrr      50.00
  contraction_mrr   -40.00
  churned_mrr       -60.00
  fx_mrr             -5.00
  closing_mrr      1045.00

; source: Stripe documentation, Billing metric definitions, MRR: the term (50 x (800 / 12)) as it is printed
# A hundred customers by the month and fifty at 800 a year
customers 100 named m{n}
  2026-01-01  start  main, at 100.00 a month
customers 50 named y{n}
  2026-01-01  start  main, at 800.00 a year
metrics 2026-01
  closing_mrr  ~13333.33

; source: Stripe documentation, Billing metric definitions, retention by cohort
# A hundred at 10: ten leave, five go to 25
customers 10 named leaver{n}
  2026-01-05  start   main, at 10.00 a month
  2026-02-10  cancel
customers 5 named grows{n}
  2026-01-05  start   main, at 10.00 a month
  2026-02-12  price   25.00
customers 85 named stays{n}
  2026-01-05  start   main, at 10.00 a month
metrics 2026-02
  opening_mrr    1000.00
  expansion_mrr    75.00
  churned_mrr    -100.00
  nrr_1m            0.975

; source: ProfitWell documentation, How do you handle currency conversions? (1 / 7.064195 and 1 / 7.023406)
# A hundred and then a hundred and ten kroner
rate 2017-01-01 DKK 0.141559
rate 2017-03-01 DKK 0.142381
customer a DKK
  2017-01-01  start  main, at 100.00 a month
  2017-03-01  price  110.00
metrics 2017-01
  closing_mrr  ~14.16
metrics 2017-03
  closing_mrr  ~15.66
metrics 2017-01 under profitwell
  closing_mrr  ~14.16
metrics 2017-03 under profitwell
  closing_mrr  ~15.57

; source: Chargebee documentation, Recurring Revenue, gross revenue retention
# From 5,000 to 6,000 with nothing lost
customer stays
  2026-01-01  start  main, at 4000.00 a month
customer grows
  2026-01-01  start  main, at 1000.00 a month
  2026-02-10  price  2000.00
metrics 2026-02
  opening_mrr  5000.00
  closing_mrr  6000.00
  grr_1m          1
  nrr_1m          1.20
