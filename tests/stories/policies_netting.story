; netting: what is added up before a change is called expansion or contraction.

# Seats up, an add-on dropped, a price lowered on one day: 40, 10 or nothing of expansion
rules sub: netting = "subscription"
rules all: netting = "customer"
customer Acme
  2026-01-01  start   CRM, 10 seats at 10.00 a month, sub S1
  2026-01-01  add-on  SSO, at 30.00 a month, sub S1
  2026-01-01  start   Chat, at 50.00 a month, sub S2
  2026-03-10  seats   14 on CRM
  2026-03-10  end     SSO
  2026-03-10  price   35.00 on Chat
movements from 2026-02-01
  2026-03-10  expansion    40.00  seats
  2026-03-10  contraction -30.00  addon
  2026-03-10  contraction -15.00  price
movements from 2026-02-01 under sub
  2026-03-10  expansion    40.00  seats
  2026-03-10  expansion   -30.00  addon
  2026-03-10  contraction -15.00  price
movements from 2026-02-01 under all
  2026-03-10  contraction  40.00  seats
  2026-03-10  contraction -30.00  addon
  2026-03-10  contraction -15.00  price
metrics 2026-03
  expansion_mrr       40.00
  contraction_mrr    -45.00
  net_expansion_mrr   -5.00
metrics 2026-03 under sub
  expansion_mrr       10.00
  contraction_mrr    -15.00
  net_expansion_mrr   -5.00
metrics 2026-03 under all
  expansion_mrr        0
  contraction_mrr     -5.00
  net_expansion_mrr   -5.00

# A subscription whose changes come to nothing is neither
rules sub: netting = "subscription"
rules all: netting = "customer"
customer Acme
  2026-01-01  start   CRM, 10 seats at 10.00 a month, sub S1
  2026-01-01  add-on  SSO, at 20.00 a month, sub S1
  2026-01-01  start   Chat, at 40.00 a month, sub S2
  2026-04-05  seats   12 on CRM
  2026-04-05  end     SSO
  2026-04-05  price   45.00 on Chat
movements from 2026-02-01
  2026-04-05  expansion    20.00  seats
  2026-04-05  contraction -20.00  addon
  2026-04-05  expansion     5.00  price
movements from 2026-02-01 under sub
  2026-04-05  transfer   20.00  on CRM
  2026-04-05  transfer  -20.00  on SSO
  2026-04-05  expansion   5.00  price
movements from 2026-02-01 under all
  2026-04-05  expansion   20.00  seats
  2026-04-05  expansion  -20.00  addon
  2026-04-05  expansion    5.00  price
metrics 2026-04 under sub
  expansion_mrr    5.00
  contraction_mrr  0

# A plan that moved to another subscription is netted where it is now
rules sub: netting = "subscription"
rules all: netting = "customer"
customer Acme
  2026-01-01  start   basic, at 50.00 a month, sub s1
  2026-01-01  add-on  SSO, at 20.00 a month, sub s1
  2026-01-01  start   Chat, at 40.00 a month, sub s2
  2026-05-01  end     basic
  2026-05-01  start   pro, at 80.00 a month, sub s2
  2026-05-01  price   15.00 on SSO
  2026-05-01  price   25.00 on Chat
movements from 2026-02-01
  2026-05-01  expansion    30.00  plan
  2026-05-01  contraction -20.00  price
movements from 2026-02-01 under sub
  2026-05-01  expansion    30.00  plan
  2026-05-01  expansion   -15.00  price
  2026-05-01  contraction  -5.00  price
movements from 2026-02-01 under all
  2026-05-01  expansion   30.00  plan
  2026-05-01  expansion  -20.00  price

# Changes on different days are never netted, whatever is added up
rules sub: netting = "subscription"
rules all: netting = "customer"
customer Acme
  2026-01-01  start  CRM, 10 seats at 10.00 a month, sub S1
  2026-03-10  seats  14
  2026-03-11  seats  12
movements from 2026-02-01
  2026-03-10  expansion    40.00  seats
  2026-03-11  contraction -20.00  seats
movements from 2026-02-01 under sub
  2026-03-10  expansion    40.00  seats
  2026-03-11  contraction -20.00  seats
movements from 2026-02-01 under all
  2026-03-10  expansion    40.00  seats
  2026-03-11  contraction -20.00  seats

# Netting by subscription nets changes only: a subscription that is new by itself stays out of it
rules sub: level = "subscription", netting = "subscription"
customer Acme
  2026-01-01  start   CRM, 10 seats at 10.00 a month, sub S1
  2026-01-01  add-on  SSO, at 30.00 a month, sub S1
  2026-06-10  seats   12 on CRM
  2026-06-10  price   15.00 on SSO
  2026-06-10  start   Chat, at 50.00 a month, sub S2
movements from 2026-02-01
  2026-06-10  expansion    20.00  seats
  2026-06-10  contraction -15.00  price
  2026-06-10  expansion    50.00  cross_sell
movements from 2026-02-01 under sub
  2026-06-10  expansion   20.00  seats
  2026-06-10  expansion  -15.00  price
  2026-06-10  new         50.00
