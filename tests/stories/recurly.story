; The policy recurly: month-ends compared, each customer netted, usage left out, a day is 1/30 month.

# The ups and downs of a month are one movement at its end
policy recurly
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-04  seats  9
  2024-03-20  seats  7
movements
  2024-01-31  new        100.00
  2024-03-31  expansion   40.00  seats
metrics 2024-03
  expansion_mrr    40.00
  contraction_mrr   0

# One product up and another down: the customer's sum decides for both
policy recurly
customer Acme
  2024-01-10  start  crm, 10 seats at 10.00 a month
  2024-01-10  start  chat, at 50.00 a month
  2024-05-05  seats  16 on crm
  2024-05-20  end    chat
movements
  2024-01-31  new        150.00
  2024-05-31  expansion   60.00  seats
  2024-05-31  expansion  -50.00  cross_sell
metrics 2024-05
  expansion_mrr        10.00
  contraction_mrr       0
  expansion_customers   1

# Up and down by the same sum is neither
policy recurly
customer Acme
  2024-01-10  start  crm, 10 seats at 10.00 a month
  2024-01-10  start  chat, 10 seats at 5.00 a month
  2024-05-05  seats  12 on crm
  2024-05-20  seats  6 on chat
movements
  2024-01-31  new       150.00
  2024-05-31  transfer   20.00  on crm
  2024-05-31  transfer  -20.00  on chat
metrics 2024-05
  expansion_mrr          0
  contraction_mrr        0
  expansion_customers    0
  contraction_customers  0
  closing_mrr          150.00

# Come and gone within a month is not seen
policy recurly
customer Acme
  2024-05-05  start   Team, at 100.00 a month
  2024-05-20  cancel
customer Base
  2024-01-10  start   Team, at 10.00 a month
movements
  2024-01-31  Base  new  10.00
metrics 2024-05
  new_customers      0
  churned_customers  0

# Gone and back within a month is not seen either
policy recurly
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-05-05  cancel
  2024-05-20  start   Team, at 80.00 a month
movements
  2024-01-31  new          100.00
  2024-05-31  contraction  -20.00  price

# Gone in one month and back in the next
policy recurly
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-05-31  cancel
  2024-06-01  start   Team, at 100.00 a month
movements
  2024-01-31  new           100.00
  2024-05-31  churn        -100.00
  2024-06-30  reactivation  100.00

# An end at the first of the next month is that month's churn
policy recurly
customer Acme
  2024-01-10  start   Team, at 100.00 a month
  2024-06-01  cancel
movements
  2024-01-31  new    100.00
  2024-06-30  churn -100.00

# A plan left and another taken up three weeks later are a swap in a month's view
policy recurly
customer Acme
  2024-01-10  start   Team, at 100.00 a month, sub S1
  2024-01-10  start   chat, at 10.00 a month, sub S2
  2024-05-02  end     Team
  2024-05-23  start   Pro, at 130.00 a month, sub S3
movements
  2024-01-31  new        110.00
  2024-05-31  expansion   30.00  plan  Team -> Pro

# A day is a thirtieth of a month, a week stays 52/12
policy recurly
customer Daily
  2024-01-10  start  Team, at 1.00 a day
customer EveryFive
  2024-01-10  start  Team, at 12.00 every 5 days
customer Weekly
  2024-01-10  start  Team, at 30.00 a week
movements
  2024-01-31  Daily      new   30.00
  2024-01-31  EveryFive  new   72.00
  2024-01-31  Weekly     new  130.00

# The same company under both policies
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-04  seats  9
  2024-03-20  seats  7
movements
  2024-01-10  new          100.00
  2024-03-04  expansion     80.00  seats
  2024-03-20  contraction  -40.00  seats
movements under recurly
  2024-01-31  new          100.00
  2024-03-31  expansion     40.00  seats
metrics 2024-03
  expansion_mrr      80.00
  net_expansion_mrr  40.00
metrics 2024-03 under recurly
  expansion_mrr      40.00
  net_expansion_mrr  40.00

# Month's end in Berlin
timezone Europe/Berlin
policy recurly
customer Before
  2024-01-10                 start  Team, 5 seats at 20.00 a month
  2024-03-31T21:59:59+00:00  seats  8
customer After
  2024-01-10                 start  Team, 5 seats at 20.00 a month
  2024-03-31T22:00:00+00:00  seats  8
movements
  2024-01-31  Before  new        100.00
  2024-01-31  After   new        100.00
  2024-03-31  Before  expansion   60.00  seats
  2024-04-30  After   expansion   60.00  seats

# Two euro items cancel while dollars grow: what cancels needs no rate, and the month is expansion
policy recurly
customer Acme
  item sub=e1 item=e1 product=p1 plan=p1 from=2024-01-01 to=2024-03-10 unit=10.00 currency=EUR
  item sub=e1 item=e1 product=p1 plan=p1 from=2024-03-10 unit=5.00 currency=EUR
  item sub=e2 item=e2 product=p2 plan=p2 from=2024-01-01 to=2024-03-10 unit=5.00 currency=EUR
  item sub=e2 item=e2 product=p2 plan=p2 from=2024-03-10 unit=10.00 currency=EUR
  item sub=u item=u product=p3 plan=p3 from=2024-01-01 to=2024-03-10 unit=10.00 currency=USD
  item sub=u item=u product=p3 plan=p3 from=2024-03-10 unit=20.00 currency=USD
movements from 2024-02-01
  2024-03-31  expansion  -5.00 EUR  price
  2024-03-31  expansion   5.00 EUR  price
  2024-03-31  expansion  10.00      price
