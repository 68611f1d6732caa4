; Add-ons, further products and further subscriptions of customers who pay already.

# An add-on bought and dropped
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-03-01  add-on  SSO, at 30.00 a month
  2024-06-01  end     SSO
movements
  2024-01-10  new          100.00
  2024-03-01  expansion     30.00  addon  on SSO
  2024-06-01  contraction  -30.00  addon  on SSO

# An add-on bought with the first plan is part of the first payment
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-01-10  add-on  SSO, at 30.00 a month
movements
  2024-01-10  new  100.00  on Team
  2024-01-10  new   30.00  on SSO

# More packs of an add-on are seats of it
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  add-on  Storage, 1 unit at 20.00 a month
  2024-04-01  units   3 on Storage
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   20.00  addon
  2024-04-01  expansion   40.00  seats

# An add-on outlives its plan
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-01-10  add-on  SSO, at 30.00 a month
  2024-03-01  end     Team
  2024-05-01  end     SSO
movements
  2024-01-10  new          130.00
  2024-03-01  contraction -100.00  cross_sell
  2024-05-01  churn        -30.00

# An add-on comes with its first month free
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-03-01  add-on  SSO, at 30.00 a month, 100 % off until 2024-04-01
movements
  2024-01-10  new        100.00
  2024-04-01  expansion   30.00  discount

# One add-on is swapped for another of the same product
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-01-10  add-on  Storage10, at 10.00 a month, product storage, item A
  2024-03-01  end     Storage10
  2024-03-01  add-on  Storage50, at 35.00 a month, product storage, item B
movements
  2024-01-10  new        110.00
  2024-03-01  expansion   25.00  plan  Storage10 -> Storage50

# An add-on swapped for another product's add-on is one dropped and one bought
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-01-10  add-on  SSO, at 10.00 a month
  2024-03-01  end     SSO
  2024-03-01  add-on  Audit, at 35.00 a month
movements
  2024-01-10  new          110.00
  2024-03-01  contraction  -10.00  addon
  2024-03-01  expansion     35.00  addon

# An add-on becomes a plan of its own
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-01-10  add-on  SSO, at 30.00 a month, item A
  2024-03-01  end     SSO
  2024-03-01  start   SSO, at 45.00 a month, item B
movements
  2024-01-10  new          130.00
  2024-03-01  contraction  -30.00  addon
  2024-03-01  expansion     45.00  subscription

# A second product is a cross-sell
customer Acme
  2024-01-10  start  crm, at 100.00 a month
  2024-03-01  start  chat, at 40.00 a month
  2024-06-01  end    chat
movements
  2024-01-10  new         100.00
  2024-03-01  expansion    40.00  cross_sell
  2024-06-01  contraction -40.00  cross_sell
metrics 2024-03
  expansion_mrr  40.00  product chat
  closing_mrr    40.00  product chat

# A second subscription to a product already held
customer Acme
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-03-01  start  crm, at 40.00 a month, sub S2
  2024-06-01  end    S2
movements
  2024-01-10  new         100.00
  2024-03-01  expansion    40.00  subscription
  2024-06-01  contraction -40.00  subscription

# The first of two subscriptions ends, the second stays
customer Acme
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-03-01  start  crm, at 40.00 a month, sub S2
  2024-06-01  end    S1
movements
  2024-01-10  new          100.00
  2024-03-01  expansion     40.00  subscription
  2024-06-01  contraction -100.00  subscription

# Another plan of a product already held is one more subscription
customer Acme
  2024-01-10  start  CrmPro, at 100.00 a month, sub S1, product crm
  2024-03-01  start  CrmLite, at 25.00 a month, sub S2, product crm
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   25.00  subscription  on CrmLite

# Two products bought on one day by a customer of a third
customer Acme
  2024-01-10  start  crm, at 100.00 a month
  2024-03-01  start  chat, at 40.00 a month
  2024-03-01  start  mail, at 10.00 a month
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   50.00  cross_sell
metrics 2024-03
  expansion_mrr        50.00
  expansion_customers   1

# A product held for nothing counts as held
customer Acme
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-01-10  start  chat, at 0.00 a month, sub S2
  2024-03-01  start  chat, at 40.00 a month, sub S3
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   40.00  subscription

# One product of two is exchanged for a third, across subscriptions
customer Acme
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-01-10  start  chat, at 40.00 a month, sub S2
  2024-03-01  end    chat
  2024-03-01  start  mail, at 55.00 a month, sub S3
movements
  2024-01-10  new        140.00
  2024-03-01  expansion   15.00  plan  chat -> mail
