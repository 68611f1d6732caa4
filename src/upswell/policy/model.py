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
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from upswell.errors import UsageError

Level = Literal["customer", "subscription"]
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


class Policy(BaseModel):
    """Every switch; the defaults are `strict`.

    `week` is weeks in a month, `day` days in a month. Unknown switches and unknown values are
    refused by pydantic with the name of the field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_-]*$")
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

    def switches(self) -> dict[str, str | int | None]:
        """The rules alone, without name and summary, in the order of docs/policies.md."""
        return self.model_dump(exclude={"name", "summary"})

    def content_hash(self) -> str:
        """64 hex digits that change exactly when a rule changes (the name is not a rule)."""
        text = json.dumps(self.switches(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def require_built(self) -> None:
        """Raise `UsageError` naming the first switch whose value the ledger cannot run yet."""
        for switch, value in self.switches().items():
            built = _BUILT.get(switch)
            if built is not None and value not in built:
                known = ", ".join(str(choice) for choice in built)
                raise UsageError(
                    f"policy {self.name}: {switch} = {value!r} is not built yet",
                    code="policy_switch_not_built",
                    where=f"policy {self.name}, switch {switch}",
                    expected=f"one of: {known}",
                    found=str(value),
                    remedy="choose one of these values, or a preset that this release runs",
                )


# What the SQL models run today. A value of the type above that is missing here is refused by name
# instead of being computed as something else. The four statuses run in every combination.
_BUILT: Final[dict[str, tuple[str | int | None, ...]]] = {
    "level": ("customer",),
    "netting": ("item", "customer"),
    "grouping": ("day", "month"),
    "reactivation": ("separate",),
    "reactivation_new_after_days": (None,),
    "discounts": ("all",),
    "usage": ("include", "exclude"),
    "past_due_churn_days": (None,),
    "churn_date": ("period_end",),
    "new_and_churned": ("both",),
    "fx": ("separate",),
    "retention_cohort": ("reactivated_zero", "included", "movements"),
    "customer_churn_denominator": ("opening", "opening_and_new"),
}
