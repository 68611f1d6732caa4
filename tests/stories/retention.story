; Retention and rates: what customers who paid then pay now.

# A year of four customers
customer Grows
  2023-06-01  start   Team, at 100.00 a month
  2024-04-01  price   150.00
customer Shrinks
  2023-06-01  start   Team, at 100.00 a month
  2024-05-01  price   80.00
customer Leaves
  2023-06-01  start   Team, at 100.00 a month
  2024-08-01  cancel
customer Stays
  2023-06-01  start   Team, at 100.00 a month
customer Newcomer
  2024-02-01  start   Team, at 500.00 a month
movements from 2024-01-01
  2024-02-01  Newcomer  new          500.00
  2024-04-01  Grows     expansion     50.00  price
  2024-05-01  Shrinks   contraction  -20.00  price
  2024-08-01  Leaves    churn       -100.00
metrics 2024-12
  nrr_12m        0.825
  grr_12m        0.70
  customers      4
  closing_mrr  830.00
  arr         9960.00
  arpa         207.50

# Who left and came back within the year: counted by recurly, not by strict
customer Stays
  2023-06-01  start   Team, at 100.00 a month
customer Returns
  2023-06-01  start   Team, at 100.00 a month
  2024-03-01  cancel
  2024-06-01  start   Team, at 150.00 a month
movements from 2024-01-01
  2024-03-01  Returns  churn        -100.00
  2024-06-01  Returns  reactivation  150.00
metrics 2024-12
  nrr_12m  0.5
  grr_12m  0.5
metrics 2024-12 under recurly
  nrr_12m  1.25
  grr_12m  1

# Who came back before the year began is a customer like any other
customer Stays
  2022-06-01  start   Team, at 100.00 a month
customer Returns
  2022-06-01  start   Team, at 100.00 a month
  2022-09-01  cancel
  2023-03-01  start   Team, at 100.00 a month
  2024-06-01  price   150.00
movements from 2024-01-01
  2024-06-01  Returns  expansion  50.00  price
metrics 2024-12
  nrr_12m  1.25
  grr_12m  1

# Gone and back inside one month
customer Stays
  2024-01-01  start   Team, at 100.00 a month
customer Returns
  2024-01-01  start   Team, at 100.00 a month
  2024-03-05  cancel
  2024-03-20  start   Team, at 100.00 a month
movements from 2024-02-01
  2024-03-05  Returns  churn        -100.00
  2024-03-20  Returns  reactivation  100.00
metrics 2024-03
  nrr_1m  0.5
  grr_1m  0.5
metrics 2024-03 under recurly
  nrr_1m  1
  grr_1m  1

# Gross retention caps each customer, not the sum
customer Up
  2024-01-01  start   Team, at 100.00 a month
  2024-03-01  price   300.00
customer Down
  2024-01-01  start   Team, at 100.00 a month
  2024-03-01  price   40.00
movements from 2024-02-01
  2024-03-01  Up    expansion    200.00  price
  2024-03-01  Down  contraction  -60.00  price
metrics 2024-03
  nrr_1m                1.70
  grr_1m                0.70
  expansion_rate        1
  gross_mrr_churn_rate  0.30
  net_mrr_churn_rate   -0.70
  mrr_growth_rate       0.70
  quick_ratio          ~3.3333

# Up and down again within one month leaves gross retention whole
customer Acme
  2024-01-01  start   Team, at 100.00 a month
  2024-03-05  price   140.00
  2024-03-20  price   100.00
movements from 2024-02-01
  2024-03-05  expansion    40.00  price
  2024-03-20  contraction -40.00  price
metrics 2024-03
  expansion_mrr       40.00
  contraction_mrr    -40.00
  net_expansion_mrr    0
  nrr_1m               1
  grr_1m               1

# A zero to divide by gives no value and a reason
customer Acme
  2024-03-10  start  Team, at 100.00 a month
movements
  2024-03-10  new  100.00
metrics 2024-03
  nrr_1m                none
  grr_1m                none
  nrr_12m               none
  expansion_rate        none
  gross_mrr_churn_rate  none
  customer_churn_rate   none
  mrr_growth_rate       none
  quick_ratio           none
  expansion_mrr         0
  arpa                  100.00

# The bridge of a month with every kind of movement
customer Newcomer
  2024-03-02  start   Team, at 70.00 a month
customer Grows
  2024-01-01  start   Team, 5 seats at 20.00 a month
  2024-03-03  seats   6
customer Shrinks
  2024-01-01  start   Team, at 90.00 a month
  2024-03-04  price   80.00
customer Leaves
  2024-01-01  start   Team, at 60.00 a month
  2024-03-05  cancel
customer Returns
  2024-01-01  start   Team, at 50.00 a month
  2024-02-01  cancel
  2024-03-06  start   Team, at 55.00 a month
movements from 2024-03-01
  2024-03-02  Newcomer  new            70.00
  2024-03-03  Grows     expansion      20.00  seats
  2024-03-04  Shrinks   contraction   -10.00  price
  2024-03-05  Leaves    churn         -60.00
  2024-03-06  Returns   reactivation   55.00
metrics 2024-03
  opening_mrr            250.00
  new_mrr                 70.00
  expansion_mrr           20.00
  contraction_mrr        -10.00
  churned_mrr            -60.00
  reactivation_mrr        55.00
  fx_mrr                   0
  net_new_mrr             75.00
  closing_mrr            325.00
  customers                4
  new_customers            1
  expansion_customers      1
  contraction_customers    1
  churned_customers        1
  reactivated_customers    1
  gross_mrr_churn_rate     0.28
  net_mrr_churn_rate      -0.02
  ; 145 won against 70 lost
  quick_ratio             ~2.0714
