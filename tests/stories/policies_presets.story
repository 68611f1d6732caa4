; One history under every preset.

# A discount for a while, a subscription by the week, a month of use, a request to leave, a return
customer Acme
  2026-01-10        start   CRM, 10 seats at 10.00 a month, 20 % off until 2026-04-10, sub S1
  2026-02-05        start   Chat, at 30.00 a week, sub S2
  2026-03-05        usage   API, at 15.00 a month, sub S1
  2026-04-05        end     API
  2026-04-15        notice  2026-05-10 on Chat
  2026-04-20T09:00  seats   12 on CRM
  2026-04-20T10:30  seats   11 on CRM
  2026-07-01        start   Chat, at 30.00 a week, sub S2
movements under strict
  2026-01-10  new           80.00
  2026-02-05  expansion    130.00  cross_sell
  2026-03-05  expansion     15.00  usage
  2026-04-05  contraction  -15.00  usage
  2026-04-10  expansion     20.00  discount
  2026-04-20  expansion     10.00  seats
  2026-05-10  contraction -130.00  cross_sell
  2026-07-01  expansion    130.00  cross_sell
movements under chartmogul
  2026-01-10  new           80.00
  2026-02-05  expansion    130.00  cross_sell
  2026-03-05  expansion     15.00  usage
  2026-04-05  contraction  -15.00  usage
  2026-04-10  expansion     20.00  discount
  2026-04-20  expansion     20.00  seats
  2026-04-20  contraction  -10.00  seats
  2026-05-10  contraction -130.00  cross_sell
  2026-07-01  expansion    130.00  cross_sell
movements under stripe
  2026-01-10  new          100.00
  2026-02-05  expansion    130.00  cross_sell
  2026-04-15  contraction -130.00  cross_sell
  2026-04-20  expansion     10.00  seats
  2026-07-01  expansion    130.00  cross_sell
movements under profitwell
  2026-01-10  new           80.00
  2026-02-05  expansion    130.00  cross_sell
  2026-03-05  expansion     15.00  usage
  2026-04-05  contraction  -15.00  usage
  2026-04-10  expansion     20.00  discount
  2026-04-20  expansion     10.00  seats
  2026-05-10  contraction -130.00  cross_sell
  2026-07-01  expansion    130.00  cross_sell
movements under chargebee
  2026-01-10  new        100.00
  2026-02-05  new        130.00
  2026-04-20  expansion   10.00  seats
  2026-05-10  churn     -130.00
  2026-07-01  expansion  130.00  cross_sell
movements under recurly
  2026-01-31  new           80.00
  2026-02-28  expansion    130.00  cross_sell
  2026-04-30  expansion      8.00  seats
  2026-04-30  expansion     22.00  discount
  2026-05-31  contraction -130.00  cross_sell
  2026-07-31  expansion    130.00  cross_sell
movements under revenuecat
  2026-01-10  new         80.00
  2026-02-05  new        120.00
  2026-04-10  expansion   20.00  discount
  2026-04-20  expansion   10.00  seats
  2026-05-10  churn     -120.00
  2026-07-01  churn      120.00
metrics 2026-04 under strict
  expansion_mrr    30.00
  contraction_mrr -15.00
metrics 2026-04 under chartmogul
  expansion_mrr    40.00
  contraction_mrr -25.00
metrics 2026-04 under stripe
  expansion_mrr     10.00
  contraction_mrr -130.00
metrics 2026-04 under chargebee
  expansion_mrr    10.00
  contraction_mrr   0
metrics 2026-04 under recurly
  expansion_mrr    30.00
  contraction_mrr   0
metrics 2026-07 under revenuecat
  churned_mrr  120.00
  closing_mrr  230.00

# A customer who tries a month, an upgrade against a downgrade: three presets that net, three that do not
customer Short
  2026-05-05  start   CRM, at 100.00 a month, sub S1
  2026-05-20  cancel
customer Acme
  2026-01-10  start   CRM, 10 seats at 10.00 a month, sub S1
  2026-01-10  add-on  SSO, at 30.00 a month, sub S1
  2026-01-10  start   Chat, at 40.00 a month, sub S2
  2026-05-12  seats   15 on CRM
  2026-05-12  end     SSO
  2026-05-12  price   30.00 on Chat
metrics 2026-05 under strict
  new_mrr          100.00
  expansion_mrr     50.00
  contraction_mrr  -40.00
  churned_mrr     -100.00
metrics 2026-05 under chartmogul
  new_mrr          100.00
  expansion_mrr     20.00
  contraction_mrr  -10.00
  churned_mrr     -100.00
metrics 2026-05 under stripe
  new_mrr          100.00
  expansion_mrr     10.00
  contraction_mrr    0
  churned_mrr     -100.00
metrics 2026-05 under profitwell
  new_mrr            0
  expansion_mrr     10.00
  contraction_mrr    0
  churned_mrr        0
metrics 2026-05 under chargebee
  new_mrr          100.00
  expansion_mrr     20.00
  contraction_mrr  -10.00
  churned_mrr     -100.00
metrics 2026-05 under recurly
  new_mrr            0
  expansion_mrr     10.00
  contraction_mrr    0
  churned_mrr        0
metrics 2026-05 under revenuecat
  new_mrr          100.00
  expansion_mrr     20.00
  contraction_mrr  -10.00
  churned_mrr     -100.00
