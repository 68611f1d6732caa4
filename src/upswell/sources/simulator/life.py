"""The life of one customer: month by month what it decides, day by day what then happens.

A month draws what will happen in it (calls, growth, offers, a renewal, a cancellation); the events then happen in the
order of their days, together with those that earlier months left behind: a payment made late, the end of a
pause, the end of a contract that was cancelled in spring.
"""

from __future__ import annotations

import heapq
from datetime import date
from typing import Final

from upswell.sources.simulator.account import Account
from upswell.sources.simulator.answering import feedback_of_a_month
from upswell.sources.simulator.chance import happens
from upswell.sources.simulator.growing import changes_of_a_month, grow, need_moves, renew
from upswell.sources.simulator.joining import join, move_segment
from upswell.sources.simulator.leaving import cancels, comes_back, fall_behind, pauses, payment_fails
from upswell.sources.simulator.touching import note, touch_of_a_month
from upswell.sources.simulator.using import use_of_a_month
from upswell.sources.simulator.window import month_of, plus_months

_IN_USE: Final = ("active", "past_due", "trialing")
_GROWS: Final = ("seats", "upgrade", "addon", "cross_sell", "yearly")


class Life:
    """One customer from its first day to the end of the window."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._events: list[tuple[date, int, str]] = []
        self._drawn = 0

    def live(self) -> None:
        """Let the customer live; its account and history then hold what happened."""
        account = self._account
        joined = account.traits.joined_on
        self._join(joined, first_time=True)
        self._happen_until(plus_months(month_of(joined), 1))
        for month in account.window.months_from(plus_months(month_of(joined), 1)):
            need_moves(account)
            if account.main is not None:
                self._decide(month)
            self._happen_until(plus_months(month, 1))

    def _decide(self, month: date) -> None:
        """What the customer, and the company towards it, will do in a month."""
        account = self._account
        hindered = account.hindered_until is not None and month < account.hindered_until
        status = account.main.now.status if account.main is not None else "active"
        if status in _IN_USE or not hindered:
            use_of_a_month(account, month)
        if not account.is_free_to_change(month):
            return
        feedback_of_a_month(account, month)
        leaving = cancels(account, month)
        if leaving is not None:
            requested, end = leaving
            account.close(end, requested=requested)
            self._plan(end, "gone")
            return
        renewal = account.renewal_in(month)
        if renewal is not None:
            self._plan(renewal, "renewal")
        for day, what in changes_of_a_month(account, month):
            self._plan(day, what)
        touch = touch_of_a_month(account, month)
        if touch is not None:
            note(account, touch)
            if touch.grows_on is not None:
                self._plan(touch.grows_on, touch.offer)
        pause = pauses(account, month)
        if pause is not None:
            self._plan(pause[0], "pause")
            self._plan(pause[1], "resume")

    def _happen_until(self, end: date) -> None:
        until = min(end, self._account.window.end)
        while self._events and self._events[0][0] < until:
            day, _, what = heapq.heappop(self._events)
            self._happen(day, what)

    def _happen(self, day: date, what: str) -> None:
        account = self._account
        if what == "return":
            self._join(day, first_time=False)
        elif account.main is None:
            return
        elif what in _GROWS:
            grow(account, day, what)
            move_segment(account, day)
        elif what == "renewal":
            self._renew(day)
        else:
            self._turn(day, what)

    def _renew(self, day: date) -> None:
        account = self._account
        if not account.is_free_to_change(day):
            return
        if payment_fails(account):
            for when, what in fall_behind(account, day):
                self._plan(when, what)
        else:
            renew(account, day)

    def _turn(self, day: date, what: str) -> None:
        """Something holds the customer up, lets it go on, or ends it."""
        account = self._account
        match what:
            case "pause":
                if account.is_free_to_change(day):
                    resumes = min(when for when, _, later in self._events if later == "resume")
                    account.set_status(day, "paused", until=resumes)
            case "resume" | "paid":
                if account.leaves_on is None and account.hindered_until == day:
                    account.set_status(day, "active", until=None)
            case "unpaid":
                account.set_status(day, "unpaid", until=account.hindered_until)
            case "lost":
                account.close(day)
                self._leave(day)
            case "gone":
                self._leave(day)
            case "trial ends":
                if not happens(account.chance, account.preset.trials.conversion * (0.7 + 0.5 * account.traits.fit)):
                    account.close(day)
                    self._leave(day)
            case _:
                raise ValueError(f"no such event: {what}")

    def _join(self, day: date, *, first_time: bool) -> None:
        trial = join(self._account, day, first_time=first_time)
        self._account.hindered_until = trial
        if trial is not None:
            self._plan(trial, "trial ends")

    def _leave(self, day: date) -> None:
        account = self._account
        account.forget()
        self._events = [event for event in self._events if event[2] == "return"]
        back = comes_back(account, day)
        if back is not None:
            self._plan(back, "return")

    def _plan(self, day: date, what: str) -> None:
        self._drawn += 1
        heapq.heappush(self._events, (day, self._drawn, what))
