; level: whether a customer or each subscription is new and churns.

# A second subscription is growth of the customer, and new by itself
rules each: level = "subscription"
customer Acme
  2026-01-01  start   CRM, at 100.00 a month, sub S1
  2026-03-01  start   Chat, at 40.00 a month, sub S2
  2026-05-01  end     Chat
  2026-07-01  start   Chat, at 50.00 a month, sub S2
  2026-09-01  cancel
movements
  2026-01-01  new          100.00
  2026-03-01  expansion     40.00  cross_sell
  2026-05-01  contraction  -40.00  cross_sell
  2026-07-01  expansion     50.00  cross_sell
  2026-09-01  churn       -150.00
movements under each
  2026-01-01  new           100.00
  2026-03-01  new            40.00
  2026-05-01  churn         -40.00
  2026-07-01  reactivation   50.00
  2026-09-01  churn        -150.00
metrics 2026-07
  expansion_mrr      50.00
  reactivation_mrr    0
  closing_mrr       150.00
metrics 2026-07 under each
  expansion_mrr       0
  reactivation_mrr   50.00
  closing_mrr       150.00

# The customer churns with the last subscription, each subscription with itself
rules each: level = "subscription"
customer Acme
  2026-01-01  start  CRM, at 10.00 a month, sub S1
  2026-01-01  start  Chat, at 20.00 a month, sub S2
  2026-05-01  end    CRM
  2026-06-01  end    Chat
movements
  2026-01-01  new          30.00
  2026-05-01  contraction -10.00  cross_sell
  2026-06-01  churn       -20.00
movements under each
  2026-01-01  new    30.00
  2026-05-01  churn -10.00
  2026-06-01  churn -20.00

# Across subscriptions a swap is a change of the customer, and churn and new of the subscriptions
rules each: level = "subscription"
customer Swaps
  2026-01-01  start  basic, at 50.00 a month, sub s1
  2026-03-01  end    basic
  2026-03-01  start  pro, at 100.00 a month, sub s2
customer Renews
  2026-01-01  start  crm, at 1200.00 a year, sub k1
  2026-06-01  renew  as sub k2
movements from 2026-02-01
  2026-03-01  Swaps  expansion  50.00  plan  basic -> pro
movements from 2026-02-01 under each
  2026-03-01  Swaps   churn  -50.00  on basic
  2026-03-01  Swaps   new    100.00  on pro
  2026-06-01  Renews  churn -100.00
  2026-06-01  Renews  new    100.00

# Inside a subscription a swap is a change at either level
rules each: level = "subscription"
customer Acme
  2026-01-01  start  basic, at 50.00 a month, sub s1, item i1
  2026-03-01  end    basic
  2026-03-01  start  pro, at 100.00 a month, sub s1, item i2
movements
  2026-01-01  new        50.00
  2026-03-01  expansion  50.00  plan
movements under each
  2026-01-01  new        50.00
  2026-03-01  expansion  50.00  plan

# What the customer holds elsewhere decides the driver at either level
rules each: level = "subscription"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month, sub S1
  2026-01-01  start  Chat, at 40.00 a month, sub S2
  2026-04-01  start  Chat, at 30.00 a month, sub S1
  2026-05-01  start  Mail, at 20.00 a month, sub S1
movements
  2026-01-01  new        140.00
  2026-04-01  expansion   30.00  subscription
  2026-05-01  expansion   20.00  cross_sell
movements under each
  2026-01-01  new        140.00
  2026-04-01  expansion   30.00  subscription
  2026-05-01  expansion   20.00  cross_sell

# A subscription that was free is new with its first payment
rules each: level = "subscription"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month, sub S1
  2026-03-01  start  Chat, at 0 a month, sub S2
  2026-05-01  price  20.00 on Chat
movements
  2026-01-01  new        100.00
  2026-05-01  expansion   20.00  price
movements under each
  2026-01-01  new  100.00
  2026-05-01  new   20.00

# One moment of the customer, a verdict for each subscription
rules each: level = "subscription"
customer Acme
  2026-01-01  start  CRM, 10 seats at 10.00 a month, sub S1
  2026-01-01  start  Chat, at 40.00 a month, sub S2
  2026-04-10  seats  12 on CRM
  2026-04-10  end    Chat
  2026-04-10  add-on SSO, at 5.00 a month, sub S3
movements from 2026-02-01
  2026-04-10  expansion    20.00  seats
  2026-04-10  contraction -40.00  cross_sell
  2026-04-10  expansion     5.00  addon
movements from 2026-02-01 under each
  2026-04-10  expansion    20.00  seats
  2026-04-10  churn       -40.00
  2026-04-10  new           5.00
