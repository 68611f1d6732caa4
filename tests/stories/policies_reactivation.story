; reactivation: what a return after churn is.

# One return under five names
rules fresh: reactivation = "new"
rules grown: reactivation = "expansion"
rules back: reactivation = "churn"
rules late: reactivation = "new_after_days", reactivation_new_after_days = 60
customer Acme
  2026-01-01  start   CRM, at 100.00 a month
  2026-01-01  add-on  SSO, at 20.00 a month
  2026-01-01  usage   API, at 30.00 a month
  2026-03-01  cancel
  2026-06-01  start   CRM, at 110.00 a month
  2026-06-01  add-on  SSO, at 20.00 a month
  2026-06-01  usage   API, at 30.00 a month
movements
  2026-01-01  new           150.00
  2026-03-01  churn        -150.00
  2026-06-01  reactivation  160.00
movements under fresh
  2026-01-01  new    150.00
  2026-03-01  churn -150.00
  2026-06-01  new    160.00
movements under grown
  2026-01-01  new        150.00
  2026-03-01  churn     -150.00
  2026-06-01  expansion  110.00  cross_sell
  2026-06-01  expansion   20.00  addon
  2026-06-01  expansion   30.00  usage
movements under back
  2026-01-01  new    150.00
  2026-03-01  churn -150.00
  2026-06-01  churn  160.00
movements under late
  2026-01-01  new    150.00
  2026-03-01  churn -150.00
  2026-06-01  new    160.00
metrics 2026-06
  new_mrr              0
  expansion_mrr        0
  reactivation_mrr   160.00
  churned_mrr          0
  new_customers        0
metrics 2026-06 under fresh
  new_mrr            160.00
  reactivation_mrr     0
  new_customers        1
metrics 2026-06 under grown
  expansion_mrr        160.00
  reactivation_mrr       0
  expansion_customers    1
metrics 2026-06 under back
  churned_mrr        160.00
  reactivation_mrr     0
  closing_mrr        160.00

# A return of who held the product all the while is one more subscription to it
rules grown: reactivation = "expansion"
customer Acme
  2026-01-01  start   CRM, at 100.00 a month
  2026-03-01  pause
  2026-05-01  resume
movements
  2026-01-01  new           100.00
  2026-03-01  churn        -100.00
  2026-05-01  reactivation  100.00
movements under grown
  2026-01-01  new        100.00
  2026-03-01  churn     -100.00
  2026-05-01  expansion  100.00  subscription

# A subscription that comes back while another of the product runs
rules grown: level = "subscription", reactivation = "expansion"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month, sub S1
  2026-02-01  start  CRM, at 40.00 a month, sub S2
  2026-04-01  end    S2
  2026-07-01  start  CRM, at 40.00 a month, sub S2
movements
  2026-01-01  new          100.00
  2026-02-01  expansion     40.00  subscription
  2026-04-01  contraction  -40.00  subscription
  2026-07-01  expansion     40.00  subscription
movements under grown
  2026-01-01  new        100.00
  2026-02-01  new         40.00
  2026-04-01  churn      -40.00
  2026-07-01  expansion   40.00  subscription

# New after 30 days: 29 days are a return, exactly 30 are new
rules late: reactivation = "new_after_days", reactivation_new_after_days = 30
customer Early
  2026-01-01  start   CRM, at 10.00 a month
  2026-03-01  cancel
  2026-03-30  start   CRM, at 10.00 a month
customer Exact
  2026-01-01  start   CRM, at 20.00 a month
  2026-03-01  cancel
  2026-03-31  start   CRM, at 20.00 a month
customer Later
  2026-01-01  start   CRM, at 30.00 a month
  2026-03-01  cancel
  2026-04-15  start   CRM, at 30.00 a month
customer Hours
  2026-01-01        start   CRM, at 40.00 a month
  2026-03-01T23:00  cancel
  2026-03-31T01:00  start   CRM, at 40.00 a month
movements from 2026-03-02
  2026-03-30  Early  reactivation  10.00
  2026-03-31  Exact  reactivation  20.00
  2026-04-15  Later  reactivation  30.00
  2026-03-31  Hours  reactivation  40.00
movements from 2026-03-02 under late
  2026-03-30  Early  reactivation  10.00
  2026-03-31  Exact  new           20.00
  2026-04-15  Later  new           30.00
  2026-03-31  Hours  new           40.00

# The days are counted from when the customer last left
rules late: reactivation = "new_after_days", reactivation_new_after_days = 30
customer Acme
  2026-01-01  start   CRM, at 10.00 a month
  2026-02-01  cancel
  2026-02-20  start   CRM, at 10.00 a month
  2026-03-10  cancel
  2026-04-01  start   CRM, at 10.00 a month
  2026-05-01  cancel
  2026-06-01  start   CRM, at 10.00 a month
  2026-06-10  cancel
  2026-06-15  start   CRM, at 10.00 a month
movements under late
  2026-01-01  new           10.00
  2026-02-01  churn        -10.00
  2026-02-20  reactivation  10.00
  2026-03-10  churn        -10.00
  2026-04-01  reactivation  10.00
  2026-05-01  churn        -10.00
  2026-06-01  new           10.00
  2026-06-10  churn        -10.00
  2026-06-15  reactivation  10.00

# Under month-ends the days are those between month-ends
rules late: grouping = "month", reactivation = "new_after_days", reactivation_new_after_days = 31
customer Acme
  2026-01-10  start   CRM, at 10.00 a month
  2026-03-05  cancel
  2026-04-20  start   CRM, at 10.00 a month
customer Bolt
  2026-01-10  start   CRM, at 20.00 a month
  2026-04-05  cancel
  2026-05-02  start   CRM, at 20.00 a month
movements from 2026-02-01
  2026-03-05  Acme  churn        -10.00
  2026-04-20  Acme  reactivation  10.00
  2026-04-05  Bolt  churn        -20.00
  2026-05-02  Bolt  reactivation  20.00
movements from 2026-02-01 under late
  2026-03-31  Acme  churn        -10.00
  2026-04-30  Acme  reactivation  10.00
  2026-04-30  Bolt  churn        -20.00
  2026-05-31  Bolt  new           20.00
