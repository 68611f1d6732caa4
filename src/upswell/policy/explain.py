"""Every switch and value of a policy in plain words, for people who choose between them.

    >>> decides("netting")
    'what is added up before a change is called expansion or contraction'
    >>> means("past_due_churn_days", 30)
    "An item 30 days past due counts nothing from that day's midnight on, until it is paid."

The words are data (`switches.toml`): the command line and the pages show the same ones.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Final

_OFF: Final = "off"
_DAYS: Final = "days"


def decides(switch: str) -> str:
    """What the switch decides, as half a sentence."""
    return _texts()[switch]["decides"]


def means(switch: str, value: str | int | None) -> str:
    """What this value of the switch means, in one sentence."""
    texts = _texts()[switch]
    if value is None:
        return texts[_OFF]
    return texts[_DAYS].format(days=value) if isinstance(value, int) else texts[value]


def shown(value: str | int | None) -> str:
    """The value as people write it: `customer`, `30`, and `off` where a number of days is not given."""
    return _OFF if value is None else str(value)


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("upswell.policy") / "switches.toml").read_text("utf-8"))
