"""A policy: the named set of rules that says what counts as MRR and how a change is judged.

Two systems look at one history and print different Expansion MRR because their rules differ. A
`Policy` names every such rule as a switch (docs/policies.md, in that order), so that a
figure can always say under which rules it was made. For example a customer who drops a 40.00
product and takes another for 50.00 on one day has, under `netting = "item"`, 50.00 of expansion
and 40.00 of contraction; under `netting = "customer"`, 10.00 of expansion and none of contraction.

Policies are data: TOML files (`presets/*.toml`, or the user's own), validated here, hashed by
content and stored in each book.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Level = Literal["customer", "subscription", "family"]
Netting = Literal["item", "subscription", "customer"]
Grouping = Literal["day", "none", "60min", "month"]
Reactivation = Literal["separate", "new", "expansion", "churn", "new_after_days"]
Discounts = Literal["all", "none", "recurring"]
Usage = Literal["include", "exclude", "trailing_3"]
Counting = Literal["counts", "zero"]
ChurnDate = Literal["period_end", "cancel_request"]
NewAndChurned = Literal["both", "neither"]
WeekMonths = Literal["52/12", "4"]
DayMonths = Literal["365/12", "30"]
FxView = Literal["separate", "fixed_rate", "item_start"]
RetentionCohort = Literal["reactivated_zero", "included", "movements"]
ChurnDenominator = Literal["opening", "opening_and_new"]

# What can be asked of any policy, written after its name: `strict+family`, `strict+family+constant-currency`.
VARIANTS: Final = {"family": {"level": "family"}, "constant-currency": {"fx": "fixed_rate"}}


class Policy(BaseModel):
    """Every switch; the defaults are `strict`.

    `week` is weeks in a month, `day` days in a month. Unknown switches and unknown values are
    refused by pydantic with the name of the field, and so are two switches that contradict each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_-]*(\+(family|constant-currency))*$")
    summary: str = ""
    level: Level = "customer"
    netting: Netting = "item"
    grouping: Grouping = "day"
    reactivation: Reactivation = "separate"
    reactivation_new_after_days: int | None = Field(default=None, ge=1)
    discounts: Discounts = "all"
    usage: Usage = "include"
    trialing: Counting = "zero"
    paused: Counting = "zero"
    unpaid: Counting = "zero"
    past_due: Counting = "counts"
    past_due_churn_days: int | None = Field(default=None, ge=1)
    churn_date: ChurnDate = "period_end"
    new_and_churned: NewAndChurned = "both"
    week: WeekMonths = "52/12"
    day: DayMonths = "365/12"
    fx: FxView = "separate"
    retention_cohort: RetentionCohort = "reactivated_zero"
    customer_churn_denominator: ChurnDenominator = "opening"

    @model_validator(mode="after")
    def _days_go_with_their_switch(self) -> Self:
        if self.reactivation == "new_after_days" and self.reactivation_new_after_days is None:
            raise ValueError('reactivation = "new_after_days" needs reactivation_new_after_days, a number of days')
        if self.reactivation != "new_after_days" and self.reactivation_new_after_days is not None:
            raise ValueError('reactivation_new_after_days goes only with reactivation = "new_after_days"')
        if self.past_due != "counts" and self.past_due_churn_days is not None:
            raise ValueError('past_due_churn_days goes only with past_due = "counts": what counts nothing cannot lapse')
        return self

    def switches(self) -> dict[str, str | int | None]:
        """The rules alone, without name and summary, in the order of docs/policies.md."""
        return self.model_dump(exclude={"name", "summary"})

    def differences(self) -> dict[str, str | int | None]:
        """The switches whose value is not that of `strict`, in the same order."""
        strict = Policy(name="strict").switches()
        return {switch: value for switch, value in self.switches().items() if value != strict[switch]}

    def with_variant(self, variant: str) -> Policy:
        """The same rules but for one: `family` decides by families, `constant-currency` takes one rate for all days."""
        switch = VARIANTS[variant]
        return Policy.model_validate({**self.model_dump(), **switch, "name": f"{self.name}+{variant}"})

    def content_hash(self) -> str:
        """64 hex digits that change exactly when a rule changes (the name is not a rule)."""
        text = json.dumps(self.switches(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
