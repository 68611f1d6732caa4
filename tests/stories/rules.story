; One story for each rule that is easy to get wrong. Sources: derived from the rules of the ledger,
; unless a comment names another.

# Pairing inside a subscription: a swap under a new item id
customer a
  2026-01-01  start  basic, at 50.00 a month, sub a-s1, item i1
  2026-03-01  end    basic
  2026-03-01  start  pro, at 100.00 a month, sub a-s1, item i2
movements from 2026-02-01
  2026-03-01  expansion  50.00  plan

# Pairing inside a subscription: the add-on is larger than the new plan and still not its pair
customer a
  2026-01-01  start   basic, at 50.00 a month, sub a-s1, item i1
  2026-03-01  end     basic
  2026-03-01  start   pro, at 100.00 a month, sub a-s1, item i2
  2026-03-01  add-on  extra, at 120.00 a month, sub a-s1, item i3
movements from 2026-02-01
  2026-03-01  expansion   50.00  plan
  2026-03-01  expansion  120.00  addon

# Contract systems give each term new ids: a renewal under a new subscription books nothing
customer a
  2025-01-01  start   crm, at 1200.00 a year, sub k1, item k1-1
  2025-01-01  add-on  sso, at 240.00 a year, sub k1, item k1-2
  2026-01-01  end     crm
  2026-01-01  end     sso
  2026-01-01  start   crm, at 1200.00 a year, sub k2, item k2-1
  2026-01-01  add-on  sso, at 240.00 a year, sub k2, item k2-2
movements
  2025-01-01  new  120.00
metrics 2026-01
  expansion_mrr    0
  contraction_mrr  0

# Cancel and rebuy: a swap of plans across subscriptions
customer a
  2026-01-01  start  basic, at 50.00 a month, sub s1
  2026-03-01  end    basic
  2026-03-01  start  pro, at 100.00 a month, sub s2
movements from 2026-02-01
  2026-03-01  expansion  50.00  plan

# The item's total decides the kind: more seats at a lower price
customer a
  2026-01-01  start   p, 5 seats at 20.00 a month
  2026-03-01  change  8 seats at 10.00 a month
movements from 2026-02-01
  2026-03-01  contraction   60.00  seats
  2026-03-01  contraction  -80.00  price
metrics 2026-03
  expansion_mrr      0
  contraction_mrr  -20.00

# Seats and a discount together
customer a
  2026-01-01  start   p, 10 seats at 20.00 a month
  2026-03-01  change  15 seats, 20 % off
movements from 2026-02-01
  2026-03-01  expansion  100.00  seats
  2026-03-01  expansion  -60.00  discount

# A fixed discount leaves seats whole: 5 x 20 - 10 becomes 10 x 20 - 10
customer a
  2026-01-01  start  p, 5 seats at 20.00 a month, 10.00 off
  2026-03-01  seats  10
movements from 2026-02-01
  2026-03-01  expansion  100.00  seats

# Percent before amount, a yearly amount spread, a price never below nothing
customer a
  2026-01-01  start  p, at 100.00 a month, 10 % off, 15.00 off
customer b
  2026-01-01  start  p, at 1200.00 a year, 120.00 off
customer c
  2026-01-01  start  p, at 10.00 a month, 15.00 off
movements
  2026-01-01  a  new  75.00
  2026-01-01  b  new  90.00
metrics 2026-01
  customers  2

# The term alone, and with seats: 20 a month becomes 216 a year
customer a
  2026-01-01  start   p, 3 seats at 20.00 a month
  2026-03-01  price   216.00 a year
customer b
  2026-01-01  start   p, 3 seats at 20.00 a month
  2026-03-01  change  5 seats at 216.00 a year
movements from 2026-02-01
  2026-03-01  a  contraction  -6.00  term
  2026-03-01  b  expansion    40.00  seats
  2026-03-01  b  expansion   -10.00  term

# Plan and term together are the plan: its monthly price is unknown
customer a
  2026-01-01  start  s, at 20.00 a month, product p
  2026-03-01  plan   l, at 600.00 a year
movements from 2026-02-01
  2026-03-01  expansion  30.00  plan

# A free month of an add-on
customer a
  2026-01-01  start   crm, at 100.00 a month
  2026-02-01  add-on  sso, at 30.00 a month, 100 % off until 2026-03-01
movements from 2026-02-01
  2026-03-01  expansion  30.00  discount

# A second licence of a product already held
customer a
  2026-01-01  start  crm, at 100.00 a month, sub s1
  2026-03-01  start  crm, at 40.00 a month, sub s2
  2026-04-01  end    s2
movements from 2026-02-01
  2026-03-01  expansion    40.00  subscription
  2026-04-01  contraction -40.00  subscription

# A trial beside a paid product does not hold its product: cross-sell
customer a
  2026-01-01  start  crm, at 100.00 a month, sub s1
  2026-02-01  start  chat, at 40.00 a month, sub s2, trial until 2026-02-15
movements from 2026-02-01
  2026-02-15  expansion  40.00  cross_sell

