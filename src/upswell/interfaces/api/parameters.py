"""What paths take: the options of the command line, under the same names."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AfterValidator, StringConstraints

from upswell.errors import UsageError
from upswell.ledger.paging import LIMIT_MAX

_NUMBER_MAX: Final = 2**31 - 1
_MONTH: Final = r"^\d{4}-\d{2}$"


def _no_file(name: str) -> str:
    # The command line takes a file for a policy. Over the network that would read whatever lies on this machine.
    if name.lower().endswith(".toml"):
        raise UsageError(
            "a policy is asked for by its name here",
            code="policy_file_refused",
            where="policy",
            expected="a preset, or a name in upswell.toml",
            found=name,
            remedy="enter the policy in upswell.toml; GET /api/v1/policies lists what there is",
        )
    return name


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text without NUL")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_no_nul)]
PolicyName = Annotated[str, AfterValidator(_no_file)]
MonthText = Annotated[str, StringConstraints(pattern=_MONTH)]

PolicyQuery = Annotated[
    PolicyName | None, Query(alias="policy", description="A preset or a name in upswell.toml; default: the workspace's")
]
AsOfQuery = Annotated[
    MonthText | None, Query(alias="as_of", description="A closed month (YYYY-MM): answered as reported then")
]
FromQuery = Annotated[str | None, Query(alias="from", description="The first month (YYYY-MM)")]
ToQuery = Annotated[str | None, Query(alias="to", description="The last month (YYYY-MM), included")]
FirstDayQuery = Annotated[str | None, Query(alias="from", description="The first day (YYYY-MM-DD), or a month")]
LastDayQuery = Annotated[str | None, Query(alias="to", description="The last day, included, or a month")]
MonthQuery = Annotated[str | None, Query(alias="month", description="YYYY-MM; default: the last complete month")]
ByQuery = Annotated[list[str], Query(alias="by", description="plan, product, driver, country ...; repeatable")]
WhereQuery = Annotated[str | None, Query(description="A filter: plan = 'pro' and country <> 'DE'", max_length=10_000)]
SegmentQuery = Annotated[str | None, Query(description="The name of a saved filter; with `where`, both must hold")]
LimitQuery = Annotated[int, Query(alias="limit", description="Rows of a page", ge=1, le=LIMIT_MAX)]
CursorQuery = Annotated[str | None, Query(description="`next` of the page before", max_length=500)]
DetailsQuery = Annotated[int, Query(description="So many of the largest; 0 for all", ge=0, le=_NUMBER_MAX)]
NumberPath = Annotated[int, Path(description="As listed", ge=1, le=_NUMBER_MAX)]
