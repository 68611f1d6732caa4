"""Signals by a plain loop over imported rows: for one customer and one day, what a patient person would find."""

from __future__ import annotations

import math
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import linear_regression, median
from typing import Any

from tests.analysis.signals.random_company import LIMITS, Row, Rows

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def month_after(first: date, months: int) -> date:
    """The first day of a month so many months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def plus_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    first = month_after(day.replace(day=1), months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def _most(one: int | None, other: int | None) -> int:
    """The larger of what is known, -1 where nothing is."""
    return max(-1 if each is None else each for each in (one, other))


@dataclass
class Oracle:
    """All rows of the company, of which only those before `day` are looked at."""

    rows: Rows
    day: date

    def __post_init__(self) -> None:
        self.items = [row for row in self.rows.items if row.starts < self.day]
        self.usage = [row for row in self.rows.usage if row[2] < self.day]
        self.month = self.day.replace(day=1)

    def customers(self) -> list[str]:
        """Whoever holds something on the eve."""
        return sorted({row.customer for row in self.items if self._runs(row)})

    def _runs(self, row: Row, day: date | None = None) -> bool:
        day = day or self.day
        return row.starts < day and (row.ends is None or row.ends >= day)

    def _ago(self, days: int) -> date:
        return self.day - timedelta(days=days)

    def signals(self, customer: str) -> dict[str, Any]:
        """Every signal that is worked out here."""
        held = [row for row in self.items if row.customer == customer and self._runs(row)]
        main = max(held, key=lambda row: (row.kind == "plan", row.mrr, row.product == "desk"))
        found: dict[str, Any] = {
            "mrr": sum((row.mrr for row in held), Decimal(0)),
            "plan": main.plan,
            "term": main.interval,
            "products_held": len({row.product for row in held if row.kind == "plan"}),
            "addons_held": len({row.plan for row in held if row.kind == "addon"}),
        }
        found |= self._seats(customer)
        found |= self._limit(customer, main.plan)
        found |= self._room(held, main)
        found |= self._changes(customer)
        found |= self._contact(customer)
        found |= self._money(customer)
        found |= self._stage(customer, held, main, found)
        found["family_size"] = self._family(customer)
        return found

    def _seats_on(self, customer: str, day: date) -> int:
        by_product: dict[str, int] = defaultdict(int)
        for row in self.items:
            if row.customer == customer and row.kind == "plan" and self._runs(row, day):
                by_product[row.product] += row.quantity
        return max(by_product.values(), default=0)

    def _seats(self, customer: str) -> dict[str, Any]:
        seats = self._seats_on(customer, self.day)
        found: dict[str, Any] = {"seats": seats or None}
        for days in (90, 365):
            before = self._seats_on(customer, self._ago(days))
            found[f"seat_growth_{days}d"] = seats / before - 1 if before and seats else None
        people = [q for who, metric, day, q in self.usage
                  if who == customer and metric == "active_users" and day >= self._ago(31)]  # fmt: skip
        found["people_active"] = max(people, default=None)
        found["seats_used_share"] = max(people) / seats if people and seats else None
        used = {metric for who, metric, day, q in self.usage
                if who == customer and day >= self._ago(30) and q > 0 and metric != "blocked_calls"}  # fmt: skip
        found["metrics_used_30d"] = len(used)
        return found

    def _month_use(self, customer: str, metric: str, back: int) -> int | None:
        first, after = month_after(self.month, -back), month_after(self.month, 1 - back)
        values = [q for who, name, day, q in self.usage if who == customer and name == metric and first <= day < after]
        return sum(values) if values else None

    def _limit(self, customer: str, plan: str) -> dict[str, Any]:
        names = ("limit_metric", "limit", "limit_share", "limit_share_to_date", "limit_pace", "limit_trend",
                 "limit_over", "limit_crossing_on", "blocked_30d")  # fmt: skip
        found: dict[str, Any] = dict.fromkeys(names)
        limits = {metric: limit for (of, metric), limit in LIMITS.items() if of == plan}
        last = {metric: self._month_use(customer, metric, 1) for metric in limits}
        fullest = {metric: _most(last[metric], self._month_use(customer, metric, 0)) for metric in limits}
        # Who was a customer all month, and used nothing of what others did, used 0.
        was_there = self._since(customer) <= month_after(self.month, -1)
        last = {metric: 0 if used is None and was_there and self._anybody(metric, 1) else used
                for metric, used in last.items()}  # fmt: skip
        told = {metric: self._told(metric) for metric in limits}
        now = {metric: self._month_use(customer, metric, 0) for metric in limits}
        fullness = {metric: fullest[metric] / limits[metric] for metric in limits}
        metric = min(limits, key=lambda each: (-fullness[each], each), default=None)
        so_far = None if metric is None or told[metric] is None else now[metric] or 0
        if metric is not None:
            limit = limits[metric]
            found["limit_metric"], found["limit"] = metric, limit
            used_last = last[metric]
            found["limit_share"] = None if used_last is None else used_last / limit
            found["limit_share_to_date"] = None if so_far is None else so_far / limit
            most = _most(last[metric], so_far)
            found["limit_over"] = None if most < 0 else most >= limit
            found["blocked_30d"] = self._blocked(customer, metric)
            found |= self._projected(customer, metric, limit, so_far, told[metric], found["limit_over"])
        known = None if metric is None else _most(last[metric], so_far)
        used = metric if known is not None and known > 0 else self._most_used(customer)
        if used is None and known is not None and known >= 0:
            used = metric
        found |= self._direction(customer, used)
        return found

    def _told(self, metric: str) -> date | None:
        """The last day of the running month that anybody's use of the metric is known for."""
        days = [day for _, name, day, _ in self.usage if name == metric and day >= self.month]
        return max(days, default=None)

    def _blocked(self, customer: str, metric: str) -> int | None:
        if not any(name == f"blocked_{metric}" and day >= self._ago(130) for _, name, day, _ in self.usage):
            return None
        return sum(q for who, name, day, q in self.usage
                   if who == customer and name == f"blocked_{metric}" and day >= self._ago(30))  # fmt: skip

    def _most_used(self, customer: str) -> str | None:
        sums: dict[str, int] = defaultdict(int)
        for who, name, day, quantity in self.usage:
            if who == customer and day >= self._ago(120) and name not in ("active_users", "blocked_calls"):
                sums[name] += quantity
        return max((name for name in sums if sums[name]), key=lambda name: (sums[name], name), default=None)

    def _known_months(self, customer: str, metric: str) -> dict[int, int]:
        """Use by months back, of those in which it was a customer from the first day."""
        since = self._since(customer)
        told = [day.replace(day=1) for _, name, day, _ in self.usage if name == metric and day < self.month]
        return {back: self._month_use(customer, metric, back) or 0 for back in range(1, 7)
                if told and max(since, min(told)) <= month_after(self.month, -back) <= max(told)}  # fmt: skip

    def _anybody(self, metric: str, back: int) -> bool:
        """Whether anybody's use of the metric is told in a month."""
        first, after = month_after(self.month, -back), month_after(self.month, 1 - back)
        return any(name == metric and first <= day < after for _, name, day, _ in self.usage)

    def _since(self, customer: str) -> date:
        """Since when it holds something day after day."""
        since = self._ago(1)
        while any(row.customer == customer and row.starts < since and (row.ends is None or row.ends >= since)
                  for row in self.items):  # fmt: skip
            since -= timedelta(days=1)
        return since

    def _projected(
        self, customer: str, metric: str, limit: int, so_far: int | None, told: date | None, over: bool | None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        length = monthrange(self.month.year, self.month.month)[1]
        days = None if told is None else (told - self.month).days + 1
        a_day = so_far / days if so_far is not None and days is not None and days >= 7 else None
        pace = None if a_day is None else a_day * length / limit
        months = self._known_months(customer, metric)
        slope, level = 0.0, 0.0
        if len(months) >= 3:
            slope, level = linear_regression([-back for back in months], list(months.values()))
            found["limit_trend"] = slope / limit
        found["limit_pace"] = pace
        if over:
            return found
        if a_day is not None and pace is not None and pace >= 1:
            crossed = next(n for n in range(1, 40) if a_day * n >= limit - 1e-9)
            found["limit_crossing_on"] = max(self.day, self.month + timedelta(days=crossed - 1))
        elif slope > 1e-12:
            for ahead in range(0 if pace is None else 1, 12):
                use = level + slope * ahead
                if use < limit - 1e-9:
                    continue
                first = month_after(self.month, ahead)
                day = first + timedelta(days=math.ceil(limit / use * monthrange(first.year, first.month)[1] - 1e-9) - 1)
                if day <= self.day + timedelta(days=180):
                    found["limit_crossing_on"] = max(self.day, day)
                break
        return found

    def _direction(self, customer: str, metric: str | None) -> dict[str, Any]:
        if metric is None:
            return dict.fromkeys(("main_metric", "rising_two_months", "use_30d_vs_90d", "use_per_seat"))
        months = self._known_months(customer, metric)
        rising = months[1] > months[2] > months[3] if {1, 2, 3} <= months.keys() else None
        recent = sum(q for who, name, day, q in self.usage
                     if who == customer and name == metric and day >= self._ago(30))  # fmt: skip
        before = sum(q for who, name, day, q in self.usage
                     if who == customer and name == metric and self._ago(120) <= day < self._ago(30))  # fmt: skip
        wanted = [q for who, name, day, q in self.usage
                  if who == customer and name in (metric, f"blocked_{metric}") and day >= self._ago(90)]  # fmt: skip
        seats = self._seats_on(customer, self.day)
        since = self._since(customer)
        is_settled = since <= self._ago(90) and bool(wanted) and seats > 0
        is_told = any(name == metric and day >= self._ago(30) for _, name, day, _ in self.usage)
        known = since <= self._ago(120) and before and is_told
        return {
            "main_metric": metric,
            "rising_two_months": rising,
            "use_30d_vs_90d": (recent / 30) / (before / 90) if known else None,
            "use_per_seat": sum(wanted) / 90 * 30 / seats if is_settled else None,
        }

    def _room(self, held: list[Row], main: Row) -> dict[str, Any]:
        begun = [row for row in self.items if row.starts >= self._ago(365)]
        buyers: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        prices: dict[str, list[float]] = defaultdict(list)
        for row in begun:
            buyers[row.kind, row.product, row.plan].add(row.customer)
            if row.mrr:
                prices[row.plan].append(float(row.mrr) / row.quantity)
        on_sale = [key for key in buyers if len(buyers[key]) >= 2]
        own = median(prices[main.plan]) if prices[main.plan] and ("plan", main.product, main.plan) in on_sale else None
        own = float(main.mrr) / main.quantity if own is None else own
        above = sorted((median(prices[plan]), plan) for kind, product, plan in on_sale
                       if kind == "plan" and product == main.product and prices[plan] and median(prices[plan]) > own
                       and plan not in {row.plan for row in held})  # fmt: skip
        addons = sorted({plan for kind, _, plan in on_sale if kind == "addon"} - {row.plan for row in held})
        products = sorted({product for kind, product, _ in on_sale if kind == "plan"} - {row.product for row in held})
        tier = above[0][1] if above else None
        count = (tier is not None) + len(addons) + len(products)
        return {
            "tier_above": tier,
            "addons_left": ", ".join(addons) or None,
            "products_left": ", ".join(products) or None,
            "headroom": count,
            "no_headroom": count == 0,
        }

    def _mrr_on(self, customer: str, day: date) -> Decimal:
        """What it pays at the end of a day."""
        return sum((row.mrr for row in self.items if row.customer == customer and row.starts <= day
                    and (row.ends is None or row.ends > day)), Decimal(0))  # fmt: skip

    def _changes(self, customer: str) -> dict[str, Any]:
        mine = [row for row in self.items if row.customer == customer]
        days = sorted({row.starts for row in mine} | {row.ends for row in mine if row.ends and row.ends < self.day})
        ups: list[tuple[date, Decimal]] = []
        downs: list[tuple[date, Decimal]] = []
        for day in days:
            before, after = self._mrr_on(customer, day - timedelta(days=1)), self._mrr_on(customer, day)
            if before > 0 and after > 0 and after != before:
                (ups if after > before else downs).append((day, after - before))
        year = self._ago(365)
        return {
            "days_since_expansion": (self.day - ups[-1][0]).days if ups else None,
            "days_since_contraction": (self.day - downs[-1][0]).days if downs else None,
            "expansions_365d": sum(day >= year for day, _ in ups),
            "expansion_mrr_365d": sum((amount for day, amount in ups if day >= year), Decimal(0)),
            "contraction_mrr_365d": sum((amount for day, amount in downs if day >= year), Decimal(0)),
        }

    def _contact(self, customer: str) -> dict[str, Any]:
        touched = [(at, outcome) for who, at, _, outcome in self.rows.touches if who == customer and at < self.day]
        counted = [outcome for at, outcome in touched if self._ago(395) <= at < self._ago(30)]
        said = sorted((at, kind, score, more) for who, at, kind, score, more in self.rows.feedback
                      if who == customer and self._ago(180) <= at < self.day)  # fmt: skip
        last = {kind: score for _, kind, score, _ in said if score is not None}
        scored = [score <= (6 if kind == "nps" else 2) for _, kind, score, _ in said if score is not None]
        more = [each for *_, each in said if each is not None]
        return {
            "touches_30d": sum(at >= self._ago(30) for at, _ in touched),
            "touches_90d": sum(at >= self._ago(90) for at, _ in touched),
            "days_since_touch": (self.day - max(at for at, _ in touched)).days if touched else None,
            "accepted_365d": counted.count("accepted"),
            "declined_365d": counted.count("declined"),
            "last_nps": last.get("nps"),
            "last_csat": last.get("csat"),
            "open_to_more": more[-1] if more else None,
            "open_feedback": scored[-1] if scored else None,
        }

    def _money(self, customer: str) -> dict[str, Any]:
        failed = {charge: at for who, charge, at, status in self.rows.payments
                  if who == customer and status == "failed" and self._ago(180) <= at < self.day}  # fmt: skip
        paid = {charge for _, charge, at, status in self.rows.payments if status == "succeeded" and at < self.day}
        still_open = sum(charge not in paid for charge in failed)
        risk = "high" if still_open else "raised" if len(failed) >= 2 else "low"
        return {"failed_charges_180d": len(failed), "open_failed_charges": still_open, "involuntary_risk": risk}

    def _stage(self, customer: str, held: list[Row], main: Row, found: dict[str, Any]) -> dict[str, Any]:
        mine = self.rows.of(customer)
        began = main.starts
        for row in sorted((row for row in mine if row.product == main.product and row.starts <= main.starts),
                          key=lambda row: row.starts, reverse=True):  # fmt: skip
            # The item runs on without a gap, on the same interval.
            if row is not main and row.ends != began:
                break
            began = row.starts
        term = _MONTHS[main.interval]
        renews = next(day for n in range(1, 400) if (day := plus_months(began, n * term)) >= self.day)
        asked = [row for row in held if row.kind == "plan" and row.asked is not None and row.asked < self.day]
        paid_since = min((row.starts for row in self.items if row.customer == customer and row.mrr), default=None)
        tenure = None if paid_since is None else (self.day - paid_since).days
        to_renewal = (renews - self.day).days
        if asked:
            stage = "leaving"
        elif not found["mrr"]:
            stage = "free"
        elif tenure is not None and tenure <= 90:
            stage = "new"
        else:
            stage = "renewing" if term >= 3 and to_renewal <= 60 else "established"
        shares = [each for each in (found["limit_share"], found["limit_share_to_date"]) if each is not None]
        return {
            "renewal_on": renews,
            "days_to_renewal": to_renewal,
            "cancel_requested": bool(asked),
            "known_end_on": min((row.ends for row in asked if row.ends), default=None),
            "tenure_days": tenure,
            "stage": stage,
            "free_outgrowing": False if found["mrr"] else max(shares) >= 0.8 if shares else None,
        }

    def _head(self, customer: str) -> str:
        # The first parent told of reaches back: a row without one says nothing.
        parents = {name: parent for name, parent, _ in self.rows.parents if name != parent}
        seen = [customer]
        while seen[-1] in parents and parents[seen[-1]] not in seen:
            seen.append(parents[seen[-1]])
        if seen[-1] in parents:  # a circle
            return min(seen[seen.index(parents[seen[-1]]) :])
        return seen[-1]

    def _family(self, customer: str) -> int:
        return sum(self._head(each) == self._head(customer) for each in self.customers())
