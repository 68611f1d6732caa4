; new_and_churned: whether one who comes and goes within a calendar month is booked.

# Come on the 5th, gone on the 20th; and from the 20th to the 3rd
rules unseen: new_and_churned = "neither"
customer Short
  2026-05-05  start   Team, at 100.00 a month
  2026-05-20  cancel
customer Over
  2026-05-20  start   Team, at 40.00 a month
  2026-06-03  cancel
movements
  2026-05-05  Short  new    100.00
  2026-05-20  Short  churn -100.00
  2026-05-20  Over   new     40.00
  2026-06-03  Over   churn  -40.00
movements under unseen
  2026-05-20  Over   new     40.00
  2026-06-03  Over   churn  -40.00
metrics 2026-05
  new_mrr            140.00
  churned_mrr       -100.00
  new_customers        2
  churned_customers    1
metrics 2026-05 under unseen
  new_mrr             40.00
  churned_mrr          0
  new_customers        1
  churned_customers    0

# A trial month that was dropped, then a real start: the start is new
rules unseen: new_and_churned = "neither"
customer Acme
  2026-05-05  start   Team, at 100.00 a month
  2026-05-20  cancel
  2026-07-01  start   Team, at 100.00 a month
  2026-09-01  cancel
  2026-10-01  start   Team, at 100.00 a month
  2026-10-10  cancel
movements
  2026-05-05  new           100.00
  2026-05-20  churn        -100.00
  2026-07-01  reactivation  100.00
  2026-09-01  churn        -100.00
  2026-10-01  reactivation  100.00
  2026-10-10  churn        -100.00
movements under unseen
  2026-07-01  new           100.00
  2026-09-01  churn        -100.00
  2026-10-01  reactivation  100.00
  2026-10-10  churn        -100.00

# Several short episodes are dropped one after the other
rules unseen: new_and_churned = "neither"
customer Months
  2026-05-05  start   Team, at 10.00 a month
  2026-05-20  cancel
  2026-06-02  start   Team, at 10.00 a month
  2026-06-12  cancel
  2026-08-01  start   Team, at 10.00 a month
customer Twice
  2026-05-02  start   Team, at 20.00 a month
  2026-05-10  cancel
  2026-05-12  start   Team, at 20.00 a month
  2026-05-20  cancel
  2026-05-25  start   Team, at 20.00 a month
movements
  2026-05-05  Months  new           10.00
  2026-05-20  Months  churn        -10.00
  2026-06-02  Months  reactivation  10.00
  2026-06-12  Months  churn        -10.00
  2026-08-01  Months  reactivation  10.00
  2026-05-02  Twice   new           20.00
  2026-05-10  Twice   churn        -20.00
  2026-05-12  Twice   reactivation  20.00
  2026-05-20  Twice   churn        -20.00
  2026-05-25  Twice   reactivation  20.00
movements under unseen
  2026-08-01  Months  new           10.00
  2026-05-25  Twice   new           20.00

# Everything of the episode goes: add-on, seats and the move to another plan
rules unseen: new_and_churned = "neither"
customer Acme
  2026-05-05  start   Team, 5 seats at 10.00 a month
  2026-05-08  add-on  SSO, at 20.00 a month
  2026-05-10  seats   7 on Team
  2026-05-12  plan    Pro, at 15.00 a month on Team
  2026-05-20  cancel
customer Base
  2026-01-01  start   Team, at 1.00 a month
movements
  2026-01-01  Base  new         1.00
  2026-05-05  Acme  new        50.00
  2026-05-08  Acme  expansion  20.00  addon
  2026-05-10  Acme  expansion  20.00  seats
  2026-05-12  Acme  expansion  35.00  plan   Team -> Pro
  2026-05-12  Acme  transfer  -70.00  on Team
  2026-05-12  Acme  transfer   70.00  Team -> Pro
  2026-05-20  Acme  churn    -125.00
movements under unseen
  2026-01-01  Base  new         1.00

# Of a customer all items stay or go together; of a subscription its own
rules unseen: new_and_churned = "neither"
rules each: level = "subscription"
rules both: level = "subscription", new_and_churned = "neither"
customer Acme
  2026-01-01  start  CRM, at 100.00 a month, sub S1
  2026-05-05  start  Chat, at 40.00 a month, sub S2
  2026-05-20  end    Chat
movements
  2026-01-01  new          100.00
  2026-05-05  expansion     40.00  cross_sell
  2026-05-20  contraction  -40.00  cross_sell
movements under unseen
  2026-01-01  new          100.00
  2026-05-05  expansion     40.00  cross_sell
  2026-05-20  contraction  -40.00  cross_sell
movements under each
  2026-01-01  new    100.00
  2026-05-05  new     40.00
  2026-05-20  churn  -40.00
movements under both
  2026-01-01  new    100.00

# What has begun and what is scheduled are not one episode; what is all to come can be
as_of 2026-05-10
rules unseen: new_and_churned = "neither"
customer Begun
  2026-05-05  start   Team, at 100.00 a month
  2026-05-20  cancel
customer Comes
  2026-05-12  start   Team, at 40.00 a month
  2026-05-22  cancel
movements
  2026-05-05  Begun  new    100.00
  2026-05-20  Begun  churn -100.00  scheduled
  2026-05-12  Comes  new     40.00  scheduled
  2026-05-22  Comes  churn  -40.00  scheduled
movements under unseen
  2026-05-05  Begun  new    100.00
  2026-05-20  Begun  churn -100.00  scheduled

# The month is the workspace's: an end at local midnight of the 1st is next month's
timezone Europe/Berlin
rules unseen: new_and_churned = "neither"
customer First
  2026-05-05                 start   Team, at 10.00 a month
  2026-06-01                 cancel
customer Night
  2026-04-30T22:30:00+00:00  start   Team, at 20.00 a month
  2026-05-31T21:30:00+00:00  cancel
movements
  2026-05-05  First  new    10.00
  2026-06-01  First  churn -10.00
  2026-05-01  Night  new    20.00
  2026-05-31  Night  churn -20.00
movements under unseen
  2026-05-05  First  new    10.00
  2026-06-01  First  churn -10.00
