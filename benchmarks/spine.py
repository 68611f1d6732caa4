"""The shape that peers' dashboards and dbt projects use: a customers-by-months spine with LAG.

Every customer gets a row for every month, joined to the items in force at the month's end, summed, and compared with
the month before by window functions; the steps are materialised one after the other, as such projects do. It knows no
items, drivers or source rows: it yields month-end totals and each customer's net change. Written for this comparison.
"""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    "spine_months": """
        select last_day(date '2020-01-01' + to_months(cast(number as integer))) as month_end
        from range($months) as months(number)
    """,
    "spine_customers": "select distinct customer_id from items",
    "customer_months": "select customer_id, month_end from spine_customers cross join spine_months",
    "customer_revenue_by_month": """
        select
            customer_months.customer_id,
            customer_months.month_end,
            coalesce(sum(items.mrr), 0) as mrr
        from customer_months
        left join items
            on customer_months.customer_id = items.customer_id
            and items.starts_on <= customer_months.month_end
            and (items.ends_on is null or items.ends_on > customer_months.month_end)
        group by customer_months.customer_id, customer_months.month_end
    """,
    "customer_activity": """
        select
            *,
            mrr > 0 as is_active,
            min(case when mrr > 0 then month_end end) over (partition by customer_id) as first_active_month,
            max(case when mrr > 0 then month_end end) over (partition by customer_id) as last_active_month
        from customer_revenue_by_month
    """,
    "customer_changes": """
        select
            *,
            coalesce(lag(is_active) over (partition by customer_id order by month_end), false) as was_active,
            coalesce(lag(mrr) over (partition by customer_id order by month_end), 0) as former_mrr,
            mrr - coalesce(lag(mrr) over (partition by customer_id order by month_end), 0) as change
        from customer_activity
    """,
    "spine_totals": """
        select
            month_end,
            sum(mrr) as closing,
            sum(case when is_active and not was_active and month_end = first_active_month then change else 0 end)
                as new,
            sum(case when is_active and not was_active and month_end > first_active_month then change else 0 end)
                as reactivation,
            sum(case when is_active and was_active and change > 0 then change else 0 end) as expansion,
            sum(case when is_active and was_active and change < 0 then change else 0 end) as contraction,
            sum(case when not is_active and was_active then change else 0 end) as churn
        from customer_changes
        group by month_end
    """,
}