# A trial turns into a discounted subscription; its row never said `trialing`
customer a
  item plan=p from=2026-01-01 unit=80.00 trial_until=2026-01-15 discount_percent=50 discount_until=2026-02-15
movements
  2026-01-15  new        40.00
  2026-02-15  expansion  40.00  discount

# Past due counts, unpaid does not
customer a
  2026-01-01  start     p, at 100.00 a month
  2026-02-01  past due
  2026-02-20  unpaid
  2026-03-05  pays
movements
  2026-01-01  new           100.00
  2026-02-20  churn        -100.00
  2026-03-05  reactivation  100.00

# Nothing is bridged by guessing: a gap of one day is churn
customer a
  2026-01-01  start   p, at 100.00 a month
  2026-03-31  cancel
  2026-04-01  start   p, at 100.00 a month
movements from 2026-02-01
  2026-03-31  churn        -100.00
  2026-04-01  reactivation  100.00

# Weeks and days: 52/12 and 365/12
customer a
  2026-01-01  start  p, at 30.00 a week
customer b
  2026-01-01  start  p, at 30.00 every 2 weeks
customer c
  2026-01-01  start  p, at 12.00 every 5 days
movements
  2026-01-01  a  new  130.00
  2026-01-01  b  new   65.00
  2026-01-01  c  new   73.00

# A customer who left and came back stays in the cohort under recurly
policy recurly
customer a
  2025-01-01  start   p, at 100.00 a month
customer b
  2025-01-01  start   p, at 100.00 a month
  2025-06-01  cancel
  2025-09-01  start   p, at 150.00 a month
metrics 2026-01
  nrr_12m  1.25
  grr_12m  1

# The base of customer churn is the opening: 1 of 10, the newcomer who left is not counted
customer leaver
  2026-01-01  start   p, at 100.00 a month
  2026-02-10  cancel
customers 9 named o{n}
  2026-01-01  start   p, at 100.00 a month
customer n0
  2026-02-05  start   p, at 100.00 a month
customer n1
  2026-02-05  start   p, at 100.00 a month
  2026-02-20  cancel
metrics 2026-02
  customer_churn_rate  0.1

# New and churned in one month are both booked
customer a
  2026-05-05  start   p, at 100.00 a month
  2026-05-20  cancel
movements
  2026-05-05  new    100.00
  2026-05-20  churn -100.00

; source: Recurly documentation, an account's contribution is held against that of the month before
# Recurly compares months: a plan up by 60 and a product dropped at 50 are 10
policy recurly
customer a
  2026-01-01  start  s, at 100.00 a month, product crm, sub a-s1
  2026-01-01  start  chat, at 50.00 a month, sub s2
  2026-05-05  plan   l, at 160.00 a month on s
  2026-05-20  end    chat
movements from 2026-02-01
  2026-05-31  expansion   60.00  plan
  2026-05-31  expansion  -50.00  cross_sell
metrics 2026-05
  expansion_mrr    10.00
  contraction_mrr   0

; source: Stripe's definition of the subscriber churn rate: 2 of 10 + 2
# The base of Stripe's customer churn is the opening and the new: two of twelve
policy stripe
customer leaver
  2026-01-01  start   p, at 100.00 a month
  2026-02-10  cancel
customers 9 named o{n}
  2026-01-01  start   p, at 100.00 a month
customer n0
  2026-02-05  start   p, at 100.00 a month
customer n1
  2026-02-05  start   p, at 100.00 a month
  2026-02-20  cancel
metrics 2026-02
  customer_churn_rate  ~0.166667

; source: Stripe Support, "Billing Analytics": a coupon with an end leaves MRR as it is
# Stripe leaves temporary discounts in
policy stripe
customer a
  2026-01-01  start  p, at 100.00 a month, 20 % off
customer b
  2026-01-01  start  p, at 100.00 a month, 20 % off until 2026-04-01
movements
  2026-01-01  a  new   80.00
  2026-01-01  b  new  100.00

; source: Stripe Support, "Impact of Subscription Cancellations on MRR in Billing"
# Stripe books churn when it is asked for
policy stripe
customer a
  2026-01-01  start   p, at 100.00 a month
  2026-03-02  notice  2026-03-15
movements
  2026-01-01  new    100.00
  2026-03-02  churn -100.00

; source: Chargebee documentation, "Expansion & Contraction MRR"
# Chargebee books a return as expansion
policy chargebee
customer a
  2026-01-01  start   p, at 100.00 a month
  2026-02-01  cancel
  2026-03-01  start   p, at 100.00 a month
movements
  2026-01-01  new        100.00
  2026-02-01  churn     -100.00
  2026-03-01  expansion  100.00  cross_sell

; source: ChartMogul's blog on Smart Activity Classification: changes within 60 minutes are one
# ChartMogul's hour: an upgrade after 55 minutes is part of what is new, one after two hours is not
policy chartmogul
customer a
  2026-01-05T10:00:00  start  s, at 50.00 a month, product p
  2026-01-05T10:55:00  plan   m, at 90.00 a month
  2026-01-05T12:00:00  plan   l, at 120.00 a month
movements
  2026-01-05  new        90.00
  2026-01-05  expansion  30.00  plan
