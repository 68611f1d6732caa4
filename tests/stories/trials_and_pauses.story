; Trials, pauses, and payments that are late or given up.

# A trial that turns into a paying customer
customer Acme
  2024-01-10  start  Team, at 80.00 a month, trial until 2024-01-24
movements
  2024-01-24  new  80.00

# A trial that comes to nothing
customer Acme
  2024-01-10  start   Team, at 80.00 a month, trial until 2024-01-24
  2024-01-20  cancel
customer Base
  2024-01-01  start   Team, at 10.00 a month
movements
  2024-01-01  Base  new  10.00
metrics 2024-01
  new_customers      1
  churned_customers  0

# A trial whose end nobody wrote down stays a trial
customer Acme
  2024-01-10  start   Team, at 80.00 a month, trialing
  2024-03-01  pays
movements
  2024-03-01  new  80.00

# A trial that goes over into a discounted first month
customer Acme
  2024-01-01  start  Team, at 80.00 a month, trial until 2024-01-15, 50 % off until 2024-02-15
movements
  2024-01-15  new        40.00
  2024-02-15  expansion  40.00  discount

# A trial beside a paid product ends in a cross-sell
customer Acme
  2024-01-01  start  crm, at 100.00 a month
  2024-02-01  start  chat, at 40.00 a month, trial until 2024-02-15
movements
  2024-01-01  new        100.00
  2024-02-15  expansion   40.00  cross_sell

# A trial of an add-on
customer Acme
  2024-01-01  start   crm, at 100.00 a month
  2024-02-01  add-on  SSO, at 40.00 a month, trial until 2024-03-01
  2024-04-01  end     SSO
movements
  2024-01-01  new         100.00
  2024-03-01  expansion    40.00  addon
  2024-04-01  contraction -40.00  addon

# A trial of more of the same product is one more subscription
customer Acme
  2024-01-01  start  crm, at 100.00 a month, sub S1
  2024-02-01  start  crm, at 40.00 a month, sub S2, trial until 2024-02-15
movements
  2024-01-01  new        100.00
  2024-02-15  expansion   40.00  subscription

# Seats chosen during the trial are part of the first payment
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month, trial until 2024-02-10
  2024-01-20  seats  12
movements
  2024-02-10  new  240.00

# A trial extended by a fortnight
customer Acme
  2024-01-10  start   Team, at 80.00 a month, trial until 2024-01-24
  2024-01-23  change  trial until 2024-02-07
movements
  2024-02-07  new  80.00

# A paying customer tries the larger plan in place of the small one, then stays with it
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  plan    Pro, at 90.00 a month, trial until 2024-03-15
movements
  2024-01-10  new           50.00
  2024-03-01  churn        -50.00
  2024-03-15  reactivation  90.00

# A returning customer tries first and pays later
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  cancel
  2024-06-01  start   Team, at 60.00 a month, trial until 2024-06-15
movements
  2024-01-10  new           50.00
  2024-03-01  churn        -50.00
  2024-06-15  reactivation  60.00

# A pause is churn and its end a reactivation
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  pause
  2024-05-01  resume
movements
  2024-01-10  new           50.00
  2024-03-01  churn        -50.00
  2024-05-01  reactivation  50.00

# A pause that ends in a farewell books nothing more
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  pause
  2024-05-01  cancel
movements
  2024-01-10  new    50.00
  2024-03-01  churn -50.00

# One of two products paused: its product stays held
customer Acme
  2024-01-10  start   crm, at 100.00 a month
  2024-01-10  start   chat, at 40.00 a month
  2024-03-01  pause   on chat
  2024-05-01  resume  on chat
movements
  2024-01-10  new         140.00
  2024-03-01  contraction -40.00  subscription
  2024-05-01  expansion    40.00  subscription

# A plan is paused while another product starts: a pause is nobody's pair
customer Acme
  2024-01-10  start  crm, at 100.00 a month, sub S1
  2024-03-01  pause
  2024-03-01  start  chat, at 40.00 a month, sub S1
movements
  2024-01-10  new          100.00
  2024-03-01  contraction -100.00  subscription
  2024-03-01  expansion     40.00  cross_sell

# A paused add-on
customer Acme
  2024-01-10  start   crm, at 100.00 a month
  2024-01-10  add-on  SSO, at 40.00 a month
  2024-03-01  pause   on SSO
  2024-05-01  resume  on SSO
movements
  2024-01-10  new         140.00
  2024-03-01  contraction -40.00  addon
  2024-05-01  expansion    40.00  addon

# The price is raised during the pause: the return is at the new price
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  pause
  2024-04-01  price   60.00
  2024-05-01  resume
movements
  2024-01-10  new           50.00
  2024-03-01  churn        -50.00
  2024-05-01  reactivation  60.00

# Late payment counts, a payment given up does not
customer Acme
  2024-01-10  start     Team, at 50.00 a month
  2024-02-10  past due
  2024-03-02  unpaid
  2024-03-20  pays
movements
  2024-01-10  new           50.00
  2024-03-02  churn        -50.00
  2024-03-20  reactivation  50.00
metrics 2024-02
  net_new_mrr  0
  closing_mrr  50.00

# Paid after a reminder: nothing happened to MRR
customer Acme
  2024-01-10  start     Team, at 50.00 a month
  2024-02-10  past due
  2024-02-20  pays
movements
  2024-01-10  new  50.00

# Unpaid and then closed: churn is booked once, on the day it stopped to count
customer Acme
  2024-01-10  start     Team, at 50.00 a month
  2024-02-10  past due
  2024-03-02  unpaid
  2024-04-01  cancel
movements
  2024-01-10  new    50.00
  2024-03-02  churn -50.00

# A trial that ends in a failed payment
customer Acme
  2024-01-10  start   Team, at 50.00 a month, trial until 2024-01-24
  2024-01-24  unpaid
  2024-02-01  pays
movements
  2024-02-01  new  50.00
