; Plans: upgrades and downgrades, in place and as swaps of one item for another.

# An upgrade moves the old amount to the new plan and adds the difference there
customer Acme
  2024-01-10  start  Team, at 50.00 a month
  2024-03-15  plan   Pro, at 80.00 a month
movements
  2024-01-10  new         50.00        on Team
  2024-03-15  transfer   -50.00        on Team
  2024-03-15  transfer    50.00        Team -> Pro
  2024-03-15  expansion   30.00  plan  Team -> Pro
metrics 2024-03
  expansion_mrr      30.00
  transfer_in_mrr     0
  transfer_out_mrr    0
  closing_mrr        80.00
  transfer_out_mrr  -50.00  plan Team
  closing_mrr         0     plan Team
  transfer_in_mrr    50.00  plan Pro
  expansion_mrr      30.00  plan Pro
  closing_mrr        80.00  plan Pro

# A downgrade
customer Acme
  2024-01-10  start  Pro, at 80.00 a month
  2024-03-15  plan   Team, at 50.00 a month
movements
  2024-01-10  new          80.00
  2024-03-15  contraction -30.00  plan  Pro -> Team

# A plan of the same price moves the balance and is no movement of the customer
customer Acme
  2024-01-10  start  Legacy, at 50.00 a month
  2024-03-15  plan   Team
movements
  2024-01-10  new        50.00  on Legacy
  2024-03-15  transfer  -50.00  on Legacy
  2024-03-15  transfer   50.00  Legacy -> Team
metrics 2024-03
  expansion_mrr        0
  contraction_mrr      0
  expansion_customers  0
  nrr_1m               1

# An upgrade with more seats: seats at the old price, the rest is the plan
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-15  plan   Business, 8 seats at 30.00 a month
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats
  2024-03-15  expansion   80.00  plan

# From a flat fee to a price for each seat: one cause, the plan
customer Acme
  2024-01-10  start  Flat, 1 seat at 500.00 a month
  2024-03-15  plan   PerSeat, 50 seats at 20.00 a month
movements
  2024-01-10  new        500.00
  2024-03-15  expansion  500.00  plan  Flat -> PerSeat

# From a price for each seat back to a flat fee
customer Acme
  2024-01-10  start  PerSeat, 50 seats at 20.00 a month
  2024-03-15  plan   Flat, 1 seat at 500.00 a month
movements
  2024-01-10  new         1000.00
  2024-03-15  contraction -500.00  plan

# Plan and term together are the plan
customer Acme
  2024-01-10  start  Solo, at 20.00 a month
  2024-03-01  plan   Large, at 600.00 a year
movements
  2024-01-10  new        20.00
  2024-03-01  expansion  30.00  plan

# An upgrade with a discount on the new plan
customer Acme
  2024-01-10  start   Team, at 50.00 a month
  2024-03-01  plan    Pro, at 100.00 a month, 20 % off
movements
  2024-01-10  new         50.00
  2024-03-01  expansion   50.00  plan
  2024-03-01  expansion  -20.00  discount

# A swap under a new item of the same subscription is an upgrade, not churn and new
customer Acme
  2024-01-10  start  Basic, at 50.00 a month, sub S1, item I1
  2024-03-01  end    Basic
  2024-03-01  start  Pro, at 100.00 a month, sub S1, item I2
movements
  2024-01-10  new         50.00
  2024-03-01  expansion   50.00  plan  Basic -> Pro
metrics 2024-03
  churned_customers  0
  new_customers      0

# A swap and an add-on on the same day: the add-on is larger and still not the pair
customer Acme
  2024-01-10  start   Basic, at 50.00 a month, sub S1
  2024-03-01  end     Basic
  2024-03-01  start   Pro, at 100.00 a month, sub S1
  2024-03-01  add-on  Vault, at 120.00 a month, sub S1
movements
  2024-01-10  new         50.00
  2024-03-01  expansion   50.00  plan   Basic -> Pro
  2024-03-01  expansion  120.00  addon  on Vault

# The plan is swapped and its add-on dropped
customer Acme
  2024-01-10  start   Basic, at 50.00 a month, sub S1
  2024-01-10  add-on  SSO, at 20.00 a month, sub S1
  2024-03-01  end     Basic
  2024-03-01  end     SSO
  2024-03-01  start   Pro, at 100.00 a month, sub S1
movements
  2024-01-10  new          70.00
  2024-03-01  expansion    50.00  plan
  2024-03-01  contraction -20.00  addon

# Cancel and buy again is how some billing systems upgrade
customer Acme
  2024-01-10  start  Basic, at 50.00 a month, sub S1
  2024-03-01  end    Basic
  2024-03-01  start  Pro, at 100.00 a month, sub S2
movements
  2024-01-10  new        50.00
  2024-03-01  expansion  50.00  plan  Basic -> Pro

# Old contract ends at noon, the new one is signed in the evening
customer Acme
  2024-01-10        start  Basic, at 50.00 a month, sub S1
  2024-03-01T12:00  end    Basic
  2024-03-01T18:30  start  Pro, at 40.00 a month, sub S2
movements
  2024-01-10  new          50.00
  2024-03-01  contraction -10.00  plan

# Two plans swapped inside one subscription meet largest first
customer Acme
  2024-01-10  start  Alpha, at 100.00 a month, sub S1
  2024-01-10  start  Beta, at 20.00 a month, sub S1
  2024-03-01  end    Alpha
  2024-03-01  end    Beta
  2024-03-01  start  Gamma, at 90.00 a month, sub S1
  2024-03-01  start  Delta, at 50.00 a month, sub S1
movements
  2024-01-10  new         120.00
  2024-03-01  contraction -10.00  plan  Alpha -> Gamma
  2024-03-01  expansion    30.00  plan  Beta -> Delta

# The same product is met first, whatever its size
customer Acme
  2024-01-10  start  crm, at 50.00 a month, sub S1, item I1
  2024-01-10  start  chat, at 100.00 a month, sub S1, item I2
  2024-03-01  end    crm
  2024-03-01  end    chat
  2024-03-01  start  crm, at 60.00 a month, sub S1, item I3
  2024-03-01  start  mail, at 200.00 a month, sub S1, item I4
movements
  2024-01-10  new        150.00
  2024-03-01  expansion   10.00  price  on crm
  2024-03-01  expansion  100.00  plan   chat -> mail

# Two products given up for two others elsewhere are nobody's pair
customer Acme
  2024-01-10  start  crm, at 50.00 a month, sub S1
  2024-01-10  start  chat, at 20.00 a month, sub S2
  2024-03-01  end    crm
  2024-03-01  end    chat
  2024-03-01  start  mail, at 100.00 a month, sub S3
  2024-03-01  start  wiki, at 30.00 a month, sub S4
movements
  2024-01-10  new          70.00
  2024-03-01  contraction -70.00  cross_sell
  2024-03-01  expansion   130.00  cross_sell

# The upgrade of the year becomes next year's downgrade
customer Acme
  2024-01-01  start  Team, at 600.00 a year
  2025-01-01  plan   Pro, at 1200.00 a year
  2026-01-01  plan   Team, at 600.00 a year
movements
  2024-01-01  new          50.00
  2025-01-01  expansion    50.00  plan
  2026-01-01  contraction -50.00  plan
metrics 2025-12
  nrr_12m  2
  grr_12m  1
metrics 2026-01
  nrr_12m  0.5
  grr_12m  0.5
